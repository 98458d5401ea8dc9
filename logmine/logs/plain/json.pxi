# JSON read where it stands: a cursor that moves over values, and strings that are copied with or without their escapes.
#
# Whatever is not strict JSON, or not what is asked for, makes the cursor fail: it stands at the end then, every later step does nothing,
# and its reader asks once, when it is done. So no step needs a check of its own.

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy, strlen

cdef extern from "<string>" namespace "std":
    cppclass string:  # running out of memory unwinds the stack up to ``within_memory``, past functions that could not say so
        string& append(const char*)
        string& append(const char*, size_t)
        string& append(const string&)
        string& assign(const char*, size_t)
        void push_back(char)
        void clear()
        void swap(string&)
        void reserve(size_t) except +
        bint empty()
        size_t size()
        size_t capacity()
        const char* data()

cdef extern from "Python.h":
    double PyOS_string_to_double(const char* text, char** end, PyObject* overflow) except? -1.0

cdef enum:
    QUOTE = 34  # "
    COMMA = 44
    MINUS = 45
    SLASH = 47
    ZERO = 48
    NINE = 57
    COLON = 58
    BRACKET = 91  # [
    BACKSLASH = 92
    BRACKET_END = 93
    BRACE = 123  # {
    BRACE_END = 125

cdef enum:
    MAX_DIGITS = 18  # of a count: these fit 64 bits
    MAX_NUMBER = 300  # bytes: Python reads whole numbers of up to 4,300 digits, longer ones than this are rare enough for the long way

cdef enum Escapes:
    NO_ESCAPES
    SHORT_ESCAPES  # those that msgspec writes too
    ODD_ESCAPES  # \u and \/


cdef struct Cursor:
    const unsigned char* at
    const unsigned char* end
    int depth
    int max_depth
    bint failed


cdef struct Span:  # a JSON value as it stands; of a string, what is between its quotation marks
    const unsigned char* at
    Py_ssize_t size
    bint is_there  # not null
    Escapes escapes


cdef inline void fail(Cursor* c) noexcept:
    c.failed = True
    c.at = c.end


cdef inline unsigned char peek(Cursor* c) noexcept:
    """Move to the next byte that is no white space and return it; 0 at the end."""
    while c.at < c.end:
        if c.at[0] > 32:
            return c.at[0]
        if c.at[0] != 32 and c.at[0] != 9 and c.at[0] != 10 and c.at[0] != 13:
            fail(c)
            return 0
        c.at += 1
    return 0


cdef inline bint open_with(Cursor* c, unsigned char bracket) noexcept:
    """Move behind an opening bracket."""
    if peek(c) != bracket or c.depth == c.max_depth:
        fail(c)
        return False
    c.at += 1
    c.depth += 1
    return True


cdef inline bint next_element(Cursor* c, bint* is_first, unsigned char closing=BRACKET_END) noexcept:
    """Move to the next value of an array; False behind its last."""
    cdef unsigned char byte = peek(c)
    if byte == closing:
        c.at += 1
        c.depth -= 1
        return False
    if is_first[0] and byte != 0:
        is_first[0] = False
        return True
    if byte != COMMA:
        fail(c)
        return False
    c.at += 1
    if peek(c) == closing:
        fail(c)
    return not c.failed


cdef inline bint next_member(Cursor* c, bint* is_first, Span* key) noexcept:
    """Move to the value of the next member of an object, whose key is given; False behind its last."""
    if not next_element(c, is_first, BRACE_END):
        return False
    read_string(c, key)
    if key.escapes != NO_ESCAPES or peek(c) != COLON:
        fail(c)
        return False
    c.at += 1
    return True


cdef inline bint equals(Span* text, const char* other) noexcept:
    """Return whether a string stands there as ``other``; its length is known when this is compiled."""
    return <size_t> text.size == strlen(other) and memcmp(text.at, other, strlen(other)) == 0


