# -*- test-case-name: tests.stack.configuration.test_history -*-
"""
The configurations that the stack has accepted last, with the texts that they were made of, in a file that
outlives it.  Lives in the stack process.

The file is for its owner only, since texts may hold passwords.  Whatever happens to it costs the history, and
nothing else.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256

from attrs import define, field
from twisted.application.service import Service
from twisted.logger import Logger

from sslpool.config.amendment import Amendment
from sslpool.messages import Said, operatorError, said
from sslpool.messages.announce import announceSaid
from sslpool.reasons import reasonOf
from sslpool.wire.history import TYPED, AcceptedRecord, ObeyedText
from sslpool.wire.serial import fromJson, withMessages

MOST_RECORDS = 10
"""
Configurations that are kept.
"""

LARGEST = 1 << 24
"""
The most octets of the file: where texts are long, fewer are in it.
"""

LONGEST_NAME = 40
"""
Characters of statements by which messages name them.
"""

MODE = 0o600
_MARK = "sslpool history 1"


def obeyedNames(obeyed: Sequence[Amendment]) -> str:
    """
    Return what was obeyed as messages name it, each once: files by name, what was typed by its statements.
    """
    return ", ".join(dict.fromkeys(_shortened(each.text) if each.file == TYPED else each.file for each in obeyed))


def _shortened(text: str) -> str:
    """
    Return the beginning of statements: nothing that AUTOLOG lists, since there may be a password in it.
    """
    words = text.split()
    hidden = next((place for place, word in enumerate(words) if word.upper() == "AUTOLOG"), len(words))
    shown = " ".join(words[: hidden + 1])
    if hidden == len(words) and len(shown) <= LONGEST_NAME:
        return shown
    return f"{shown[:LONGEST_NAME].rstrip()} ..."


def historyPath(run: str, stack: str, environment: Mapping[str, str] = os.environ) -> str:
    """
    Return the path of the file: in the directory that systemd has made for what is to last (C{StateDirectory=}),
    else in the run directory.
    """
    state = environment.get("STATE_DIRECTORY", "").partition(":")[0]
    return os.path.join(state or run, f"{stack}.history")


@define(eq=False, slots=False)
class History(Service):
    """
    The history.  It is read when the service starts: the run directory has been claimed by then.

    @ivar _now: returns the present, in seconds since the epoch.
    @ivar _first: the texts that the stack starts with, by name.
    @ivar _path: the file; C{None} where nothing is to outlive the stack.
    """

    _now: Callable[[], float] = lambda: 0.0
    _first: Mapping[str, str] | None = None
    _path: str | None = None
    _records: list[AcceptedRecord] = field(factory=list, init=False)
    log = Logger()

    def startService(self) -> None:
        """
        Go on with what an earlier stack has left.
        """
        super().startService()
        complaints = self._read()
        if self._first is not None:
            complaints += self.accepted("START", "", self._first, (), ())
        for complaint in complaints:
            announceSaid(self.log, complaint)

    @property
    def records(self) -> list[AcceptedRecord]:
        """
        All configurations, the oldest first; the last one is in effect.
        """
        return list(self._records)

    def accepted(
        self, how: str, by: str, texts: Mapping[str, str], obeyed: Sequence[Amendment], messages: Sequence[Said]
    ) -> list[Said]:
        """
        A configuration has been accepted; return why its history cannot be kept, if so.  One that is as before is none.

        @param how: as in L{AcceptedRecord}.
        @param by: likewise.
        @param texts: the texts of the configuration files.
        @param obeyed: what was obeyed on top of them.
        @param messages: what was said about it.
        """
        number = self._records[-1].number + 1 if self._records else 1
        texts, statements = dict(texts), tuple(ObeyedText(each.file, each.text) for each in obeyed)
        record = AcceptedRecord(number, self._now(), how, by, tuple(messages), texts, statements)
        if self._records and _isAs(self._records[-1], record):
            return []
        self._records = [*self._records, record][-MOST_RECORDS:]
        return [] if self._path is None else self._write(self._path)

    def former(self, number: int | None) -> AcceptedRecord:
        """
        Return a configuration.

        @param number: its number; C{None} is the one before the one in effect.
        @raise sslpool.messages.OperatorError: SSLP084E it is not there, SSLP087E there is none before.
        """
        if number is None:
            if len(self._records) < 2:
                raise operatorError("SSLP087E")
            return self._records[-2]
        for record in self._records:
            if record.number == number:
                return record
        kept = ", ".join(str(record.number) for record in self._records) or "none"
        raise operatorError("SSLP084E", number=number, kept=kept)

    def _write(self, path: str) -> list[Said]:
        try:
            _replace(path, self._encoded(path))
        except OSError as error:
            return [said("SSLP085W", path=path, reason=reasonOf(error))]
        return []

    def _encoded(self, path: str) -> bytes:
        """
        Return the octets of the file, with as many configurations as it may have.
        """
        for first in range(len(self._records)):
            octets = encoded(self._records[first:])
            if len(octets) <= LARGEST:
                return octets
        raise OSError(errno.EFBIG, f"its texts have more than {LARGEST} octets", path)

    def _read(self) -> list[Said]:
        if self._path is None:
            return []
        try:
            self._records = decoded(_contents(self._path))[-MOST_RECORDS:]
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            kept = f"{self._path}.unusable"
            with suppress(OSError):
                os.replace(self._path, kept)
            return [said("SSLP086W", path=self._path, reason=reasonOf(error))]
        return []


def _isAs(before: AcceptedRecord, after: AcceptedRecord) -> bool:
    """
    Whether nothing has changed since C{before}.
    """
    return (before.files, before.obeyed) == (after.files, after.obeyed)


def encoded(records: Sequence[AcceptedRecord]) -> bytes:
    """
    Return the file with these configurations: a mark with a check sum, the records, and those of their messages.
    """
    document, beside = withMessages(list(records))
    body = f"{document}\n{beside}\n".encode("ascii")
    return f"{_MARK} {sha256(body).hexdigest()}\n".encode("ascii") + body


def decoded(octets: bytes) -> list[AcceptedRecord]:
    """
    Return the configurations in a file.

    @raise ValueError: it is not such a file, or damaged.
    """
    head, _, body = octets.partition(b"\n")
    mark, _, digest = head.decode("ascii", "replace").rpartition(" ")
    if mark != _MARK:
        raise ValueError("it is not a history of this release")
    if digest != sha256(body).hexdigest():
        raise ValueError("it is damaged")
    document, beside = body.splitlines()
    records: list[AcceptedRecord] = fromJson(list[AcceptedRecord], document, beside)
    return records


def _contents(path: str) -> bytes:
    """
    @raise OSError: there is none, or something that is not ours.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY)
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", path)
        if found.st_uid not in (0, os.geteuid()):
            raise OSError(errno.EPERM, "it belongs to another user", path)
        octets = file.read(LARGEST + 1)
    if len(octets) > LARGEST:
        raise OSError(errno.EFBIG, "it is too large", path)
    return octets


def _replace(path: str, octets: bytes) -> None:
    """
    Put octets in the place of whatever is at C{path}, at one stroke.  Nothing waits for the disk: the stack has
    more to do, and the loss would be the history's alone.
    """
    temporary = f"{path}.new"
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
    try:
        with open(descriptor, "wb") as file:
            os.fchmod(descriptor, MODE)
            file.write(octets)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise
