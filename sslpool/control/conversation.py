# -*- test-case-name: tests.control.test_conversation -*-
"""
The stack's end of one control connection: boxes in, boxes out, and limits that keep
a local user from wearing the stack down.  Lives in the stack process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime, ITransport
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.tcp import Connection
from twisted.logger import Logger
from twisted.protocols import amp
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

from sslpool.control.authority import Caller
from sslpool.control.complaints import CUT_OFF, Complaints
from sslpool.control.errors import ERRORS, MALFORMED, Faulted
from sslpool.control.vocabulary import NoOp
from sslpool.messages import render
from sslpool.messages.announce import announceFault


@define
class Room:
    """
    How many control connections there may be at once.

    @ivar owner: a user id for which only the limit for each user counts, so that
        others cannot lock it out; C{None} where there is none.
    @ivar most: for all users together.
    @ivar mostPerUser: for each user, or each host of remote ones.
    """

    owner: int | None
    most: int = 64
    mostPerUser: int = 8
    _present: Counter[int | str] = field(factory=Counter, init=False)

    def enter(self, uid: int | str) -> bool:
        """
        Count a connection of C{uid} in, if there is room; return whether there is.
        """
        crowded = self._present.total() >= self.most and uid != self.owner
        if crowded or self._present[uid] >= self.mostPerUser:
            return False
        self._present[uid] += 1
        return True

    def leave(self, uid: int | str) -> None:
        """
        Count a connection of C{uid} out.
        """
        self._present[uid] -= 1
        if self._present[uid] <= 0:
            del self._present[uid]


@define
class Limits:
    """
    What one connection may ask for.

    @ivar silence: seconds without a word after which it is asked whether anybody is
        there, and ended after as many more; unless an answer is being worked on.
    @ivar request: octets of one request; those of OBEY hold a configuration file.
    @ivar running: requests that are worked on at once; our commands have one.
    """

    silence: float = 30.0
    request: int = 262_144
    running: int = 4


class Conversation(amp.BinaryBoxProtocol, amp.BoxDispatcher, TimeoutMixin):
    """
    One control connection.  It answers requests and asks nothing but, of one that is
    silent, whether it is there; whoever sends something else, sends too much, or does
    not read the answers is cut off.
    """

    log = Logger()
    _caller: Caller | None = None
    _seat: int | str | None = None
    _leaving = False
    _answersWait = False
    _asked: Deferred[Any] | None = None
    _running = 0
    _unfinished = 0

    def __init__(self, factory: ConversationFactory) -> None:
        amp.BinaryBoxProtocol.__init__(self, self)
        amp.BoxDispatcher.__init__(self, amp.CommandLocator())
        self._home = factory

    @property
    def _wire(self) -> Connection:
        """
        The transport, by what is used of it.
        """
        return cast(Connection, self.transport)

    def callLater(self, period: float, func: Callable[[], None]) -> IDelayedCall:
        """
        Give L{TimeoutMixin} the clock of the factory.
        """
        return self._home.clock.callLater(period, func)

    def connectionMade(self) -> None:
        """
        Find out who calls, and whether there is room.
        """
        self._home.conversations.add(self)
        caller = self._home.identify(self._wire)
        assert caller.uid is not None
        if self._enter(caller.uid, caller):
            self._admit(caller)

    def _enter(self, seat: int | str, caller: Caller) -> bool:
        """
        Take room, if there is; return whether there was.
        """
        if not self._home.room.enter(seat):
            self._cutOff("too many connections at once", caller)
            return False
        self._seat = seat
        return True

    def _admit(self, caller: Caller) -> None:
        """
        Begin to answer a caller.
        """
        self._caller = caller
        self.locator = self._home.respondersFor(caller)
        self._wire.registerProducer(self, True)
        self.setTimeout(self._home.limits.silence)

    def dataReceived(self, data: bytes) -> None:
        """
        Take octets, as long as they make up requests of a decent size.
        """
        if self._leaving:
            return
        self._unfinished += len(data)
        super().dataReceived(data)
        if self._unfinished > self._home.limits.request:
            self._cutOff("a request is too long")

    def ampBoxReceived(self, box: amp.AmpBox) -> None:
        """
        Take one request.
        """
        self._unfinished = 0
        if self._leaving:
            return
        if self._asked is not None and (amp.ANSWER in box or amp.ERROR in box):
            self._takeAnswer(box)
        elif amp.COMMAND not in box or amp.ASK not in box:
            self._cutOff("it sent something other than a request")
        elif self._answersWait or self._running >= self._home.limits.running:
            self._cutOff("it does not wait for the answers")
        else:
            self.resetTimeout()
            super().ampBoxReceived(box)

    def dispatchCommand(self, box: amp.AmpBox) -> Deferred[Any]:
        """
        Have the request answered, and keep count of those that are worked on.
        """
        self._running += 1
        answer: Deferred[Any] = super().dispatchCommand(box)
        return answer.addErrback(self._unanswerable).addBoth(self._answered)

    def lengthLimitExceeded(self, length: int) -> None:
        """
        A key is longer than AMP allows.
        """
        self._cutOff("it does not speak AMP")

    def timeoutConnection(self) -> None:
        """
        Nothing was said for some time.
        """
        if self._asked is not None:
            self._cutOff("it was silent for too long")
            return
        self.setTimeout(self._home.limits.silence)
        if not self._running:
            self._asked = self.callRemote(NoOp)
            # An error is an answer as well: that of a client which does not know the command.
            self._asked.addErrback(lambda failure: None)

    def pauseProducing(self) -> None:
        """
        The caller does not read: read nothing from it either.
        """
        self._answersWait = True
        self._wire.pauseProducing()

    def resumeProducing(self) -> None:
        """
        The caller has read its answers.
        """
        self._answersWait = False
        self._wire.resumeProducing()

    def stopProducing(self) -> None:
        """
        The connection is gone; L{connectionLost} follows.
        """
        self._leaving = True

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The caller is gone.  What it asked for goes on, unheard.
        """
        self._leaving = True
        self.setTimeout(None)
        if self._seat is not None:
            self._home.room.leave(self._seat)
        super().connectionLost(reason)
        self._home.forget(self)

    def abort(self) -> None:
        """
        End the connection at once.
        """
        self._leaving = True
        self.setTimeout(None)
        self._wire.abortConnection()

    def _takeAnswer(self, box: amp.AmpBox) -> None:
        """
        Take the answer to our question; any other ends the connection.
        """
        tag = box.get(amp.ANSWER) or box.get(amp.ERROR)
        if tag not in self._outstandingRequests:
            self._cutOff("it answered what nobody had asked")
            return
        self._asked = None
        self.resetTimeout()
        super().ampBoxReceived(box)

    def _answered(self, result: Any) -> Any:
        """
        An answer is on its way: silence counts from now.
        """
        self._running -= 1
        self.resetTimeout()
        return result

    def _unanswerable(self, failure: Failure) -> Failure:
        """
        Tell the caller of a request that could not be read; an answer of ours that
        could not be written is our fault.
        """
        if failure.check(amp.RemoteAmpError):
            return failure
        if failure.check(amp.BadLocalReturn):
            announceFault(self.log, "an answer was written", failure)
            self._home.complaints.faulted()
            return Failure(amp.RemoteAmpError(ERRORS[Faulted], render("SSLP405E")))
        reason = f"the request could not be read: {type(failure.value).__name__}"
        return Failure(amp.RemoteAmpError(MALFORMED, reason))

    def _cutOff(self, reason: str, caller: Caller | None = None) -> None:
        """
        End the connection of somebody who does not keep to the rules.
        """
        self._home.complaints.say(CUT_OFF, caller=caller or self._caller, reason=reason)
        self.abort()


