# What answers in bodies of Anthropic's Messages API: one response, or the events of its stream.


cdef void read_anthropic_response(Cursor* c, Row row) noexcept:
    cdef Span key, kind
    cdef AnthropicCounts counts
    cdef bint is_first = True, has_content = False
    if peek(c) == BRACKET:
        read_anthropic_events(c, row)
        return
    kind.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"content"):
            read_anthropic_answer(c, row)
            has_content = True
        elif equals(&key, b"usage"):
            read_anthropic_usage(c, &counts)
            row.forget_usage()
            keep_anthropic_usage(row, &counts)
        elif equals(&key, b"stop_reason"):
            read_name(c, &row.stop)
        elif equals(&key, b"model"):
            read_name(c, &row.model)
        elif equals(&key, b"type"):
            read_string(c, &kind)
            if not equals(&kind, b"message"):
                fail(c)
        elif equals(&key, b"message") or equals(&key, b"metadata"):
            fail(c)
        elif not read_mark(c, row, &key):
            skip(c)
    if not has_content or not kind.is_there:
        fail(c)


cdef void read_anthropic_answer(Cursor* c, Row row) noexcept:
    """Read the blocks of an answer."""
    cdef Span kind
    cdef int n_lines = 0
    cdef bint is_first = True
    row.forget_answer()
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        read_kind(c, &kind)
        if equals(&kind, b"text"):
            read_anthropic_text(c, &row.text, b"\n", &n_lines, False)
        elif equals(&kind, b"tool_use"):
            read_anthropic_call(c, row, &row.tool_calls)
        elif equals(&kind, b"thinking"):
            read_anthropic_thought(c, row)
        else:
            fail(c)


cdef void read_anthropic_thought(Cursor* c, Row row) noexcept:
    cdef Span key, thought
    thought.is_there = False
    while next_later_member(c, &key):
        if equals(&key, b"thinking"):
            read_optional_string(c, &thought)
        elif equals(&key, b"citations"):
            fail(c)
        else:
            skip(c)
    if thought.is_there and thought.size and not c.failed:
        if not row.reasoning.empty():
            row.reasoning.push_back(10)
        append_text(&row.reasoning, &thought)


cdef struct AnthropicCounts:
    int64_t input_tokens
    int64_t output_tokens
    int64_t cache_read_tokens
    int64_t cache_write_tokens


cdef void read_anthropic_usage(Cursor* c, AnthropicCounts* counts) noexcept:
    cdef Span key
    cdef bint is_first = True
    counts.input_tokens = counts.output_tokens = counts.cache_read_tokens = counts.cache_write_tokens = -1
    if is_null(c):
        return
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"input_tokens"):
            counts.input_tokens = read_count(c)
        elif equals(&key, b"output_tokens"):
            counts.output_tokens = read_count(c)
        elif equals(&key, b"cache_read_input_tokens"):
            counts.cache_read_tokens = read_count(c)
        elif equals(&key, b"cache_creation_input_tokens"):
            counts.cache_write_tokens = read_count(c)
        else:
            skip(c)


cdef void keep_anthropic_usage(Row row, AnthropicCounts* counts) noexcept:
    """Take in counts; those that were known before stay where they are missing here."""
    row.counts[INPUT_TOKENS] = row.counts[INPUT_TOKENS] if counts.input_tokens < 0 else counts.input_tokens
    row.counts[OUTPUT_TOKENS] = row.counts[OUTPUT_TOKENS] if counts.output_tokens < 0 else counts.output_tokens
    row.counts[CACHE_READ_TOKENS] = row.counts[CACHE_READ_TOKENS] if counts.cache_read_tokens < 0 else counts.cache_read_tokens
    row.counts[CACHE_WRITE_TOKENS] = row.counts[CACHE_WRITE_TOKENS] if counts.cache_write_tokens < 0 else counts.cache_write_tokens


