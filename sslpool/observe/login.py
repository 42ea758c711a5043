# -*- test-case-name: tests.observe.test_login -*-
"""
The way in to the manhole: user ID and password over Telnet, with limits to everything that a
stranger can do.  Lives in the stack process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from twisted.conch.insults.insults import ServerProtocol
from twisted.conch.manhole import ColoredManhole, ManholeInterpreter
from twisted.conch.telnet import (
    ECHO,
    LINEMODE,
    NAWS,
    SGA,
    StatefulTelnetProtocol,
    TelnetBootstrapProtocol,
    TelnetTransport,
)
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.config.values import isUserid, upperCase
from sslpool.messages.announce import announce
from sslpool.observe.loginpolicy import REPORT_INTERVAL, LoginPolicy, Visitor

TRIES = 3
CONNECTIONS, VISITORS = 4, 16
LOGIN_TIME, IDLE_TIME = 60.0, 900.0
LONGEST_WORD, LONGEST_LINE, LONGEST_OPTION = 128, 4096, 1024
"""
Limits: wrong passwords on a connection, who is logged in at once, connections at once on which nobody
has logged in, seconds to log in (waiting for an answer not counted) and without a keystroke, octets of
what is typed at login, of a line of Python, and of a Telnet option.
"""


def _quiet(_: object) -> None:
    """
    A terminal does not have to have an option.
    """


class Login(StatefulTelnetProtocol):
    """
    Asks for user ID and password.
    """

    transport: Any
    MAX_LENGTH = LONGEST_WORD
    state = "User"

    def __init__(self, policy: LoginPolicy) -> None:
        self._policy = policy
        self._userid = ""
        self._tries = 0
        self._again: IDelayedCall | None = None
        self._waits = False

    def connectionMade(self) -> None:
        """
        Ask for the user ID.
        """
        self.transport.write(b"User ID: ")

    def telnet_User(self, line: bytes) -> str:
        """
        Take the user ID, and ask for the password, which the terminal is not to show.
        """
        word = line.strip().decode("ascii", "replace")
        self._userid = upperCase(word) if isUserid(word) else ""
        self.transport.will(ECHO).addErrback(_quiet)
        self.transport.write(b"Password: ")
        return "Password"

    def telnet_Password(self, line: bytes) -> str:
        """
        Have the password looked at; what is typed meanwhile is discarded.
        """
        self.transport.wont(ECHO).addErrback(_quiet)
        pause = self._policy.book(self._userid, self.transport.visitor)
        # Not before this line has been dealt with.
        if pause is None:
            self._later(0, self._wrong)
        else:
            self._waits = True
            self._later(pause, self._look, line.rstrip(b"\r"))
        return "Discard"

    def _later(self, seconds: float, function: Callable[..., None], *given: bytes) -> None:
        self.transport.extend(seconds)
        self._again = self._policy.clock.callLater(seconds, function, *given)

    def _look(self, password: bytes) -> None:
        self._again, self._waits = None, False
        admitted = self._policy.admits(self._userid, password, self.transport.visitor)
        Deferred.fromCoroutine(admitted).addCallback(self._decided)

    def _decided(self, admitted: bool) -> None:
        if self.transport is None or not self.transport.connected:
            return
        if admitted:
            self.transport.admit(self._userid)
        else:
            self._wrong()

    def _wrong(self) -> None:
        """
        Say so, when that has cost what it costs.
        """
        self._tries += 1
        self._later(self._policy.delays.cost(self._userid, self.transport.visitor.host), self._refuse)

    def _refuse(self) -> None:
        self._again = None
        self.transport.write(b"\nNot accepted\n")
        if self._tries == TRIES:
            self.transport.loseConnection()
            return
        self.state = "User"
        self.transport.write(b"User ID: ")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Forget what was to come.
        """
        if self._waits:
            self._policy.delays.withdraw(self._userid, self.transport.visitor.host)
        if self._again is not None and self._again.active():
            self._again.cancel()
        self._again = None
        super().connectionLost(reason)

    def lineLengthExceeded(self, line: bytes) -> None:
        """
        Nobody has so long a password.
        """
        self.transport.close("too much was typed at login")

    def enableLocal(self, option: bytes) -> bool:
        """
        Whether an option that the terminal asks for is used here.
        """
        return option == ECHO

    def disableLocal(self, option: bytes) -> None:
        """
        The terminal shows again what is typed.
        """


