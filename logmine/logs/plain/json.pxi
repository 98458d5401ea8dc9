# JSON read where it stands: a cursor that moves over values, and strings that are copied with or without their escapes.
#
# Whatever is not strict JSON, or not what is asked for, makes the cursor fail: it stands at the end then, every later step does nothing,
# and its reader asks once, when it is done. So no step needs a check of its own.

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy, strlen

cdef extern from "<string>" namespace "std":
    cppclass string:  # without ``except +``: a function that cannot raise would go on without its text; so, out of memory, the process ends
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
    MAX_NUMBER = 300  # bytes: Python reads whole numbers of up to 4,300 digits, longer ones than this are rare enough for the general way

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
