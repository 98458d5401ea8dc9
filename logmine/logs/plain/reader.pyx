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
include "row.pxi"
include "anthropic_messages.pxi"
include "converse.pxi"
include "openai_chat.pxi"
include "llama.pxi"


@cython.final
cdef class Memory:
    """Bytes that Arrow reads where they lie."""

    cdef string content

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        PyBuffer_FillInfo(buffer, self, <void*> self.content.data(), self.content.size(), 1, flags)


@cython.final
cdef class Texts:
    """A column of texts that grows."""

    cdef string content
    cdef vector[int32_t] ends
    cdef vector[uint8_t] flags  # 1: a text, 0: null

    cdef inline void end(self, bint is_there) except *:
        """End the text that was appended to ``content``; where none is there, none was."""
        self.ends.push_back(<int32_t> self.content.size())
        self.flags.push_back(is_there)

    cdef inline void append_name(self, Span* name) except *:
        """Append a string without escapes, or null."""
        if name.is_there:
            self.content.append(<const char*> name.at, name.size)
        self.end(name.is_there)

    cdef take(self):
        """Return the texts one behind the other, where each ends as int32, and whether each is there as uint8; the column is empty then."""
        cdef Memory memory = Memory()
        cdef size_t capacity = self.content.capacity()
        memory.content.swap(self.content)
        self.content.reserve(capacity)
        ends = PyBytes_FromStringAndSize(<const char*> self.ends.data(), self.ends.size() * sizeof(int32_t))
        flags = PyBytes_FromStringAndSize(<const char*> self.flags.data(), self.flags.size())
        self.ends.clear()
        self.flags.clear()
        return memory, ends, flags


@cython.final
cdef class Counts:
    """A column of whole numbers that grows; -1 is null."""

    cdef vector[int64_t] values

    cdef take(self):
        """Return the numbers as int64; the column is empty then."""
        taken = PyBytes_FromStringAndSize(<const char*> self.values.data(), self.values.size() * sizeof(int64_t))
        self.values.clear()
        return taken


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


cdef class PlainReader


cdef extern from *:
    """
    /* Takes a step that may run out of memory: C++ says so by unwinding the stack, which becomes a MemoryError here. */
    template <class Reader, class... Taken, class... Given>
    static int within_memory(int (*step)(Reader, Taken...), Reader reader, Given... given) {
        return step(reader, given...);
    }
    """
    int read_within_memory "within_memory"(
        int (*step)(PlainReader, const unsigned char*, const unsigned char*) except -1,
        PlainReader reader, const unsigned char* at, const unsigned char* end
    ) except +*
    int append_within_memory "within_memory"(
        int (*step)(PlainReader, int64_t, bint) except -1, PlainReader reader, int64_t line, bint is_record
    ) except +*


cdef int read_step(PlainReader reader, const unsigned char* at, const unsigned char* end) except -1:
    return reader.is_read(at, end)


