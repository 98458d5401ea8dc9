"""The envelope, tokens, marks, and why a record is unusable."""

import json
from datetime import UTC, datetime

import pytest

USER = [{"role": "user", "content": "Hi"}]
CLAUDE = {"anthropic_version": "bedrock-2023-05-31", "messages": USER}
SAID = {"type": "message", "content": [{"type": "text", "text": "Hello"}]}
OPENAI = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}
PROFILE = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc"


def test_the_envelope_is_copied(invocation, converse):
    row = invocation(
        converse(requestMetadata={"b": "2", "a": "1"}, identity={"arn": "arn:x"}, region="eu-central-1", inferenceRegion="eu-west-1")
    )
    assert row["invoked_at"] == datetime(2025, 3, 10, 8, tzinfo=UTC)
    assert row["metadata"] == [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    assert (row["identity"], row["region"], row["inference_region"], row["request_id"]) == ("arn:x", "eu-central-1", "eu-west-1", "r1")
    assert row["base_model"] == "anthropic.claude-3-haiku-20240307-v1:0"


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2025-05-15 14:17:22.000000000", datetime(2025, 5, 15, 14, 17, 22, tzinfo=UTC)),
        ("2025-05-15T14:17:22.123Z", datetime(2025, 5, 15, 14, 17, 22, 123000, tzinfo=UTC)),
        ("2025-05-15T16:17:22+02:00", datetime(2025, 5, 15, 14, 17, 22, tzinfo=UTC)),
        (1_747_318_642_000, datetime(2025, 5, 15, 14, 17, 22, tzinfo=UTC)),
        ("2025-13-45T00:00:00Z", None),
        (10**30, None),
        (None, None),
    ],
)
def test_times_of_every_form(invocation, converse, stamp, expected):
    assert invocation(converse(timestamp=stamp))["invoked_at"] == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"errorCode": "ThrottlingException"}, ("failed_call", "ThrottlingException")),
        ({"operation": "CountTokens"}, ("not_chat", "count_tokens")),
        ({"input": {}}, ("body_not_delivered", None)),
        ({"input": None}, ("body_not_delivered", None)),
        ({"input": {"inputBodyJson": None}}, ("body_not_delivered", None)),
        ({"input": {"inputBodyS3Path": "s3://elsewhere/AWSLogs/x"}}, ("body_unresolved", "not found")),
        ({"input": {"inputBodyS3Path": "https://elsewhere"}}, ("body_unresolved", "outside the source")),
        ({"input": {"inputBodyJson": {"foo": 1, "bar": 2}}, "output": {}}, ("unread_shape", "request keys: bar,foo")),
        ({"input": {"inputBodyJson": [1]}}, ("unread_shape", "request: JSON list")),
        ({"input": {}, "modelId": "amazon.titan-embed-text-v2:0"}, ("not_chat", "embedding")),
    ],
)
def test_why_a_record_is_unusable(invocation, converse, fields, expected):
    row = invocation(converse(**fields))
    assert (row["unusable"], row["unusable_detail"]) == expected
    assert row["messages"] is None


@pytest.mark.parametrize(
    ("request_body", "response", "kind"),
    [
        ({"inputText": "x", "dimensions": 256}, {"embedding": [0.1]}, "embedding"),
        ({"inputText": "x"}, {"embedding": [0.1]}, "embedding"),
        ({"texts": ["x"], "input_type": "search_query"}, None, "embedding"),
        ({"query": "q", "documents": ["d"]}, {"results": [{"index": 0, "relevance_score": 0.5}]}, "rerank"),
        ({"taskType": "TEXT_IMAGE", "textToImageParams": {"text": "x"}}, {"images": ["AA"]}, "image"),
        ({"prompt": "a cat", "aspect_ratio": "1:1"}, {"images": ["AA"], "seeds": [1]}, "image"),
        ({"taskType": "TEXT_VIDEO", "textToVideoParams": {"text": "x"}}, None, "video"),
    ],
)
def test_calls_that_are_no_chat(invocation, record, request_body, response, kind):
    row = invocation(record(request_body, response, modelId="any"))
    assert (row["unusable"], row["unusable_detail"]) == ("not_chat", kind)


