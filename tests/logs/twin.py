"""A slow reader of invocation logs: the standard library alone, one straight branch a shape, no code of ``logmine``.

It was written from the description of the format, to be compared with the room ``logs``: where both read a record alike, a mistake
would have to have been made twice. It reads what real logs and the tests' writers hold; of what is merely odd it makes no point.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path

STOPS = {
    "end_turn stop stop_sequence finish finished complete completed endoftext eos": "stop",
    "max_tokens length model_length max_output_tokens model_context_window_exceeded error_limit": "length",
    "tool_use tool_calls tool_call function_call": "tool_calls",
    "guardrail_intervened content_filtered content_filter error_toxic refusal safety guardrails": "content_filter",
}
TAGS = ("reasoning", "thinking", "think")


# Containers


def read_folder(folder):
    """Return the rows of every log object under ``folder``, and the number of things in them that are no records."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    moved = {path.name: path for path in paths if path.parent.name == "data"}
    logged = [path for path in paths if path.parent.name != "data" and not path.name.startswith("amazon-bedrock-logs")]
    rows, n_refused = [], 0
    for path in logged:
        found = list(records(path.read_bytes()))
        rows += [row(record, moved) for record in found if record is not None]
        n_refused += found.count(None)
    return rows, n_refused


def plain(data):
    """Return bytes without layers of gzip; the module takes members one after the other."""
    while data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return data


