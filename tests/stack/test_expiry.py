"""
Tests for L{sslpool.stack.expiry}.
"""

from __future__ import annotations

import os
import time
from typing import cast

from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position, SecurePort
from sslpool.keydb.database import Database
from sslpool.keydb.revocations import addRevocations
from sslpool.stack.expiry import ExpiryWatch
from sslpool.stack.front.accepted import AcceptedCopy
from sslpool.stack.front.acceptor import Acceptor
from sslpool.stack.front.listening import ListeningPorts
from sslpool.stack.front.ports import Ports
from sslpool.stack.front.validity import DAY, HOUR
from tests.doubles.certificates import makeAuthority, makeDatabase, makeRevocations, makeServer
from tests.logs import ids


class ExpiryTests(SynchronousTestCase):
    """
    A stack with a certificate for 32 days that a port uses, and one for a day that none does.
    """

    def setUp(self) -> None:
        """
        Make it, and start the watch.
        """
        self.authority = makeAuthority(days=3650)
        self.keyFile = os.path.abspath(self.mktemp()) + ".kdb"
        lives = (("WEB", 32.1), ("OTHER", 1))
        servers = [makeServer(self.authority, label=label, days=days, since=90) for label, days in lives]
        makeDatabase(self.keyFile, servers, self.authority)
        port = SecurePort(0, "HTTPD", "WEB", "127.0.0.1", "127.0.0.1:8080", Position("PROFILE.TCPIP", 1))
        acceptor = cast(Acceptor, None)  # nothing is listened on
        self.listening = ListeningPorts(Ports([port]), self.keyFile, AcceptedCopy(self.keyFile), acceptor, self.fail)
        self.assertEqual(self.listening.open(), [])
        for _, opened in self.listening._opened:
            self.addCleanup(opened.close)
        self.clock, self.began = Clock(), time.time()
        self.watch = ExpiryWatch(self.clock, self.listening.expiries, lambda: self.began + self.clock.seconds())
        self.watch.startService()

    def days(self, count: int) -> list[str]:
        """
        Let days pass, and return what is said.
        """
        with capturedLogs() as events:
            self.clock.pump([DAY] * count)
        return ids(events)

    def test_daily(self) -> None:
        """
        From the 30th day on a certificate in use is named once a day, and when it has expired as such.
        """
        self.assertEqual(self.days(2), [])
        self.assertEqual(self.days(30), ["SSLP027W"] * 30)
        self.assertEqual(self.days(2), ["SSLP026W"] * 2)

    def test_renewed(self) -> None:
        """
        What was renewed is in use after a REFRESH, not before.
        """
        self.assertEqual(self.days(3), ["SSLP027W"])
        with Database.openStashed(self.keyFile) as database:
            database.add(makeServer(self.authority, label="WEB", days=400), replace=True)
        self.assertEqual(self.days(1), ["SSLP027W"])
        self.assertEqual(self.listening.open(), [])
        self.assertEqual(self.days(40), [])

    def test_hourly(self) -> None:
        """
        It looks every hour, and says the same once a day.
        """
        with capturedLogs() as events:
            self.clock.pump([HOUR] * 24 * 5)
        self.assertEqual(ids(events), ["SSLP027W"] * 3)

    def test_lists(self) -> None:
        """
        That the next revocation list is due is said before it is, and afterwards that nobody gets in.
        """
        with Database.openStashed(self.keyFile) as database:
            database.addCertificates({"CA": self.authority.certificate})
            addRevocations(database, [makeRevocations(self.authority, days=9.5)], "list", time.time())
            database.add(makeServer(self.authority, label="WEB", days=400), replace=True)
        self.assertEqual(self.listening.open(), [])
        self.assertEqual(self.days(6), [])
        self.assertEqual(self.days(4), 3 * ["SSLP801W"] + ["SSLP800W"])

    def test_stopped(self) -> None:
        """
        Nothing is waited for when the stack ends.
        """
        self.watch.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])
