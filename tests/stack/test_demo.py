"""
Tests for L{sslpool.stack.demo}; that it runs is the business of the live tests.
"""

from __future__ import annotations

import os
import shlex
from typing import cast

from twisted.internet import reactor as installedReactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import ClientFactory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sslpool.interfaces import IStackReactor
from sslpool.keydb.sources import readCertificates, readMaterial
from sslpool.stack import demo
from sslpool.stack.demo import ExampleApplication, certificatePath, demoConfiguration, freePort, hosts, instructions
from sslpool.stack.front.listeningsockets import listeningSocket


class ConfigurationTests(SynchronousTestCase):
    """
    The configuration of the demonstration.
    """

    def setUp(self) -> None:
        """
        Make a scratch directory.
        """
        self.directory = os.path.abspath(self.mktemp())
        os.mkdir(self.directory)

    def test_configuration(self) -> None:
        """
        A pool of five in front of the application, on the loopback addresses only.
        """
        made = demoConfiguration(self.directory, "127.0.0.1:8080", "DEMO")
        self.assertEqual((made.stack, len(made.members)), ("DEMO", 5))
        self.assertEqual({port.address for port in made.ports}, {"127.0.0.1:8080"})
        self.assertEqual(tuple(port.bind for port in made.ports), hosts())
        self.assertTrue(set(hosts()) <= {"127.0.0.1", "::1"})

    def test_certificate(self) -> None:
        """
        The label has its key, a stash opens the database, and the certificate for clients is beside it.
        """
        made = demoConfiguration(self.directory, "127.0.0.1:8080")
        [credential] = readMaterial(made.keyFile).credentials
        self.assertEqual(credential.label, made.ports[0].label)
        with open(certificatePath(self.directory), "rb") as file:
            self.assertIn(b"BEGIN CERTIFICATE", file.read())
        [record] = readCertificates(made.keyFile)
        self.assertTrue(record.hasKey)

    def test_port(self) -> None:
        """
        The usual port is used where it is free, another where it is not.
        """
        probe = listeningSocket("127.0.0.1", 0)
        number = probe.getsockname()[1]
        self.assertNotEqual(freePort(number), number)
        probe.close()
        self.assertEqual(freePort(number), number)

    def test_noAddress(self) -> None:
        """
        An address that this machine does not have is not used.
        """
        self.patch(demo, "LOOPBACKS", ("127.0.0.1", "192.0.2.1"))
        self.assertEqual(hosts(), ("127.0.0.1",))

    def test_instructions(self) -> None:
        """
        Every command names what it needs, and can be copied as it stands.
        """
        made = demoConfiguration(self.directory, "127.0.0.1:8080")
        lines = [line.strip() for line in instructions(self.directory, "/tmp/run", made).splitlines()]
        commands = [shlex.split(line) for line in lines if line.startswith(("curl", "/")) or "ssladmin" in line]
        self.assertEqual(commands[0][:3], ["curl", "--cacert", certificatePath(self.directory)])
        self.assertEqual(commands[0][3], f"https://localhost:{made.ports[0].number}/")
        self.assertTrue(all("--run" in command for command in commands[1:]))
        self.assertGreaterEqual(len(commands), 2)


class Getting(Protocol):
    """
    Asks for a page and keeps the answer.
    """

    def __init__(self, answer: Deferred[bytes]) -> None:
        self._answer = answer
        self._octets = b""

    def connectionMade(self) -> None:
        """
        Ask.
        """
        assert self.transport is not None
        self.transport.write(b"GET /<b>?x=1 HTTP/1.0\r\n\r\n")

    def dataReceived(self, data: bytes) -> None:
        """
        Keep it.
        """
        self._octets += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Give it.
        """
        reason.trap(ConnectionDone)
        self._answer.callback(self._octets)


class ApplicationTests(TestCase):
    """
    The example application.
    """

    async def test_page(self) -> None:
        """
        It answers with a page that says what was asked, and is gone when it stops.
        """
        reactor = cast(IStackReactor, installedReactor)
        example = ExampleApplication(reactor)
        example.startService()
        answer: Deferred[bytes] = Deferred()
        factory = ClientFactory.forProtocol(lambda: Getting(answer))
        host, _, number = example.address.partition(":")
        installedReactor.connectTCP(host, int(number), factory)  # type: ignore[arg-type]
        page = await answer
        self.assertIn(b"It works.", page)
        self.assertIn(b"GET /&lt;b&gt;?x=1", page)
        stopped = example.stopService()
        assert stopped is not None
        await stopped
        listeningSocket(host, int(number)).close()

    def test_neverStarted(self) -> None:
        """
        One that was never started has nothing to stop.
        """
        example = ExampleApplication(cast(IStackReactor, installedReactor))
        self.assertIsNone(example.stopService())
        example._socket.close()
