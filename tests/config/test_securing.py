"""
Tests for L{sslpool.config.securing}.
"""

from __future__ import annotations

from itertools import combinations
from typing import get_args

from attrs import fields
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.securing import DataConnections, Dynamic, Implicit, Outbound, Plain, Remote, Securing
from sslpool.wire.serial import fromJson, toJson


class SecuringTests(SynchronousTestCase):
    """
    How a connection becomes secure travels from the stack to the servers.
    """

    def test_travels(self) -> None:
        """
        Each arrives as what it was, with all that it says.
        """
        data = DataConnections("REQUIRED", True, "192.0.2.1", 50000, 50009)
        examples = (
            Plain(),
            Dynamic("SMTP", "ALLOWED"),
            Dynamic("FTP", "REQUIRED", data),
            Implicit("FTP", data),
            Outbound(Remote("a.example", ("CA",), ("smtp",), "SMTP")),
        )
        self.assertEqual({type(each) for each in examples}, set(get_args(Securing)))
        for each in examples:
            self.assertEqual(fromJson(Securing, toJson(each)), each)

    def test_toldApart(self) -> None:
        """
        No two have the same fields.
        """
        for one, other in combinations(get_args(Securing), 2):
            names = [{field.name for field in fields(each)} for each in (one, other)]
            self.assertNotEqual(*names)
