"""
Tests for L{sslpool.config.staticrules}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.config.support import assembled


class StaticTests(SynchronousTestCase):
    """
    Ports with SECURE whose clients do not begin with TLS.
    """

    def found(self, port: str, address: str, tags: str = "") -> list[str]:
        """
        Return what is found, with its place.
        """
        files = {
            "PROFILE.TCPIP": f"SSLSERVERID *\nPORT\n{port}\n",
            "SYSTEM.DTCPARMS": f":nick.APPL :type.server :address.{address} {tags}\n",
        }
        return [f"{each.file}:{each.line} {each.said}" for each in assembled(files).findings]

    def ids(self, port: str, address: str, tags: str = "") -> list[str]:
        """
        Return the ids of what is found.
        """
        return [each.split()[1] for each in self.found(port, address, tags)]

    def test_files(self) -> None:
        """
        FTP without C{:dynamic.FTP}, by the application's port or the one of FTPS; C{NEVER} understands nothing.
        """
        for number, address in ((21, "127.0.0.1:2121"), (9990, "127.0.0.1:21"), (990, "/run/ftp")):
            port = f"{number} TCP APPL SECURE A"
            self.assertEqual(self.ids(port, address), ["SSLP274W"])
            self.assertEqual(self.ids(port, address, ":dynamic.FTP :tlslabel.A"), [])
            self.assertEqual(self.ids(port, address, ":dynamic.FTP :securecontrol.NEVER"), ["SSLP274W"])

    def test_databases(self) -> None:
        """
        Whoever begins in cleartext wherever it connects to: the message has the port's line and the remedy.
        """
        [message] = self.found("15432 TCP APPL SECURE A", "127.0.0.1:5432")
        self.assertTrue(message.startswith("PROFILE.TCPIP:3 SSLP273W PostgreSQL clients cannot use port 15432"))
        self.assertIn(":dynamic.POSTGRESQL in the entry of APPL, without SECURE here", message)
        self.assertIn("ALPN postgresql here", message)
        self.assertEqual(self.ids("15432 TCP APPL SECURE A ALPN postgresql", "127.0.0.1:5432"), [])
        for number in (1433, 3306, 3389, 4190, 33060):
            self.assertEqual(self.ids("7777 TCP APPL SECURE A", f"127.0.0.1:{number}"), ["SSLP273W"], number)
        # With SECURE it is static, whatever the entry says.
        self.assertEqual(self.ids("5432 TCP APPL SECURE A", "h:5432", ":dynamic.POSTGRESQL :tlslabel.A"), ["SSLP273W"])
        self.assertEqual(self.ids("5432 TCP APPL", "127.0.0.1:6432", ":dynamic.POSTGRESQL :tlslabel.A"), [])

    def test_ports(self) -> None:
        """
        Ports on which clients begin in cleartext; the same applications behind ports of their own are well.
        """
        for number in (24, 25, 110, 119, 143, 587, 5222):
            self.assertEqual(self.ids(f"{number} TCP APPL SECURE A", "127.0.0.1:7777"), ["SSLP273W"], number)
        for number, inside in ((465, 25), (993, 143), (995, 110), (563, 119), (636, 389), (5223, 5222), (443, 80)):
            self.assertEqual(self.ids(f"{number} TCP APPL SECURE A", f"127.0.0.1:{inside}"), [], number)
        self.assertEqual(self.ids("389 TCP APPL SECURE A", "192.0.2.1:389"), [])

    def test_once(self) -> None:
        """
        Each port once.
        """
        ports = "25 TCP APPL SECURE A BIND 127.0.0.1\n25 TCP APPL SECURE A BIND 127.0.0.2"
        self.assertEqual(self.ids(ports, "h:1"), ["SSLP273W", "SSLP273W"])

    def test_strict(self) -> None:
        """
        STRICT where clients send no server name, by the port, the application's, or its protocol; nowhere else.
        """
        for number, address, tags in (
            (992, "h:7777", ""),
            (9992, "h:23", ""),
            (9992, "/run/x", ":dynamic.TN3270 :tlslabel.A"),
            (6514, "h:7777", ""),
            (2762, "h:104", ""),
            (2083, "h:1812", ""),
            (802, "h:502", ""),
        ):
            port = f"{number} TCP APPL SECURE A B"
            self.assertEqual(self.ids(f"{port} STRICT", address, tags), ["SSLP565W"], number)
            self.assertEqual(self.ids(port, address, tags), [], number)
        self.assertEqual(self.ids("443 TCP APPL SECURE A B STRICT", "h:80"), [])
        [message] = self.found("9992 TCP INTCLIEN SECURE A B STRICT", "h:1")
        self.assertTrue(message.startswith("PROFILE.TCPIP:3 SSLP565W PORT 9992 has STRICT, but Telnet"), message)

    def test_remote(self) -> None:
        """
        Of the secure client nobody on this side begins with TLS.
        """
        self.assertEqual(self.ids("25 TCP APPL SECURECLIENT mail.example:465", "h:1"), [])
