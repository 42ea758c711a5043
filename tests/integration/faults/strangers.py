"""
Whatever strangers send to a secure port (garbage, half a ClientHello, plain HTTP, nothing at all) they are closed
within the handshake limit and counted by reason.  Nobody else is delayed, and the log is not flooded.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections import Counter

from tests.live.applications import Application, echo
from tests.live.clients import Client, exchange, finish, rest
from tests.live.configurations import FilesCase
from tests.live.programs import LIMIT
from tests.live.running import until

HANDSHAKE = 3
EACH = 10
"""
How many strangers there are of each kind.
"""


def helloOf(context: ssl.SSLContext) -> bytes:
    """
    Return a ClientHello.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake without a server")


def closedAfter(connection: socket.socket, began: float) -> float:
    """
    Return how long after C{began} the other side ends the connection.
    """
    connection.settimeout(LIMIT)
    try:
        for _ in rest(connection):
            pass  # an alert
    except ConnectionResetError:
        pass
    return time.monotonic() - began


class StrangerTests(FilesCase):
    """
    A pool with a short handshake limit, room for all, and an application that echoes.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.limit(200, 100, f"HANDSHAKE {HANDSHAKE}")
        self.port = self.adapt(Application(self, echo))
        self.stack = self.serve(*self.options)
        self.clients = self.client(self.port)

    def say(self, octets: bytes) -> list[socket.socket]:
        """
        Return connections on which this was said.
        """
        connections = [self.clients.dial() for _ in range(EACH)]
        for each in connections:
            each.sendall(octets)
        return connections

    def ordinary(self) -> float:
        """
        Return how long an ordinary connection takes.
        """
        began = time.monotonic()
        connection = Client(self, self.port, self.certificates).connect()
        exchange(connection)
        finish(connection)
        return time.monotonic() - began

    def outcomes(self) -> dict[str, int]:
        """
        Return how sessions have ended, in all servers.
        """
        servers = self.stack.ssladmin("--json", "query", "status", "details").json()
        found: Counter[str] = Counter()
        for each in servers:
            found.update(each["outcomes"])
        return dict(found)

    def test_strangers(self) -> None:
        """
        Ten of each kind at once, and ordinary connections all the while: none of them takes as long as those that say
        nothing (a hundredth of that, on an idle machine).
        """
        hello = helloOf(self.clients.context)
        began = time.monotonic()
        patient = self.say(b"") + self.say(hello[: len(hello) // 2])
        hasty = self.say(b"\x00\xffgarbage" * 50) + self.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        delays = [self.ordinary() for _ in range(5)]
        self.assertLess(max(closedAfter(each, began) for each in hasty), HANDSHAKE)
        self.stack.waitForSessions(2 * EACH)
        delays += [self.ordinary() for _ in range(5)]
        lives = [closedAfter(each, began) for each in patient]
        self.assertGreater(min(lives), HANDSHAKE - 0.1)
        # Limits are looked at once a second; the rest is for a machine with other work.
        self.assertLess(max(lives), HANDSHAKE + 10)
        self.assertLess(max(delays), HANDSHAKE)
        self.stack.waitForSessions(0)
        self.assertEqual(
            self.outcomes(),
            {
                "finished": 10,
                "client sent nothing: does it wait for the server to speak?": EACH,
                "handshake not complete in time": EACH,
                "cleartext HTTP on a secure port": EACH,
                "not TLS on a secure port": EACH,
            },
        )

    def test_logIsNotFlooded(self) -> None:
        """
        Two hundred times garbage are a few lines in the log.
        """
        for _ in range(20):
            for each in self.say(b"garbage, garbage, garbage"):
                each.close()
        until(lambda: sum(self.outcomes().values()) == 200, "all to be counted")
        self.assertIn(len(self.stack.log.found("SSLP120W")), range(1, 10))

    def test_leaving(self) -> None:
        """
        Clients that leave during the handshake are counted, and free their places at once.
        """
        for each in self.say(helloOf(self.clients.context)[:40]):
            each.close()
        self.stack.waitForSessions(0)
        self.assertEqual(self.outcomes(), {"client left during the handshake": EACH})
