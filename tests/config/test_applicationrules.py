"""
Tests for L{sslpool.config.applicationrules}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.changes import Change, changes
from sslpool.config.configuration import Application, Configuration
from tests.config.support import assembled, places

PROFILE = "SSLSERVERID *\nPORT 443 TCP WEBSERV SECURE A\n"


class ApplicationRulesTests(SynchronousTestCase):
    """
    C{:source.} and C{:user.}.
    """

    def found(self, address: str, tags: str) -> list[tuple[str, int]]:
        """
        Return id and line of each finding.
        """
        servers = f":nick.WEBSERV :type.server {address}\n{tags}"
        assembly = assembled({"PROFILE.TCPIP": PROFILE, "SYSTEM.DTCPARMS": servers})
        return [(messageId, line) for messageId, _, line in places(assembly)]

    def configuration(self, tags: str) -> Configuration:
        """
        Return the configuration with these tags.
        """
        servers = f":nick.WEBSERV :type.server :address.127.0.0.1:80\n{tags}"
        assembly = assembled({"PROFILE.TCPIP": PROFILE, "SYSTEM.DTCPARMS": servers})
        assert assembly.configuration is not None, assembly.findings
        return assembly.configuration

    def application(self, tags: str) -> Application:
        """
        Return the application with these tags.
        """
        return next(each for each in self.configuration(tags).applications if each.userid == "WEBSERV")

    def test_source(self) -> None:
        """
        The address is the application's and its ports', in its usual form.
        """
        configuration = self.configuration(":source.192.0.2.7")
        self.assertEqual([each.source for each in configuration.ports], ["192.0.2.7"])
        application = self.application(":source.192.0.2.7")
        self.assertEqual((application.place.line, application.sourcePlace.line), (1, 2))
        self.assertEqual(self.application(":source.::ffff:192.0.2.7").source, "192.0.2.7")
        self.assertEqual((self.application("").source, self.configuration("").ports[0].source), ("", ""))

    def test_family(self) -> None:
        """
        It has to be of the family of the application's address, where that is known.
        """
        for address, source in (("127.0.0.1:80", "::1"), ("[::1]:80", "127.0.0.1"), ("/run/app", "127.0.0.1")):
            self.assertEqual(self.found(f":address.{address}", f":source.{source}"), [("SSLP277E", 2)], address)
        for address, source in (
            ("localhost:80", "::1"),
            ("localhost:80", "192.0.2.1"),
            ("[::1]:80", "2001:db8::1"),
            ("[fe80::1%eth0]:80", "fe80::2%eth0"),
        ):
            self.assertEqual(self.found(f":address.{address}", f":source.{source}"), [], address)

    def test_noSource(self) -> None:
        """
        What is no address of a machine; and who is not connected to has none.
        """
        for wrong in ("localhost", "0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "fe80::1", "127.0.0.1:80", "x y"):
            self.assertEqual(self.found(":address.127.0.0.1:80", f":source.{wrong}"), [("SSLP202E", 2)], wrong)
        self.assertIn(("SSLP203I", 2), self.found("", ":source.127.0.0.1"))

    def test_user(self) -> None:
        """
        The user of what AUTOLOG starts is a name or a number, as it is written.
        """
        for user in ("www-data", "Web_1.x", "33", "4294967294"):
            self.assertEqual(self.application(f":command.x :user.{user}").user, user)
        for wrong in ("two words", "-x", "a:b", "x" * 33, "4294967295"):
            self.assertEqual(self.found(":address.h:1", f":command.x :user.{wrong}"), [("SSLP202E", 2)], wrong)
        self.assertEqual(self.found(":address.h:1", ":user.www-data"), [("SSLP203I", 2)])

    def test_changes(self) -> None:
        """
        A running stack takes another source, as it does another address.
        """
        before, after = self.configuration(""), self.configuration(":source.192.0.2.7")
        text = "WEBSERV at 127.0.0.1:80{} SECURE A"
        expected = [Change("PORT 443", text.format(""), text.format(" from 192.0.2.7"))]
        self.assertEqual(changes(before, after), expected)
