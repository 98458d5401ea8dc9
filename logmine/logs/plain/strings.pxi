# Strings of JSON: found by vector instructions, checked, and copied with or without their escapes.


cdef extern from *:
    """
    /* The first byte from `at` on that is a quotation mark, a backslash or a control character; `bits` takes those of the bytes before it. */
    #if defined(__SSE2__)
    #include <emmintrin.h>

    static const unsigned char* end_of_run(const unsigned char* at, const unsigned char* end, unsigned char* bits) {
        const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\\\'), last_control = _mm_set1_epi8(31);
        for (; end - at >= 16; at += 16) {
            const __m128i bytes = _mm_loadu_si128((const __m128i*) at);
            const __m128i stops = _mm_or_si128(
                _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes));
            const unsigned stop_mask = (unsigned) _mm_movemask_epi8(stops), high_mask = (unsigned) _mm_movemask_epi8(bytes);
            if (stop_mask) {
                const unsigned n_before = (unsigned) __builtin_ctz(stop_mask);
                if (high_mask & ((1u << n_before) - 1)) *bits |= 0x80;
                return at + n_before;
            }
            if (high_mask) *bits |= 0x80;
        }
        for (; at < end && *at != '"' && *at != '\\\\' && *at >= 32; at++) *bits |= *at;
        return at;
    }
    #else
    static const unsigned char* end_of_run(const unsigned char* at, const unsigned char* end, unsigned char* bits) {
        for (; at < end && *at != '"' && *at != '\\\\' && *at >= 32; at++) *bits |= *at;
        return at;
    }
    #endif
    """
    const unsigned char* end_of_run(const unsigned char* at, const unsigned char* end, unsigned char* bits) noexcept


cdef inline bint is_hex(unsigned char byte) noexcept:
    return ZERO <= byte <= NINE or 97 <= (byte | 32) <= 102


cdef inline uint32_t hex_value(const unsigned char* at) noexcept:
    cdef uint32_t value = 0
    cdef int i
    for i in range(4):
        value = 16 * value + (at[i] - ZERO if at[i] <= NINE else (at[i] | 32) - 87)
    return value


cdef inline bint is_unit(const unsigned char* at, const unsigned char* end) noexcept:
    """Return whether an escape with four hexadecimal digits stands at ``at``."""
    return end - at >= 6 and at[0] == BACKSLASH and at[1] == 117 and is_hex(at[2]) and is_hex(at[3]) and is_hex(at[4]) and is_hex(at[5])


cdef void skip_code_point(Cursor* c) noexcept:
    """Move behind the escape of a code point, which is two where it is a surrogate pair; fails at half of a pair, which the general way mends."""
    cdef uint32_t code
    if not is_unit(c.at, c.end):
        fail(c)
        return
    code = hex_value(c.at + 2)
    c.at += 6
    if 0xD800 <= code < 0xE000:
        if code >= 0xDC00 or not is_unit(c.at, c.end) or not 0xDC00 <= hex_value(c.at + 2) < 0xE000:
            fail(c)
            return
        c.at += 6


cdef void skip_escape(Cursor* c, Span* text) noexcept:
    """Move behind an escape."""
    cdef unsigned char kind = c.at[1] if c.end - c.at > 1 else 0
    if kind == QUOTE or kind == BACKSLASH or kind == 110 or kind == 116 or kind == 114 or kind == 98 or kind == 102:  # n t r b f
        if text.escapes == NO_ESCAPES:
            text.escapes = SHORT_ESCAPES
        c.at += 2
    elif kind == SLASH:
        text.escapes = ODD_ESCAPES
        c.at += 2
    elif kind == 117:  # u
        text.escapes = ODD_ESCAPES
        skip_code_point(c)
    else:
        fail(c)


cdef inline const unsigned char* end_of_ascii(const unsigned char* at, const unsigned char* end) noexcept:
    """Return the first byte from ``at`` on that is not ASCII."""
    cdef uint64_t eight
    while end - at >= 8:
        memcpy(&eight, at, 8)
        if eight & 0x8080808080808080ULL:
            break
        at += 8
    while at < end and at[0] < 0x80:
        at += 1
    return at


cdef bint is_utf8(const unsigned char* at, Py_ssize_t size) noexcept:
    """Return whether bytes are UTF-8: no form that is too long, no half of a surrogate pair, nothing beyond U+10FFFF (RFC 3629, section 4)."""
    cdef const unsigned char* end = at + size
    cdef unsigned char low, high
    cdef int n_more, i
    while at < end:
        if at[0] < 0x80:
            at = end_of_ascii(at + 1, end)
            continue
        low, high = 0x80, 0xBF
        if 0xC2 <= at[0] <= 0xDF:
            n_more = 1
        elif 0xE0 <= at[0] <= 0xEF:
            n_more = 2
            if at[0] == 0xE0:
                low = 0xA0
            elif at[0] == 0xED:
                high = 0x9F
        elif 0xF0 <= at[0] <= 0xF4:
            n_more = 3
            if at[0] == 0xF0:
                low = 0x90
            elif at[0] == 0xF4:
                high = 0x8F
        else:
            return False
        if end - at <= n_more or not low <= at[1] <= high:
            return False
        for i in range(2, n_more + 1):
            if at[i] & 0xC0 != 0x80:
                return False
        at += n_more + 1
    return True


