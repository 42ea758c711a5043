"""
Tests for L{sslpool.sessions.phases}: every stage meets every event.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.sessions.dialling import Dialling
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import TABLE, Event, Phase, follow
from sslpool.sessions.session import Session
from tests.server.scene import Scene, portTo
from tests.tls.hellos import librarys
from tests.tls.reception import portPolicy


class TableTests(SynchronousTestCase):
    """
    The table.
    """

    def test_everyPair(self) -> None:
        """
        Every stage either has a stage that follows an event, or does not know it.
        """
        self.assertEqual(set(TABLE), set(Phase))
        for phase in Phase:
            for event in Event:
                if event in TABLE[phase]:
                    self.assertIs(follow(phase, event), TABLE[phase][event])
                else:
                    self.assertRaises(ValueError, follow, phase, event)

    def test_ends(self) -> None:
        """
        From every stage a session can end, and from the last one nothing follows.
        """
        for phase in set(Phase) - {Phase.ENDED}:
            self.assertIs(follow(phase, Event.END), Phase.ENDED)
        self.assertEqual(TABLE[Phase.ENDED], {})

    def test_reached(self) -> None:
        """
        Every stage is reached from the first one.
        """
        reached = {Phase.NEW}
        for _ in Phase:
            reached |= {to for phase in reached for to in TABLE[phase].values()}
        self.assertEqual(reached, set(Phase))


class StageTests(SynchronousTestCase):
    """
    Sessions at each stage.
    """

    def hello(self, scene: Scene) -> None:
        """
        Have a session whose client has said nothing.
        """
        port = portTo(scene.application().address)
        scene.relay.setPort(evolve(port, policy=portPolicy("TEST", "TEST")))
        scene.rawClient()
        scene.until(lambda: scene.relay.sessions)

    def handshake(self, scene: Scene) -> None:
        """
        Have a session that shakes hands.
        """
        scene.application()
        client = scene.rawClient()
        client.send(librarys("localhost"))
        scene.until(lambda: client.received)

    def dialling(self, scene: Scene) -> None:
        """
        Have a session that cannot yet connect.
        """
        scene.application()
        patched = self.patch(Dialling, "connect", lambda stage: None)
        client = scene.client()
        scene.until(lambda: client.secure and scene.session.phase is Phase.DIALLING)
        patched.restore()

    def cleartext(self, scene: Scene) -> None:
        """
        Have a session whose dialogue is in cleartext.
        """
        scene.dynamic("SMTP", "ALLOWED")
        scene.rawClient()
        scene.until(lambda: scene.relay.sessions and scene.session.phase is Phase.CLEARTEXT)

    def dialogue(self, scene: Scene) -> None:
        """
        Have a session whose dialogue is understood over TLS.
        """
        application = scene.dynamic("FTP", "ALLOWED")
        raw = scene.rawClient()
        scene.until(lambda: application.peers)
        application.peers[0].send(b"220 here\r\n")
        scene.until(lambda: raw.received.endswith(b"\n"))
        raw.send(b"AUTH TLS\r\n")
        scene.until(lambda: raw.received.count(b"\n") == 2)
        scene.upgrade(raw)
        scene.until(lambda: scene.session.phase is Phase.DIALOGUE)

    def relaying(self, scene: Scene) -> None:
        """
        Have a session that relays.
        """
        application = scene.application()
        client = scene.client()
        peer = scene.established(application, client)
        client.send(b"hello")
        scene.until(lambda: peer.received)

    def closing(self, scene: Scene) -> None:
        """
        Have a session whose application has ended.
        """
        scene.established(scene.application(), scene.client()).end()
        scene.until(lambda: scene.session.phase is Phase.CLOSING)

    def draining(self, scene: Scene) -> None:
        """
        Have a session that we have closed.
        """
        self.relaying(scene)
        scene.relay.stop()

    def ended(self, scene: Scene) -> None:
        """
        Have a session that has ended.
        """
        self.relaying(scene)
        self.session = scene.session
        scene.session.end(Outcome.STOPPED)

    def at(self, phase: Phase) -> tuple[Scene, Session]:
        """
        Return a session at a stage, and what stands around it.
        """
        scene = Scene(self)
        makers: dict[Phase, Callable[[Scene], None]] = {
            Phase.HELLO: self.hello,
            Phase.HANDSHAKE: self.handshake,
            Phase.DIALLING: self.dialling,
            Phase.CLEARTEXT: self.cleartext,
            Phase.DIALOGUE: self.dialogue,
            Phase.RELAYING: self.relaying,
            Phase.CLOSING: self.closing,
            Phase.DRAINING: self.draining,
            Phase.ENDED: self.ended,
        }
        makers[phase](scene)
        session = self.session if phase is Phase.ENDED else scene.session
        self.assertIs(session.phase, phase)
        return scene, session

    def every(self, act: Callable[[Scene, Session], object]) -> None:
        """
        Do something at each stage; no fault of ours comes of it, and nothing is left.
        """
        for phase in set(Phase) - {Phase.NEW}:
            scene, session = self.at(phase)
            act(scene, session)
            scene.relay.close()
            self.assertEqual((scene.observer.faults, session.phase), ([], Phase.ENDED), phase)

    def test_events(self) -> None:
        """
        Every stage meets every event of the table: it follows, or is refused and changes nothing.
        """
        for phase in set(Phase) - {Phase.NEW}:
            _, session = self.at(phase)
            for event in Event:
                session.phase = phase
                if event in TABLE[phase]:
                    session.come(event)
                    self.assertIs(session.phase, TABLE[phase][event])
                else:
                    self.assertRaises(ValueError, session.come, event)
                    self.assertIs(session.phase, phase)
            session.phase = phase

    def test_readiness(self) -> None:
        """
        Every stage tolerates every readiness of either socket.
        """

        def bother(scene: Scene, session: Session) -> None:
            for events in (1, 4, 5, 8, 16, 0x2001, 0x2011, 0x2019):
                session.stage.clientEvent(events)
                if session.applicationSocket is not None:
                    session.stage.applicationEvent(events)

        self.every(bother)

    def test_time(self) -> None:
        """
        Every stage is swept, now and much later.
        """

        def sweep(scene: Scene, session: Session) -> None:
            scene.sweep()
            scene.sweep(1e6)

        self.every(sweep)

    def test_stopped(self) -> None:
        """
        Every stage can be told to stop, twice, and ends in bounded time.
        """

        def stop(scene: Scene, session: Session) -> None:
            scene.relay.stop()
            scene.relay.stop()
            scene.sweep(10)
            self.assertEqual(scene.relay.sessions, {})

        self.every(stop)

    def test_fault(self) -> None:
        """
        Every stage can meet a fault of ours, and has ended then.
        """
        self.every(lambda scene, session: session.fail())
