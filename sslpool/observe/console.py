# -*- test-case-name: tests.observe.test_deliveredconsoles -*-
"""
One console: a file of lines with the time of day, and a banner where a date
begins, as on z/VM.  Lives in the stack process.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator

from attrs import frozen

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
    @ivar count: lines since it was opened, or closed for the last time; those of a file that is gone are none.
    @ivar delivered: the files of the console that was closed last, the oldest first.
    @ivar file: the file.
    @param directory: where its file is.
    @param userid: whose it is.
    @param stamp: C{ON}: lines begin with the time; C{MS}: with milliseconds; or C{OFF}.
    """

    def __init__(self, directory: str, userid: str, bounds: Bounds, stamp: str = "ON") -> None:
        self.userid = userid
        self._directory = directory
        self.file = BoundedFile(os.path.join(directory, f"{userid}.console"), bounds)
        self.path = self.file.path
        self._stamp = stamp
        self._date = ""
        self.count = self._remade = 0
        self.delivered: list[str] = []
        self._order: list[Closed] = []

    def write(self, lines: Iterable[tuple[float, str]]) -> bool:
        """
        Write lines with their times, in seconds since the epoch; C{False} where that was not possible.
        """
        text, count = [], 0
        for when, line in lines:
            local = time.localtime(when)
            date = time.strftime("%A %Y-%m-%d %Z", local)
            if date != self._date:
                self._date = date
                text.append(_banner(self.userid, date))
            stamp = self._stampOf(when, local)
            text.extend(f"{stamp}{part}\n" for part in line.splitlines() or ("",))
            count += 1
        whole = "".join(text)
        banner = _banner(self.userid, self._date)
        if self.file.begins(whole) and not whole.startswith(banner):
            whole = banner + whole
        written = self.file.write(whole)
        if self.file.remade != self._remade:
            self.count, self._remade = 0, self.file.remade
        if written:
            self.count += count
        else:
            self._date = ""  # the banner may be lost as well
        return written

    def _stampOf(self, when: float, local: time.struct_time) -> str:
        if self._stamp == "OFF":
            return ""
        thousandths = f".{int(when % 1 * 1000):03}" if self._stamp == "MS" else ""
        return time.strftime("%H:%M:%S", local) + thousandths + " "

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
        present = sorted(_closed(folder, self.userid), key=self._age)
        for closed in present[: 1 - DELIVERED]:
            _remove(folder, closed)
        last = max((each.number for each in present if each.stamp == stamp), default=0)
        name = Closed(self.userid, stamp, last + 1)
        target = os.path.join(folder, name.file)
        os.rename(self.path, target)
        self._order.append(name)
        del self._order[:-DELIVERED]
        self.delivered = [target]
        for number in range(1, 1 + _numbered(self.path)):
            os.rename(f"{self.path}.{number}", f"{target}.{number}")
            self.delivered.insert(0, f"{target}.{number}")
        count, self.count, self._date = self.count, 0, ""
        self.file.forget()
        return target, count

    def giveUp(self) -> int:
        """
        The file is gone; return how many lines it had.
        """
        lines, self.count = self.count, 0
        return lines

    def _age(self, closed: Closed) -> tuple[int, str, int]:
        """
        Return what closed consoles are ordered by, the oldest first: how they were closed by this
        process, whatever the clock said meanwhile; those that earlier ones have left by their names.
        """
        known = self._order.index(closed) if closed in self._order else -1
        return known, closed.stamp, closed.number

    def close(self) -> None:
        """
        Let go of the file.
        """
        self.file.close()


@frozen
class Closed:
    """
    The name of a console that has been closed.

    @ivar userid: whose it was.
    @ivar stamp: when, to the second.
    @ivar number: the how many-th of that second.
    """

    userid: str
    stamp: str
    number: int

    @property
    def file(self) -> str:
        """
        The name of its file.
        """
        number = "" if self.number == 1 else f"-{self.number}"
        return f"{self.userid}.{self.stamp}{number}.console"


def _banner(userid: str, date: str) -> str:
    return f"******** Console of {userid}, {date} ********\n"


def _numbered(path: str) -> int:
    """
    Return how many old files there are beside C{path}.
    """
    number = 0
    while os.path.exists(f"{path}.{number + 1}"):
        number += 1
    return number


def _closed(folder: str, userid: str) -> Iterator[Closed]:
    """
    Yield the closed consoles of a userid in a folder.
    """
    form = re.compile(rf"{re.escape(userid)}\.(\d{{8}}-\d{{6}})(?:-(\d{{1,9}}))?\.console")
    for name in os.listdir(folder):
        if (found := form.fullmatch(name)) is not None:
            yield Closed(userid, found[1], int(found[2] or 1))


def _remove(folder: str, closed: Closed) -> None:
    """
    Remove a closed console, with what rotation had put aside of it.
    """
    for name in os.listdir(folder):
        if name == closed.file or name.startswith(f"{closed.file}."):
            os.unlink(os.path.join(folder, name))