cdef int append_step(PlainReader reader, int64_t line, bint is_record) except -1:
    reader.append_row(line, is_record)
    return 0


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
    cdef object family_of, tools_of, split_reasoning, settings_of, digest
    cdef dict families, settings
    cdef vector[Known] known_tools
    cdef list canonical_tools
    cdef bytes canonical  # tools of the row
    cdef list digests
    cdef int max_nesting
    cdef Py_ssize_t max_record_bytes
    cdef int object_number
    cdef Texts request_id, timestamp, identity, key, value, messages, tools, completion, reasoning, tool_calls, kind
    cdef Counts line, n_pairs, max_output_tokens
    cdef Counts logged_input_tokens, logged_output_tokens, logged_cache_read_tokens, logged_cache_write_tokens
    cdef Counts input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, latency_ms
    cdef Counts measured_input_tokens, measured_output_tokens, measured_latency_ms
    cdef vector[double] temperature
    cdef vector[uint8_t] has_temperature

    def __init__(self, *, family_of, tools_of, write_anew, read_prompt, split_reasoning, settings_of, digest, max_nesting, max_record_bytes):
        self.row = Row()
        self.row.write_anew = write_anew
        self.row.read_prompt = read_prompt
        self.family_of = family_of
        self.tools_of = tools_of
        self.split_reasoning = split_reasoning
        self.settings_of = settings_of
        self.digest = digest
        self.families = {}
        self.settings = {}
        self.canonical_tools = []
        self.digests = []
        self.max_nesting = max_nesting
        self.max_record_bytes = min(max_record_bytes, MAX_RECORD_BYTES)
        self.object_number = 0
        self.request_id, self.timestamp, self.identity, self.key, self.value = Texts(), Texts(), Texts(), Texts(), Texts()
        self.messages, self.tools, self.completion, self.reasoning, self.tool_calls, self.kind = Texts(), Texts(), Texts(), Texts(), Texts(), Texts()
        self.line, self.n_pairs, self.max_output_tokens = Counts(), Counts(), Counts()
        self.logged_input_tokens, self.logged_output_tokens = Counts(), Counts()
        self.logged_cache_read_tokens, self.logged_cache_write_tokens = Counts(), Counts()
        self.input_tokens, self.output_tokens, self.cache_read_tokens, self.cache_write_tokens = Counts(), Counts(), Counts(), Counts()
        self.reasoning_tokens, self.latency_ms = Counts(), Counts()
        self.measured_input_tokens, self.measured_output_tokens, self.measured_latency_ms = Counts(), Counts(), Counts()

    @property
    def n_rows(self):
        """Number of records that were read and not yet taken."""
        return self.line.values.size()

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
        while at < end and <Py_ssize_t> self.line.values.size() < max_rows and <Py_ssize_t> self.size_of_texts() < max_bytes:
            line_end = <const unsigned char*> memchr(at, 10, end - at)
            if line_end == NULL:
                line_end = end
            if line_end > at:
                if line_end - at > self.max_record_bytes or not read_within_memory(read_step, self, at, line_end):
                    break
                last = max(line + 1, last + 1)
                append_within_memory(append_step, self, last, True)
            line += 1
            at = line_end + 1
        return min(at - start, end - start), line, last

    def reads(self, bytes record):
        """Read a record, to be kept next, and return whether it is a plain one."""
        cdef const unsigned char* start = <const unsigned char*> PyBytes_AS_STRING(record)
        if PyBytes_GET_SIZE(record) > self.max_record_bytes:
            return False
        return bool(read_within_memory(read_step, self, start, start + PyBytes_GET_SIZE(record)))

    def keep(self, Py_ssize_t line):
        """Keep the record that was read last as that of ``line``; its bytes have to be there still."""
        append_within_memory(append_step, self, line, True)

    def keep_place(self):
        """Keep a row of nulls, in the place of a record that is read elsewhere."""
        self.row.clear()
        self.canonical = None
        append_within_memory(append_step, self, 0, False)

    cdef bint is_read(self, const unsigned char* at, const unsigned char* end):
        """Read one record into the row, and return whether it is a plain one."""
        cdef Cursor* c = &self.cursor
        c.at = at
        c.end = end
        c.depth = 0
        c.max_depth = self.max_nesting
        c.failed = False
        self.row.clear()
        self.read_record(c)
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
            row.max_output_tokens if row.max_output_tokens >= 0 else None,
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

    cdef void read_record(self, Cursor* c):
        cdef Row row = self.row
        cdef Span key
        cdef bint is_first = True, has_input = False, has_output = False
        open_with(c, BRACE)
        while next_member(c, &is_first, &key):
            if equals(&key, b"input") and not has_input:
                has_input = True
                self.read_input(c)
            elif equals(&key, b"output") and has_input and not has_output:
                has_output = True
                self.read_output(c)
            elif equals(&key, b"input") or equals(&key, b"output"):
                fail(c)
            elif equals(&key, b"timestamp"):
                read_name(c, &row.timestamp)
            elif equals(&key, b"accountId"):
                read_name(c, &row.account_id)
            elif equals(&key, b"region"):
                read_name(c, &row.region)
            elif equals(&key, b"requestId"):
                read_name(c, &row.request_id)
            elif (equals(&key, b"operation") or equals(&key, b"modelId")) and not has_input:
                read_name(c, &row.operation if key.size == 9 else &row.model_id)
            elif equals(&key, b"operation") or equals(&key, b"modelId"):
                fail(c)  # they decide how bodies are read
            elif equals(&key, b"inferenceRegion"):
                read_name(c, &row.inference_region)
            elif equals(&key, b"identity"):
                read_identity(c, row)
            elif equals(&key, b"requestMetadata"):
                read_metadata(c, row)
            elif equals(&key, b"schemaType"):
                read_name(c, &row.schema_type)
            elif equals(&key, b"errorCode"):
                if not is_null(c):
                    fail(c)
            else:
                skip(c)
        if not has_output:
            fail(c)

    cdef void read_input(self, Cursor* c):
        cdef Row row = self.row
        cdef Span key, path
        cdef bint is_first = True, has_body = False
        self.find_family(c)
        open_with(c, BRACE)
        while next_member(c, &is_first, &key):
            if equals(&key, b"inputBodyJson") and not has_body:
                has_body = True
                if row.family == ANTHROPIC_MESSAGES:
                    read_anthropic_request(c, row)
                elif row.family == CONVERSE:
                    read_converse_request(c, row)
                elif row.family == OPENAI_CHAT:
                    read_openai_request(c, row)
                else:
                    read_llama_request(c, row)
            elif equals(&key, b"inputTokenCount"):
                row.logged_input_tokens = read_count(c)
            elif equals(&key, b"cacheReadInputTokenCount"):
                row.logged_cache_read_tokens = read_count(c)
            elif equals(&key, b"cacheWriteInputTokenCount"):
                row.logged_cache_write_tokens = read_count(c)
            elif equals(&key, b"inputBodyS3Path"):
                read_optional_string(c, &path)
            elif equals(&key, b"inputBodyJson"):
                fail(c)
            else:
                skip(c)
        if not has_body:
            fail(c)

    cdef void find_family(self, Cursor* c):
        """Find the family that operation and model lead to."""
        cdef Row row = self.row
        cdef int family
        if c.failed:
            return
        named = (
            bytes_of(&row.operation) if row.operation.is_there else None,
            bytes_of(&row.model_id) if row.model_id.is_there else None,
        )
        found = self.families.get(named)
        if found is None:
            if len(self.families) == MAX_NAMES:
                self.families.clear()
            found = self.families[named] = self.family_of(*named)
        name, row.hints_nova = found
        family = FAMILIES.get(name, NO_FAMILY)
        row.family = <Family> family
        if row.family == NO_FAMILY:
            fail(c)

    cdef void read_output(self, Cursor* c):
        cdef Row row = self.row
        cdef Span key, path
        cdef bint is_first = True, has_body = False
        open_with(c, BRACE)
        while next_member(c, &is_first, &key):
            if equals(&key, b"outputBodyJson") and not has_body:
                has_body = True
                peek(c)
                row.response.at = c.at
                if row.family == ANTHROPIC_MESSAGES:
                    read_anthropic_response(c, row)
                elif row.family == CONVERSE:
                    read_converse_response(c, row)
                elif row.family == OPENAI_CHAT:
                    read_openai_response(c, row)
                else:
                    read_llama_response(c, row)
                row.response.size = c.at - row.response.at
            elif equals(&key, b"outputTokenCount"):
                row.logged_output_tokens = read_count(c)
            elif equals(&key, b"outputBodyS3Path"):
                read_optional_string(c, &path)
            elif equals(&key, b"outputBodyJson"):
                fail(c)
            else:
                skip(c)
        if not has_body:
            fail(c)

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
        self.line.values.push_back(line)
        self.request_id.append_name(&row.request_id)
        self.timestamp.append_name(&row.timestamp)
        self.identity.append_name(&row.arn)
        self.n_pairs.values.push_back(row.n_pairs)
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
        self.max_output_tokens.values.push_back(row.max_output_tokens)
        self.completion.content.append(row.text)
        self.completion.end(is_record)
        self.reasoning.content.append(row.reasoning)
        self.reasoning.end(not row.reasoning.empty())
        if not row.tool_calls.empty():
            self.tool_calls.content.push_back(BRACKET)
            self.tool_calls.content.append(row.tool_calls)
            self.tool_calls.content.push_back(BRACKET_END)
        self.tool_calls.end(not row.tool_calls.empty())
        self.append_counts()
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

    cdef void append_counts(self):
        cdef Row row = self.row
        self.logged_input_tokens.values.push_back(row.logged_input_tokens)
        self.logged_output_tokens.values.push_back(row.logged_output_tokens)
        self.logged_cache_read_tokens.values.push_back(row.logged_cache_read_tokens)
        self.logged_cache_write_tokens.values.push_back(row.logged_cache_write_tokens)
        self.input_tokens.values.push_back(row.input_tokens)
        self.output_tokens.values.push_back(row.output_tokens)
        self.cache_read_tokens.values.push_back(row.cache_read_tokens)
        self.cache_write_tokens.values.push_back(row.cache_write_tokens)
        self.reasoning_tokens.values.push_back(row.reasoning_tokens)
        self.latency_ms.values.push_back(row.latency_ms)
        self.measured_input_tokens.values.push_back(row.measured_input_tokens)
        self.measured_output_tokens.values.push_back(row.measured_output_tokens)
        self.measured_latency_ms.values.push_back(row.measured_latency_ms)

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
        counts = {
            "line": self.line.take(),
            "n_pairs": self.n_pairs.take(),
            "max_output_tokens": self.max_output_tokens.take(),
            "logged_input_tokens": self.logged_input_tokens.take(),
            "logged_output_tokens": self.logged_output_tokens.take(),
            "logged_cache_read_tokens": self.logged_cache_read_tokens.take(),
            "logged_cache_write_tokens": self.logged_cache_write_tokens.take(),
            "input_tokens": self.input_tokens.take(),
            "output_tokens": self.output_tokens.take(),
            "cache_read_tokens": self.cache_read_tokens.take(),
            "cache_write_tokens": self.cache_write_tokens.take(),
            "reasoning_tokens": self.reasoning_tokens.take(),
            "latency_ms": self.latency_ms.take(),
            "measured_input_tokens": self.measured_input_tokens.take(),
            "measured_output_tokens": self.measured_output_tokens.take(),
            "measured_latency_ms": self.measured_latency_ms.take(),
        }
        temperature = (
            PyBytes_FromStringAndSize(<const char*> self.temperature.data(), self.temperature.size() * sizeof(double)),
            PyBytes_FromStringAndSize(<const char*> self.has_temperature.data(), self.has_temperature.size()),
        )
        self.temperature.clear()
        self.has_temperature.clear()
        digests, self.digests = self.digests, []
        return texts, counts, temperature, digests


