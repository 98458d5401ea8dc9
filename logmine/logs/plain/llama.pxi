# Meta Llama: a prompt, and the text that was generated.


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
            row.max_output_tokens = read_count(c)
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
    cdef Span key, text
    cdef bint is_first = True
    text.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"generation"):
            read_string(c, &text)
        elif equals(&key, b"prompt_token_count"):
            row.input_tokens = read_count(c)
        elif equals(&key, b"generation_token_count"):
            row.output_tokens = read_count(c)
        elif equals(&key, b"stop_reason"):
            read_name(c, &row.stop)
        elif not read_mark(c, row, &key):
            fail(c)
    if text.is_there and not c.failed:
        row.forget_answer()
        append_text(&row.text, &text)
    else:
        fail(c)
