"""
Connections fill the pool like a waterfall: the first server with room takes the next one, one more server is started
only when all active ones are full, and no limit is exceeded.  When everything is full, a connection waits and is served
as soon as another ends.
"""

from __future__ import annotations

import ssl
from threading import Thread

from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import FilesCase
from tests.live.running import Stack, until


class WaterfallTests(FilesCase):
    """
    HIGH 3, MAXPERSSLSERVER 3, MAXSESSIONS 9.
    """

    def servers(self, stack: Stack) -> list[int]:
        """
        Return the numbers of the servers that own the sessions, in the order in which these came.
        """
        sessions = stack.ssladmin("--json", "query", "sessions").json()
        numbers = [each["number"] for each in sessions]
        self.assertEqual(numbers, sorted(numbers))
        return [int(each["server"].removeprefix("SSL")) for each in sessions]

    def active(self, stack: Stack) -> list[str]:
        """
        Return the states of the servers.
        """
        return [each["state"] for each in stack.ssladmin("--json", "query", "status").json()["servers"]]

    def test_waterfall(self) -> None:
        """
        Nine connections are 3/3/3 in that order, SSL00002 is started only when SSL00001 is full, the tenth is served as
        soon as one ends, and after one has ended on SSL00001 the next goes to SSL00001.
        """
        self.limit(9, 3)
        client = self.client(self.adapt(Application(self, echo)))
        stack = self.serve(*self.options)

        held = client.hold(2)
        self.assertEqual(self.active(stack), ["Active", "Eligible", "Eligible"])
        held += client.hold(1)
        stack.log.wait("SSLP100I SSL00002")
        held += client.hold(2)
        self.assertEqual(self.active(stack), ["Active", "Active", "Eligible"])
        held += client.hold(4)
        self.assertEqual(self.servers(stack), [1, 1, 1, 2, 2, 2, 3, 3, 3])

        tenth: list[ssl.SSLSocket] = []
        waiting = Thread(target=lambda: tenth.append(client.connect()))
        waiting.start()
        until(lambda: stack.status().full, "the tenth to wait")
        self.assertEqual((tenth, self.servers(stack)), ([], [1, 1, 1, 2, 2, 2, 3, 3, 3]))
        finish(held.pop(4))
        waiting.join(30)
        exchange(tenth[0])
        self.assertEqual(self.servers(stack), [1, 1, 1, 2, 2, 3, 3, 3, 2])

        finish(held.pop(0))
        finish(held.pop())
        finish(held.pop())
        stack.waitForSessions(2, 3, 1)
        client.hold(2)
        self.assertEqual(self.servers(stack), [1, 1, 2, 2, 3, 2, 1, 3])
        peak = stack.ssladmin("--json", "query", "status").json()
        self.assertEqual([peak["peak"], *(each["peak"] for each in peak["servers"])], [9, 3, 3, 3])
