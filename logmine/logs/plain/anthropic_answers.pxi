# What answers in bodies of Anthropic's Messages API: one response, or the events of its stream.


cdef void read_anthropic_response(Cursor* c, Row row) noexcept:
    cdef Span key, kind
    cdef int64_t counts[N_ANTHROPIC_COUNTS]
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
            read_anthropic_usage(c, counts)
            row.forget_usage()
            keep_anthropic_usage(row, counts)
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


cdef enum:
    N_ANTHROPIC_COUNTS = 4  # of those of a row, the first


cdef void read_anthropic_usage(Cursor* c, int64_t* counts) noexcept:
    """Read counts of tokens, each into its place among those of a row."""
    cdef Span key
    cdef bint is_first = True
    forget_anthropic_usage(counts)
    if is_null(c):
        return
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"input_tokens"):
            counts[INPUT_TOKENS] = read_count(c)
        elif equals(&key, b"output_tokens"):
            counts[OUTPUT_TOKENS] = read_count(c)
        elif equals(&key, b"cache_read_input_tokens"):
            counts[CACHE_READ_TOKENS] = read_count(c)
        elif equals(&key, b"cache_creation_input_tokens"):
            counts[CACHE_WRITE_TOKENS] = read_count(c)
        else:
            skip(c)


cdef void forget_anthropic_usage(int64_t* counts) noexcept:
    cdef int place
    for place in range(N_ANTHROPIC_COUNTS):
        counts[place] = -1


cdef void keep_anthropic_usage(Row row, int64_t* counts) noexcept:
    """Take in counts; those that were known before stay where they are missing here."""
    cdef int place
    for place in range(N_ANTHROPIC_COUNTS):
        if counts[place] >= 0:
            row.counts[place] = counts[place]


cdef struct AnthropicBlock:  # the one that began last
    int64_t index  # -1 before the first
    Span kind
    Span text
    Span call_id
    Span name
    Span arguments  # with which a tool call began
    bint has_pieces


cdef void read_anthropic_events(Cursor* c, Row row) noexcept:
    """Read a stream that begins with its start and whose blocks follow one another, each with its pieces, as Anthropic documents it."""
    cdef Span kind
    cdef bint is_first = True
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
    read_anthropic_later_events(c, row)


cdef void read_anthropic_later_events(Cursor* c, Row row) noexcept:
    """Read the events behind the start."""
    cdef Span kind
    cdef AnthropicBlock block
    cdef int n_texts = 0
    cdef bint is_first = False
    forget_anthropic_block(&block)
    block.index = -1
    while next_element(c, &is_first):
        row.forget_metrics()  # those of the last event count
        read_kind(c, &kind)
        if equals(&kind, b"content_block_delta"):
            read_anthropic_piece(c, row, &block)
        elif equals(&kind, b"content_block_start"):
            close_anthropic_call(c, row, &block)
            read_anthropic_block_start(c, row, &block)
            begin_anthropic_block(c, row, &block, &n_texts)
        elif equals(&kind, b"message_delta"):
            read_anthropic_end(c, row)
        elif equals(&kind, b"message_stop"):
            read_rest_of_event(c, row)
            row.is_complete = True
        elif equals(&kind, b"content_block_stop") or equals(&kind, b"ping"):
            read_rest_of_event(c, row)
        else:
            fail(c)
    close_anthropic_call(c, row, &block)


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
    cdef int64_t counts[N_ANTHROPIC_COUNTS]
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
                    read_anthropic_usage(c, counts)
                    counts[OUTPUT_TOKENS] = -1
                    row.forget_usage()
                    keep_anthropic_usage(row, counts)
                else:
                    skip(c)
        elif not is_read_in_event(c, row, &key):
            skip(c)


cdef void forget_anthropic_block(AnthropicBlock* block) noexcept:
    block.kind.is_there = block.text.is_there = block.call_id.is_there = block.name.is_there = block.arguments.is_there = False
    block.kind.size = 0
    block.has_pieces = False


cdef void read_anthropic_block_start(Cursor* c, Row row, AnthropicBlock* block) noexcept:
    """Read the start of the block that follows."""
    cdef Span key
    cdef bint has_index = False
    forget_anthropic_block(block)
    block.index += 1
    while next_later_member(c, &key):
        if equals(&key, b"index") and not has_index:
            has_index = True
            if read_count(c) != block.index:
                fail(c)
        elif equals(&key, b"content_block") and not block.kind.is_there:
            read_anthropic_block(c, block)
        elif equals(&key, b"index") or equals(&key, b"content_block"):
            fail(c)
        elif not is_read_in_event(c, row, &key):
            skip(c)
    if not block.kind.is_there or (block.index and not has_index):
        fail(c)


