# Converse, ConverseStream and Nova: text, uses of tools and their results, reasoning; a response or the events of its stream.


cdef void read_converse_request(Cursor* c, Row row) noexcept:
    cdef Span key
    cdef bint is_first = True, has_messages = False, has_settings = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"messages"):
            read_converse_turns(c, row)
            has_messages = True
        elif equals(&key, b"system"):
            read_converse_system(c, row)
        elif equals(&key, b"inferenceConfig") and not has_settings:
            has_settings = True
            read_converse_settings(c, row)
        elif equals(&key, b"toolConfig"):
            read_value(c, &row.tools)
        elif equals(&key, b"model"):
            read_name(c, &row.request_model)
        elif (
            equals(&key, b"additionalModelRequestFields")
            or equals(&key, b"guardrailConfig")
            or equals(&key, b"performanceConfig")
            or equals(&key, b"promptVariables")
        ):
            row.has_converse_key = True
            skip(c)
        elif equals(&key, b"schemaVersion") or equals(&key, b"reasoningConfig"):
            row.has_nova_key = True
            skip(c)
        elif (
            equals(&key, b"inferenceConfig")
            or equals(&key, b"anthropic_version")
            or equals(&key, b"anthropic_beta")
            or is_asked_otherwise(&key)
        ):
            fail(c)
        else:
            skip(c)
    if not has_messages:
        fail(c)


cdef void read_converse_settings(Cursor* c, Row row) noexcept:
    """Read the settings; of three names of the limit, the first that is there counts."""
    cdef Span key
    cdef bint is_first = True
    cdef int64_t limit = -1, nova_limit = -1, other_limit = -1
    if is_null(c):
        return
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"maxTokens"):
            limit = read_limit(c)
        elif equals(&key, b"temperature"):
            row.temperature = read_number(c, &row.has_temperature)
        elif equals(&key, b"max_new_tokens"):
            nova_limit = read_limit(c)
            row.has_nova_key = True
        elif equals(&key, b"maxNewTokens"):
            other_limit = read_limit(c)
        elif equals(&key, b"topK"):
            row.has_nova_key = True
            skip(c)
        else:
            skip(c)
    row.counts[MAX_OUTPUT_TOKENS] = limit if limit >= 0 else nova_limit if nova_limit >= 0 else other_limit


cdef inline int64_t read_limit(Cursor* c) noexcept:
    cdef int64_t limit = read_count(c)
    if limit < 0:
        fail(c)  # null, where the key alone decides
    return limit


cdef bint open_block(Cursor* c, Span* key) noexcept:
    """Move into a block, to the value of the key that says what it is."""
    cdef bint is_first = True
    open_with(c, BRACE)
    if next_member(c, &is_first, key):
        return True
    fail(c)
    return False


cdef inline void close_block(Cursor* c) noexcept:
    """Move behind a block, which holds one thing alone."""
    cdef Span key
    cdef bint is_first = False
    if next_member(c, &is_first, &key):
        fail(c)


cdef void read_converse_system(Cursor* c, Row row) noexcept:
    cdef Span key, text
    cdef int n_lines = 0
    cdef bint is_first = True
    row.system.clear()
    if is_null(c):
        return
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        if not open_block(c, &key):
            return
        if equals(&key, b"text"):
            read_string(c, &text)
            append_line(&row.system, b"\\n", &n_lines)
            append_json(&row.system, &text)
        elif equals(&key, b"cachePoint"):
            skip(c)
        else:
            fail(c)
        close_block(c)


cdef void read_converse_turns(Cursor* c, Row row) noexcept:
    cdef bint is_first = True
    row.messages.clear()
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        read_converse_turn(c, row)
    if is_first:
        fail(c)


cdef void read_converse_turn(Cursor* c, Row row) noexcept:
    """Read a turn whose role stands before its content, as it nearly always does."""
    cdef Span key, role
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
            read_converse_blocks(c, row, is_assistant)
        elif equals(&key, b"role") or equals(&key, b"content"):
            fail(c)
        else:
            skip(c)
    if not has_content:
        fail(c)


cdef void read_converse_blocks(Cursor* c, Row row, bint is_assistant) noexcept:
    """Append the messages of one turn: results of tools first, then what was said."""
    cdef Span key, text
    cdef int n_lines = 0, n_results = 0
    cdef bint is_first = True
    row.said.clear()
    row.calls.clear()
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        if not open_block(c, &key):
            return
        if equals(&key, b"text"):
            read_string(c, &text)
            append_line(&row.said, b"\\n", &n_lines)
            append_json(&row.said, &text)
        elif equals(&key, b"toolUse"):
            read_converse_call(c, row, &row.calls)
        elif equals(&key, b"toolResult"):
            read_converse_result(c, row)
            n_results += 1
        elif equals(&key, b"cachePoint") or equals(&key, b"reasoningContent"):
            skip(c)
        else:
            fail(c)
        close_block(c)
    if is_first:
        fail(c)
    elif is_assistant:
        append_calling_message(row)
    elif n_lines or not n_results:
        append_message(&row.messages, b"user", &row.said)


cdef void read_converse_call(Cursor* c, Row row, string* calls) noexcept:
    cdef Span key, call_id, name, arguments
    cdef bint is_first = True
    call_id.is_there = name.is_there = arguments.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"toolUseId"):
            read_string(c, &call_id)
        elif equals(&key, b"name"):
            read_string(c, &name)
        elif equals(&key, b"input"):
            read_value(c, &arguments)
        else:
            skip(c)
    if not c.failed:
        begin_call(calls, &call_id, &name)
        append_arguments(c, row, calls, &arguments)
        end_call(calls)


cdef void read_converse_result(Cursor* c, Row row) noexcept:
    cdef Span key, call_id
    cdef bint is_first = True, has_content = False
    call_id.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"toolUseId"):
            read_string(c, &call_id)
        elif equals(&key, b"content"):
            read_converse_result_parts(c, row)
            has_content = True
        else:
            skip(c)
    if not has_content or c.failed:
        fail(c)
    else:
        append_result(row, &call_id)


cdef void read_converse_result_parts(Cursor* c, Row row) noexcept:
    """Read the parts of a result, texts or values, as lines."""
    cdef Span key, value
    cdef int n_lines = 0
    cdef bint is_first = True
    row.result.clear()
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        if not open_block(c, &key):
            return
        append_line(&row.result, b"\\n", &n_lines)
        if equals(&key, b"text"):
            read_string(c, &value)
            append_json(&row.result, &value)
        elif equals(&key, b"json"):
            read_value(c, &value)
            append_written_anew(c, row, &row.result, &value)
        else:
            fail(c)
        close_block(c)
