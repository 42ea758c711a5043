"""
Tests for L{sslpool.server.chains}: a server, a client that verifies, and a wall clock that is set.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.database import Database
from sslpool.messages import Said, operatorError, said
from sslpool.server import chains, service
from sslpool.server.console import Console
from sslpool.server.observer import IRelayObserver
from sslpool.server.relay import Relay
from sslpool.server.service import SWEEP, Server
from sslpool.tls.anchors import AnchorRing
from sslpool.tls.clienthello import NAMELESS
from sslpool.tls.labels import Label
from sslpool.tls.policy import Policy
from sslpool.wire.assignment import Assignment, PortAssignment, TimeLimits
from tests.doubles.certificates import makeAuthority, makeDatabase, makeServer, newKey
from tests.server.ends import Client
from tests.server.scene import Scene, authority, clientContext, portTo
from tests.tls.reception import portPolicy

DAY = 86400.0
START = -3 * DAY
"""
When the server begins: its issuer's certificate is valid for two days from then, the renewed one is after one.
"""


class ChainsTests(SynchronousTestCase):
    """
    A server that was started three days ago; the clients' clock is right.
    """

    def setUp(self) -> None:
        """
        Make a key database, and have a server on the relay of a L{Scene}.
        """
        key = newKey()
        self.old = makeAuthority("Issuer", authority(), days=-1, since=9, key=key)
        self.new = makeAuthority("Issuer", authority(), days=9, since=2, key=key)
        self.keyFile = self.mktemp() + ".kdb"
        web = makeServer(self.old, label="TEST", days=20, since=9)
        with Database.openStashed(makeDatabase(self.keyFile, [web])) as database:
            database.addCertificates({"Renewed": self.new.certificate})
        self.real, self.wall = time.time(), 0.0
        self.setClock(START)
        self.patch(time, "time", lambda: self.wall)
        self.patch(service, "time", lambda: self.wall)
        self.scene = Scene(self, ring=AnchorRing(Policy(), 0.0, 2))
        self.clock = Clock()
        self.said: list[Said] = []
        self.server = Server(
            self.relayFor,
            Policy(),
            self.clock,
            self.report,
            lambda: None,
            console=Console(self.clock, self.clock.seconds, lambda times, lines: Deferred()),
        )
        self.server.startService()
        self.server.assign(Assignment("SSL00001", self.keyFile, TimeLimits(5, 5, 0)))
        self.application = self.scene.application()

    def relayFor(self, observer: IRelayObserver) -> Relay:
        """
        Give the scene's relay to the server.
        """
        self.scene.relay.observer = observer
        return self.scene.relay

    def report(self, messageId: str, fields: Mapping[str, str]) -> None:
        """
        Take a message.
        """
        self.said.append(said(messageId, **fields))

    def setClock(self, offset: float) -> None:
        """
        Set the wall clock of the server so many seconds ahead of the right one.
        """
        self.wall = self.real + offset

    def let(self, offset: float) -> None:
        """
        Let it become so late.
        """
        self.setClock(offset)
        self.clock.advance(SWEEP)

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """
        What is sent with the label's certificate.
        """
        return self.scene.relay.labels["TEST"].credential.chain

    def met(self, context: ssl.SSLContext | None = None, session: ssl.SSLSession | None = None) -> Client:
        """
        Return a client for whom everything has gone well.
        """
        client = self.scene.client(session, context)
        peer = self.scene.established(self.application, client)
        peer.send(b"hello")
        self.scene.until(lambda: client.received == b"hello")
        return client

    def test_expires(self) -> None:
        """
        When an issuer has expired the chain is already another one, and clients that verify it are served; a session
        that has begun before goes on, and is resumed.
        """
        context = clientContext()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.assertEqual(self.chain, (self.old.certificate,))
        early = self.met(context)
        refused = self.scene.client()
        self.scene.until(lambda: refused.failure)
        self.assertIn("certificate has expired", str(refused.failure))
        self.let(START + DAY - 2)
        self.assertEqual(self.chain, (self.old.certificate,))
        self.let(START + DAY + 2)
        self.assertEqual(self.chain, (self.new.certificate,))
        self.let(0)
        self.said.clear()
        self.met()
        self.assertTrue(self.met(context, early.tls.session).tls.session_reused)
        early.send(b"still here")
        self.scene.until(lambda: self.application.peers[0].received == b"still here")
        self.assertEqual(self.said, [])

    def test_setBack(self) -> None:
        """
        When the clock is set back the chain is again the one that was right then.
        """
        self.let(0)
        self.assertEqual(self.chain, (self.new.certificate,))
        self.let(START)
        self.assertEqual(self.chain, (self.old.certificate,))

    def test_idle(self) -> None:
        """
        Between these moments nothing is looked at, nor where there is nothing to choose from.
        """
        looked: list[str] = []

        def look(label: Label, now: float) -> Label:
            looked.append(label.credential.label)
            return label

        self.patch(chains, "rechained", look)
        self.let(START + DAY / 2)
        self.assertEqual(looked, [])
        self.let(START + DAY + 1)
        self.assertEqual(looked, ["TEST"])
        self.let(START + DAY + 2)
        self.assertEqual(looked, ["TEST"])
        makeDatabase(bare := self.mktemp() + ".kdb", [makeServer(authority(), label="TEST")])
        self.server.assign(Assignment("SSL00001", bare, TimeLimits(5, 5, 0)))
        self.let(DAY * 40)
        self.assertEqual(looked, ["TEST"])

    def test_refused(self) -> None:
        """
        A chain that cannot be used leaves the one before, and is named once.
        """

        def refuse(label: Label, now: float) -> Label:
            raise operatorError("SSLP130E", label="TEST", reason="no")

        self.patch(chains, "rechained", refuse)
        for offset in (0.0, 1.0, 2.0):
            self.let(START + DAY + offset)
        self.assertEqual(len(self.said), 1)
        self.assertIn("SSLP847W SSL00001 keeps the previous chain of label TEST: SSLP130E", str(self.said[0]))
        self.assertEqual(self.chain, (self.old.certificate,))

    def test_policy(self) -> None:
        """
        A port with contexts of its own sends the new chain, too.
        """
        port: PortAssignment = evolve(portTo(self.application.address), policy=evolve(portPolicy("TEST"), alpn=("h2",)))
        self.server.setPort(port)
        reception = self.scene.relay.receptionOf
        before = reception(port).contextFor(NAMELESS, self.wall)
        self.let(0)
        self.assertIsNot(reception(port).contextFor(NAMELESS, self.wall), before)
        context = clientContext()
        context.set_alpn_protocols(["h2"])
        self.met(context)

    def test_refreshed(self) -> None:
        """
        A REFRESH chooses again, and finds the same key database unchanged.
        """
        self.server.switchLabels(self.server.prepareLabels().digest)
        self.assertEqual(self.chain, (self.old.certificate,))
        self.setClock(0)
        self.server.switchLabels(self.server.prepareLabels().digest)
        self.assertEqual(self.chain, (self.new.certificate,))
