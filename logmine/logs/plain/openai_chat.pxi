# OpenAI's chat completions: text, tool calls and their results, reasoning; a response or the chunks of its stream.


cdef void read_openai_request(Cursor* c, Row row) noexcept:
    cdef Span key
    cdef bint is_first = True, has_messages = False, has_newer_limit = False
    cdef int64_t limit = -1, newer_limit = -1
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"messages"):
            read_openai_turns(c, row)
            has_messages = True
        elif equals(&key, b"tools"):
            read_value(c, &row.tools)
        elif equals(&key, b"temperature"):
            row.temperature = read_number(c, &row.has_temperature)
        elif equals(&key, b"max_tokens"):
            limit = read_count(c)
        elif equals(&key, b"max_completion_tokens"):
            newer_limit = read_count(c)
            has_newer_limit = True
        elif equals(&key, b"model"):
            read_name(c, &row.request_model)
        elif (
            equals(&key, b"functions")
            or equals(&key, b"system")
            or equals(&key, b"anthropic_version")
            or equals(&key, b"anthropic_beta")
            or is_asked_otherwise(&key)
        ):
            fail(c)
        else:
            skip(c)
    row.counts[MAX_OUTPUT_TOKENS] = newer_limit if has_newer_limit else limit
    if not has_messages:
        fail(c)


cdef void read_openai_turns(Cursor* c, Row row) noexcept:
    cdef bint is_first = True
    row.messages.clear()
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        read_openai_turn(c, row)
    if is_first:
        fail(c)


cdef void read_openai_turn(Cursor* c, Row row) noexcept:
    cdef Span key, role, call_id, name
    cdef bint is_first = True
    role.is_there = call_id.is_there = name.is_there = False
    row.said.clear()
    row.result.clear()
    row.calls.clear()
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"content"):
            if not read_content(c, &row.said):
                fail(c)  # could be Converse's
        elif equals(&key, b"role"):
            read_string(c, &role)
        elif equals(&key, b"tool_calls"):
            read_openai_calls(c, row, &row.calls)
        elif equals(&key, b"tool_call_id"):
            read_optional_string(c, &call_id)
        elif equals(&key, b"name"):
            read_optional_string(c, &name)
        elif equals(&key, b"function_call"):
            if not is_null(c):
                fail(c)
        else:
            skip(c)
    if c.failed or not role.is_there:
        fail(c)
    elif equals(&role, b"user"):
        append_message(&row.messages, b"user", &row.said)
    elif equals(&role, b"assistant"):
        append_calling_message(row)
    elif equals(&role, b"system") or equals(&role, b"developer"):
        append_message(&row.messages, b"system", &row.said)
    elif equals(&role, b"tool"):
        row.result.swap(row.said)
        if not call_id.is_there or not call_id.size:
            call_id = name
        append_result(row, &call_id)
    else:
        fail(c)


cdef void read_openai_calls(Cursor* c, Row row, string* calls) noexcept:
    """Read a list of tool calls, or null."""
    cdef Span key, call_id, name, arguments
    cdef bint is_first = True, is_first_of_call, is_first_of_function, has_function
    calls.clear()
    if is_null(c):
        return
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        call_id.is_there = name.is_there = arguments.is_there = has_function = False
        is_first_of_call = True
        open_with(c, BRACE)
        while next_member(c, &is_first_of_call, &key):
            if equals(&key, b"id"):
                read_string(c, &call_id)
            elif equals(&key, b"function") and not has_function:
                has_function = is_first_of_function = True
                open_with(c, BRACE)
                while next_member(c, &is_first_of_function, &key):
                    if equals(&key, b"name"):
                        read_string(c, &name)
                    elif equals(&key, b"arguments"):
                        read_value(c, &arguments)
                    else:
                        skip(c)
            elif equals(&key, b"function"):
                fail(c)
            else:
                skip(c)
        if c.failed or not has_function:
            fail(c)
            return
        begin_call(calls, &call_id, &name)
        append_arguments(c, row, calls, &arguments)
        end_call(calls)


