# The envelope of a record, and the way to the readers of its bodies.

FAMILIES = {
    "anthropic_messages": <int> ANTHROPIC_MESSAGES,
    "converse": <int> CONVERSE,
    "nova": <int> CONVERSE,
    "openai_chat": <int> OPENAI_CHAT,
    "llama": <int> LLAMA,
}


cdef void read_record(Cursor* c, Row row) except *:
    """Read a record; operation and model stand before its bodies, as they always do."""
    cdef Span key
    cdef bint is_first = True, has_input = False, has_output = False
    open_with(c, BRACE)
    while next_member(c, &is_first, &key):
        if equals(&key, b"input") and not has_input:
            has_input = True
            read_input(c, row)
        elif equals(&key, b"output") and has_input and not has_output:
            has_output = True
            read_output(c, row)
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


cdef void read_input(Cursor* c, Row row) except *:
    """Read the request and what was counted of it."""
    cdef Span key, path
    cdef bint is_first = True, has_body = False
    find_family(c, row)
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
            row.counts[LOGGED_INPUT_TOKENS] = read_count(c)
        elif equals(&key, b"cacheReadInputTokenCount"):
            row.counts[LOGGED_CACHE_READ_TOKENS] = read_count(c)
        elif equals(&key, b"cacheWriteInputTokenCount"):
            row.counts[LOGGED_CACHE_WRITE_TOKENS] = read_count(c)
        elif equals(&key, b"inputBodyS3Path"):
            read_optional_string(c, &path)
        elif equals(&key, b"inputBodyJson"):
            fail(c)
        else:
            skip(c)
    if not has_body:
        fail(c)


cdef void find_family(Cursor* c, Row row) except *:
    """Find the family that operation and model lead to."""
    cdef int family
    if c.failed:
        return
    named = (
        bytes_of(&row.operation) if row.operation.is_there else None,
        bytes_of(&row.model_id) if row.model_id.is_there else None,
    )
    found = row.families.get(named)
    if found is None:
        if len(row.families) == MAX_NAMES:
            row.families.clear()
        found = row.families[named] = row.family_of(*named)
    name, row.hints_nova = found
    family = FAMILIES.get(name, NO_FAMILY)
    row.family = <Family> family
    if row.family == NO_FAMILY:
        fail(c)


cdef void read_output(Cursor* c, Row row) noexcept:
    """Read the response and what was counted of it."""
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
            row.counts[LOGGED_OUTPUT_TOKENS] = read_count(c)
        elif equals(&key, b"outputBodyS3Path"):
            read_optional_string(c, &path)
        elif equals(&key, b"outputBodyJson"):
            fail(c)
        else:
            skip(c)
    if not has_body:
        fail(c)


cdef inline bytes bytes_of(Span* text):
    return PyBytes_FromStringAndSize(<const char*> text.at, text.size)


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
