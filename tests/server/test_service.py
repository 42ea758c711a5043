# -*- test-case-name: tests.server.test_service -*-
"""
Tests for L{sslpool.server.service}, with a relay on real sockets and a Clock.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.interfaces import IServer
from sslpool.keydb.accepted import AcceptedFile, AcceptedKeys, writeAccepted
from sslpool.keydb.database import Database
from sslpool.keydb.keyfiles import readKeyFiles
from sslpool.keydb.sources import readMaterial
from sslpool.keydb.stapling import staplePath
from sslpool.messages import OperatorError, Said, said
from sslpool.server import service
from sslpool.server.console import Console
from sslpool.server.labelling import Labelling, readLabelling
from sslpool.server.observer import IRelayObserver
from sslpool.server.relay import Relay
from sslpool.server.service import ENDING_SWEEP, STAPLES, SWEEP, TURN, Server
from sslpool.server.surroundings import Surroundings
from sslpool.sessions.draining import LINGER
from sslpool.sessions.outcome import Outcome
from sslpool.tls.anchors import AnchorRing
from sslpool.tls.policy import Policy
from sslpool.wire.assignment import Assignment, TimeLimits
from sslpool.wire.cachebook import ANY, figures
from sslpool.wire.segment import BEAT, Shortage
from tests.doubles.certificates import PASSWORD, makeDatabase, makeServer, respond
from tests.server.ends import ApplicationPeer, Client
from tests.server.scene import PORT, Scene, authority, portTo
from tests.sessions.test_handshake import noDescriptors, refusing
from tests.tls.reception import portPolicy


class ServerTests(SynchronousTestCase):
    """
    One server.
    """

    def setUp(self) -> None:
        """
        Have a server on the relay of a L{Scene}, with a key database of its own.
        """
        self.scene = Scene(self, ring=AnchorRing(Policy(), 0.0, 2))
        self.clock = Clock()
        self.said: list[Said] = []
        self.ends: list[float] = []
        self.console = Console(self.clock, self.now, lambda times, lines: Deferred())
        self.server = Server(
            self.relayFor, Policy(), self.clock, self.report, lambda: self.ends.append(self.now()), console=self.console
        )
        self.server.startService()
        self.keyFile = self.mktemp() + ".kdb"
        makeDatabase(self.keyFile, [makeServer(authority())])
        self.server.assign(Assignment("SSL00001", self.keyFile, TimeLimits(5, 5, 0)))

    def test_ungranted(self) -> None:
        """
        What the system has refused of the directory's grants is one warning, when the server knows its name.
        """
        server = Server(
            self.relayFor,
            Policy(),
            self.clock,
            self.report,
            lambda: None,
            Surroundings(["A: no", "B: no"], ["C: no"], operands=("FIPS", "GSKTRACE 1")),
            console=self.console,
        )
        self.assertEqual(self.said, [])
        self.assertEqual(server.details().operands, ("FIPS", "GSKTRACE 1"))
        self.assertEqual(self.console._lines, [])
        server.assign(Assignment("SSL00002", self.keyFile, TimeLimits(5, 5, 0)))
        self.assertEqual(
            [str(each) for each in self.said],
            [
                "SSLP135W SSL00002 does not have all that USER.DIRECT grants it: A: no; B: no",
                "SSLP181W SSL00002 keeps privileges that it does not need: C: no",
            ],
        )
        self.assertEqual(list(map(str, self.console._lines)), ["DTCRUN1011I Parameters in use: FIPS GSKTRACE 1"])

    def test_flow(self) -> None:
        """
        FLOW tells in words what the server is to do.
        """
        lines: list[str] = []
        self.patch(self.console, "write", lambda line: lines.append(line.fields["step"]))
        self.server.assign(Assignment("SSL00001", self.keyFile, TimeLimits(5, 6, 0, 7), trace=("FLOW",)))
        self.server.setLimits(TimeLimits(5, 6, 90, 7))
        expected = [
            f"uses {self.keyFile}; limits: handshake 5 s, connect 6 s, idle no limit, data connections 7",
            "has the labels TEST",
            "has new limits: handshake 5 s, connect 6 s, idle 90 s, data connections 7",
        ]
        self.assertEqual(lines, expected)

    def now(self) -> float:
        """
        Return what the clock says.
        """
        return float(self.clock.seconds())

    def relayFor(self, observer: IRelayObserver) -> Relay:
        """
        Give the scene's relay to the server.
        """
        self.scene.relay.observer = observer
        return self.scene.relay

    def report(self, messageId: str, fields: dict[str, str]) -> None:
        """
        Take a message.
        """
        self.said.append(said(messageId, **fields))

    def running(self) -> tuple[Client, ApplicationPeer]:
        """
        Have a session.
        """
        application = self.scene.application()
        client = self.scene.client()
        return client, self.scene.established(application, client)

    def let(self, seconds: float) -> None:
        """
        Let time pass, for the clock and the relay.
        """
        steps = int(seconds / ENDING_SWEEP + 0.5)
        for _ in range(steps):
            self.scene.now += ENDING_SWEEP
            self.clock.advance(ENDING_SWEEP)
            self.scene.turn()

    def test_interfaces(self) -> None:
        """
        A server is what the stack and the relay take it for.
        """
        verifyObject(IServer, self.server)
        verifyObject(IRelayObserver, self.server)

    def test_assign(self) -> None:
        """
        The assignment brings name, labels and limits.
        """
        details = self.server.details()
        self.assertEqual((details.userid, details.keyFile), ("SSL00001", self.keyFile))
        self.assertEqual([label.label for label in details.labels], ["TEST"])
        self.assertEqual(details.protocols, ("TLSv1.2", "TLSv1.3"))
        self.assertIn("OpenSSL", details.library)
        self.assertGreater(details.memory, 1 << 20)
        self.assertEqual(self.scene.relay.limits, TimeLimits(5, 5, 0))

    def test_assignWithoutDatabase(self) -> None:
        """
        A key database that cannot be used is the operator's to put right.
        """
        self.assertRaises(OperatorError, self.server.assign, Assignment("SSL00001", self.mktemp(), TimeLimits(5, 5, 0)))

    def test_details(self) -> None:
        """
        Details count what runs as well as what has ended.
        """
        client, peer = self.running()
        client.send(b"12345")
        peer.send(b"123")
        self.scene.until(lambda: peer.received == b"12345" and client.received == b"123")
        details = self.server.details()
        self.assertEqual((details.received, details.sent, details.outcomes), (5, 3, {}))
        client.end()
        peer.end()
        self.scene.ended(Outcome.FINISHED)
        details = self.server.details()
        self.assertEqual((details.received, details.sent, details.outcomes), (5, 3, {"finished": 1}))

    def test_detailsWithoutDescriptor(self) -> None:
        """
        A server that has no descriptor left tells its details all the same, its memory and its descriptors
        included: it keeps open what it needs for that.
        """
        before = self.server.details()
        with noDescriptors():
            details = self.server.details()
        self.assertGreaterEqual(details.memory, before.memory)
        self.assertGreaterEqual(details.descriptors, before.descriptors)

    def test_lag(self) -> None:
        """
        Details say how late the server was at most in the last minute.
        """
        self.clock.pump([BEAT] * 4)
        self.assertEqual(self.server.details().lag, 0.0)
        self.clock.advance(BEAT + 0.5)
        self.assertEqual(self.server.details().lag, 0.5)
        self.clock.pump([BEAT] * 8)
        self.assertEqual(self.server.details().lag, 0.5)

    def test_sessions(self) -> None:
        """
        Sessions are reported under the server's name.
        """
        self.running()
        (record,) = self.server.sessions(0, 10)
        self.assertEqual((record.server, record.number, record.label), ("SSL00001", 1, "TEST"))
        self.assertEqual(self.server.sessions(1, 10), [])

    def test_refresh(self) -> None:
        """
        REFRESH swaps the labels; a running session does not notice.
        """
        client, peer = self.running()
        with Database.open(self.keyFile, PASSWORD) as database:
            database.add(makeServer(authority(), label="SECOND"))
        read = self.server.prepareLabels()
        self.assertEqual([status.label for status in read.labels], ["SECOND", "TEST"])
        self.assertEqual([label.generation for label in self.server.details().labels], [1])
        self.server.switchLabels(read.digest)
        self.assertEqual([label.generation for label in self.server.details().labels], [2, 2])
        client.send(b"still there")
        self.scene.until(lambda: peer.received == b"still there")

    def test_otherPolicy(self) -> None:
        """
        When a port asks something else of its clients, sessions that have begun before count as gone.
        """
        client, _ = self.running()
        entries = partial(figures, self.scene.book._words, Policy().cacheLife, self.scene.now, lambda ring: ANY)
        self.assertEqual(entries()["TEST"].alive, 1)
        port = self.scene.relay.intake.ports[PORT]
        self.server.setPort(port)
        self.server.setPort(evolve(port, addresses=()))
        self.assertEqual(entries()["TEST"].alive, 1)
        self.server.setPort(evolve(port, policy=portPolicy("TEST=PREFERRED")))
        self.assertEqual((entries()["TEST"].alive, entries()["TEST"].removed), (0, 1))

    def test_staples(self) -> None:
        """
        OCSP responses are taken with the labels, and looked at again by and by; what is wrong is said once.
        """
        (credential,) = readMaterial(self.keyFile).credentials
        path = staplePath(self.keyFile, "TEST")
        response = respond(authority(), credential.certificate)
        with open(path, "wb") as file:
            file.write(response)
        self.server.switchLabels(self.server.prepareLabels().digest)
        staple = self.scene.relay.labels["TEST"].staple
        assert staple is not None
        self.assertEqual(staple.response, response)
        with open(path, "wb") as file:
            file.write(b"broken")
        self.let(STAPLES + SWEEP)
        self.assertEqual(staple.response, b"")
        self.let(STAPLES + SWEEP)
        (said,) = map(str, self.said)
        self.assertTrue(said.startswith("SSLP143W SSL00001: no OCSP response is stapled for label TEST: it is not an "))

    def test_meanwhile(self) -> None:
        """
        While thousands of labels are read, which lasts, sessions go on and new clients are served; it
        is not for each label that is looked after them.
        """
        client, peer = self.running()
        turns: list[float] = []
        doRead = self.scene.relay.doRead

        def read(*arguments: Any) -> Labelling:
            client.send(b"12345")
            for _ in range(100):
                for each in (client, peer):
                    each.turn()
                self.clock.advance(TURN / 10)
                arguments[-1]()
            self.assertEqual(peer.received, b"12345")
            return readLabelling(*arguments)

        def turn() -> None:
            turns.append(self.now())
            doRead()

        self.patch(self.scene.relay, "doRead", turn)
        self.patch(service, "readLabelling", read)
        progress = self.scene.region.progress
        self.server.prepareLabels()
        self.assertGreaterEqual(self.scene.region.progress, progress + 100)
        self.assertIn(len(turns), (10, 11))

    def test_failedRefresh(self) -> None:
        """
        Where the key database cannot be read, the labels in use stay, and new clients are served.
        """
        before = self.server.details().labels
        os.remove(self.keyFile)
        self.assertRaises(OperatorError, self.server.prepareLabels)
        self.assertEqual(self.server.details().labels, before)
        client, _ = self.running()
        self.assertTrue(client.secure)

    def test_unusable(self) -> None:
        """
        A label that cannot be used costs itself alone, and is told to the stack; a port that has it is
        served with another, until it can be used.
        """
        application = self.scene.application()
        port = self.scene.relay.intake.ports[PORT]
        port = evolve(port, label="BAD", policy=portPolicy("BAD", "TEST"))
        self.server.setPort(port)
        self.assertEqual(self.scene.relay.intake.ports[port.key].label, "TEST")
        with Database.open(self.keyFile, PASSWORD) as database:
            database.add(makeServer(authority(), label="BAD", key=rsa.generate_private_key(65537, 1024)))
        read = self.server.prepareLabels()
        self.assertEqual([(each.label, each.kept) for each in read.unusable], [("BAD", False)])
        self.server.switchLabels(read.digest)
        self.scene.established(application, self.scene.client())
        with Database.open(self.keyFile, PASSWORD) as database:
            database.add(makeServer(authority(), label="BAD"), replace=True)
        read = self.server.prepareLabels()
        self.server.switchLabels(read.digest)
        self.assertEqual(self.scene.relay.intake.ports[port.key], port)
        os.remove(self.keyFile)
        self.assertRaises(OperatorError, self.server.prepareLabels)
        self.assertEqual(sorted(self.scene.relay.labels), ["BAD", "TEST"])

    def test_accepted(self) -> None:
        """
        A server that begins while the key database cannot be read serves what was accepted last.
        """
        parts = [AcceptedFile(readKeyFiles(self.keyFile), frozenset(("TEST",)))]
        server = Server(
            self.relayFor,
            Policy(),
            self.clock,
            self.report,
            lambda: None,
            console=self.console,
            accepted=AcceptedKeys(writeAccepted(parts)),
        )
        os.remove(self.keyFile)
        read = server.assign(Assignment("SSL00002", self.keyFile, TimeLimits(5, 5, 0)))
        self.assertEqual([status.label for status in read.labels], ["TEST"])
        assert read.instead is not None
        self.assertEqual(read.instead.id, "SSLP311E")

    def test_notPrepared(self) -> None:
        """
        Only what has been prepared last, and neither discarded nor taken since, can be taken.
        """
        digest = self.server.prepareLabels().digest
        self.assertRaises(OperatorError, self.server.switchLabels, "another")
        self.assertRaises(OperatorError, self.server.switchLabels, digest)
        self.server.prepareLabels()
        self.server.discardLabels()
        self.assertRaises(OperatorError, self.server.switchLabels, digest)
        self.server.prepareLabels()
        os.remove(self.keyFile)
        self.assertRaises(OperatorError, self.server.prepareLabels)
        self.assertRaises(OperatorError, self.server.switchLabels, digest)
        self.assertEqual([label.generation for label in self.server.details().labels], [1])

    def test_sweeps(self) -> None:
        """
        Time limits are looked at by themselves, and may be changed.
        """
        self.scene.application()
        self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        self.server.setLimits(TimeLimits(3, 3, 0))
        self.scene.rawClient()
        self.scene.until(lambda: len(self.scene.relay.sessions) == 2)
        self.let(3 + SWEEP)
        self.assertEqual(self.scene.outcomes(), {Outcome.HANDSHAKE_SILENT: 1})
        self.let(2)
        self.assertEqual(self.scene.outcomes(), {Outcome.HANDSHAKE_SILENT: 2})
        self.assertIn("SSLP120W SSL00001: connection 2 from 192.0.2.1:4711", str(self.said[0]))

    def test_quiesceEmpty(self) -> None:
        """
        A server without sessions ends at once, and says so once.
        """
        self.server.quiesce(30)
        self.let(1)
        self.assertEqual(self.ends, [ENDING_SWEEP])
        self.let(60)
        self.assertEqual(len(self.ends), 1)

    def test_quiesce(self) -> None:
        """
        Running sessions may finish; then the server ends.
        """
        client, peer = self.running()
        self.server.quiesce(30)
        self.let(20)
        client.send(b"still there")
        self.scene.until(lambda: peer.received == b"still there")
        self.assertEqual(self.ends, [])
        client.end()
        peer.end()
        self.scene.ended(Outcome.FINISHED)
        self.let(0.1)
        self.assertEqual(len(self.ends), 1)
        self.assertLess(self.ends[0], 21)

    def test_quiesceLong(self) -> None:
        """
        A server whose last session may go on for days looks at its sessions no more often than others, and ends
        with that session all the same.
        """
        client, peer = self.running()
        looks: list[float] = []
        sweep = self.scene.relay.sweep

        def look() -> None:
            looks.append(self.now())
            sweep()

        self.patch(self.scene.relay, "sweep", look)
        self.server.quiesce(10 * 366 * 86400)
        self.let(10)
        self.assertLessEqual(len(looks), 1 + 10 / SWEEP)
        client.end()
        peer.end()
        self.scene.ended(Outcome.FINISHED)
        self.let(SWEEP)
        self.assertEqual(len(self.ends), 1)

    def test_quiesceKeys(self) -> None:
        """
        What begins TLS while sessions go on gets a ticket of a key that no other process has.
        """
        self.running()
        before = self.scene.relay.anchor
        coming = list(self.scene.relay.anchors._anchors)
        self.server.quiesce(30)
        own = self.scene.relay.anchor
        self.assertNotIn(own, coming)
        self.assertEqual([former.anchor for former in self.scene.relay.anchors.former], [before])
        # Who asks again does not change that.
        self.server.quiesce(0)
        self.assertIs(self.scene.relay.anchor, own)

    def test_quiesceTooLong(self) -> None:
        """
        When the time is over, sessions are closed with close_notify.
        """
        client, _ = self.running()
        self.server.quiesce(30)
        self.let(29.9)
        self.assertFalse(client.ended)
        self.let(0.3)
        self.scene.until(lambda: client.ended)
        client.end()
        self.scene.ended(Outcome.STOPPED)
        self.let(0.1)
        self.assertEqual(len(self.ends), 1)

    def test_quiesceSilentClient(self) -> None:
        """
        A client that does not answer close_notify does not keep the server.
        """
        client, _ = self.running()
        self.server.quiesce(0)
        self.let(LINGER + 0.5)
        self.assertTrue(client.ended)
        self.assertEqual(len(self.ends), 1)

    def test_quiesceSooner(self) -> None:
        """
        Asking again can shorten the time (STOP NOW), and cannot make it longer (the stack has gone meanwhile).
        """
        for first, second in ((30, 0), (0, 30)):
            self.setUp()
            client, _ = self.running()
            self.server.quiesce(first)
            self.server.quiesce(second)
            self.let(0.2)
            self.assertTrue(client.ended)

    def test_notEmptyWhileOnTheWay(self) -> None:
        """
        A session that the stack has handed over already counts as running.
        """
        self.scene.application()
        self.scene.relay.intake.end()
        self.scene.rawClient()
        self.server.quiesce(30)
        self.let(1)
        self.assertEqual(self.ends, [])
        self.scene.relay.serve()
        self.scene.until(lambda: self.scene.relay.sessions)

    def test_applicationDown(self) -> None:
        """
        An application that is down, and is reached again, is told.
        """
        self.server.setPort(portTo(refusing()))
        client = self.scene.client()
        self.scene.until(lambda: client.ended)
        client.end()
        self.scene.ended(Outcome.APPLICATION_DOWN)
        client, peer = self.running()
        client.send(b"x")
        self.scene.until(lambda: peer.received)
        self.assertEqual([each.id for each in self.said], ["SSLP121W", "SSLP122I"])

    def test_probe(self) -> None:
        """
        A client that leaves without having sent anything is counted, as QUERY STATUS DETAILS shows, and not told.
        """
        self.server.setPort(portTo(refusing()))
        client = self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        client.close()
        self.scene.ended(Outcome.UNSPOKEN)
        self.assertEqual(self.said, [])
        self.assertEqual(self.server.details().outcomes, {"client left without sending anything": 1})

    def test_labelMissing(self) -> None:
        """
        A label that is not in the key database is told.
        """
        self.server.setPort(portTo(label="GONE"))
        self.scene.client()
        self.scene.ended(Outcome.LABEL_MISSING)
        self.assertEqual([each.id for each in self.said], ["SSLP123E"])

    def test_descriptors(self) -> None:
        """
        A lack of descriptors is told, to the stack in the segment as well, until it is over.
        """
        intake = self.server.relay.intake
        intake.lack(Shortage.DESCRIPTORS)
        said = "SSLP124E SSL00001 has no descriptors left; it gets no connections until it has some"
        self.assertEqual([str(each) for each in self.said], [said])
        self.assertIs(self.scene.region.shortage, Shortage.DESCRIPTORS)
        self.clock.advance(BEAT)
        self.assertIs(self.scene.region.shortage, Shortage.NONE)

    def test_beat(self) -> None:
        """
        The server reports progress again and again.
        """
        before = self.scene.region.progress
        self.clock.pump([BEAT] * 4)
        self.assertEqual(self.scene.region.progress, before + 4)

    def test_fault(self) -> None:
        """
        A mistake of ours is told with its traceback.
        """
        try:
            raise ZeroDivisionError("ours")
        except ZeroDivisionError as error:
            self.server.fault(error)
        self.assertIn("ZeroDivisionError: ours", str(self.said[0]))

    def test_faultInSweep(self) -> None:
        """
        A mistake of ours in one sweep does not keep the next from coming.
        """
        patched = self.patch(self.scene.relay, "sweep", lambda: 1 / 0)
        self.let(1)
        self.assertIn("ZeroDivisionError", str(self.said[0]))
        patched.restore()
        self.scene.application()
        self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        self.let(7)
        self.assertEqual(self.scene.outcomes(), {Outcome.HANDSHAKE_SILENT: 1})

    def test_stop(self) -> None:
        """
        A service that is stopped lets go of everything, and of the clock.
        """
        self.running()
        self.server.stopService()
        self.assertEqual(self.scene.outcomes(), {Outcome.STOPPED: 1})
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_stopAfterEnd(self) -> None:
        """
        The same where it has ended by itself.
        """
        self.server.quiesce(0)
        self.let(0.1)
        self.assertEqual(len(self.ends), 1)
        self.server.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])
