# What one record says, and the pieces of canonical messages that all families write.

cimport cython

cdef enum:
    MAX_PAIRS = 64

cdef enum Family:
    NO_FAMILY = -1
    ANTHROPIC_MESSAGES
    CONVERSE  # Nova's bodies too: some keys, else the answer and the hints, tell the two apart
    LLAMA
    OPENAI_CHAT
    NOVA


cdef enum:  # counts of a row: first those of a body that :meth:`Row.forget_usage` forgets, then what Amazon Bedrock measured, then the envelope's
    INPUT_TOKENS
    OUTPUT_TOKENS
    CACHE_READ_TOKENS
    CACHE_WRITE_TOKENS
    REASONING_TOKENS
    MEASURED_INPUT_TOKENS
    MEASURED_OUTPUT_TOKENS
    MEASURED_LATENCY_MS
    LATENCY_MS
    MAX_OUTPUT_TOKENS
    LOGGED_INPUT_TOKENS
    LOGGED_OUTPUT_TOKENS
    LOGGED_CACHE_READ_TOKENS
    LOGGED_CACHE_WRITE_TOKENS
    N_COUNTS

COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "measured_input_tokens",
    "measured_output_tokens",
    "measured_latency_ms",
    "latency_ms",
    "max_output_tokens",
    "logged_input_tokens",
    "logged_output_tokens",
    "logged_cache_read_tokens",
    "logged_cache_write_tokens",
)


@cython.final
cdef class Row:
    """What one record says. Each reader fills its part anew, so that of two equal keys the last counts. A count of -1 is none."""

    cdef int64_t counts[N_COUNTS]

    # the envelope
    cdef Span schema_type, timestamp, account_id, region, request_id, operation, model_id, inference_region, arn
    cdef Span keys[MAX_PAIRS]
    cdef Span values[MAX_PAIRS]
    cdef int n_pairs
    # the request
    cdef Family family
    cdef bint hints_nova, has_nova_key, has_converse_key
    cdef string messages  # JSON, without the brackets and the system message
    cdef string system  # JSON, without quotation marks
    cdef Span tools, request_model
    cdef double temperature
    cdef bint has_temperature
    # the answer
    cdef Span response, model, stop
    cdef string text, reasoning
    cdef string tool_calls  # JSON, without the brackets
    cdef bint has_metrics, is_stream, is_complete
    # of the turn that is being read
    cdef string said, calls, result
    # what Python decides
    cdef object family_of, write_anew, read_prompt
    cdef dict families
    cdef object interrupt  # what it raised that ends the run; None without

    cdef void clear(self) noexcept:
        cdef Span nothing
        nothing.at = NULL
        nothing.size = 0
        nothing.is_there = False
        nothing.escapes = NO_ESCAPES
        self.schema_type = self.timestamp = self.account_id = self.region = self.request_id = self.operation = nothing
        self.model_id = self.inference_region = self.arn = self.tools = self.request_model = self.response = self.model = self.stop = nothing
        self.n_pairs = 0
        self.family = NO_FAMILY
        self.hints_nova = self.has_nova_key = self.has_converse_key = self.has_temperature = self.has_metrics = self.is_stream = False
        self.is_complete = True
        self.forget_counts(0, N_COUNTS)
        self.messages.clear()
        self.system.clear()
        self.forget_answer()

    cdef void forget_counts(self, int first, int behind) noexcept:
        cdef int place
        for place in range(first, behind):
            self.counts[place] = -1

    cdef void forget_usage(self) noexcept:
        self.forget_counts(INPUT_TOKENS, MEASURED_INPUT_TOKENS)

    cdef void forget_metrics(self) noexcept:
        self.forget_counts(MEASURED_INPUT_TOKENS, LATENCY_MS)

    cdef void forget_answer(self) noexcept:
        self.text.clear()
        self.reasoning.clear()
        self.tool_calls.clear()


cdef inline void begin_message(string* messages, const char* role) noexcept:
    if not messages.empty():
        messages.push_back(COMMA)
    messages.append(b'{"role":"')
    messages.append(role)
    messages.append(b'","content":"')


cdef inline void append_message(string* messages, const char* role, string* content) noexcept:
    begin_message(messages, role)
    messages.append(content[0])
    messages.append(b'"}')


cdef inline void append_calling_message(Row row) noexcept:
    """Append what an assistant said, and the tools that it called."""
    begin_message(&row.messages, b"assistant")
    row.messages.append(row.said)
    if row.calls.empty():
        row.messages.append(b'"}')
        return
    row.messages.append(b'","tool_calls":[')
    row.messages.append(row.calls)
    row.messages.append(b"]}")