cdef void read_anthropic_block(Cursor* c, AnthropicBlock* block) noexcept:
    cdef Span key
    read_kind(c, &block.kind)
    while next_later_member(c, &key):
        if equals(&key, b"text") or equals(&key, b"thinking"):
            if key.size == block.kind.size and memcmp(key.at, block.kind.at, key.size) == 0:  # a tool call has neither
                read_string(c, &block.text)
            else:
                fail(c)
        elif equals(&key, b"id"):
            read_optional_string(c, &block.call_id)
        elif equals(&key, b"name"):
            read_optional_string(c, &block.name)
        elif equals(&key, b"input"):
            read_value(c, &block.arguments)
        elif equals(&key, b"citations"):
            if not is_null(c):
                fail(c)
        else:
            skip(c)


cdef void begin_anthropic_block(Cursor* c, Row row, AnthropicBlock* block, int* n_texts) noexcept:
    """Append that with which a block begins."""
    if c.failed:
        return
    if equals(&block.kind, b"text"):
        append_line(&row.text, b"\n", n_texts)
        if block.text.is_there:
            append_text(&row.text, &block.text)
    elif equals(&block.kind, b"thinking"):
        if block.text.is_there:
            append_thought(row, &block.text, block)
    elif equals(&block.kind, b"tool_use"):
        begin_call(&row.tool_calls, &block.call_id, &block.name)
    else:
        fail(c)


cdef void append_thought(Row row, Span* thought, AnthropicBlock* block) noexcept:
    """Append a piece of a block of thinking, on a line of its own where it is the block's first."""
    if thought.size:
        if not block.has_pieces and not row.reasoning.empty():
            row.reasoning.push_back(10)
        block.has_pieces = True
        append_text(&row.reasoning, thought)


cdef void read_anthropic_piece(Cursor* c, Row row, AnthropicBlock* block) noexcept:
    """Read a piece of the block that began last."""
    cdef Span key, text, thought, arguments
    cdef bint has_index = False, has_delta = False
    text.is_there = thought.is_there = arguments.is_there = False
    while next_later_member(c, &key):
        if equals(&key, b"index") and not has_index:
            has_index = True
            if read_count(c) != block.index:
                fail(c)
        elif equals(&key, b"delta") and not has_delta:
            has_delta = True
            read_anthropic_delta(c, &text, &thought, &arguments)
        else:
            fail(c)
    if c.failed or not has_delta or block.index < 0 or (block.index and not has_index):
        fail(c)
    elif text.is_there and equals(&block.kind, b"text"):
        append_text(&row.text, &text)
    elif arguments.is_there and equals(&block.kind, b"tool_use"):
        block.has_pieces = block.has_pieces or arguments.size > 0
        append_json(&row.tool_calls, &arguments)
    elif thought.is_there and equals(&block.kind, b"thinking"):
        append_thought(row, &thought, block)
    elif text.is_there or thought.is_there or arguments.is_there:
        fail(c)


cdef void read_anthropic_delta(Cursor* c, Span* text, Span* thought, Span* arguments) noexcept:
    """Read what a piece holds, which is one of these three, or nothing that is said."""
    cdef Span key
    cdef bint is_first = True
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"text"):
            read_optional_string(c, text)
        elif equals(&key, b"partial_json"):
            read_optional_string(c, arguments)
        elif equals(&key, b"thinking"):
            read_optional_string(c, thought)
        elif equals(&key, b"citation"):
            fail(c)
        else:
            skip(c)
    if text.is_there + thought.is_there + arguments.is_there > 1:
        fail(c)


cdef void close_anthropic_call(Cursor* c, Row row, AnthropicBlock* block) noexcept:
    """End the tool call that is open, if one is; without pieces its arguments are those with which it began."""
    if c.failed or not equals(&block.kind, b"tool_use"):
        return
    if not block.has_pieces:
        append_arguments(c, row, &row.tool_calls, &block.arguments)
    end_call(&row.tool_calls)


cdef void read_anthropic_end(Cursor* c, Row row) noexcept:
    """Read the event with the reason of the stop and the final counts."""
    cdef Span key, stop
    cdef int64_t counts[N_ANTHROPIC_COUNTS]
    cdef bint is_first
    stop.is_there = False
    forget_anthropic_usage(counts)
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
            read_anthropic_usage(c, counts)
        elif not is_read_in_event(c, row, &key):
            skip(c)
    if stop.is_there and stop.size:
        row.stop = stop
    keep_anthropic_usage(row, counts)
