"""
The certificate of an issuer expires while the pool runs, and the renewed one is in the key database: C{openssl
s_client}, which verifies the chain at the time that the pool has, is served before, between and afterwards, by every
server, and resumes its session.
"""

from __future__ import annotations

import time

from sslpool.keydb.database import Database
from tests.doubles.certificates import makeAuthority, makeServer, newKey
from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import FilesCase
from tests.live.installed import lacking
from tests.live.programs import run
from tests.live.running import until
from tests.live.wallclock import HOUR, PACKAGE, WallClock

DAY = 24 * HOUR


class IssuerTests(FilesCase):
    """
    Two servers of two sessions; their issuer's certificate ends in two hours, and the renewed one begins in one.
    """

    skip = lacking(PACKAGE)

    def setUp(self) -> None:
        """
        Start the pool, and fill the first server, so that clients come to the second.
        """
        super().setUp()
        self.limit(4, 2)
        key = newKey()
        old = makeAuthority("Issuer", self.authority, days=2 * HOUR / DAY, since=20, key=key)
        new = makeAuthority("Issuer", self.authority, days=20, since=-HOUR / DAY, key=key)
        self.old, self.new = (each.certificate.pem.decode("ascii") for each in (old, new))
        self.port = self.adapt(Application(self, echo), makeServer(old, label="WEBCERT"))
        with Database.openStashed(self.files.keyFile) as database:
            database.addCertificates({"Issuer renewed": new.certificate})
        self.files.sandbox("NO")
        self.clock = WallClock(self.path("clock"))
        self.stack = self.serve(*self.options, launcher=self.clock.launcher)
        self.addCleanup(self.clock.forget, self.stack.process.pid)
        self.held = self.client(self.port).hold(2)
        self.stack.waitForSessions(2)

    def meet(self, *options: str) -> str:
        """
        Have a client connect, and see that it has verified the chain; return all that it says.
        """
        done = run(
            *("openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-CAfile", self.certificates),
            *("-verify_return_error", "-verify_hostname", "localhost", "-showcerts"),
            *("-attime", str(int(time.time()) + self.clock.offset), *options),
            input="",
        )
        self.assertEqual(done.code, 0, done.error)
        self.assertIn("Verify return code: 0 (ok)", done.output)
        return done.output

    def test_expires(self) -> None:
        """
        No client notices; sessions go on and are resumed, and there is nothing to be said any more.
        """
        self.stack.log.wait("SSLP843W The certificate of CN=Issuer, in the chain of label WEBCERT, expires on ")
        self.assertIn(self.old, self.meet("-tls1_2", "-sess_out", self.path("session")))
        self.clock.set(HOUR + HOUR // 2)
        # Both are valid; by and by servers send the one that ends last.
        until(lambda: self.new in self.meet(), "the renewed certificate, of the second server")
        exchange(self.held[0])
        finish(self.held.pop())
        self.stack.waitForSessions(1)
        until(lambda: self.new in self.meet(), "the renewed certificate, of the first server")
        self.clock.set(3 * HOUR)
        self.assertIn("\nReused, TLSv1.2", self.meet("-tls1_2", "-sess_in", self.path("session")))
        met = self.meet()
        self.assertIn(self.new, met)
        self.assertNotIn(self.old, met)
        exchange(self.held[0])
        refreshed = self.stack.ssladmin("refresh")
        self.assertEqual((refreshed.code, refreshed.error), (0, ""))
        self.assertNotIn("SSLP84", refreshed.output)
        self.assertIn(self.new, self.meet())
        self.assertEqual(self.stack.log.found("SSLP84[24]W|SSLP120W"), [])