cdef extern from *:
    """
    /* The first byte from `at` on that is a quotation mark, a backslash or a control character; `bits` takes those of the bytes before it. */
    #if defined(__SSE2__) || defined(_M_X64)
    #include <emmintrin.h>
    #ifdef _MSC_VER
    #include <intrin.h>
    #endif

    static const unsigned char* end_of_run(const unsigned char* at, const unsigned char* end, unsigned char* bits) {
        const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\\\'), last_control = _mm_set1_epi8(31);
        for (; end - at >= 16; at += 16) {
            const __m128i bytes = _mm_loadu_si128((const __m128i*) at);
            const __m128i stops = _mm_or_si128(
                _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes));
            const unsigned stop_mask = (unsigned) _mm_movemask_epi8(stops), high_mask = (unsigned) _mm_movemask_epi8(bytes);
            if (stop_mask) {
                unsigned n_before;
    #ifdef _MSC_VER
                unsigned long position;
                _BitScanForward(&position, stop_mask);
                n_before = position;
    #else
                n_before = (unsigned) __builtin_ctz(stop_mask);
    #endif
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
    """Move behind the escape of a code point, which is two where it is a surrogate pair; fails at half of a pair, which the long way mends."""
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


cdef inline bint is_literal(Cursor* c, const char* name) noexcept:
    """Move behind a literal if it stands here."""
    if peek(c) == name[0] and <size_t> (c.end - c.at) >= strlen(name) and memcmp(c.at, name, strlen(name)) == 0:
        c.at += strlen(name)
        return True
    return False


cdef inline bint is_null(Cursor* c) noexcept:
    return is_literal(c, b"null")


cdef inline void read_optional_string(Cursor* c, Span* text) noexcept:
    """Read a string, or null."""
    text.is_there = False
    if not is_null(c):
        read_string(c, text)


cdef inline void read_name(Cursor* c, Span* text) noexcept:
    """Read a string without escapes, or null."""
    read_optional_string(c, text)
    if text.is_there and text.escapes != NO_ESCAPES:
        fail(c)


cdef void skip_digits(Cursor* c) noexcept:
    if c.at == c.end or not ZERO <= c.at[0] <= NINE:
        fail(c)
    while c.at < c.end and ZERO <= c.at[0] <= NINE:
        c.at += 1


cdef void skip_number(Cursor* c) noexcept:
    cdef const unsigned char* start = c.at
    if c.at < c.end and c.at[0] == MINUS:
        c.at += 1
    if c.at < c.end and c.at[0] == ZERO:
        c.at += 1
    else:
        skip_digits(c)
    if c.at < c.end and c.at[0] == 46:  # .
        c.at += 1
        skip_digits(c)
    if c.at < c.end and (c.at[0] | 32) == 101:  # e
        c.at += 1
        if c.at < c.end and (c.at[0] == 43 or c.at[0] == MINUS):
            c.at += 1
        skip_digits(c)
    if c.at - start > MAX_NUMBER:
        fail(c)


cdef void skip(Cursor* c) noexcept:
    """Move behind a value, whatever it is."""
    cdef unsigned char byte = peek(c)
    cdef bint is_first = True
    cdef Span text
    if byte == QUOTE:
        read_string(c, &text)
    elif byte == BRACE:
        open_with(c, BRACE)
        while next_element(c, &is_first, BRACE_END):
            read_string(c, &text)
            if peek(c) != COLON:
                fail(c)
                return
            c.at += 1
            skip(c)
    elif byte == BRACKET:
        open_with(c, BRACKET)
        while next_element(c, &is_first):
            skip(c)
    elif byte == 116:
        if not is_literal(c, b"true"):
            fail(c)
    elif byte == 102:
        if not is_literal(c, b"false"):
            fail(c)
    elif byte == 110:
        if not is_null(c):
            fail(c)
    else:
        skip_number(c)


cdef inline void read_value(Cursor* c, Span* value) noexcept:
    """Read any value as it stands."""
    peek(c)
    value.at = c.at
    value.is_there = True
    skip(c)
    value.size = c.at - value.at


cdef int64_t read_count(Cursor* c) noexcept:
    """Read a whole number from 0 on, or null, which gives -1."""
    cdef int64_t count = 0
    cdef const unsigned char* start
    if is_null(c):
        return -1
    peek(c)
    start = c.at
    while c.at < c.end and ZERO <= c.at[0] <= NINE:
        if c.at - start == MAX_DIGITS:
            fail(c)
            return -1
        count = 10 * count + (c.at[0] - ZERO)
        c.at += 1
    if c.at == start or (c.at - start > 1 and start[0] == ZERO):
        fail(c)
    return count  # a fraction or an exponent fails at what must follow a value


cdef double read_number(Cursor* c, bint* is_there) noexcept:
    """Read a number within 1e300, or null."""
    cdef char digits[MAX_NUMBER + 1]
    cdef double number = 0
    cdef const unsigned char* start
    is_there[0] = not is_null(c)
    if not is_there[0]:
        return 0
    peek(c)
    start = c.at
    skip_number(c)
    if c.failed:
        return 0
    memcpy(digits, start, c.at - start)  # what is converted has to end with a zero byte
    digits[c.at - start] = 0
    try:
        number = PyOS_string_to_double(digits, NULL, NULL)
    except Exception:
        fail(c)
    if not -1e300 <= number <= 1e300:
        fail(c)
    return number + 0.0  # of two zeros the positive one


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