cdef void read_string(Cursor* c, Span* text) noexcept:
    """Read a string."""
    cdef unsigned char bits = 0
    text.escapes = NO_ESCAPES
    text.is_there = True
    text.size = 0
    if peek(c) != QUOTE:
        fail(c)
        return
    c.at += 1
    text.at = c.at
    while True:
        c.at = end_of_run(c.at, c.end, &bits)
        if c.at == c.end:
            fail(c)
            return
        if c.at[0] == QUOTE:
            break
        if c.at[0] != BACKSLASH:
            fail(c)  # a control character
            return
        skip_escape(c, text)
        if c.failed:
            return
    text.size = c.at - text.at
    c.at += 1
    if bits & 0x80 and not is_utf8(text.at, text.size):
        fail(c)


cdef void append_code_point(string* out, uint32_t code) noexcept:
    """Append a code point as UTF-8."""
    if code < 0x80:
        out.push_back(<char> code)
    elif code < 0x800:
        out.push_back(<char> (0xC0 | code >> 6))
        out.push_back(<char> (0x80 | code & 0x3F))
    elif code < 0x10000:
        out.push_back(<char> (0xE0 | code >> 12))
        out.push_back(<char> (0x80 | code >> 6 & 0x3F))
        out.push_back(<char> (0x80 | code & 0x3F))
    else:
        out.push_back(<char> (0xF0 | code >> 18))
        out.push_back(<char> (0x80 | code >> 12 & 0x3F))
        out.push_back(<char> (0x80 | code >> 6 & 0x3F))
        out.push_back(<char> (0x80 | code & 0x3F))


cdef void append_escaped(string* out, uint32_t code) noexcept:
    """Append an ASCII character as msgspec writes it in JSON."""
    cdef const char* digits = b"0123456789abcdef"
    cdef const char* shorts = b"btn\0fr"  # from 8 on
    if code == QUOTE or code == BACKSLASH:
        out.push_back(BACKSLASH)
        out.push_back(<char> code)
    elif code >= 32:
        out.push_back(<char> code)
    elif 8 <= code <= 13 and code != 11:
        out.push_back(BACKSLASH)
        out.push_back(shorts[code - 8])
    else:
        out.append(b"\\u00", 4)
        out.push_back(digits[code >> 4])
        out.push_back(digits[code & 15])


cdef const unsigned char* append_escape(string* out, const unsigned char* at, bint as_json) noexcept:
    """Append the character that the escape at ``at`` stands for, and return where the next one stands."""
    cdef uint32_t code
    cdef unsigned char kind = at[1]
    if kind == 117:
        code = hex_value(at + 2)
        at += 6
        if 0xD800 <= code < 0xE000:
            code = 0x10000 + ((code - 0xD800) << 10) + (hex_value(at + 2) - 0xDC00)
            at += 6
    else:
        at += 2
        code = 10 if kind == 110 else 9 if kind == 116 else 13 if kind == 114 else 8 if kind == 98 else 12 if kind == 102 else kind
    if as_json and code < 0x80:
        append_escaped(out, code)
    else:
        append_code_point(out, code)
    return at


cdef void append_unescaped(string* out, Span* text, bint as_json) noexcept:
    cdef const unsigned char* at = text.at
    cdef const unsigned char* end = text.at + text.size
    cdef const unsigned char* escape
    while at < end:
        escape = <const unsigned char*> memchr(at, BACKSLASH, end - at)
        if escape == NULL:
            escape = end
        out.append(<const char*> at, escape - at)
        at = append_escape(out, escape, as_json) if escape < end else end


cdef inline void append_text(string* out, Span* text) noexcept:
    """Append a string as the text that it is."""
    if text.escapes == NO_ESCAPES:
        out.append(<const char*> text.at, text.size)
    else:
        append_unescaped(out, text, False)


cdef inline void append_json(string* out, Span* text) noexcept:
    """Append a string, without its quotation marks, as msgspec writes it in JSON."""
    if text.escapes != ODD_ESCAPES:
        out.append(<const char*> text.at, text.size)
    else:
        append_unescaped(out, text, True)


cdef bint begins_with_tag(string* text) noexcept:
    """Return whether a text may begin with reasoning in tags, behind white space of any kind."""
    cdef const unsigned char* at = <const unsigned char*> text.data()
    cdef const unsigned char* end = at + text.size()
    while at < end and (at[0] <= 32):
        at += 1
    if at == end:
        return False
    if at[0] == 60:  # <
        return any_at(at, end, b"<reasoning>") or any_at(at, end, b"<thinking>") or any_at(at, end, b"<think>")
    return is_wide_space(at, end)


cdef bint is_wide_space(const unsigned char* at, const unsigned char* end) noexcept:
    """Return whether white space beyond ASCII stands here, as Python's ``str.isspace`` counts it."""
    if end - at < 3:
        return end - at == 2 and at[0] == 0xC2 and (at[1] == 0x85 or at[1] == 0xA0)
    if at[0] == 0xC2:
        return at[1] == 0x85 or at[1] == 0xA0
    if at[0] == 0xE2 and at[1] == 0x80:
        return at[2] <= 0x8A or at[2] == 0xA8 or at[2] == 0xA9 or at[2] == 0xAF
    return any_at(at, end, b"\xe1\x9a\x80") or any_at(at, end, b"\xe2\x81\x9f") or any_at(at, end, b"\xe3\x80\x80")


cdef inline bint any_at(const unsigned char* at, const unsigned char* end, const char* text) noexcept:
    return <size_t> (end - at) >= strlen(text) and memcmp(at, text, strlen(text)) == 0
