# -*- test-case-name: tests.commands.test_invocation -*-
"""
Where reports go: a pipe, a file, or a terminal whose picture is renewed in place.  Used by the commands.
"""

from __future__ import annotations

import os
import sys
import time
from shutil import get_terminal_size
from typing import TextIO

from attrs import define, field

from sslpool.commands.command import Report
from sslpool.commands.guidance import syntaxLines
from sslpool.commands.outcome import exitCode, failureJson
from sslpool.commands.syntax import Misuse
from sslpool.messages import OperatorError
from sslpool.wire import serial

_BEGIN = "\x1b[?25l\x1b[H\x1b[2J"
_HOME = "\x1b[H"
_REST_OF_LINE = "\x1b[K"
_REST_OF_SCREEN = "\x1b[J"
_CURSOR = "\x1b[?25h"


@define
class Terminal:
    """
    Where reports go.

    @ivar output: for reports.
    @ivar error: for messages.
    """

    output: TextIO = field(factory=lambda: sys.stdout)
    error: TextIO = field(factory=lambda: sys.stderr)
    _pictured: bool = field(default=False, init=False)

    def show(self, report: Report, json: bool, monitor: int | None) -> None:
        """
        Write a report; one that MONITOR repeats takes the place of the last where
        there is a screen, and is set off from it where there is none.

        @param json: it is to be JSON, one document for each line where it is repeated.
        @param monitor: seconds to the next one, or C{None}.
        """
        if json:
            text = serial.toJson(report.value, 2 if monitor is None else None) + "\n"
        elif monitor is None:
            text = "".join(f"{line}\n" for line in report.lines)
        elif self._isScreen():
            text = self._picture(report, monitor)
        else:
            text = "".join(f"{line}\n" for line in (*report.lines, *report.errors, ""))
        self.output.write(text)
        self.output.flush()
        if json or monitor is None:
            for message in report.errors:
                print(message, file=self.error, flush=True)

    def complain(self, error: OperatorError, json: bool = False, monitor: int | None = None) -> int:
        """
        Write an error, how the command would be right, and what to do about it; return the exit code.

        @param json: a program reads the output: it gets a document, too.
        @param monitor: as for L{show}.
        """
        self.finish()
        if json:
            self.output.write(failureJson(error.said, 2 if monitor is None else None) + "\n")
            self.output.flush()
        print(error.said, file=self.error)
        if isinstance(error, Misuse):
            for line in syntaxLines(error.syntax):
                print(line, file=self.error)
        print(f"  {error.said.message.action}", file=self.error, flush=True)
        return exitCode(error)

    def finish(self) -> None:
        """
        Leave the screen as it is usual.
        """
        if self._pictured:
            self._pictured = False
            self.output.write(f"\n{_CURSOR}")
            self.output.flush()

    def _isScreen(self) -> bool:
        """
        Return whether the output is a terminal that moves its cursor.
        """
        return self.output.isatty() and os.environ.get("TERM", "") not in ("", "dumb")

    def _picture(self, report: Report, monitor: int) -> str:
        """
        Return what renews the picture: line by line over the last one, so that nothing flickers, and no more than fits.
        """
        size = get_terminal_size()
        clock = time.strftime("%H:%M:%S")
        head = f"{clock}  every {monitor} s, Ctrl-C ends"
        room = max(size.lines - 3, 1)
        lines = [*report.errors, *report.lines]
        hidden = len(lines) - room
        shown = lines if hidden <= 0 else [*lines[: room - 1], f"({hidden + 1} more lines)"]
        begin = _HOME if self._pictured else _BEGIN
        self._pictured = True
        rows = [str(row)[: size.columns - 1] for row in (head, "", *shown)]
        return begin + "\n".join(row + _REST_OF_LINE for row in rows) + _REST_OF_SCREEN