cdef inline void append_result(Row row, Span* call_id) noexcept:
    """Append the result of a tool."""
    if not row.messages.empty():
        row.messages.push_back(COMMA)
    row.messages.append(b'{"role":"tool","tool_call_id":"')
    if call_id.is_there:
        append_json(&row.messages, call_id)
    row.messages.append(b'","content":"')
    row.messages.append(row.result)
    row.messages.append(b'"}')


cdef inline void begin_call(string* calls, Span* call_id, Span* name) noexcept:
    """Append a tool call up to the text of its arguments."""
    if not calls.empty():
        calls.push_back(COMMA)
    calls.append(b'{"id":"')
    if call_id.is_there:
        append_json(calls, call_id)
    calls.append(b'","type":"function","function":{"name":"')
    if name.is_there:
        append_json(calls, name)
    calls.append(b'","arguments":"')


cdef inline void end_call(string* calls) noexcept:
    calls.append(b'"}}')


cdef void append_written_anew(Cursor* c, Row row, string* out, Span* value) noexcept:
    """Append the compact JSON text of a value, as the content of a JSON string."""
    cdef bytes text
    if c.failed:
        return
    try:
        text = row.write_anew((<const char*> value.at)[:value.size])
        out.append(<const char*> text, len(text))
    except Exception:  # not for msgspec: the general way reads it leniently
        fail(c)
    except BaseException as interrupt:
        row.interrupt = interrupt
        fail(c)


cdef void append_arguments(Cursor* c, Row row, string* out, Span* value) noexcept:
    """Append the arguments of a tool call: JSON text already, or a value."""
    cdef Cursor inner = c[0]
    cdef Span text
    if not value.is_there or equals(value, b"null"):
        out.append(b"{}")
    elif value.at[0] == QUOTE:
        inner.at = value.at
        read_string(&inner, &text)
        append_json(out, &text)
    else:
        append_written_anew(c, row, out, value)


cdef inline void append_line(string* out, const char* line_end, int* n_lines) noexcept:
    """Append a line end unless what follows is the first line."""
    if n_lines[0]:
        out.append(line_end)
    n_lines[0] += 1


cdef void read_metrics(Cursor* c, Row row) noexcept:
    """Read what Amazon Bedrock measured of an InvokeModel call."""
    cdef Span key
    cdef bint is_first = True
    row.forget_metrics()
    if is_null(c):
        return
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"inputTokenCount"):
            row.counts[MEASURED_INPUT_TOKENS] = read_count(c)
        elif equals(&key, b"outputTokenCount"):
            row.counts[MEASURED_OUTPUT_TOKENS] = read_count(c)
        elif equals(&key, b"invocationLatency"):
            row.counts[MEASURED_LATENCY_MS] = read_count(c)
        else:
            skip(c)


cdef bint read_mark(Cursor* c, Row row, Span* key) noexcept:
    """Read what Amazon Bedrock adds to a response or an event, and return whether ``key`` holds that; fails where a guardrail acted or traced."""
    cdef Span action
    if equals(key, b"amazon-bedrock-invocationMetrics"):
        read_metrics(c, row)
    elif equals(key, b"amazon-bedrock-guardrailAction"):
        read_optional_string(c, &action)
        if action.is_there and not equals(&action, b"NONE"):
            fail(c)
    elif equals(key, b"amazon-bedrock-trace") or equals(key, b"trace") or equals(key, b"response"):
        fail(c)
    else:
        return False
    return True


cdef void read_text_part(Cursor* c, Span* text) noexcept:
    """Read an object of the type ``text``."""
    cdef Span key, kind
    cdef bint is_first = True
    text.is_there = kind.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"text"):
            read_string(c, text)
        elif equals(&key, b"type"):
            read_string(c, &kind)
            if not equals(&kind, b"text"):
                fail(c)
        elif equals(&key, b"source"):
            fail(c)
        else:
            skip(c)
    if not text.is_there or not kind.is_there:
        fail(c)


cdef bint read_content(Cursor* c, string* out) noexcept:
    """Read content that is a text, a list of texts, or null, as JSON, and return whether it is no empty list."""
    cdef Span text
    cdef int n_lines = 0
    cdef bint is_first = True
    out.clear()
    if peek(c) == QUOTE:
        read_string(c, &text)
        append_json(out, &text)
    elif c.at < c.end and c.at[0] == BRACKET:
        open_with(c, BRACKET)
        while next_element(c, &is_first):
            read_text_part(c, &text)
            if not c.failed:
                append_line(out, b"\\n", &n_lines)
                append_json(out, &text)
        return n_lines > 0
    elif not is_null(c):
        fail(c)
    return True


cdef inline bint is_asked_otherwise(Span* key) noexcept:
    """Return whether ``key`` holds what is asked in bodies of families without messages."""
    return equals(key, b"input") or equals(key, b"message") or equals(key, b"inputText") or equals(key, b"prompt")
