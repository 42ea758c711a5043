"""
Tests for L{sslpool.config.adminport}.
"""

from __future__ import annotations

from attrs import evolve

from sslpool.config.changes import changes
from sslpool.config.configuration import AdminPort
from tests.config.test_tagrules import TagCase


class AdminPortTests(TagCase):
    """
    C{:admin_port.}.
    """

    def test_none(self) -> None:
        """
        Without the tag there is no remote administration.
        """
        configuration, _ = self.pool("")
        assert configuration is not None
        self.assertIsNone(configuration.adminPort)

    def test_forms(self) -> None:
        """
        A port and a label; an address before it, an authority behind it if wished.
        """
        for value, expected in (
            ("9999 ADMCERT", AdminPort("0.0.0.0", 9999, "ADMCERT")),
            ("127.0.0.1:9999 admcert", AdminPort("127.0.0.1", 9999, "ADMCERT")),
            ("[::1]:9999 ADMCERT Our Root CA", AdminPort("::1", 9999, "ADMCERT", "Our Root CA")),
        ):
            configuration, found = self.pool(f":admin_port.{value}")
            assert configuration is not None
            self.assertEqual((configuration.adminPort, found), (expected, []))
        self.assertEqual(AdminPort("::1", 5, "A").local, "[::1]:5")

    def test_taken(self) -> None:
        """
        A secure port has the address first, which is said; on another address both can be.
        """
        without, _ = self.pool("")
        assert without is not None
        number = without.ports[0].number
        for value, expected in ((number, ["SSLP225W"]), (f"127.0.0.1:{number}", ["SSLP225W"]), (number + 1, [])):
            configuration, found = self.pool(f":admin_port.{value} ADMCERT")
            self.assertEqual((configuration is not None, found), (True, expected), value)
        configuration, _ = self.pool(":admin_port.[::ffff:127.0.0.1]:9999 ADMCERT")
        assert configuration is not None and configuration.adminPort is not None
        self.assertEqual(configuration.adminPort.host, "127.0.0.1")

    def test_wrong(self) -> None:
        """
        What is wrong is said, and nothing starts.
        """
        for value in ("", "9999", "0 L", "70000 L", "host:9999 L", "127.0.0.1 L", "9999 toolonglabel", "x L"):
            configuration, found = self.pool(f":admin_port.{value}")
            self.assertEqual((configuration, found), (None, ["SSLP202E"]), value)

    def test_change(self) -> None:
        """
        Another one needs a new start.
        """
        before, _ = self.pool("")
        assert before is not None
        (change,) = changes(before, evolve(before, adminPort=AdminPort("0.0.0.0", 9999, "A")))
        self.assertFalse(change.running)
