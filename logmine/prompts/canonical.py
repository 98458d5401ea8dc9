"""Canonical prompts: one text, and so one id, for what differs in nothing that a model could answer differently."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from logmine.schemas import CALLS, DROPPED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Message = dict[str, Any]

_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\v\f]")
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_TRAILING = re.compile(r"[ \t]+(?=\n)")
_CALLER = re.compile(
    r"arn:[^:]*:(?:sts|iam)::[^:]*:(?:assumed-role/(?P<role>[^/]+).*|(?:user|role|federated-user)/(?:.*/)?(?P<name>[^/]+))"
)

_encode = msgspec.json.Encoder().encode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.decode


def canonicalize(invocations: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Keep readable chat invocations, with canonical messages and ids; drop the others with their reason.

    Returns
    -------
    dict
        ``calls`` (:data:`logmine.schemas.CALLS`) and ``dropped`` (:data:`logmine.schemas.DROPPED`).
    """
    readable = pl.col("unusable").is_null()
    dropped = invocations.filter(~readable).select(
        "request_id",
        pl.lit("canonicalize").alias("stage"),
        pl.col("unusable").alias("reason"),
        pl.col("unusable_detail").alias("detail"),
        pl.lit(None, pl.String).alias("kept_instead"),
        "object",
        "line",
    )
    calls = invocations.filter(readable)
    prompts = [_canonical_prompt(messages, tools) for messages, tools in calls.select("messages", "tools").iter_rows()]
    messages, thread_keys, prefix_ids = zip(*prompts, strict=True) if prompts else ((), (), ())
    calls = calls.with_columns(
        pl.Series("messages", messages, dtype=pl.String),
        pl.Series("thread_key", thread_keys, dtype=pl.String),
        # Ids come as one text: a list a row takes polars longer than all the hashing.
        pl.Series("prefix_ids", prefix_ids, dtype=pl.String).str.split(" "),
        role=pl.Series([caller_role(arn) for arn in calls["identity"]], dtype=pl.String),
        tool_calls=pl.col("completion_tool_calls"),
    ).with_columns(prompt_id=pl.col("prefix_ids").list.last())
    return {"calls": calls.select(CALLS.names()), "dropped": dropped.select(DROPPED.names())}


def canonical_text(text: str) -> str:
    r"""Return ``text`` with what cannot change an answer made the same.

    Unicode form C; every line end a line feed; every kind of space a plain space; no white space at the ends of lines, no blank lines at
    the ends of the text. Case, blank lines, tabs and the spaces inside a line stay: they may matter in code or in poems.

    Examples
    --------
    >>> canonical_text("What is\xa02 + 2? \r\n")
    'What is 2 + 2?'
    """
    is_ascii = text.isascii()
    if not is_ascii:
        text = unicodedata.normalize("NFC", text)
    # Most texts have none of what the patterns look for, and a look for one character is far cheaper.
    if not is_ascii or "\r" in text:
        text = _LINE_ENDS.sub("\n", text)
    if not is_ascii or "\v" in text or "\f" in text:
        text = _SPACES.sub(" ", text)
    if " \n" in text or "\t\n" in text:
        text = _TRAILING.sub("", text)
    return text.lstrip("\n").rstrip()


def caller_role(arn: str | None) -> str | None:
    """Return who calls, without the session or path: the name of the role or user in ``arn``; ``arn`` itself where it names neither.

    Forms: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html

    Examples
    --------
    >>> caller_role("arn:aws:sts::111122223333:assumed-role/math-tutor/i-0a1b2c")
    'math-tutor'
    """
    if arn is None:
        return None
    found = _CALLER.fullmatch(arn)
    return found["role"] or found["name"] if found else arn


def _canonical_prompt(messages: str, tools: str | None) -> tuple[str, str, str]:
    """Return canonical messages, the thread key, and the ids of the prompt cut after each message, with spaces between."""
    canonical = _canonical_messages(_decode(messages))
    state = hashlib.blake2b(_tools_identity(tools), digest_size=16)
    thread = hashlib.blake2b(digest_size=16)
    prefix_ids: list[str] = []
    in_opening = True
    for message in canonical:
        encoded = _encode(message)
        state.update(encoded)
        prefix_ids.append(state.hexdigest())
        if in_opening:
            thread.update(encoded)
            in_opening = message["role"] != "user"
    if not prefix_ids:
        prefix_ids.append(state.hexdigest())
    return _encode(canonical).decode(), thread.hexdigest(), " ".join(prefix_ids)


@lru_cache(maxsize=256)  # the calls of an application carry the same tools
def _tools_identity(tools: str | None) -> bytes:
    """Return the tools as bytes that do not depend on the order of tools or of keys."""
    if tools is None:
        return b""
    return b"\n".join(sorted(_encode_sorted(tool) for tool in _decode(tools)))


def _canonical_messages(messages: Sequence[Message]) -> list[Message]:
    """Return ``messages`` with canonical text, and tool call ids numbered in order: the ids are random, call by call."""
    numbers: dict[str, str] = {}
    return [_canonical_message(message, numbers) for message in messages]


def _canonical_message(message: Message, numbers: dict[str, str]) -> Message:
    canonical: Message = {"role": message["role"], "content": canonical_text(message.get("content") or "")}
    if calls := message.get("tool_calls"):
        canonical["tool_calls"] = list(_numbered_calls(calls, numbers))
    if "tool_call_id" in message:
        canonical["tool_call_id"] = numbers.setdefault(message["tool_call_id"], f"call_{len(numbers) + 1}")
    return canonical


def _numbered_calls(calls: Sequence[Message], numbers: dict[str, str]) -> Iterator[Message]:
    for call in calls:
        number = numbers.setdefault(call.get("id") or f"unnamed {len(numbers)}", f"call_{len(numbers) + 1}")
        yield {"id": number, "type": "function", "function": call["function"]}
