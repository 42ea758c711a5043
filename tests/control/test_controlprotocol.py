"""
Tests for L{sslpool.control.controlprotocol}: the limits that protect the stack.
"""

from __future__ import annotations

from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.logger import capturedLogs, formatEvent
from twisted.protocols import amp
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from sslpool.control.access import Caller
from sslpool.control.complaints import CUT_OFF
from sslpool.control.controlfactory import ControlConnection, ControlFactory
from sslpool.control.controlprotocol import ControlProtocol, LocalProtocol
from sslpool.control.quotas import ConnectionQuota, RequestLimits
from sslpool.fairqueue import AT_ONCE
from sslpool.messages import OperatorError, said
from sslpool.wire.records import SessionRecord
from sslpool.wire.vocabulary import COMMANDS
from tests.control.joined import ALICE, STRANGER, join, stackEnd
from tests.doubles.administration import FakeAdministration


class Wire(StringTransportWithDisconnection):
    """
    A transport of a user.
    """

    def __init__(self, uid: int) -> None:
        super().__init__()
        self.uid = uid

    def abortConnection(self) -> None:
        """
        End at once.
        """
        self.loseConnection()


class RoomTests(SynchronousTestCase):
    """
    L{ConnectionQuota} counts connections.
    """

    def test_ofOne(self) -> None:
        """
        A user's connections are limited; leaving makes room.
        """
        quota = ConnectionQuota(mostOfOne=2)
        self.assertEqual([quota.enter(7) for _ in range(3)], [True, True, False])
        self.assertTrue(quota.enter(8))
        quota.leave(7)
        self.assertTrue(quota.enter(7))

    def test_strangers(self) -> None:
        """
        Strangers have so many places together, whoever they are.
        """
        quota = ConnectionQuota(most=2)
        self.assertEqual([quota.enterStranger() for _ in range(3)], [True, True, False])
        quota.leaveStranger()
        self.assertTrue(quota.enterStranger())

    @given(st.lists(st.integers(0, 3)))
    def test_limits(self, uids: list[int]) -> None:
        """
        Whoever comes, the limit is not exceeded, and leaving empties the room.
        """
        quota = ConnectionQuota(mostOfOne=3)
        inside = [uid for uid in uids if quota.enter(uid)]
        self.assertTrue(all(inside.count(uid) <= 3 for uid in inside))
        for uid in inside:
            quota.leave(uid)
        self.assertEqual(quota, ConnectionQuota(mostOfOne=3))


class ManyTests(SynchronousTestCase):
    """
    Connections beyond the limit.
    """

    def test_noRoom(self) -> None:
        """
        A connection too many is ended with a word in the log; one that closes makes room.
        """
        quota = ConnectionQuota(mostOfOne=1)
        first = join(FakeAdministration(), quota=quota)
        with capturedLogs() as events:
            second = join(FakeAdministration(), quota=quota)
        self.assertEqual((first.cutOff, second.cutOff), (False, True))
        texts = [formatEvent(event) for event in events if event.get("messageId") == "SSLP413W"]
        self.assertEqual(texts, ["SSLP413W The control connection of uid 502 was closed: too many connections at once"])
        self.successResultOf(first.ask(first.client.close()))
        self.assertFalse(join(FakeAdministration(), quota=quota).cutOff)

    def test_refusedIsNotCountedOut(self) -> None:
        """
        The end of a connection that was not let in makes no room.
        """
        quota = ConnectionQuota(mostOfOne=1)
        join(FakeAdministration(), quota=quota)
        for _ in range(3):
            self.assertTrue(join(FakeAdministration(), quota=quota).cutOff)


