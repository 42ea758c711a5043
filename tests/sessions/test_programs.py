"""
Tests for L{sslpool.sessions.programs}.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.portpolicy import PortLabel, PortPolicy
from sslpool.sessions.draining import LINGER
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.tls.peers import Trust
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.offer import DYNAMIC, packOffer, packOrder
from sslpool.wire.requests import LONGEST, Asked, Code, Reply, Request, packRequest, unpackReply
from sslpool.wire.segment import RETURNED, Shortage
from sslpool.wire.serial import toJson
from tests.doubles.certificates import makeClient
from tests.server.ends import Client, Peer, tcpPair
from tests.server.remotehost import show
from tests.server.scene import Scene, authority, clientContext


class Program:
    """
    A program that has handed a connection over.

    @ivar conversation: its end of the conversation.
    @ivar cleartext: its end of the pair, when the connection is secure.
    @ivar connection: the connection, when it has got it back.
    """

    def __init__(self, scene: Scene, conversation: socket.socket) -> None:
        self._scene = scene
        self.conversation = conversation
        self.cleartext: Peer | None = None
        self.connection: socket.socket | None = None
        self.answers: list[Reply] = []
        self.gone = False

    def turn(self) -> None:
        """
        Hear what is said.
        """
        if self.conversation.fileno() < 0:
            return
        try:
            message, descriptors, _, _ = socket.recv_fds(self.conversation, 65536, 1)
        except BlockingIOError:
            return
        self.gone = not message
        if message:
            self.answers.append(unpackReply(message))
        for descriptor in descriptors:
            connection = socket.socket(fileno=descriptor)
            if connection.family == socket.AF_UNIX:
                self.cleartext = self._scene.join(Peer(connection))
            else:
                self.connection = connection

    def ask(self, asked: Asked) -> None:
        """
        Ask the server something.
        """
        self.conversation.send(packRequest(Request(asked)))

    def close(self) -> None:
        """
        Close everything.
        """
        self.conversation.close()
        if self.connection is not None:
            self.connection.close()


class DynamicCase(SynchronousTestCase):
    """
    A test with a relay, and programs that hand connections over.
    """

    def setUp(self) -> None:
        """
        Make the scene.
        """
        self.scene = Scene(self)

    def program(self, connection: socket.socket, label: str = "TEST", order: PortAssignment | None = None) -> Program:
        """
        Have a program hand C{connection} over.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        assignment = order or PortAssignment(DYNAMIC, "127.0.0.1:21", "FTPSERVE", label, ())
        message = packOffer(1, 1, DYNAMIC, "192.0.2.1", 4711, packOrder(toJson(assignment)))
        self.scene.region.handed += 1
        socket.send_fds(self.scene.stack, [message], [connection.fileno(), theirs.fileno()])
        self.scene.duplicates[1] = connection
        theirs.close()
        return self.scene.join(Program(self.scene, ours))

    def both(self) -> tuple[Program, Client]:
        """
        Hand a connection over whose other side is a TLS client.
        """
        connecting, accepted = tcpPair()
        client = self.scene.join(Client(connecting, clientContext(), None))
        return self.program(accepted), client

    def secured(self) -> tuple[Program, Peer, Client]:
        """
        The same, with the handshake complete.
        """
        program, client = self.both()
        self.scene.until(lambda: client.secure and program.cleartext)
        assert program.cleartext is not None
        return program, program.cleartext, client

    def answered(self, program: Program, code: Code) -> Reply:
        """
        Return the next answer, which is C{code}.
        """
        count = len(program.answers)
        self.scene.until(lambda: len(program.answers) > count)
        self.assertIs(program.answers[-1].code, code)
        return program.answers[-1]


