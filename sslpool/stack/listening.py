# -*- test-case-name: tests.stack.test_listening -*-
"""
Which secure ports are open: those whose labels the key database has.  Lives in
the stack process.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Collection

from twisted.logger import Logger
from zope.interface import implementer

from sslpool.config.configuration import Configuration
from sslpool.interfaces import IPreparation, IReconfigurable
from sslpool.keydb.records import CertificateRecord
from sslpool.keydb.sources import readCertificates
from sslpool.messages import OperatorError, operatorError, render
from sslpool.messages.announce import announceText
from sslpool.pool.assignment import PortAssignment
from sslpool.stack.acceptor import Acceptor
from sslpool.stack.ports import Entry, Ports, openEntries

EXPIRY_NOTICE = 30
"""
How many days before its expiry a certificate is named.
"""


@implementer(IReconfigurable)
class ListeningPorts:
    """
    Opens the secure ports whose labels the key database has, and says what is
    to be said about certificates.

    @ivar labels: the labels that servers can use, as of the start or the last REFRESH.
    @ivar lookAgain: has the names of applications looked up.
    @param ports: the secure ports.
    @param keyFile: absolute path of the key database.
    """

    log = Logger()

    def __init__(self, ports: Ports, keyFile: str) -> None:
        self.ports = ports
        self._keyFile = keyFile
        self._opened: list[tuple[int, socket.socket]] = []
        self.labels: frozenset[str] = frozenset()
        self._records: list[CertificateRecord] = []
        self._serving = False
        self.lookAgain: Callable[[], None] = lambda: None
        self.acceptor: Acceptor
        self.tellServers: Callable[[PortAssignment], None]

    def begin(self, final: Collection[str]) -> list[str]:
        """
        Open what can be opened when the stack starts; return the messages for the rest.

        @param final: the ids of the reasons for which it is no use to wait.
        @raise OperatorError: the key database cannot be read; SSLP025E, no port can be
            opened, and waiting would not help.
        """
        notes = self.open()
        if self.ports.hopeless(final):
            raise operatorError("SSLP025E", reasons="; ".join(notes))
        return notes

    def open(self) -> list[str]:
        """
        Open what can be opened; return the messages for the rest.

        @raise OperatorError: the key database cannot be read.
        """
        self._records = usableCertificates(self._keyFile)
        self.labels = frozenset(record.label for record in self._records)
        opened, problems = self.ports.open(self.labels)
        self._opened += opened
        return [*(problem.text for problem in problems), *self.expiries(time.time())]

    def expiries(self, now: float) -> list[str]:
        """
        Return the messages about certificates in use that have expired or soon
        will, as of the start or the last REFRESH.
        """
        secured = self.ports.labelsInUse()
        notes = (expiryNote(record, now) for record in self._records if record.label in secured)
        return [note for note in notes if note is not None]

    def serve(self) -> None:
        """
        Listen, and let the acceptor have what has been opened: when the first
        server is Active, so that nobody is let in before somebody can serve him.
        """
        self._serving = True
        self.give()

    def retry(self) -> None:
        """
        Open what could not be opened, for reasons that may have passed, and say what is new.
        """
        opened, problems = self.ports.retry(self.labels)
        self._opened += opened
        for problem in problems:
            announceText(self.log, problem.text)
        self.give()

    def look(self) -> set[str]:
        """
        Read the key database as the stack does, for REFRESH; return the labels
        that open ports need.

        @raise OperatorError: it cannot be read.
        """
        self._labels()
        return self.ports.labelsInUse()

    def reopen(self) -> list[str]:
        """
        After a REFRESH: open what can be opened now, and have names looked up.
        """
        try:
            messages = self.open()
        except OperatorError as error:
            return [error.text]
        self.give()
        self.lookAgain()
        return messages

    def prepare(self, configuration: Configuration) -> PortPreparation:
        """
        See L{sslpool.interfaces.IReconfigurable}: ports that are new are opened
        here, so that a port in use or a missing label is noticed before
        anything has changed.  Those that were closed before may stay so.
        """
        entries = self.ports.entriesFor(configuration.ports)
        opened, _ = openEntries(entries, self._labels())
        preparation = PortPreparation(self, entries, opened)
        for problem in self.ports.objections(entries):
            preparation.discard()
            raise problem
        return preparation

    def replace(self, entries: dict[int, Entry], opened: list[tuple[int, socket.socket]]) -> None:
        """
        Take other ports: servers are told of them first, then connections are
        accepted; those whose port is gone are not disturbed.
        """
        for key in self.ports.replace(entries):
            self.acceptor.unlisten(key)
            self._drop(key)
        for key in self.ports.unserved():
            self.acceptor.unlisten(key)
        for assignment in self.ports.assignments():
            self.tellServers(assignment)
        self._opened += opened
        # With what those have left that are gone.
        self.retry()

    def _drop(self, key: int) -> None:
        for each in [each for each in self._opened if each[0] == key]:
            self._opened.remove(each)
            each[1].close()

    def _labels(self) -> set[str]:
        return {record.label for record in usableCertificates(self._keyFile)}

    def give(self) -> None:
        """
        Listen on what has been opened, and let the acceptor have it, when there are servers
        and it is known where its connections go.
        """
        opened, self._opened = self._opened, []
        for key, listening in opened:
            if not self._serving or self.ports.waits(key):
                self._opened.append((key, listening))
                continue
            try:
                self.ports.listen(key, listening)
            except OperatorError as error:
                announceText(self.log, error.text)
                continue
            self.acceptor.listen(key, listening)
            self.ports.announceOpen(key)


@implementer(IPreparation)
class PortPreparation:
    """
    Other ports, ready to be taken.

    @param entries: the ports as they are to be.
    @param opened: key and socket of those that have been opened for this.
    """

    def __init__(
        self, listening: ListeningPorts, entries: dict[int, Entry], opened: list[tuple[int, socket.socket]]
    ) -> None:
        self._listening = listening
        self._entries = entries
        self._opened = opened

    def commit(self) -> None:
        """
        See L{IPreparation.commit}.
        """
        self._listening.replace(self._entries, self._opened)

    def discard(self) -> None:
        """
        See L{IPreparation.discard}.
        """
        for _, listening in self._opened:
            listening.close()


def usableCertificates(keyFile: str) -> list[CertificateRecord]:
    """
    Return the certificates that a server can use.
    """
    every = readCertificates(keyFile)
    return [record for record in every if record.hasKey and record.trusted and not record.authority]


def expiryNote(record: CertificateRecord, now: float) -> str | None:
    """
    Return the message about a certificate that has expired or soon will.
    """
    date = time.strftime("%Y-%m-%d", time.gmtime(record.notAfter))
    if record.isExpired(now):
        return render("SSLP026W", label=record.label, date=date)
    if record.daysLeft(now) < EXPIRY_NOTICE:
        return render("SSLP027W", label=record.label, date=date, days=record.daysLeft(now))
    return None
