"""
DTCPARMS tags in a running pool: C{:mount.}, C{:timezone.}, and the segment's name in C{:dcss_parms.}.
"""

from __future__ import annotations

import contextlib
import re
import time
from datetime import datetime

from tests.live.applications import Application, echo
from tests.live.clients import exchange
from tests.live.configurations import IBM, FilesCase
from tests.live.programs import LIMIT

OFFSET = "+0545"
"""
How much later it is in the time zone of these tests.
"""


class TagTests(FilesCase):
    """
    A pool whose entries have the tags.
    """

    def test_effect(self) -> None:
        """
        The key database is found below the source, all lines of the log have the times of the time zone, and
        the segment has its name, in QUERY STATUS as in the agent's process.  Agent and servers have consoles
        of their own, whose lines stand in the order in which things have happened.
        """
        port = self.adapt(Application(self, echo))
        self.files.replace(IBM, ":parms.KEYFILE gskadm/", ":mount.gskadm /etc/gskadm\n  :parms.KEYFILE /etc/gskadm/")
        self.files.replace(IBM, ":mixedcaseparms.YES", ":mixedcaseparms.YES :timezone.<+0545>-5:45")
        self.files.replace(IBM, ":dcss_parms.<DEFAULT>", ":dcss_parms.SSLCACHE 10000-100FF")
        stack = self.serve(*self.options)
        exchange(self.client(port).connect())

        [line] = stack.log.found("SSLP100I SSL00001 is Active")
        stamp = line.partition(" ")[0]
        self.assertRegex(stamp, re.escape(OFFSET) + "$")
        written = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S%z").timestamp()
        self.assertLess(abs(time.time() - written), LIMIT)

        status = stack.status()
        self.assertEqual(status.segment, "SSLCACHE")
        with contextlib.suppress(PermissionError), open(f"/proc/{status.agentPid}/maps", encoding="utf-8") as file:
            # Only root can see it.
            self.assertIn("memfd:SSLCACHE", file.read())
        [details] = stack.ssladmin("--json", "query", "status", "details").json()
        self.assertEqual(details["keyFile"], self.files.keyFile)
        self.assertIn("CACHELIFE 24 H", details["operands"])

        agent = stack.ssladmin("log", "(ssl", status.agent).output
        self.assertRegex(agent, rf"SSLP101I {status.agent} is ready: process {status.agentPid}\n")
        stack.ssladmin("stop", "(now")
        stack.log.wait("SSLP106I SSL00001")
        console = stack.ssladmin("log", "(ssl", details["userid"]).output
        self.assertRegex(console, r"(?s)SSLP103I.*DTCRUN1011I Parameters in use: KEYFILE .*SSLP100I")
        stack.end()
        stamps = [line.split()[0] for line in stack.log.found(r"^\d{4}-\d\d-\d\dT")]
        self.assertGreater(len(stamps), 5)
        self.assertEqual({stamp[-5:] for stamp in stamps}, {OFFSET})