class SecuredTests(DynamicCase):
    """
    Connections that become secure.
    """

    def test_data(self) -> None:
        """
        The program gets its end and what was agreed; data goes both ways, and the end as well.
        """
        program, cleartext, client = self.secured()
        more: Any = program.answers[0].more
        self.assertEqual((more["number"], more["detail"]["protocol"]), (1, "TLSv1.3"))
        self.assertEqual(self.scene.region.taken(1), 1)
        cleartext.send(b"220 ready\r\n")
        client.send(b"USER x\r\n")
        self.scene.until(lambda: client.received == b"220 ready\r\n" and cleartext.received == b"USER x\r\n")
        client.end()
        self.scene.until(lambda: cleartext.ended)
        cleartext.close()
        self.scene.ended(Outcome.FINISHED)
        self.scene.until(lambda: program.gone)

    def test_record(self) -> None:
        """
        It is reported as any other session.
        """
        self.secured()
        [record] = self.scene.relay.sessionRecords("SSL00001", 0, 9)
        self.assertEqual((record.kind, record.state), ("Dynamic", "Established"))
        self.assertEqual((record.client, record.local), ("192.0.2.1:4711", "127.0.0.1:21"))
        self.assertEqual((record.userid, record.label), ("FTPSERVE", "TEST"))

    def test_programKilled(self) -> None:
        """
        Where the program has gone altogether and the client does not end, the
        session ends soon; what was said before is delivered.
        """
        program, cleartext, client = self.secured()
        cleartext.send(b"goodbye")
        self.scene.until(lambda: client.received == b"goodbye")
        cleartext.close()
        program.close()
        self.scene.until(lambda: client.ended)
        self.scene.sweep(LINGER + 1)
        self.scene.sweep(LINGER + 1)
        self.scene.ended(Outcome.FINISHED)

    def test_conversationEnds(self) -> None:
        """
        A program may end the conversation; its session goes on.
        """
        program, cleartext, client = self.secured()
        program.close()
        self.scene.calm()
        client.send(b"still there")
        self.scene.until(lambda: cleartext.received == b"still there")

    def test_idle(self) -> None:
        """
        What is not said costs nothing.
        """
        self.secured()
        self.assertEqual(self.scene.calm(), 0)

    def test_detail(self) -> None:
        """
        C{SecureDetail} is answered at any time.
        """
        program, _, _ = self.secured()
        program.ask(Asked.SECURE_DETAIL)
        self.assertEqual(self.answered(program, Code.OK).more, program.answers[0].more)

    def test_nonsense(self) -> None:
        """
        What is no request, or none for a connection that is secure, is refused; the session goes on.
        """
        program, cleartext, client = self.secured()
        for message in (b"{", b" " * (LONGEST + 1), packRequest(Request(Asked.QUERY_TLS))):
            program.conversation.send(message)
            self.answered(program, Code.BAD_REQUEST)
        client.send(b"still there")
        self.scene.until(lambda: cleartext.received == b"still there")

    def test_doesNotRead(self) -> None:
        """
        A program that asks and does not read the answers loses the conversation, and no more.
        """
        program, cleartext, client = self.secured()
        self.scene._turning.remove(program)
        self.addCleanup(program.close)
        with self.assertRaises(OSError):
            while True:
                program.ask(Asked.SECURE_DETAIL)
                self.scene.turn()
        client.send(b"still there")
        self.scene.until(lambda: cleartext.received == b"still there")


class ClearTests(DynamicCase):
    """
    C{ClearSecure}.
    """

    def test_clear(self) -> None:
        """
        What the program has written goes first; then both sides say close_notify,
        and the program has its connection, which is as it was.
        """
        program, cleartext, client = self.secured()
        cleartext.send(b"234 clear\r\n")
        self.scene.until(lambda: cleartext.sent)
        program.ask(Asked.CLEAR_SECURE)
        self.scene.until(lambda: client.ended)
        self.assertEqual(client.received, b"234 clear\r\n")
        self.assertFalse(client.hungUp)
        client.end()
        self.answered(program, Code.OK)
        assert program.connection is not None
        self.assertFalse(os.get_blocking(program.connection.fileno()))
        self.scene.ended(Outcome.CLEARED)
        program.connection.send(b"in the clear")
        self.scene.until(lambda: client._incoming.pending == len(b"in the clear"))
        self.assertEqual(client._incoming.read(), b"in the clear")

    def test_clearBehindMuch(self) -> None:
        """
        What the client says in the clear, directly behind its close_notify, is the
        program's, also where the session has been receiving many records at once.
        """
        program, _, client = self.secured()
        program.ask(Asked.CLEAR_SECURE)
        self.scene.until(lambda: client.ended)
        self.scene.session.bulk = True
        client.end()
        client.turn()
        client.socket.send(b"in the clear")
        self.answered(program, Code.OK)
        assert program.connection is not None
        self.assertEqual(program.connection.recv(100), b"in the clear")

    def test_silence(self) -> None:
        """
        Where the other side does not answer in time, the connection is closed.
        """
        program, _, client = self.secured()
        client.reading = False
        program.ask(Asked.CLEAR_SECURE)
        self.scene.calm()
        self.scene.sweep(11)
        self.scene.sweep(LINGER + 1)
        reply = self.answered(program, Code.NOT_CLEARED)
        self.assertIn("did not answer close_notify in time", reply.text)
        self.scene.ended(Outcome.NOT_CLEARED)

    def test_tooLate(self) -> None:
        """
        A session that the program is ending cannot be made clear, and not twice.
        """
        program, cleartext, _ = self.secured()
        cleartext.socket.shutdown(socket.SHUT_WR)
        self.scene.until(lambda: self.scene.session.phase is Phase.CLOSING)
        program.ask(Asked.CLEAR_SECURE)
        self.answered(program, Code.NOT_CLEARED)