class Terminal(TelnetBootstrapProtocol):
    """
    The terminal after login.  Options that it does not have are no fault of anybody.
    """

    transport: Any

    def connectionMade(self) -> None:
        """
        Ask for the options, and begin.
        """
        self.transport.negotiationMap[NAWS] = self.telnet_NAWS
        self.transport.negotiationMap[LINEMODE] = self.telnet_LINEMODE
        for option in (LINEMODE, NAWS, SGA):
            self.transport.do(option).addErrback(_quiet)
        self.transport.will(ECHO).addErrback(_quiet)
        self.protocol = self.protocolFactory(*self.protocolArgs, **self.protocolKwArgs)
        self.protocol.makeConnection(self)


class Interpreter(ManholeInterpreter):
    """
    Python whose Deferreds show their results, as if these had been returned, and nothing of themselves.
    """

    def __init__(self, handler: Prompt, names: dict[str, object]) -> None:
        super().__init__(handler, names)
        self._pending: dict[Deferred[Any], int] = {}
        self._count = 0

    def displayhook(self, obj: object) -> None:
        """
        Show what an expression is.
        """
        if not isinstance(obj, Deferred):
            super().displayhook(obj)
            return
        self.locals["_"] = obj
        if not obj.called or obj.paused or isinstance(obj.result, Deferred):
            self._wait(obj)
        elif isinstance(obj.result, Failure):
            self.write(f"Failed: {obj.result.getErrorMessage()}")
        elif obj.result is not None:
            self.write(repr(obj.result))

    def _wait(self, deferred: Deferred[Any]) -> None:
        if deferred not in self._pending:
            self._count += 1
            self._pending[deferred] = self._count
            deferred.addBoth(self._come, deferred)
        self.write(f"Result {self._pending[deferred]} is pending")

    def _come(self, result: Any, deferred: Deferred[Any]) -> Any:
        number = self._pending.pop(deferred)
        if isinstance(result, Failure):
            self.write(f"Result {number} failed: {result.getErrorMessage()}", True)
        else:
            text = "done" if result is None else repr(result)
            self.write("\n".join((f"Result {number}:", text)) if "\n" in text else f"Result {number}: {text}", True)
        return result


class Prompt(ColoredManhole):
    """
    Python at a terminal, by lines of bounded length.
    """

    def connectionMade(self) -> None:
        """
        Have an interpreter.
        """
        super().connectionMade()
        self.interpreter = Interpreter(self, self.namespace or {})

    def characterReceived(self, character: bytes, more: bool) -> None:
        """
        Take a character while there is room.
        """
        if len(self.lineBuffer) < LONGEST_LINE:
            super().characterReceived(character, more)


