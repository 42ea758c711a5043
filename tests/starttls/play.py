"""
Plays a dialogue through a negotiator and keeps what each side heard.  Tests only.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from sslpool.starttls.contract import (
    Action,
    DataStep,
    Denial,
    Listen,
    Negotiator,
    Refusal,
    Refuse,
    StartTls,
    ToApplication,
    ToClient,
)
from sslpool.starttls.ftp import Ftp

CLIENT, APPLICATION = "C", "A"

Step = tuple[str, bytes]
"""
Who says what.
"""


@define
class Play:
    """
    One dialogue.

    @ivar negotiator: the negotiator.
    @ivar client: what the client has heard.
    @ivar application: what the application has heard.
    @ivar secured: how often TLS has begun.
    @ivar refusal: why the dialogue was refused.
    @ivar anew: the application was left for a new connection.
    @ivar kept: octets of the client that were left to TLS.
    @ivar available: TLS can be had.
    @ivar denied: how many requests were refused in a dialogue that went on.
    @ivar listens: the data connections that were expected, at ports from 4001.
    @ivar steps: what was to become of them.
    """

    negotiator: Negotiator
    client: bytes = b""
    application: bytes = b""
    secured: int = 0
    refusal: Refusal | None = None
    anew: bool = False
    kept: bytes = b""
    available: bool = True
    denied: int = 0
    listens: list[Listen] = field(factory=list)
    steps: list[DataStep] = field(factory=list)
    _waiting: StartTls | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        """
        Begin.
        """
        if isinstance(self.negotiator, Ftp):
            self.negotiator.client = "192.0.2.1"
        self._do(self.negotiator.begin())

    def say(self, side: str, octets: bytes) -> None:
        """
        One side says something.
        """
        if side == APPLICATION:
            self._do(self.negotiator.fromApplication(octets))
            return
        actions = self.negotiator.fromClient(octets)
        for action in actions:
            if isinstance(action, StartTls) and action.unread:
                self.kept = octets[-action.unread :]
        self._do(actions)

    def play(self, steps: Iterable[Step]) -> Play:
        """
        Let both sides say their parts, TLS beginning where it is agreed.
        """
        for side, octets in steps:
            self.say(side, octets)
            self.handshake()
        return self

    def handshake(self) -> None:
        """
        Where TLS is to begin, have it begun.
        """
        if self._waiting is not None:
            self._waiting = None
            self.secured += 1
            self._do(self.negotiator.secured())

    @property
    def starting(self) -> bool:
        """
        TLS is to begin.
        """
        return self._waiting is not None

    def _do(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, ToClient):
                self.client += action.octets
            elif isinstance(action, ToApplication):
                self.application += action.octets
            elif isinstance(action, Refuse):
                self.client += action.octets
                self.refusal = action.refusal
                self._waiting = None
            elif isinstance(action, Denial):
                self.denied += 1
            elif isinstance(action, Listen):
                self.listens.append(action)
                self._do(self.negotiator.listening("192.0.2.9", 4000 + len(self.listens)))
            elif isinstance(action, DataStep):
                self.steps.append(action)
            elif not self.available:
                self.client += action.unavailable
                self._do(self.negotiator.unavailable())
            else:
                self.client += action.accepted
                self.anew = action.anew
                self._waiting = action

    def heard(self) -> tuple[bytes, bytes]:
        """
        Return, and forget, what client and application have heard.
        """
        client, application = self.client, self.application
        self.client = self.application = b""
        return client, application
