"""
Tests for L{tests.doubles.servers}: the fakes are what they stand for.
"""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.interfaces import IAcceptor, IHandoff, IPool, IPorts, IStarter, IStarterClient
from sslpool.wire.member import COMMANDS
from tests.doubles.room import FakeHandoff, FakeRoom
from tests.doubles.servers import FakeLink, FakeStarter
from tests.manager.pools import PoolCase
from tests.neighbours import FakePool, FakePorts


class FakeTests(SynchronousTestCase):
    """
    Each fake provides the interface of what it stands for.
    """

    def test_interfaces(self) -> None:
        """
        C{verifyObject} finds every method with its signature.
        """
        clock = Clock()
        starter = FakeStarter(clock)
        self.assertTrue(verifyObject(IStarter, starter))
        missing = [each.method for each in COMMANDS if each.method not in vars(FakeLink)]
        self.assertEqual(missing, ["assign", "serve"])  # which are those of begin
        self.assertTrue(verifyObject(IHandoff, FakeHandoff()))
        self.assertTrue(verifyObject(IAcceptor, FakeRoom()))
        self.assertTrue(verifyObject(IPorts, FakePorts()))
        self.assertTrue(verifyObject(IPool, FakePool()))


class LinkTests(PoolCase):
    """
    The fake control connection answers as a server does.
    """

    def test_known(self) -> None:
        """
        The pool's processes are what the starter tells.
        """
        self.assertTrue(verifyObject(IStarterClient, self.pool.processes))
