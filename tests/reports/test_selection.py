"""
Tests for L{sslpool.reports.selection}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import OperatorError
from sslpool.reports.selection import Selector, select, selectors
from sslpool.wire.records import ConnectionRecord, ListenerRecord

LISTENERS = [
    ListenerRecord("WEBSERV", "0.0.0.0:8443", "WEB", "127.0.0.1:80"),
    ListenerRecord("MAIL", "[::]:993", "MAIL", "127.0.0.1:143"),
]
CONNECTIONS = [
    ConnectionRecord(1, "WEBSERV", "0.0.0.0:8443", "192.0.2.1:50000", "Established", "SSL00001"),
    ConnectionRecord(2, "MAIL", "[::]:993", "[2001:db8::1]:50001", "Established", "SSL00002"),
    ConnectionRecord(3, "WEBSERV", "0.0.0.0:8443", "198.51.100.7:993", "Closing", "SSL00002"),
]


class SelectionTests(SynchronousTestCase):
    """
    What SELECT shows.
    """

    def shown(self, *words: str) -> tuple[list[str], list[int]]:
        """
        Return the userids of the ports and the numbers of the sessions that are shown.
        """
        chosen = selectors(words)
        ports = [each.userid for each in select(LISTENERS, chosen)]
        return ports, [each.number for each in select(CONNECTIONS, chosen)]

    def test_kinds(self) -> None:
        """
        A userid, a port, an address or a socket, of either end, in each spelling.
        """
        for words, ports, numbers in (
            ((), ["WEBSERV", "MAIL"], [1, 2, 3]),
            (("webserv",), ["WEBSERV"], [1, 3]),
            (("SSL00002",), [], [2, 3]),
            (("993",), ["MAIL"], [2, 3]),
            (("192.0.2.1",), [], [1]),
            (("2001:DB8::1",), [], [2]),
            (("2001:0db8:0::1..50001",), [], [2]),
            (("[2001:db8::1]:50001",), [], [2]),
            (("198.51.100.7:993",), [], [3]),
            (("198.51.100.7..993",), [], [3]),
            (("198.51.100.7..994",), [], []),
            ((":993",), ["MAIL"], [2, 3]),
            (("..8443",), ["WEBSERV"], [1, 3]),
            (("mail", "192.0.2.1"), ["MAIL"], [1, 2]),
            (("nobody",), [], []),
        ):
            self.assertEqual(self.shown(*words), (ports, numbers), words)

    def test_wrong(self) -> None:
        """
        What is none of these is refused by name.
        """
        for word in ("0", "65536", "192.0.2.1..x", "192.0.2.1:", "192.0.2.256", "a.b", "toolongname", "x" * 500, "²"):
            error = self.assertRaises(OperatorError, selectors, [word])
            self.assertEqual((error.said.id, word in str(error)), ("SSLP424E", True))

    @given(st.text())
    def test_anything(self, word: str) -> None:
        """
        Whatever is typed is a selector or a message.
        """
        try:
            (chosen,) = selectors([word])
        except OperatorError:
            return
        self.assertIsInstance(chosen, Selector)
