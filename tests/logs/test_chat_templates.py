import pytest

from logmine.logs.chat import split_reasoning
from logmine.logs.chat_templates import messages_of_human_prompt, messages_of_prompt, messages_of_titan_prompt

S, U, A, T = (lambda text, role=role: (role, text) for role in ("system", "user", "assistant", "tool"))


def turns(messages):
    return [(turn["role"], turn["content"]) for turn in messages]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("plain text", [U("plain text")]),
        ("<s>[INST] <<SYS>>\nRules\n<</SYS>>\n\nHi [/INST] Hello </s><s>[INST] More [/INST]", [S("Rules"), U("Hi"), A("Hello"), U("More")]),
        ("[INST]Hi[/INST]", [U("Hi")]),
        ("<|im_start|>system\nRules<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", [S("Rules"), U("Hi")]),
        ("<bos><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n", [U("Hi")]),
        ("<|begin_of_text|><|header_start|>user<|header_end|>\n\nHi<|eot|><|header_start|>assistant<|header_end|>\n\n", [U("Hi")]),
        (
            "<|start_header_id|>ipython<|end_header_id|>\n\n4<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nSo",
            [T("4"), A("So")],
        ),
        (
            "<｜begin▁of▁sentence｜><｜User｜>Hi<｜Assistant｜>Yes<｜end▁of▁sentence｜><｜User｜>No<｜Assistant｜>",
            [U("Hi"), A("Yes"), U("No")],
        ),
        ("\n\nHuman: Hi\n\nAssistant: Yes\n\nHuman: No\n\nAssistant:", [U("Hi"), A("Yes"), U("No")]),
        ("Explain <|im_start|>user and [INST] x [/INST].", [U("Explain <|im_start|>user and [INST] x [/INST].")]),
        ("Human: a word", [U("Human: a word")]),
        ("", [U("")]),
    ],
)
def test_a_template_becomes_messages(prompt, expected):
    assert turns(messages_of_prompt(prompt)) == expected


def test_text_inside_a_turn_comes_out_exactly():
    text = "  a\n\n  b <b> \t"
    prompt = (
        f"<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n{text}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
    )
    assert turns(messages_of_prompt(prompt)) == [U(text)]


def test_claude_text_prompts_have_a_system_text_before_the_first_turn():
    assert turns(messages_of_human_prompt("Rules\n\nHuman: Hi\n\nAssistant:")) == [S("Rules"), U("Hi")]
    assert turns(messages_of_human_prompt("Human: Hi Assistant:")) == [U("Hi")]
    assert turns(messages_of_human_prompt("Hi")) == [U("Hi")]


def test_titan_prompts_split_only_where_the_bot_is_asked():
    assert turns(messages_of_titan_prompt("Rules\nUser: Hi\nBot: Yes\nUser: No\nBot:")) == [S("Rules"), U("Hi"), A("Yes"), U("No")]
    assert turns(messages_of_titan_prompt("User: the one who uses")) == [U("User: the one who uses")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi <thinking>x</thinking>", ("Hi <thinking>x</thinking>", None)),
        ("\n<thinking> a </thinking>\n\n <think>b</think> Hi ", ("Hi ", "a\nb")),
        ("<reasoning>cut off", ("", "cut off")),
        (" Hi", (" Hi", None)),
        ("", ("", None)),
    ],
)
def test_reasoning_in_the_text_is_split_off_only_at_its_start(text, expected):
    assert split_reasoning(text) == expected
