"""Invocation logs made from a seed: the corpus of ``ingest.py``.

Forty applications, each with one body shape, one system prompt, its tools and its caller; conversations whose every call carries the turns
so far; 15 % of the applications write JSON in ASCII, 1.5 % of the calls failed. Text is composed of made-up words whose frequencies
follow Zipf's law, in paragraphs that recur, so that gzip shrinks it about as much as it shrinks real logs.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORDS_PER_OBJECT = 1000
ROOT = "AWSLogs/111122223333/BedrockModelInvocationLogs/eu-central-1"
SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "ri",
    "so",
    "tu",
    "va",
    "we",
    "xi",
    "yo",
    "zu",
    "an",
    "er",
    "is",
    "or",
    "un",
    "st",
    "ra",
    "ne",
    "li",
    "to",
]
ACCENTED = ["é", "ü", "ñ", "ø", "ą", "日", "本", "語"]
N_WORDS, N_PARAGRAPHS, N_APPS = 20_000, 900, 40
Body = dict[str, Any]


@dataclass(frozen=True)
class App:
    """One application: what all its calls share."""

    name: str
    shape: str
    model: str
    operation: str
    system: str
    tools: list[tuple[str, str, Body]]
    is_ascii: bool


@dataclass(frozen=True)
class Call:
    """One call: turns of user and assistant in alternation, the last a user's, and the answer."""

    turns: list[str]
    answer: str
    n_input: int
    n_output: int


