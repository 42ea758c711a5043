"""
Tests for L{sslpool.control.presence}.
"""

from __future__ import annotations

import os
import socket

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from sslpool.control import presence
from sslpool.control.presence import PLACES, Presence


class PresenceTests(TestCase):
    """
    A name that nobody can unlink.
    """

    def setUp(self) -> None:
        """
        Have a run directory.
        """
        self.directory = os.path.abspath(self.mktemp())
        os.mkdir(self.directory)
        self.patch(presence, "ANSWER_TIMEOUT", 0.2)

    def presence(self, stack: str = "TCPIP") -> Presence:
        """
        Return a presence, which is released at the end.
        """
        made = Presence(self.directory, stack)
        self.addCleanup(made.release)
        return made

    def answering(self, answering: Presence) -> None:
        """
        Have a presence answer until the end.
        """
        self.patch(presence, "ANSWER_TIMEOUT", 10.0)
        answers = LoopingCall(answering.answer)
        answers.clock = reactor
        answers.start(0.01)
        self.addCleanup(answers.stop)

    async def taken(self, asking: Presence) -> bool:
        """
        Take a presence in another thread: it waits for an answer.
        """
        taking: Deferred[bool] = deferToThread(asking.take)
        return await taking

    async def test_same(self) -> None:
        """
        The same stack with the same directory is not there twice; another one, or the same one
        after the first has gone, is.
        """
        first = self.presence()
        self.assertTrue(first.take())
        self.answering(first)
        self.assertFalse(await self.taken(self.presence()))
        self.assertTrue(await self.taken(self.presence("OTHER")))
        first.release()
        self.assertTrue(await self.taken(self.presence()))

    async def test_removed(self) -> None:
        """
        It does not matter that the directory is another one by now.
        """
        first = self.presence()
        self.assertTrue(first.take())
        self.answering(first)
        os.rename(self.directory, f"{self.directory}.old")
        os.mkdir(self.directory)
        self.assertFalse(await self.taken(self.presence()))

    async def test_otherDirectory(self) -> None:
        """
        A stack that serves another directory of the same path, as that of another container
        does, is in nobody's way; when it has gone the other one is still found.
        """
        first, second = self.presence(), self.presence()
        self.assertTrue(first.take())
        self.answering(first)
        self.patch(presence, "_identity", lambda directory: b"elsewhere")
        first.answer()
        calls = iter([b"1:1"])
        self.patch(presence, "_identity", lambda directory: next(calls, b"2:2"))
        self.assertTrue(await self.taken(second))
        first.release()
        self.answering(second)
        self.patch(presence, "_identity", lambda directory: b"2:2")
        self.assertFalse(await self.taken(self.presence()))

    def test_hangs(self) -> None:
        """
        One that does not answer counts as one that serves this directory.
        """
        self.assertTrue(self.presence().take())
        self.assertFalse(self.presence().take())

    def test_hangsForLong(self) -> None:
        """
        So it does however often it has been asked: with each start that is tried meanwhile.
        """
        self.assertTrue(self.presence().take())
        self.patch(presence, "ANSWER_TIMEOUT", 0.01)
        for _ in range(64):
            self.assertFalse(self.presence().take())

    def test_notBelieved(self) -> None:
        """
        A name that belongs to another user keeps nobody away.
        """
        self.assertTrue(self.presence().take())
        self.patch(Presence, "_isBelieved", lambda self, asking: False)
        self.assertTrue(self.presence().take())

    def test_allTaken(self) -> None:
        """
        Where others have all names there is none, which keeps nobody away either.
        """
        squatters = []
        for place in range(PLACES):
            squatter = socket.socket(socket.AF_UNIX)
            self.addCleanup(squatter.close)
            squatter.bind(self.presence()._name(place))
            squatters.append(squatter)
        last = self.presence()
        self.assertTrue(last.take())
        last.answer()
