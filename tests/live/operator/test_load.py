"""
Load: sessions fill one server after another, until the pool is full.
"""

from __future__ import annotations

from tests.live.clients import finish
from tests.live.operator.day import OperatorCase
from tests.live.running import until


class LoadTests(OperatorCase):
    """
    Clients come to a pool of two servers of two sessions.
    """

    part = "load"

    def test_day(self) -> None:
        """
        The waterfall, a full pool, a client that waits, and the end of the rush.
        """
        self.open()
        self.begin()
        held = self.hold(2)
        self.stack.waitForSessions(2)
        self.stack.waitForState(2, "Active")
        self.note("Two clients have connected: SSL00001 is full.")
        held += self.hold(1, 3)
        self.stack.waitForSessions(2, 1)
        self.note("A third has connected.")
        self.console("SSLP1", until="SSLP100I SSL00002")
        held += self.hold(1, 4)
        self.stack.waitForSessions(2, 2)
        until(lambda: self.stack.status().full, "the pool to be full")
        self.note("A fourth has connected: every server is full.")
        self.type("ssladmin query serving")
        waiting = self.client(self.port).dial()
        self.note("A fifth waits.")
        self.console("SSLP1", until="SSLP108W")
        self.type("ssladmin", "sslnetstat config ssl", "sslnetstat conn ssl00002", "sslnetstat conn")
        waiting.close()
        for each in held:
            finish(each)
        self.stack.waitForSessions(0, 0)
        self.note("All have gone.")
        self.type("ssladmin", "ssladmin query sessions")
