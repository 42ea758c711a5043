# -*- test-case-name: tests.control.test_responders -*-
"""
A pool to be administered, without servers, sockets or processes: for tests of
commands and of whatever else asks an L{IPoolAdministration}.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, evolve, field
from twisted.internet.defer import Deferred
from zope.interface import implementer

from sslpool.config.configuration import ServerParameters
from sslpool.config.operands import operandsOf
from sslpool.interfaces import IPoolAdministration
from sslpool.messages import Said, operatorError, said
from sslpool.wire.cachestatus import CacheFigures, CacheStatus, SegmentStatus
from sslpool.wire.history import AcceptedRecord, ObeyedText
from sslpool.wire.records import (
    LabelStatus,
    ListenerRecord,
    PoolStatus,
    PortServing,
    ServerDetails,
    ServerStatus,
    ServingStatus,
    SessionRecord,
    SuiteStatus,
    TraceStatus,
)

STARTED = 1_700_000_000.0
"""
When the stack of the records below was started: 2023-11-14 22:13:20 UTC.
"""

HISTORY = (
    AcceptedRecord(1, STARTED, "START", files={"PROFILE.TCPIP": "SSLSERVERID *\n"}),
    AcceptedRecord(
        2,
        STARTED + 60,
        "OBEY",
        "TCPMAINT",
        (said("SSLP043I", what="SSLLIMITS MAXSESSIONS", before="3000", after="2000"),),
        {"PROFILE.TCPIP": "SSLSERVERID *\n"},
        (ObeyedText("NETSTAT", "SSLLIMITS MAXSESSIONS 2000"),),
    ),
)
"""
The configurations that were accepted.
"""


def serverStatus(number: int, state: str = "Active", sessions: int = 0) -> ServerStatus:
    """
    Return a member's status.
    """
    pid = 4000 + number if state == "Active" else 0
    return ServerStatus(f"SSL{number:05}", state, sessions, 600, sessions, sessions, pid, False, STARTED, "")


def poolStatus(servers: Sequence[ServerStatus], stack: str = "TCPIP") -> PoolStatus:
    """
    Return the status of a pool with the given members.
    """
    sessions = sum(each.sessions for each in servers)
    maximum = sum(each.maximum for each in servers)
    return PoolStatus(
        stack, "*", 30, sessions, maximum, 600, sessions, sessions, "FILL", False, "SSLDCSSM", 4000, STARTED,
        tuple(servers),
    )  # fmt: skip


def sessionRecord(number: int, server: str = "SSL00001") -> SessionRecord:
    """
    Return an established session.
    """
    return SessionRecord(
        number, server, f"203.0.113.5:{50_000 + number % 10_000}", "192.0.2.1:8443", "HTTPD", "WEBCERT", "Established",
        "TLSv1.3", "TLS_AES_256_GCM_SHA384", True, STARTED, 2048, 1_048_576,
    )  # fmt: skip


def serverDetails(userid: str, labels: int = 1) -> ServerDetails:
    """
    Return what a server says of itself, with so many certificates.
    """
    fingerprint = ":".join(f"{octet:02X}" for octet in range(32))
    certificates = tuple(
        LabelStatus(f"LABEL{index}", f"CN=host{index}.example.com", STARTED + 86_400 * 30, fingerprint, 1)
        for index in range(labels)
    )
    return ServerDetails(
        userid, "/etc/gskadm/Database.kdb", "OpenSSL 4.0.3", 86_400, ("TLSv1.2", "TLSv1.3"),
        ("TLS_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"), certificates, {"finished": 12}, 4096, 1_048_576, 3,
        47_185_920, "", ("X25519", "P-256"), (
            SuiteStatus("TLS_AES_256_GCM_SHA384", "HIGH", "TLS_AES_256_GCM_SHA384", "in use"),
            SuiteStatus("ECDHE_ECDSA_CHACHA20", "HIGH", "ECDHE-ECDSA-CHACHA20-POLY1305", "exempt"),
            SuiteStatus("RC4_128_SHA", "MEDIUM", "RC4-SHA", "not provided"),
            SuiteStatus("RC4_128_MD5", "MEDIUM", "RC4-MD5", "not provided"),
        ),
        descriptors=31, lag=0.012, operands=operandsOf(ServerParameters()),
    )  # fmt: skip


def cacheStatus(*labels: CacheFigures) -> CacheStatus:
    """
    Return the books of a session cache.
    """
    segment = SegmentStatus("TCPIP", 9539, "10000", "100FF", 12_345_678, ("SSL00001", "SSLDCSSM"))
    figures = labels or (CacheFigures("WEBCERT", 5, 2, 9, 30, 6, 2),)
    return CacheStatus("TCPIP", "", segment, 86_400, 100, 2, STARTED - 3600, STARTED + 82_800, 398, figures)


def _defaultPool() -> PoolStatus:
    """
    Return a pool with one active server, one eligible and one stopped.
    """
    servers = (serverStatus(1, sessions=2), serverStatus(2, "Eligible"), serverStatus(3, "Stopped"))
    return poolStatus(servers)


@implementer(IPoolAdministration)
@define
class FakeAdministration:
    """
    A pool in memory: START and STOP change states at once.

    @ivar pool: its status.
    @ivar known: its sessions, in the order of their numbers.
    @ivar secured: its secure ports.
    @ivar labels: how many certificates each active server tells of.
    @ivar calls: what was asked to be changed, as name and arguments.
    @ivar failure: is raised by every method, if given.
    @ivar hold: STOP waits for it, if given: a change whose answer takes long.
    """

    pool: PoolStatus = field(factory=_defaultPool)
    known: list[SessionRecord] = field(factory=lambda: [sessionRecord(7), sessionRecord(9)])
    secured: list[ListenerRecord] = field(
        factory=lambda: [ListenerRecord("HTTPD", "0.0.0.0:8443", "WEBCERT", "127.0.0.1:8080")]
    )
    labels: int = 1
    calls: list[tuple[object, ...]] = field(factory=list)
    failure: Exception | None = None
    hold: Deferred[None] | None = None

    def status(self) -> PoolStatus:
        """
        Return the pool.
        """
        self._fail()
        return self.pool

    def listeners(self) -> Sequence[ListenerRecord]:
        """
        Return the secure ports.
        """
        self._fail()
        return self.secured

    async def latest(self) -> PoolStatus:
        """
        Return the pool.
        """
        return self.status()

    async def serving(self, port: int | None) -> ServingStatus:
        """
        Serve clients of port 8443 while a server is Active.
        """
        self._fail()
        if port not in (None, 8443):
            raise operatorError("SSLP467E", port=port, stack=self.pool.stack)
        active = sum(each.state == "Active" for each in self.pool.servers)
        servers = len(self.pool.servers)
        told = said("SSLP455I", active=active, servers=servers) if active else said(
            "SSLP457W", servers="SSL00001", clients="clients wait"
        )  # fmt: skip
        facts = told.id, told.text, told.message.action
        return ServingStatus(bool(active), *facts, (PortServing("0.0.0.0:8443", "HTTPD", bool(active), *facts),))

    async def details(self, server: str | None) -> list[ServerDetails | Said]:
        """
        Let active servers answer; the others cannot.
        """
        self._fail()
        return [
            serverDetails(each.userid, self.labels)
            if each.state == "Active"
            else said("DTCSSL2421E", server=each.userid, reason=f"the server is {each.state}")
            for each in self._members(server)
        ]

    async def sessions(self, server: str | None, after: int, limit: int) -> list[SessionRecord]:
        """
        Return a page of sessions.
        """
        self._fail()
        self._members(server)
        fitting = [each for each in self.known if each.number > after and server in (None, each.server)]
        return fitting[:limit]

    async def start(self, server: str | None) -> list[Said]:
        """
        Make members Active.
        """
        return self._change("start", server, "Active")

    async def stop(self, server: str | None, now: bool) -> list[Said]:
        """
        Make members Stopped.
        """
        if self.hold is not None:
            await self.hold
        return self._change("stop", server, "Stopped", now)

    async def restart(self, server: str | None) -> list[Said]:
        """
        Make members Active.
        """
        return self._change("restart", server, "Active")

    async def refresh(self, server: str | None) -> list[Said]:
        """
        Say that members have read the key database again.
        """
        self._fail()
        self.calls.append(("refresh", server))
        return [said("SSLP119I", server=each.userid, labels=1) for each in self._members(server)]

    def cache(self, server: str | None) -> CacheStatus:
        """
        Return the books.
        """
        self._fail()
        self._members(server)
        return evolve(cacheStatus(), server=server or "")

    async def refreshKeys(self, now: bool) -> list[Said]:
        """
        Say that it is done.
        """
        self._fail()
        self.calls.append(("refreshKeys", now))
        return [said("SSLP170I") if now else said("SSLP169I", seconds=86400)]

    async def system(self, server: str | None, query: str) -> list[str]:
        """
        Say what was asked.
        """
        self._fail()
        return [f"{each.userid} {query}" for each in self._members(server)]

    async def trace(self, server: str | None, words: Sequence[str], asker: str, owner: bool) -> list[Said]:
        """
        Say what members trace.
        """
        self._fail()
        self.calls.append(("trace", server, tuple(words)))
        return [said("SSLP621I", server=each.userid, operands=" ".join(words)) for each in self._members(server)]

    async def endTrace(self, server: str | None) -> list[Said]:
        """
        Say that members trace nothing.
        """
        self._fail()
        self.calls.append(("endTrace", server))
        return [said("SSLP622I", server=each.userid) for each in self._members(server)]

    def traces(self, server: str | None) -> list[TraceStatus]:
        """
        Say that all members trace the same.
        """
        self._fail()
        return [TraceStatus(each.userid, each.state, "NORMAL ALL") for each in self._members(server)]

    async def closeConsole(self, server: str | None) -> list[Said]:
        """
        Say that consoles are closed.
        """
        self._fail()
        self.calls.append(("closeConsole", server))
        machines = [each.userid for each in self._members(None)] if server is None else [server]
        return [said("SSLP634I", server=each) for each in machines]

    def readConsole(self, userid: str, offset: int) -> str:
        """
        Return one of two lines.
        """
        self._fail()
        return "".join(f"{userid} first\n{userid} second\n"[offset:].splitlines(keepends=True)[:1])

    async def obey(self, name: str, text: str, test: bool, by: str = "") -> list[Said]:
        """
        Say how long the statements are.
        """
        self._fail()
        if not test:
            self.calls.append(("obey", name, text))
        return [said("SSLP043I", what=name, before=0, after=len(text))]

    def history(self, number: int | None) -> list[AcceptedRecord]:
        """
        Return two configurations, or one of them.
        """
        self._fail()
        if number is None:
            return [record.brief for record in HISTORY]
        return [record for record in HISTORY if record.number == number]

    async def rollback(self, number: int | None, test: bool, by: str) -> list[Said]:
        """
        Say where to.
        """
        self._fail()
        if not test:
            self.calls.append(("rollback", number, by))
        return [said("SSLP080I", number=number or 1, now=3)]

    def _change(self, name: str, server: str | None, state: str, *arguments: object) -> list[Said]:
        """
        Put members into a state.
        """
        self._fail()
        changed = {each.userid for each in self._members(server)}
        self.calls.append((name, server, *arguments))
        servers = tuple(evolve(each, state=state) if each.userid in changed else each for each in self.pool.servers)
        self.pool = evolve(self.pool, servers=servers)
        return [said("SSLP117I", server=userid) for userid in sorted(changed)]

    def _members(self, server: str | None) -> list[ServerStatus]:
        """
        Return the members that are meant.
        """
        members = [each for each in self.pool.servers if server in (None, each.userid)]
        if not members:
            raise operatorError("SSLP407E", server=server, stack=self.pool.stack)
        return members

    def _fail(self) -> None:
        """
        Raise what was asked for.
        """
        if self.failure is not None:
            raise self.failure