@pytest.mark.parametrize("response", [None, {"message": "error"}, "text", [], ["[DONE]"], 7])
def test_a_missing_or_odd_response_leaves_the_prompt_usable(invocation, record, response):
    row = invocation(record(CLAUDE, response))
    assert (row["unusable"], row["completion"], row["messages"]) == (None, None, USER)


def test_bodies_that_came_as_text_once_more(invocation, record):
    row = invocation(record(json.dumps(CLAUDE), json.dumps(SAID)))
    assert (row["messages"], row["completion"]) == (USER, "Hello")


def test_cached_tokens_count_into_the_prompt_once(invocation, record):
    usage = {"input_tokens": 4, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20, "output_tokens": 7}
    row = invocation(record(CLAUDE, SAID | {"usage": usage}))
    assert (row["input_tokens"], row["cache_read_tokens"], row["cache_write_tokens"], row["output_tokens"]) == (124, 100, 20, 7)
    details = {"prompt_tokens": 124, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 100}}
    row = invocation(record({"messages": USER}, OPENAI | {"usage": details}, modelId="openai.gpt-oss-20b-1:0"))
    assert (row["input_tokens"], row["cache_read_tokens"], row["output_tokens"]) == (124, 100, 7)


def test_counts_of_the_envelope_come_first(invocation, converse):
    logged = converse()
    logged["input"] |= {"inputTokenCount": 3, "cacheReadInputTokenCount": 10, "cacheWriteInputTokenCount": 0}
    logged["output"]["outputTokenCount"] = 5
    logged["output"]["outputBodyJson"]["usage"] = {"inputTokens": 99, "outputTokens": 99}
    row = invocation(logged)
    assert (row["input_tokens"], row["output_tokens"], row["cache_read_tokens"]) == (13, 5, 10)


@pytest.mark.parametrize(
    "response",
    [
        SAID | {"amazon-bedrock-guardrailAction": "INTERVENED"},
        [{"type": "message_start", "message": {}}, {"type": "message_stop", "amazon-bedrock-guardrailAction": "INTERVENED"}],
        {"output": {"message": {"content": [{"text": "No"}]}}, "stopReason": "guardrail_intervened"},
        SAID | {"amazon-bedrock-trace": {"guardrail": {"outputs": [{"g1": {"topicPolicy": {"topics": [{"action": "BLOCKED"}]}}}]}}},
    ],
)
def test_every_mark_of_a_guardrail_is_seen(invocation, record, response):
    assert invocation(record(CLAUDE, response))["guardrail_intervened"]


def test_a_guardrail_that_only_looked_did_not_intervene(invocation, record):
    looked = SAID | {"amazon-bedrock-guardrailAction": "NONE", "amazon-bedrock-trace": {"guardrail": {"action": "NONE"}}}
    assert not invocation(record(CLAUDE, looked))["guardrail_intervened"]


def test_a_profile_takes_its_model_from_the_body(invocation, record):
    assert (
        invocation(record(CLAUDE, SAID | {"model": "claude-haiku-4-5-20251001"}, modelId=PROFILE))["base_model"]
        == "claude-haiku-4-5-20251001"
    )
    events = [{"type": "message_start", "message": {"model": "claude-haiku-4-5-20251001"}}]
    assert invocation(record(CLAUDE, events, modelId=PROFILE))["base_model"] == "claude-haiku-4-5-20251001"


def test_the_digest_knows_redeliveries_by_their_bytes(invocation, converse):
    first, again, other = invocation(converse()), invocation(converse(requestId="r2")), invocation(converse(answer="Hello!"))
    assert first["body_digest"] == again["body_digest"] != other["body_digest"]
    assert invocation(converse(input=None, output=None))["body_digest"] is None


@pytest.mark.parametrize("text", ['quo"te \\ back', "tab\t nul\0 line\u2028", "é 😀 \u202f", "1.0", "[1]", "  lead"])
def test_text_comes_out_exactly(invocation, converse, text):
    row = invocation(converse(text, text))
    assert (row["messages"][0]["content"], row["completion"]) == (text, text)


def test_half_a_surrogate_becomes_the_replacement_character(read, converse):
    data = json.dumps(converse("a\ud83db", "c\udc00")).encode()
    row = read(data)["invocations"].row(0, named=True)
    assert json.loads(row["messages"])[0]["content"] == "a\ufffdb"
    assert row["completion"] == "c\ufffd"
