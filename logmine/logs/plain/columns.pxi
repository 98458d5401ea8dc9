# Columns that grow in C++ and are handed to Arrow without a copy.


@cython.final
cdef class Memory:
    """Bytes that Arrow reads where they lie."""

    cdef string content

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        PyBuffer_FillInfo(buffer, self, <void*> self.content.data(), self.content.size(), 1, flags)


@cython.final
cdef class Texts:
    """A column of texts that grows."""

    cdef string content
    cdef vector[int32_t] ends
    cdef vector[uint8_t] flags  # 1: a text, 0: null

    cdef inline void end(self, bint is_there) except *:
        """End the text that was appended to ``content``; where none is there, none was."""
        self.ends.push_back(<int32_t> self.content.size())
        self.flags.push_back(is_there)

    cdef inline void append_name(self, Span* name) except *:
        """Append a string without escapes, or null."""
        if name.is_there:
            self.content.append(<const char*> name.at, name.size)
        self.end(name.is_there)

    cdef take(self):
        """Return the texts one behind the other, where each ends as int32, and whether each is there as uint8; the column is empty then."""
        cdef Memory memory = Memory()
        cdef size_t capacity = self.content.capacity()
        memory.content.swap(self.content)
        self.content.reserve(capacity)
        ends = PyBytes_FromStringAndSize(<const char*> self.ends.data(), self.ends.size() * sizeof(int32_t))
        flags = PyBytes_FromStringAndSize(<const char*> self.flags.data(), self.flags.size())
        self.ends.clear()
        self.flags.clear()
        return memory, ends, flags


cdef bytes taken(vector[int64_t]* numbers):
    """Return a column of whole numbers as int64; it is empty then."""
    cdef bytes copied = PyBytes_FromStringAndSize(<const char*> numbers.data(), numbers.size() * sizeof(int64_t))
    numbers.clear()
    return copied
