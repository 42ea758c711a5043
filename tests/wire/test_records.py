"""
Tests for L{sslpool.wire.records}.
"""

from __future__ import annotations

from attrs.exceptions import FrozenInstanceError
from twisted.trial.unittest import SynchronousTestCase

from sslpool.wire.records import ConnectionRecord, ListenerRecord, PoolStatus, ServerDetails, SessionRecord
from sslpool.wire.serial import fromJson, toJson
from tests.doubles.administration import poolStatus, serverDetails, serverStatus, sessionRecord


class RecordTests(SynchronousTestCase):
    """
    Records are values.
    """

    def test_travel(self) -> None:
        """
        Each record comes back equal from its JSON.
        """
        for kind, record in (
            (PoolStatus, poolStatus([serverStatus(1)])),
            (ServerDetails, serverDetails("SSL00001")),
            (SessionRecord, sessionRecord(1)),
            (ListenerRecord, ListenerRecord("HTTPD", "[::]:443", "WEB", "/run/web.sock")),
            (ConnectionRecord, ConnectionRecord(1, "HTTPD", "192.0.2.1:443", "203.0.113.5:5000", "Established")),
        ):
            self.assertEqual(fromJson(kind, toJson(record)), record)

    def test_frozen(self) -> None:
        """
        A record cannot be changed.
        """
        with self.assertRaises(FrozenInstanceError):
            serverStatus(1).pid = 5  # type: ignore[misc]
