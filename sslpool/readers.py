# -*- test-case-name: tests.test_readers -*-
"""
What the reactor watches and calls when there is something to read.  Every process with a reactor.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer


class IWatched(Protocol):
    """
    What has a descriptor.
    """

    def fileno(self) -> int:
        """
        The descriptor; -1 where it is closed.
        """


@implementer(IReadDescriptor)
class Reader(ABC):
    """
    A reader in the reactor, which calls C{doRead} of its subclass directly.  A fault of ours there
    is logged by the reactor, with its traceback, and ends the watching: descriptors are reported
    again and again while they are readable, and the fault would be as well.

    @ivar watched: what has the descriptor.
    """

    watched: IWatched

    def fileno(self) -> int:
        """
        The descriptor to watch.
        """
        return self.watched.fileno()

    @abstractmethod
    def doRead(self) -> None:
        """
        There is something to read.
        """

    def connectionLost(self, reason: Failure) -> None:  # noqa: B027 - a subclass may need nothing here
        """
        The reactor watches no longer: after a fault, or since nothing comes any more.
        """

    def logPrefix(self) -> str:
        """
        How the reactor calls this reader.
        """
        return type(self).__name__
