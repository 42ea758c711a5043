# -*- test-case-name: tests.server.test_complaints -*-
"""
Tests for L{sslpool.server.complaints}.
"""

from __future__ import annotations

import socket

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import Said, said
from sslpool.server.complaints import FAULT_PERIOD, FAULTS, LINES, PERIOD, Complaints
from sslpool.sessions.outcome import Outcome
from sslpool.tls.facts import Hello
from sslpool.wire.assignment import Address
from sslpool.wire.segment import Shortage
from tests.server.scene import portTo

APPLICATION = portTo(Address(socket.AF_INET, "127.0.0.1", 8080), Address(socket.AF_INET6, "::1", 8080))


class ComplaintsTests(SynchronousTestCase):
    """
    What is said, and how often.
    """

    def setUp(self) -> None:
        """
        Collect what is said; every message must be one of the catalogue's, with all its fields.
        """
        self.clock = Clock()
        self.said: list[Said] = []
        self.complaints = Complaints(lambda: "SSL00001", self.clock.seconds, self.report)

    def report(self, messageId: str, fields: dict[str, str]) -> None:
        """
        Take a message.
        """
        self.said.append(said(messageId, **fields))

    def ids(self) -> list[str]:
        """
        Return the ids of what was said since the last time.
        """
        said, self.said = self.said, []
        return [each.id for each in said]

    def failed(self, outcome: Outcome = Outcome.HANDSHAKE_HTTP, detail: str = "http request") -> None:
        """
        Have a handshake fail.
        """
        hello = Hello("www.example.com", "TLSv1.2")
        self.complaints.handshake(7, "192.0.2.1:4711", "127.0.0.1:443", hello, outcome, detail)

    def test_handshake(self) -> None:
        """
        A failed handshake names connection, client, port, reason, and the library's words.
        """
        self.failed()
        self.failed(Outcome.HANDSHAKE_LEFT, "")
        self.assertEqual(
            [str(each) for each in self.said],
            [
                "SSLP120W SSL00001: connection 7 from 192.0.2.1:4711 to 127.0.0.1:443 not secured: "
                "cleartext HTTP on a secure port (http request); server name www.example.com, version TLSv1.2",
                "SSLP120W SSL00001: connection 7 from 192.0.2.1:4711 to 127.0.0.1:443 not secured: "
                "client left during the handshake; server name www.example.com, version TLSv1.2",
            ],
        )

    def test_bounded(self) -> None:
        """
        A kind of failure gets a few lines in each period, and then one that says how many more there were.
        """
        for _ in range(1000):
            self.failed()
        self.failed(Outcome.HANDSHAKE_GARBAGE)
        self.assertEqual(self.ids(), ["SSLP120W"] * (LINES + 1))
        self.clock.advance(PERIOD - 0.1)
        self.complaints.sweep()
        self.assertEqual(self.said, [])
        self.clock.advance(0.1)
        self.complaints.sweep()
        more = f"{1000 - LINES} more within 10 s: cleartext HTTP on a secure port"
        self.assertEqual([str(each) for each in self.said], [f"SSLP125W SSL00001: {more}"])

    def test_nextPeriod(self) -> None:
        """
        The next period begins anew, also where nothing sweeps.
        """
        for _ in range(LINES + 2):
            self.failed()
        self.ids()
        self.clock.advance(PERIOD)
        self.failed()
        self.assertEqual(self.ids(), ["SSLP125W", "SSLP120W"])
        self.clock.advance(PERIOD)
        self.complaints.sweep()
        self.assertEqual(self.said, [])

    def test_applicationDown(self) -> None:
        """
        That an application is not reached is said once, with its addresses; then that it is reached again, once.
        """
        for _ in range(5):
            self.complaints.applicationDown(APPLICATION, Outcome.APPLICATION_DOWN, "Connection refused")
        self.assertEqual(
            [str(each) for each in self.said],
            [
                "SSLP121W SSL00001: APPL at 127.0.0.1:8080, [::1]:8080 cannot be reached: "
                "application not reachable (Connection refused)"
            ],
        )
        self.ids()
        for _ in range(2):
            self.complaints.applicationReached(APPLICATION)
        self.assertEqual(self.ids(), ["SSLP122I"])
        self.complaints.applicationDown(APPLICATION, Outcome.APPLICATION_TIMEOUT, "")
        self.assertEqual(self.ids(), ["SSLP121W"])

    def test_source(self) -> None:
        """
        That the address is not there from which an application is to be connected to is said once, instead of
        the other, until the application is reached.
        """
        port = evolve(APPLICATION, source="192.0.2.7")
        for _ in range(3):
            self.complaints.sourceUnusable(port, "Cannot assign requested address")
            self.complaints.applicationDown(port, Outcome.APPLICATION_DOWN, "source")
        self.assertEqual(
            [str(each) for each in self.said],
            [
                "SSLP055W SSL00001 cannot connect to APPL from its source address 192.0.2.7: "
                "Cannot assign requested address"
            ],
        )
        self.ids()
        self.complaints.applicationReached(port)
        self.assertEqual(self.ids(), ["SSLP122I"])

    def test_applicationsApart(self) -> None:
        """
        Each application is spoken of for itself.
        """
        other = portTo(Address(socket.AF_UNIX, "/run/other", 0), key=2)
        self.complaints.applicationDown(APPLICATION, Outcome.APPLICATION_DOWN, "")
        self.complaints.applicationDown(other, Outcome.APPLICATION_DOWN, "")
        self.assertEqual(len(self.said), 2)
        self.assertIn("APPL at /run/other cannot", str(self.said[1]))

    def test_labelMissing(self) -> None:
        """
        A missing label is said once in each period, and each label for itself; how often more is said in the end.
        """
        for label in ("ONE", "ONE", "TWO", "ONE"):
            self.complaints.labelMissing(portTo(label=label))
        self.assertEqual(self.ids(), ["SSLP123E", "SSLP123E"])
        self.clock.advance(PERIOD)
        self.complaints.sweep()
        more = "SSLP125W SSL00001: 2 more within 10 s: label not in the key database"
        self.assertEqual([str(each) for each in self.said], [more])

    def test_faults(self) -> None:
        """
        However often we make a mistake, a few tracebacks are said in a minute; the rest is counted, and said.
        """
        for _ in range(1000):
            self.complaints.fault(ZeroDivisionError("ours"))
        self.clock.advance(FAULT_PERIOD - 1)
        self.complaints.sweep()
        self.assertEqual(self.ids(), ["SSLP199E"] * FAULTS)
        self.clock.advance(1)
        self.complaints.sweep()
        more = f"SSLP705W SSL00001: further faults of sslpool within 60 s: {1000 - FAULTS}"
        self.assertEqual([str(each) for each in self.said], [more])
        self.complaints.fault(ZeroDivisionError("ours"))
        self.assertEqual(self.ids(), ["SSLP705W", "SSLP199E"])
        self.clock.advance(FAULT_PERIOD)
        self.complaints.sweep()
        self.assertEqual(self.ids(), [])

    def test_descriptors(self) -> None:
        """
        What the server has run out of is said once in each period.
        """
        for _ in range(4):
            self.complaints.exhausted(Shortage.DESCRIPTORS)
        self.assertEqual(self.ids(), ["SSLP124E"])
        self.clock.advance(PERIOD)
        self.complaints.exhausted(Shortage.DESCRIPTORS)
        self.assertEqual(self.ids(), ["SSLP125W", "SSLP124E"])


