# -*- test-case-name: tests.stack.test_orderedservices -*-
"""
Services that start one after another, and stop in reverse, each waiting for the
one before.  Lives in the stack process.

C{twisted.application.service.MultiService} stops all its services at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from twisted.application.service import IService, MultiService, Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.messages.announce import announceFault


class OrderedServices(MultiService):
    """
    Services in order.

    @param services: what to start, first things first.
    """

    log = Logger()

    def __init__(self, services: Iterable[IService]) -> None:
        super().__init__()
        for service in services:
            service.setServiceParent(self)

    def stopService(self) -> Deferred[None]:
        """
        Stop all in reverse; fires when the last one has stopped.
        """
        Service.stopService(self)
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        for service in reversed(self.services):
            try:
                await maybeDeferred(service.stopService)
            except Exception:
                # A fault of ours in one must not leave the others running.
                announceFault(self.log, "a service was stopping", Failure())
