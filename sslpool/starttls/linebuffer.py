# -*- test-case-name: tests.starttls.test_linebuffer -*-
"""
A stream cut into lines, counted octets and dot-terminated texts.  Pure; used in the servers.
"""

from __future__ import annotations

LONGEST = 16384
"""
The most octets in a line: more than any command of mail or news has (RFC 4954 section 4.5).
"""


class LineBuffer:
    """
    What came from one side and has not been taken yet.

    @param limit: the most octets in a line.
    """

    def __init__(self, limit: int = LONGEST) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0
        self._fresh = True

    def feed(self, octets: bytes) -> None:
        """
        More has come.
        """
        self._buffer += octets

    def __len__(self) -> int:
        return len(self._buffer)

    def takeLine(self) -> bytes | None:
        """
        Return the next line with its end, or C{None} where it has not come yet.
        """
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            return None
        return self._take(end + 1)

    @property
    def tooLong(self) -> bool:
        """
        The next line is longer than lines may be.
        """
        if len(self._buffer) <= self._limit:
            return False
        return self._buffer.find(b"\n", 0, self._limit) < 0

    def takeOctets(self, most: int) -> bytes:
        """
        Return at most so many octets, whatever they are.
        """
        return self._take(min(most, len(self._buffer)))

    def takeAll(self) -> bytes:
        """
        Return what is there.
        """
        return self._take(len(self._buffer))

    def takeText(self) -> tuple[bytes, bool]:
        """
        Return what is there of a text that ends with a line of one dot, and whether that was its end.
        """
        buffer = self._buffer
        if self._fresh and buffer[:3] == b".\r\n":
            return self._take(3), True
        end = buffer.find(b"\n.\r\n")
        if end >= 0:
            return self._take(end + 4), True
        if self._fresh and b".\r\n".startswith(bytes(buffer)):
            return b"", False
        kept = next((length for length in (3, 2, 1) if buffer.endswith(b"\n.\r\n"[:length])), 0)
        return self._take(len(buffer) - kept, begins=False), False

    def begin(self) -> None:
        """
        A text begins: what comes next is the first of a line.
        """
        self._fresh = True

    def _take(self, length: int, begins: bool = True) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._searched = 0
        if length:
            self._fresh = begins
        return taken
