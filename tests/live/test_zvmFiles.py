"""
The files of a z/VM system as their owners wrote them: devices, links, routes, the usual servers, old habits.  They
start the pool with nothing changed but the numbers of the secure ports and the addresses of the applications behind
them; all that is said about them is what has no effect here, and what is not there.
"""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

from sslpool.messages import CATALOGUE, Severity
from tests.doubles.certificates import makeDatabase
from tests.live.applications import WebServer
from tests.live.configurations import PROFILE, SYSTEM, Files, FilesCase, freePort
from tests.live.programs import CHECKOUT, LIMIT, program, run
from tests.live.running import Stack

SAMPLES = CHECKOUT / "tests" / "samples" / "zvm"

SECURE = {
    "   443  TCP PERFSVM   Secure PERFKIT": "PERFSVM",
    "   636  TCP LDAPSRV   SECURE LDAPCERT": "LDAPSRV",
    "   990  TCP FTPSRVS   SECURE FTPCERT": "FTPSRVS",
    "   992  TCP INTCLIEN  SECURE TN3270C": "INTCLIEN",
}
TELNET = "    23  TCP INTCLIEN "
"""
The secure entries of PORT, and whose they are.
"""

LABELS = ("FTPCERT", "LDAPCERT", "PERFKIT", "TN3270C")
SERVERS = 7
"""
POSIXINFO UID of the servers.
"""

ADDRESSES = ("10023", "10021", "10389", "10081")
"""
The ports of the applications, as C{:address.} has them.
"""

NO_EFFECT = re.compile(r"( in USER DIRECT)? (is not used here|has no effect: .*)$")
"""
How a finding about what has no effect ends.
"""

PLACE = re.compile(r"([A-Z]+\.[A-Z]+):(\d+): ((?:SSLP|DTC)\w+) (.*)")
"""
A finding.
"""


class SampleTests(FilesCase):
    """
    The files of C{tests/samples/zvm}.
    """

    def setUp(self) -> None:
        """
        Copy the files and put in what every machine has differently.
        """
        super().setUp()
        self.files = Files(self.path("zvm"), SAMPLES)
        self.ports: dict[str, int] = {}
        for entry, userid in SECURE.items():
            port = self.ports[userid] = freePort(self)
            self.files.replace(PROFILE, entry, f"{port:6} {entry[7:]}")
        self.telnet = freePort(self)
        self.files.replace(PROFILE, TELNET, f"{self.telnet:6} {TELNET[7:]}")
        application = WebServer(self, self.path("large")).address
        for address in ADDRESSES:
            self.files.replace(SYSTEM, f":address.127.0.0.1:{address}", f":address.{application}")
        makeDatabase(self.files.keyFile, [self.credential(label) for label in LABELS])
        self.giveKeysToServers()
        self.assertEqual(self.sslpool("enroll", "VMSYS", "TCPMAINT", "SSL", "TCPIP", "5"), 0)

    def giveKeysToServers(self) -> None:
        """
        Let the user of POSIXINFO read the key database.
        """
        if os.geteuid() == 0:
            folder = os.path.dirname(self.files.keyFile)
            for name in ("", *os.listdir(folder)):
                os.chown(os.path.join(folder, name), SERVERS, -1)

    def sslpool(self, *words: str) -> int:
        """
        Run C{sslpool} for the files, and return its exit status.
        """
        return run(program("sslpool"), "--config", self.files.directory, *words).code

    def text(self, name: str, line: int) -> str:
        """
        Return a line of a file.
        """
        return Path(self.files.directory, name).read_text(encoding="utf-8").splitlines()[line - 1]

    def test_serves(self) -> None:
        """
        Every secure port serves a page, and what the files ask for is in effect.  Every finding is placed at the line
        that it is about, none is an error, and the warnings are about what AUTOLOG cannot start, and a password.
        """
        stack = self.serve(*self.options)
        for port in self.ports.values():
            page = run("curl", "--silent", "--cacert", self.certificates, f"https://localhost:{port}/{port}")
            self.assertEqual((page.code, page.output), (0, f"<p>The page /{port}</p>\n"))
        self.inEffect(stack)
        with socket.create_connection(("localhost", self.telnet), LIMIT) as terminal:
            self.assertEqual(terminal.recv(3), b"\xff\xfd\x2e", "the terminal is asked for TLS")
        listening = stack.sslnetstat("--json", "conn").json()["listeners"]
        self.assertEqual({each["userid"] for each in listening}, set(self.ports))

        found = [match for line in stack.log.text.splitlines() if (match := PLACE.fullmatch(line))]
        print("", *(match.group() for match in found), sep="\n")
        unused = [match for match in found if NO_EFFECT.search(match[4])]
        self.assertGreater(len(unused), 100)
        for match in unused:
            line = self.text(match[1], int(match[2])).upper()
            named = NO_EFFECT.sub("", match[4]).upper().split()
            self.assertTrue(named[0] in line or named[-1] in line, match.group())
        severities = {CATALOGUE[match[3]].severity for match in found}
        self.assertEqual(severities, {Severity.INFORMATION, Severity.WARNING})
        warnings = [
            (match[3], self.text(match[1], int(match[2])).split()[0])
            for match in found
            if CATALOGUE[match[3]].severity is Severity.WARNING
        ]
        self.assertEqual(
            warnings,
            [("SSLP214W", "PORTMAP"), ("SSLP222W", "LDAPSRV"), ("SSLP222W", "PORTMAP"), ("SSLP222W", "REXECD")],
        )
        self.assertEqual(self.sslpool("check"), 0)

    def inEffect(self, stack: Stack) -> None:
        """
        What the files ask for is in effect: SSLLIMITS over two lines, the pool of
        USER DIRECT, the operands of C{:parms.} over several.
        """
        status = stack.status()
        self.assertEqual((status.maximum, status.maxPerServer, status.timeout), (3000, 600, 60))
        self.assertEqual([each.userid for each in status.servers], [f"SSL0000{number}" for number in range(1, 6)])
        self.assertEqual(status.agent, "SSLDCSSM")
        details = stack.ssladmin("--json", "query", "status", "details").json()[0]
        self.assertEqual(details["cacheLife"], 12 * 3600)
        self.assertEqual(details["keyFile"], self.files.keyFile)
        self.assertEqual(tuple(each["label"] for each in details["labels"]), LABELS)
