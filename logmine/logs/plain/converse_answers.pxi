# What answers in bodies of Converse, ConverseStream and Nova: one response, or the events of its stream.


cdef void read_converse_response(Cursor* c, Row row) noexcept:
    cdef Span key
    cdef bint is_first = True, has_output = False
    if peek(c) == BRACKET:
        read_converse_events(c, row)
        return
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"output"):
            read_converse_output(c, row)
            has_output = True
        elif equals(&key, b"usage"):
            read_converse_usage(c, row)
        elif equals(&key, b"stopReason"):
            read_name(c, &row.stop)
        elif equals(&key, b"metrics"):
            row.has_metrics = True
            read_converse_latency(c, row)
        elif equals(&key, b"model"):
            read_name(c, &row.model)
        elif equals(&key, b"message") or equals(&key, b"metadata"):
            fail(c)
        elif not read_mark(c, row, &key):
            skip(c)
    if not has_output:
        fail(c)


cdef void read_converse_output(Cursor* c, Row row) noexcept:
    cdef Span key
    cdef bint is_first = True, has_message = False, has_content, is_first_of_message
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if not equals(&key, b"message"):
            skip(c)
            continue
        has_message = True
        has_content = False
        is_first_of_message = True
        open_with(c, BRACE)
        while next_member(c, &is_first_of_message, &key):
            if equals(&key, b"content"):
                read_converse_answer(c, row)
                has_content = True
            else:
                skip(c)
        if not has_content:
            fail(c)
    if not has_message:
        fail(c)


cdef void read_converse_answer(Cursor* c, Row row) noexcept:
    """Read the blocks of an answer."""
    cdef Span key, text
    cdef int n_lines = 0
    cdef bint is_first = True
    row.forget_answer()
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        if not open_block(c, &key):
            return
        if equals(&key, b"text"):
            read_string(c, &text)
            append_line(&row.text, b"\n", &n_lines)
            append_text(&row.text, &text)
        elif equals(&key, b"toolUse"):
            read_converse_call(c, row, &row.tool_calls)
        elif equals(&key, b"reasoningContent"):
            read_converse_thought(c, row)
        else:
            fail(c)
        close_block(c)


cdef void read_converse_thought(Cursor* c, Row row) noexcept:
    """Read reasoning, which is a text, or holds one."""
    cdef Span key, inner, own
    cdef bint is_first = True, is_first_of_text
    inner.is_there = own.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"text"):
            read_optional_string(c, &own)
        elif equals(&key, b"reasoningText"):
            inner.is_there = False
            if is_null(c):
                continue
            is_first_of_text = True
            open_with(c, BRACE)
            while next_member(c, &is_first_of_text, &key):
                if equals(&key, b"text"):
                    read_optional_string(c, &inner)
                else:
                    skip(c)
        else:
            skip(c)
    if not inner.is_there or not inner.size:
        inner = own
    if inner.is_there and inner.size and not c.failed:
        if not row.reasoning.empty():
            row.reasoning.push_back(10)
        append_text(&row.reasoning, &inner)


cdef void read_converse_usage(Cursor* c, Row row) noexcept:
    """Read counts of tokens; Converse and Nova name the cached ones differently, and where both do, Converse's key counts."""
    cdef Span key
    cdef bint is_first = True, has_read = False, has_written = False
    cdef int64_t nova_read = -1, nova_written = -1
    row.forget_usage()
    if is_null(c):
        return
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"inputTokens"):
            row.counts[INPUT_TOKENS] = read_count(c)
        elif equals(&key, b"outputTokens"):
            row.counts[OUTPUT_TOKENS] = read_count(c)
        elif equals(&key, b"cacheReadInputTokens"):
            row.counts[CACHE_READ_TOKENS] = read_count(c)
            has_read = True
        elif equals(&key, b"cacheWriteInputTokens"):
            row.counts[CACHE_WRITE_TOKENS] = read_count(c)
            has_written = True
        elif equals(&key, b"cacheReadInputTokenCount"):
            nova_read = read_count(c)
        elif equals(&key, b"cacheWriteInputTokenCount"):
            nova_written = read_count(c)
        else:
            skip(c)
    if not has_read:
        row.counts[CACHE_READ_TOKENS] = nova_read
    if not has_written:
        row.counts[CACHE_WRITE_TOKENS] = nova_written


cdef void read_converse_latency(Cursor* c, Row row) noexcept:
    cdef Span key
    cdef bint is_first = True
    row.counts[LATENCY_MS] = -1
    if is_null(c):
        return
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"latencyMs"):
            row.counts[LATENCY_MS] = read_count(c)
        else:
            skip(c)


cdef void read_converse_events(Cursor* c, Row row) noexcept:
    """Read a stream of text alone. A new block may begin at every piece: pieces that follow one another are one text."""
    cdef Span key
    cdef bint is_first = True, has_start = False
    row.is_stream = True
    row.is_complete = False
    row.forget_answer()
    row.forget_usage()
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        row.forget_metrics()  # those of the last event count
        if not open_block(c, &key):
            return
        if equals(&key, b"contentBlockDelta"):
            read_converse_piece(c, row)
        elif equals(&key, b"messageStart"):
            has_start = True
            skip(c)
        elif equals(&key, b"messageStop"):
            read_converse_stop(c, row)
        elif equals(&key, b"metadata"):
            read_converse_metadata(c, row)
        elif equals(&key, b"contentBlockStop"):
            skip(c)
        else:
            fail(c)
        if not has_start:
            fail(c)
        read_rest_of_converse_event(c, row)
    if not has_start:
        fail(c)


cdef void read_rest_of_converse_event(Cursor* c, Row row) noexcept:
    """Read what Amazon Bedrock adds to an event; fails at what would say more than the event."""
    cdef Span key
    cdef bint is_first = False
    while next_member(c, &is_first, &key):
        if not read_mark(c, row, &key):
            fail(c)


cdef void read_converse_piece(Cursor* c, Row row) noexcept:
    cdef Span key, text
    cdef bint is_first = True, is_first_of_delta = True, has_delta = False
    text.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if not equals(&key, b"delta"):
            skip(c)
            continue
        if has_delta:
            fail(c)
        has_delta = True
        open_with(c, BRACE)
        while next_member(c, &is_first_of_delta, &key):
            if equals(&key, b"text"):
                read_string(c, &text)
            elif equals(&key, b"p"):
                skip(c)  # padding
            else:
                fail(c)
    if text.is_there and not c.failed:
        append_text(&row.text, &text)
    else:
        fail(c)


cdef void read_converse_stop(Cursor* c, Row row) noexcept:
    cdef Span key
    cdef bint is_first = True
    row.is_complete = True
    row.stop.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"stopReason"):
            read_name(c, &row.stop)
        else:
            skip(c)


cdef void read_converse_metadata(Cursor* c, Row row) noexcept:
    cdef Span key
    cdef bint is_first = True
    row.forget_usage()
    row.counts[LATENCY_MS] = -1
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"usage"):
            read_converse_usage(c, row)
        elif equals(&key, b"metrics"):
            read_converse_latency(c, row)
        elif equals(&key, b"trace"):
            if not is_null(c):
                open_with(c, BRACE)
                close_empty(c)
        else:
            skip(c)


cdef void close_empty(Cursor* c) noexcept:
    """Move behind an object that holds nothing."""
    cdef Span key
    cdef bint is_first = True
    if next_member(c, &is_first, &key):
        fail(c)
