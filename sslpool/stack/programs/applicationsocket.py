# -*- test-case-name: tests.stack.programs.test_applicationsocket -*-
"""
The application socket: where programs ask for their connections to be secured
(docs/application-socket.md).  Lives in the stack process.

A conversation is here until it has handed its connection over; then it goes with that connection to the server which
takes it.  Whoever asks is who the kernel says; everybody may ask whether a label is known, and only those who are
trusted have connections secured, since that is to speak in a label's name.  The others' questions are answered in turn
(L{sslpool.fairqueue}).
"""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.config.current import Current
from sslpool.fairqueue import FairQueue
from sslpool.interfaces import Asker, IRouter, IStackReactor
from sslpool.messages.announce import announce, announceFault
from sslpool.readers import Reader
from sslpool.repeating import Repeating
from sslpool.stack.front.acceptor import Acceptor
from sslpool.stack.front.handoff import octetsRead
from sslpool.stack.programs.conversation import DynamicArrival, ProgramConversation, policyOf, refusal, securingOf
from sslpool.stack.programs.limits import MOST_TRUSTED, ProgramLimits
from sslpool.stack.programs.passedsocket import BadSocket, Passed, addressOf, connectedSocket, hostOf, receive
from sslpool.trust import peerUid
from sslpool.unixsockets import Identity, clear, identityOf
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.offer import DYNAMIC, packOrder
from sslpool.wire.requests import LONGEST, Asked, BadRequest, Code, Reply, Request, packReply, unpackRequest
from sslpool.wire.serial import toJson

IDLE_TIMEOUT = 30.0
"""
How long a conversation may be silent, in seconds.
"""

SWEEP = 5.0
"""
How often silent conversations are looked for, in seconds.
"""

REPORT_INTERVAL = 10.0
"""
The least time between two messages about refusals, in seconds.
"""

BATCH = 8
"""
How many connections are taken at once: whoever makes many does not hold up everything else.
"""

BACKLOG = 128


