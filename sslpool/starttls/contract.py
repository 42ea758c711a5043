# -*- test-case-name: tests.starttls.test_contract -*-
"""
What a negotiator is: it hears both sides of a dialogue in cleartext, says what goes on to whom,
and when TLS begins on the client's side.  Pure; used in the servers.

A negotiator is fed what came, in pieces of any size, and answers with actions, to be done in
their order.  It keeps what it cannot understand yet, within limits.  It knows no socket and no
clock: whoever drives it reads the sockets, closes them, and says when time is up.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import Enum
from typing import ClassVar, TypeAlias

from attrs import frozen


class Security(Enum):
    """
    What an application's entry says about TLS: pure relay, on request, offered, or demanded.
    """

    NEVER = "NEVER"
    ALLOWED = "ALLOWED"
    PREFERRED = "PREFERRED"
    REQUIRED = "REQUIRED"


class Refusal(Enum):
    """
    Why a dialogue is ended by us; the value is what reports show.
    """

    INJECTION = "cleartext after the request for TLS"
    UNASKED = "TLS without the request for it"
    MALFORMED = "protocol violated before TLS"
    DECLINED = "client declined TLS"
    LATE = "request not complete in time"
    APPLICATION = "application answered out of turn"
    GONE = "application left before the session was secure"
    UNAVAILABLE = "TLS not available at present"
    AGAIN = "TLS asked for a second time"


@frozen
class ToClient:
    """
    Say this to the client, in cleartext or secured, as its side is now.
    """

    octets: bytes


@frozen
class ToApplication:
    """
    Say this to the application.
    """

    octets: bytes


@frozen
class StartTls:
    """
    Secure the client's side.  L{Negotiator.secured} tells that it is; where it cannot be done at
    present, L{Negotiator.unavailable}.  Until one of them the application is not read.

    @ivar accepted: what the client is told first, in cleartext.
    @ivar unavailable: what it is told instead where TLS cannot be had.
    @ivar unread: how many of the octets just fed, the last ones, are the client's TLS already.
    @ivar anew: the application gets a new connection after the handshake, which knows nothing of what was said before.
    @ivar alpn: the application protocol that the client must have named (RFC 7301), or empty.
    """

    accepted: bytes
    unavailable: bytes
    unread: int = 0
    anew: bool = False
    alpn: bytes = b""


@frozen
class Refuse:
    """
    End both sides, after last words to the client in its own protocol.
    """

    octets: bytes
    refusal: Refusal


@frozen
class Denial:
    """
    A request has been refused in the protocol's words; the dialogue goes on.  To be counted.
    """


@frozen
class Listen:
    """
    Expect one data connection, and carry it between client and application.  L{Negotiator.listening} tells where it is
    expected; where it cannot be, L{Negotiator.notListening}.

    @ivar port: the port of the other side, to which it goes on.
    @ivar passive: the client connects and the application is at C{port}; otherwise the application
        connects, and the client is at C{port}.
    @ivar protected: the client's side of it is secured.
    """

    port: int
    passive: bool
    protected: bool


class DataStep(Enum):
    """
    What is to become of the data connection that was expected last.

    @cvar SECURE: secure its client's side, and carry nothing before PROCEED.
    @cvar PROCEED: the application is ready for it.
    @cvar REFUSE: the application does not want it: what the client sends is dropped.
    @cvar DROP: the client does not want it any more: end it.
    """

    SECURE = "secure"
    PROCEED = "proceed"
    REFUSE = "refuse"
    DROP = "drop"


Action: TypeAlias = ToClient | ToApplication | StartTls | Refuse | Denial | Listen | DataStep


class Negotiator(ABC):
    """
    One dialogue.

    @ivar security: what the application's entry says.
    @ivar secure: the client's side is secured.
    @ivar start: the StartTls that has been said, until something has come of it.
    @ivar over: the dialogue has been refused; what still comes is dropped.
    @ivar held: what the client sends is not to be read before the application has answered.
    @ivar transparent: nothing more is to be understood: both sides can be relayed without it.
    @cvar WORDS: what the client is told when the dialogue is refused.
    @cvar CLOSING: what it is told for other reasons.
    """

    WORDS: ClassVar[Mapping[Refusal, bytes]] = {}
    CLOSING: ClassVar[bytes] = b""

    def __init__(self, security: Security) -> None:
        self.security = security
        self.secure = self.over = self.held = self.transparent = False
        self.start: StartTls | None = None
        self._actions: list[Action] = []

    # What happens

    def begin(self) -> list[Action]:
        """
        The application is connected, and nobody has said anything.
        """
        return []

    def fromClient(self, octets: bytes) -> list[Action]:
        """
        The client has sent C{octets}.
        """
        if self.start is not None:
            self.refuse(Refusal.INJECTION)
        elif self.transparent:
            self.toApplication(octets)
        elif not self.over:
            self._heardClient(octets)
        return self._taken()

    def fromApplication(self, octets: bytes) -> list[Action]:
        """
        The application has sent C{octets}.
        """
        if self.transparent:
            self.toClient(octets)
        elif not self.over:
            self._heardApplication(octets)
        return self._taken()

    def secured(self) -> list[Action]:
        """
        The handshake is complete.
        """
        self.secure, self.start = True, None
        self._nowSecure()
        return self._taken()

    def unavailable(self) -> list[Action]:
        """
        TLS cannot be had, and the client has been told so; the dialogue goes on as before.
        """
        self.start = None
        self._stillClear()
        return self._taken()

    def listening(self, host: str, port: int) -> list[Action]:
        """
        A data connection is expected at this place, which one of the two is to be told.
        """
        raise AssertionError("this protocol has no data connections")

    def notListening(self) -> list[Action]:
        """
        A data connection cannot be had.
        """
        raise AssertionError("this protocol has no data connections")

    def clientEnded(self) -> list[Action]:
        """
        The client has ended its output: what was kept of it goes on, but for cleartext where TLS is required.
        """
        kept = self._kept()
        if not self.demanded:
            self.toApplication(kept)
        return self._taken()

    def applicationEnded(self) -> list[Action]:
        """
        The application has ended its output.
        """
        if not self.over and not self.transparent:
            self._applicationLeft()
        return self._taken()

    def late(self) -> list[Action]:
        """
        L{waiting} was true for too long.
        """
        self.refuse(Refusal.LATE)
        return self._taken()

    # What it is about to do

    @property
    def demanded(self) -> bool:
        """
        Nothing goes on before TLS.
        """
        return self.security is Security.REQUIRED and not self.secure

    @property
    def waiting(self) -> bool:
        """
        The client has begun something that it has not completed, or owes an answer: it has a limited time for that.
        """
        return False

    @property
    def paused(self) -> bool:
        """
        What the client sends is not to be read at present.
        """
        return self.held

    @property
    def deaf(self) -> bool:
        """
        What the application sends is not to be read at present.
        """
        return False

    # For the protocols

    @abstractmethod
    def _heardClient(self, octets: bytes) -> None:
        """
        Understand what the client has sent.
        """

    @abstractmethod
    def _heardApplication(self, octets: bytes) -> None:
        """
        Understand what the application has sent.
        """

    def lastWords(self, refusal: Refusal) -> bytes:
        """
        Return what the client is told, in its protocol, when the dialogue is refused.
        """
        return self.WORDS.get(refusal, self.CLOSING)

    def _nowSecure(self) -> None:
        """
        Go on after the handshake.
        """
        self.held = False

    def _stillClear(self) -> None:
        """
        Go on where TLS could not be had.
        """
        self.held = False

    def _applicationLeft(self) -> None:
        """
        Go on when the application has ended its output.
        """
        if not self.secure:
            self.refuse(Refusal.GONE)

    def _kept(self) -> bytes:
        """
        Return, and forget, what was kept of the client's output.
        """
        return b""

    def toClient(self, octets: bytes) -> None:
        """
        Say C{octets} to the client.
        """
        if not octets or self.over:
            return
        last = self._actions[-1] if self._actions else None
        if isinstance(last, ToClient):
            self._actions[-1] = ToClient(last.octets + octets)
        else:
            self._actions.append(ToClient(octets))

    def toApplication(self, octets: bytes) -> None:
        """
        Say C{octets} to the application.
        """
        if not octets or self.over:
            return
        last = self._actions[-1] if self._actions else None
        if isinstance(last, ToApplication):
            self._actions[-1] = ToApplication(last.octets + octets)
        else:
            self._actions.append(ToApplication(octets))

    def denied(self) -> None:
        """
        A request is refused, and the dialogue goes on.
        """
        if not self.over:
            self._actions.append(Denial())

    def startTls(self, start: StartTls) -> None:
        """
        Have the client's side secured.
        """
        self.start = start
        self._actions.append(start)

    def refuse(self, refusal: Refusal, words: bytes | None = None) -> None:
        """
        End the dialogue.

        @param words: what the client is told, where it is not what L{lastWords} says.
        """
        if not self.over:
            self.over, self.start = True, None
            self._actions.append(Refuse(self.lastWords(refusal) if words is None else words, refusal))

    def _taken(self) -> list[Action]:
        actions, self._actions = self._actions, []
        return actions


class Plain(Negotiator):
    """
    No negotiation: NEVER.
    """

    def __init__(self, security: Security = Security.NEVER) -> None:
        super().__init__(security)
        self.transparent = True

    def _heardClient(self, octets: bytes) -> None:
        raise AssertionError("a transparent negotiator understands nothing")

    _heardApplication = _heardClient
