"""
Tests for L{sslpool.stack.orderedservices}.
"""

from __future__ import annotations

from twisted.application.service import IService, IServiceCollection, Service
from twisted.internet.defer import Deferred, fail
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.stack.orderedservices import OrderedServices
from tests.logs import texts


class Step(Service):
    """
    Writes down what happens to it; C{stopped} is when it has stopped.
    """

    def __init__(self, name: str, story: list[str], stopped: Deferred[None] | None = None) -> None:
        self.setName(name)
        self._story = story
        self._stopped = stopped

    def startService(self) -> None:
        """
        Write it down.
        """
        super().startService()
        self._story.append(f"start {self.name}")

    def stopService(self) -> Deferred[None] | None:
        """
        Write it down.
        """
        super().stopService()
        self._story.append(f"stop {self.name}")
        return self._stopped


class OrderTests(SynchronousTestCase):
    """
    L{OrderedServices} knows first from last.
    """

    def test_order(self) -> None:
        """
        Services start in order, and stop in reverse, each when the one after it has stopped.
        """
        story: list[str] = []
        waiting: Deferred[None] = Deferred()
        services = OrderedServices([Step("a", story), Step("b", story, waiting), Step("c", story)])
        self.assertTrue(verifyObject(IService, services))
        self.assertTrue(verifyObject(IServiceCollection, services))
        services.startService()
        stopped = services.stopService()
        self.assertEqual(story, ["start a", "start b", "start c", "stop c", "stop b"])
        self.assertNoResult(stopped)
        waiting.callback(None)
        self.successResultOf(stopped)
        self.assertEqual(story[-1], "stop a")

    def test_collection(self) -> None:
        """
        They are a collection of services, each of which knows it and is found by its name.
        """
        services = OrderedServices([Step("a", []), step := Step("b", [])])
        self.assertIs(services.getServiceNamed("b"), step)
        self.assertIs(step.parent, services)

    def test_fault(self) -> None:
        """
        A mistake in one that stops is logged, and does not leave the others running.
        """
        story: list[str] = []
        services = OrderedServices([Step("a", story), Step("b", story, fail(ZeroDivisionError("unforeseen")))])
        services.startService()
        with capturedLogs() as events:
            self.successResultOf(services.stopService())
        self.assertEqual(story[-2:], ["stop b", "stop a"])
        self.assertEqual(texts(events), ["SSLP198E Internal error while a service was stopping"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
