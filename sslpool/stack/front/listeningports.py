# -*- test-case-name: tests.stack.front.test_listeningports -*-
"""
Which secure ports are open: those whose labels the key database has.  Lives in the stack process.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from attrs import define, field
from twisted.logger import Logger
from zope.interface import implementer

from sslpool.config.configuration import Configuration
from sslpool.interfaces import IPorts, IReconfigurable, Preparation
from sslpool.keydb.labelfaults import limited, remarks
from sslpool.keydb.records import CertificateRecord, RevocationRecord
from sslpool.keydb.revocationnotices import notesOf
from sslpool.keydb.revocations import readRevocations
from sslpool.keydb.sources import HeldCertificate, readHeld
from sslpool.messages import OperatorError, Said, Severity, operatorError, said
from sslpool.messages.announce import announce, announceSaid
from sslpool.stack.front.accepted import AcceptedCopy
from sslpool.stack.front.acceptor import Acceptor
from sslpool.stack.front.portlabels import labelsShown, lacking, outlived
from sslpool.stack.front.portopening import Entry, openEntries
from sslpool.stack.front.ports import Ports
from sslpool.stack.front.validity import Validity
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.labels import UnusableLabel
from sslpool.wire.records import LabelsRead

RETRY = 3.0
"""
How often ports that could not be opened are tried again, in seconds.
"""


@implementer(IPorts, IReconfigurable)
@define(eq=False)
class ListeningPorts:
    """
    Opens the secure ports whose labels the key database has, and says what is to be said about certificates.

    @ivar labels: the labels that servers can use, as of the start or the last REFRESH.
    @ivar ports: the secure ports.
    @ivar _keyFile: absolute path of the key database.
    @ivar _accepted: what servers get that are started later.
    @ivar _acceptor: gets what is open.
    @ivar _tell: tells servers about a port.
    """

    ports: Ports
    _keyFile: str
    _accepted: AcceptedCopy
    _acceptor: Acceptor
    _tell: Callable[[PortAssignment], None]
    _opened: list[tuple[int, socket.socket]] = field(factory=list, init=False)
    labels: frozenset[str] = field(factory=frozenset, init=False)
    _records: list[CertificateRecord] = field(factory=list, init=False)
    _validity: Validity = field(factory=Validity, init=False)
    _held: list[HeldCertificate] = field(factory=list, init=False)
    _lists: list[RevocationRecord] = field(factory=list, init=False)
    _looked: tuple[list[CertificateRecord], list[RevocationRecord]] = field(factory=lambda: ([], []), init=False)
    _unread: frozenset[str] = field(factory=frozenset, init=False)
    _serving: bool = field(default=False, init=False)
    _unusable: dict[str, UnusableLabel] = field(factory=dict, init=False)
    _useless: frozenset[Said] = field(factory=frozenset, init=False)
    _instead: set[Said] = field(factory=set, init=False)
    log = Logger()

    def begin(self, final: Collection[str]) -> list[Said]:
        """
        Open what can be opened when the stack starts; return the messages for the rest.

        @param final: the ids of the reasons for which it is no use to wait.
        @raise OperatorError: the key database cannot be read; SSLP025E, no port can be
            opened, and waiting would not help.
        """
        notes = self.open()
        if self.ports.hopeless(final):
            raise operatorError("SSLP025E", reasons="; ".join(map(str, notes)))
        return notes

    def open(self) -> list[Said]:
        """
        Open what can be opened, at the start; return the messages for the rest.

        @raise OperatorError: the key database cannot be read.
        """
        self.look()
        return self._open(complete=True)

    def _open(self, complete: bool) -> list[Said]:
        before = self._records
        self._records, self._lists = self._looked
        present = {record.label for record in self._records}
        fresh = present - {record.label for record in before}
        self._unread = frozenset() if complete else (self._unread | fresh) & present
        self.labels = frozenset(self._present() - self._leftOut() - self._unread)
        opened, problems = self.ports.open(*self._known())
        self._opened += opened
        now = time.time()
        notes = [*self._validity.notes(self.ports.labelsInUse(), now), *notesOf(self._lists, now)]
        return [*(problem.said for problem in problems), *notes, *self._accepted.exposed, *self._refusals(now)]

    def _refusals(self, now: float) -> list[Said]:
        """
        Return what clients refuse of the labels that they are shown; once for each reading of the key database.
        """
        held, self._held = self._held, []
        return limited(remarks(self._keyFile, held, self.ports.labelsShown(), now))

    def _known(self) -> tuple[set[str], set[str], frozenset[str]]:
        """
        Return which labels there are, which no server can use, and which not every server has read.
        """
        return self._present(), self._leftOut(), self._unread

    def _present(self) -> set[str]:
        return {record.label for record in self._records} | self._unusable.keys()

    def _leftOut(self) -> set[str]:
        return {label for label, each in self._unusable.items() if not each.kept}

    def assignments(self) -> list[PortAssignment]:
        return self.ports.assignments()

    def learn(self, userid: str, read: LabelsRead) -> None:
        """
        See L{IPorts.learn}: say once which labels it cannot use, and why it has not read the
        key database.  What the first one could read is accepted.
        """
        for each in read.unusable:
            if self._unusable.get(each.label) != each:
                announceSaid(self.log, each.message)
        self._unusable.update({each.label: each for each in read.unusable})
        if self._accepted.descriptor is None and not read.instead:
            for message in self._accepted.accept({status.label for status in read.labels}):
                announceSaid(self.log, message)
        # It may have read what was taken out of the key database since the stack has looked.
        self._unread |= self.labels - {status.label for status in read.labels} - self._unusable.keys()
        self.labels -= self._leftOut() | self._unread
        for message in _useless(read):
            if message not in self._useless:
                announceSaid(self.log, message)
        self._useless |= set(_useless(read))
        if read.instead and read.instead not in self._instead:
            announce(self.log, "SSLP174W", server=userid, reason=read.instead)
        self._instead = {read.instead} if read.instead else set()

    def expiries(self, now: float) -> list[Said]:
        """
        Return the messages about certificates in use, and those above them, that have expired or soon
        will, or that are missing, as of the start or the last REFRESH: those that nobody has heard within a day;
        and about revocation lists, and key files that everybody can read.
        """
        due = self._validity.due(self.ports.labelsInUse(), now)
        return [*due, *notesOf(self._lists, now), *self._accepted.exposed]

    def serve(self) -> None:
        """
        See L{IPorts.serve}: listen, and let the acceptor have what has been opened; not sooner, so that nobody is
        let in before somebody can serve him.
        """
        self._serving = True
        self.give()

    def retry(self) -> None:
        """
        Open what could not be opened, for reasons that may have passed, and say what is new.
        """
        opened, problems = self.ports.retry(*self._known())
        self._opened += opened
        for problem in problems:
            announceSaid(self.log, problem.said)
        self.give()

    def look(self) -> set[str]:
        """
        Read the key database as the stack does, for REFRESH; return the labels
        that open ports need.  What was found counts when servers have taken it.

        @raise OperatorError: it cannot be read.
        """
        self._held = readHeld(self._keyFile)
        self._looked = usable(each.record for each in self._held), readRevocations(self._keyFile)
        self._validity.take(self._held)
        self._accepted.look()
        return self.ports.labelsInUse()

    def vet(self) -> int:
        """
        Open what was looked at last as a server would, where no server does; return how many labels it has.

        @raise OperatorError: it cannot be opened.
        """
        self._accepted.vet()
        return len(self._looked[0])

    def reopen(self, reads: Sequence[LabelsRead], complete: bool = True) -> list[Said]:
        """
        After a REFRESH: open what can be opened now.

        @param reads: what servers have taken of that which was looked at last.
        @param complete: no server has stayed as it was.
        """
        present = {record.label for record in self._looked[0]}
        if reads:
            self._unusable = {each.label: each for read in reads for each in read.unusable}
            kept = {label for label, each in self._unusable.items() if each.kept}
            messages = self._accepted.accept(present - self._unusable.keys(), kept)
        elif self._accepted.descriptor is not None:
            # No server has said which of them can be used: what was accepted before stays beside it.
            messages = self._accepted.accept(present, present | self.ports.labelsInUse())
        else:
            messages = []
        self._useless = frozenset(each for read in reads for each in _useless(read))
        messages += sorted(self._useless, key=str)
        messages += self._open(complete)
        self.give()
        return messages

    def prepare(self, configuration: Configuration) -> Preparation:
        """
        See L{sslpool.interfaces.IReconfigurable}: ports that are new are opened here, so that a port in use or a
        missing label is noticed before anything has changed.  Those that were closed before may stay so.
        """
        entries = self.ports.entriesFor(configuration.ports)
        present, unusable, unread = self._known()
        held, unreadable = self._heldFor(entries)
        imported = {record.label for record in usable(each.record for each in held)} - present
        known = (present | imported, unusable, unread | imported)
        opened, problems = openEntries(entries, *known)
        warnings = [each.said for each in problems if each.said.severity is Severity.WARNING]
        relabelled = self.ports.relabelled(entries)
        for port in relabelled:
            warnings += [each.said for each in lacking(port, known[0]).values()]
        for port in () if unreadable else (*(entries[key].port for key, _ in opened), *relabelled):
            warnings += outlived(port, known[0], {each.record.label for each in held})
        fresh = labelsShown(entry.port for entry in entries.values()) - self.ports.labelsShown()
        warnings += limited(remarks(self._keyFile, held, fresh, time.time()))

        def close() -> None:
            for _, listening in opened:
                listening.close()

        for problem in self.ports.objections(entries, *known):
            if problem.said.severity is Severity.ERROR:
                close()
                raise problem
        earlier = (*unreadable, *self.ports.lasting(entries))
        return Preparation(partial(self.replace, entries, opened), close, tuple(dict.fromkeys(warnings)), earlier)

    def _heldFor(self, entries: dict[int, Entry]) -> tuple[list[HeldCertificate], list[Said]]:
        """
        Return the certificates of the key database, or why it cannot be read, where no port of C{entries} needs it.

        @raise OperatorError: it cannot be read, and a port needs it.
        """
        try:
            return readHeld(self._keyFile), []
        except OperatorError as error:
            if self.ports.concerned(entries):
                raise
            return [], [error.said]

    def replace(self, entries: dict[int, Entry], opened: list[tuple[int, socket.socket]]) -> None:
        """
        Take other ports: servers are told of them first, then connections are
        accepted; those whose port is gone are not disturbed.

        @param opened: key and socket of those that have been opened for this.
        """
        for key in self.ports.replace(entries):
            self._acceptor.unlisten(key)
            self._drop(key)
        for key in self.ports.unserved():
            self._acceptor.unlisten(key)
        for assignment in self.ports.assignments():
            self._tell(assignment)
        self._opened += opened
        # With what those have left that are gone.
        self.retry()

    def _drop(self, key: int) -> None:
        for each in [each for each in self._opened if each[0] == key]:
            self._opened.remove(each)
            each[1].close()

    def give(self) -> None:
        """
        Listen on what has been opened, and let the acceptor have it, when there are servers
        and it is known where its connections go.
        """
        problems = set()
        opened, self._opened = self._opened, []
        for key, listening in opened:
            if not self._serving or self.ports.waits(key):
                self._opened.append((key, listening))
                continue
            try:
                self.ports.checkServed(key, *self._known())
                self.ports.listen(key, listening)
            except OperatorError as error:
                listening.close()
                # Once for what IPv4 and IPv6 have in common.
                if error.said not in problems:
                    announceSaid(self.log, error.said)
                problems.add(error.said)
                continue
            self._acceptor.listen(key, listening)
            self.ports.announceOpen(key)


def _useless(read: LabelsRead) -> list[Said]:
    """
    Return the messages about labels and protocol versions that are there and serve nobody.
    """
    return [*(each.message for each in read.unserved), *(said("SSLP563W", version=each) for each in read.idle)]


def usable(records: Iterable[CertificateRecord]) -> list[CertificateRecord]:
    """
    Return those of certificates that a server can use.
    """
    return [record for record in records if record.hasKey and record.trusted and not record.authority]