cdef void read_anthropic_events(Cursor* c, Row row) noexcept:
    """Read a stream that begins with its start and whose blocks follow one another, each with its pieces, as Anthropic documents it."""
    cdef Span kind
    cdef int n_blocks = 0, n_texts = 0
    cdef bint is_first = True, has_pieces = False
    cdef Span block, arguments
    block.at = c.at
    block.size = 0
    arguments.is_there = False
    row.is_stream = True
    row.is_complete = False
    row.forget_answer()
    row.forget_usage()
    open_with(c, BRACKET)
    if not next_element(c, &is_first):
        fail(c)
        return
    read_kind(c, &kind)
    if not equals(&kind, b"message_start"):
        fail(c)
        return
    read_anthropic_start(c, row)
    while next_element(c, &is_first):
        row.forget_metrics()  # those of the last event count
        read_kind(c, &kind)
        if equals(&kind, b"content_block_delta"):
            read_anthropic_piece(c, row, n_blocks - 1, &block, &has_pieces)
        elif equals(&kind, b"content_block_start"):
            close_anthropic_call(c, row, &block, &arguments, has_pieces)
            has_pieces = False
            read_anthropic_block_start(c, row, n_blocks, &block, &arguments, &n_texts, &has_pieces)
            n_blocks += 1
        elif equals(&kind, b"message_delta"):
            read_anthropic_end(c, row)
        elif equals(&kind, b"message_stop"):
            read_rest_of_event(c, row)
            row.is_complete = True
        elif equals(&kind, b"content_block_stop") or equals(&kind, b"ping"):
            read_rest_of_event(c, row)
        else:
            fail(c)
    close_anthropic_call(c, row, &block, &arguments, has_pieces)


cdef inline bint is_read_in_event(Cursor* c, Row row, Span* key) noexcept:
    """Read what any event may carry; fails at what would say more than the event."""
    if equals(key, b"message") or equals(key, b"metadata") or equals(key, b"model"):
        fail(c)
        return True
    return read_mark(c, row, key)


cdef void read_rest_of_event(Cursor* c, Row row) noexcept:
    cdef Span key
    while next_later_member(c, &key):
        if not is_read_in_event(c, row, &key):
            skip(c)


cdef void read_anthropic_start(Cursor* c, Row row) noexcept:
    """Read the first event, with the model; its count of the output is provisional: a later event has it."""
    cdef Span key
    cdef AnthropicCounts counts
    cdef bint is_first
    while next_later_member(c, &key):
        if equals(&key, b"message"):
            row.model.is_there = False
            row.forget_usage()
            if is_null(c):
                continue
            is_first = True
            open_with(c, BRACE)
            while next_member(c, &is_first, &key):
                if equals(&key, b"model"):
                    read_name(c, &row.model)
                elif equals(&key, b"usage"):
                    read_anthropic_usage(c, &counts)
                    counts.output_tokens = -1
                    row.forget_usage()
                    keep_anthropic_usage(row, &counts)
                else:
                    skip(c)
        elif not is_read_in_event(c, row, &key):
            skip(c)


cdef void read_anthropic_block_start(
    Cursor* c, Row row, int64_t index, Span* block, Span* arguments, int* n_texts, bint* has_pieces
) noexcept:
    """Read the start of the block with the number ``index``; ``block`` is its type."""
    cdef Span key, text, call_id, name
    cdef bint has_block = False, has_index = False
    text.is_there = call_id.is_there = name.is_there = arguments.is_there = False
    while next_later_member(c, &key):
        if equals(&key, b"index") and not has_index:
            has_index = True
            if read_count(c) != index:
                fail(c)
        elif equals(&key, b"content_block") and not has_block:
            has_block = True
            read_kind(c, block)
            while next_later_member(c, &key):
                if equals(&key, b"text") or equals(&key, b"thinking"):
                    if not equals(block, b"tool_use") and equals(&key, b"text") == equals(block, b"text"):
                        read_string(c, &text)
                    else:
                        fail(c)
                elif equals(&key, b"id"):
                    read_optional_string(c, &call_id)
                elif equals(&key, b"name"):
                    read_optional_string(c, &name)
                elif equals(&key, b"input"):
                    read_value(c, arguments)
                elif equals(&key, b"citations"):
                    if not is_null(c):
                        fail(c)
                else:
                    skip(c)
        elif equals(&key, b"index") or equals(&key, b"content_block"):
            fail(c)
        elif not is_read_in_event(c, row, &key):
            skip(c)
    if c.failed or not has_block or (index and not has_index):
        fail(c)
    elif equals(block, b"text"):
        append_line(&row.text, b"\n", n_texts)
        if text.is_there:
            append_text(&row.text, &text)
    elif equals(block, b"thinking"):
        if text.is_there:
            append_thought(row, &text, has_pieces)
    elif equals(block, b"tool_use"):
        begin_call(&row.tool_calls, &call_id, &name)
    else:
        fail(c)


