# -*- test-case-name: tests.sessions.test_relaying -*-
"""
What a session is for.  Server processes.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from sslpool.sessions.outcome import Outcome

S = TypeVar("S")
T = TypeVar("T")


class Kind(Generic[S, T]):
    """
    What a session is for: how it begins, and what follows.  Sessions of a kind that has no state share one.

    @cvar shown: what reports call sessions of this kind.
    @cvar handed: they come from the stack, which waits for their end.
    @cvar sharesApplication: the stack may have a duplicate of the application's socket.
    @cvar resets: an application that has not got all is not to take what it has got for the whole.
    """

    shown = "Static"
    handed = True
    sharesApplication = False
    resets = False

    def begin(self, session: S) -> None:
        """
        A session has its client: begin.
        """
        raise NotImplementedError

    def handshake(self, session: S) -> T:
        """
        Return the stage at which the client's side is secured.
        """
        raise NotImplementedError

    def secured(self, session: S) -> None:
        """
        The handshake is complete.
        """
        raise NotImplementedError

    def reached(self, session: S) -> None:
        """
        The application is connected.
        """
        raise NotImplementedError

    def sweep(self, session: S, now: float) -> None:
        """
        Look at what it owns itself, before its session looks at time limits.
        """

    def leaving(self, session: S, outcome: Outcome, detail: str) -> None:
        """
        Its session closes of our own accord, and will have ended when the client has read our last words.
        """

    def ending(self, session: S, outcome: Outcome, detail: str) -> Outcome:
        """
        Its session is about to close its sockets; return how it has ended.
        """
        return outcome

    def ended(self, session: S, outcome: Outcome) -> None:
        """
        Its session has ended.
        """

    def addressOf(self, session: S) -> str:
        """
        Return the address of the side that speaks TLS, C{address:port}, where it is another than that of who came.
        """
        return ""
