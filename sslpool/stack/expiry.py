# -*- test-case-name: tests.stack.test_expiry -*-
"""
Says once a day which certificates in use have expired or soon will, or lack an issuer, and which
revocation lists.  Lives in the stack process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from sslpool.messages import Said
from sslpool.messages.announce import announceSaid
from sslpool.repeating import Repeating
from sslpool.stack.front.validity import HOUR


class ExpiryWatch(Repeating):
    """
    Looks at the certificates that the stack has read, not at the key database:
    what was renewed there is in use only after a REFRESH.  It looks once an hour: some
    certificates live for hours.

    @param due: returns what is to be said at a time, in seconds since the epoch, and was not
        within a day.
    @param now: returns the time, in seconds since the epoch.
    """

    log = Logger()

    def __init__(
        self, reactor: IReactorTime, due: Callable[[float], Sequence[Said]], now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(reactor, HOUR, self._look, "certificates were checked")
        self._due = due
        self._now = now

    def _look(self) -> None:
        for note in self._due(self._now()):
            announceSaid(self.log, note)
