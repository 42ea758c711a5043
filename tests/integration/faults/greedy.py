"""
Greedy clients: one address does not get what is for all, and others do not notice it.  Stack and clients are in a
network namespace that has several addresses besides the loopback ones, which are exempt.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

from tests.live.applications import Application, echo
from tests.live.configurations import LABEL, FilesCase
from tests.live.programs import environment
from tests.live.running import until

ALICE, BOB, HOME = "192.0.2.1", "192.0.2.2", "127.0.0.1"
CAROL, NEIGHBOUR, DAVE = "2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:2::1"

NETWORK = "ip link set lo up" + "".join(
    f" && ip address add {address} dev lo{' nodad' if ':' in address else ''}"
    for address in (ALICE, BOB, CAROL, NEIGHBOUR, DAVE)
)
LAUNCHER = ("unshare", "--net", "sh", "-c", f'{NETWORK} && exec "$@"', "sh")


class GreedyTests(FilesCase):
    """
    Two servers of ten sessions.
    """

    def setUp(self) -> None:
        """
        Start the pool, and the program that has the clients.
        """
        super().setUp()
        if os.geteuid() or not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
            self.skipTest("a network namespace takes root, and ip")
        self.limit(20, 10)
        self.port = self.adapt(Application(self, echo, path=self.path("application")))
        self.stack = self.serve(*self.options, launcher=LAUNCHER)
        self.clients = subprocess.Popen(
            [
                *("nsenter", f"--net=/proc/{self.stack.process.pid}/ns/net"),
                *(sys.executable, "-m", "tests.live.manyclients", str(self.port), self.certificates),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self.addCleanup(self.leave)

    def leave(self) -> None:
        """
        End the clients.
        """
        self.clients.communicate()

    def do(self, order: str, address: str, count: int = 0) -> int:
        """
        Have clients do something; return what came of it.
        """
        assert self.clients.stdin is not None and self.clients.stdout is not None
        print(order, address, count, file=self.clients.stdin, flush=True)
        return int(self.clients.stdout.readline())

    def obey(self, *statement: str) -> None:
        """
        Change the running stack.
        """
        outcome = self.stack.sslnetstat("obey", *statement)
        self.assertEqual(outcome.code, 0, outcome)

    def counted(self) -> int:
        """
        Return how many addresses are counted.
        """
        *_, stack = self.stack.ssladmin("--json", "query", "status", "details").json()
        return int(stack["admission"]["addresses"])

    def refused(self) -> dict[str, int]:
        """
        Return how many were refused for each reason.
        """
        *_, stack = self.stack.ssladmin("--json", "query", "status", "details").json()
        found: dict[str, int] = stack["admission"]["refused"]
        return found

    def test_one(self) -> None:
        """
        FOREIGNIPCONLIMIT is for each address, and given back when sessions end, or the server
        that had them; PENDINGCONNECTIONLIMIT does not count those that have passed.
        """
        self.assertEqual(self.do("secure", ALICE, 2), 2)
        self.obey("FOREIGNIPCONLIMIT", "3")
        until(self.counted, "the sessions from before to be counted")
        self.assertEqual(self.do("secure", ALICE, 3), 1)
        self.assertEqual(self.do("secure", CAROL, 2) + self.do("secure", NEIGHBOUR, 2), 3)
        self.assertEqual([self.do("secure", each, 2) for each in (BOB, DAVE, HOME)], [2, 2, 2])
        self.stack.log.wait(f"SSLP151W A connection from {ALICE} was refused: FOREIGNIPCONLIMIT 3")
        self.assertEqual(self.refused(), {"FOREIGNIPCONLIMIT": 3})
        self.do("close", ALICE, 2)
        until(lambda: self.do("secure", ALICE, 1), "room for the address again")
        self.obey("FOREIGNIPCONLIMIT", "1")
        self.assertEqual(self.do("secure", ALICE, 1), 0)
        os.kill(self.stack.pid(1), signal.SIGKILL)
        os.kill(self.stack.pid(2), signal.SIGKILL)
        until(lambda: self.do("secure", ALICE, 1), "the next server")
        self.assertEqual(self.do("secure", ALICE, 1), 0)
        self.obey("FOREIGNIPCONLIMIT", "0", "PENDINGCONNECTIONLIMIT", "2")
        before = self.do("open", ALICE)
        connected = self.do("silent", ALICE, 5)
        self.assertEqual(self.do("secure", HOME, 1), 1)
        self.assertEqual(self.do("open", ALICE), before + 2)
        self.assertEqual(self.do("secure", BOB, 1), 0)
        self.do("close", ALICE, connected)
        until(lambda: self.do("secure", BOB, 1), "room before the handshake")

    def test_rates(self) -> None:
        """
        Above PEERRATE an address is refused, and no other; above HANDSHAKERATE all wait.  DENY and
        ALLOW keep addresses out, as they are now.
        """
        self.obey("SSLLIMITS", "PEERRATE", "1")
        self.do("silent", ALICE, 6)
        self.assertEqual(self.do("secure", BOB, 1), 1)
        self.assertLess(self.do("open", ALICE), 6)
        self.assertGreater(self.refused()["PEERRATE"], 0)
        self.obey("SSLLIMITS", "PEERRATE", "0", "HANDSHAKERATE", "5")
        self.assertEqual(self.do("secure", BOB, 8), 8)
        self.stack.log.wait("SSLP154W HANDSHAKERATE 5")
        self.obey("SSLLIMITS", "HANDSHAKERATE", "0")
        entry = ("PORT", str(self.port), "TCP", "WEBSERV", "SECURE", LABEL)
        self.obey(*entry, "DENY", f"{ALICE},{HOME}")
        self.assertEqual([self.do("secure", each, 1) for each in (ALICE, HOME, BOB, CAROL)], [0, 0, 1, 1])
        self.obey(*entry, "ALLOW", f"192.0.2.0/24,{DAVE}", "DENY", BOB)
        self.assertEqual([self.do("secure", each, 1) for each in (ALICE, HOME, BOB, CAROL, DAVE)], [1, 0, 0, 0, 1])
        self.assertEqual(self.refused()[f"DENY of 0.0.0.0:{self.port}"], 3)
        shown = self.stack.sslnetstat("config", "ssl").output
        self.assertIn(f"0.0.0.0:{self.port}: 192.0.2.0/24 {DAVE}/128", shown)
