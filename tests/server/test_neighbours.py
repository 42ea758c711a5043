# -*- test-case-name: tests.server.test_neighbours -*-
"""
Tests for L{sslpool.server.relay}: sessions do not disturb each other.
"""

from __future__ import annotations

import select
import socket
from select import EPOLLIN

from twisted.trial.unittest import SynchronousTestCase

from sslpool.server.intake import Intake
from sslpool.server.relay import ROUNDS
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.relaying import BUFFER, Relaying
from sslpool.sessions.session import Session
from sslpool.tls.labels import buildLabels
from sslpool.tls.policy import Policy
from sslpool.tls.records import RECORD
from sslpool.wire.offer import packOffer
from tests.doubles.certificates import makeServer
from tests.server.ends import reset, somePayload, tcpPair
from tests.server.scene import PORT, SLOTS, Scene, authority


class FairnessTests(SynchronousTestCase):
    """
    Sessions do not disturb each other.
    """

    def setUp(self) -> None:
        """
        Have a relay and an application.
        """
        self.scene = Scene(self, clean=False)
        self.application = self.scene.application()

    def test_flood(self) -> None:
        """
        A session that has as much to move as it likes does not keep another
        one waiting: that one has its turn within the same wake-up.
        """
        scene = self.scene
        flooding = scene.client()
        scene.established(self.application, flooding)
        quiet = scene.client()
        peer = scene.established(self.application, quiet)
        scene.calm()
        flooding.send(somePayload(64 << 20))
        for _ in range(20):
            scene.turn()
        first = scene.relay.sessions[1]
        for octet in b"keystrokes":
            quiet.send(bytes([octet]))
            quiet.turn()
            flooding.turn()
            before, length = first.received, len(peer.received)
            scene.relay.doRead()
            peer.turn()
            self.assertEqual(len(peer.received), length + 1)
            self.assertLessEqual(first.received - before, ROUNDS * BUFFER)
            self.application.turn()
        self.assertFalse(flooding.sent)

    def test_failureIsNotContagious(self) -> None:
        """
        A session whose client has reset the connection leaves nothing behind that another session, which has to wait
        for the rest of a record, could take for its own failure.
        """
        scene = self.scene
        waiting = scene.client()
        peer = scene.established(self.application, waiting)
        failing = scene.client()
        failingPeer = scene.established(self.application, failing)
        scene.calm()
        reset(failing.socket)
        failingPeer.send(b"x")
        failingPeer.turn()
        scene.relay.sessions[2].stage.applicationEvent(select.EPOLLIN)
        self.assertEqual(scene.outcomes(), {Outcome.LEFT_AT_ONCE: 1})
        waiting.tls.write(b"a record in two pieces")
        record = waiting._outgoing.read()
        waiting.socket.send(record[:20])
        scene.calm()
        self.assertEqual(sorted(scene.relay.sessions), [1])
        waiting.socket.send(record[20:])
        scene.until(lambda: peer.received == b"a record in two pieces")

    def test_fault(self) -> None:
        """
        A mistake of ours ends the session that met it, and no other.
        """
        scene = self.scene
        one, other = scene.client(), scene.client()
        scene.until(lambda: one.secure and other.secure and len(self.application.peers) == 2)
        scene.calm()
        mistake = ZeroDivisionError()

        def readOn(stage: Relaying, code: int) -> int:
            raise mistake

        self.patch(Relaying, "readOn", readOn)
        one.send(bytes(RECORD))
        scene.until(lambda: one.over)
        self.assertEqual(scene.outcomes(), {Outcome.FAULT: 1})
        self.assertEqual(scene.observer.faults, [mistake])
        self.assertEqual(sorted(scene.relay.sessions), [2])

    def test_lastingFault(self) -> None:
        """
        A session that not even ends without a fault is dropped: one event, and no more.
        """
        scene = self.scene
        one, other = scene.client(), scene.client()
        scene.until(lambda: one.secure and other.secure and len(self.application.peers) == 2)
        scene.calm()
        real = Session.end

        def readOn(stage: Relaying, code: int) -> int:
            raise ZeroDivisionError

        def end(session: Session, outcome: Outcome, detail: str = "") -> None:
            if session.number == 1:
                raise KeyError
            real(session, outcome, detail)

        self.patch(Relaying, "readOn", readOn)
        self.patch(Session, "end", end)
        one.send(bytes(RECORD))
        scene.until(lambda: sorted(scene.relay.sessions) == [2])
        self.assertEqual(scene.calm(), 0)
        self.assertEqual([type(each) for each in scene.observer.faults], [ZeroDivisionError, KeyError])
        self.assertEqual((scene.outcomes(), scene.region.finished), ({Outcome.FAULT: 1}, 1))

    def test_faultInClose(self) -> None:
        """
        Nor does one that cannot be ended keep the relay from being closed.
        """
        scene = self.scene
        scene.rawClient()
        scene.until(lambda: scene.relay.sessions)
        patched = self.patch(Session, "end", lambda session, outcome, detail="": 1 / 0)
        scene.relay.close()
        patched.restore()
        self.assertEqual((scene.relay.sessions, scene.region.sessions), ({}, 0))
        self.assertEqual(len(scene.observer.faults), 2)
        self.assertLess(scene.handoff.fileno(), 0)

    def test_faultOfOthers(self) -> None:
        """
        A descriptor that belongs to no session is watched no longer after a fault.
        """
        scene = self.scene
        ours, theirs = socket.socketpair()
        calls: list[int] = []

        class Watching:
            def event(self, events: int) -> None:
                calls.append(events)
                raise ZeroDivisionError

        with ours, theirs:
            scene.relay.watch(ours.fileno(), 0, EPOLLIN, Watching().event)
            theirs.send(b"x")
            scene.until(lambda: calls)
            self.assertEqual((scene.calm(), len(calls)), (0, 1))

    def test_faultInIntake(self) -> None:
        """
        Where taking sockets meets a fault, it is tried again with each sweep, and not as fast as can be.
        """
        scene = self.scene
        patched = self.patch(Intake, "take", lambda intake: 1 / 0)
        scene.rawClient()
        scene.until(lambda: scene.observer.faults)
        self.assertEqual((scene.calm(), len(scene.observer.faults)), (0, 1))
        scene.sweep(1)
        self.assertEqual((scene.calm(), len(scene.observer.faults)), (0, 2))
        patched.restore()
        scene.sweep(1)
        scene.until(lambda: scene.relay.sessions)

    def test_faultInSweep(self) -> None:
        """
        A mistake of ours in the sweep, or in stopping, does not keep the other sessions from it.
        """
        scene = self.scene
        for name in ("sweep", "stop"):
            scene.rawClient()
            scene.rawClient()
            scene.until(lambda: len(scene.relay.sessions) == 2)
            real = getattr(Session, name)

            def wrong(session: Session, *arguments: float) -> None:
                if session.number % 2:
                    raise ZeroDivisionError
                real(session, *arguments)  # noqa: B023

            self.patch(Session, name, wrong)
            scene.sweep(10.1) if name == "sweep" else scene.relay.stop()
            self.assertEqual(scene.relay.sessions, {})
        self.assertEqual(scene.outcomes(), {Outcome.FAULT: 2, Outcome.HANDSHAKE_SILENT: 1, Outcome.STOPPED: 1})

    def test_duplicateElsewhere(self) -> None:
        """
        A socket of which the stack still holds a duplicate is not heard of any
        more when its session has ended, and its client sees the end.
        """
        scene = self.scene
        client = scene.client()
        peer = scene.established(self.application, client)
        peer.end()
        client.end()
        scene.ended(Outcome.FINISHED)
        scene.until(lambda: client.hungUp)
        duplicate = scene.duplicates[1]
        self.assertNotEqual(duplicate.fileno(), -1)
        client.socket.send(b"x")
        client.close()
        self.assertEqual(scene.calm(), 0)

    def test_otherLabels(self) -> None:
        """
        Labels that are replaced are for new connections; running ones go on.
        """
        scene = self.scene
        client = scene.client()
        peer = scene.established(self.application, client)
        renewed = makeServer(authority())
        scene.relay.labels = buildLabels([renewed], Policy(), 2)
        client.send(b"still there")
        scene.until(lambda: peer.received == b"still there")
        other = scene.client()
        scene.established(self.application, other)
        certificate = other.tls.getpeercert()
        assert certificate is not None
        self.assertEqual(int(str(certificate["serialNumber"]), 16), renewed.certificate.serial)

    def test_offerSize(self) -> None:
        """
        The longest address there is arrives whole.
        """
        host = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%averylongname00"
        _, accepted = tcpPair()
        self.addCleanup(accepted.close)
        self.scene.region.handed += 1
        socket.send_fds(self.scene.stack, [packOffer(9, SLOTS - 1, PORT, host, 1)], [accepted.fileno()])
        self.scene.until(lambda: self.scene.relay.sessions)
        self.assertEqual(self.scene.session.client, f"[{host}]:1")