class Writer:
    """Texts of a seed: words, paragraphs, applications."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        self.words = [self._word(draw) for _ in range(N_WORDS)]
        self.word_weights = list(accumulate(1 / (rank + 20) for rank in range(N_WORDS)))
        self.paragraphs = [self._paragraph(draw) for _ in range(N_PARAGRAPHS)]
        self.paragraph_weights = list(accumulate((rank + 3) ** -0.9 for rank in range(N_PARAGRAPHS)))
        shapes = [shape for shape, (weight, *_) in SHAPES.items() for _ in range(weight)]
        self.apps = [self._app(draw, f"app-{index:02}", shapes[index % len(shapes)]) for index in range(N_APPS)]

    def _word(self, draw: random.Random) -> str:
        word = "".join(draw.choices(SYLLABLES, k=draw.choice((1, 1, 2, 2, 3, 4))))
        return word + draw.choice(ACCENTED) if draw.random() < 0.03 else word

    def _paragraph(self, draw: random.Random) -> str:
        lines = []
        for _ in range(draw.randint(2, 7)):
            words = draw.choices(self.words, cum_weights=self.word_weights, k=draw.randint(5, 18))
            words[0] = words[0].capitalize()
            if draw.random() < 0.15:
                words[-1] = f'"{words[-1]}"'
            lines.append(" ".join(words) + draw.choice((".", ".", ".", "?", ":\n-", f" {draw.randint(1, 9999)}.", ".\n")))
        return " ".join(lines)

    def text(self, draw: random.Random, n_paragraphs: int) -> str:
        """Return paragraphs, each with words of its own at its end."""
        chosen = draw.choices(self.paragraphs, cum_weights=self.paragraph_weights, k=n_paragraphs)
        own = [" ".join(draw.choices(self.words, cum_weights=self.word_weights, k=draw.randint(6, 24))) for _ in chosen]
        return "\n\n".join(f"{paragraph} {words}" for paragraph, words in zip(chosen, own, strict=True))

    def _app(self, draw: random.Random, name: str, shape: str) -> App:
        _, model, operation, _ = SHAPES[shape]
        tools = [self._tool(draw) for _ in range(draw.randint(1, 5))] if shape.endswith("_tools") else []
        return App(name, shape, model, operation, self.text(draw, draw.randint(1, 9)), tools, is_ascii=draw.random() < 0.15)

    def _tool(self, draw: random.Random) -> tuple[str, str, Body]:
        keys = [f"{draw.choice(self.words)}_{index}" for index in range(draw.randint(1, 4))]
        properties = {key: {"type": "string", "description": self.text(draw, 1)[:80]} for key in keys}
        name = "_".join(draw.choices(SYLLABLES, k=3))
        return name, self.text(draw, 1)[:200], {"type": "object", "properties": properties, "required": keys[:1]}


def _pieces(text: str) -> list[str]:
    return [text[start : start + 18] for start in range(0, len(text), 18)]


def _roles(call: Call) -> list[tuple[str, str]]:
    return [(("user", "assistant")[index % 2], turn) for index, turn in enumerate(call.turns)]


def _anthropic(app: App, call: Call, contents: Callable[[str], Any]) -> Body:
    messages = [{"role": role, "content": contents(turn)} for role, turn in _roles(call)]
    return {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1024, "temperature": 0.5, "system": app.system, "messages": messages}


def _anthropic_answer(app: App, call: Call) -> Body:
    usage = {"input_tokens": call.n_input, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": call.n_output}
    content = [{"type": "text", "text": call.answer}]
    return {
        "id": "msg_bdrk_01", "type": "message", "role": "assistant", "model": app.model.partition(".")[2], "content": content,
        "stop_reason": "end_turn", "stop_sequence": None, "usage": usage,
    }  # fmt: skip


def anthropic_str(app: App, call: Call) -> tuple[Body, Any]:
    """Anthropic Messages, content as text."""
    return _anthropic(app, call, lambda turn: turn), _anthropic_answer(app, call)


def anthropic_list(app: App, call: Call) -> tuple[Body, Any]:
    """Anthropic Messages, content in blocks, the system prompt too."""
    request = _anthropic(app, call, lambda turn: [{"type": "text", "text": part} for part in turn.split("\n\n")])
    request["system"] = [{"type": "text", "text": app.system, "cache_control": {"type": "ephemeral"}}]
    return request, _anthropic_answer(app, call)


def anthropic_tools(app: App, call: Call) -> tuple[Body, Any]:
    """Anthropic Messages of an agent: uses of tools and their results."""
    request = _anthropic(app, call, lambda turn: [{"type": "text", "text": turn}])
    request["tools"] = [{"name": name, "description": about, "input_schema": schema} for name, about, schema in app.tools]
    name, _, schema = app.tools[0]
    use = {"type": "tool_use", "id": "toolu_bdrk_1", "name": name, "input": dict.fromkeys(schema["properties"], call.turns[0][:40])}
    result = {"type": "tool_result", "tool_use_id": "toolu_bdrk_1", "content": [{"type": "text", "text": call.turns[-1]}]}
    request["messages"] += [{"role": "assistant", "content": [{"type": "text", "text": "OK."}, use]}, {"role": "user", "content": [result]}]
    answer = _anthropic_answer(app, call)
    if len(call.turns) > 1:
        answer["content"].append(use | {"id": "toolu_bdrk_2"})
        answer["stop_reason"] = "tool_use"
    return request, answer


def anthropic_stream(app: App, call: Call) -> tuple[Body, Any]:
    """Anthropic Messages, streamed."""
    usage = {"input_tokens": call.n_input, "output_tokens": 1}
    start = {
        "id": "msg_bdrk_01",
        "type": "message",
        "role": "assistant",
        "model": app.model.partition(".")[2],
        "content": [],
        "usage": usage,
    }
    metrics = {"inputTokenCount": call.n_input, "outputTokenCount": call.n_output, "invocationLatency": 2040, "firstByteLatency": 444}
    events = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}} for piece in _pieces(call.answer)),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": call.n_output}},
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics},
    ]
    return anthropic_str(app, call)[0], events


def converse(app: App, call: Call) -> tuple[Body, Any]:
    """Converse, and ConverseStream as it is logged: one object."""
    request = {
        "messages": [{"role": role, "content": [{"text": turn}]} for role, turn in _roles(call)],
        "system": [{"text": app.system}],
        "inferenceConfig": {"maxTokens": 1024, "temperature": 0.2},
        "additionalModelRequestFields": {},
    }
    response = {
        "output": {"message": {"role": "assistant", "content": [{"text": call.answer}]}},
        "stopReason": "end_turn",
        "metrics": {"latencyMs": 1860},
        "usage": {"inputTokens": call.n_input, "outputTokens": call.n_output, "totalTokens": call.n_input + call.n_output},
    }
    return request, response


def converse_tools(app: App, call: Call) -> tuple[Body, Any]:
    """Converse of an agent: uses of tools and their results."""
    request, response = converse(app, call)
    specs = [{"toolSpec": {"name": name, "description": about, "inputSchema": {"json": schema}}} for name, about, schema in app.tools]
    request["toolConfig"] = {"tools": specs}
    use = {"toolUse": {"toolUseId": "tooluse_1", "name": app.tools[0][0], "input": {"q": call.turns[0][:40]}}}
    result = {"toolResult": {"toolUseId": "tooluse_1", "content": [{"text": call.turns[-1]}], "status": "success"}}
    request["messages"] += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    return request, response


def nova(app: App, call: Call) -> tuple[Body, Any]:
    """Nova through InvokeModel."""
    request, response = converse(app, call)
    request = {key: request[key] for key in ("messages", "system")} | {
        "inferenceConfig": {"max_new_tokens": 512},
        "schemaVersion": "messages-v1",
    }
    return request, {key: response[key] for key in ("output", "stopReason", "usage")}


def converse_events(app: App, call: Call) -> tuple[Body, Any]:
    """Nova's stream: the events of the wire."""
    request, response = nova(app, call)
    deltas = [
        {"contentBlockDelta": {"delta": {"text": piece}, "contentBlockIndex": index}} for index, piece in enumerate(_pieces(call.answer))
    ]
    end = [{"messageStop": {"stopReason": "end_turn"}}, {"metadata": {"usage": response["usage"], "metrics": {}, "trace": {}}}]
    return request, [{"messageStart": {"role": "assistant"}}, *deltas, *end]


