"""
Tests for L{sslpool.config.ftprules}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.changes import changes
from sslpool.config.configuration import Configuration
from sslpool.config.securing import DataConnections, Dynamic, Implicit, Plain, Securing
from tests.config.support import assembled, places

HEAD = "SSLSERVERID *\n"
ENTRY = ":nick.FTPSERVE :type.server :address.127.0.0.1:2121\n"
EXPLICIT = "PORT 21 TCP FTPSERVE"


class FtpRuleTests(SynchronousTestCase):
    """
    Each rule about FTP.
    """

    def found(self, tags: str, profile: str = EXPLICIT) -> list[tuple[str, int]]:
        """
        Return id and line of each finding.
        """
        assembly = assembled({"PROFILE.TCPIP": HEAD + profile, "SYSTEM.DTCPARMS": ENTRY + tags})
        return sorted((messageId, line) for messageId, _, line in places(assembly))

    def configuration(self, tags: str, profile: str = EXPLICIT) -> Configuration:
        """
        Return the configuration.
        """
        assembly = assembled({"PROFILE.TCPIP": HEAD + profile, "SYSTEM.DTCPARMS": ENTRY + tags})
        assert assembly.configuration is not None, assembly.findings
        return assembly.configuration

    def dynamic(self, tags: str, profile: str = EXPLICIT) -> list[Securing]:
        """
        Return what goes for each port.
        """
        return [port.securing for port in self.configuration(tags, profile).ports]

    def test_rules(self) -> None:
        """
        Each rule has its finding and line.
        """
        ftp = ":dynamic.FTP :tlslabel.A\n"
        for tags, expected in [
            (ftp + ":securecontrol.REQUIRED :securedata.REQUIRED REUSE", []),
            (ftp + ":securecontrol.NEVER :securedata.REQUIRED", [("SSLP781W", 3)]),
            (ftp + ":secureconnection.NEVER\n:securedata.REQUIRED", [("SSLP781W", 4)]),
            (ftp + ":securecontrol.NEVER :securedata.PREFERRED", []),
            (ftp + ":securecontrol.maybe", [("SSLP202E", 3)]),
            (ftp + ":securedata.maybe", [("SSLP202E", 3)]),
            (ftp + ":securedata.REUSE", []),
            (ftp + ":securedata.ALLOWED AGAIN", [("SSLP202E", 3)]),
            (ftp + ":securedata.REUSE REUSE", [("SSLP202E", 3)]),
            (ftp + ":securedata.ALLOWED REQUIRED REUSE", [("SSLP202E", 3)]),
            (ftp + ":passive.203.0.113.5 50000-50999", []),
            (ftp + ":passive.50000-50999", []),
            (ftp + ":passive.203.0.113.5", []),
            (ftp + ":passive.0.0.0.0", [("SSLP202E", 3)]),
            (ftp + ":passive.here", [("SSLP202E", 3)]),
            (ftp + ":passive.500-600", [("SSLP202E", 3)]),
            (ftp + ":passive.50999-50000", [("SSLP202E", 3)]),
            (ftp + ":passive.50000-70000", [("SSLP202E", 3)]),
            (ftp + ":passive.203.0.113.5 50000-50999 again", [("SSLP202E", 3)]),
            (
                ":dynamic.SMTP :tlslabel.A\n:securedata.ALLOWED\n:passive.50000-50999",
                [("SSLP780W", 3), ("SSLP780W", 4)],
            ),
            (":securecontrol.NEVER", [("SSLP217W", 0), ("SSLP780W", 2)]),
        ]:
            self.assertEqual(self.found(tags), expected, tags)

    def test_label(self) -> None:
        """
        A port where clients ask for TLS needs a label; one that is secure from the beginning has its own.
        """
        self.assertEqual(self.found(":dynamic.FTP"), [("SSLP217W", 0), ("SSLP701E", 2)])
        self.assertEqual(self.found(":dynamic.FTP", "PORT 990 TCP FTPSERVE SECURE B"), [])

    def test_ports(self) -> None:
        """
        Both kinds of ports are understood, since data connections are negotiated on both.
        """
        tags = ":dynamic.FTP :tlslabel.A :securecontrol.ALLOWED :securedata.ALLOWED :passive.203.0.113.5 50000-50999"
        data = DataConnections("ALLOWED", False, "203.0.113.5", 50000, 50999)
        self.assertEqual(
            self.dynamic(tags, f"{EXPLICIT} 990 TCP FTPSERVE SECURE B"),
            [Dynamic("FTP", "ALLOWED", data), Implicit("FTP", data)],
        )

    def test_never(self) -> None:
        """
        With NEVER nothing is understood, and a port with SECURE is static.
        """
        tags = ":dynamic.FTP :securecontrol.NEVER"
        profile = f"{EXPLICIT} 990 TCP FTPSERVE SECURE B"
        self.assertEqual(self.dynamic(tags, profile), [Dynamic("FTP", "NEVER", DataConnections()), Plain()])

    def test_defaults(self) -> None:
        """
        C{:secureconnection.} is what goes for all protocols; data is secured where the client asks
        for it, and from the beginning where the control connection is.
        """
        tags = ":dynamic.FTP :tlslabel.A :secureconnection.REQUIRED"
        self.assertEqual(self.dynamic(tags), [Dynamic("FTP", "REQUIRED", DataConnections("PREFERRED"))])
        (dynamic,) = self.dynamic(f"{tags} :securedata.REUSE")
        assert isinstance(dynamic, Dynamic)
        self.assertEqual(dynamic.data, DataConnections("PREFERRED", reuse=True))

    def test_changes(self) -> None:
        """
        What has changed about data connections is told.
        """
        before = self.configuration(":dynamic.FTP :tlslabel.A")
        after = self.configuration(":dynamic.FTP :tlslabel.A :securedata.REQUIRED REUSE :passive.50000-50999")
        (change,) = changes(before, after)
        self.assertEqual(change.before, "FTPSERVE at 127.0.0.1:2121 FTP ALLOWED A data PREFERRED")
        self.assertEqual(change.after, "FTPSERVE at 127.0.0.1:2121 FTP ALLOWED A data REQUIRED REUSE 50000-50999")
