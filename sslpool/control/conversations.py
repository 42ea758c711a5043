# -*- test-case-name: tests.control.test_conversation -*-
"""
The stack's ends of all control connections, by one way.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, ITransport
from twisted.internet.protocol import Factory
from twisted.protocols import amp

from sslpool.control.authority import Caller
from sslpool.control.complaints import Complaints
from sslpool.control.conversation import Conversation
from sslpool.control.room import Limits, Room
from sslpool.fairqueue import Arrivals, FairQueue


class ConversationFactory(Factory):
    """
    Makes the stack's ends of control connections.

    @ivar clock: gives the time limits.
    @ivar uidOf: returns the user id at the other end of a transport.
    @ivar identify: finds out who has a user id.
    @ivar privileged: tells whether a caller may use privileged commands now; others are strangers.
    @ivar respondersFor: makes the responders for a caller.
    @ivar complaints: takes what there is to be said of callers.
    @ivar turns: where strangers wait.
    @ivar arrivals: how often strangers may come.
    @ivar room: how many connections there may be.
    @ivar limits: what each may ask for.
    @ivar conversations: those that are open.
    @ivar expected: those of which it is not known yet whose they are, the oldest first.
    """

    noisy = False

    def __init__(
        self,
        *,
        clock: IReactorTime,
        uidOf: Callable[[ITransport], int],
        identify: Callable[[int], Deferred[Caller]],
        privileged: Callable[[Caller], bool],
        respondersFor: Callable[[Caller], amp.CommandLocator],
        complaints: Complaints,
        turns: FairQueue,
        arrivals: Arrivals,
        room: Room,
        limits: Limits,
    ) -> None:
        self.clock = clock
        self.uidOf = uidOf
        self.identify = identify
        self.privileged = privileged
        self.respondersFor = respondersFor
        self.complaints = complaints
        self.turns = turns
        self.arrivals = arrivals
        self.room = room
        self.limits = limits
        self.conversations: set[Conversation] = set()
        self.expected: dict[Conversation, None] = {}
        self._emptied: Deferred[None] | None = None

    def expect(self, conversation: Conversation) -> None:
        """
        Wait for who a connection's caller is; where there are too many of these, the oldest has to go.
        """
        self.expected[conversation] = None
        if len(self.expected) > self.room.most:
            next(iter(self.expected)).makeWay()

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
        self.expected.pop(conversation, None)
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
