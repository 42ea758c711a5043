"""
Tests for L{sslpool.control.poolprotocol} and for what else a server may say that is no word of a server.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import capturedLogs
from twisted.protocols import amp
from twisted.trial.unittest import SynchronousTestCase

from sslpool.control import poolprotocol
from sslpool.control.serverlink import ServerLink
from tests.logs import ids


class StrangeTests(SynchronousTestCase):
    """
    A server that somebody has made his own says what no server says.
    """

    def setUp(self) -> None:
        """
        Have the stack's end of a connection.
        """
        self.clock = Clock()
        self.losses: list[str] = []
        self.link = ServerLink(
            self.clock, lambda: self.losses.append("server"), lambda *lines: None, self.fail, self.fail
        )
        self.transport = StringTransport()
        self.link.makeConnection(self.transport)

    def hear(self, octets: bytes) -> list[str]:
        """
        Have the stack hear octets; return the ids of what it logs.
        """
        with capturedLogs() as events:
            self.link.dataReceived(octets)
        return ids(events)

    def box(self, **values: bytes) -> bytes:
        """
        Return a box; those of AMP's own keys begin with an underscore.
        """
        box: bytes = amp.AmpBox({key.encode(): value for key, value in values.items()}).serialize()
        return box

    def test_strange(self) -> None:
        """
        Whatever is no word of a server ends the connection, and is told once and without a traceback.
        """
        deep = b"[" * 50_000
        for octets in (
            b"GET / HTTP/1.1\r\n\r\n",
            b"\xff" * 600,
            self.box(nothing=b"x"),
            self.box(_answer=b"77"),
            self.box(_error=b"77"),
            self.box(_command=b"Report", messageId=b"SSLP122I"),
            self.box(_command=b"Report", messageId=b"SSLP122I", fields=b"{}"),
            self.box(_command=b"Report", messageId=b"SSLP000I", fields=b"{}"),
            self.box(_command=b"Report", messageId=b"SSLP122I", fields=b'{"log": "x", "messageId": "y"}'),
            self.box(_command=b"Report", messageId=b"SSLP402E", fields=b'{"stack": "", "command": "", "seconds": "x"}'),
            self.box(_command=b"Report", messageId=b"\xff", fields=b"{}"),
            self.box(_command=b"Report", messageId=b"SSLP122I", fields=deep),
            self.box(_command=b"WriteConsole", _ask=b"1", server=b"SSL00001", times=b"[null]", lines=b"[]"),
        ):
            self.setUp()
            self.assertEqual((octets[:60], self.hear(octets)), (octets[:60], ["SSLP184W"]))
            self.assertTrue(self.transport.disconnected)
            self.assertEqual(self.hear(self.box(_answer=b"78")), [])

    def test_unknown(self) -> None:
        """
        A word that there is not is refused, and nothing more.
        """
        self.assertEqual(self.hear(self.box(_command=b"Unknown", _ask=b"1", x=b"y")), [])
        self.assertIn(b"UNHANDLED", self.transport.value())

    def test_endless(self) -> None:
        """
        A message does not become longer than the stack can hold.
        """
        self.patch(poolprotocol, "LONGEST", 1 << 20)
        value = b"\x00\x03key\xff\xff" + bytes(65535)
        said = [messageId for _ in range(20) for messageId in self.hear(value)]
        self.assertEqual(said, ["SSLP184W"])
        self.assertTrue(self.transport.disconnected)

    def test_answers(self) -> None:
        """
        An answer that cannot be read is as none.
        """
        for answer in ({"details": b"{"}, {}, {"details": b"[" * 50_000}):
            self.setUp()
            details = Deferred.fromCoroutine(self.link.details())
            self.assertEqual(self.hear(self.box(_answer=b"1", **answer)), [])
            self.failureResultOf(details, ConnectionError)

    def test_refusal(self) -> None:
        """
        A refusal with a message that there is not is as no answer.
        """
        details = Deferred.fromCoroutine(self.link.details())
        self.hear(self.box(_error=b"1", _error_code=b"REFUSED", _error_description=b"anything"))
        self.failureResultOf(details, ConnectionError)
