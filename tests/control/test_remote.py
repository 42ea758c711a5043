"""
Tests for L{sslpool.control.remote} and L{sslpool.control.remoteservice}: both ends, over real connections with TLS.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Callable
from typing import cast

from attrs import frozen
from twisted.internet import reactor
from twisted.internet.address import IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import Clock, deferLater
from twisted.internet.testing import StringTransport
from twisted.internet.threads import deferToThread
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sslpool.config.configuration import AdminPort
from sslpool.control import remoteservice as module
from sslpool.control.complaints import CUT_OFF, REFUSED, Complaints
from sslpool.control.controlprotocol import ControlProtocol
from sslpool.control.remote import Identity, connect, split
from sslpool.control.remoteservice import RemoteService
from sslpool.fairqueue import FairQueue
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.records import Credential
from sslpool.keydb.revocations import addRevocations
from sslpool.messages import OperatorError
from tests.control.joined import authority as lists
from tests.doubles.administration import FakeAdministration
from tests.doubles.certificates import (
    PASSWORD,
    Authority,
    makeAuthority,
    makeClient,
    makeDatabase,
    makeRevocations,
    makeServer,
    writeCertificates,
    writeCredential,
)
from tests.logs import texts

AUTHORITY = makeAuthority("Admin CA")
OTHERS = makeAuthority("Other CA")
SERVER = makeServer(AUTHORITY, "stack.example", "127.0.0.1", label="ADMCERT")
ALICE = makeClient(AUTHORITY, "alice")


class Stranger(Protocol):
    """
    Somebody who does not speak TLS.

    @ivar lost: fires when the connection has ended.
    """

    def __init__(self) -> None:
        self.lost: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """
        Say something.
        """
        assert self.transport is not None
        self.transport.write(b"GET / HTTP/1.0\r\n\r\n" + os.urandom(4096))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The stack has had enough.
        """
        self.lost.callback(None)


@frozen
class Place:
    """
    Where the stack is.

    @ivar address: C{host:port}.
    @ivar number: the port.
    """

    address: str
    number: int


class RemoteCase(TestCase):
    """
    A stack that can be administered from other machines.
    """

    authority = ""

    def setUp(self) -> None:
        """
        Make a key database, and listen on a port of the system's choice.
        """
        self.pool = FakeAdministration()
        self.complaints = Complaints(cast(IReactorTime, reactor))
        self.addCleanup(self.complaints.close)
        self.keyFile = makeDatabase(f"{self.mktemp()}.kdb", [SERVER])
        self.change(lambda database: database.addCertificates({"ADMIN CA": AUTHORITY.certificate}))
        self.service = RemoteService(
            reactor=reactor,
            place=AdminPort("127.0.0.1", 0, "ADMCERT", self.authority),
            keyFile=self.keyFile,
            administration=self.pool,
            authority=lists(os.geteuid(), {"ALICE"}, {"OBEYER"}),
            complaints=self.complaints,
            queue=FairQueue(cast(IReactorTime, reactor)),
        )
        self.service.startService()
        self.addCleanup(self.service.stopService)

    def change(self, work: Callable[[Database], object]) -> None:
        """
        Change the key database.
        """
        with Database.open(self.keyFile, PASSWORD) as database:
            work(database)

    @property
    def place(self) -> Place:
        """
        Where the stack is.
        """
        assert self.service._port is not None
        number: int = self.service._port.getHost().port  # type: ignore[attr-defined]
        return Place(f"127.0.0.1:{number}", number)

    async def refused(self, credential: Credential, trusted: Authority = AUTHORITY, name: str | None = None) -> str:
        """
        Return why a connection cannot be made.
        """
        with self.assertRaises(OperatorError) as caught:
            identity = Identity(credential, (trusted.certificate,))
            await connect(reactor, self.place.address, identity, name)
        return str(caught.exception)


