"""Every family of bodies, asked and answered, whole and streamed, ends in one form."""

import pytest

USER = [{"role": "user", "content": "Hi"}]
TURNS = [{"role": "system", "content": "Be brief."}, *USER]
BLOCKS = [{"role": "user", "content": [{"text": "Hi"}]}]
CLAUDE = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9}

# name, model, request, response, messages
WHOLE = [
    ("nova", "amazon.nova-lite-v1:0", {"system": [{"text": "Be brief."}], "messages": BLOCKS, "inferenceConfig": {"max_new_tokens": 9}},
     {"output": {"message": {"content": [{"text": "Hello"}]}}, "stopReason": "end_turn", "usage": {"inputTokens": 5, "outputTokens": 1}}, TURNS),
    ("anthropic_messages", "anthropic.claude-v2", CLAUDE | {"system": "Be brief.", "messages": USER},
     {"type": "message", "content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn", "usage": {"input_tokens": 5, "output_tokens": 1}},
     TURNS),
    ("anthropic_text", "anthropic.claude-v2", {"prompt": "Be brief.\n\nHuman: Hi\n\nAssistant:", "max_tokens_to_sample": 9},
     {"type": "completion", "completion": " Hello", "stop_reason": "stop_sequence"}, TURNS),
    ("titan_text", "amazon.titan-text-lite-v1", {"inputText": "Hi", "textGenerationConfig": {"maxTokenCount": 9}},
     {"inputTextTokenCount": 5, "results": [{"tokenCount": 1, "outputText": "Hello", "completionReason": "FINISH"}]}, USER),
    ("llama", "meta.llama3-8b-instruct-v1:0",
     {"prompt": "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n"
      "Hi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n", "max_gen_len": 9},
     {"generation": "Hello", "prompt_token_count": 5, "generation_token_count": 1, "stop_reason": "stop"}, TURNS),
    ("mistral_text", "mistral.mistral-7b-instruct-v0:2", {"prompt": "<s>[INST] Hi [/INST]", "max_tokens": 9},
     {"outputs": [{"text": "Hello", "stop_reason": "stop"}]}, USER),
    ("text_completion", "deepseek.r1-v1:0", {"prompt": "<｜begin▁of▁sentence｜>Be brief.<｜User｜>Hi<｜Assistant｜><think>\n", "max_tokens": 9},
     {"choices": [{"text": "Greet.</think>\n\nHello", "stop_reason": "stop"}]}, TURNS),
    ("openai_chat", "openai.gpt-oss-20b-1:0", {"messages": TURNS, "max_completion_tokens": 9},
     {"object": "chat.completion", "choices": [{"message": {"content": "<reasoning>Greet.</reasoning>Hello"}, "finish_reason": "stop"}]}, TURNS),
    ("openai_chat", "mistral.mistral-large-2402-v1:0", {"messages": USER, "max_tokens": 9},
     {"choices": [{"message": {"content": "Hello", "tool_calls": None}, "stop_reason": "stop"}]}, USER),
    ("openai_chat", "ai21.jamba-1-5-mini-v1:0", {"messages": TURNS, "max_tokens": 9},
     {"id": "x", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}]}, TURNS),
    ("cohere_command", "cohere.command-text-v14", {"prompt": "Hi", "max_tokens": 9, "return_likelihoods": "NONE"},
     {"generations": [{"text": "Hello", "finish_reason": "COMPLETE"}], "prompt": "Hi"}, USER),
    ("cohere_chat", "cohere.command-r-v1:0", {"message": "Hi", "preamble": "Be brief.", "max_tokens": 9},
     {"text": "Hello", "generation_id": "g", "chat_history": [{"role": "USER", "message": "Hi"}], "finish_reason": "COMPLETE"}, TURNS),
    ("ai21_jurassic", "ai21.j2-mid-v1", {"prompt": "Hi", "maxTokens": 9},
     {"completions": [{"data": {"text": "Hello"}, "finishReason": {"reason": "endoftext"}}]}, USER),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "model", "request_body", "response", "messages"), WHOLE)
def test_a_whole_response(invocation, record, shape, model, request_body, response, messages):
    row = invocation(record(request_body, response, modelId=model))
    assert (row["shape"], row["hint_disagrees"], row["unusable"]) == (shape, False, None)
    assert row["messages"] == messages
    assert (row["completion"], row["stop_reason"], row["max_output_tokens"]) == ("Hello", "stop", 9)
    assert not row["stream_incomplete"]


