"""
The session cache in figures: while five servers work and the ticket key is replaced in the middle, QUERY CACHE says
what the clients have counted: every session is resumed, whichever server begins, but that TLS 1.3 clients make a full
handshake once after the change.  After REFRESH KEYS NOW no session from before is.
"""

from __future__ import annotations

import ssl
import threading

from sslpool.control.paths import socketPath
from sslpool.tls.anchors import RING
from sslpool.wire.cachestatus import CacheFigures, CacheStatus
from sslpool.wire.vocabulary import COMMANDS
from tests.live.applications import Application, echo
from tests.live.clients import TLS12, TLS13, Client, exchange, finish
from tests.live.configurations import IBM, FilesCase
from tests.live.console import ask
from tests.live.running import Stack

CLIENTS = 10
ROUNDS = 4


class Visitor:
    """
    A client that comes again and again with its session, and counts.

    @ivar began: handshakes that began a session.
    @ivar resumed: handshakes that resumed one.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.session: ssl.SSLSession | None = None
        self.began = self.resumed = 0

    def visit(self) -> bool:
        """
        Come once; return whether the session was resumed.
        """
        context = self.client.context
        secured = context.wrap_socket(self.client.dial(), server_hostname="localhost", session=self.session)
        exchange(secured)
        resumed = bool(secured.session_reused)
        self.session = secured.session
        finish(secured)
        self.resumed += resumed
        self.began += not resumed
        return resumed


class SessionCacheTests(FilesCase):
    """
    Five servers of two sessions.
    """

    def setUp(self) -> None:
        """
        Make the configuration.
        """
        super().setUp()
        self.limit(10, 2)
        self.port = self.adapt(Application(self, echo))

    def cache(self, stack: Stack, server: str | None = None) -> CacheStatus:
        """
        Return what QUERY CACHE says, in a hundredth of its time.
        """
        answer = ask(socketPath(stack.run, stack.userid), COMMANDS["QueryCache"], server=server)
        status: CacheStatus = answer["cache"]
        return status

    def visitors(self) -> list[Visitor]:
        """
        Return clients of both versions.
        """
        return [
            Visitor(Client(self, self.port, self.certificates, TLS13 if index % 2 else TLS12))
            for index in range(CLIENTS)
        ]

    def load(self, visitors: list[Visitor]) -> None:
        """
        Have all of them come, some times each, at once.
        """

        def visit(visitor: Visitor) -> None:
            for _ in range(ROUNDS):
                visitor.visit()

        threads = [threading.Thread(target=visit, args=(each,)) for each in visitors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_ratio(self) -> None:
        """
        What the clients count is what QUERY CACHE says, before and after a change of keys, in sum and by server.
        """
        stack = self.serve(*self.options)
        stack.ssladmin("start")
        stack.log.wait("SSLP100I", count=5)
        visitors = self.visitors()
        self.load(visitors)
        turned = stack.ssladmin("refresh", "keys")
        self.assertEqual((turned.code, turned.output.split()[0]), (0, "SSLP169I"))
        self.load(visitors)

        began, resumed = sum(each.began for each in visitors), sum(each.resumed for each in visitors)
        # Those of TLS 1.3 once more, after the change.
        self.assertEqual((began, resumed + began), (CLIENTS + CLIENTS // 2, CLIENTS * 2 * ROUNDS))
        modern = sum(each.resumed for each in visitors[1::2])
        stack.waitForSessions(0, 0, 0, 0, 0)
        status = self.cache(stack)
        # Those of TLS 1.3 before the change.
        expired = CLIENTS // 2 * ROUNDS
        alive = began + modern - expired
        expected = CacheFigures(
            "WEBCERT", alive, expired, added=began + modern, resumed=resumed, missed=began, removed=0
        )
        self.assertEqual(status.labels, (expected,))
        self.assertEqual((status.keys, status.keysLeft, len(status.segment.users)), (2, RING - 2, 6))
        books = [self.cache(stack, f"SSL0000{number}").labels for number in range(1, 6)]
        self.assertEqual(sum(each.resumed for label in books for each in label), resumed)
        # Nobody has looked for a server: the others were really there.
        self.assertGreater(len([label for label in books if label]), 1)
        self.assertIn(f"{100 * resumed / (resumed + began):.1f} %", stack.ssladmin("query", "cache").output)

        forgotten = stack.ssladmin("refresh", "keys", "--now")
        self.assertEqual((forgotten.code, forgotten.output.split()[0]), (0, "SSLP170I"))
        self.assertEqual([each.visit() for each in visitors], [False] * CLIENTS)
        self.assertEqual([each.visit() for each in visitors], [True] * CLIENTS)
        stack.waitForSessions(0, 0, 0, 0, 0)
        (label,) = self.cache(stack).labels
        self.assertEqual((label.resumed, label.missed), (resumed + CLIENTS, began + CLIENTS))

    def test_expiry(self) -> None:
        """
        Entries expire after CACHELIFE, and are then taken off by every tenth handshake.
        """
        self.files.replace(IBM, "CACHELIFE 24 H", "CACHELIFE 1 S CACHECLEANUP 10")
        stack = self.serve(*self.options)
        visitor = Visitor(Client(self, self.port, self.certificates, TLS12))
        for _ in range(4):
            visitor.session = None
            visitor.visit()
        stack.waitForSessions(0)
        (label,) = self.cache(stack).labels
        self.assertEqual((label.added, label.alive + label.expired, label.removed), (4, 4, 0))
        while label.alive:
            (label,) = self.cache(stack).labels
        self.assertEqual((label.expired, label.removed), (4, 0))
        self.assertFalse(visitor.visit())
        for _ in range(5):
            visitor.session = None
            visitor.visit()
        stack.waitForSessions(0)
        (label,) = self.cache(stack).labels
        self.assertEqual((label.added, label.missed, label.resumed), (10, 10, 0))
        self.assertGreaterEqual(label.removed, 4)

    def test_noResumption(self) -> None:
        """
        With CACHELIFE 0 there are no entries and no keys.
        """
        self.files.replace(IBM, "CACHELIFE 24 H", "CACHELIFE 0")
        stack = self.serve(*self.options)
        visitor = Visitor(Client(self, self.port, self.certificates, TLS13))
        self.assertEqual([visitor.visit(), visitor.visit()], [False, False])
        stack.waitForSessions(0)
        status = self.cache(stack)
        self.assertEqual((status.keys, status.labels), (0, (CacheFigures("WEBCERT", 0, 0, 0, 0, 2, 0),)))
        self.assertIn("SSLP168E", stack.ssladmin("refresh", "keys").error)
