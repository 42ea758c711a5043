"""
Tests for L{sslpool.stack.programs.applicationsocket} and L{sslpool.stack.programs.conversation}.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import tempfile
from typing import cast

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.config.portpolicy import PortLabel
from sslpool.config.securing import Outbound, Remote
from sslpool.fairqueue import AT_ONCE, FairQueue
from sslpool.interfaces import Arrival, Asker, IRouter, IStackReactor
from sslpool.stack.front.acceptor import Acceptor
from sslpool.stack.front.admission import Admission
from sslpool.stack.programs import limits
from sslpool.stack.programs.applicationsocket import IDLE_TIMEOUT, REPORT_INTERVAL, SWEEP, ApplicationSocket
from sslpool.stack.programs.limits import MOST_OF_ONE
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.offer import DYNAMIC
from sslpool.wire.requests import LONGEST, Asked, Code, Reply, Request, packRequest, unpackReply
from sslpool.wire.serial import fromJson
from tests.config.support import current
from tests.doubles.reactor import FakeReactor
from tests.doubles.room import newSegment
from tests.logs import ids, texts
from tests.openfiles import openDescriptors
from tests.server.ends import tcpPair
from tests.stack.front.test_acceptor import WAIT, FakeRouter


class SocketCase(SynchronousTestCase):
    """
    A test with an application socket, and one member that has room.
    """

    room = 4

    check = "NONE"

    def setUp(self) -> None:
        """
        Listen.
        """
        self.reactor = FakeReactor()
        self.router = FakeRouter(self.room)
        self.router.exhausted = False
        reactor = cast(IStackReactor, self.reactor)
        router = cast(IRouter, self.router)
        admission = Admission(reactor, router, dict, lambda place: None)
        self.acceptor = Acceptor(reactor, newSegment(), router, admission, lambda port: b"")
        self.acceptor.startService()
        self.trusted = True
        self.turns = FairQueue(reactor)
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, directory)
        path = os.path.join(directory, "T.application")
        self.programs = ApplicationSocket(
            reactor,
            path,
            self.acceptor,
            router,
            lambda: {"WEBCERT"},
            lambda uid: succeed(Asker(uid, "ALICE", self.trusted)),
            self.turns,
            current(checks=(("WEBCERT", self.check),)),
        )
        self.before = openDescriptors()
        self.programs.startService()
        self.addCleanup(self.stop)
        self.opened: list[socket.socket] = []

    def stop(self) -> None:
        """
        Stop, if that has not happened; nothing is left.
        """
        for each in self.opened:
            each.close()
        for arrival in self.handed:
            arrival.close()
        self.acceptor.stopService()
        if self.programs.running:
            self.programs.stopService()
        self.assertEqual(openDescriptors(), self.before)

    @property
    def handed(self) -> list[Arrival]:
        """
        The connections that the member was handed.
        """
        return self.router.members[0].handoff.handed

    def keep(self, connection: socket.socket) -> socket.socket:
        """
        Have a socket closed in the end.
        """
        self.opened.append(connection)
        connection.setblocking(False)
        return connection

    def program(self) -> socket.socket:
        """
        Connect a program.
        """
        conversation = self.keep(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        conversation.connect(self.programs.path)
        self.reactor.turn()
        return conversation

    def ask(self, request: Request | bytes, *descriptors: int, program: socket.socket | None = None) -> Reply | None:
        """
        Ask something, and return the answer if there is one.
        """
        conversation = program or self.program()
        message = request if isinstance(request, bytes) else packRequest(request)
        socket.send_fds(conversation, [message], descriptors)
        self.reactor.turn()
        # A stranger's turn.
        self.reactor.advance(0)
        return self.answer(conversation)

    def answer(self, conversation: socket.socket) -> Reply | None:
        """
        Return the answer if there is one.
        """
        try:
            return unpackReply(conversation.recv(LONGEST))
        except BlockingIOError:
            return None

    def connection(self) -> socket.socket:
        """
        Return the program's end of a TCP connection.
        """
        connecting, accepted = map(self.keep, tcpPair())
        return accepted


class LifeTests(SocketCase):
    """
    The service.
    """

    def test_interface(self) -> None:
        """
        It is a reader, and a socket that everybody may connect to.
        """
        verifyObject(IReadDescriptor, self.programs)
        self.assertEqual(stat.S_IMODE(os.stat(self.programs.path).st_mode), 0o666)

    def test_stop(self) -> None:
        """
        When it stops, the socket is gone and conversations end; when it starts again, it is there.
        """
        conversation = self.program()
        self.programs.stopService()
        self.assertFalse(os.path.exists(self.programs.path))
        self.assertEqual(conversation.recv(1), b"")
        self.programs.startService()
        self.assertEqual(self.ask(Request(Asked.QUERY_TLS)), Reply(Code.OK))

    def test_removed(self) -> None:
        """
        A socket that was removed is made again, and conversations go on; what somebody has put in
        its place stays, now and at the end.
        """
        conversation = self.program()
        self.assertEqual(list(self.programs.tend()), [])
        os.unlink(self.programs.path)
        self.assertEqual(list(self.programs.tend()), [self.programs.path])
        for program in (conversation, None):
            self.assertEqual(self.ask(Request(Asked.QUERY_TLS), program=program), Reply(Code.OK))
        os.unlink(self.programs.path)
        with open(self.programs.path, "w"):
            pass
        self.assertRaises(FileExistsError, list, self.programs.tend())
        self.reactor.advance(SWEEP)
        self.programs.stopService()
        self.assertTrue(os.path.exists(self.programs.path))

    def test_laterPossible(self) -> None:
        """
        Where it cannot be made at the start it is as soon as that is possible.
        """
        self.programs.stopService()
        directory = os.path.dirname(self.programs.path)
        shutil.rmtree(directory)
        self.programs.startService()
        self.assertRaises(FileNotFoundError, list, self.programs.tend())
        os.mkdir(directory)
        self.assertEqual(list(self.programs.tend()), [self.programs.path])
        self.programs.stopService()
        self.assertEqual(list(self.programs.tend()), [])

    def test_cannotListen(self) -> None:
        """
        Where the path cannot be used, a message says so, and the stack goes on.
        """
        self.programs.stopService()
        self.programs.path = "/nowhere/at/all"
        with capturedLogs() as events:
            self.programs.startService()
        self.assertEqual(texts(events), [
            "SSLP749E The application socket /nowhere/at/all cannot be used: No such file or directory"
        ])  # fmt: skip
        self.programs.stopService()


class QueryTests(SocketCase):
    """
    C{QueryTLS}.
    """

    def test_label(self) -> None:
        """
        A label is known or is not; an empty one asks for a server only.  One
        conversation can ask several times, and everybody may.
        """
        self.trusted = False
        program = self.program()
        for label, code in (("WEBCERT", Code.OK), ("NOTTHERE", Code.LABEL), ("", Code.OK)):
            reply = self.ask(Request(Asked.QUERY_TLS, label), program=program)
            assert reply is not None
            self.assertIs(reply.code, code)
        self.assertEqual(self.programs.answered, {Code.OK: 2, Code.LABEL: 1})

    def test_noServer(self) -> None:
        """
        Without a server nothing is known.
        """
        self.router.exhausted = True
        reply = self.ask(Request(Asked.QUERY_TLS, "NOTTHERE"))
        self.assertEqual(reply, Reply(Code.NO_SERVER, "SSLP741E", "SSL Server is not available on local system."))


class StrictTests(SocketCase):
    """
    A label of which C{:clientcertcheck.} says REQUIRED.
    """

    check = "REQUIRED"

    def test_check(self) -> None:
        """
        A program cannot ask for less; towards remote hosts it does not count.
        """
        for asked, labels in (
            (Request(Asked.SECURE_SERVER, "WEBCERT", "PREFERRED"), (PortLabel("WEBCERT", "REQUIRED"),)),
            (Request(Asked.SECURE_SERVER, "WEBCERT"), (PortLabel("WEBCERT", "REQUIRED"),)),
            (Request(Asked.SECURE_CLIENT, "WEBCERT", name="mail.example"), ()),
        ):
            self.handed.clear()
            self.assertIsNone(self.ask(asked, self.connection().fileno()))
            assignment: PortAssignment = fromJson(PortAssignment, self.handed[0].order[1:])
            self.assertEqual(assignment.policy.labels, labels)


class SecureTests(SocketCase):
    """
    C{SecureServer} and C{SecureClient}.
    """

    def assignment(self) -> PortAssignment:
        """
        Return what the member was told about the only connection.
        """
        [arrival] = self.handed
        self.assertEqual((arrival.port, arrival.order[:1]), (DYNAMIC, b"\0"))
        assignment: PortAssignment = fromJson(PortAssignment, arrival.order[1:])
        return assignment

    def test_server(self) -> None:
        """
        A connection goes to the member with its number, its addresses and what is
        asked for; the conversation goes with it, and is not here any more.
        """
        connection = self.connection()
        program = self.program()
        self.assertIsNone(self.ask(Request(Asked.SECURE_SERVER, "WEBCERT"), connection.fileno(), program=program))
        [arrival] = self.handed
        self.assertEqual((arrival.number, arrival.host), (1, "127.0.0.1"))
        self.assertEqual(arrival.hostPort, connection.getpeername()[1])
        local = "{}:{}".format(*connection.getsockname())
        self.assertEqual(self.assignment(), PortAssignment(0, local, "ALICE", "WEBCERT", ()))
        self.assertEqual(self.programs.counts(), {"connections handed over": 1, "requests refused": 0})
        assert arrival.conversation is not None
        arrival.conversation.send(b"from the server")
        self.assertEqual(program.recv(64), b"from the server")
        self.assertEqual([each for each in self.reactor.getReaders() if each is not self.programs], [])

    def test_check(self) -> None:
        """
        Of what program and label ask of the client, the stricter counts.
        """
        request = Request(Asked.SECURE_SERVER, "WEBCERT", "PREFERRED")
        self.assertIsNone(self.ask(request, self.connection().fileno()))
        self.assertEqual(self.assignment().policy.labels, (PortLabel("WEBCERT", "PREFERRED"),))

    def test_client(self) -> None:
        """
        So does one to a remote host.
        """
        request = Request(
            Asked.SECURE_CLIENT, "", name="mail.example", authorities=("CA",), protocols=("x",), startTLS="SMTP"
        )
        self.assertIsNone(self.ask(request, self.connection().fileno()))
        self.assertEqual(self.assignment().securing, Outbound(Remote("mail.example", ("CA",), ("x",), "SMTP")))

    def refused(self, code: Code, request: Request | bytes, *descriptors: int) -> Reply:
        """
        Assert that a request is refused and counted, and nothing is handed over.
        """
        reply = self.ask(request, *descriptors)
        assert reply is not None
        self.assertIs(reply.code, code)
        self.assertEqual(self.programs.answered[code], 1)
        self.assertEqual(self.programs.counts(), {"connections handed over": 0, "requests refused": 1})
        self.assertEqual(self.handed, [])
        return reply

    def test_notTrusted(self) -> None:
        """
        Who is not trusted gets nothing secured.
        """
        self.trusted = False
        reply = self.refused(Code.NOT_AUTHORIZED, Request(Asked.SECURE_SERVER, "WEBCERT"), self.connection().fileno())
        self.assertEqual(reply.text, "ALICE may not have connections secured")

    def test_label(self) -> None:
        """
        A label that is not known is refused, our own of a client as well.
        """
        self.refused(Code.LABEL, Request(Asked.SECURE_SERVER, "NOTTHERE"), self.connection().fileno())
        self.programs.answered.clear()
        self.refused(Code.LABEL, Request(Asked.SECURE_CLIENT, "NOTTHERE", name="x"), self.connection().fileno())

    def test_badSocket(self) -> None:
        """
        So is what is no connection.
        """
        self.refused(Code.BAD_SOCKET, Request(Asked.SECURE_SERVER, "WEBCERT"))
        self.programs.answered.clear()
        self.refused(Code.BAD_SOCKET, Request(Asked.SECURE_SERVER, "WEBCERT"), 0, 0)

    def test_badRequest(self) -> None:
        """
        So is what is no request, what is too long, and what belongs behind the handshake;
        descriptors that came with it are closed.
        """
        self.refused(Code.BAD_REQUEST, b"{", self.connection().fileno())
        self.programs.answered.clear()
        self.assertIn("longer than", self.refused(Code.BAD_REQUEST, b" " * (LONGEST + 1), 0).text)
        self.programs.answered.clear()
        self.refused(Code.BAD_REQUEST, Request(Asked.CLEAR_SECURE))

    def test_complaints(self) -> None:
        """
        The first refusal is logged; those that follow are counted, and logged with the next message.
        """
        with capturedLogs() as events:
            for _ in range(5):
                self.ask(b"{")
            self.reactor.advance(REPORT_INTERVAL)
            self.ask(b"{")
        self.assertEqual(ids(events), ["SSLP750W"] * 2)
        first, second = texts(events)
        self.assertIn("request of ALICE refused: The request cannot be understood: it is not JSON", first)
        self.assertTrue(second.endswith("(refused since the last message: 5)"), second)


class FullTests(SocketCase):
    """
    No member has room.
    """

    room = 0

    def test_waits(self) -> None:
        """
        A connection waits for room, and goes to the member that has some.
        """
        self.assertIsNone(self.ask(Request(Asked.SECURE_SERVER, "WEBCERT"), self.connection().fileno()))
        self.assertEqual((self.handed, self.acceptor.waiting), ([], 1))
        self.router.members[0].room = 1
        self.acceptor.roomChanged()
        self.assertEqual((len(self.handed), self.acceptor.waiting), (1, 0))

    def test_tooLong(self) -> None:
        """
        When it has waited for WAIT, the program hears that there is no server.
        """
        program = self.program()
        self.ask(Request(Asked.SECURE_SERVER, "WEBCERT"), self.connection().fileno(), program=program)
        self.reactor.pump([1.0] * (WAIT + 1))
        reply = self.answer(program)
        assert reply is not None
        self.assertIs(reply.code, Code.NO_SERVER)
        self.assertEqual(self.acceptor.waiting, 0)


class FloodTests(SocketCase):
    """
    Too many.
    """

    def test_ofOneUser(self) -> None:
        """
        A user has so many conversations and no more; when one ends there is room for another.
        """
        programs = [self.program() for _ in range(MOST_OF_ONE)]
        reply = self.answer(self.program())
        assert reply is not None
        self.assertIs(reply.code, Code.BUSY)
        programs[0].close()
        self.reactor.turn()
        self.assertEqual(self.ask(Request(Asked.QUERY_TLS)), Reply(Code.OK))

    def test_strangers(self) -> None:
        """
        Those who are not trusted have so many places together, and connect so often; the others do not miss any.
        """
        self.trusted = False
        for _ in range(AT_ONCE):
            self.program().close()
            self.reactor.turn()
        reply = self.answer(self.program())
        assert reply is not None
        self.assertIs(reply.code, Code.BUSY)
        self.trusted = True
        self.assertEqual(self.ask(Request(Asked.QUERY_TLS)), Reply(Code.OK))

    def test_placesOfStrangers(self) -> None:
        """
        Whoever they are, they have so many places.
        """
        self.trusted = False
        self.patch(limits, "MOST_STRANGERS", 3)
        programs = [self.program() for _ in range(4)]
        self.assertEqual([self.answer(each) is None for each in programs], [True, True, True, False])
        self.trusted = True
        self.assertIsNone(self.answer(self.program()))

    def test_turns(self) -> None:
        """
        A stranger's question waits for its turn, nothing more is read from him meanwhile, and he is
        not silent; who is trusted is answered.
        """
        done: Deferred[None] = Deferred()
        self.turns.wait("busy", lambda: done)
        self.reactor.advance(0)
        self.trusted = False
        stranger, gone = self.program(), self.program()
        for each in (stranger, gone):
            self.assertIsNone(self.ask(Request(Asked.QUERY_TLS), program=each))
        gone.close()
        self.trusted = True
        self.assertEqual(self.ask(Request(Asked.QUERY_TLS)), Reply(Code.OK))
        self.reactor.pump([1.0] * int(IDLE_TIMEOUT + SWEEP))
        self.assertIsNone(self.answer(stranger))
        self.assertEqual(self.turns.waiting, 2)
        done.callback(None)
        self.reactor.pump([0.0] * 3)
        self.assertEqual(self.answer(stranger), Reply(Code.OK))
        self.programs.stopService()
        self.assertEqual(self.turns.waiting, 0)

    def test_slowName(self) -> None:
        """
        Nothing is read before it is known who asks; one that goes meanwhile is forgotten.
        """
        found: list[Deferred[Asker]] = []

        def look(uid: int) -> Deferred[Asker]:
            found.append(Deferred())
            return found[-1]

        self.programs._askerOf = look
        first, second = self.program(), self.program()
        self.assertIsNone(self.ask(Request(Asked.QUERY_TLS), program=first))
        self.programs.stopService()
        self.programs.startService()
        third = self.program()
        self.assertIsNone(self.ask(Request(Asked.QUERY_TLS), program=third))
        for each in found:
            each.callback(Asker(os.geteuid(), "ALICE", True))
        self.reactor.turn()
        self.assertEqual(self.answer(third), Reply(Code.OK))
        self.assertRaises(ConnectionResetError, first.recv, 1)
        self.assertEqual(second.recv(1), b"")

    def test_silent(self) -> None:
        """
        A conversation in which nothing is said is ended after a while.
        """
        program = self.program()
        self.reactor.pump([1.0] * int(IDLE_TIMEOUT - 6))
        self.assertEqual(self.ask(Request(Asked.QUERY_TLS), program=program), Reply(Code.OK))
        self.reactor.pump([1.0] * int(IDLE_TIMEOUT - 6))
        self.assertIsNone(self.answer(program))
        self.reactor.pump([1.0] * 12)
        self.assertEqual(program.recv(1), b"")

    def test_doesNotRead(self) -> None:
        """
        A program that asks and never reads is let go.
        """
        program = self.program()
        request = packRequest(Request(Asked.QUERY_TLS))
        with self.assertRaises(OSError):
            for _ in range(100000):
                program.send(request)
                self.reactor.turn()
