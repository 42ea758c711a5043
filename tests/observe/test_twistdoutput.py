"""
Tests for L{sslpool.observe.twistdoutput}.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import cast

from twisted.logger import ILogObserver, Logger, LogPublisher, textFileLogObserver
from twisted.trial.unittest import SynchronousTestCase

from sslpool.observe import twistdoutput
from sslpool.observe.twistdoutput import PIECE, Output, spareReaders


class OutputTests(SynchronousTestCase):
    """
    L{Output} waits for nobody.
    """

    def setUp(self) -> None:
        """
        Have a pipe.
        """
        self.patch(twistdoutput, "PIPE_TIMEOUT", 1)
        self.reading, self.writing = os.pipe()
        self.addCleanup(os.close, self.writing)
        self.addCleanup(self.leave)

    def leave(self) -> None:
        """
        Read no more.
        """
        if self.reading >= 0:
            os.close(self.reading)
            self.reading = -1

    def read(self) -> str:
        """
        Read everything.
        """
        os.set_blocking(self.reading, False)
        octets = b""
        while True:
            try:
                octets += os.read(self.reading, 65536)
            except BlockingIOError:
                return octets.decode()

    def fill(self, output: Output) -> int:
        """
        Write until there is no room, and return how many lines there were.
        """
        for number in range(100000):
            try:
                output.write("a line\n")
            except BlockingIOError as error:
                self.assertEqual(error.errno, errno.EAGAIN)
                return number
        return -1

    def test_write(self) -> None:
        """
        What is read is all that was written, also where that is long.
        """
        output = Output(self.writing)
        text = "é" * PIECE + "\n"
        output.write(text)
        output.flush()
        self.assertEqual(self.read(), text)

    def test_hangs(self) -> None:
        """
        A reader who hangs costs lines, and gets those that come when he reads again.
        """
        output = Output(self.writing)
        count = self.fill(output)
        self.assertGreater(count, 100)
        self.assertRaises(BlockingIOError, output.write, "lost\n")
        self.assertEqual(self.read(), "a line\n" * count)
        output.write("again\n")
        self.assertEqual(self.read(), "again\n")

    def test_torn(self) -> None:
        """
        After a line that came in part the next one begins on a line of its own.
        """
        output = Output(self.writing)
        self.assertRaises(BlockingIOError, output.write, "x" * 1024 * 1024 + "\n")
        before = self.read()
        output.write("again\n")
        self.assertEqual((set(before), self.read()), ({"x"}, "\nagain\n"))

    def test_gone(self) -> None:
        """
        A reader who has gone is an error at once.
        """
        self.leave()
        self.assertRaises(BrokenPipeError, Output(self.writing).write, "a line\n")

    def publish(self, descriptor: int) -> tuple[LogPublisher, object]:
        """
        Return a publisher that logs to a descriptor as twistd does, beside another observer; and what is written to.
        """
        file = os.fdopen(os.dup(descriptor), "w")
        self.addCleanup(file.close)
        observer = textFileLogObserver(file)
        publisher = LogPublisher(cast(ILogObserver, lambda event: None), observer)
        spareReaders(publisher)
        return publisher, observer._outFile

    def test_spare(self) -> None:
        """
        Pipes, sockets and terminals have somebody who reads them; files are left as they are.
        """
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        for descriptor in (terminal := os.openpty()):
            self.addCleanup(os.close, descriptor)
        for descriptor in (self.writing, ours.fileno(), terminal[1]):
            self.assertIsInstance(self.publish(descriptor)[1], Output)
        Logger(observer=self.publish(self.writing)[0]).info("said")
        self.assertIn("said\n", self.read())
        file = os.open(self.mktemp(), os.O_WRONLY | os.O_CREAT)
        self.addCleanup(os.close, file)
        self.assertNotIsInstance(self.publish(file)[1], Output)
