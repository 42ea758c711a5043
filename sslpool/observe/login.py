# -*- test-case-name: tests.observe.test_login -*-
"""
Who may come in to the manhole: user ID and password over Telnet, with limits to everything that a
stranger can do.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from attrs import field, mutable
from twisted.conch.insults.insults import ServerProtocol
from twisted.conch.manhole import ColoredManhole
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
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.config.values import isUserid
from sslpool.messages.announce import announce, announceFault

TRIES = 3
CONNECTIONS = 4
LOGIN_TIME, IDLE_TIME = 60.0, 900.0
LONGEST_DELAY = 30.0
LONGEST_WORD, LONGEST_LINE, LONGEST_OPTION = 128, 4096, 1024
"""
Limits: wrong passwords on a connection, connections at once, seconds to log in and without a
keystroke, seconds that a wrong password costs, octets of what is typed at login, of a line of
Python, and of a Telnet option.
"""


def _quiet(_: object) -> None:
    """
    A terminal does not have to have an option.
    """


@mutable
class Gate:
    """
    Decides who comes in.

    @ivar clock: the reactor's clock.
    @ivar verify: tells, in time, whether a user ID has this password.
    @ivar obey: returns the OBEY list as it is now.
    @ivar failures: passwords that were wrong since one was right.
    """

    clock: IReactorTime
    verify: Callable[[str, bytes], Deferred[bool]]
    obey: Callable[[], Collection[str]]
    failures: int = 0
    log: Logger = field(factory=Logger)

    async def admits(self, userid: str, password: bytes) -> bool:
        """
        Whether somebody comes in; a refusal is logged.
        """
        try:
            right = await self.verify(userid, password)
        except Exception:
            # Also a password file that is broken: nobody comes in, and the stack goes on.
            announceFault(self.log, "a password was looked at", Failure())
            right = False
        if right and userid in self.obey():
            self.failures = 0
            return True
        self.failures += 1
        reason = "the user ID is not in the OBEY list" if right else "wrong user ID or password"
        announce(self.log, "SSLP653W", userid=userid or "what is no user ID", reason=reason)
        return False

    @property
    def delay(self) -> float:
        """
        What the last wrong password costs, in seconds.
        """
        return min(float(1 << min(self.failures - 1, 16)), LONGEST_DELAY)


class Login(StatefulTelnetProtocol):
    """
    Asks for user ID and password.
    """

    transport: Any
    MAX_LENGTH = LONGEST_WORD
    state = "User"

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._userid = ""
        self._tries = 0
        self._again: IDelayedCall | None = None

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
        self._userid = word.upper() if isUserid(word) else ""
        self.transport.will(ECHO).addErrback(_quiet)
        self.transport.write(b"Password: ")
        return "Password"

    def telnet_Password(self, line: bytes) -> str:
        """
        Have the password looked at; what is typed meanwhile is discarded.
        """
        self.transport.wont(ECHO).addErrback(_quiet)
        answer = Deferred.fromCoroutine(self._gate.admits(self._userid, line.rstrip(b"\r")))
        # Not before this line has been dealt with.
        self._again = self._gate.clock.callLater(0, answer.addCallback, self._decided)
        return "Discard"

    def _decided(self, admitted: bool) -> None:
        if self.transport is None or not self.transport.connected:
            return
        if admitted:
            self.transport.admit(self._userid)
            return
        self._tries += 1
        self._again = self._gate.clock.callLater(self._gate.delay, self._refuse)

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
        if self._again is not None and self._again.active():
            self._again.cancel()
        self._again = None
        super().connectionLost(reason)

    def lineLengthExceeded(self, line: bytes) -> None:
        """
        Nobody has so long a password.
        """
        self.transport.close("more than a line was typed at login")

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


class Prompt(ColoredManhole):
    """
    Python at a terminal, by lines of bounded length.
    """

    def characterReceived(self, character: bytes, more: bool) -> None:
        """
        Take a character while there is room.
        """
        if len(self.lineBuffer) < LONGEST_LINE:
            super().characterReceived(character, more)


class Line(TelnetTransport):
    """
    A connection to the manhole, from its first octet to its last.

    @ivar userid: who has logged in.
    """

    transport: Any
    factory: Any
    log = Logger()
    connected = False

    def __init__(self, gate: Gate, namespace: Callable[[str], dict[str, object]]) -> None:
        super().__init__(Login, gate)
        self.userid = ""
        self._gate = gate
        self._namespace = namespace
        self._limit: IDelayedCall | None = None
        self._since = 0.0

    def connectionMade(self) -> None:
        """
        Begin with the login.
        """
        self.connected = True
        self._limit = self._gate.clock.callLater(LOGIN_TIME, self.close, "nobody has logged in in time")
        super().connectionMade()

    def admit(self, userid: str) -> None:
        """
        Let somebody in.
        """
        announce(self.log, "SSLP654I", userid=userid)
        self.userid, self._since = userid, self._gate.clock.seconds()
        self._stopLimit()
        self._limit = self._gate.clock.callLater(IDLE_TIME, self.close, "it was idle for too long")
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
        announce(self.log, "SSLP657W", reason=reason)
        self._stopLimit()
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
        self.factory.lines.discard(self)
        if self.userid:
            seconds = round(self._gate.clock.seconds() - self._since)
            announce(self.log, "SSLP655I", userid=self.userid, seconds=seconds)
        super().connectionLost(reason)


class Lines(ServerFactory):
    """
    The connections to the manhole: a few at once.

    @ivar lines: those that there are.
    @param namespace: makes what the prompt of a user ID knows.
    """

    noisy = False
    log = Logger()

    def __init__(self, gate: Gate, namespace: Callable[[str], dict[str, object]]) -> None:
        self.lines: set[Line] = set()
        self._gate = gate
        self._namespace = namespace
        self._full = False

    def buildProtocol(self, addr: object) -> Line | None:
        """
        Take a connection, where there is room.
        """
        full = len(self.lines) >= CONNECTIONS
        if full and not self._full:
            announce(self.log, "SSLP657W", reason=f"there are {CONNECTIONS} already")
        self._full = full
        if full:
            return None
        line = Line(self._gate, self._namespace)
        line.factory = self
        self.lines.add(line)
        return line

    def close(self) -> None:
        """
        End every connection.
        """
        for line in list(self.lines):
            line.transport.abortConnection()