def llama(app: App, call: Call) -> tuple[Body, Any]:
    """Llama: one prompt, rendered with its chat template."""
    turns = [("system", app.system), *_roles(call)]
    rendered = "".join(f"<|start_header_id|>{role}<|end_header_id|>\n\n{turn}<|eot_id|>" for role, turn in turns)
    prompt = f"<|begin_of_text|>{rendered}<|start_header_id|>assistant<|end_header_id|>\n\n"
    counts = {"prompt_token_count": call.n_input, "generation_token_count": call.n_output}
    return {"prompt": prompt, "max_gen_len": 512, "temperature": 0.5}, {"generation": call.answer, **counts, "stop_reason": "stop"}


def openai_chat(app: App, call: Call) -> tuple[Body, Any]:
    """OpenAI's chat completions."""
    messages = [{"role": "system", "content": app.system}, *({"role": role, "content": turn} for role, turn in _roles(call))]
    usage = {"prompt_tokens": call.n_input, "completion_tokens": call.n_output, "total_tokens": call.n_input + call.n_output}
    choice = {"index": 0, "message": {"role": "assistant", "content": call.answer, "refusal": None}, "finish_reason": "stop"}
    response = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": app.model, "choices": [choice], "usage": usage}
    return {"model": app.model, "messages": messages, "max_completion_tokens": 800, "temperature": 0.3}, response


def openai_chunks(app: App, call: Call) -> tuple[Body, Any]:
    """OpenAI's chat completions, streamed."""
    request, response = openai_chat(app, call)
    deltas: list[tuple[Body, str | None]] = [({"role": "assistant", "content": ""}, None)]
    deltas += [({"content": piece}, None) for piece in _pieces(call.answer)]
    deltas.append(({}, "stop"))
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": app.model}
    chunks = [head | {"choices": [{"index": 0, "delta": delta, "finish_reason": stop}]} for delta, stop in deltas]
    return request | {"stream": True}, [*chunks, head | {"choices": [], "usage": response["usage"]}]


def titan_embed(_: App, call: Call) -> tuple[Body, Any]:
    """Embeddings of Titan: no chat."""
    vector = [round(((call.n_input * 7919 + index * 104729) % 20011) / 20011 - 0.5, 6) for index in range(256)]
    return {"inputText": call.turns[-1], "dimensions": 256}, {"embedding": vector, "inputTextTokenCount": call.n_input}


