"""
Tests for L{sslpool.starttls.linebuffer}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.starttls.linebuffer import LineBuffer


class LineBufferTests(SynchronousTestCase):
    """
    A stream in its parts.
    """

    def test_lines(self) -> None:
        """
        A line is there when its end is.
        """
        lines = LineBuffer()
        lines.feed(b"a\r")
        self.assertIsNone(lines.takeLine())
        lines.feed(b"\nb\nc")
        self.assertEqual([lines.takeLine(), lines.takeLine(), lines.takeLine()], [b"a\r\n", b"b\n", None])
        self.assertEqual((len(lines), lines.takeAll()), (1, b"c"))

    def test_tooLong(self) -> None:
        """
        A line may have its limit, and no octet more; what follows a line does not count.
        """
        for octets, expected in [(b"x" * 10, False), (b"x" * 11, True), (b"x" * 9 + b"\n" + b"y" * 99, False)]:
            lines = LineBuffer(10)
            lines.feed(octets)
            self.assertIs(lines.tooLong, expected, octets)

    @given(st.lists(st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"x", b".\r\n"]), max_size=12), st.data())
    def test_text(self, parts: list[bytes], data: st.DataObject) -> None:
        """
        A text ends with the first line of one dot, however it comes in pieces.
        """
        octets = b"".join(parts)
        whole = b"\r\n" + octets + b"\r\n.\r\n"
        end = whole.index(b"\n.\r\n") + 4 - 2
        stream = octets + b"\r\n.\r\n" + b"rest"
        lines, text, ended = LineBuffer(), b"", False
        lines.begin()
        while not ended:
            size = data.draw(st.integers(1, 4))
            lines.feed(stream[:size])
            stream = stream[size:]
            piece, ended = lines.takeText()
            text += piece
        self.assertEqual(text, whole[2:][:end])