cdef void read_openai_response(Cursor* c, Row row) noexcept:
    cdef Span key
    cdef bint is_first = True, has_choices = False
    if peek(c) == BRACKET:
        read_openai_chunks(c, row)
        return
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"choices"):
            read_openai_choices(c, row)
            has_choices = True
        elif equals(&key, b"usage"):
            row.forget_usage()
            read_openai_usage(c, row)
        elif equals(&key, b"model"):
            read_name(c, &row.model)
        elif equals(&key, b"metadata"):
            if not is_null(c):
                fail(c)
        elif equals(&key, b"type") or equals(&key, b"message"):
            fail(c)
        elif not read_mark(c, row, &key):
            skip(c)
    if not has_choices:
        fail(c)


cdef void read_openai_choices(Cursor* c, Row row) noexcept:
    """Read the first of the choices."""
    cdef Span key, stop, other_stop
    cdef bint is_first = True, is_first_of_choice = True, has_message = False
    stop.is_there = other_stop.is_there = False
    open_with(c, BRACKET)
    if not next_element(c, &is_first):
        fail(c)
        return
    open_with(c, BRACE)
    while next_member(c, &is_first_of_choice, &key):
        if equals(&key, b"message"):
            read_openai_answer(c, row)
            has_message = True
        elif equals(&key, b"finish_reason"):
            read_name(c, &stop)
        elif equals(&key, b"stop_reason"):
            read_name(c, &other_stop)
        else:
            skip(c)
    row.stop = stop if stop.is_there and stop.size else other_stop
    if not has_message:
        fail(c)
    while next_element(c, &is_first):
        skip(c)


cdef void read_openai_answer(Cursor* c, Row row) noexcept:
    """Read the message of an answer."""
    cdef Span key, refusal, thought, other_thought
    cdef bint is_first = True
    refusal.is_there = thought.is_there = other_thought.is_there = False
    row.forget_answer()
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"content"):
            read_openai_text(c, row)
        elif equals(&key, b"refusal"):
            read_optional_string(c, &refusal)
        elif equals(&key, b"reasoning_content"):
            read_optional_string(c, &thought)
        elif equals(&key, b"reasoning"):
            read_optional_string(c, &other_thought)
        elif equals(&key, b"tool_calls"):
            read_openai_calls(c, row, &row.tool_calls)
        elif equals(&key, b"function_call"):
            if not is_null(c):
                fail(c)
        else:
            skip(c)
    if c.failed:
        return
    if row.text.empty() and refusal.is_there:
        append_text(&row.text, &refusal)
    if not thought.is_there or not thought.size:
        thought = other_thought
    if thought.is_there:
        append_text(&row.reasoning, &thought)


cdef void read_openai_text(Cursor* c, Row row) noexcept:
    """Read what was said: a text, a list of texts, or null."""
    cdef Span text
    cdef int n_lines = 0
    cdef bint is_first = True
    row.text.clear()
    if peek(c) != BRACKET:
        read_optional_string(c, &text)
        if text.is_there:
            append_text(&row.text, &text)
        return
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        read_text_part(c, &text)
        if not c.failed:
            append_line(&row.text, b"\n", &n_lines)
            append_text(&row.text, &text)


cdef void read_openai_usage(Cursor* c, Row row) noexcept:
    """Read counts of tokens, which hold the count of the prompt; null says nothing new."""
    cdef Span key
    cdef bint is_first = True, has_prompt = False
    if is_null(c):
        return
    row.forget_usage()
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"prompt_tokens"):
            row.counts[INPUT_TOKENS] = read_count(c)
            has_prompt = True
        elif equals(&key, b"completion_tokens"):
            row.counts[OUTPUT_TOKENS] = read_count(c)
        elif equals(&key, b"prompt_tokens_details"):
            row.counts[CACHE_READ_TOKENS] = row.counts[CACHE_WRITE_TOKENS] = -1
            read_openai_details(c, b"cached_tokens", &row.counts[CACHE_READ_TOKENS], b"cache_write_tokens", &row.counts[CACHE_WRITE_TOKENS])
        elif equals(&key, b"completion_tokens_details"):
            row.counts[REASONING_TOKENS] = -1
            read_openai_details(c, b"reasoning_tokens", &row.counts[REASONING_TOKENS], b"", NULL)
        else:
            skip(c)
    if not has_prompt:
        fail(c)