SHAPES: dict[str, tuple[int, str, str, Callable[[App, Call], tuple[Body, Any]]]] = {  # applications of forty, model, operation, bodies
    "anthropic_str": (5, "anthropic.claude-3-5-sonnet-20240620-v1:0", "InvokeModel", anthropic_str),
    "anthropic_list": (6, "us.anthropic.claude-haiku-4-5-20251001-v1:0", "InvokeModel", anthropic_list),
    "anthropic_tools": (5, "us.anthropic.claude-sonnet-4-20250514-v1:0", "InvokeModel", anthropic_tools),
    "anthropic_stream": (4, "anthropic.claude-3-haiku-20240307-v1:0", "InvokeModelWithResponseStream", anthropic_stream),
    "converse": (5, "amazon.nova-pro-v1:0", "Converse", converse),
    "converse_stream": (3, "amazon.nova-lite-v1:0", "ConverseStream", converse),
    "converse_tools": (2, "us.anthropic.claude-sonnet-4-20250514-v1:0", "Converse", converse_tools),
    "nova": (1, "amazon.nova-micro-v1:0", "InvokeModel", nova),
    "converse_events": (1, "amazon.nova-pro-v1:0", "InvokeModelWithResponseStream", converse_events),
    "llama": (2, "meta.llama3-1-70b-instruct-v1:0", "InvokeModel", llama),
    "openai_chat": (3, "openai.gpt-oss-20b-1:0", "ChatCompletions", openai_chat),
    "openai_chunks": (2, "openai.gpt-oss-120b-1:0", "ChatCompletions", openai_chunks),
    "titan_embed": (1, "amazon.titan-embed-text-v2:0", "InvokeModel", titan_embed),
}


def _record(app: App, call: Call, second: int, request_id: str, *, failed: bool) -> Body:
    record: Body = {
        "schemaType": "ModelInvocationLog", "schemaVersion": "1.0",
        "timestamp": f"2026-10-{1 + second // 86400:02}T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}Z",
        "accountId": "111122223333", "region": "eu-central-1", "requestId": request_id, "operation": app.operation, "modelId": app.model,
        "identity": {"arn": f"arn:aws:sts::111122223333:assumed-role/{app.name}/session-{second % 7}"},
        "requestMetadata": {"app": app.name, "session": request_id[:4]},
    }  # fmt: skip
    if failed:
        return record | {"errorCode": "ThrottlingException"}
    request, response = SHAPES[app.shape][3](app, call)
    given = {"inputContentType": "application/json", "inputBodyJson": request, "inputTokenCount": call.n_input}
    made = {"outputContentType": "application/json", "outputBodyJson": response, "outputTokenCount": call.n_output}
    return record | {"input": given, "output": made, "inferenceRegion": "eu-central-1"}


def _calls(writer: Writer, draw: random.Random) -> list[Call]:
    """Return the calls of one conversation: each carries the turns before it."""
    turns: list[str] = []
    calls: list[Call] = []
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        turns.append(writer.text(draw, draw.choice((1, 1, 2, 4, 8))))
        answer = writer.text(draw, draw.choice((1, 1, 2, 3)))
        calls.append(Call(list(turns), answer, sum(map(len, turns)) // 4, len(answer) // 4))
        turns.append(answer)
    return calls


def object_bytes(writer: Writer, seed: int, index: int, n_records: int) -> bytes:
    """Return the JSON lines of one object."""
    draw = random.Random(f"{seed}/{index}")
    lines: list[str] = []
    while len(lines) < n_records:
        app = draw.choice(writer.apps)
        for call in _calls(writer, draw):
            request_id = hashlib.blake2b(f"{seed}/{index}/{len(lines)}".encode(), digest_size=16).hexdigest()
            record = _record(app, call, (index * 997 + len(lines)) % 2_000_000, request_id, failed=draw.random() < 0.015)
            lines.append(json.dumps(record, ensure_ascii=app.is_ascii, separators=(",", ":")))
    return ("\n".join(lines[:n_records]) + "\n").encode()


def write_object(folder: Path, seed: int, index: int, n_records: int) -> tuple[int, int]:
    """Write one object in the layout of the bucket; return its bytes of JSON and as stored."""
    data = object_bytes(Writer(seed), seed, index, n_records)
    packed = gzip.compress(data, 6, mtime=0)
    path = folder / ROOT / f"2026/10/{1 + index // 24 % 28:02}/{index % 24:02}" / f"20261001T000000000Z_{index:016x}.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed)
    return len(data), len(packed)