STREAMED = {
    "nova": [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"delta": {"text": "Hel"}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"text": "lo"}, "contentBlockIndex": 1}},
        {"messageStop": {"stopReason": "end_turn"}},
    ],
    "anthropic_messages": [
        {"type": "message_start", "message": {"model": "claude", "usage": {"input_tokens": 5, "output_tokens": 1}}},
        "[DONE]",
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ],
    "anthropic_text": [{"completion": " Hel", "stop_reason": None}, {"completion": "lo", "stop_reason": "stop_sequence"}],
    "titan_text": [{"outputText": "Hel", "completionReason": None}, {"outputText": "lo", "completionReason": "FINISH"}],
    "llama": [{"generation": "Hel", "prompt_token_count": 5, "stop_reason": None}, {"generation": "lo", "stop_reason": "stop"}],
    "mistral_text": [{"outputs": [{"text": "Hel", "stop_reason": None}]}, {"outputs": [{"text": "lo", "stop_reason": "stop"}]}],
    "text_completion": [{"choices": [{"text": "Hel", "stop_reason": None}]}, {"choices": [{"text": "lo", "stop_reason": "stop"}]}],
    "openai_chat": [
        {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
        {
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": {"content": "Hel"}}, {"index": 1, "delta": {"content": "no"}}],
        },
        {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "lo"}, "finish_reason": "stop"}]},
        {"object": "chat.completion.chunk", "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}},
    ],
    "cohere_command": [{"text": "Hel", "is_finished": False}, {"text": "lo", "is_finished": True, "finish_reason": "COMPLETE"}],
    "cohere_chat": [
        {"event_type": "text-generation", "text": "Hel"},
        {"event_type": "text-generation", "text": "lo"},
        {"event_type": "stream-end", "is_finished": True, "finish_reason": "COMPLETE", "response": {"text": "Hello"}},
    ],
}


@pytest.mark.parametrize("shape", STREAMED)
def test_a_stream_of_events(invocation, record, shape):
    model, request_body = next((model, body) for name, model, body, _, _ in WHOLE if name == shape)
    events = STREAMED[shape]
    row = invocation(record(request_body, events, modelId=model, operation="InvokeModelWithResponseStream"))
    assert (row["shape"], row["completion"], row["stop_reason"], row["stream_incomplete"]) == (shape, "Hello", "stop", False)


@pytest.mark.parametrize("shape", STREAMED)
def test_a_stream_without_its_end(invocation, record, shape):
    model, request_body = next((model, body) for name, model, body, _, _ in WHOLE if name == shape)
    n_kept = {"openai_chat": 2, "anthropic_messages": 4, "nova": 2, "cohere_chat": 1}.get(shape, 1)
    row = invocation(record(request_body, STREAMED[shape][:n_kept], modelId=model))
    assert (row["completion"], row["stop_reason"], row["stream_incomplete"]) == ("Hel", None, True)