class RemoteTests(RemoteCase):
    """
    Who may, and who may not.
    """

    async def test_rightCertificate(self) -> None:
        """
        With the right certificate everything can be asked and done, under the name in
        the certificate; the connection says which stack it is.
        """
        for name in (None, "stack.example"):
            client = await connect(reactor, self.place.address, Identity(ALICE, (AUTHORITY.certificate,)), name)
            self.assertEqual(client.stack, "TCPIP")
            self.assertEqual(len(await client.sessions()), 2)
            with capturedLogs() as events:
                await client.stop("SSL00001")
            self.assertEqual(self.pool.calls[-1], ("stop", "SSL00001", False))
            self.assertRegex(texts(events)[0], r"SSLP412I ALICE at 127\.0\.0\.1:\d+ used STOP for SSL00001")
            await client.close()
        self.assertEqual(self.complaints.counts, {})

    async def test_obeyList(self) -> None:
        """
        The OBEY list counts as well.
        """
        identity = Identity(makeClient(AUTHORITY, "Obeyer"), (AUTHORITY.certificate,))
        client = await connect(reactor, self.place.address, identity)
        await client.status()
        await client.close()

    async def test_wrongCertificate(self) -> None:
        """
        A certificate of another authority is refused, and the log says so.
        """
        with capturedLogs() as events:
            reason = await self.refused(makeClient(OTHERS, "alice"))
            await self.closed()
        self.assertIn("SSLP446E Cannot administer the stack at 127.0.0.1:", reason)
        self.assertRegex(texts(events)[0], r"SSLP413W .* of 127\.0\.0\.1:\d+ was closed: its handshake failed: \w+")
        self.assertEqual(self.complaints.counts, {CUT_OFF: 1})

    async def closed(self) -> None:
        """
        Wait until the stack's ends are closed.
        """
        await self.service._connections.close()

    async def test_serverCertificate(self) -> None:
        """
        A server's certificate is no client's, even of the right authority.
        """
        await self.refused(makeServer(AUTHORITY, "alice"))

    async def test_expired(self) -> None:
        """
        A certificate that has expired is refused.
        """
        await self.refused(makeClient(AUTHORITY, "alice", days=-1))

    async def test_revoked(self) -> None:
        """
        A certificate that is on the authority's list is refused from the next REFRESH on.
        """
        client = await connect(reactor, self.place.address, Identity(ALICE, (AUTHORITY.certificate,)))
        await client.close()
        revoked = makeRevocations(AUTHORITY, ALICE.certificate)
        self.change(lambda database: addRevocations(database, [revoked], "list", time.time()))
        self.assertEqual(self.service.reload(), [])
        await self.refused(ALICE)

    async def test_noCertificate(self) -> None:
        """
        Without a certificate the handshake fails; tried with another TLS implementation's wrapper.
        """
        place = self.place

        def talk() -> bytes:
            context = ssl.create_default_context(cadata=exportPem([AUTHORITY.certificate]).decode("ascii"))
            with (
                socket.create_connection(("127.0.0.1", place.number), 30) as plain,
                context.wrap_socket(plain, server_hostname="stack.example") as secure,
            ):
                secure.sendall(b"\0")
                return secure.recv(100)

        with self.assertRaises(ssl.SSLError) as caught:
            await deferToThread(talk)
        self.assertIn("CERTIFICATE_REQUIRED", str(caught.exception).upper().replace(" ", "_"))
        self.assertEqual(self.complaints.counts, {CUT_OFF: 1})

    async def test_wrongServerName(self) -> None:
        """
        A stack whose certificate is for another name is not talked to.
        """
        reason = await self.refused(ALICE, name="other.example")
        self.assertIn("it is for stack.example, 127.0.0.1, not for other.example", reason)
        self.assertEqual(self.pool.calls, [])

    async def test_wrongServerAuthority(self) -> None:
        """
        Nor is one whose certificate is of an authority that the operator does not trust.
        """
        self.assertIn("unable to get local issuer certificate", await self.refused(ALICE, OTHERS))

    async def test_notInTheLists(self) -> None:
        """
        A certificate whose name is in neither list may do nothing, not even look; who it was is logged.
        """
        with capturedLogs() as events:
            text = await self.refused(makeClient(AUTHORITY, "mallory"))
        self.assertRegex(text, r"SSLP406E MALLORY at 127\.0\.0\.1:\d+ is not authorized to use VERSION")
        self.assertRegex(texts(events)[0], r"SSLP439W MALLORY at 127\.0\.0\.1:\d+ was denied VERSION")
        self.assertEqual(self.complaints.counts, {REFUSED: 1})

    async def test_garbage(self) -> None:
        """
        Whoever does not speak TLS is cut off and counted; the others are not disturbed.
        """
        endpoint = HostnameEndpoint(reactor, "127.0.0.1", self.place.number)
        strangers = [await endpoint.connect(Factory.forProtocol(Stranger)) for _ in range(12)]
        for stranger in strangers:
            await cast(Stranger, stranger).lost
        client = await connect(reactor, self.place.address, Identity(ALICE, (AUTHORITY.certificate,)))
        self.assertEqual((await client.status()).control, {CUT_OFF: 12})
        await client.close()

    async def test_nobodyThere(self) -> None:
        """
        Where nobody listens the message says so.
        """
        address = self.place.address
        stopped = self.service.stopService()
        assert stopped is not None
        await stopped
        with self.assertRaises(OperatorError) as caught:
            await connect(reactor, address, Identity(ALICE, (AUTHORITY.certificate,)))
        self.assertIn("SSLP446E", str(caught.exception))
        self.assertIn("refused", str(caught.exception))
        self.service.startService()


class NamedAuthorityTests(RemoteCase):
    """
    Only one of the key database's authorities may vouch for administrators.
    """

    authority = "admin ca"

    async def test_otherAuthority(self) -> None:
        """
        A certificate of another authority in the database is refused.
        """
        self.change(lambda database: database.addCertificates({"OTHER CA": OTHERS.certificate}))
        self.assertEqual(self.service.reload(), [])
        await self.refused(makeClient(OTHERS, "alice"))
        client = await connect(reactor, self.place.address, Identity(ALICE, (AUTHORITY.certificate,)))
        await client.close()