FAMILIES = {
    "anthropic_messages": <int> ANTHROPIC_MESSAGES,
    "converse": <int> CONVERSE,
    "nova": <int> CONVERSE,
    "openai_chat": <int> OPENAI_CHAT,
    "llama": <int> LLAMA,
}


cdef inline bytes bytes_of(Span* text):
    return PyBytes_FromStringAndSize(<const char*> text.at, text.size)


cdef inline void append_json_name(string* out, Span* name) noexcept:
    """Append a string without escapes, or null, as a further value of a JSON list."""
    if not name.is_there:
        out.append(b",null")
        return
    out.append(b',"')
    out.append(<const char*> name.at, name.size)
    out.push_back(QUOTE)


cdef void read_identity(Cursor* c, Row row) noexcept:
    cdef Span key
    cdef bint is_first = True
    row.arn.is_there = False
    if is_null(c):
        return
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"arn"):
            read_name(c, &row.arn)
        else:
            skip(c)


cdef void read_metadata(Cursor* c, Row row) noexcept:
    """Read requestMetadata, sorted by key."""
    cdef Span key, value
    cdef bint is_first = True
    cdef int place, order
    row.n_pairs = 0
    if is_null(c):
        return
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        read_string(c, &value)
        if c.failed or row.n_pairs == MAX_PAIRS:
            fail(c)
            return
        place = row.n_pairs
        while place > 0:
            order = compare(&row.keys[place - 1], &key)
            if order == 0:
                fail(c)  # twice
                return
            if order < 0:
                break
            row.keys[place] = row.keys[place - 1]
            row.values[place] = row.values[place - 1]
            place -= 1
        row.keys[place] = key
        row.values[place] = value
        row.n_pairs += 1


