# -*- test-case-name: tests.stack.programs.test_applicationsocket -*-
"""
How many programs there may be at the application socket.  Lives in the stack process.
"""

from __future__ import annotations

from collections import Counter

from twisted.internet.interfaces import IReactorTime

from sslpool.fairqueue import Arrivals
from sslpool.stack.programs.conversation import ProgramConversation

MOST_TRUSTED = 256
"""
The most conversations at once of users who are trusted, and the most connections that wait for room.
"""

MOST_STRANGERS = 64
"""
The most conversations of all others together.
"""

MOST_OF_ONE = 64
"""
The most conversations of one user.
"""


class ProgramLimits:
    """
    The conversations that there are.

    @ivar conversations: all of them, also those of which it is not known yet whose they are.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.conversations: set[ProgramConversation] = set()
        self._users: Counter[int] = Counter()
        self._arrivals = Arrivals(clock)

    def enter(self, conversation: ProgramConversation) -> bool:
        """
        Count a conversation in; return whether there is room for its user.  It has to leave in any case.
        """
        self.conversations.add(conversation)
        self._users[conversation.asker.uid] += 1
        return (
            len(self.conversations) <= MOST_TRUSTED + MOST_STRANGERS
            and self._users[conversation.asker.uid] <= MOST_OF_ONE
        )

    def stays(self, conversation: ProgramConversation) -> bool:
        """
        Return whether a conversation may stay, now that it is known whose it is.
        """
        trusted = conversation.asker.trusted
        alike = sum(each.asker.trusted is trusted for each in self.conversations)
        if trusted:
            return alike <= MOST_TRUSTED
        return alike <= MOST_STRANGERS and self._arrivals.admit(conversation.asker.uid)

    def leave(self, conversation: ProgramConversation) -> None:
        """
        Count a conversation out.
        """
        self.conversations.discard(conversation)
        self._users[conversation.asker.uid] -= 1
        if not self._users[conversation.asker.uid]:
            del self._users[conversation.asker.uid]

    def silentSince(self, moment: float) -> list[ProgramConversation]:
        """
        Return those that have asked nothing since then, and whose question does not wait for its turn.
        """
        return [each for each in self.conversations if each.active < moment and each.queued is None]