class ServiceTests(TestCase):
    """
    A stack that cannot listen yet.
    """

    def service(self, place: AdminPort | None, keyFile: str) -> RemoteService:
        """
        Return a service that has started.
        """
        complaints = Complaints(cast(IReactorTime, reactor))
        service = RemoteService(
            reactor=reactor,
            place=place,
            keyFile=keyFile,
            administration=FakeAdministration(),
            authority=lists(0),
            complaints=complaints,
            queue=FairQueue(cast(IReactorTime, reactor)),
        )
        with capturedLogs() as events:
            service.startService()
        self.ids = [event["messageId"] for event in events if "messageId" in event]
        self.addCleanup(service.stopService)
        return service

    def test_later(self) -> None:
        """
        It says what is missing, and listens after the REFRESH that brings it.
        """
        keyFile = makeDatabase(f"{self.mktemp()}.kdb", [SERVER])
        service = self.service(AdminPort("127.0.0.1", 0, "ADMCERT"), keyFile)
        self.assertEqual(self.ids, ["SSLP451E"])
        with Database.open(keyFile, PASSWORD) as database:
            database.addCertificates({"ADMIN CA": AUTHORITY.certificate})
        self.assertEqual(service.reload(), [])
        self.assertIsNotNone(service._port)

    def test_manyFromOne(self) -> None:
        """
        Hosts of one network of 64 bits have as many connections as one host of IPv4.
        """
        keyFile = makeDatabase(f"{self.mktemp()}.kdb", [SERVER])
        service = self.service(AdminPort("127.0.0.1", 0, "ADMCERT"), keyFile)
        service._connections.complaints = Complaints(Clock())
        hosts = [f"2001:db8:0:1::{number}" for number in range(9)] + ["2001:db8::1"]
        cutOff = []
        for host in hosts:
            conversation = cast(ControlProtocol, service._connections.buildProtocol(None))
            transport = StringTransport(peerAddress=IPv6Address("TCP", host, 1))
            conversation.makeConnection(transport)
            self.addCleanup(conversation.setTimeout, None)
            if transport.disconnected or transport.disconnecting:
                cutOff.append(host)
        self.assertEqual(cutOff, ["2001:db8:0:1::8"])

    async def test_taken(self) -> None:
        """
        Where another program listens it is said once, and listened on when that has gone.
        """
        keyFile = makeDatabase(f"{self.mktemp()}.kdb", [SERVER])
        with Database.open(keyFile, PASSWORD) as database:
            database.addCertificates({"ADMIN CA": AUTHORITY.certificate})
        self.patch(module, "RETRY", 0.01)
        with socket.create_server(("127.0.0.1", 0)) as other:
            service = self.service(AdminPort("127.0.0.1", other.getsockname()[1], "ADMCERT"), keyFile)
            self.assertEqual(self.ids, ["SSLP452E"])
            with capturedLogs() as events:
                await deferLater(cast(IReactorTime, reactor), 0.1)
            self.assertEqual([event for event in events if "messageId" in event], [])
        while service._port is None:
            await deferLater(cast(IReactorTime, reactor), 0.01)

    def test_noLabel(self) -> None:
        """
        A label that there is not is named.
        """
        keyFile = makeDatabase(f"{self.mktemp()}.kdb", [SERVER])
        self.service(AdminPort("127.0.0.1", 0, "NOCERT"), keyFile)
        self.assertEqual(self.ids, ["SSLP450E"])

    def test_nowhere(self) -> None:
        """
        Without C{:admin_port.} there is nothing.
        """
        service = self.service(None, "/no/such/file")
        self.assertEqual((self.ids, service.reload(), service._port), ([], [], None))


class IdentityTests(SynchronousTestCase):
    """
    What the commands' options name.
    """

    def test_read(self) -> None:
        """
        A certificate with its key, and authorities.
        """
        certificate = writeCredential(f"{self.mktemp()}.pem", ALICE)
        authorities = writeCertificates(f"{self.mktemp()}.pem", AUTHORITY.certificate, OTHERS.certificate)
        identity = Identity.read(certificate, authorities)
        self.assertEqual(identity.credential.certificate, ALICE.certificate)
        self.assertEqual(len(identity.authorities), 2)

    def test_wrong(self) -> None:
        """
        A file that is not there, or holds something else, is a message.
        """
        certificate = writeCredential(f"{self.mktemp()}.pem", ALICE)
        authorities = writeCertificates(f"{self.mktemp()}.pem", AUTHORITY.certificate)
        empty = self.mktemp()
        with open(empty, "w", encoding="ascii"):
            pass
        for one, other in (("/no/file", authorities), (authorities, authorities), (certificate, empty)):
            self.assertRaises(OperatorError, Identity.read, one, other)

    def test_split(self) -> None:
        """
        Host and port; an IPv6 address in brackets.
        """
        self.assertEqual(split("stack.example:9999"), ("stack.example", 9999))
        self.assertEqual(split("[::1]:9999"), ("::1", 9999))
        for wrong in ("", "host", ":5", "host:0", "host:x", "host:99999", "host:²"):
            self.assertRaises(OperatorError, split, wrong)
