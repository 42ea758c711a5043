"""
Tests for L{sslpool.readers}.
"""

from __future__ import annotations

import socket
from typing import cast

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from sslpool.readers import Reader


class Faulty(Reader):
    """
    A reader with a mistake.
    """

    def __init__(self, watched: socket.socket) -> None:
        self.watched = watched
        self.lost: Deferred[None] = Deferred()

    def doRead(self) -> None:
        """
        Make the mistake.
        """
        raise ZeroDivisionError

    def connectionLost(self, reason: Failure) -> None:
        """
        Take note of the end.
        """
        super().connectionLost(reason)
        self.lost.callback(None)


class ReaderTests(TestCase):
    """
    L{Reader} in a reactor.
    """

    async def test_fault(self) -> None:
        """
        A fault is logged once, and what stays readable is not read again.
        """
        near, far = socket.socketpair()
        self.addCleanup(near.close)
        self.addCleanup(far.close)
        watching = cast(IReactorFDSet, reactor)
        reader = Faulty(near)
        self.assertTrue(verifyObject(IReadDescriptor, reader))
        self.assertEqual(reader.logPrefix(), "Faulty")
        watching.addReader(reader)
        self.addCleanup(watching.removeReader, reader)
        far.send(b"x")
        await reader.lost
        self.assertNotIn(reader, watching.getReaders())
        [logged] = self.flushLoggedErrors(ZeroDivisionError)
        self.assertIn("doRead", logged.getTraceback())
