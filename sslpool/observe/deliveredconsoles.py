# -*- test-case-name: tests.observe.test_deliveredconsoles -*-
"""
The consoles of a stack, of its agent and of its servers, in one directory.  Lives in the stack process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from twisted.logger import Logger
from zope.interface import implementer

from sslpool.interfaces import IConsoles
from sslpool.messages import operatorError
from sslpool.observe.bounded import Bounds
from sslpool.observe.console import ConsoleFile
from sslpool.observe.linefile import makeDirectory
from sslpool.observe.logs import Entry, ILog
from sslpool.observe.remarks import Remarks

PART = 32 * 1024
"""
The most octets of a closed console that are read at once.
"""


AUDIT = "SSLP412I"
"""
The message about what an administrator did.  It is on the stack's console: one that is closed
would otherwise always have a line again, that it was closed.
"""


@implementer(ILog, IConsoles)
class Consoles:
    """
    All consoles: the stack's has everything but what servers write there themselves, a server's and the
    agent's have what is about them, and what they write there.

    @param directory: where they are; made where it is missing.
    @param stack: the stack's userid.
    @param owner: to whom closed consoles are delivered: the directory of that name.
    @param stamp: C{:timestamp.}: C{ON}, lines begin with the time of day, C{MS}, with milliseconds, or C{OFF}.
    @raise OperatorError: the directory cannot be used.
    """

    log = Logger()

    def __init__(
        self,
        directory: str,
        stack: str,
        owner: str,
        bounds: Bounds,
        stamp: str = "ON",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.directory = directory
        self._stack = stack
        self._owner = owner
        self._bounds = bounds
        self._stamp = stamp
        self._now = now
        self._consoles: dict[str, ConsoleFile] = {}
        self._remarks = Remarks()
        try:
            makeDirectory(directory)
        except OSError as error:
            raise operatorError("SSLP633E", path=directory, reason=error.strerror or error) from error

    def write(self, entries: Sequence[Entry]) -> None:
        lines: dict[str, list[tuple[float, str]]] = {}
        for entry in entries:
            if not entry.traced:
                lines.setdefault(self._stack, []).append((entry.when, entry.text))
            if entry.server and entry.messageId != AUDIT:
                lines.setdefault(entry.server, []).append((entry.when, entry.text))
        for userid, each in lines.items():
            console = self._of(userid)
            console.write(each)
            self._remarks.about(console.file.condition, self.log)

    def reopen(self) -> None:
        for console in self._consoles.values():
            console.file.reopen()
            self._remarks.about(console.file.condition, self.log)

    def deliver(self, userid: str) -> tuple[str, int] | None:
        console = self._of(userid)
        if _isEmpty(console.path):
            if lines := console.giveUp():
                raise operatorError("SSLP189E", server=userid, lines=lines, path=console.path)
            return None
        try:
            return console.deliver(self._owner, self._now())
        except OSError as error:
            raise operatorError("SSLP633E", path=console.path, reason=error.strerror or error) from error

    def last(self, userid: str) -> str:
        delivered = self._of(userid).delivered
        return delivered[-1] if delivered and all(map(os.path.exists, delivered)) else ""

    def read(self, userid: str, offset: int) -> str:
        try:
            octets = _part(self._of(userid).delivered, offset)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise operatorError("SSLP633E", path=error.filename, reason=error.strerror or error) from error
        end = octets.rfind(b"\n") + 1
        return octets[: end or len(octets)].decode("utf-8", "replace")

    def close(self) -> None:
        for console in self._consoles.values():
            console.close()

    def _of(self, userid: str) -> ConsoleFile:
        if userid not in self._consoles:
            self._consoles[userid] = ConsoleFile(self.directory, userid, self._bounds, self._stamp)
        return self._consoles[userid]


def _isEmpty(path: str) -> bool:
    """
    Whether a file has nothing, or is not there.
    """
    try:
        return not os.path.getsize(path)
    except OSError:
        return True


def _part(paths: Sequence[str], offset: int) -> bytes:
    """
    Return at most L{PART} octets from C{offset} of files that follow each other.
    """
    octets = b""
    for path in paths:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if offset < size:
                file.seek(offset)
                octets += file.read(PART - len(octets))
            offset = max(0, offset - size)
        if len(octets) >= PART:
            break
    return octets
