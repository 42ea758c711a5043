# -*- test-case-name: tests.control.test_controlprotocol -*-
"""
The stack's end of one control connection: boxes in, boxes out, and limits that keep
a local user from wearing the stack down.  Lives in the stack process.

Whatever strangers send is looked at when it is their turn (L{sslpool.fairqueue}), and nothing more is
read from them before it has been answered: also what is no request costs only their share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, ITransport
from twisted.internet.protocol import connectionDone
from twisted.internet.tcp import Connection
from twisted.logger import Logger
from twisted.protocols import amp
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

from sslpool.control.access import Caller
from sslpool.control.complaints import CUT_OFF
from sslpool.control.controlfactory import ControlConnection, ControlFactory
from sslpool.fairqueue import Queued
from sslpool.messages import said
from sslpool.messages.announce import announceFault
from sslpool.wire.errors import ERRORS, MALFORMED, Faulted
from sslpool.wire.vocabulary import NoOp


class ControlProtocol(amp.BinaryBoxProtocol, amp.BoxDispatcher, TimeoutMixin, ControlConnection):
    """
    One control connection.  It answers requests and asks nothing but, of one that is silent, whether it is there;
    whoever sends something else, sends too much, or does not read the answers is cut off.
    """

    UNKNOWN = ""
    """
    Why it is cut off where it did not become known who calls.
    """

    log = Logger()
    _caller: Caller | None = None
    _seat: int | str | None = None
    _leaving = False
    _answersWait = False
    _asked: Deferred[Any] | None = None
    _running = 0
    _unfinished = 0
    _isStranger = False
    _held = b""
    _turn: Queued | None = None
    _taking = False
    _finished: Deferred[None] | None = None

    def __init__(self, factory: ControlFactory) -> None:
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
        Give C{TimeoutMixin} the clock of the factory.
        """
        return self._home.clock.callLater(period, func)

    def _enter(self, seat: int | str, caller: Caller) -> bool:
        """
        Take room, if there is; return whether there was.
        """
        self._caller = caller
        self._home.connections.add(self)
        if not self._home.quota.enter(seat):
            self._cutOff("too many connections at once")
            return False
        self._seat = seat
        self._home.expect(self)
        return True

    def _identified(self, caller: Caller) -> None:
        """
        It is known who calls.
        """
        self._home.expected.pop(self, None)
        if self._leaving:
            return
        self._caller = caller
        if not self._home.privileged(caller):
            if not self._home.quota.enterStranger():
                self._cutOff("others have too many connections")
                return
            self._isStranger = True
            if not self._home.arrivals.admit(self._seat):
                self._cutOff("too many connections in a short time")
                return
        self._admit(caller)

    def _admit(self, caller: Caller) -> None:
        """
        Begin to answer a caller.
        """
        self.locator = self._home.respondersFor(caller)
        self._wire.registerProducer(self, True)
        self._regulate()
        self.setTimeout(self._home.limits.silence)

    def dataReceived(self, data: bytes) -> None:
        """
        Take octets, those of a stranger when it is his turn.
        """
        if self._leaving:
            return
        assert self._caller is not None
        if not self._held and not self._taking and self._home.privileged(self._caller):
            self._take(data)
            return
        # More of them may come than was read at once: TLS hands over what it has.
        self._held += data
        if len(self._held) > self._home.limits.request:
            self._cutOff("a request is too long")
            return
        self._wait()

    def _wait(self) -> None:
        """
        Have what was received looked at in turn, and read nothing more until it has been answered.
        """
        if self._turn is None and not self._taking:
            self._turn = self._home.queue.wait(self._seat, self._takeInTurn)
        self._regulate()

    def _takeInTurn(self) -> Deferred[None] | None:
        """
        Look at what was received; return what fires when all of it has been answered, whether or
        not anybody waits for that any more.
        """
        self._turn = None
        data, self._held, self._taking = self._held, b"", True
        self._take(data)
        if not self._running:
            self._taken(None)
            return None
        self._finished = Deferred()
        return self._finished.addCallback(self._taken)

    def _taken(self, _: None) -> None:
        self._taking = False
        if self._leaving:
            return
        if self._held:
            self._wait()
        else:
            self._regulate()

    def _take(self, data: bytes) -> None:
        """
        Take octets, as long as they make up requests of a decent size.
        """
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
        waits = bool(self._held or self._taking)
        if self in self._home.expected:
            self._cutOff(self.UNKNOWN)
            return
        if self._asked is not None and not waits:
            self._cutOff("it was silent for too long")
            return
        self.setTimeout(self._home.limits.silence)
        if not (self._running or waits or self._asked):
            self._asked = self.callRemote(NoOp)
            # An error is an answer as well: that of a client which does not know the command.
            self._asked.addErrback(lambda failure: None)

    def pauseProducing(self) -> None:
        """
        The caller does not read: read nothing from it either.
        """
        self._answersWait = True
        self._regulate()

    def resumeProducing(self) -> None:
        """
        The caller has read its answers.
        """
        self._answersWait = False
        self._regulate()

    def _regulate(self) -> None:
        """
        Read, unless answers wait to be read or a stranger's octets for their turn.
        """
        if self._leaving:
            return
        if self._answersWait or self._taking or self._turn is not None:
            self._wire.pauseProducing()
        else:
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
        if self._turn is not None:
            self._home.queue.leave(self._turn)
            self._turn = None
        if self._seat is not None:
            self._home.quota.leave(self._seat)
        if self._isStranger:
            self._home.quota.leaveStranger()
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
            self._cutOff("it sent an unexpected answer")
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
        if self._finished is not None and not self._running:
            finished, self._finished = self._finished, None
            finished.callback(None)
        return result

    def _unanswerable(self, failure: Failure) -> Failure:
        """
        Tell the caller of a request that could not be read; an answer of ours that could not be written is our fault.
        """
        if failure.check(amp.RemoteAmpError):
            return failure
        if failure.check(amp.BadLocalReturn):
            announceFault(self.log, "an answer was written", failure)
            self._home.complaints.faulted()
            return Failure(amp.RemoteAmpError(ERRORS[Faulted], str(said("SSLP405E"))))
        return Failure(amp.RemoteAmpError(MALFORMED, "the request cannot be decoded"))

    def makeWay(self) -> None:
        """
        End the connection, of which it is not known yet whose it is, for others.
        """
        self._home.expected.pop(self, None)
        self._cutOff("its owner was not known yet, and others needed the connection")

    def _cutOff(self, reason: str) -> None:
        """
        End the connection of somebody who does not keep to the rules.
        """
        self._home.complaints.say(CUT_OFF, caller=self._caller, reason=reason)
        self.abort()


class LocalProtocol(ControlProtocol):
    """
    A connection to the control socket: the kernel vouches for who calls.

    @param uidOf: returns the user id at the other end of a transport.
    @param identify: finds out who has a user id.
    """

    UNKNOWN = "its owner could not be determined in time"

    def __init__(
        self, factory: ControlFactory, uidOf: Callable[[ITransport], int], identify: Callable[[int], Deferred[Caller]]
    ) -> None:
        super().__init__(factory)
        self._uidOf = uidOf
        self._identify = identify

    def connectionMade(self) -> None:
        """
        Find out who calls, and whether there is room.
        """
        uid = self._uidOf(self._wire)
        if self._enter(uid, Caller(uid, "")):
            self.setTimeout(self._home.limits.silence)
            self._wire.pauseProducing()
            self._identify(uid).addCallback(self._identified)
