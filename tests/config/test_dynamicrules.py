"""
Tests for L{sslpool.config.dynamicrules}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import SecurePort
from sslpool.config.securing import DYNAMIC_PROTOCOLS, SECURITY, Dynamic, Plain
from sslpool.starttls.contract import Security
from sslpool.starttls.protocols import PROTOCOLS
from tests.config.support import assembled, places

HEAD = "SSLSERVERID *\n"
ENTRY = ":nick.MAIL :type.server :address.127.0.0.1:2525\n"


class DynamicRuleTests(SynchronousTestCase):
    """
    Each rule about connections that become secure on the way.
    """

    def found(self, tags: str, profile: str = "PORT 25 TCP MAIL") -> list[tuple[str, int]]:
        """
        Return id and line of each finding.
        """
        assembly = assembled({"PROFILE.TCPIP": HEAD + profile, "SYSTEM.DTCPARMS": ENTRY + tags})
        return sorted((messageId, line) for messageId, _, line in places(assembly))

    def ports(self, tags: str, profile: str) -> list[SecurePort]:
        """
        Return the ports on which the stack is to listen.
        """
        assembly = assembled({"PROFILE.TCPIP": HEAD + profile, "SYSTEM.DTCPARMS": ENTRY + tags})
        assert assembly.configuration is not None, assembly.findings
        return list(assembly.configuration.ports)

    def test_vocabulary(self) -> None:
        """
        The configuration knows the protocols that have negotiators, and what can be said about security.
        """
        self.assertEqual(DYNAMIC_PROTOCOLS, tuple(sorted(PROTOCOLS)))
        self.assertEqual(SECURITY, tuple(each.value for each in Security))

    def test_rules(self) -> None:
        """
        Each rule has its finding and line.
        """
        for tags, expected in [
            (":dynamic.smtp :tlslabel.MAILCERT", []),
            (":dynamic.smtp\n:secureconnection.never", []),
            (":dynamic.smtp\n:secureconnection.required", [("SSLP701E", 2)]),
            (":dynamic.gopher", [("SSLP202E", 2), ("SSLP217W", 0)]),
            (":dynamic.smtp :tlslabel.A\n:secureconnection.maybe", [("SSLP202E", 3)]),
            (":dynamic.smtp\n:tlslabel.not-a-label", [("SSLP202E", 3)]),
            (":tlslabel.A\n:secureconnection.never", [("SSLP217W", 0), ("SSLP702W", 2), ("SSLP702W", 3)]),
        ]:
            self.assertEqual(self.found(tags), expected, tags)

    def test_ports(self) -> None:
        """
        The stack listens on the cleartext TCP ports of such an application, one by one; those with
        SECURE are secure from the beginning.
        """
        tags = ":dynamic.smtp :tlslabel.MAILCERT :secureconnection.required"
        profile = "PORT 25 TCP MAIL 25 UDP MAIL 465 TCP MAIL SECURE OTHER 110 TCP POP"
        dynamic = Dynamic("SMTP", "REQUIRED")
        found = [(port.number, port.label, port.securing) for port in self.ports(tags, profile)]
        self.assertEqual(found, [(25, "MAILCERT", dynamic), (465, "OTHER", Plain())])
        self.assertEqual(self.found(tags, "PORT 25 TCP MAIL 30-40 TCP MAIL"), [("SSLP703W", 2)])

    def test_conflicts(self) -> None:
        """
        Such a port belongs to one entry, and is no address of its own application.
        """
        tags = ":dynamic.smtp :tlslabel.MAILCERT"
        self.assertEqual(self.found(tags, "PORT 25 TCP MAIL\n25 TCP OTHER"), [("SSLP218E", 3)])
        self.assertEqual(self.found(tags, "PORT 2525 TCP MAIL"), [("SSLP223E", 2)])

    def test_internalClient(self) -> None:
        """
        INTERNALCLIENTPARMS is about the cleartext ports of INTCLIEN, where there is somebody behind them.
        """
        entry = ":nick.INTCLIEN :type.server :address.127.0.0.1:10023"
        ports = "PORT 23 TCP INTCLIEN 992 TCP INTCLIEN SECURE A\n"
        text = "INTERNALCLIENTPARMS TLSLABEL TELNET SECURECONNECTION {} CLIENTCERTCHECK FULL ENDINTERNALCLIENTPARMS"
        preferred = Dynamic("TELNET", "PREFERRED")
        first, second = self.ports(entry, ports + text.format("PREFERRED"))
        self.assertEqual((first.number, first.label, first.securing), (23, "TELNET", preferred))
        self.assertEqual([label.check for label in first.policy.labels], ["REQUIRED"])
        self.assertEqual((second.number, second.securing, second.policy.labels), (992, Plain(), ()))
        self.assertEqual([port.number for port in self.ports(entry, ports + text.format("NEVER"))], [992])
        self.assertEqual(self.found(entry, ports + text.format("PREFERRED")), [])
        self.assertEqual(self.found(entry, ports + text.format("NEVER")), [("SSLP203I", 3)])
        unlabelled = "INTERNALCLIENTPARMS SECURECONNECTION REQUIRED ENDINTERNALCLIENTPARMS"
        self.assertEqual(self.found(entry, ports + unlabelled), [("SSLP704E", 3)])
        found = self.found("", "PORT 23 TCP INTCLIEN\n" + text.format("ALLOWED"))
        self.assertEqual(found, [])
        self.assertEqual(self.found("", text.format("ALLOWED")), [("SSLP203I", 2), ("SSLP217W", 0)])

    def test_manhole(self) -> None:
        """
        INTCLIEN without an address is the manhole, to which nobody sends a password in cleartext.
        """
        text = "PORT 23 TCP INTCLIEN 992 TCP INTCLIEN SECURE A\n"
        client = "INTERNALCLIENTPARMS TLSLABEL TELNET SECURECONNECTION {} ENDINTERNALCLIENTPARMS"
        for entry in ("", ":nick.INTCLIEN :type.server"):
            first, second = self.ports(entry, text + client.format("ALLOWED"))
            self.assertEqual((first.manhole, first.securing), (True, Dynamic("TELNET", "REQUIRED")))
            self.assertEqual((second.manhole, second.securing, second.bind), (True, Plain(), None))
            self.assertEqual([port.number for port in self.ports(entry, text + client.format("NEVER"))], [992])
        (port,) = self.ports(":nick.INTCLIEN :type.server :address./run/x", "PORT 992 TCP INTCLIEN SECURE A")
        self.assertFalse(port.manhole)

    def test_applicationProtocol(self) -> None:
        """
        A client of PostgreSQL may name its protocol.
        """
        (port,) = self.ports(":dynamic.postgresql :tlslabel.A", "PORT 5432 TCP MAIL")
        self.assertEqual(port.policy.alpn, ("postgresql",))
