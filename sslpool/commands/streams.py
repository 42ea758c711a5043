# -*- test-case-name: tests.commands.test_entry -*-
"""
The standard streams of a program: all three are there, and what cannot be written ends
the program with a message instead of a traceback.  In the process of each program.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, cast

from sslpool.commands.outcome import FAILED
from sslpool.messages import said


class OutputLost(OSError):
    """
    Standard output cannot be written: nobody reads it any more, or there is no room.

    @ivar carriedOut: what the program was to change has been changed.
    """

    carriedOut = False


@contextmanager
def carriedOut(changed: bool = True) -> Iterator[None]:
    """
    Write the result of a command; where that is lost, the message says that the command was carried out.

    @param changed: it is a command that has changed something.
    @raise OutputLost: it cannot be written.
    """
    try:
        yield
    except OutputLost as lost:
        lost.carriedOut = changed
        raise


class _Stream(io.TextIOWrapper):
    """
    A stream in the place of another, to which nothing has been written yet.  A path or label may have
    characters that the encoding has not: they are shown by their numbers.

    @param stream: the other one.
    @param buffered: what is written waits until it is flushed, be it so for the other one or not.
    """

    def __init__(self, stream: io.TextIOWrapper, buffered: bool = False) -> None:
        super().__init__(
            stream.buffer,
            stream.encoding,
            "backslashreplace",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through and not buffered,
        )
        # It would close the file when nobody has it any more.
        self._stream = stream


class Output(_Stream):
    """
    Standard output.  An answer is written at once, not word by word: a reader of its first line only, such as
    C{head -1}, ends behind it, and nothing is lost.
    """

    def write(self, text: str) -> int:
        """
        @raise OutputLost: it cannot be written.
        """
        try:
            return super().write(text)
        except OSError as error:
            raise OutputLost(error.errno, error.strerror) from error

    def flush(self) -> None:
        """
        @raise OutputLost: it cannot be written.
        """
        try:
            super().flush()
        except OSError as error:
            raise OutputLost(error.errno, error.strerror) from error


class ErrorOutput(_Stream):
    """
    Standard error.  Where it cannot be written there is nobody to tell; the exit code says it all the same.
    """

    def write(self, text: str) -> int:
        """
        Write what can be written.
        """
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """
        Write what can be written.
        """
        with suppress(OSError):
            super().flush()


def conclude(program: Callable[[], int]) -> int:
    """
    Have a program do its work, and all of its output written.

    @return: the exit code.
    """
    _openMissing()
    sys.stdout = Output(cast(io.TextIOWrapper, sys.stdout), buffered=True)
    sys.stderr = ErrorOutput(cast(io.TextIOWrapper, sys.stderr))
    try:
        try:
            return program()
        finally:
            # What --help has written waits in the buffer.
            sys.stdout.flush()
    except OutputLost as lost:
        _discard(sys.stdout)
        if lost.errno != errno.EPIPE:
            print(said("SSLP480E" if lost.carriedOut else "SSLP470E", reason=lost.strerror), file=sys.stderr)
        return FAILED


def _openMissing() -> None:
    """
    Open streams that the shell has closed: no file may get their descriptors.  They are for reading,
    so that nothing can be written there.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDONLY)
            if null != descriptor:
                os.dup2(null, descriptor)
                os.close(null)
            setattr(sys, name, open(descriptor, "w" if descriptor else "r", closefd=False))  # noqa: SIM115


def _discard(stream: TextIO) -> None:
    """
    Have nothing written at exit either.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