cdef void read_openai_details(Cursor* c, const char* name, int64_t* count, const char* other_name, int64_t* other_count) noexcept:
    cdef Span key
    cdef bint is_first = True
    if is_null(c):
        return
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, name):
            count[0] = read_count(c)
        elif other_count != NULL and equals(&key, other_name):
            other_count[0] = read_count(c)
        else:
            skip(c)


cdef void read_openai_chunks(Cursor* c, Row row) noexcept:
    """Read a stream of text alone. The first chunk tells the family, and the model; the usage comes in a last chunk without choices."""
    cdef Span model
    cdef bint is_first = True, is_first_chunk = True, has_choice
    row.is_stream = True
    row.forget_answer()
    row.forget_usage()
    open_with(c, BRACKET)
    while next_element(c, &is_first):
        row.forget_metrics()  # those of the last chunk count
        model.is_there = False
        has_choice = read_openai_chunk(c, row, &model)
        if is_first_chunk:
            is_first_chunk = False
            if not has_choice:
                fail(c)
            row.model = model
    if is_first_chunk:
        fail(c)
    row.is_complete = row.stop.is_there


cdef bint read_openai_chunk(Cursor* c, Row row, Span* model) noexcept:
    """Read a chunk, and return whether it has a choice."""
    cdef Span key
    cdef bint is_first = True, is_first_choice, has_choices = False, has_choice = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"choices") and not has_choices:
            has_choices = True
            is_first_choice = True
            open_with(c, BRACKET)
            while next_element(c, &is_first_choice):
                if has_choice:
                    fail(c)
                has_choice = True
                read_openai_delta_choice(c, row)
        elif equals(&key, b"model"):
            read_name(c, model)
        elif equals(&key, b"usage"):
            read_openai_usage(c, row)
        elif equals(&key, b"metadata"):
            if not is_null(c):
                fail(c)
        elif equals(&key, b"choices") or equals(&key, b"message"):
            fail(c)
        elif not read_mark(c, row, &key):
            skip(c)
    if not has_choices:
        fail(c)
    return has_choice


cdef void read_openai_delta_choice(Cursor* c, Row row) noexcept:
    cdef Span key, stop, other_stop
    cdef bint is_first = True, has_delta = False
    stop.is_there = other_stop.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if (equals(&key, b"delta") or equals(&key, b"message")) and not has_delta:  # Mistral and DeepSeek name it as in a whole response
            has_delta = True
            read_openai_delta(c, row)
        elif equals(&key, b"index"):
            if read_count(c) > 0:
                fail(c)
        elif equals(&key, b"finish_reason"):
            read_name(c, &stop)
        elif equals(&key, b"stop_reason"):
            read_name(c, &other_stop)
        elif equals(&key, b"message") or equals(&key, b"delta"):
            fail(c)
        else:
            skip(c)
    if not has_delta:
        fail(c)
    if not stop.is_there or not stop.size:
        stop = other_stop
    if stop.is_there and stop.size:
        row.stop = stop


cdef void read_openai_delta(Cursor* c, Row row) noexcept:
    cdef Span key, text, thought, other_thought
    cdef bint is_first = True
    text.is_there = thought.is_there = other_thought.is_there = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"content"):
            read_optional_string(c, &text)
        elif equals(&key, b"reasoning_content"):
            read_optional_string(c, &thought)
        elif equals(&key, b"reasoning"):
            read_optional_string(c, &other_thought)
        elif equals(&key, b"tool_calls"):
            if not is_null(c):
                fail(c)  # cut in pieces
        else:
            skip(c)
    if c.failed:
        return
    if text.is_there:
        append_text(&row.text, &text)
    if not thought.is_there or not thought.size:
        thought = other_thought
    if thought.is_there:
        append_text(&row.reasoning, &thought)
