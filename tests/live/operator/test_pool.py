"""
The pool: it is started, and asked everything.
"""

from __future__ import annotations

from tests.live.configurations import IBM
from tests.live.operator.day import OperatorCase


class PoolTests(OperatorCase):
    """
    The pool has started: two servers of two sessions.
    """

    part = "pool"

    def test_day(self) -> None:
        """
        Every form of QUERY, the reports of NETSTAT, HELP, and a second stack of the same name.
        """
        self.open()
        self.files.replace(IBM, "CACHELIFE 24 H", "CACHELIFE 24 H EXEMPT RSA_AES_128 CACHECLEANUP 50 GSKTRACE 1")
        self.begin("DTCRUN", "SSLP10")
        self.type("ssladmin query sessions")
        self.note("One client has connected.")
        self.hold(1)
        self.stack.waitForSessions(1)
        self.type("ssladmin set '(sslserver ssl00001'")
        self.typeApart(
            (
                "ssladmin query status",
                "ssladmin query status summary --json",
                # What is left out is the machine's.
                "ssladmin query status details | sed -e '/Memory/,/Lag/d' -e '/TLS library/d' -e '/Groups/,/Data/d'",
                # The group is one that the machine's library prefers.
                "ssladmin query sessions | sed -e 's/  X25519[A-Z0-9]*//'",
                "ssladmin query cache",
                "ssladmin query settings",
                "ssladmin query trace",
                # So is the number of the spool file.
                "ssladmin system query nss name tcpip map | cut -c 8-",
                "ssladmin system query nss users tcpip | cut -c 8-",
                "sslnetstat config ssl",
                "sslnetstat conn",
                "sslnetstat identify ssl",
                "ssladmin query serving",
                "ssladmin help",
                "sslnetstat help",
                "ssladmin help sslp020e",
                "vmssl help",
            )
        )
        self.type("ssladmin clear")
        self.note("A second stack of the same name is started.")
        self.type("twistd -n --pidfile= sslpool --config etc --run run")
