"""The compiled reader of plain records: lines become columns, with nothing between.

A record is plain where its bodies have one of the shapes that most calls have, every key that could change how they are read is absent, and
every value has the type that it nearly always has. ``reader`` reads those, in C++ made by Cython from one ``.pxi`` a family, named as in
``families``, which reads all others; where both read a record, they agree. Where logmine was installed without a compiler, or its sources
have changed since, ``families`` reads everything, and reading takes about three times as long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from xxhash import xxh3_128_hexdigest

from logmine.logs.chat import settings_of, split_reasoning
from logmine.logs.chat_templates import messages_of_prompt
from logmine.logs.families import anthropic_messages, converse, hinted_families, openai_chat
from logmine.logs.fields import objects_in
from logmine.logs.non_chat import kind_by_operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from logmine.config import LogsConfig
    from logmine.logs.fields import Json
    from logmine.logs.plain.reader import Texts

try:
    from logmine.logs.plain import reader
except ImportError:  # installed without a compiler, or compiled for another machine
    reader = None

_PLAIN: Final = frozenset(["anthropic_messages", "converse", "nova", "llama", "openai_chat"])


def sources_digest() -> int:
    """Return the digest that a reader holds which was compiled of the sources as they are."""
    folder = Path(__file__).parent
    sources = sorted([*folder.glob("*.pyx"), *folder.glob("*.pxi")])
    return int(sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:15], 16)


PlainReader = reader.PlainReader if reader and getattr(reader, "SOURCES_DIGEST", 0) == sources_digest() else None


def reader_problem() -> str | None:
    """Return what to do for logs to be read by the compiled reader, None where they are."""
    if PlainReader is not None:
        return None
    what_to_do = (
        "install logmine again, its sources have changed" if reader else "install a C++ compiler and Python's headers, then logmine again"
    )
    return f"logs are read without the compiled reader, which takes about three times as long: {what_to_do}"


_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class PlainColumns:
    """Records that were read: columns as :meth:`logmine.logs.plain.reader.PlainReader.take` gives them, and the objects that ``kind`` numbers."""

    objects: tuple[str, ...]
    n_rows: int
    texts: dict[str, Texts]
    counts: dict[str, bytes]
    temperature: tuple[bytes, bytes]
    digests: list[str | None]


MAX_ROWS: Final = 750
MAX_BYTES: Final = 8_000_000


@dataclass(slots=True)
class PlainRows:
    """Reads plain records and keeps them until they are taken; reads none where there is no compiled reader."""

    config: LogsConfig
    objects: list[str] = field(default_factory=list)
    n_read: int = 0  # records, those that were taken too
    _reader: Any = None

    def __post_init__(self) -> None:
        """Make the reader."""
        if PlainReader is not None:
            self._reader = PlainReader(
                family_of=_family_of,
                tools_of=_tools_of,
                write_anew=_write_anew,
                read_prompt=_read_prompt,
                split_reasoning=_split_reasoning,
                settings_of=settings_of,
                digest=xxh3_128_hexdigest,
                max_nesting=self.config.max_nesting,
                max_record_bytes=self.config.max_record_bytes,
            )

    @property
    def n_rows(self) -> int:
        """Number of rows that are kept: records, and places of others."""
        return self._reader.n_rows if self._reader else 0

    @property
    def n_bytes(self) -> int:
        """Size of their texts."""
        return self._reader.n_bytes if self._reader else 0

    def begin(self, name: str) -> None:
        """Say of which object the records that follow are."""
        self.objects.append(name)
        if self._reader:
            self._reader.begin_object(len(self.objects) - 1)

    @property
    def is_full(self) -> bool:
        """Whether records have to be taken before more are read."""
        return self.n_rows >= MAX_ROWS or self.n_bytes >= MAX_BYTES

    def read_lines(self, data: bytes, position: int, line: int, last: int) -> tuple[int, int, int]:
        """Read and keep lines as :meth:`logmine.logs.plain.reader.PlainReader.read_lines` does."""
        if self._reader is None:
            return position, line, last
        n_before = self.n_rows
        read = self._reader.read_lines(data, position, line, last, MAX_ROWS, MAX_BYTES)
        self.n_read += self.n_rows - n_before
        return read

    def reads(self, record: bytes) -> bool:
        """Read a record, to be kept next, and return whether it is a plain one."""
        return self._reader is not None and self._reader.reads(record)

    def keep(self, line: int) -> None:
        """Keep the record that was read last as that of ``line``; its bytes have to be there still."""
        self._reader.keep(line)
        self.n_read += 1

    def keep_place(self) -> int | None:
        """Keep a row of nulls in the place of a record that is not plain, and return its number; None where there is no compiled reader."""
        if self._reader is None:
            return None
        self._reader.keep_place()
        return self.n_rows - 1

    def take(self) -> PlainColumns:
        """Return the records that are kept, and keep none."""
        objects, n_rows = tuple(self.objects), self.n_rows
        texts, counts, temperature, digests = self._reader.take() if self._reader else ({}, {}, (b"", b""), [])
        if self.objects:
            name = self.objects[-1]
            self.objects.clear()
            self.begin(name)  # more of it may follow
        return PlainColumns(objects, n_rows, texts, counts, temperature, digests)


def _family_of(operation: bytes | None, model_id: bytes | None) -> tuple[str | None, bool]:
    """Return the family that operation and model lead to, None for one that is not plain, and whether they hint at Nova rather than Converse.

    An id that names no model hides Anthropic's more often than others.
    """
    named = None if operation is None else operation.decode()
    if kind_by_operation(named):
        return None, False
    hints = hinted_families(named, None if model_id is None else model_id.decode())
    name = next((hint for hint in hints or ("anthropic_messages",) if hint in _PLAIN), None)
    return name, "nova" in hints or "converse" not in hints


def _read_functions(tools: Any) -> list[Json]:  # noqa: ANN401 - any JSON value
    entries = objects_in(tools)
    if any("function" not in entry or "input_schema" in entry for entry in entries):
        raise ValueError("tools of another family are not plain")
    return openai_chat.read_tools(entries)


_TOOLS: Final[dict[str, Callable[[Any], list[Json]]]] = {
    "anthropic_messages": anthropic_messages.read_tools,
    "converse": converse.read_tools,
    "openai_chat": _read_functions,
}


def _tools_of(name: str, tools: bytes) -> bytes | None:
    """Return the canonical JSON of what a request of the family ``name`` defines as tools, None where it defines none."""
    read = _TOOLS[name](_decode(tools))
    return _encode(read) if read else None


def _write_anew(value: bytes) -> bytes:
    """Return the compact JSON text of a JSON value, as the content of a JSON string."""
    return _encode(_encode(_decode(value)).decode())[1:-1]


def _read_prompt(prompt: bytes) -> bytes:
    """Return the messages from which a prompt was rendered, as the content of a JSON list."""
    return _encode(messages_of_prompt(prompt.decode()))[1:-1]


def _split_reasoning(text: bytes) -> tuple[bytes, bytes]:
    """Return a text without the reasoning in tags with which it begins, and that reasoning, empty without."""
    said, thought = split_reasoning(text.decode())
    return said.encode(), (thought or "").encode()
