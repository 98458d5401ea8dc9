# Meta Llama: a prompt, and the text that was generated, whole or in the pieces of its stream.


cdef void read_llama_request(Cursor* c, Row row) noexcept:
    """Read a request; any other key could be that of another family whose request is a prompt."""
    cdef Span key, prompt
    cdef bint is_first = True, ignored = False
    prompt.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"prompt"):
            read_string(c, &prompt)
        elif equals(&key, b"max_gen_len"):
            row.counts[MAX_OUTPUT_TOKENS] = read_count(c)
        elif equals(&key, b"temperature"):
            row.temperature = read_number(c, &row.has_temperature)
        elif equals(&key, b"top_p"):
            read_number(c, &ignored)
        else:
            fail(c)
    if not prompt.is_there or c.failed:
        fail(c)
        return
    row.said.clear()
    append_text(&row.said, &prompt)
    append_prompt(c, row)


cdef void append_prompt(Cursor* c, Row row) noexcept:
    """Append the messages from which a prompt was rendered."""
    cdef bytes messages
    if c.failed:
        return
    row.messages.clear()
    try:
        messages = row.read_prompt((<const char*> row.said.data())[:row.said.size()])
        row.messages.append(<const char*> messages, len(messages))
    except Exception:
        fail(c)
    except BaseException as interrupt:
        row.interrupt = interrupt
        fail(c)


cdef void read_llama_response(Cursor* c, Row row) noexcept:
    """Read a response, or the pieces of its stream."""
    cdef bint is_first = True
    row.forget_answer()
    if peek(c) != BRACKET:
        read_llama_piece(c, row)
        return
    row.is_stream = True
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        row.forget_metrics()  # those of the last piece count
        read_llama_piece(c, row)
    if is_first:
        fail(c)
    row.is_complete = row.stop.is_there


cdef void read_llama_piece(Cursor* c, Row row) noexcept:
    """Append a text; the first count of the prompt that is given counts, and the last of the output and stop reason."""
    cdef Span key, text, stop
    cdef bint is_first = True
    cdef int64_t n_asked = -1, n_generated = -1
    text.is_there = stop.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"generation"):
            read_string(c, &text)
        elif equals(&key, b"prompt_token_count"):
            n_asked = read_count(c)
        elif equals(&key, b"generation_token_count"):
            n_generated = read_count(c)
        elif equals(&key, b"stop_reason"):
            read_name(c, &stop)
        elif not read_mark(c, row, &key):
            fail(c)
    if not text.is_there or c.failed:
        fail(c)
        return
    append_text(&row.text, &text)
    row.counts[INPUT_TOKENS] = n_asked if row.counts[INPUT_TOKENS] < 0 else row.counts[INPUT_TOKENS]
    row.counts[OUTPUT_TOKENS] = row.counts[OUTPUT_TOKENS] if n_generated < 0 else n_generated
    if stop.is_there and stop.size:
        row.stop = stop