cdef int compare(Span* one, Span* other) noexcept:
    """Compare strings by their bytes, which orders UTF-8 by code points."""
    cdef int order = memcmp(one.at, other.at, min(one.size, other.size))
    return order if order else (one.size > other.size) - (one.size < other.size)


cdef bint begins_with_tag(string* text) noexcept:
    """Return whether a text may begin with reasoning in tags, behind white space of any kind."""
    cdef const unsigned char* at = <const unsigned char*> text.data()
    cdef const unsigned char* end = at + text.size()
    while at < end and (at[0] <= 32):
        at += 1
    if at == end:
        return False
    if at[0] == 60:  # <
        return any_at(at, end, b"<reasoning>") or any_at(at, end, b"<thinking>") or any_at(at, end, b"<think>")
    return is_wide_space(at, end)


cdef bint is_wide_space(const unsigned char* at, const unsigned char* end) noexcept:
    """Return whether white space beyond ASCII stands here, as Python's ``str.isspace`` counts it."""
    if end - at < 3:
        return end - at == 2 and at[0] == 0xC2 and (at[1] == 0x85 or at[1] == 0xA0)
    if at[0] == 0xC2:
        return at[1] == 0x85 or at[1] == 0xA0
    if at[0] == 0xE2 and at[1] == 0x80:
        return at[2] <= 0x8A or at[2] == 0xA8 or at[2] == 0xA9 or at[2] == 0xAF
    return any_at(at, end, b"\xe1\x9a\x80") or any_at(at, end, b"\xe2\x81\x9f") or any_at(at, end, b"\xe3\x80\x80")


cdef inline bint any_at(const unsigned char* at, const unsigned char* end, const char* text) noexcept:
    return <size_t> (end - at) >= strlen(text) and memcmp(at, text, strlen(text)) == 0
