"""
Trace: one connection among others, the classes, and the consoles.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.live.clients import exchange, finish
from tests.live.operator.day import OperatorCase
from tests.live.running import until


class TraceTests(OperatorCase):
    """
    Of two connections one is traced.
    """

    part = "trace"

    def test_day(self) -> None:
        """
        TRACE, QUERY TRACE, NOTRACE, LOG and CLOSECON.
        """
        self.open()
        self.begin()
        first, second = self.hold(2)
        self.stack.waitForSessions(2)
        self.written("Connection 2: .*secured by")
        self.type("ssladmin closecon '(sslserver ssl00001'")
        self.type("ssladmin trace connections data 2", "ssladmin query trace")
        exchange(first, b"not to be seen")
        exchange(second, b"to be seen")
        finish(second)
        self.written("Connection 2: .*Ended")
        self.note("Both have been talking; the second one has ended.")
        # The first line has a name that depends on whether the second has passed.
        self.type("ssladmin log '(sslserver ssl00001' | tail -n +2")
        self.type("ssladmin trace flow")
        finish(first)
        self.written("Connection 1: .*Ended")
        self.note("The first one has ended.")
        self.type(
            "ssladmin log '(sslserver ssl00001' | tail -n +2",
            "ssladmin trace debug",
            "ssladmin query trace '(sslserver ssl00001'",
            "ssladmin trace conn 999999",
            "ssladmin notrace",
            "ssladmin query trace",
        )
        shutil.rmtree(self.path("run/TCPIP.console"))
        self.note("The directory of the consoles is gone.")
        self.type("ssladmin log '(sslserver ssl00001'", "ssladmin closecon '(sslserver ssl00001'")

    def written(self, pattern: str) -> None:
        """
        Wait until the first server has written a line to its console.
        """
        path = Path(self.stack.run, "TCPIP.console", "SSL00001.console")
        until(lambda: path.exists() and re.search(pattern, path.read_text("utf-8")), pattern)
