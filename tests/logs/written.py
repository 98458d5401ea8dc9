"""Writers of bodies: one chat in every shape in which Amazon Bedrock logs it, whole or cut into the events of a stream.

A chat is a dict: ``system`` (None without), ``turns`` (texts of user and assistant by turns, the last a user's), ``tools``, ``used``
(whether a tool was called and answered before the last turn), ``text``, ``thought`` and ``calls`` of the answer. ``cut`` is a function
that cuts a text into pieces.
"""

from __future__ import annotations

import base64
import gzip
import json

USAGE = {"inputTokens": 7, "outputTokens": 5, "cacheReadInputTokens": 3, "cacheWriteInputTokens": 2}
METRICS = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 7, "outputTokenCount": 5, "invocationLatency": 11}}
PAST_CALL = {"id": "past", "name": "look", "arguments": {"city": "Lisbon", "days": 2}}
PAST_RESULT = "22 degrees"


def messages_of(chat):
    """Return what a reader must make of the chat: OpenAI's messages."""
    said = [{"role": "system", "content": chat["system"]}] if chat["system"] else []
    for number, text in enumerate(chat["turns"]):
        if chat["used"] and number == len(chat["turns"]) - 1:
            function = {"name": PAST_CALL["name"], "arguments": compact(PAST_CALL["arguments"])}
            if not number:
                said.append({"role": "assistant", "content": ""})
            said[-1]["tool_calls"] = [{"id": "past", "type": "function", "function": function}]
            said.append({"role": "tool", "tool_call_id": "past", "content": PAST_RESULT})
        said.append({"role": role(number), "content": text})
    return said


def role(number):
    """Return who speaks in a turn."""
    return "assistant" if number % 2 else "user"


def compact(value):
    """Return JSON text without white space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# Converse and Nova


def converse(chat):
    """Return the request of Converse."""
    turns = []
    for number, text in enumerate(chat["turns"]):
        content = [{"text": text}]
        if chat["used"] and number == len(chat["turns"]) - 1:
            use = {"toolUseId": "past", "name": PAST_CALL["name"], "input": PAST_CALL["arguments"]}
            if not number:
                turns.append({"role": "assistant", "content": []})
            turns[-1]["content"].append({"toolUse": use})
            content.insert(0, {"toolResult": {"toolUseId": "past", "content": [{"text": PAST_RESULT}]}})
        turns.append({"role": role(number), "content": content})
    body = {"messages": turns, "inferenceConfig": {"maxTokens": 9}}
    if chat["system"]:
        body["system"] = [{"text": chat["system"]}, {"cachePoint": {"type": "default"}}]
    if chat["tools"]:
        specs = [{"name": one["name"], "description": "d", "inputSchema": {"json": one["schema"]}} for one in chat["tools"]]
        body["toolConfig"] = {"tools": [{"toolSpec": spec} for spec in specs]}
    return body


def converse_answer(chat):
    """Return the response of Converse."""
    content = [{"reasoningContent": {"reasoningText": {"text": chat["thought"], "signature": "s"}}}] if chat["thought"] else []
    content.append({"text": chat["text"]})
    content += [{"toolUse": {"toolUseId": one["id"], "name": one["name"], "input": one["arguments"]}} for one in chat["calls"]]
    stop = "tool_use" if chat["calls"] else "end_turn"
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "usage": USAGE,
        "metrics": {"latencyMs": 1},
    }


def converse_events(chat, cut):
    """Return the events of a stream of Converse or Nova; a text block may begin at each piece."""
    events = [{"messageStart": {"role": "assistant"}}]
    if chat["thought"]:
        events += [
            {"contentBlockDelta": {"delta": {"reasoningContent": {"text": piece}}, "contentBlockIndex": 0}}
            for piece in cut(chat["thought"])
        ]
    for number, piece in enumerate(cut(chat["text"]) or [""], 1):
        events.append({"contentBlockDelta": {"delta": {"text": piece}, "contentBlockIndex": number}})
        events.append({"contentBlockStop": {"contentBlockIndex": number}})
    for number, one in enumerate(chat["calls"], 900):
        start = {"toolUse": {"toolUseId": one["id"], "name": one["name"]}}
        events.append({"contentBlockStart": {"start": start, "contentBlockIndex": number}})
        pieces = cut(compact(one["arguments"]))
        events += [{"contentBlockDelta": {"delta": {"toolUse": {"input": piece}}, "contentBlockIndex": number}} for piece in pieces]
    events.append({"messageStop": {"stopReason": "tool_use" if chat["calls"] else "end_turn"}})
    return [*events, {"metadata": {"usage": USAGE, "metrics": {"latencyMs": 1}}} | METRICS]


# Anthropic


def anthropic(chat):
    """Return the request of Anthropic's Messages API."""
    turns = []
    for number, text in enumerate(chat["turns"]):
        content = text if number == 0 else [{"type": "text", "text": text}]
        if chat["used"] and number == len(chat["turns"]) - 1:
            use = {"type": "tool_use", "id": "past", "name": PAST_CALL["name"], "input": PAST_CALL["arguments"]}
            if not number:
                turns.append({"role": "assistant", "content": []})
            turns[-1]["content"].append(use)
            content = [{"type": "tool_result", "tool_use_id": "past", "content": PAST_RESULT}, {"type": "text", "text": text}]
        turns.append({"role": role(number), "content": content})
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": turns}
    if chat["system"]:
        body["system"] = chat["system"]
    if chat["tools"]:
        body["tools"] = [{"name": one["name"], "description": "d", "input_schema": one["schema"]} for one in chat["tools"]]
    return body


