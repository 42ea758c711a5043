"""
Tests for L{sslpool.control.client}.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from attrs import evolve
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.protocols import amp
from twisted.test.iosim import connectedServerAndClient
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sslpool.control.client import CHANGE_LIMIT, QUERY_LIMIT, StackClient, connect
from sslpool.control.clientprotocol import BEAT, PULSE, ClientProtocol
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.wire.errors import Refused, description, refusal
from sslpool.wire.records import SessionRecord
from sslpool.wire.serial import toJson
from sslpool.wire.vocabulary import COMMANDS, OLDEST, PAGE, PROTOCOL
from tests.control.joined import join
from tests.doubles.administration import FakeAdministration, poolStatus, serverStatus, sessionRecord


class OddStack(amp.AMP):
    """
    A stack of another release.

    @ivar protocol: its vocabulary.
    @ivar oldest: the oldest one that it understands.
    """

    protocol = 999
    oldest: int | None = None

    @COMMANDS["ExchangeVersion"].responder
    def exchangeVersion(self, protocol: int, release: str, oldest: int | None) -> dict[str, Any]:
        """
        Speak another vocabulary.
        """
        return {"protocol": self.protocol, "release": "99.1", "stack": "TCPIP", "oldest": self.oldest}

    @COMMANDS["QuerySessions"].responder
    def querySessions(self, server: str | None, after: int, limit: int) -> dict[str, Any]:
        """
        Answer the same page for ever.
        """
        return {"sessions": [sessionRecord(5)]}

    @COMMANDS["QueryStatus"].responder
    def queryStatus(self) -> dict[str, Any]:
        """
        Answer something that is no status.
        """
        return {"status": 5}

    @COMMANDS["StartServer"].responder
    def startServer(self, server: str | None) -> dict[str, Any]:
        """
        Refuse with a message that this release does not know.
        """
        raise Refused(description(Said("SSLP998E", wording="The moon is not in the right phase")))

    @COMMANDS["StopServer"].responder
    def stopServer(self, server: str | None, now: bool) -> dict[str, Any]:
        """
        Refuse with what is no message.
        """
        raise Refused('{"id": "SSLP998E"}' if now else "no")


class RefusalTests(SynchronousTestCase):
    """
    L{refusal} makes the stack's message an error of ours.
    """

    def test_known(self) -> None:
        """
        A message that we know is a message again.
        """
        message = said("SSLP402E", stack="TCPIP", command="START", seconds=30)
        self.assertEqual(refusal(Refused(description(message))).said, message)

    def test_unknown(self) -> None:
        """
        A message that we do not know is shown all the same.
        """
        message = Said("SSLP999E", {"what": 5}, "something new")
        error = refusal(Refused(description(message)))
        self.assertEqual((error.said, error.said.message.id), (message, "SSLP432E"))

    def test_otherWords(self) -> None:
        """
        A message that another release says in other words is shown as that says it.
        """
        for fields in ({"stack": "TCPIP"}, {}):
            record = {"id": "SSLP002I", "text": "TCPIP is no more", "fields": fields}
            error = refusal(Refused(toJson(record)))
            self.assertEqual((str(error), error.said.fields), ("SSLP002I TCPIP is no more", fields))

    def test_older(self) -> None:
        """
        A release without records sends the text.
        """
        text = "SSLP407E SSL00009 is not a server of stack TCPIP"
        error = refusal(Refused(text))
        self.assertEqual((error.said.id, str(error)), ("SSLP407E", text))
        self.assertEqual(description(operatorError("SSLP407E", server="SSL00009", stack="TCPIP").said, 6), text)

    def test_none(self) -> None:
        """
        What is no message at all is an error of the wire.
        """
        for text in ("", "no", "{}", "[", '{"id":"no","text":"","fields":{}}'):
            self.assertRaises(ValueError, refusal, Refused(text))


class TimeTests(SynchronousTestCase):
    """
    Answers that do not come.
    """

    def setUp(self) -> None:
        """
        Join a pool in which STOP does not end.
        """
        self.pool = FakeAdministration(hold=Deferred())
        self.joined = join(self.pool)

    def test_late(self) -> None:
        """
        A change that takes too long is given up; its answer may come later without harm.
        """
        answer = self.joined.ask(self.joined.client.stop(None, False))
        self.joined.clock.advance(CHANGE_LIMIT - 1)
        self.assertNoResult(answer)
        self.joined.clock.advance(1)
        failure = self.failureResultOf(answer, OperatorError)
        self.assertEqual(str(failure.value), "SSLP402E Stack TCPIP did not answer STOP within 900 s")
        assert self.pool.hold is not None
        self.pool.hold.callback(None)
        self.successResultOf(self.joined.ask(self.joined.client.status()))

    def test_silentStack(self) -> None:
        """
        A stack that does not answer a query is given up sooner.
        """
        answer = Deferred.fromCoroutine(self.joined.client.status())
        self.joined.clock.advance(QUERY_LIMIT)
        self.assertEqual(self.failureResultOf(answer, OperatorError).value.said.id, "SSLP402E")

    def test_lost(self) -> None:
        """
        A connection that is lost before the answer is a clear message, and so is everything that is asked after that.
        """
        answer = self.joined.ask(self.joined.client.stop(None, False))
        self.joined.conversation.abort()
        self.joined.pump.flush()
        text = "SSLP403E The connection to stack TCPIP was lost before it answered "
        self.assertEqual(str(self.failureResultOf(answer, OperatorError).value), text + "STOP")
        again = self.failureResultOf(self.joined.ask(self.joined.client.status()), OperatorError)
        self.assertEqual(str(again.value), text + "QUERY STATUS")
        self.successResultOf(self.joined.ask(self.joined.client.close()))


class OtherReleaseTests(SynchronousTestCase):
    """
    A stack that speaks another vocabulary.
    """

    def setUp(self) -> None:
        """
        Join it.
        """
        line, self.stack, self.pump = connectedServerAndClient(OddStack, ClientProtocol)
        self.client = StackClient(Clock(), line, "TCPIP")

    def refused(self, question: Any) -> OperatorError:
        """
        Return the error with which a question ends.
        """
        answer: Deferred[object] = Deferred.fromCoroutine(question)
        self.pump.flush()
        error = self.failureResultOf(answer, OperatorError).value
        assert isinstance(error, OperatorError)
        return error

    def test_version(self) -> None:
        """
        The exchange of versions says which releases they are.
        """
        error = self.refused(self.client.exchangeVersion())
        self.assertIn("SSLP404E", str(error))
        self.assertIn("its release is 99.1", str(error))

    def test_laterRelease(self) -> None:
        """
        A later release that still understands this one is welcome, an earlier one as
        well, as long as this one understands it; the others are not.
        """
        for protocol, oldest, welcome in (
            (PROTOCOL + 5, PROTOCOL, True),
            (PROTOCOL + 5, 1, True),
            (PROTOCOL + 5, PROTOCOL + 1, False),
            (OLDEST, None, True),
            (OLDEST, 1, True),
            (OLDEST - 1, 1, False),
        ):
            self.stack.protocol, self.stack.oldest = protocol, oldest
            asked = Deferred.fromCoroutine(self.client.exchangeVersion())
            self.pump.flush()
            if welcome:
                self.successResultOf(asked)
            else:
                self.failureResultOf(asked, OperatorError)

    def test_unreadable(self) -> None:
        """
        An answer that cannot be read is a clear message.
        """
        self.assertIn("PoolStatus expected", str(self.refused(self.client.status())))

    def test_unknownCommand(self) -> None:
        """
        A command that the stack does not have is a clear message.
        """
        error = self.refused(self.client.listeners())
        self.assertEqual(error.said.id, "SSLP404E")
        self.assertIn("does not have CONN", str(error))

    def test_endlessPages(self) -> None:
        """
        Pages that do not go forward come to an end.
        """
        self.assertIn("not in order", str(self.refused(self.client.sessions("SSL00001"))))

    def test_unknownMessage(self) -> None:
        """
        A message of another release is shown as it came.
        """
        self.assertEqual(str(self.refused(self.client.start(None))), "SSLP998E The moon is not in the right phase")

    def test_noMessage(self) -> None:
        """
        A refusal that is no message is an answer that cannot be read.
        """
        for now in (False, True):
            self.assertEqual(self.refused(self.client.stop(None, now)).said.id, "SSLP404E")


class PresenceTests(SynchronousTestCase):
    """
    A connection that stays notices when the stack is gone, and is not cut for silence.
    """

    def setUp(self) -> None:
        """
        Join a stack and exchange versions.
        """
        self.joined = join(FakeAdministration())
        self.successResultOf(self.joined.ask(self.joined.client.exchangeVersion()))

    def test_stays(self) -> None:
        """
        A client that only watches is there for hours.
        """
        for _ in range(3600):
            self.joined.clock.advance(5)
            self.joined.pump.flush()
        self.assertFalse(self.joined.cutOff)
        self.successResultOf(self.joined.ask(self.joined.client.status()))

    def test_stackHangs(self) -> None:
        """
        A stack that does not answer is given up, and the client hears of it.
        """
        self.joined.clock.advance(BEAT)
        self.assertNoResult(self.joined.client.lost)
        self.joined.clock.advance(PULSE)
        self.joined.pump.flush()
        self.successResultOf(self.joined.client.lost)

    def test_close(self) -> None:
        """
        A connection that is closed leaves nothing behind, however often releases were exchanged.
        """
        self.successResultOf(self.joined.ask(self.joined.client.exchangeVersion()))
        self.successResultOf(self.joined.ask(self.joined.client.close()))
        self.assertEqual(self.joined.clock.getDelayedCalls(), [])


class PageTests(SynchronousTestCase):
    """
    Sessions that change while they are collected.
    """

    def test_growing(self) -> None:
        """
        Sessions that begin meanwhile are found, those that were there are not lost, and none is listed twice.
        """
        pool = FakeAdministration(known=[sessionRecord(number) for number in range(1, 151)])
        sessions = pool.sessions

        async def andOneMore(server: str | None, after: int, limit: int) -> list[SessionRecord]:
            page = await sessions(server, after, limit)
            if pool.known[-1].number < 250:
                pool.known.append(evolve(pool.known[-1], number=pool.known[-1].number + 50))
            return page

        self.patch(FakeAdministration, "sessions", lambda fake, *arguments: andOneMore(*arguments))
        joined = join(pool)
        found = self.successResultOf(joined.ask(joined.client.sessions(None)))
        self.assertEqual([each.number for each in found], [*range(1, 151), 200, 250])


class ManyServersTests(SynchronousTestCase):
    """
    Sessions of a whole pool.
    """

    def pool(self) -> FakeAdministration:
        """
        Return a pool of five full servers, with ten thousand sessions.
        """
        servers = [serverStatus(number, sessions=2000) for number in range(1, 6)]
        known = [sessionRecord(number, f"SSL{1 + number % 5:05}") for number in range(1, 10_001)]
        return FakeAdministration(poolStatus(servers), known)

    def test_tenThousand(self) -> None:
        """
        Ten thousand sessions are listed completely, in order, and no box is longer than AMP allows.
        """
        joined = join(self.pool())
        found = self.successResultOf(joined.ask(joined.client.sessions()))
        self.assertEqual([each.number for each in found], list(range(1, 10_001)))
        self.assertEqual(len(self.successResultOf(joined.ask(joined.client.connections()))), 10_000)

    def test_silentServer(self) -> None:
        """
        A server that does not answer keeps back nothing of the others: its message
        is told, or raised where nobody takes it.
        """
        pool = self.pool()
        sessions = pool.sessions
        failing = 0

        async def except_(server: str | None, after: int, limit: int) -> list[SessionRecord]:
            if server == "SSL00002" and after >= failing:
                raise operatorError("DTCSSL2421E", server=server, reason="Connection timed out")
            return await sessions(server, after, limit)

        self.patch(FakeAdministration, "sessions", lambda fake, *arguments: except_(*arguments))
        joined = join(pool)
        silent: list[Said] = []
        found = self.successResultOf(joined.ask(joined.client.sessions(silent=silent)))
        self.assertEqual(len(found), 8_000)
        self.assertEqual(list(map(str, silent)), ["DTCSSL2421E SSL00002: Communication error: Connection timed out"])
        for question in (joined.client.sessions(), joined.client.sessions("SSL00002", silent)):
            failure = self.failureResultOf(joined.ask(question), OperatorError)
            self.assertEqual(failure.value.said.id, "DTCSSL2421E")
        failing = 1
        found = self.successResultOf(joined.ask(joined.client.sessions(silent=silent)))
        self.assertEqual((len(found), len(silent)), (8_000 + PAGE, 2))


class ConnectTests(TestCase):
    """
    L{connect} on real sockets.
    """

    async def test_notRunning(self) -> None:
        """
        Where no stack is running the message says which paths were tried.
        """
        first, second = self.mktemp(), self.mktemp()
        with self.assertRaises(OperatorError) as caught:
            await connect(reactor, "TCPIP", [first, second])  # type: ignore[arg-type]
        text = str(caught.exception)
        self.assertTrue(text.startswith("SSLP400E Stack TCPIP is not running"), text)
        self.assertIn(f"{first}/TCPIP.sock and {second}/TCPIP.sock", text)

    async def test_dead(self) -> None:
        """
        The socket of a dead stack is as good as none.
        """
        directory = self.mktemp()
        os.mkdir(directory)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(f"{directory}/TCPIP.sock")
        with self.assertRaises(OperatorError) as caught:
            await connect(reactor, "TCPIP", [directory])  # type: ignore[arg-type]
        self.assertEqual(caught.exception.said.id, "SSLP400E")

    async def test_refusedBySystem(self) -> None:
        """
        A path that the system does not let us use is named with the reason.
        """
        directory = self.mktemp()
        os.mkdir(directory)
        os.symlink("TCPIP.sock", f"{directory}/TCPIP.sock")
        with self.assertRaises(OperatorError) as caught:
            await connect(reactor, "TCPIP", [directory])  # type: ignore[arg-type]
        self.assertEqual(caught.exception.said.id, "SSLP401E")
        self.assertIn("symbolic links", str(caught.exception))