class ManholeConnection(TelnetTransport):
    """
    A connection to the manhole, from its first octet to its last.

    @ivar userid: who has logged in.
    @ivar visitor: who has connected.
    """

    transport: Any
    factory: Any
    log = Logger()
    connected = False

    def __init__(self, policy: LoginPolicy, namespace: Callable[[str], dict[str, object]], visitor: Visitor) -> None:
        super().__init__(Login, policy)
        self.userid = ""
        self.visitor = visitor
        self._policy = policy
        self._namespace = namespace
        self._limit: IDelayedCall | None = None
        self._since = 0.0

    def connectionMade(self) -> None:
        """
        Begin with the login.
        """
        self.connected = True
        self._limit = self._policy.clock.callLater(LOGIN_TIME, self.close, "nobody logged in in time")
        super().connectionMade()

    def extend(self, seconds: float) -> None:
        """
        Do not count the time for which an answer is waited for.
        """
        if self._limit is not None and self._limit.active():
            self._limit.delay(seconds)

    def admit(self, userid: str) -> None:
        """
        Let somebody in, where there is room.
        """
        if not self.factory.hasRoom():
            self.write(b"\nToo many operators are logged in: %d\n" % CONNECTIONS)
            self.loseConnection()
            return
        announce(self.log, "SSLP654I", userid=userid, address=self.visitor.address)
        self.userid, self._since = userid, self._policy.clock.seconds()
        self._stopLimit()
        self._limit = self._policy.clock.callLater(IDLE_TIME, self.close, "it was idle for too long")
        self.protocol = Terminal(ServerProtocol, Prompt, self._namespace(userid))
        self.protocol.makeConnection(self)

    def dataReceived(self, data: bytes) -> None:
        """
        Something was typed.
        """
        if self.userid and self._limit is not None:
            self._limit.reset(IDLE_TIME)
        super().dataReceived(data)
        if self.connected and len(getattr(self, "commands", ())) > LONGEST_OPTION:
            self.close("a Telnet option is too long")

    def close(self, reason: str) -> None:
        """
        End the connection at once, whether or not anybody reads at the other end.
        """
        announce(self.log, "SSLP657W", address=self.visitor.address, reason=reason)
        self.drop()

    def drop(self) -> None:
        """
        The same, without a word.
        """
        self._stopLimit()
        self.factory.connections.pop(self, None)
        self.transport.abortConnection()

    def _stopLimit(self) -> None:
        if self._limit is not None and self._limit.active():
            self._limit.cancel()
        self._limit = None

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The connection has ended.
        """
        self.connected = False
        self._stopLimit()
        self.factory.connections.pop(self, None)
        if self.userid:
            seconds = round(self._policy.clock.seconds() - self._since)
            announce(self.log, "SSLP655I", userid=self.userid, seconds=seconds)
        super().connectionLost(reason)


class ManholeFactory(ServerFactory):
    """
    The connections to the manhole.  Those on which nobody has logged in have places of their own, and
    hold none that another needs: where all are taken, the address with most of them loses its oldest.

    @ivar connections: those that there are, the oldest first.
    @param namespace: makes what the prompt of a user ID knows.
    """

    noisy = False
    log = Logger()

    def __init__(self, policy: LoginPolicy, namespace: Callable[[str], dict[str, object]]) -> None:
        self.connections: dict[ManholeConnection, None] = {}
        self._policy = policy
        self._namespace = namespace
        self._quietUntil = 0.0

    def buildProtocol(self, addr: object) -> ManholeConnection:
        """
        Take a connection, and make room for it.
        """
        connection = ManholeConnection(self._policy, self._namespace, Visitor.named(getattr(addr, "name", None)))
        connection.factory = self
        self.connections[connection] = None
        visitors = [each for each in self.connections if not each.userid]
        if len(visitors) > VISITORS:
            self._makeRoom(visitors)
        return connection

    def _makeRoom(self, visitors: Sequence[ManholeConnection]) -> None:
        counts = Counter(each.visitor.host for each in visitors)
        most = max(counts.values())
        victim = next(each for each in visitors if counts[each.visitor.host] == most)
        now = self._policy.clock.seconds()
        if now >= self._quietUntil:
            self._quietUntil = now + REPORT_INTERVAL
            victim.close("nobody had logged in on it, and others needed the place")
        else:
            victim.drop()

    def hasRoom(self) -> bool:
        """
        Whether somebody more can be logged in.
        """
        return sum(bool(each.userid) for each in self.connections) < CONNECTIONS

    def close(self) -> None:
        """
        End every connection.
        """
        for connection in list(self.connections):
            connection.transport.abortConnection()