def anthropic_blocks(chat):
    """Return the content blocks of an answer."""
    blocks = [{"type": "thinking", "thinking": chat["thought"], "signature": "s"}] if chat["thought"] else []
    blocks.append({"type": "text", "text": chat["text"]})
    return blocks + [{"type": "tool_use", "id": one["id"], "name": one["name"], "input": one["arguments"]} for one in chat["calls"]]


def anthropic_answer(chat):
    """Return the response of Anthropic's Messages API."""
    usage = {"input_tokens": 7, "output_tokens": 5, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 2}
    stop = "tool_use" if chat["calls"] else "end_turn"
    return {
        "type": "message",
        "role": "assistant",
        "model": "claude-3",
        "content": anthropic_blocks(chat),
        "stop_reason": stop,
        "usage": usage,
    }


def anthropic_events(chat, cut):
    """Return the events of its stream, with a ping and a stray string among them."""
    usage = {"input_tokens": 7, "output_tokens": 1, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 2}
    events = [{"type": "message_start", "message": {"model": "claude-3", "usage": usage}}, {"type": "ping"}]
    for index, block in enumerate(anthropic_blocks(chat)):
        key, delta, empty = {"thinking": ("thinking", "thinking", ""), "text": ("text", "text", "")}.get(
            block["type"], ("input", "partial_json", {})
        )
        whole = compact(block[key]) if key == "input" else block[key]
        events.append({"type": "content_block_start", "index": index, "content_block": block | {key: empty}})
        kind = {"input": "input_json_delta"}.get(key, f"{key}_delta")
        events += [{"type": "content_block_delta", "index": index, "delta": {"type": kind, delta: piece}} for piece in cut(whole)]
        events.append({"type": "content_block_stop", "index": index})
    stop = "tool_use" if chat["calls"] else "end_turn"
    events.append({"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 5}})
    return [*events, "[DONE]", {"type": "message_stop"} | METRICS]


# OpenAI


def openai(chat):
    """Return the request of ChatCompletions."""
    body = {"messages": messages_of(chat), "max_tokens": 9}
    if chat["tools"]:
        functions = [{"name": one["name"], "description": "d", "parameters": one["schema"]} for one in chat["tools"]]
        body["tools"] = [{"type": "function", "function": function} for function in functions]
    return body


def openai_calls(chat):
    """Return the tool calls of an answer."""
    return [
        {"id": one["id"], "type": "function", "function": {"name": one["name"], "arguments": compact(one["arguments"])}}
        for one in chat["calls"]
    ]


OPENAI_USAGE = {"prompt_tokens": 12, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 3}}


def openai_answer(chat):
    """Return the response of ChatCompletions."""
    turn = {
        "role": "assistant",
        "content": chat["text"],
        "reasoning_content": chat["thought"] or None,
        "tool_calls": openai_calls(chat) or None,
    }
    choice = {"index": 0, "message": turn, "finish_reason": "tool_calls" if chat["calls"] else "stop"}
    return {"object": "chat.completion", "choices": [choice], "usage": OPENAI_USAGE}


def openai_events(chat, cut, *, key="delta", stop_key="finish_reason"):
    """Return the chunks of its stream; Mistral and DeepSeek have other keys."""
    deltas = [{"role": "assistant", "content": ""}, {}]
    deltas += [{"reasoning_content": piece} for piece in cut(chat["thought"] or "")]
    deltas += [{"content": piece} for piece in cut(chat["text"])]
    for index, one in enumerate(openai_calls(chat)):
        first, *rest = cut(one["function"]["arguments"]) or [""]
        deltas.append({"tool_calls": [one | {"index": index, "function": one["function"] | {"arguments": first}}]})
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in rest]
    chunks = [{"object": "chat.completion.chunk", "choices": [{"index": 0, key: delta, stop_key: None}]} for delta in deltas]
    chunks.append(
        {"object": "chat.completion.chunk", "choices": [{"index": 0, key: {}, stop_key: "tool_calls" if chat["calls"] else "stop"}]}
    )
    return [*chunks, {"object": "chat.completion.chunk", "choices": [], "usage": OPENAI_USAGE}]


