"""
Tests for L{sslpool.loginnames}.
"""

from __future__ import annotations

import os
import pwd
import threading
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sslpool.loginnames import FRESH, KEPT, MOST_NAMES, Logins, loginName


class Threads(Clock):
    """
    A clock with a thread pool whose work is done when the test says so.

    @ivar work: what is to be done.
    """

    def __init__(self) -> None:
        super().__init__()
        self.work: list[Callable[[], object]] = []

    def getThreadPool(self) -> Threads:
        """
        Return the pool.
        """
        return self

    def callInThreadWithCallback(self, done: Callable[..., object], function: Callable[..., Any], *given: Any) -> None:
        """
        Take work.
        """

        def work() -> None:
            try:
                result = function(*given)
            except Exception:
                done(False, Failure())
            else:
                done(True, result)

        self.work.append(work)

    def callFromThread(self, function: Callable[..., object], *given: object) -> None:
        """
        Do it at once.
        """
        function(*given)

    def finish(self) -> None:
        """
        Do what is there.
        """
        work, self.work = self.work, []
        for each in work:
            each()


class LoginsTests(SynchronousTestCase):
    """
    L{Logins} with a slow directory service.
    """

    def setUp(self) -> None:
        """
        Know no name yet.
        """
        self.names = {1: "alice", 2: "bob"}
        self.asked: list[int] = []
        self.reactor = Threads()
        self.logins = Logins(self.reactor, self.lookUp)

    def lookUp(self, uid: int) -> str:
        """
        Look a name up.
        """
        self.asked.append(uid)
        return self.names.get(uid, "")

    def test_once(self) -> None:
        """
        A name is looked up in the thread, once for all who ask, and is known after that.
        """
        first, second = self.logins.find(1), self.logins.find(1)
        self.assertNoResult(first)
        self.reactor.finish()
        self.assertEqual([self.successResultOf(each) for each in (first, second)], ["alice", "alice"])
        self.assertEqual(self.successResultOf(self.logins.find(1)), "alice")
        self.assertEqual(self.asked, [1])

    def test_oneAtATime(self) -> None:
        """
        Whatever is asked for, one thread is in use.
        """
        found = [self.logins.find(uid) for uid in (1, 2, 3)]
        for expected in ("alice", "bob", ""):
            self.assertEqual(len(self.reactor.work), 1)
            self.reactor.finish()
            self.assertEqual(self.successResultOf(found.pop(0)), expected)

    def test_age(self) -> None:
        """
        A name of some age is used while it is looked up anew; an old one is not used.
        """
        self.logins.find(1)
        self.reactor.finish()
        self.names[1] = "carol"
        self.reactor.advance(FRESH)
        self.assertEqual(self.successResultOf(self.logins.find(1)), "alice")
        self.reactor.finish()
        self.assertEqual(self.successResultOf(self.logins.find(1)), "carol")
        self.reactor.advance(KEPT)
        late = self.logins.find(1)
        self.assertNoResult(late)
        self.reactor.finish()
        self.assertEqual(self.successResultOf(late), "carol")

    def test_bound(self) -> None:
        """
        So many names are kept, the youngest.
        """
        for uid in range(MOST_NAMES + 1):
            self.logins.find(uid)
            self.reactor.finish()
        self.assertNoResult(self.logins.find(0))
        self.successResultOf(self.logins.find(MOST_NAMES))

    def test_fault(self) -> None:
        """
        Where the look-up fails there is no name now, and the next one tries again.
        """
        self.patch(self, "names", None)
        found = self.logins.find(1)
        self.reactor.finish()
        self.assertEqual(self.successResultOf(found), "")
        self.flushLoggedErrors(AttributeError)
        self.assertNoResult(self.logins.find(1))


class SystemTests(TestCase):
    """
    The system's user database.
    """

    async def test_thread(self) -> None:
        """
        It is asked in another thread than that of the reactor.
        """
        seen: list[object] = []

        def lookUp(uid: int) -> str:
            seen.append(threading.current_thread())
            return loginName(uid)

        name = await Logins(reactor, lookUp).find(os.geteuid())
        self.assertEqual(name, pwd.getpwuid(os.geteuid()).pw_name)
        self.assertNotEqual(seen, [threading.current_thread()])

    def test_unknown(self) -> None:
        """
        A user id without an entry has no name.
        """
        used = {entry.pw_uid for entry in pwd.getpwall()}
        self.assertEqual(loginName(next(uid for uid in range(60_000, 70_000) if uid not in used)), "")
