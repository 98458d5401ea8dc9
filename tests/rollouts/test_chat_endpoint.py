"""An OpenAI-compatible endpoint on this machine: faults, refused prompts, and references from agreement, start to end."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import polars as pl
import pytest

from logmine.rollouts import Call, ChatEndpoint, Needed
from logmine.rollouts.calls import CallFailedError

STUB = Path(__file__).with_name("stub_chat.py")
NEED = Needed("p", "t", ({"role": "user", "content": "How much is 1 + 1?"},), (), "numeric", None, 9)


def summed(messages):
    """Return the right answer to a sum."""
    one, other = re.findall(r"\d+", messages[-1]["content"])
    return str(int(one) + int(other))


@pytest.fixture
def chat():
    spec = importlib.util.spec_from_file_location("rollouts_stub_chat", STUB)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stub = module.StubChat(summed)
    yield stub
    stub.close()


def asked(url):
    return ChatEndpoint(url, api_key="key-of-the-test", temperature=1.0, max_output_tokens=9).ask(Call(NEED, "m", "run", 0))


@pytest.mark.parametrize(
    ("fault", "failure", "code"),
    [
        ("throttle", "throttled", "HTTP 429"),
        ("error", "unavailable", "HTTP 503"),
        ("refuse", "refused", "HTTP 400"),
        ("deny", "denied", "HTTP 401"),
        ("missing", "unknown_model", "HTTP 404"),
        ("cut", "lost", "ProtocolError"),
        ("garbage", "lost", "MalformedAnswer"),
        ("empty", "lost", "MalformedAnswer"),
        ("no choice", "lost", "MalformedAnswer"),
        ("no message", "lost", "MalformedAnswer"),
    ],
)
def test_each_fault_is_told_by_kind_and_code_alone(chat, fault, failure, code):
    chat.faults = [fault]
    with pytest.raises(CallFailedError) as caught:
        asked(chat.url)
    assert (caught.value.failure, caught.value.code) == (failure, code)
    assert "SECRET" not in str(caught.value)


def test_an_answer_is_kept_whole_and_the_key_is_sent_but_not_kept(chat):
    reply = asked(chat.url)
    assert (reply.response["choices"][0]["message"]["content"], reply.input_tokens, reply.output_tokens) == ("2", 30, 5)
    assert chat.headers["Authorization"] == "Bearer key-of-the-test"
    assert "key-of-the-test" not in str(reply)


def test_an_endpoint_that_is_not_there_was_not_asked(chat):
    chat.close()
    with pytest.raises(CallFailedError) as caught:
        asked(chat.url)
    assert caught.value.failure == "unavailable"


def test_faults_of_every_kind_lose_nothing(chat, rollout, attempts):
    chat.faults = ["throttle", "error", "cut", "garbage", "throttle", "empty"]
    done = rollout("--backend", "openai", "--endpoint-url", chat.url, "--concurrency", "2", "--max-calls", "60")
    assert done.exit_code == 0, done.output
    assert "calls without an answer: throttled: HTTP 429" in done.stdout
    assert "SECRET" not in done.output
    assert len(attempts()) == 60 - 3 == len(chat.asked) - 6


def test_refused_prompts_are_counted_and_never_asked_again(chat, rollout, needs):
    texts = [need["messages"][-1]["content"] for need in needs.values()]
    chat.refused = texts[-2:]
    options = ("--backend", "openai", "--endpoint-url", chat.url, "--concurrency", "1")
    done = rollout(*options, "--max-calls", "60")
    assert "2 given up" in done.stdout
    assert "2 calls without an answer: refused: HTTP 400" in done.stdout
    again = rollout(*options)
    assert "2 prompts were refused by the service before and are not asked again" in again.stderr
    sent = [body["messages"][-1]["content"] for body in chat.asked]
    assert [sent.count(text) for text in chat.refused] == [1, 1]


def test_answers_on_which_asked_models_agree_are_references_by_rollouts(chat, logmine, needy):
    built = logmine("build", "logs", "-o", "out", "--workers", "1", cwd=needy)
    assert "NEEDS REFERENCES" in built.stdout
    options = ("--purpose", "references", "--model", "strong-a", "--model", "strong-b", "--backend", "openai", "--endpoint-url", chat.url)
    done = logmine("rollout", "out", *options, "--yes", cwd=needy)
    assert done.returncode == 0, done.stderr
    again = logmine(*done.stdout.split("Next: logmine ")[1].split(), "--workers", "1", cwd=needy)
    assert again.returncode in (0, 1), again.stderr
    decisions = pl.read_parquet(needy / "out" / "decisions.parquet")
    assert set(decisions["reference_origin"]) == {"rollouts"}
    answers = [json.loads(reference)["answer"] for reference in decisions["reference_answer"]]
    assert len(answers) == decisions.height == 30