def responses(chat):
    """Return the request of Responses."""
    entries = []
    for message in messages_of(chat | {"system": None}):
        if message["role"] == "tool":
            entries.append({"type": "function_call_output", "call_id": "past", "output": message["content"]})
        elif message["content"]:
            entries.append({"role": message["role"], "content": [{"type": "input_text", "text": message["content"]}]})
        if "tool_calls" in message:
            entries.append({"type": "function_call", "call_id": "past", **message["tool_calls"][0]["function"]})
    body = {"input": entries, "max_output_tokens": 9}
    if chat["system"]:
        body["instructions"] = chat["system"]
    if chat["tools"]:
        body["tools"] = [
            {"type": "function", "name": one["name"], "description": "d", "parameters": one["schema"]} for one in chat["tools"]
        ]
    return body


def responses_answer(chat):
    """Return the response of Responses."""
    output = [{"type": "reasoning", "summary": [{"type": "summary_text", "text": chat["thought"]}]}] if chat["thought"] else []
    output.append({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": chat["text"]}]})
    output += [
        {"type": "function_call", "call_id": one["id"], "name": one["name"], "arguments": compact(one["arguments"])}
        for one in chat["calls"]
    ]
    return {"object": "response", "status": "completed", "output": output, "usage": {"input_tokens": 12, "output_tokens": 5}}


def responses_events(chat, cut):
    """Return the events of its stream."""
    deltas = [{"type": "response.output_text.delta", "delta": piece} for piece in cut(chat["text"])]
    end = {"type": "response.completed", "response": responses_answer(chat)}
    return [{"type": "response.created", "response": {"object": "response", "output": []}}, *deltas, end]


# Prompts in one text


def llama3(chat):
    """Return the request of Llama 3."""
    turns = "".join(f"<|start_header_id|>{who}<|end_header_id|>\n\n{text}<|eot_id|>" for who, text in spoken(chat))
    return {"prompt": f"<|begin_of_text|>{turns}<|start_header_id|>assistant<|end_header_id|>\n\n", "max_gen_len": 9}


def spoken(chat):
    """Return who said what, without tools."""
    system = [("system", chat["system"])] if chat["system"] else []
    return system + [(role(number), text) for number, text in enumerate(chat["turns"])]


def instruct(chat):
    """Return the request of Llama 2 or Mistral."""
    prompt = "<s>"
    for number, text in enumerate(chat["turns"]):
        system = f"<<SYS>>\n{chat['system']}\n<</SYS>>\n\n" if chat["system"] and not number else ""
        prompt += f" {text}</s>" if number % 2 else f"[INST] {system}{text} [/INST]"
    return {"prompt": prompt, "max_tokens": 9}


def claude_text(chat):
    """Return the request of Claude 2."""
    labels = {"user": "\n\nHuman: ", "assistant": "\n\nAssistant: ", "system": ""}
    prompt = "".join(labels[who] + text for who, text in spoken(chat))
    return {"prompt": f"{prompt}\n\nAssistant:", "max_tokens_to_sample": 9}


def deepseek(chat):
    """Return the request of DeepSeek's prompt form."""
    labels = {"user": "<｜User｜>", "assistant": "<｜Assistant｜>", "system": ""}
    turns = "".join(labels[who] + text for who, text in spoken(chat))
    return {"prompt": f"<｜begin▁of▁sentence｜>{turns}<｜Assistant｜><think>\n", "max_tokens": 9}


def titan(chat):
    """Return the request of Titan."""
    labels = {"user": "User: ", "assistant": "Bot: ", "system": ""}
    return {"inputText": "\n".join(labels[who] + text for who, text in spoken(chat)) + "\nBot:"}


def cohere(chat):
    """Return the request of Command R."""
    past = [{"role": "CHATBOT" if number % 2 else "USER", "message": text} for number, text in enumerate(chat["turns"][:-1])]
    return {"message": chat["turns"][-1], "chat_history": past} | ({"preamble": chat["system"]} if chat["system"] else {})


def every_shape(chat, cut):
    """Return the bodies of the chat by shape, each request with its response; the texts of the last group hold no tools or thoughts."""
    text, pieces = chat["text"], cut(chat["text"]) or [""]
    ends = [None] * (len(pieces) - 1)
    return {
        "converse": (converse(chat), converse_answer(chat)),
        "converse_events": (converse(chat), converse_events(chat, cut)),
        "anthropic": (anthropic(chat), anthropic_answer(chat)),
        "anthropic_events": (anthropic(chat), anthropic_events(chat, cut)),
        "openai": (openai(chat), openai_answer(chat)),
        "openai_events": (openai(chat), openai_events(chat, cut)),
        "mistral_events": (openai(chat), openai_events(chat, cut, key="message", stop_key="stop_reason")),
        "responses": (responses(chat), responses_answer(chat)),
        "responses_events": (responses(chat), responses_events(chat, cut)),
        "cohere": (cohere(chat), {"text": text, "generation_id": "g", "finish_reason": "COMPLETE"}),
        "cohere_events": (
            cohere(chat),
            [{"event_type": "text-generation", "text": piece} for piece in pieces]
            + [{"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"text": text}}],
        ),
        "llama": (llama3(chat), {"generation": text, "prompt_token_count": 12, "generation_token_count": 5, "stop_reason": "stop"}),
        "llama_events": (
            llama3(chat),
            [
                {"generation": piece, "prompt_token_count": None if number else 12, "generation_token_count": number, "stop_reason": end}
                for number, (piece, end) in enumerate(zip(pieces, [*ends, "stop"], strict=True))
            ],
        ),
        "pictured": (
            {"prompt": chat["turns"][-1], "max_gen_len": 9, "images": ["AAAA", "AAAA"]},
            {"generation": text, "stop_reason": "stop"},
        ),
        "instruct": (instruct(chat), {"outputs": [{"text": text, "stop_reason": "stop"}]}),
        "instruct_events": (
            instruct(chat),
            [{"outputs": [{"text": piece, "stop_reason": end}]} for piece, end in zip(pieces, [*ends, "stop"], strict=True)],
        ),
        "claude_text": (claude_text(chat), {"type": "completion", "completion": f" {text}", "stop_reason": "stop_sequence"}),
        "claude_text_events": (
            claude_text(chat),
            [{"completion": piece, "stop_reason": end} for piece, end in zip([" ", *pieces], [None, *ends, "stop_sequence"], strict=True)],
        ),
        "deepseek": (deepseek(chat), {"choices": [{"text": f"Well.\n</think>\n\n{text}", "stop_reason": "stop"}]}),
        "deepseek_events": (
            deepseek(chat),
            [{"choices": [{"text": "Well.\n</think>\n\n", "stop_reason": None}]}]
            + [{"choices": [{"text": piece, "stop_reason": end}]} for piece, end in zip(pieces, [*ends, "stop"], strict=True)],
        ),
        "titan": (
            titan(chat),
            {"inputTextTokenCount": 12, "results": [{"tokenCount": 5, "outputText": text, "completionReason": "FINISH"}]},
        ),
        "titan_events": (
            titan(chat),
            [{"outputText": piece, "completionReason": end} for piece, end in zip(pieces, [*ends, "FINISH"], strict=True)],
        ),
        "jurassic": (
            {"prompt": chat["turns"][-1], "maxTokens": 9},
            {"completions": [{"data": {"text": text}, "finishReason": {"reason": "endoftext"}}]},
        ),
        "command": (
            {"prompt": chat["turns"][-1], "p": 0.5},
            {"generations": [{"text": text, "finish_reason": "COMPLETE"}], "prompt": chat["turns"][-1]},
        ),
    }


# Containers


def contained(kind, records):
    """Return the text of an object that holds ``records`` in one of the ways in which people hand them over."""
    lines = [json.dumps(record, ensure_ascii=kind == "escaped") for record in records]
    events = [{"id": str(number), "timestamp": number, "message": line} for number, line in enumerate(lines)]
    subscription = json.dumps({"messageType": "DATA_MESSAGE", "logGroup": "g", "logEvents": events})
    return {
        "lines": "\n".join(lines) + "\n",
        "escaped": "\n".join(lines),
        "crlf": "\r\n".join(lines) + "\r\n",
        "bom": "\ufeff" + "\n".join(lines),
        "array": json.dumps(records),
        "pretty_array": json.dumps(records, indent=2),
        "pretty": "\n".join(json.dumps(record, indent=1) for record in records),
        "concatenated": "".join(lines),
        "filtered": json.dumps({"events": events, "searchedLogStreams": []}),
        "subscription": subscription,
        "subscriptions": subscription + subscription.replace('"DATA_MESSAGE"', '"CONTROL_MESSAGE"').replace(json.dumps(events), "[]"),
        "lambda": json.dumps({"awslogs": {"data": base64.b64encode(gzip.compress(subscription.encode(), mtime=0)).decode()}}),
        "query": json.dumps({"results": [[{"field": "@ptr", "value": "p"}, {"field": "@message", "value": line}] for line in lines]}),
        "insights": json.dumps([{"@timestamp": "t", "@message": line} for line in lines]),
        "exported": "".join(f"2026-10-05T10:00:00.000Z {line}\n" for line in lines),
    }[kind]


KINDS = (
    "lines", "escaped", "crlf", "bom", "array", "pretty_array", "pretty", "concatenated", "filtered", "subscription", "subscriptions", "lambda",
    "query", "insights", "exported",
)  # fmt: skip


def compressed(kind, data, at):
    """Return bytes as one of the ways of compression leaves them; ``at`` is where a member ends."""
    if kind == "members":
        return gzip.compress(data[:at], mtime=0) + gzip.compress(data[at:], mtime=0)
    if kind == "twice":
        return gzip.compress(gzip.compress(data, mtime=0), mtime=0)
    return gzip.compress(data, mtime=0) if kind == "once" else data
