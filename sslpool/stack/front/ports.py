# -*- test-case-name: tests.stack.front.test_ports -*-
"""
The secure ports: which there are, where their cleartext goes, and whether the
stack listens on them.  Lives in the stack process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from attrs import evolve
from twisted.logger import Logger

from sslpool.config.configuration import SecurePort
from sslpool.config.securing import Dynamic
from sslpool.messages import OperatorError, Said, operatorError
from sslpool.messages.announce import announce
from sslpool.stack.front.admission import Door
from sslpool.stack.front.destinations import Names, fitting, hostAndNumber, waits
from sslpool.stack.front.listeningsockets import BACKLOG, listeningHosts
from sslpool.stack.front.portlabels import checkRead, checkServed, labelsOf, labelsShown
from sslpool.stack.front.portopening import Entry, openEntries
from sslpool.stack.front.portowners import Neighbours
from sslpool.starttls.protocols import busyWords
from sslpool.wire.assignment import Address, PortAssignment
from sslpool.wire.records import ListenerRecord

FINAL = ("SSLP020E", "SSLP175E", "SSLP047E")
"""
Why ports are closed that do not open by themselves; every other reason may pass.
"""


class Ports:
    """
    All secure ports.

    @ivar names: what is known of the names of applications and remote hosts.
    @ivar hosts: the addresses of the ports, by number.
    @param ports: the PORT statements with SECURE.
    """

    log = Logger()

    def __init__(self, ports: Iterable[SecurePort]) -> None:
        self.names = Names()
        self._nextKey = 0
        self._entries: dict[int, Entry] = {}
        self._behind: dict[str, list[Entry]] = {}
        self.hosts: dict[int, list[str]] = {}
        self.replace(self.entriesFor(ports))

    def entriesFor(self, ports: Iterable[SecurePort]) -> dict[int, Entry]:
        """
        Return the entries for C{ports}.  Where there is a socket already, its
        key and the socket stay, whatever else changes.
        """
        present = {entry.assignment.local: entry for entry in self._entries.values()}
        entries: dict[int, Entry] = {}
        for port in ports:
            addresses = fitting(self.names.addresses(port.address), port.source)
            for host in listeningHosts(port):
                local = f"[{host}]:{port.number}" if ":" in host else f"{host}:{port.number}"
                before = present.get(local)
                key = self._newKey() if before is None else before.assignment.key
                terms = (port.securing, port.policy, port.manhole, port.source, port.address, port.terms)
                assignment = PortAssignment(key, local, port.userid, port.label, addresses, *terms)
                entry = entries[key] = Entry(port, assignment)
                if before is not None:
                    entry.listening, entry.problem, entry.served = before.listening, before.problem, before.served
        return entries

    def learn(self, address: str, found: Iterable[Address]) -> list[PortAssignment]:
        """
        Take what is behind a name now; return what servers are to be told.
        """
        learnt = self.names.learn(address, found)
        changed = []
        for entry in self._behind.get(address, ()):
            addresses = fitting(learnt, entry.port.source)
            if entry.assignment.addresses != addresses:
                entry.assignment = evolve(entry.assignment, addresses=addresses)
                changed.append(entry.assignment)
        return changed

    def replace(self, entries: dict[int, Entry]) -> list[int]:
        """
        Take these entries; return the keys of those that are gone.
        """
        gone = [key for key in self._entries if key not in entries]
        self._entries = entries
        self._behind, self.hosts = {}, {}
        for entry in entries.values():
            self.hosts.setdefault(entry.port.number, []).append(hostAndNumber(entry.assignment.local)[0])
            self._behind.setdefault(entry.port.address, []).append(entry)
        self.names.keep({entry.port.address: entry.port for entry in entries.values()})
        return gone

    def objections(
        self,
        entries: Mapping[int, Entry],
        labels: Collection[str],
        unusable: Collection[str] = (),
        unread: Collection[str] = (),
    ) -> list[OperatorError]:
        """
        Return why C{entries} cannot take the place of the present ones: why those that are new are
        closed, and why those that are open cannot have other labels; last what only a REFRESH is
        needed for.  A port that is held by one of ours which is to go is free as soon as that is gone.

        @param labels: as for L{checkServed}, likewise the others.
        """
        leaving = {entry.port.number for key, entry in self._entries.items() if key not in entries and entry.listening}
        closed = [
            entry.problem
            for key, entry in entries.items()
            if entry.problem is not None
            and self._concerned(key, entry)
            and (entry.problem.said.id in FINAL or (key not in self._entries and entry.port.number not in leaving))
        ]
        fresh = [entry.port for key, entry in entries.items() if key not in self._entries]
        relabelled = self.relabelled(entries)
        unfit = [
            operatorError("SSLP048E", port=port.number, label=labelsOf(port)[0])
            for port in relabelled
            if _refusal(checkServed, port, labels, unusable)
        ]
        early = [_refusal(checkRead, port, unread) for port in (*fresh, *relabelled)]
        return [each for each in (*closed, *unfit, *early) if each is not None]

    def concerned(self, entries: Mapping[int, Entry]) -> bool:
        """
        Whether any of C{entries} is new, or is to have other labels than before.
        """
        return any(self._concerned(key, entry) for key, entry in entries.items())

    def _concerned(self, key: int, entry: Entry) -> bool:
        before = self._entries.get(key)
        return before is None or labelsOf(entry.port) != labelsOf(before.port)

    def lasting(self, entries: Mapping[int, Entry]) -> list[Said]:
        """
        Return why ports of C{entries} are closed that were so before; once for what IPv4 and IPv6 have in common.
        """
        problems = [entry.problem for key, entry in entries.items() if key in self._entries]
        return list(dict.fromkeys(each.said for each in problems if each is not None))

    def relabelled(self, entries: Mapping[int, Entry]) -> list[SecurePort]:
        """
        Return the open ports of C{entries} that have other labels than before.
        """
        return [
            entry.port
            for key, entry in entries.items()
            if key in self._entries and entry.listening is not None and self._concerned(key, entry)
        ]

    def unserved(self) -> list[int]:
        """
        Give up the sockets of ports that have come to wait for a name; return their keys.
        """
        waiting = [key for key, entry in self._entries.items() if entry.waits and entry.served]
        for key in waiting:
            self._entries[key].listening, self._entries[key].served = None, False
        return waiting

    def _newKey(self) -> int:
        self._nextKey += 1
        return self._nextKey

    def assignments(self) -> list[PortAssignment]:
        """
        Return what servers are told: nothing of ports that wait for a name, so that they keep
        for their connections what they knew before.
        """
        return [entry.assignment for entry in self._entries.values() if not entry.waits]

    def lastWords(self, key: int) -> bytes:
        """
        Return what a client of a port is told when no server takes its
        connection: nothing where it expects TLS from the beginning.
        """
        securing = self._entries[key].port.securing if key in self._entries else None
        return busyWords(securing.protocol, securing.security) if isinstance(securing, Dynamic) else b""

    def entries(self) -> Collection[Entry]:
        """
        Return all entries.
        """
        return self._entries.values()

    def records(self) -> list[ListenerRecord]:
        """
        Return all secure ports, with those that could not be opened.
        """
        return [self._record(entry) for entry in self._entries.values()]

    def _record(self, entry: Entry) -> ListenerRecord:
        closed = entry.listening is None or entry.waits
        port, state = entry.port, "Closed" if closed else "Listen"
        reason = self.reason(entry) if closed else ""
        return ListenerRecord(port.userid, entry.assignment.local, port.label, port.address, state, reason)

    def reason(self, entry: Entry) -> Said | str:
        """
        Return the message why the stack does not listen, as far as there is one.
        """
        if entry.problem is not None:
            return entry.problem.said
        return waits(entry.port, self.names.unknown.get(entry.port.address, "")) if entry.waits else ""

    def doors(self) -> dict[int, Door]:
        """
        Return what is particular to the clients of each port: lists, and that the cleartext for
        a remote host is not counted.
        """
        doors = {
            key: Door(entry.assignment.local, entry.port.allow, entry.port.deny, entry.port.remote is None)
            for key, entry in self._entries.items()
        }
        return {key: door for key, door in doors.items() if door != Door(door.local)}

    def waits(self, key: int) -> bool:
        """
        Whether a port waits for the name of its application.
        """
        return self._entries[key].waits

    def hopeless(self, final: Collection[str]) -> bool:
        """
        Whether no port can be opened by itself.

        @param final: the ids of the reasons that do not pass.
        """
        problems = [entry.problem for entry in self._entries.values()]
        return bool(problems) and all(each is not None and each.said.id in final for each in problems)

    def labelsInUse(self) -> set[str]:
        """
        Return the labels of the ports on which the stack listens.
        """
        ports = [entry.port for entry in self._entries.values() if entry.listening is not None]
        names = {name for port in ports for name in (port.label, *(label.name for label in port.policy.labels))}
        # A port that is never secured on the way has none.
        return names - {""}

    def labelsShown(self) -> set[str]:
        """
        Return those of them that clients are shown, and not remote hosts.
        """
        return labelsShown(entry.port for entry in self._entries.values() if entry.listening is not None)

    def open(
        self, labels: Collection[str], unusable: Collection[str] = (), unread: Collection[str] = ()
    ) -> tuple[list[tuple[int, socket.socket]], list[OperatorError]]:
        """
        Listen on every port that can be opened and is not open yet.

        @param labels: the labels that the key database has.
        @param unusable: those that no server can use.
        @param unread: those that not every server has read.
        @return: key and socket of each port that has been opened, and why others have not.
        """
        return openEntries(self._entries, labels, unusable, unread)

    def checkServed(
        self, key: int, labels: Collection[str], unusable: Collection[str], unread: Collection[str] = ()
    ) -> None:
        """
        See that servers have a label for a port that has been opened before any could say so;
        without one it is as if it had not been opened.

        @raise OperatorError: they have none, as of L{checkServed}.
        """
        entry = self._entries[key]
        try:
            checkServed(entry.port, labels, unusable, unread)
        except OperatorError as error:
            entry.listening, entry.problem = None, error
            raise

    def retry(
        self, labels: Collection[str], unusable: Collection[str] = (), unread: Collection[str] = ()
    ) -> tuple[list[tuple[int, socket.socket]], list[OperatorError]]:
        """
        Open what could not be opened before; as L{open}, but return only problems that are new.
        """
        before = {entry.problem.said for entry in self._entries.values() if entry.problem is not None}
        opened, problems = self.open(labels, unusable, unread)
        return opened, [problem for problem in problems if problem.said not in before]

    def listen(self, key: int, listening: socket.socket) -> None:
        """
        Listen on a socket that has been opened; where another program was
        faster, the port is as if it had not been opened.

        @raise OperatorError: another program was faster.
        """
        entry = self._entries[key]
        try:
            listening.listen(BACKLOG)
        except OSError as error:
            listening.close()
            entry.listening, entry.problem = None, Neighbours().refusal(entry.assignment.local, error)
            raise entry.problem from error
        entry.served = True

    def announceOpen(self, key: int) -> None:
        """
        Log that the stack listens on a port.
        """
        entry = self._entries[key]
        if entry.port.remote is not None:
            announce(
                self.log,
                "SSLP758I",
                local=entry.assignment.local,
                application=entry.port.userid,
                address=entry.port.address,
                name=entry.port.remote.name,
            )
            return
        announce(
            self.log,
            "SSLP023I",
            local=entry.assignment.local,
            label=" ".join(labelsOf(entry.port)) or "none",
            application=entry.port.userid,
            address=entry.port.address,
        )


def _refusal(check: Callable[..., None], *arguments: Any) -> OperatorError | None:
    """
    Return what a check raises.
    """
    try:
        check(*arguments)
    except OperatorError as error:
        return error
    return None
