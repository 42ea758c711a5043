# -*- test-case-name: tests.control.test_controlprotocol -*-
"""
How many control connections there may be at once, and what each may ask for.  Lives in the stack process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from attrs import define, field

MOST = 64
"""
Connections of all strangers together; and as many of which it is not known yet whose they are.
"""

MOST_OF_ONE = 8
"""
Connections of each user, or each host of remote ones.
"""


@define
class ConnectionQuota:
    """
    The places.  Only strangers share theirs: they cannot lock out who may administer the stack.

    @ivar most: for all strangers together.
    @ivar mostOfOne: for each.
    """

    most: int = MOST
    mostOfOne: int = MOST_OF_ONE
    _present: Counter[Hashable] = field(factory=Counter, init=False)
    _strangers: int = field(default=0, init=False)

    def enter(self, key: Hashable) -> bool:
        """
        Count a connection in, if its user has room; return whether that is so.
        """
        if self._present[key] >= self.mostOfOne:
            return False
        self._present[key] += 1
        return True

    def leave(self, key: Hashable) -> None:
        """
        Count a connection out.
        """
        self._present[key] -= 1
        if self._present[key] <= 0:
            del self._present[key]

    def enterStranger(self) -> bool:
        """
        Count one that is inside as a stranger's, if they have room; return whether that is so.
        """
        if self._strangers >= self.most:
            return False
        self._strangers += 1
        return True

    def leaveStranger(self) -> None:
        """
        Count a stranger's out.
        """
        self._strangers -= 1


@define
class RequestLimits:
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
