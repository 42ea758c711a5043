# -*- test-case-name: tests.observe.test_consoles -*-
"""
One console: a file of lines with the time of day, and a banner where a date
begins, as on z/VM.  Lives in the stack process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from sslpool.observe.bounded import BoundedFile, Bounds
from sslpool.observe.linefile import makeDirectory

DELIVERED = 20
"""
How many closed consoles of a server are kept; the oldest goes.
"""


class ConsoleFile:
    """
    The console of the stack or of a server.

    @ivar path: the file's path.
    @ivar count: lines since it was opened, or closed for the last time.
    @ivar delivered: the files of the console that was closed last, the oldest first.
    @ivar file: the file.
    @param directory: where its file is.
    @param userid: whose it is.
    @param stamped: lines begin with the time.
    """

    def __init__(self, directory: str, userid: str, bounds: Bounds, stamped: bool = True) -> None:
        self.userid = userid
        self._directory = directory
        self.file = BoundedFile(os.path.join(directory, f"{userid}.console"), bounds)
        self.path = self.file.path
        self._stamped = stamped
        self._date = ""
        self.count = 0
        self.delivered: list[str] = []

    def write(self, lines: Iterable[tuple[float, str]]) -> bool:
        """
        Write lines with their times, in seconds since the epoch; C{False} where
        that was not possible.
        """
        text, count = [], 0
        for when, line in lines:
            local = time.localtime(when)
            date = time.strftime("%A %Y-%m-%d %Z", local)
            if date != self._date:
                self._date = date
                text.append(_banner(self.userid, date))
            stamp = time.strftime("%H:%M:%S ", local) if self._stamped else ""
            text.extend(f"{stamp}{part}\n" for part in line.splitlines() or ("",))
            count += 1
        whole = "".join(text)
        banner = _banner(self.userid, self._date)
        if self.file.begins(whole) and not whole.startswith(banner):
            whole = banner + whole
        written = self.file.write(whole)
        if written:
            self.count += count
        else:
            self._date = ""  # the banner may be lost as well
        return written

    def deliver(self, owner: str, now: float) -> tuple[str, int]:
        """
        Close the console, hand it to C{owner}, and begin another.  Return where it
        is now, and how many lines were written since the last time.

        What rotation has put aside since then goes with it, under its own name.

        @raise OSError: it cannot be moved.
        """
        self.file.close()
        folder = os.path.join(self._directory, owner)
        makeDirectory(folder)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
        _trim(folder, f"{self.userid}.")
        target = _unused(os.path.join(folder, f"{self.userid}.{stamp}.console"))
        os.rename(self.path, target)
        self.delivered = [target]
        for number in range(1, 1 + _numbered(self.path)):
            os.rename(f"{self.path}.{number}", f"{target}.{number}")
            self.delivered.insert(0, f"{target}.{number}")
        count, self.count, self._date = self.count, 0, ""
        self.file.forget()
        return target, count

    def close(self) -> None:
        """
        Let go of the file.
        """
        self.file.close()


def _banner(userid: str, date: str) -> str:
    return f"******** Console of {userid}, {date} ********\n"


def _unused(path: str) -> str:
    """
    Return a path like this one that does not exist.
    """
    found, number = path, 1
    while os.path.lexists(found):
        number += 1
        found = f"{path.removesuffix('.console')}-{number}.console"
    return found


def _numbered(path: str) -> int:
    """
    Return how many old files there are beside C{path}.
    """
    number = 0
    while os.path.exists(f"{path}.{number + 1}"):
        number += 1
    return number


def _trim(folder: str, prefix: str) -> None:
    """
    Remove the oldest closed consoles that begin with C{prefix}, so that there is room for one
    more: the new one is kept, whatever its date after the clock was set.
    """
    closed = sorted(name for name in os.listdir(folder) if name.startswith(prefix) and name.endswith(".console"))
    for name in closed[: 1 - DELIVERED]:
        for each in os.listdir(folder):
            if each == name or each.startswith(f"{name}."):
                os.unlink(os.path.join(folder, each))
