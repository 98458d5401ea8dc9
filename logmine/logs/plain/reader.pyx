# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, embedsignature=True
# distutils: language = c++
"""Lines that are records of plain bodies become columns, in compiled code: each byte is looked at once, nothing is made for a record but its row.

A record is read here where every key that could change how it is read is absent, and every value has the type that it nearly always has; the
reader stands still before any other line. What is read here is read alike by ``families``: the tests hold both against each other.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport int32_t, int64_t, uint8_t
from libcpp.vector cimport vector

cdef extern from *:
    """
    #ifndef SOURCES_DIGEST
    #define SOURCES_DIGEST 0
    #endif
    """
    const int64_t compiled_of "SOURCES_DIGEST"

SOURCES_DIGEST = compiled_of

include "json.pxi"
include "strings.pxi"
include "row.pxi"
include "anthropic_messages.pxi"
include "anthropic_answers.pxi"
include "converse.pxi"
include "converse_answers.pxi"
include "openai_chat.pxi"
include "llama.pxi"
include "envelope.pxi"
include "columns.pxi"


cdef enum:
    MAX_NAMES = 4096
    MAX_KNOWN = 128
    MAX_KNOWN_BYTES = 32000
    MAX_RECORD_BYTES = 256000000  # Arrow counts the bytes of a column in 31 bits, and what a record becomes is less than eight times as long


cdef struct Known:  # tools that were read before, as they were sent
    Family family
    string text


cdef const char* name_of(Family family) noexcept:
    if family == ANTHROPIC_MESSAGES:
        return b"anthropic_messages"
    if family == CONVERSE:
        return b"converse"
    if family == NOVA:
        return b"nova"
    if family == LLAMA:
        return b"llama"
    return b"openai_chat"


cdef class PlainReader:
    """Reads lines of plain records, and keeps their columns until they are taken.

    Parameters
    ----------
    family_of
        Returns the name of the family that operation and model lead to and whether they hint at Nova where Converse would do as well, both
        given as UTF-8; the name is None for none of the families that are read here.
    tools_of
        Returns the canonical JSON of what a request defines as tools, None for none; called with the name of the family and JSON.
    write_anew
        Returns the compact JSON text of a JSON value, as the content of a JSON string.
    read_prompt
        Returns the messages from which a prompt was rendered, as the content of a JSON list.
    split_reasoning
        Returns a text without the reasoning in tags with which it begins, and that reasoning, empty without.
    settings_of
        Returns what is appended to a response before its digest is made; called with the temperature and the limit of tokens, each may be None.
    digest
        Returns the digest of bytes.
    max_nesting
        Deepest nesting of brackets.
    max_record_bytes
        Largest line that is read; none beyond 256 MB is, whatever is given.
    """

    cdef Row row
    cdef Cursor cursor
    cdef object tools_of, split_reasoning, settings_of, digest
    cdef dict settings
    cdef vector[Known] known_tools
    cdef list canonical_tools
    cdef bytes canonical  # tools of the row
    cdef list digests
    cdef int max_nesting
    cdef Py_ssize_t max_record_bytes
    cdef int object_number
    cdef Texts request_id, timestamp, identity, key, value, messages, tools, completion, reasoning, tool_calls, kind
    cdef vector[int64_t] line, n_pairs
    cdef vector[vector[int64_t]] counts  # as those of a row
    cdef vector[double] temperature
    cdef vector[uint8_t] has_temperature

    def __init__(self, *, family_of, tools_of, write_anew, read_prompt, split_reasoning, settings_of, digest, max_nesting, max_record_bytes):
        self.row = Row()
        self.row.write_anew = write_anew
        self.row.read_prompt = read_prompt
        self.row.family_of = family_of
        self.row.families = {}
        self.tools_of = tools_of
        self.split_reasoning = split_reasoning
        self.settings_of = settings_of
        self.digest = digest
        self.settings = {}
        self.canonical_tools = []
        self.digests = []
        self.max_nesting = max_nesting
        self.max_record_bytes = min(max_record_bytes, MAX_RECORD_BYTES)
        self.object_number = 0
        self.request_id, self.timestamp, self.identity, self.key, self.value = Texts(), Texts(), Texts(), Texts(), Texts()
        self.messages, self.tools, self.completion, self.reasoning, self.tool_calls, self.kind = Texts(), Texts(), Texts(), Texts(), Texts(), Texts()
        self.counts.resize(N_COUNTS)

    @property
    def n_rows(self):
        """Number of records that were read and not yet taken."""
        return self.line.size()

    @property
    def n_bytes(self):
        """Size of their texts."""
        return self.size_of_texts()

    cdef size_t size_of_texts(self) noexcept:
        return (
            self.request_id.content.size() + self.timestamp.content.size() + self.identity.content.size() + self.key.content.size()
            + self.value.content.size() + self.messages.content.size() + self.tools.content.size() + self.completion.content.size()
            + self.reasoning.content.size() + self.tool_calls.content.size() + self.kind.content.size()
        )

    def begin_object(self, int number):
        """Say of which object the lines that follow are."""
        self.object_number = number

    def read_lines(self, bytes data, Py_ssize_t position, Py_ssize_t line, Py_ssize_t last, Py_ssize_t max_rows, Py_ssize_t max_bytes):
        """Read lines that are plain records, until one is not or enough of them are kept.

        Parameters
        ----------
        data, position
            Where to begin: at the beginning of a line.
        line, last
            Number of the line before it, and of the record before it, which is larger where lines hold several.
        max_rows, max_bytes
            How much is kept at most before it is to be taken; the record that goes beyond is read.

        Returns
        -------
        position, line, last
            As given, behind the last line that was read; blank lines are read too.
        """
        cdef const unsigned char* start = <const unsigned char*> PyBytes_AS_STRING(data)
        cdef const unsigned char* end = start + PyBytes_GET_SIZE(data)
        cdef const unsigned char* at = start + position
        cdef const unsigned char* line_end
        while at < end and <Py_ssize_t> self.line.size() < max_rows and <Py_ssize_t> self.size_of_texts() < max_bytes:
            line_end = <const unsigned char*> memchr(at, 10, end - at)
            if line_end == NULL:
                line_end = end
            if line_end > at:
                if line_end - at > self.max_record_bytes or not self.is_read(at, line_end):
                    break
                last = max(line + 1, last + 1)
                self.append_row(last, True)
            line += 1
            at = line_end + 1
        return min(at - start, end - start), line, last

    def reads(self, bytes record):
        """Read a record, to be kept next, and return whether it is a plain one."""
        cdef const unsigned char* start = <const unsigned char*> PyBytes_AS_STRING(record)
        if PyBytes_GET_SIZE(record) > self.max_record_bytes:
            return False
        return self.is_read(start, start + PyBytes_GET_SIZE(record))

    def keep(self, Py_ssize_t line):
        """Keep the record that was read last as that of ``line``; its bytes have to be there still."""
        self.append_row(line, True)

    def keep_place(self):
        """Keep a row of nulls, in the place of a record that is read elsewhere."""
        self.row.clear()
        self.canonical = None
        self.append_row(0, False)

    cdef bint is_read(self, const unsigned char* at, const unsigned char* end):
        """Read one record into the row, and return whether it is a plain one."""
        cdef Cursor* c = &self.cursor
        c.at = at
        c.end = end
        c.depth = 0
        c.max_depth = self.max_nesting
        c.failed = False
        self.row.clear()
        read_record(c, self.row)
        if self.row.interrupt is not None:
            interrupt, self.row.interrupt = self.row.interrupt, None
            raise interrupt
        if c.failed or peek(c) != 0 or c.failed or not self.is_settled() or not self.has_canonical_tools():
            return False
        if begins_with_tag(&self.row.text):
            self.take_reasoning_out()
        return True

    cdef take_reasoning_out(self):
        """Take the reasoning in tags with which the text may begin out of it; it goes behind what was told apart."""
        cdef Row row = self.row
        cdef bytes text, thought
        text, thought = self.split_reasoning(PyBytes_FromStringAndSize(row.text.data(), row.text.size()))
        row.text.assign(PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))
        if not row.reasoning.empty() and PyBytes_GET_SIZE(thought):
            row.reasoning.push_back(10)
        row.reasoning.append(PyBytes_AS_STRING(thought), PyBytes_GET_SIZE(thought))

    cdef bint has_canonical_tools(self):
        """Find the canonical form of the tools, which an application sends the same each time; False where they cannot be read."""
        cdef Row row = self.row
        cdef Family family = CONVERSE if row.family == NOVA else row.family
        cdef Known known
        cdef size_t place
        self.canonical = None
        if not row.tools.is_there:
            return True
        for place in range(self.known_tools.size()):
            if (
                self.known_tools[place].family == family
                and self.known_tools[place].text.size() == <size_t> row.tools.size
                and memcmp(self.known_tools[place].text.data(), row.tools.at, row.tools.size) == 0
            ):
                self.canonical = self.canonical_tools[place]
                return True
        try:
            self.canonical = self.tools_of(name_of(family).decode(), bytes_of(&row.tools))
        except Exception:  # not for msgspec, or of another family
            return False
        if self.known_tools.size() == MAX_KNOWN:
            self.known_tools.clear()
            self.canonical_tools.clear()
        if row.tools.size <= MAX_KNOWN_BYTES:
            known.family = family
            known.text.assign(<const char*> row.tools.at, row.tools.size)
            self.known_tools.push_back(known)
            self.canonical_tools.append(self.canonical)
        return True

    cdef digest_of_row(self):
        """Return what tells the calls of one prompt apart."""
        cdef Row row = self.row
        cdef bytes body
        key = (
            row.temperature if row.has_temperature else None,
            row.counts[MAX_OUTPUT_TOKENS] if row.counts[MAX_OUTPUT_TOKENS] >= 0 else None,
        )
        settings = self.settings.get(key)
        if settings is None:
            if len(self.settings) == MAX_NAMES:
                self.settings.clear()
            settings = self.settings[key] = self.settings_of(*key)
        body = PyBytes_FromStringAndSize(NULL, row.response.size + len(<bytes> settings))
        memcpy(PyBytes_AS_STRING(body), row.response.at, row.response.size)
        memcpy(PyBytes_AS_STRING(body) + row.response.size, PyBytes_AS_STRING(settings), PyBytes_GET_SIZE(settings))
        return self.digest(body)

    cdef bint is_settled(self):
        """Tell Nova from Converse by the keys that only one of them has, else by the answer and the hints; return whether it is a record at all."""
        cdef Row row = self.row
        cdef bint is_nova
        if row.family == CONVERSE:
            if row.has_nova_key and row.has_converse_key:
                return False
            is_nova = not row.has_converse_key and (row.has_nova_key or (row.hints_nova and (row.is_stream or not row.has_metrics)))
            row.family = NOVA if is_nova else CONVERSE
        return equals(&row.schema_type, b"ModelInvocationLog") if row.schema_type.is_there else row.model_id.is_there and row.model_id.size > 0

    cdef append_row(self, int64_t line, bint is_record):
        """Append the row to the columns, or nulls where it is no record."""
        cdef Row row = self.row
        cdef int i
        self.line.push_back(line)
        self.request_id.append_name(&row.request_id)
        self.timestamp.append_name(&row.timestamp)
        self.identity.append_name(&row.arn)
        self.n_pairs.push_back(row.n_pairs)
        for i in range(row.n_pairs):
            self.key.append_name(&row.keys[i])
            append_text(&self.value.content, &row.values[i])
            self.value.end(True)
        if is_record:
            self.append_messages()
        self.messages.end(is_record)
        if self.canonical is not None:
            self.tools.content.append(<const char*> self.canonical, len(self.canonical))
        self.tools.end(self.canonical is not None)
        self.temperature.push_back(row.temperature)
        self.has_temperature.push_back(row.has_temperature)
        self.completion.content.append(row.text)
        self.completion.end(is_record)
        self.reasoning.content.append(row.reasoning)
        self.reasoning.end(not row.reasoning.empty())
        if not row.tool_calls.empty():
            self.tool_calls.content.push_back(BRACKET)
            self.tool_calls.content.append(row.tool_calls)
            self.tool_calls.content.push_back(BRACKET_END)
        self.tool_calls.end(not row.tool_calls.empty())
        for i in range(N_COUNTS):
            self.counts[i].push_back(row.counts[i])
        self.digests.append(self.digest_of_row() if is_record else None)
        if is_record:
            self.append_kind()
        self.kind.end(is_record)

    cdef void append_messages(self):
        cdef string* messages = &self.messages.content
        messages.push_back(BRACKET)
        if not self.row.system.empty():
            messages.append(b'{"role":"system","content":"')
            messages.append(self.row.system)
            messages.append(b'"}')
            if not self.row.messages.empty():
                messages.push_back(COMMA)
        messages.append(self.row.messages)
        messages.push_back(BRACKET_END)

    cdef void append_kind(self):
        """Append what many records share, as a JSON list."""
        cdef Row row = self.row
        cdef string* kind = &self.kind.content
        cdef bytes number = str(self.object_number).encode()
        kind.push_back(BRACKET)
        kind.append(PyBytes_AS_STRING(number), PyBytes_GET_SIZE(number))
        append_json_name(kind, &row.account_id)
        append_json_name(kind, &row.region)
        append_json_name(kind, &row.operation)
        append_json_name(kind, &row.model_id)
        append_json_name(kind, &row.inference_region)
        append_json_name(kind, &row.model if row.model.is_there and row.model.size else &row.request_model)
        append_json_name(kind, &row.stop)
        kind.append(b',"')
        kind.append(name_of(row.family))
        kind.append(b'",true]' if row.is_complete else b'",false]')

    def take(self):
        """Return the columns by name, and keep nothing.

        Returns
        -------
        texts, counts, temperature, digests
            For each column of texts what they hold one behind the other, where each ends as int32, and whether each is there as uint8. For each
            column of counts int64, -1 where none is there. Temperatures as float64, and whether each is there as uint8. ``key`` and ``value``
            have ``n_pairs`` entries a record. ``kind`` is a JSON list of the object's number, account, region, operation, model id, region of
            inference, model as the bodies name it, stop reason, family, and whether a stream is complete.
        """
        texts = {
            "request_id": self.request_id.take(),
            "timestamp": self.timestamp.take(),
            "identity": self.identity.take(),
            "key": self.key.take(),
            "value": self.value.take(),
            "messages": self.messages.take(),
            "tools": self.tools.take(),
            "completion": self.completion.take(),
            "reasoning": self.reasoning.take(),
            "completion_tool_calls": self.tool_calls.take(),
            "kind": self.kind.take(),
        }
        counts = {"line": taken(&self.line), "n_pairs": taken(&self.n_pairs)}
        for place, name in enumerate(COUNTS):
            counts[name] = taken(&self.counts[<int> place])
        temperature = (
            PyBytes_FromStringAndSize(<const char*> self.temperature.data(), self.temperature.size() * sizeof(double)),
            PyBytes_FromStringAndSize(<const char*> self.has_temperature.data(), self.has_temperature.size()),
        )
        self.temperature.clear()
        self.has_temperature.clear()
        digests, self.digests = self.digests, []
        return texts, counts, temperature, digests


cdef inline void append_json_name(string* out, Span* name) noexcept:
    """Append a string without escapes, or null, as a further value of a JSON list."""
    if not name.is_there:
        out.append(b",null")
        return
    out.append(b',"')
    out.append(<const char*> name.at, name.size)
    out.push_back(QUOTE)