class ClientCertificateTests(DynamicCase):
    """
    Programs that want a certificate of the client.
    """

    def client(self, level: str, shows: bool) -> tuple[Program, Client]:
        """
        Have a program ask for a certificate at C{level}; the client shows one or not.
        """
        self.scene.relay.trust = Trust((authority().certificate,))
        context = clientContext()
        if shows:
            show(context, makeClient(authority()))
        connecting, accepted = tcpPair()
        client = self.scene.join(Client(connecting, context, None))
        policy = PortPolicy((PortLabel("TEST", level),))
        order = PortAssignment(DYNAMIC, "127.0.0.1:21", "FTPSERVE", "TEST", (), policy=policy)
        return self.program(accepted, order=order), client

    def test_shown(self) -> None:
        """
        The program hears whose it is.
        """
        for level in ("PREFERRED", "REQUIRED"):
            self.shown(level)

    def shown(self, level: str) -> None:
        """
        Let a client show its certificate at C{level}.
        """
        program, client = self.client(level, True)
        self.scene.until(lambda: program.cleartext)
        self.assertEqual(program.answers[0].more["detail"]["certificate"]["subject"], "CN=client")
        program.cleartext.close()  # type: ignore[union-attr]
        client.close()
        self.scene.until(lambda: not self.scene.relay.sessions)

    def test_notShown(self) -> None:
        """
        Without one the handshake fails where it is required, and only there.
        """
        program, _ = self.client("PREFERRED", False)
        self.scene.until(lambda: program.cleartext)
        self.assertIsNone(program.answers[0].more["detail"]["certificate"])
        program.cleartext.close()  # type: ignore[union-attr]
        self.scene.relay.stop()
        self.scene.sweep(LINGER + 1)
        program, _ = self.client("REQUIRED", False)
        self.assertIn("certificate", self.answered(program, Code.HANDSHAKE).text)


class RefusedTests(DynamicCase):
    """
    Connections that do not become secure.
    """

    def refused(self, program: Program, code: Code, outcome: Outcome) -> Reply:
        """
        Assert that the program hears why, and how the session has ended.
        """
        reply = self.answered(program, code)
        self.scene.ended(outcome)
        self.scene.until(lambda: program.gone)
        self.assertEqual(self.scene.region.taken(1), 1)
        return reply

    def test_notTLS(self) -> None:
        """
        The other side speaks no TLS.
        """
        connecting, accepted = tcpPair()
        self.scene.join(Peer(connecting)).send(b"GET / HTTP/1.0\r\n\r\n")
        reply = self.refused(self.program(accepted), Code.HANDSHAKE, Outcome.HANDSHAKE_HTTP)
        self.assertEqual(reply.id, "SSLP746E")

    def test_silent(self) -> None:
        """
        It says nothing.
        """
        connecting, accepted = tcpPair()
        self.scene.join(Peer(connecting))
        program = self.program(accepted)
        self.scene.until(lambda: self.scene.relay.sessions)
        self.scene.sweep(11)
        self.refused(program, Code.HANDSHAKE, Outcome.HANDSHAKE_SILENT)

    def test_label(self) -> None:
        """
        The label has gone since the stack looked.
        """
        connecting, accepted = tcpPair()
        self.scene.join(Peer(connecting))
        self.refused(self.program(accepted, "NOTTHERE"), Code.LABEL, Outcome.LABEL_MISSING)

    def test_programLeaves(self) -> None:
        """
        The program leaves during the handshake: the connection is closed.
        """
        connecting, accepted = tcpPair()
        other = self.scene.join(Peer(connecting))
        program = self.program(accepted)
        self.scene.until(lambda: self.scene.relay.sessions)
        program.close()
        self.scene.ended(Outcome.PROGRAM_LEFT)
        self.scene.until(lambda: other.over)

    def test_programLeavesLate(self) -> None:
        """
        It has left when the handshake is complete.
        """
        program, client = self.both()
        program.conversation.shutdown(socket.SHUT_RD)
        program.close()
        self.scene.until(lambda: self.scene.region.sessions == 0)
        self.assertEqual(self.scene.outcomes(), {Outcome.PROGRAM_LEFT: 1})

    def test_impatience(self) -> None:
        """
        What is asked before the handshake is complete is refused; the handshake goes on.
        """
        connecting, accepted = tcpPair()
        program = self.program(accepted)
        program.ask(Asked.CLEAR_SECURE)
        self.answered(program, Code.BAD_REQUEST)
        client = self.scene.join(Client(connecting, clientContext(), None))
        self.scene.until(lambda: client.secure and program.cleartext)

    def test_stop(self) -> None:
        """
        The server stops.
        """
        connecting, accepted = tcpPair()
        self.scene.join(Peer(connecting))
        program = self.program(accepted)
        self.scene.until(lambda: self.scene.relay.sessions)
        self.scene.relay.stop()
        self.refused(program, Code.NO_SERVER, Outcome.STOPPED)

    def test_withoutDescriptors(self) -> None:
        """
        An offer that has lost its descriptors is given back.
        """
        order = packOrder(toJson(PortAssignment(DYNAMIC, "127.0.0.1:21", "FTPSERVE", "TEST", ())))
        self.scene.stack.send(packOffer(1, 1, DYNAMIC, "192.0.2.1", 4711, order))
        self.scene.until(lambda: self.scene.region.taken(1))
        self.assertEqual(self.scene.region.taken(1), 1 | RETURNED)
        self.assertIs(self.scene.region.shortage, Shortage.DESCRIPTORS)