def text_of(data):
    """Return the text of an object."""
    data = plain(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    return data.decode("utf-8-sig", "replace")


def records(data):
    """Yield each record of an object as a dict, None for each line that is none."""
    text = text_of(data)
    at, reader = 0, json.JSONDecoder()
    while at < len(text):
        if text[at] in " \t\r\n,":
            at += 1
            continue
        stamp = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z (?=\{)").match(text, at)
        at = stamp.end() if stamp else at
        try:
            value, at = reader.raw_decode(text, at)
        except ValueError:
            yield None
            at = text.find("\n", at) % (len(text) + 1)
            continue
        yield from within(value)


def within(value):
    """Yield the records that a value is or wraps."""
    if isinstance(value, list):
        for entry in value:
            yield from within(entry)
    elif isinstance(value, str) and value.strip()[:1] in ("{", "["):
        yield from within(json.loads(value))
    elif not isinstance(value, dict):
        yield None
    elif value.get("schemaType") == "ModelInvocationLog" or (
        "modelId" in value and any(key in value for key in ("input", "output", "errorCode"))
    ):
        yield value
    elif "awslogs" in value:
        yield from within(json.loads(gzip.decompress(base64.b64decode(value["awslogs"]["data"]))))
    elif "results" in value:
        for fields in value["results"]:
            yield from within({pair["field"]: pair["value"] for pair in fields}["@message"])
    else:
        inner = next((value[key] for key in ("events", "logEvents", "@message", "message") if key in value), None)
        yield from within(inner)


# Envelopes


def row(record, moved=None):
    """Return what one record gives."""
    given, made = record.get("input") or {}, record.get("output") or {}
    found = {"request_id": record.get("requestId"), "unusable": None}
    if record.get("errorCode") is not None:
        return found | {"unusable": "failed_call"}
    if record.get("operation") in ("CountTokens", "Rerank", "StartAsyncInvoke", "ApplyGuardrail"):
        return found | {"unusable": "not_chat"}
    request = body(given, "input", moved)
    response = body(made, "output", moved)
    model = str(record.get("modelId")).lower()
    if not request:
        is_other = any(word in model for word in ("embed", "rerank", "image", "canvas", "stability"))
        return found | {"unusable": "not_chat" if is_other else "body_unresolved" if given.get("inputBodyS3Path") else "body_not_delivered"}
    if is_other_than_chat(request, response, model):
        return found | {"unusable": "not_chat"}
    return found | chat(record, request, response)


def body(part, name, moved):
    """Return the value of a body, from the record or from the object that it was moved to."""
    value = part.get(f"{name}BodyJson")
    path = part.get(f"{name}BodyS3Path")
    if value is None and path and moved and path.rsplit("/", 1)[-1] in moved:
        value = json.loads(plain(moved[path.rsplit("/", 1)[-1]].read_bytes()))
    return json.loads(value) if isinstance(value, str) else value


def is_other_than_chat(request, response, model):
    """Return whether the bodies are those of an embedding, a rerank, an image."""
    if "messages" in request:
        return False
    asks = {"taskType", "text_prompts", "texts", "input_type"} & set(request) or {"query", "documents"} <= set(request)
    gives = {"embedding", "embeddings", "embeddingsByType", "images", "artifacts"} & set(response if isinstance(response, dict) else ())
    return bool(asks or gives) or ("embed" in model and "inputText" in request)


def chat(record, request, response):
    """Return messages, answer and counts of a chat."""
    asked = read_request(request, response)
    answer = read_answer(response) if response else {"text": None, "usage": {}}
    text, thought = without_reasoning(answer["text"])
    guarded = is_guarded(response) or answer.get("stop") == "guardrail_intervened"
    thoughts = [part for part in (answer.get("reasoning"), thought) if part]
    stop = (answer.get("stop") or "").lower()
    return asked | {
        "completion": text,
        "reasoning": "\n".join(thoughts) or None,
        "completion_tool_calls": answer.get("calls") or None,
        "stop_reason": next((value for names, value in STOPS.items() if stop in names.split()), None),
        "guardrail_intervened": guarded,
        "stream_incomplete": bool(answer.get("cut")) and not guarded,
        **counts(record, answer["usage"], response),
    }


def without_reasoning(text):
    """Return the text behind the reasoning with which it begins, and that reasoning."""
    thoughts = []
    for _ in range((text or "").count("<")):
        tag = next((tag for tag in TAGS if text.lstrip().startswith(f"<{tag}>")), None)
        if tag is None:
            break
        inner = text.lstrip()[len(tag) + 2 :]
        end = inner.find(f"</{tag}>")
        thoughts.append((inner if end < 0 else inner[:end]).strip())
        text = "" if end < 0 else inner[end + len(tag) + 3 :].lstrip()
    return text, "\n".join(thoughts) or None


def is_guarded(response):
    """Return whether any mark of a guardrail is on the response or one of its events."""
    for event in response if isinstance(response, list) else [response]:
        if isinstance(event, dict):
            if event.get("amazon-bedrock-guardrailAction") == "INTERVENED":
                return True
            traces = [event.get("trace"), event.get("amazon-bedrock-trace"), (event.get("metadata") or {}).get("trace")]
            if re.search(r'"action": "(BLOCKED|ANONYMIZED|INTERVENED|GUARDRAIL_INTERVENED)"', json.dumps(traces)):
                return True
    return False


def counts(record, usage, response):
    """Return the token counts: the envelope's first, cached tokens in the input of every operation."""
    given, made = record.get("input") or {}, record.get("output") or {}
    last = response[-1] if isinstance(response, list) and response else response
    metrics = last.get("amazon-bedrock-invocationMetrics", {}) if isinstance(last, dict) else {}
    prompt = first(given.get("inputTokenCount"), usage.get("input"), metrics.get("inputTokenCount"))
    read = first(given.get("cacheReadInputTokenCount"), usage.get("read"))
    write = first(given.get("cacheWriteInputTokenCount"), usage.get("write"))
    if prompt is not None and usage.get("cached_apart"):
        prompt += (read or 0) + (write or 0)
    output = first(made.get("outputTokenCount"), usage.get("output"), metrics.get("outputTokenCount"))
    return {"input_tokens": prompt, "output_tokens": output, "cache_read_tokens": read, "cache_write_tokens": write}


def first(*values):
    """Return the first value that is there."""
    return next((int(value) for value in values if value is not None), None)


# Requests


def read_request(request, response):
    """Return messages, tools and number of media of a request."""
    if "messages" in request:
        if "anthropic_version" in request:
            said = anthropic_messages(request)
        elif all(
            isinstance(turn["content"], list) and all("type" not in block for block in turn["content"]) for turn in request["messages"]
        ):
            said = converse_messages(request)
        else:
            said = openai_messages(request)
    elif "input" in request:
        said = responses_messages(request)
    elif "message" in request:
        said = cohere_messages(request)
    elif "inputText" in request:
        said = titan_prompt(request["inputText"])
    elif "max_tokens_to_sample" in request or (isinstance(response, dict) and "completion" in response):
        said = claude_prompt(request["prompt"])
    else:
        said = prompt(request["prompt"])
    for _ in request.get("images") or []:
        said[-1] = say("user", said[-1]["content"] + "\n[image]", said[-1].get("media", 0) + 1)
    media = sum(entry.pop("media", 0) for entry in said)
    return {"messages": said, "tools": tools_of(request) or None, "n_media": media}


def say(role, text, media=0, **more):
    """Return a message."""
    return {"role": role, "content": text} | more | ({"media": media} if media else {})


def call(identifier, name, arguments):
    """Return a tool call."""
    text = arguments if isinstance(arguments, str) else compact({} if arguments is None else arguments)
    return {"id": identifier or "", "type": "function", "function": {"name": name, "arguments": text}}


def compact(value):
    """Return JSON text without white space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def tools_of(request):
    """Return the tools of a request in OpenAI's form."""
    found = []
    for entry in (request.get("toolConfig") or {}).get("tools", []) + list(request.get("tools") or []):
        spec = entry.get("toolSpec") or entry.get("function") or entry
        if "parameter_definitions" in spec:
            schema = cohere_schema(spec["parameter_definitions"])
        else:
            schema = spec.get("inputSchema", {}).get("json") or spec.get("input_schema") or spec.get("parameters")
        function = {"name": spec["name"], "description": spec.get("description"), "parameters": schema}
        found.append({"type": "function", "function": {key: value for key, value in function.items() if value is not None}})
    return found


def cohere_schema(definitions):
    """Return Cohere's parameter definitions as a JSON schema."""
    properties = {name: {key: value[key] for key in ("type", "description") if key in value} for name, value in definitions.items()}
    required = [name for name, value in definitions.items() if value.get("required")]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def converse_messages(request):
    """Return the messages of Converse and Nova."""
    said = [say("system", "\n".join(block["text"] for block in request["system"] if "text" in block))] if request.get("system") else []
    for turn in request["messages"]:
        parts, media, calls, results = [], 0, [], []
        for block in turn["content"]:
            if "text" in block:
                parts.append(block["text"])
            elif "guardContent" in block:
                parts.append(block["guardContent"]["text"]["text"])
            elif "toolUse" in block:
                calls.append(call(block["toolUse"]["toolUseId"], block["toolUse"]["name"], block["toolUse"]["input"]))
            elif "toolResult" in block:
                results.append(converse_result(block["toolResult"]))
            for kind in {"image", "document", "video", "audio"} & set(block):
                parts.append(f"[{kind}: {block[kind]['format']}]")
                media += 1
        said += results
        if parts or calls or not results:
            said.append(say(turn["role"], "\n".join(parts), media, **({"tool_calls": calls} if calls else {})))
    return said


def converse_result(result):
    """Return the message of a tool's result."""
    parts = [
        block["text"] if "text" in block else compact(block["json"]) for block in result["content"] if "text" in block or "json" in block
    ]
    return say("tool", "\n".join(parts), tool_call_id=result["toolUseId"])


def anthropic_messages(request):
    """Return the messages of Anthropic's Messages API."""
    system = request.get("system") or ""
    system = system if isinstance(system, str) else "\n".join(block["text"] for block in system)
    said = [say("system", system)] if system else []
    for turn in request["messages"]:
        blocks = [{"type": "text", "text": turn["content"]}] if isinstance(turn["content"], str) else turn["content"]
        texts, media, calls, results = [], 0, [], []
        for block in blocks:
            if block["type"] == "text":
                texts.append(block["text"])
            elif block["type"] in ("image", "document"):
                texts.append(f"[{block['type']}: {block['source']['media_type'].split('/')[-1]}]")
                media += 1
            elif block["type"] == "tool_use":
                calls.append(call(block["id"], block["name"], block["input"]))
            elif block["type"] == "tool_result":
                content = block.get("content") or ""
                text = content if isinstance(content, str) else "\n".join(part["text"] for part in content)
                results.append(say("tool", text, tool_call_id=block["tool_use_id"]))
        said += results
        if texts or calls or not results:
            said.append(say(turn["role"], "\n".join(texts), media, **({"tool_calls": calls} if calls else {})))
    return said


def openai_messages(request):
    """Return the messages of OpenAI's chat bodies."""
    said = []
    for turn in request["messages"]:
        content = turn.get("content") or ""
        parts, media = ([content], 0) if isinstance(content, str) else openai_parts(content)
        more = {}
        if turn["role"] == "assistant" and turn.get("tool_calls"):
            more["tool_calls"] = [call(one["id"], one["function"]["name"], one["function"]["arguments"]) for one in turn["tool_calls"]]
        if turn["role"] == "tool":
            more["tool_call_id"] = turn["tool_call_id"]
        said.append(say("system" if turn["role"] == "developer" else turn["role"], "\n".join(parts), media, **more))
    return said


def openai_parts(content):
    """Return the texts of typed parts, and how many of them are media."""
    parts, media = [], 0
    for part in content:
        if part["type"] in ("text", "input_text", "output_text"):
            parts.append(part["text"])
        else:
            kind = "image" if "image" in part["type"] else "document"
            url = re.search(r"data:\w+/([\w.+-]+);", json.dumps(part))
            parts.append(f"[{kind}: {url[1]}]" if url else f"[{kind}]")
            media += 1
    return parts, media


def responses_messages(request):
    """Return the messages of a Responses call."""
    said = [say("system", request["instructions"])] if request.get("instructions") else []
    if isinstance(request["input"], str):
        return [*said, say("user", request["input"])]
    for entry in request["input"]:
        kind = entry.get("type", "message")
        if kind == "message":
            parts, media = ([entry["content"]], 0) if isinstance(entry["content"], str) else openai_parts(entry["content"])
            said.append(say("system" if entry["role"] == "developer" else entry["role"], "\n".join(parts), media))
        elif kind == "function_call":
            if said and said[-1]["role"] == "assistant":
                said[-1].setdefault("tool_calls", [])
            else:
                said.append(say("assistant", "", tool_calls=[]))
            said[-1]["tool_calls"].append(call(entry["call_id"], entry["name"], entry["arguments"]))
        elif kind == "function_call_output":
            said.append(say("tool", entry["output"], tool_call_id=entry["call_id"]))
    return said


def cohere_messages(request):
    """Return the messages of Command R."""
    said = [say("system", request["preamble"])] if request.get("preamble") else []
    roles = {"USER": "user", "CHATBOT": "assistant", "SYSTEM": "system"}
    said += [say(roles[turn["role"]], turn["message"]) for turn in request.get("chat_history", [])]
    said += [say("user", compact(document)) for document in request.get("documents", [])]
    return [*said, say("user", request["message"])]


def titan_prompt(text):
    """Return the messages of a Titan prompt."""
    if not re.search(r"(^|\n)User:", text) or not text.rstrip().endswith("\nBot:"):
        return prompt(text)
    return labeled(re.split(r"(?:^|\n)(User|Bot): ?", text))


def claude_prompt(text):
    """Return the messages of a Claude text prompt."""
    text = re.sub(r"\s+Assistant:\s*$", "\n\nAssistant:", text.lstrip())
    if not re.search(r"(^|\n\n)(Human|Assistant):", text):
        return prompt(text)
    return labeled(re.split(r"(?:^|\n\n)(Human|Assistant): ?", text))


def labeled(pieces):
    """Return messages of what a split at labels gave."""
    roles = {"Human": "user", "User": "user", "Assistant": "assistant", "Bot": "assistant"}
    said = [say("system", pieces[0].strip())] if pieces[0].strip() else []
    said += [say(roles[label], text.removesuffix("\n")) for label, text in zip(pieces[1::2], pieces[2::2], strict=True)]
    return without_open_turn(said)


def without_open_turn(said):
    """Return messages without the empty last turn that only asks for the answer."""
    return said[:-1] if said and said[-1]["role"] == "assistant" and not said[-1]["content"].strip() else said


def prompt(text):
    """Return the messages of a prompt that may have been rendered with a chat template."""
    bare = re.sub(r"^\s*(<s>|<\|begin_of_text\|>|<bos>|<｜begin▁of▁sentence｜>)\s*|^\s+", "", text)
    for opening, closing, end in (
        ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        ("<|im_start|>", "\n", "<|im_end|>"),
        ("<start_of_turn>", "\n", "<end_of_turn>"),
    ):
        if bare.startswith(opening):
            return templated(bare, opening, closing, end)
    if re.match(r"\[INST\].*?\[/INST\]", bare, re.DOTALL):
        return instructed(bare)
    if bare != text and "<｜User｜>" in bare and "<｜Assistant｜>" in bare:
        pieces = re.split(r"<｜(User|Assistant)｜>(?:<think>\n?)?", bare.replace("<｜end▁of▁sentence｜>", ""))
        return labeled(pieces)
    if re.match(r"\s*Human:", text) and "\n\nAssistant:" in text:
        return labeled(re.split(r"(?:^|\n\n)(Human|Assistant): ?", text.lstrip()))
    return [say("user", text)]


def templated(text, opening, closing, end):
    """Return the messages of a template that puts each turn behind a header with its role."""
    said = []
    for piece in text.split(opening)[1:]:
        role, _, turn = piece.partition(closing)
        turn = turn if closing == "\n" else re.sub(r"^\n\n?", "", turn)
        said.append(say({"model": "assistant"}.get(role, role), turn.rstrip("\n").removesuffix(end)))
    return without_open_turn(said)


def instructed(text):
    """Return the messages of Llama 2's and Mistral's template."""
    said = []
    for number, piece in enumerate(text.replace("<s>", "").split("[INST]")[1:]):
        asked, _, answered = piece.partition("[/INST]")
        system = re.match(r"\s*<<SYS>>\n?(.*?)\n?<</SYS>>\s*", asked, re.DOTALL) if not number else None
        if system:
            said.append(say("system", system[1]))
            asked = asked[system.end() :]
        said += [say("user", asked.removeprefix(" ").removesuffix(" ")), say("assistant", answered.replace("</s>", "").strip())]
    return [entry for entry in said if entry["content"]]


# Answers


def read_answer(response):
    """Return text, reasoning, calls, stop and usage of a response or of the events of a stream."""
    if isinstance(response, dict):
        return whole(response)
    events = [event for event in response if isinstance(event, dict)]
    if any("contentBlockDelta" in event or "messageStop" in event for event in events):
        return converse_events(events)
    if any(str(event.get("type")).startswith("response.") for event in events):
        return responses_events(events)
    if any(event.get("type") in ("message_start", "content_block_delta") for event in events):
        return anthropic_events(events)
    if any("event_type" in event for event in events):
        return cohere_events(events)
    if any(choice.get("delta") is not None or choice.get("message") is not None for event in events for choice in event.get("choices", [])):
        return openai_events(events)
    return joined([whole(event) for event in events])


def whole(response):
    """Return what one response says; also a piece of the streams whose pieces look like responses."""
    if "output" in response and isinstance(response["output"], dict):
        return converse_answer(response)
    if response.get("type") == "message":
        return anthropic_answer(response["content"], response.get("stop_reason"), response.get("usage") or {})
    if response.get("object") == "response":
        return responses_answer(response)
    if "choices" in response:
        return openai_answer(response)
    return text_answer(response)


def text_answer(response):
    """Return the answer of the families that give a text and little else."""
    if "generation" in response:
        usage = {"input": response.get("prompt_token_count"), "output": response.get("generation_token_count")}
        return {"text": response["generation"], "stop": response.get("stop_reason"), "usage": usage}
    if "outputs" in response:
        return {"text": response["outputs"][0]["text"], "stop": response["outputs"][0]["stop_reason"], "usage": {}}
    if "results" in response:
        result = response["results"][0]
        usage = {"input": response.get("inputTextTokenCount"), "output": result.get("tokenCount")}
        return {"text": result["outputText"], "stop": result.get("completionReason"), "usage": usage}
    if "outputText" in response:
        usage = {"input": response.get("inputTextTokenCount"), "output": response.get("totalOutputTextTokenCount")}
        return {"text": response["outputText"], "stop": response.get("completionReason"), "usage": usage}
    if "completions" in response:
        done = response["completions"][0]
        return {"text": done["data"]["text"], "stop": done["finishReason"]["reason"], "usage": {}}
    if "generations" in response:
        done = response["generations"][0]
        return {"text": done["text"], "stop": done.get("finish_reason"), "usage": {}}
    if "completion" in response:
        return {
            "text": response["completion"].removeprefix(" "),
            "stop": response.get("stop_reason"),
            "usage": {},
            "raw": response["completion"],
        }
    calls = [call("", one["name"], one["parameters"]) for one in response.get("tool_calls") or []]
    return {"text": response["text"], "stop": response.get("finish_reason"), "calls": calls, "usage": {}}


def joined(pieces):
    """Return the answer of pieces in their order."""
    text = "".join(piece.get("raw", piece["text"]) for piece in pieces)
    stops = [piece["stop"] for piece in pieces if piece["stop"]]
    prompts = [piece["usage"]["input"] for piece in pieces if piece["usage"].get("input") is not None]
    outputs = [piece["usage"]["output"] for piece in pieces if piece["usage"].get("output") is not None]
    usage = {"input": prompts[0] if prompts else None, "output": outputs[-1] if outputs else None}
    found = {"text": text, "stop": stops[-1] if stops else None, "usage": usage, "cut": not stops}
    if pieces[0].get("is_prompted"):
        found |= behind_thought(text)
    elif "raw" in pieces[0]:
        found["text"] = text.removeprefix(" ")
    return found


def converse_answer(response):
    """Return the answer of Converse or Nova."""
    blocks = response["output"]["message"]["content"]
    thoughts = [block["reasoningContent"].get("reasoningText", {}).get("text") for block in blocks if "reasoningContent" in block]
    uses = [block["toolUse"] for block in blocks if "toolUse" in block]
    return {
        "text": "\n".join(block["text"] for block in blocks if "text" in block),
        "reasoning": "\n".join(thought for thought in thoughts if thought) or None,
        "calls": [call(use["toolUseId"], use["name"], use["input"]) for use in uses],
        "stop": response.get("stopReason"),
        "usage": converse_usage(response.get("usage") or {}),
    }


def converse_usage(usage):
    """Return counts; Nova names those of the cache otherwise."""
    return {
        "input": usage.get("inputTokens"),
        "output": usage.get("outputTokens"),
        "read": usage.get("cacheReadInputTokens", usage.get("cacheReadInputTokenCount")),
        "write": usage.get("cacheWriteInputTokens", usage.get("cacheWriteInputTokenCount")),
        "cached_apart": True,
    }


def converse_events(events):
    """Return the answer of a stream of Converse or Nova, whose texts run on until a call or a thought comes between."""
    parts, usage, stop, ended = [], {}, None, False
    for event in events:
        start = event.get("contentBlockStart", {}).get("start", {}).get("toolUse")
        delta = event.get("contentBlockDelta", {}).get("delta", {})
        if start:
            parts.append(["call", start, ""])
        elif "text" in delta:
            if not parts or parts[-1][0] != "text":
                parts.append(["text", None, ""])
            parts[-1][2] += delta["text"]
        elif "toolUse" in delta:
            parts[-1][2] += delta["toolUse"]["input"]
        elif "reasoningContent" in delta:
            parts.append(["thought", None, delta["reasoningContent"].get("text", "")])
        if "messageStop" in event:
            stop, ended = event["messageStop"]["stopReason"], True
        if "metadata" in event:
            usage = event["metadata"].get("usage") or {}
    calls = [call(start["toolUseId"], start["name"], text or "{}") for kind, start, text in parts if kind == "call"]
    text = "\n".join(text for kind, _, text in parts if kind == "text")
    thought = "".join(text for kind, _, text in parts if kind == "thought")
    return {"text": text, "reasoning": thought or None, "calls": calls, "stop": stop, "usage": converse_usage(usage), "cut": not ended}


def anthropic_answer(blocks, stop, usage):
    """Return the answer that Anthropic's content blocks hold."""
    uses = [block for block in blocks if block["type"] == "tool_use"]
    thoughts = [block["thinking"] for block in blocks if block["type"] == "thinking"]
    names = {"input": "input_tokens", "output": "output_tokens", "read": "cache_read_input_tokens", "write": "cache_creation_input_tokens"}
    return {
        "text": "\n".join(block["text"] for block in blocks if block["type"] == "text"),
        "reasoning": "\n".join(filter(None, thoughts)) or None,
        "calls": [call(use["id"], use["name"], use["input"]) for use in uses],
        "stop": stop,
        "usage": {name: usage.get(key) for name, key in names.items()} | {"cached_apart": True},
    }


def anthropic_events(events):
    """Return the answer of Anthropic's stream."""
    blocks, usage, stop, ended = {}, {}, None, False
    for event in events:
        kind, index = event.get("type"), event.get("index", 0)
        if kind == "message_start":
            usage = {name: count for name, count in (event["message"].get("usage") or {}).items() if name != "output_tokens"}
        elif kind == "content_block_start":
            blocks[index] = [event["content_block"], ""]
        elif kind == "content_block_delta":
            blocks.setdefault(index, [{"type": "text", "text": ""}, ""])
            blocks[index][1] += next((event["delta"][key] for key in ("text", "partial_json", "thinking") if key in event["delta"]), "")
        elif kind == "message_delta":
            stop = event["delta"].get("stop_reason")
            usage = usage | (event.get("usage") or {})
        elif kind == "message_stop":
            ended = True
    done = []
    for _, (block, pieces) in sorted(blocks.items()):
        if block["type"] == "tool_use":
            done.append(block | {"input": pieces or block["input"]})
        else:
            key = "thinking" if block["type"] == "thinking" else "text"
            done.append(block | {key: block.get(key, "") + pieces})
    return anthropic_answer(done, stop, usage) | {"cut": not ended}


def openai_answer(response):
    """Return the answer of the first choice."""
    choice = response["choices"][0] if response["choices"] else {}
    turn = choice.get("message") or {}
    stop = choice.get("finish_reason") or choice.get("stop_reason")
    usage = openai_usage(response.get("usage"))
    if "text" in choice:
        return {"raw": choice["text"], "stop": stop, "usage": usage, "is_prompted": True} | behind_thought(choice["text"])
    content = turn.get("content") or ""
    text = content if isinstance(content, str) else "\n".join(part["text"] for part in content)
    calls = [call(one["id"], one["function"]["name"], one["function"]["arguments"]) for one in turn.get("tool_calls") or []]
    return {"text": text, "reasoning": turn.get("reasoning_content"), "calls": calls, "stop": stop, "usage": usage}


def behind_thought(text):
    """Return text and reasoning where the prompt had opened the thought already."""
    if "</think>" not in text or "<think>" in text:
        return {"text": text}
    thought, _, rest = text.partition("</think>")
    return {"text": rest.lstrip(), "reasoning": thought.strip()}


def openai_usage(usage):
    """Return counts; the cached tokens are in the input."""
    usage = usage or {}
    details = usage.get("prompt_tokens_details") or {}
    return {
        "input": usage.get("prompt_tokens"),
        "output": usage.get("completion_tokens"),
        "read": details.get("cached_tokens"),
        "write": details.get("cache_write_tokens"),
    }


def openai_events(events):
    """Return the answer of a stream of chunks."""
    text, thought, calls, stop, usage = "", "", {}, None, None
    for event in events:
        usage = event.get("usage") or usage
        for choice in event["choices"]:
            if choice.get("index", 0) == 0:
                delta = choice.get("delta") or choice.get("message") or {}
                text += delta.get("content") or ""
                thought += delta.get("reasoning_content") or ""
                for piece in delta.get("tool_calls") or []:
                    one = calls.setdefault(piece["index"], {"id": "", "name": "", "arguments": ""})
                    one["id"] = piece.get("id") or one["id"]
                    one["name"] = piece["function"].get("name") or one["name"]
                    one["arguments"] += piece["function"].get("arguments") or ""
                stop = choice.get("finish_reason") or choice.get("stop_reason") or stop
    made = [call(one["id"], one["name"], one["arguments"] or "{}") for _, one in sorted(calls.items())]
    return {"text": text, "reasoning": thought or None, "calls": made, "stop": stop, "usage": openai_usage(usage), "cut": stop is None}


def responses_answer(response):
    """Return the answer of a Responses call."""
    entries = response["output"]
    texts = [part["text"] for entry in entries if entry["type"] == "message" for part in entry["content"]]
    calls = [call(entry["call_id"], entry["name"], entry["arguments"]) for entry in entries if entry["type"] == "function_call"]
    thoughts = [part["text"] for entry in entries if entry["type"] == "reasoning" for part in entry.get("summary") or []]
    stop = (response.get("incomplete_details") or {}).get("reason") or response.get("status")
    usage = response.get("usage") or {}
    details = usage.get("input_tokens_details") or {}
    return {
        "text": "\n".join(texts),
        "reasoning": "\n".join(thoughts) or None,
        "calls": calls,
        "stop": "tool_calls" if calls and stop == "completed" else stop,
        "usage": {
            "input": usage.get("input_tokens"),
            "output": usage.get("output_tokens"),
            "read": details.get("cached_tokens"),
            "write": details.get("cache_write_tokens"),
        },
    }


def responses_events(events):
    """Return the answer of a stream of Responses, which its last event holds whole."""
    ends = [event["response"] for event in events if event["type"] in ("response.completed", "response.incomplete", "response.failed")]
    if ends:
        return responses_answer(ends[-1])
    text = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    return {"text": text, "usage": {}, "cut": True}


def cohere_events(events):
    """Return the answer of a stream of Command R."""
    text = "".join(event["text"] for event in events if event["event_type"] == "text-generation")
    end = next((event for event in events if event["event_type"] == "stream-end"), None)
    return {"text": text, "stop": end["finish_reason"] if end else None, "usage": {}, "cut": end is None}