def test_converse_blocks_become_messages(invocation, record):
    turns = [
        {"role": "user", "content": [{"guardContent": {"text": {"text": "Look:"}}}, {"image": {"format": "png", "source": {}}}, {"text": "what?"}]},
        {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "hm"}}}, {"text": "One moment."},
            {"toolUse": {"toolUseId": "t1", "name": "zoom", "input": {"by": 2.0}}}]},
        {"role": "user", "content": [
            {"text": "And?"}, {"cachePoint": {"type": "default"}}, {"toolResult": {"toolUseId": "t1", "content": [{"json": {"ok": True}}, {"text": "done"}]}}]},
    ]  # fmt: skip
    row = invocation(record({"messages": turns, "system": [{"text": "A"}, {"cachePoint": {}}, {"text": "B"}]}, operation="Converse"))
    call = {"id": "t1", "type": "function", "function": {"name": "zoom", "arguments": '{"by":2.0}'}}
    assert row["messages"] == [
        {"role": "system", "content": "A\nB"},
        {"role": "user", "content": "Look:\n[image: png]\nwhat?"},
        {"role": "assistant", "content": "One moment.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "t1", "content": '{"ok":true}\ndone'},
        {"role": "user", "content": "And?"},
    ]
    assert row["n_media"] == 1


def test_anthropic_blocks_become_messages(invocation, record):
    turns = [
        {"role": "user", "content": [{"type": "document", "source": {"media_type": "application/pdf"}}, {"type": "text", "text": "Sum?"}]},
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "hm"}, {"type": "tool_use", "id": "t1", "name": "add", "input": {}}],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "4"}, {"type": "odd_new_block"}]},
    ]
    tools = [
        {"name": "add", "description": "Adds.", "input_schema": {"type": "object"}},
        {"type": "web_search_20250305", "name": "web_search"},
    ]
    row = invocation(record(CLAUDE | {"messages": turns, "tools": tools}))
    assert row["messages"] == [
        {"role": "user", "content": "[document: pdf]\nSum?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "add", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "t1", "content": "4"},
        {"role": "user", "content": "[odd_new_block]"},
    ]
    assert row["n_media"] == 2
    functions = [{"name": "add", "description": "Adds.", "parameters": {"type": "object"}}, {"name": "web_search"}]
    assert row["tools"] == [{"type": "function", "function": function} for function in functions]


def test_openai_parts_and_roles(invocation, record):
    parts = [
        {"type": "text", "text": "This?"},
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AA"}},
        {"type": "file", "file": {}},
    ]
    turns = [{"role": "developer", "content": "Rules"}, {"role": "user", "content": parts}]
    row = invocation(record({"messages": turns}, operation="ChatCompletions", modelId="openai.gpt-oss-20b-1:0"))
    assert row["messages"] == [{"role": "system", "content": "Rules"}, {"role": "user", "content": "This?\n[image: jpeg]\n[document]"}]
    assert row["n_media"] == 2


def test_responses_items_and_events(invocation, record):
    items = [
        {"role": "developer", "content": "Use the tool."},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
        {"type": "reasoning", "summary": []},
        {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": '{"city": "Lisbon"}'},
        {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
    ]
    whole = {
        "object": "response",
        "status": "completed",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "Sunny."}]}],
    }
    events = [{"type": "response.created", "response": {}}, {"type": "response.completed", "response": whole}]
    row = invocation(record({"input": items, "instructions": "Terse."}, events, operation="Responses", modelId="openai.gpt-6-astra"))
    assert [turn["role"] for turn in row["messages"]] == ["system", "system", "user", "assistant", "tool"]
    assert row["messages"][3]["tool_calls"][0]["function"]["arguments"] == '{"city": "Lisbon"}'
    assert (row["completion"], row["stop_reason"]) == ("Sunny.", "stop")


def test_earlier_turns_that_are_not_logged_leave_a_mark(invocation, record):
    row = invocation(record({"input": "And then?", "previous_response_id": "resp_1"}, operation="Responses"))
    assert row["messages"][0] == {"role": "user", "content": "[earlier turns]"}
    assert row["n_media"] == 1


def test_tool_calls_of_a_stream_are_joined_by_index(invocation, record):
    pieces = [
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x"'}},
        {"index": 1, "id": "b", "function": {"name": "g"}},
        {"index": 0, "function": {"arguments": ":1}"}},
    ]
    events = [{"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]} for piece in pieces]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    row = invocation(record({"messages": USER}, events, modelId="qwen.qwen3-32b-v1:0"))
    assert [(call["id"], call["function"]["arguments"]) for call in row["completion_tool_calls"]] == [("a", '{"x":1}'), ("b", "{}")]
    assert (row["completion"], row["stop_reason"]) == ("", "tool_calls")


def test_tool_input_of_an_anthropic_stream_stays_as_it_arrived(invocation, record):
    events = [
        {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"x": 1.0'}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
    ]
    row = invocation(record(CLAUDE | {"messages": USER}, events))
    assert row["completion_tool_calls"][0]["function"] == {"name": "f", "arguments": '{"x": 1.0'}
    assert (row["reasoning"], row["stream_incomplete"]) == ("hm", True)


def test_the_response_chooses_among_families_that_a_prompt_fits(invocation, record):
    row = invocation(record({"prompt": "Hi"}, {"outputs": [{"text": "Hello"}]}, modelId="my-endpoint"))
    assert (row["shape"], row["hint_disagrees"]) == ("mistral_text", False)


def test_a_body_of_another_family_than_its_model_is_read_and_marked(invocation, record):
    row = invocation(record(CLAUDE | {"messages": USER}, WHOLE[1][3], modelId="meta.llama3-8b-instruct-v1:0"))
    assert (row["shape"], row["hint_disagrees"], row["completion"]) == ("anthropic_messages", True, "Hello")
