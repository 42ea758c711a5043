"""
Stop in use: STOP, START and RESTART with sessions open, and a pool of which nobody serves.
"""

from __future__ import annotations

from tests.live.operator.day import OperatorCase
from tests.live.running import until


class StopTests(OperatorCase):
    """
    Servers are stopped, started and restarted with sessions open.
    """

    part = "stop"

    def test_day(self) -> None:
        """
        One server is stopped, both are at once, nobody serves, and all goes on.
        """
        self.open()
        self.begin()
        self.hold(1)
        self.stack.waitForSessions(1)
        self.note("One client has connected.")
        self.type("ssladmin stop '(sslserver ssl00001'", "ssladmin")
        self.hold(1, 2)
        self.stack.waitForState(2, "Active")
        self.stack.waitForSessions(1, 1)
        self.note("A second has connected.")
        self.type("ssladmin stop '(sslserver ssl00001'", "ssladmin start '(sslserver ssl00001'")
        self.stack.waitForState(1, "Active")
        self.note("SSL00001 is Active again.")
        self.type("ssladmin", "ssladmin start '(sslserver ssl00001'", "ssladmin start", "ssladmin restart")
        self.stack.log.wait("SSLP100I SSL00002", count=2)
        self.note("Both have been restarted.")
        self.type("ssladmin", "ssladmin stop '(now'")
        until(self.ended, "the end of all processes")
        self.note("All processes have ended.")
        self.type("ssladmin query serving", "ssladmin refresh", "ssladmin restart", "ssladmin stop")
        self.console()
        waiting = self.client(self.port).dial()
        self.note("A client comes.")
        self.console("SSLP1", until="SSLP108W")
        self.type("ssladmin")
        waiting.close()
        self.type("ssladmin start")
        self.stack.waitForState(1, "Active")
        self.stack.waitForState(2, "Active")
        until(lambda: self.stack.status().total == 3, "the connection of the client that has gone to be taken")
        self.stack.waitForSessions(0, 0)
        self.note("Both are Active, and the client has gone.")
        self.type("ssladmin stop")

    def ended(self) -> bool:
        """
        Tell whether no server has a process.
        """
        return not any(each.pid or each.former for each in self.stack.status().servers)
