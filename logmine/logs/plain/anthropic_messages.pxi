# Anthropic Claude, Messages API: text, uses of tools and their results, thinking; a response or the events of its stream.


cdef void read_anthropic_request(Cursor* c, Row row) noexcept:
    cdef Span key, version
    cdef bint is_first = True, has_messages = False
    version.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"messages"):
            read_anthropic_turns(c, row)
            has_messages = True
        elif equals(&key, b"system"):
            read_content(c, &row.system)
        elif equals(&key, b"tools"):
            read_value(c, &row.tools)
        elif equals(&key, b"max_tokens"):
            row.counts[MAX_OUTPUT_TOKENS] = read_count(c)
        elif equals(&key, b"temperature"):
            row.temperature = read_number(c, &row.has_temperature)
        elif equals(&key, b"model"):
            read_name(c, &row.request_model)
        elif equals(&key, b"anthropic_version"):
            read_string(c, &version)
        elif equals(&key, b"inferenceConfig") or is_asked_otherwise(&key):
            fail(c)
        else:
            skip(c)
    if not has_messages or not version.is_there:
        fail(c)


cdef void read_anthropic_turns(Cursor* c, Row row) noexcept:
    cdef bint is_first = True
    row.messages.clear()
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        read_anthropic_turn(c, row)
    if is_first:
        fail(c)


cdef void read_anthropic_turn(Cursor* c, Row row) noexcept:
    """Read a turn whose role stands before its content, as it nearly always does."""
    cdef Span key, role, text
    cdef bint is_first = True, is_assistant = False, has_content = False
    role.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"role") and not has_content:
            read_string(c, &role)
            is_assistant = equals(&role, b"assistant")
            if not is_assistant and not equals(&role, b"user"):
                fail(c)
        elif equals(&key, b"content") and not has_content and role.is_there:
            has_content = True
            if peek(c) == QUOTE:
                begin_message(&row.messages, b"assistant" if is_assistant else b"user")
                read_string(c, &text)
                append_json(&row.messages, &text)
                row.messages.append(b'"}')
            else:
                read_anthropic_blocks(c, row, is_assistant)
        elif equals(&key, b"role") or equals(&key, b"content"):
            fail(c)
        else:
            skip(c)
    if not has_content:
        fail(c)


cdef void read_anthropic_blocks(Cursor* c, Row row, bint is_assistant) noexcept:
    """Append the messages of one turn: results of tools first, then what was said."""
    cdef Span kind
    cdef int n_lines = 0, n_results = 0
    cdef bint is_first = True
    row.said.clear()
    row.calls.clear()
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        read_kind(c, &kind)
        if equals(&kind, b"text"):
            read_anthropic_text(c, &row.said, b"\\n", &n_lines, True)
        elif equals(&kind, b"tool_use"):
            read_anthropic_call(c, row, &row.calls)
        elif equals(&kind, b"tool_result"):
            read_anthropic_result(c, row)
            n_results += 1
        elif equals(&kind, b"thinking") or equals(&kind, b"redacted_thinking"):
            skip_members(c)
        else:
            fail(c)
    if is_first:
        fail(c)
    elif is_assistant:
        append_calling_message(row)
    elif n_lines or not n_results:
        append_message(&row.messages, b"user", &row.said)


cdef void read_kind(Cursor* c, Span* kind) noexcept:
    """Read the type of a block or event, which comes first, as it nearly always does."""
    cdef Span key
    cdef bint is_first = True
    kind.at = c.at
    kind.size = 0
    open_with(c, BRACE)
    if next_member(c, &is_first, &key) and equals(&key, b"type"):
        read_string(c, kind)
    else:
        fail(c)


cdef inline bint next_later_member(Cursor* c, Span* key) noexcept:
    """Move to the value of a member behind the type; False behind the last."""
    cdef bint is_first = False
    if not next_member(c, &is_first, key):
        return False
    if equals(key, b"type"):
        fail(c)
        return False
    return True


cdef void skip_members(Cursor* c) noexcept:
    cdef Span key
    while next_later_member(c, &key):
        skip(c)


cdef void read_anthropic_text(Cursor* c, string* out, const char* line_end, int* n_lines, bint as_json) noexcept:
    """Append the text of a block of text, as JSON or as the text that it is."""
    cdef Span key, text
    text.is_there = False
    while next_later_member(c, &key):
        if equals(&key, b"text"):
            read_string(c, &text)
        elif equals(&key, b"citations") and not as_json:
            if not is_null(c):
                fail(c)
        else:
            skip(c)
    if not text.is_there or c.failed:
        fail(c)
        return
    append_line(out, line_end, n_lines)
    if as_json:
        append_json(out, &text)
    else:
        append_text(out, &text)


cdef void read_anthropic_call(Cursor* c, Row row, string* calls) noexcept:
    cdef Span key, call_id, name, arguments
    call_id.is_there = name.is_there = arguments.is_there = False
    while next_later_member(c, &key):
        if equals(&key, b"id"):
            read_optional_string(c, &call_id)
        elif equals(&key, b"name"):
            read_optional_string(c, &name)
        elif equals(&key, b"input"):
            read_value(c, &arguments)
        elif equals(&key, b"citations"):
            fail(c)
        else:
            skip(c)
    if not c.failed:
        begin_call(calls, &call_id, &name)
        append_arguments(c, row, calls, &arguments)
        end_call(calls)


cdef void read_anthropic_result(Cursor* c, Row row) noexcept:
    cdef Span key, call_id
    call_id.is_there = False
    row.result.clear()
    while next_later_member(c, &key):
        if equals(&key, b"tool_use_id"):
            read_optional_string(c, &call_id)
        elif equals(&key, b"content"):
            read_content(c, &row.result)
        else:
            skip(c)
    if not c.failed:
        append_result(row, &call_id)