class ApplicationSocket(Service, Reader):
    """
    The socket, and all conversations.

    @ivar answered: how requests were answered here, counted.
    @ivar handedOver: how many connections went to servers, or wait for one.
    @param path: where the socket is to be; the run directory has been claimed.
    @param acceptor: takes connections.
    @param router: the pool.
    @param labels: returns the labels that can be used now.
    @param askerOf: finds out who has a user id.
    @param queue: where strangers wait, at whichever of the stack's doors.
    @param current: the configuration in effect, with what labels ask of clients whatever a program asks.
    """

    log = Logger()

    def __init__(
        self,
        reactor: IStackReactor,
        path: str,
        acceptor: Acceptor,
        router: IRouter,
        labels: Callable[[], Collection[str]],
        askerOf: Callable[[int], Deferred[Asker]],
        queue: FairQueue,
        current: Current,
        poolProcesses: Callable[[], Iterable[int]] = tuple,
    ) -> None:
        self.path = path
        self.answered: Counter[Code] = Counter()
        self.handedOver = 0
        self._reactor = reactor
        self._acceptor = acceptor
        self._router = router
        self._labels = labels
        self._askerOf = askerOf
        self._queue = queue
        self._poolProcesses = poolProcesses
        self._present = ProgramLimits(reactor)
        self._current = current
        self._listening: socket.socket | None = None
        self._identity: Identity | None = None
        self._sweeping = Repeating(reactor, SWEEP, self._sweep, "conversations were looked after")
        self._quietUntil = 0.0
        self._unsaid = 0

    # The service's life

    def startService(self) -> None:
        """
        Listen.  Where that is not possible the ports are served all the same.
        """
        super().startService()
        try:
            self._listen()
        except OSError as error:
            announce(self.log, "SSLP749E", path=self.path, reason=error.strerror or error)
        self._sweeping.startService()

    def stopService(self) -> None:
        """
        Stop listening, and end the conversations.
        """
        super().stopService()
        self._sweeping.stopService()
        self._close()
        for conversation in list(self._present.conversations):
            self._end(conversation)

    def tend(self) -> Iterator[str]:
        """
        Listen, where that was not possible or somebody has removed the socket, and yield its path
        then.  Conversations go on.

        @raise OSError: that is not possible.
        """
        if self.running and not self._isThere():
            self._close()
            self._listen()
            yield self.path

    def _isThere(self) -> bool:
        return self._listening is not None and identityOf(self.path) == self._identity

    def _listen(self) -> None:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        try:
            clear(self.path)
            listening.bind(self.path)
            # Between bind and listen: nobody can connect before.
            os.chmod(self.path, 0o666)
            listening.listen(BACKLOG)
        except OSError:
            listening.close()
            raise
        self.watched = self._listening = listening
        self._identity = identityOf(self.path)
        self._reactor.addReader(self)

    def _close(self) -> None:
        """
        Stop listening; what somebody else has put in the socket's place stays.
        """
        if self._listening is None:
            return
        if self._isThere():
            os.unlink(self.path)
        self._reactor.removeReader(self)
        self._listening.close()
        self._listening = None

    def doRead(self) -> None:
        """
        Programs connect.
        """
        assert self._listening is not None
        for _ in range(BATCH):
            try:
                connection, _address = self._listening.accept()
            except BlockingIOError:
                return
            except OSError:
                # No descriptor is left, or the program has gone: the sweep looks again.
                self._reactor.removeReader(self)
                return
            connection.setblocking(False)
            self._admit(connection)

    def counts(self) -> dict[str, int]:
        """
        Return what came of requests, as L{PoolStatus.programs<sslpool.wire.records.PoolStatus>} has it.
        """
        refused = self.answered.total() - self.answered[Code.OK]
        if not (self.handedOver or refused):
            return {}
        return {"connections handed over": self.handedOver, "requests refused": refused}

    # Conversations

    def _admit(self, connection: socket.socket) -> None:
        try:
            uid = peerUid(connection, self._poolProcesses)
        except OSError:
            connection.close()
            return
        unknown = Asker(uid, f"uid {uid}", False)
        conversation = ProgramConversation(connection, unknown, self._reactor.seconds(), self._heard)
        if self._present.enter(conversation):
            self._askerOf(uid).addCallback(self._known, conversation)
        else:
            self._refuse(conversation)

    def _known(self, asker: Asker, conversation: ProgramConversation) -> None:
        """
        It is known who a program's user is.
        """
        if conversation not in self._present.conversations:
            return
        conversation.asker = asker
        if self._present.stays(conversation):
            self._reactor.addReader(conversation)
        else:
            self._refuse(conversation)

    def _refuse(self, conversation: ProgramConversation) -> None:
        self._say(conversation, refusal(Code.BUSY))
        self._end(conversation)

    def _forget(self, conversation: ProgramConversation) -> None:
        self._reactor.removeReader(conversation)
        if conversation.queued is not None:
            self._queue.leave(conversation.queued)
        self._present.leave(conversation)

    def _end(self, conversation: ProgramConversation) -> None:
        self._forget(conversation)
        conversation.socket.close()

    def _sweep(self) -> None:
        limit = self._reactor.seconds() - IDLE_TIMEOUT
        for conversation in self._present.silentSince(limit):
            self._end(conversation)
        if self._listening is not None:
            self._reactor.addReader(self)

    def _heard(self, conversation: ProgramConversation) -> None:
        """
        A program asks something: of a stranger it is looked at in turn.
        """
        if conversation.asker.trusted:
            self._hear(conversation)
            return
        self._reactor.removeReader(conversation)
        conversation.queued = self._queue.wait(conversation.asker.uid, partial(self._hearInTurn, conversation))

    def _hearInTurn(self, conversation: ProgramConversation) -> None:
        conversation.queued = None
        self._reactor.addReader(conversation)
        self._hear(conversation)

    def _hear(self, conversation: ProgramConversation) -> None:
        try:
            passed = receive(conversation.socket)
        except BlockingIOError:
            return
        except OSError:
            self._end(conversation)
            return
        if not passed.message:
            passed.close()
            self._end(conversation)
            return
        conversation.active = self._reactor.seconds()
        try:
            reply = self._answer(conversation, passed)
        except Exception:
            announceFault(self.log, "a program's request was answered", Failure())
            passed.close()
            self._end(conversation)
            return
        if reply is not None:
            passed.close()
            if not self._say(conversation, reply):
                self._end(conversation)

    def _answer(self, conversation: ProgramConversation, passed: Passed) -> Reply | None:
        """
        Return the reply, or C{None} where the connection has been handed over.
        """
        try:
            if len(passed.message) > LONGEST:
                raise BadRequest(f"it is longer than {LONGEST} octets")
            request = unpackRequest(passed.message)
            if request.asked is Asked.QUERY_TLS:
                return self._query(request)
            return self._secure(conversation, request, passed)
        except BadRequest as error:
            return refusal(Code.BAD_REQUEST, reason=error)
        except BadSocket as error:
            return refusal(Code.BAD_SOCKET, reason=error)

    def _query(self, request: Request) -> Reply:
        if self._router.exhausted:
            return refusal(Code.NO_SERVER)
        if request.label and request.label not in self._labels():
            return refusal(Code.LABEL)
        return Reply(Code.OK)

    def _secure(self, conversation: ProgramConversation, request: Request, passed: Passed) -> Reply | None:
        if request.asked not in (Asked.SECURE_SERVER, Asked.SECURE_CLIENT):
            raise BadRequest(f"{request.asked.value}: no connection has been secured in this conversation")
        if not conversation.asker.trusted:
            return refusal(Code.NOT_AUTHORIZED, userid=conversation.asker.userid)
        if request.label and request.label not in self._labels():
            return refusal(Code.LABEL)
        if self._acceptor.waiting >= MOST_TRUSTED:
            return refusal(Code.BUSY)
        connection = connectedSocket(passed)
        try:
            arrival = self._arrival(conversation, request, connection)
        except (OSError, ValueError) as error:
            connection.detach()
            raise BadSocket(f"the socket cannot be used: {error}") from error
        self.handedOver += 1
        self._forget(conversation)
        self._acceptor.take(arrival)
        return None

    def _arrival(
        self, conversation: ProgramConversation, request: Request, connection: socket.socket
    ) -> DynamicArrival:
        peer = connection.getpeername()
        assignment = PortAssignment(
            key=DYNAMIC,
            local=addressOf(connection.getsockname()),
            userid=conversation.asker.userid,
            label=request.label,
            addresses=(),
            securing=securingOf(request),
            policy=policyOf(request, self._current.check(request.label)),
        )
        order = packOrder(toJson(assignment))
        read = octetsRead(connection)
        return DynamicArrival(0, connection, DYNAMIC, hostOf(peer), peer[1], 0.0, order, conversation.socket, read)

    def _say(self, conversation: ProgramConversation, reply: Reply) -> bool:
        """
        Send a reply; C{False} where the program has gone, or does not read.
        """
        self.answered[reply.code] += 1
        if reply.code is not Code.OK:
            self._complain(conversation.asker, reply)
        try:
            conversation.socket.send(packReply(reply))
        except OSError:
            return False
        return True

    def _complain(self, asker: Asker, reply: Reply) -> None:
        """
        Log a refusal, and after that for a while only count.
        """
        self._unsaid += 1
        now = self._reactor.seconds()
        if now >= self._quietUntil:
            self._quietUntil = now + REPORT_INTERVAL
            announce(self.log, "SSLP750W", userid=asker.userid, count=self._unsaid, reason=reply.text)
            self._unsaid = 0
