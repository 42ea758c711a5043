"""
Tests for L{sslpool.control.conversation}: the limits that protect the stack.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.logger import capturedLogs
from twisted.protocols import amp
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from sslpool.control import vocabulary
from sslpool.control.conversation import Limits, Room
from sslpool.messages import OperatorError
from sslpool.testing.administration import FakeAdministration
from tests.control.joined import ALICE, OWNER, STRANGER, join, stackEnd


class RoomTests(SynchronousTestCase):
    """
    L{Room} counts connections.
    """

    def test_perUser(self) -> None:
        """
        A user's connections are limited; leaving makes room.
        """
        room = Room(OWNER, most=10, mostPerUser=2)
        self.assertEqual([room.enter(7) for _ in range(3)], [True, True, False])
        self.assertTrue(room.enter(8))
        room.leave(7)
        self.assertTrue(room.enter(7))

    def test_ownerIsNotLockedOut(self) -> None:
        """
        Where others have taken all the room the stack's user still gets in.
        """
        room = Room(OWNER, most=3, mostPerUser=2)
        for uid in (1, 2, 3):
            self.assertTrue(room.enter(uid))
        self.assertEqual([room.enter(4), room.enter(OWNER)], [False, True])

    @given(st.lists(st.integers(0, 3)))
    def test_limits(self, uids: list[int]) -> None:
        """
        Whoever comes, neither limit is exceeded, and leaving empties the room.
        """
        room = Room(OWNER, most=5, mostPerUser=3)
        inside = [uid for uid in uids if room.enter(uid)]
        self.assertLessEqual(len(inside), 5)
        self.assertTrue(all(inside.count(uid) <= 3 for uid in inside))
        for uid in inside:
            room.leave(uid)
        self.assertEqual([room.enter(9) for _ in range(3)], [True] * 3)


class ManyTests(SynchronousTestCase):
    """
    Connections beyond the limit.
    """

    def test_noRoom(self) -> None:
        """
        A connection too many is ended with a word in the log; one that closes makes
        room.
        """
        room = Room(OWNER, mostPerUser=1)
        first = join(FakeAdministration(), room=room)
        with capturedLogs() as events:
            second = join(FakeAdministration(), room=room)
        self.assertEqual((first.cutOff, second.cutOff), (False, True))
        texts = [event["text"] for event in events if event.get("messageId") == "SSLP413W"]
        self.assertEqual(
            texts, ["SSLP413W The control connection of ALICE was ended: too many connections at once"]
        )
        self.successResultOf(first.ask(first.client.close()))
        self.assertFalse(join(FakeAdministration(), room=room).cutOff)

    def test_refusedIsNotCountedOut(self) -> None:
        """
        The end of a connection that was not let in makes no room.
        """
        room = Room(OWNER, mostPerUser=1)
        join(FakeAdministration(), room=room)
        for _ in range(3):
            self.assertTrue(join(FakeAdministration(), room=room).cutOff)


class SilenceTests(SynchronousTestCase):
    """
    Connections that ask nothing.
    """

    def test_silent(self) -> None:
        """
        A connection on which nothing is asked is asked whether anybody is there, and
        ended where nobody is.
        """
        joined = join(FakeAdministration(), STRANGER)
        joined.clock.advance(30)
        self.assertFalse(joined.cutOff)
        joined.clock.advance(29)
        self.assertFalse(joined.cutOff)
        joined.clock.advance(1)
        self.assertTrue(joined.cutOff)

    def test_there(self) -> None:
        """
        Who answers that is not ended, however long it asks nothing.
        """
        joined = join(FakeAdministration(), STRANGER)
        for _ in range(1000):
            joined.clock.advance(30)
            joined.pump.flush()
        self.assertFalse(joined.cutOff)

    def test_unknownQuestion(self) -> None:
        """
        An error is an answer as well: that of a client which does not know the question.
        """
        joined = join(FakeAdministration(), STRANGER)
        joined.line.locator = amp.CommandLocator()
        for _ in range(3):
            joined.clock.advance(30)
            joined.pump.flush()
        self.assertFalse(joined.cutOff)

    def test_wrongAnswer(self) -> None:
        """
        An answer to something else ends the connection.
        """
        joined = join(FakeAdministration(), STRANGER)
        joined.clock.advance(30)
        joined.conversation.dataReceived(amp.AmpBox(_answer=b"77").serialize())
        self.assertTrue(joined.cutOff)

    def test_question(self) -> None:
        """
        A question starts the time anew; octets that are none do not.
        """
        joined = join(FakeAdministration())
        joined.clock.advance(20)
        self.successResultOf(joined.ask(joined.client.status()))
        joined.clock.advance(20)
        joined.conversation.dataReceived(b"\0")
        self.assertFalse(joined.cutOff)
        joined.clock.advance(10)
        joined.clock.advance(30)
        self.assertTrue(joined.cutOff)

    def test_working(self) -> None:
        """
        While an answer is worked on the connection stays, and the answer comes.
        """
        pool = FakeAdministration(hold=Deferred())
        joined = join(pool)
        answer = joined.ask(joined.client.stop("SSL00001", False))
        joined.clock.pump([10] * 50)
        self.assertNoResult(answer)
        self.assertFalse(joined.cutOff)
        assert pool.hold is not None
        pool.hold.callback(None)
        joined.pump.flush()
        self.assertEqual(self.successResultOf(answer), ["SSL00001 Stopped"])

    def test_noCallsLeft(self) -> None:
        """
        A closed connection leaves no time limit behind.
        """
        joined = join(FakeAdministration())
        self.successResultOf(joined.ask(joined.client.close()))
        self.assertEqual(joined.clock.getDelayedCalls(), [])
        self.assertEqual(joined.factory.conversations, set())


class AbuseTests(SynchronousTestCase):
    """
    Callers that do not keep to the rules.
    """

    def setUp(self) -> None:
        """
        Join a stranger and a pool.
        """
        self.pool = FakeAdministration()
        self.joined = join(self.pool, STRANGER)

    def refused(self, answer: Deferred[Any]) -> Failure:
        """
        Return the failure with which a question ends.
        """
        failures: list[Failure] = []
        answer.addErrback(failures.append)
        self.joined.pump.flush()
        (failure,) = failures
        return failure

    def test_garbage(self) -> None:
        """
        What is no AMP ends the connection, without a traceback.
        """
        self.joined.conversation.dataReceived(b"GET / HTTP/1.0\r\n\r\n")
        self.assertTrue(self.joined.cutOff)

    @given(st.binary())
    def test_anyOctets(self, octets: bytes) -> None:
        """
        No octets make the stack fail.
        """
        join(self.pool, STRANGER).conversation.dataReceived(octets)

    def test_endlessRequest(self) -> None:
        """
        A request that is never complete ends the connection before it fills the
        memory.
        """
        conversation = self.joined.conversation
        for number in range(2 * Limits().request // 1024):
            conversation.dataReceived(b"\0\x08%08d\x04\0" % number + b"x" * 1024)
        self.assertTrue(self.joined.cutOff)
        self.assertLess(len(conversation._unprocessed), 32_768)

    def test_answerWithoutQuestion(self) -> None:
        """
        An answer to a question that was never asked ends the connection.
        """
        self.joined.conversation.dataReceived(amp.AmpBox(_answer=b"1").serialize())
        self.assertTrue(self.joined.cutOff)

    def test_malformed(self) -> None:
        """
        A command whose arguments cannot be read is answered with an error, and the
        connection stays.
        """
        failure = self.refused(self.joined.line.callRemoteString(b"QueryConnections", after=b"many", limit=b"1"))
        self.assertTrue(failure.check(amp.RemoteAmpError))
        self.assertIn("the request could not be read: ValueError", str(failure.value))
        self.assertFalse(self.joined.cutOff)
        self.assertEqual(self.joined.faults, 0)

    def test_unknownCommand(self) -> None:
        """
        A command that we do not have is answered as AMP answers it.
        """
        failure = self.refused(self.joined.line.callRemoteString(b"Telephone"))
        self.assertTrue(failure.check(amp.UnhandledCommand))
        self.assertFalse(self.joined.cutOff)

    def test_tooManyQuestions(self) -> None:
        """
        Who asks without waiting for answers is cut off, and nothing more is done.
        """
        self.pool.hold = Deferred()
        joined = join(self.pool, ALICE, Limits(running=2))
        answers = [joined.ask(joined.client.stop(None, False)) for _ in range(4)]
        for answer in answers:
            failure = self.failureResultOf(answer, OperatorError)
            self.assertEqual(failure.value.message.id, "SSLP403E")
        self.pool.hold.callback(None)
        self.assertEqual(self.pool.calls, [("stop", None, False)] * 2)

    def test_manyInOnePiece(self) -> None:
        """
        Requests behind the one that ends the connection are not looked at.
        """
        request = vocabulary.StopServer.makeArguments({"server": None, "now": True}, None)
        request.update({amp.COMMAND: b"StopServer", amp.ASK: b"1"})
        joined = join(self.pool, ALICE)
        joined.conversation.dataReceived(amp.AmpBox(_error=b"1").serialize() + request.serialize())
        self.assertEqual(self.pool.calls, [])

    def test_notReading(self) -> None:
        """
        While a caller does not read its answers nothing is read from it; more
        questions that had arrived already end the connection.
        """
        factory, _ = stackEnd(self.pool, ALICE, Clock())
        conversation = factory.buildProtocol(None)
        transport = StringTransportWithDisconnection()
        transport.protocol = conversation
        conversation.makeConnection(transport)
        request = amp.AmpBox({amp.COMMAND: b"QueryStatus", amp.ASK: b"1"}).serialize()
        conversation.dataReceived(request)
        self.assertIn(b"_answer", transport.value())
        self.assertIs(transport.producer, conversation)
        conversation.pauseProducing()
        self.assertEqual(transport.producerState, "paused")
        conversation.resumeProducing()
        self.assertEqual(transport.producerState, "producing")
        conversation.dataReceived(request)
        self.assertTrue(transport.connected)
        conversation.pauseProducing()
        conversation.dataReceived(request)
        self.assertFalse(transport.connected)


class CloseTests(SynchronousTestCase):
    """
    The end of all connections.
    """

    def test_none(self) -> None:
        """
        Without connections it is done at once.
        """
        factory, _ = stackEnd(FakeAdministration(), ALICE, Clock())
        self.successResultOf(factory.close())

    def test_open(self) -> None:
        """
        It is done when the connections are closed.
        """
        joined = join(FakeAdministration())
        closed = joined.factory.close()
        self.assertNoResult(closed)
        joined.pump.flush()
        self.successResultOf(closed)
        self.successResultOf(joined.line.lost)