class SilenceTests(SynchronousTestCase):
    """
    Connections that ask nothing.
    """

    def test_silent(self) -> None:
        """
        A connection on which nothing is asked is asked whether anybody is there, and ended where nobody is.
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
        joined.clock.advance(0)
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
        self.assertEqual(self.successResultOf(answer), [said("SSLP117I", server="SSL00001")])

    def test_noCallsLeft(self) -> None:
        """
        A closed connection leaves no time limit behind.
        """
        joined = join(FakeAdministration())
        self.successResultOf(joined.ask(joined.client.close()))
        self.assertEqual(joined.clock.getDelayedCalls(), [])
        self.assertEqual(joined.factory.connections, set())


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
        self.joined.clock.advance(0)
        self.assertTrue(self.joined.cutOff)

    @given(st.binary())
    def test_anyOctets(self, octets: bytes) -> None:
        """
        No octets make the stack fail.
        """
        joined = join(self.pool, STRANGER)
        joined.conversation.dataReceived(octets)
        joined.clock.advance(0)

    def test_endlessRequest(self) -> None:
        """
        A request that is never complete ends the connection before it fills the memory.
        """
        conversation = self.joined.conversation
        for number in range(2 * RequestLimits().request // 1024):
            conversation.dataReceived(b"\0\x08%08d\x04\0" % number + b"x" * 1024)
        self.assertTrue(self.joined.cutOff)
        self.assertLess(len(conversation._unprocessed), 32_768)

    def test_answerWithoutQuestion(self) -> None:
        """
        An answer to a question that was never asked ends the connection.
        """
        self.joined.conversation.dataReceived(amp.AmpBox(_answer=b"1").serialize())
        self.joined.clock.advance(0)
        self.assertTrue(self.joined.cutOff)

    def test_malformed(self) -> None:
        """
        A command whose arguments cannot be read is answered with an error, and the connection stays.
        """
        failure = self.refused(self.joined.line.callRemoteString(b"QueryConnections", after=b"many", limit=b"1"))
        self.assertTrue(failure.check(amp.RemoteAmpError))
        self.assertIn("the request cannot be decoded", str(failure.value))
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
        joined = join(self.pool, ALICE, RequestLimits(running=2))
        answers = [joined.ask(joined.client.stop(None, False)) for _ in range(4)]
        for answer in answers:
            failure = self.failureResultOf(answer, OperatorError)
            self.assertEqual(failure.value.said.id, "SSLP403E")
        self.pool.hold.callback(None)
        self.assertEqual(self.pool.calls, [("stop", None, False)] * 2)

    def test_manyInOnePiece(self) -> None:
        """
        Requests behind the one that ends the connection are not looked at.
        """
        request = COMMANDS["StopServer"].makeArguments({"server": None, "now": True}, None)
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
        conversation = cast(ControlProtocol, factory.buildProtocol(None))
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


class StrangersTests(SynchronousTestCase):
    """
    Strangers beside those who may administer the stack.
    """

    def setUp(self) -> None:
        """
        Make the stack's end; ALICE may, and of the others the user id is the name.
        """
        self.clock, self.pool = Clock(), FakeAdministration()
        self.unknown: dict[int, Deferred[Caller]] = {}
        self.slow = False
        self.factory, self.complaints = stackEnd(self.pool, ALICE, self.clock, make=self.make)
        self.addCleanup(self.clock.advance, 0)

    def make(self, factory: ControlFactory) -> ControlConnection:
        """
        Return the stack's end of a connection.
        """
        return LocalProtocol(factory, lambda transport: cast(Wire, transport).uid, self.identify)

    def identify(self, uid: int) -> Deferred[Caller]:
        """
        Find out who has a user id; where the look-up is slow, when the test says so.
        """
        if self.slow:
            return self.unknown.setdefault(uid, Deferred())
        return succeed(self.callerWith(uid))

    def callerWith(self, uid: int) -> Caller:
        """
        Return who has a user id.
        """
        return ALICE if uid == ALICE.uid else Caller(uid, f"U{uid}")

    def connect(self, uid: int) -> Wire:
        """
        Connect; return the transport.
        """
        conversation, wire = self.factory.buildProtocol(None), Wire(uid)
        wire.protocol = conversation
        conversation.makeConnection(wire)
        return wire

    def ask(self, wire: Wire, command: bytes = b"QueryListeners", **arguments: bytes) -> None:
        """
        Send a question.
        """
        box = amp.AmpBox({amp.COMMAND: command, amp.ASK: b"1"}, **arguments)
        assert wire.protocol is not None
        wire.protocol.dataReceived(box.serialize())

    def occupy(self) -> Deferred[None]:
        """
        Have the strangers' queue be busy until the result fires.
        """
        done: Deferred[None] = Deferred()
        self.factory.queue.wait("busy", lambda: done)
        self.clock.advance(0)
        return done

    def test_operatorsDoNotWait(self) -> None:
        """
        While strangers wait for their turn, who may administer the stack is answered at once.
        """
        done = self.occupy()
        strangers = [self.connect(uid) for uid in (1, 1, 2)]
        for each in strangers:
            self.ask(each)
        operator = self.connect(502)
        self.ask(operator)
        self.assertIn(b"_answer", operator.value())
        self.clock.advance(10)
        self.assertEqual([each.value() for each in strangers], [b""] * 3)
        self.assertEqual([each.producerState for each in strangers], ["paused"] * 3)
        done.callback(None)
        self.clock.pump([0] * 10)
        for each in strangers:
            self.assertIn(b"_answer", each.value())
            self.assertEqual(each.producerState, "producing")

    def test_waitingIsNotSilence(self) -> None:
        """
        Who waits for a turn is neither asked whether he is there nor cut off.
        """
        done = self.occupy()
        stranger = self.connect(1)
        self.ask(stranger)
        self.clock.pump([10] * 50)
        self.assertEqual((stranger.value(), stranger.connected), (b"", True))
        done.callback(None)
        self.clock.pump([0] * 3)
        self.assertIn(b"_answer", stranger.value())

    def test_leaving(self) -> None:
        """
        Who goes while his question is worked on does not make room for the next one: it has to be
        done first.  One who goes before is forgotten.
        """
        held: Deferred[None] = Deferred()

        async def sessions(pool: object, server: str | None, after: int, limit: int) -> list[SessionRecord]:
            await held
            return []

        self.patch(FakeAdministration, "sessions", sessions)
        first, second, third = (self.connect(uid) for uid in (1, 1, 2))
        self.ask(first, b"QueryConnections", after=b"0", limit=b"1")
        self.clock.advance(0)
        self.ask(second)
        self.ask(third)
        first.loseConnection()
        second.loseConnection()
        self.clock.advance(1)
        self.assertEqual((third.value(), self.factory.queue.waiting), (b"", 1))
        held.callback(None)
        self.clock.pump([0] * 3)
        self.assertIn(b"_answer", third.value())

    def test_inPieces(self) -> None:
        """
        What comes while a piece waits, or is looked at, is looked at afterwards, in one turn.
        """
        done, stranger = self.occupy(), self.connect(1)
        request = amp.AmpBox({amp.COMMAND: b"QueryListeners", amp.ASK: b"1"}).serialize()
        assert stranger.protocol is not None
        for at in range(len(request)):
            stranger.protocol.dataReceived(request[at : at + 1])
        self.assertEqual(self.factory.queue.waiting, 1)
        done.callback(None)
        self.clock.pump([0] * 3)
        self.assertIn(b"_answer", stranger.value())

    def test_tooMuchWhileWaiting(self) -> None:
        """
        What waits is bounded as a request is.
        """
        self.occupy()
        stranger = self.connect(1)
        assert stranger.protocol is not None
        for _ in range(5):
            stranger.protocol.dataReceived(b"\0\x01a\0\x01b" * 10_000)
        self.assertFalse(stranger.connected)

    def test_room(self) -> None:
        """
        Strangers have so many places; however many of them are there, an operator has his.
        """
        self.factory.quota.most = 3
        strangers = [self.connect(uid) for uid in range(4)]
        self.assertEqual([each.connected for each in strangers], [True, True, True, False])
        self.assertTrue(self.connect(502).connected)
        strangers[0].loseConnection()
        self.assertTrue(self.connect(9).connected)

    def test_often(self) -> None:
        """
        A stranger who connects again and again is cut off; an operator is not.
        """
        for uid, expected in ((1, AT_ONCE), (502, AT_ONCE + 5)):
            admitted = 0
            for _ in range(AT_ONCE + 5):
                wire = self.connect(uid)
                admitted += wire.connected
                wire.loseConnection()
            self.assertEqual(admitted, expected)
        self.assertEqual(self.complaints.counts, {CUT_OFF: 5})

    def test_slowNames(self) -> None:
        """
        Nothing is read before it is known who calls; what comes of that is the same then.
        """
        self.slow = True
        stranger, operator = self.connect(1), self.connect(502)
        self.assertEqual([each.producerState for each in (stranger, operator)], ["paused"] * 2)
        for uid, found in self.unknown.items():
            found.callback(self.callerWith(uid))
        self.assertEqual([each.producerState for each in (stranger, operator)], ["producing"] * 2)
        self.ask(operator)
        self.assertIn(b"_answer", operator.value())

    def test_unknown(self) -> None:
        """
        Where it is not found out in time who calls the connection is ended; so it is when too many
        others have come before, and a name that is found later changes nothing.
        """
        self.slow, self.factory.quota.most = True, 2
        first, second = self.connect(1), self.connect(2)
        self.clock.advance(10)
        third = self.connect(3)
        self.assertEqual([each.connected for each in (first, second, third)], [False, True, True])
        self.clock.advance(20)
        self.assertEqual([each.connected for each in (second, third)], [False, True])
        for uid, found in self.unknown.items():
            found.callback(self.callerWith(uid))
        self.assertEqual([each.connected for each in (first, second, third)], [False, False, True])
        self.assertEqual(self.factory.expected, {})


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
