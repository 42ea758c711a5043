"""
Limits: they are changed by OBEY while sessions run.
"""

from __future__ import annotations

from tests.live.operator.day import OperatorCase
from tests.live.running import until


class LimitsTests(OperatorCase):
    """
    Three sessions in two servers of two.
    """

    part = "limits"

    def test_day(self) -> None:
        """
        SSLLIMITS up and down, what does not fit together, and the limits of admission.
        """
        self.open()
        self.begin()
        self.hold(3)
        self.stack.waitForState(2, "Active")
        self.stack.waitForSessions(2, 1)
        self.console()
        self.type(
            "sslnetstat obey ssllimits maxsessions 200 maxpersslserver 100 '(test'",
            "sslnetstat obey ssllimits maxsessions 200 maxpersslserver 100",
            "sslnetstat config ssl",
            "sslnetstat obey ssllimits maxsessions 201",
            "sslnetstat obey ssllimits maxsessions 5000 maxpersslserver 500",
            "sslnetstat obey ssllimits maxpersslserver 1001",
            "sslnetstat obey ssllimits maxsessions 2 maxpersslserver 1",
        )
        self.console("SSLP0", "SSLP1", "SSLP2")
        waiting = self.client(self.port).dial()
        until(lambda: self.stack.status().full, "a client that waits")
        self.note("There are three sessions already, and a client waits.")
        self.type("ssladmin")
        waiting.close()
        self.type(
            "sslnetstat obey ssllimits maxsessions 4 maxpersslserver 2 quiesce 20 routing spread",
            "sslnetstat config ssl | grep ROUTING",
            "sslnetstat obey foreignipconlimit 20",
            "sslnetstat obey pendingconnectionlimit 10",
            "sslnetstat obey ssllimits",
            "sslnetstat obey ssllimits maxsessions",
        )