class CertificateTests(SynchronousTestCase):
    """
    Certificates of clients.
    """

    def setUp(self) -> None:
        """
        Take down what is said.
        """
        self.said: list[tuple[str, dict[str, str]]] = []
        clock = Clock()
        self.complaints = Complaints(lambda: "SSL00001", clock.seconds, lambda *said: self.said.append(said))

    def refuse(self, detail: str, outcome: Outcome = Outcome.HANDSHAKE_CERTIFICATE) -> None:
        """
        A handshake has failed.
        """
        self.complaints.handshake(7, "client:1", "here:443", Hello("", ""), outcome, detail)

    def test_code(self) -> None:
        """
        Our line has the connection and the library's words, IBM's has code and text.
        """
        self.refuse("certificate revoked")
        self.assertEqual([messageId for messageId, _ in self.said], ["SSLP120W", "DTCSSL022E"])
        self.assertEqual(self.said[0][1]["reason"], "client certificate not accepted (certificate revoked)")
        text = str(said(self.said[1][0], **self.said[1][1]))
        self.assertEqual(text, "DTCSSL022E Handshake failed rc: 431 reason: Certificate is revoked")
        self.refuse("", Outcome.HANDSHAKE_CIPHER)
        self.assertEqual(self.said[-1][0], "SSLP120W")

    def test_few(self) -> None:
        """
        Each code has its few lines, so that one who tries again and again hides nobody else.
        """
        for _ in range(9):
            self.refuse("certificate has expired")
        self.assertEqual(len(self.said), 2 * LINES)
        self.refuse("certificate revoked")
        self.assertEqual(self.said[-1][1]["rc"], "431")

    def test_doubtful(self) -> None:
        """
        A bad certificate of a client that gets in is told of a few times.
        """
        for _ in range(9):
            self.complaints.doubtful(7, "client:1", "here:443", "CN=x: certificate has expired")
        self.assertEqual([messageId for messageId, _ in self.said], ["SSLP142W"] * LINES)
        self.assertIn("CN=x: certificate has expired", str(said(self.said[0][0], **self.said[0][1])))