cdef void append_thought(Row row, Span* thought, bint* has_pieces) noexcept:
    """Append a piece of a block of thinking, on a line of its own where it is the block's first."""
    if thought.size:
        if not has_pieces[0] and not row.reasoning.empty():
            row.reasoning.push_back(10)
        has_pieces[0] = True
        append_text(&row.reasoning, thought)


cdef void read_anthropic_piece(Cursor* c, Row row, int64_t index, Span* block, bint* has_pieces) noexcept:
    """Read a piece of the block with the number ``index``, which is the one that began last."""
    cdef Span key, text, thought, arguments
    cdef bint is_first = True, has_index = False, has_delta = False
    text.is_there = thought.is_there = arguments.is_there = False
    while next_later_member(c, &key):
        if equals(&key, b"index") and not has_index:
            has_index = True
            if read_count(c) != index:
                fail(c)
        elif equals(&key, b"delta") and not has_delta:
            has_delta = True
            open_with(c, BRACE)
            while next_member(c, &is_first, &key):
                if equals(&key, b"text"):
                    read_optional_string(c, &text)
                elif equals(&key, b"partial_json"):
                    read_optional_string(c, &arguments)
                elif equals(&key, b"thinking"):
                    read_optional_string(c, &thought)
                elif equals(&key, b"citation"):
                    fail(c)
                else:
                    skip(c)
        else:
            fail(c)
    if c.failed or not has_delta or index < 0 or (index and not has_index) or text.is_there + thought.is_there + arguments.is_there > 1:
        fail(c)
    elif text.is_there and equals(block, b"text"):
        append_text(&row.text, &text)
    elif arguments.is_there and equals(block, b"tool_use"):
        has_pieces[0] = has_pieces[0] or arguments.size > 0
        append_json(&row.tool_calls, &arguments)
    elif thought.is_there and equals(block, b"thinking"):
        append_thought(row, &thought, has_pieces)
    elif text.is_there or thought.is_there or arguments.is_there:
        fail(c)


cdef void close_anthropic_call(Cursor* c, Row row, Span* block, Span* arguments, bint has_pieces) noexcept:
    """End the tool call that is open, if one is; without pieces its arguments are those with which it began."""
    if c.failed or not equals(block, b"tool_use"):
        return
    if not has_pieces:
        append_arguments(c, row, &row.tool_calls, arguments)
    end_call(&row.tool_calls)


cdef void read_anthropic_end(Cursor* c, Row row) noexcept:
    """Read the event with the reason of the stop and the final counts."""
    cdef Span key, stop
    cdef AnthropicCounts counts
    cdef bint is_first
    stop.is_there = False
    counts.input_tokens = counts.output_tokens = counts.cache_read_tokens = counts.cache_write_tokens = -1
    while next_later_member(c, &key):
        if equals(&key, b"delta"):
            stop.is_there = False
            if is_null(c):
                continue
            is_first = True
            open_with(c, BRACE)
            while next_member(c, &is_first, &key):
                if equals(&key, b"stop_reason"):
                    read_name(c, &stop)
                else:
                    skip(c)
        elif equals(&key, b"usage"):
            read_anthropic_usage(c, &counts)
        elif not is_read_in_event(c, row, &key):
            skip(c)
    if stop.is_there and stop.size:
        row.stop = stop
    keep_anthropic_usage(row, &counts)
