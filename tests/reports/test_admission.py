"""
Tests for L{sslpool.reports.admission}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.reports.admission import StackDetails, admissionFacts, stackLines
from sslpool.wire.admission import AdmissionStatus

FULL = AdmissionStatus(
    limits={"FOREIGNIPCONLIMIT": 100, "PENDINGCONNECTIONLIMIT": 500, "PEERRATE": 0, "HANDSHAKERATE": 0},
    exempt=("10.0.0.0/8",),
    lists={"ALLOW of [::]:443": ("192.0.2.0/24", "2001:db8::/32")},
    pending=1,
    addresses=7,
    refused={"FOREIGNIPCONLIMIT": 812, "ALLOW of [::]:443": 3},
    uncounted=2,
)


class LinesTests(SynchronousTestCase):
    """
    What operators see.
    """

    def test_silent(self) -> None:
        """
        Where nothing is set and nobody was refused there is nothing to show.
        """
        nothing = AdmissionStatus(limits={"PEERRATE": 0}, exempt=("10.0.0.0/8",))
        self.assertTrue(nothing.silent)
        self.assertEqual(list(admissionFacts(nothing)), [])
        for each in (
            AdmissionStatus(limits={"PEERRATE": 1}),
            AdmissionStatus(lists={"DENY of [::]:443": ("::/0",)}),
            AdmissionStatus(refused={"PEERRATE": 1}),
        ):
            self.assertFalse(each.silent)

    def test_lines(self) -> None:
        """
        Limits, exemptions, lists, and each reason with its count.
        """
        self.assertEqual(
            [line.split(None, 1) for line in stackLines(StackDetails("TCPIP", FULL))],
            [
                ["TCPIP"],
                ["Limits", "FOREIGNIPCONLIMIT 100, PENDINGCONNECTIONLIMIT 500"],
                ["Exempt", "10.0.0.0/8"],
                ["Allow", "[::]:443: 192.0.2.0/24 2001:db8::/32"],
                ["Refused", "ALLOW of [::]:443 3, FOREIGNIPCONLIMIT 812"],
                ["Pending", "1 connection before the handshake"],
                ["Addresses", "7 with connections, 2 connections not counted"],
            ],
        )
