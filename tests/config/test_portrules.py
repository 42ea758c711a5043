"""
Tests for L{sslpool.config.portrules}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.config.support import assembled, places

HEAD = "SSLSERVERID *\n"
APPLICATION = ":nick.WEBSERV :type.server :address.127.0.0.1:8080 :command.x\n"


class PortRuleTests(SynchronousTestCase):
    """
    Each rule about ports, applications and AUTOLOG.
    """

    def found(self, profile: str, servers: str = APPLICATION) -> list[tuple[str, int]]:
        """
        Return id and line of each finding.
        """
        assembly = assembled({"PROFILE.TCPIP": HEAD + profile, "SYSTEM.DTCPARMS": servers})
        return [(messageId, line) for messageId, _, line in places(assembly)]

    def test_ports(self) -> None:
        """
        Each rule has its finding and line.
        """
        secure = "TCP WEBSERV SECURE A"
        for profile, expected in [
            (f"PORT 443 {secure}", []),
            ("PORT 443 TCP WEBSERV", [("SSLP217W", 0)]),
            ("PORT 443 TCP OTHER SECURE A", [("SSLP221E", 2)]),
            ("PORT 992 TCP INTCLIEN SECURE A", [("SSLP221E", 2)]),
            ("PORT 443 TCP * SECURE A", [("SSLP221E", 2)]),
            (f"PORT 443 {secure}\n443 {secure}", [("SSLP218E", 3)]),
            (f"PORT 443 {secure} BIND ::1\n443 {secure}", [("SSLP218E", 3)]),
            (f"PORT 443 {secure}\n443 {secure} BIND ::1", [("SSLP218E", 3)]),
            (f"PORT 443 {secure} BIND 127.0.0.1\n443 {secure} BIND ::1", []),
            (f"PORT 443 {secure}\n443 TCP OTHER", [("SSLP218E", 3)]),
            (f"PORT 443 {secure}\n443 UDP OTHER", []),
            (f"PORT 443 {secure}\n21 TCP A\n21 TCP B", []),
            (f"PORT 8080 {secure}", [("SSLP223E", 2)]),
            (f"PORT 8080 {secure} BIND 192.0.2.1", []),
            (f"PORT 8080 {secure} BIND 127.0.0.1", [("SSLP223E", 2)]),
        ]:
            self.assertEqual(self.found(profile), expected, profile)

    def test_applications(self) -> None:
        """
        An application needs a usable address, and must belong to this stack.
        """
        for servers, expected in [
            (":nick.WEBSERV :type.server", [("SSLP221E", 2)]),
            (":nick.WEBSERV :type.server\n:address.8080", [("SSLP202E", 2)]),
            (":nick.WEBSERV :type.server :address.h:1 :stack.TCPIP2", [("SSLP221E", 2)]),
            (":nick.WEBSERV :type.server :address.h:1 :stack.tcpip", []),
            (":nick.WEBSERV :type.server :address.h:1\n:proxy.V2", [("SSLP246W", 2)]),
        ]:
            self.assertEqual(self.found("PORT 443 TCP WEBSERV SECURE A", servers), expected, servers)

    def test_autolog(self) -> None:
        """
        SSL servers, servers without a command and second mentions are not started, and are said so.
        """
        profile = "PORT 443 TCP WEBSERV SECURE A\nAUTOLOG\n{} 0\nENDAUTOLOG"
        for userids, expected in [
            ("WEBSERV", []),
            ("SSL00001", [("SSLP215W", 4)]),
            ("SSLDCSSM", [("SSLP215W", 4)]),
            ("FTPSERVE", [("SSLP222W", 4)]),
            ("WEBSERV 0\nWEBSERV", [("SSLP206W", 5)]),
        ]:
            self.assertEqual(self.found(profile.format(userids)), expected, userids)