class ConversationFactory(Factory):
    """
    Makes the stack's ends of control connections.

    @ivar clock: gives the time limits.
    @ivar identify: tells who is at the other end of a transport.
    @ivar respondersFor: makes the responders for a caller.
    @ivar complaints: takes what there is to be said of callers.
    @ivar room: how many connections there may be.
    @ivar limits: what each may ask for.
    @ivar conversations: those that are open.
    """

    noisy = False

    def __init__(
        self,
        *,
        clock: IReactorTime,
        identify: Callable[[ITransport], Caller],
        respondersFor: Callable[[Caller], amp.CommandLocator],
        complaints: Complaints,
        room: Room,
        limits: Limits,
    ) -> None:
        self.clock = clock
        self.identify = identify
        self.respondersFor = respondersFor
        self.complaints = complaints
        self.room = room
        self.limits = limits
        self.conversations: set[Conversation] = set()
        self._emptied: Deferred[None] | None = None

    def buildProtocol(self, addr: object) -> Conversation:
        """
        Return the stack's end of a new connection.
        """
        return Conversation(self)

    def forget(self, conversation: Conversation) -> None:
        """
        A connection is closed.
        """
        self.conversations.discard(conversation)
        if self._emptied is not None and not self.conversations:
            emptied, self._emptied = self._emptied, None
            emptied.callback(None)

    def close(self) -> Deferred[None]:
        """
        End all connections; the result fires when the last one is closed.
        """
        finished: Deferred[None] = Deferred()
        self._emptied = finished
        for conversation in list(self.conversations):
            conversation.abort()
        if not self.conversations and not finished.called:
            self._emptied = None
            finished.callback(None)
        return finished
