"""
Tests for L{sslpool.config.secureclient}, and for the rules about such ports.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.changes import changes
from sslpool.config.configuration import Position, SecurePort
from sslpool.config.portlist import readPorts
from sslpool.config.secureclient import START_TLS, RemoteEntry
from sslpool.config.securing import Outbound, Remote
from sslpool.wire import requests
from tests.config.support import assembled, idsAndLines, places, readerOf


class ReadingTests(SynchronousTestCase):
    """
    SECURECLIENT and its operands.
    """

    def read(self, text: str) -> RemoteEntry | None:
        """
        Return the only entry's SECURECLIENT.
        """
        reader = readerOf(text)
        [entry] = readPorts(reader, ())
        self.assertEqual(idsAndLines(reader.findings), [])
        return entry.remote

    def test_least(self) -> None:
        """
        The remote host's name or address is what its certificate must have.
        """
        for text, name in (
            ("mail.example:465", "mail.example"),
            ("192.0.2.7:465", "192.0.2.7"),
            ("[2001:DB8::7]:465", "2001:db8::7"),
        ):
            self.assertEqual(self.read(f"6025 TCP RELAY SECURECLIENT {text}"), RemoteEntry(text, "", Remote(name)))

    def test_most(self) -> None:
        """
        Every operand, in any order, with options of PORT before and behind.
        """
        text = (
            "6025 TCP RELAY BIND ::1 SECURECLIENT 192.0.2.7:25 startTLS smtp NAME mail.example LABEL OWN "
            "ALPN x,y CA OurCA,*system NOAUTOLOG"
        )
        remote = Remote("mail.example", ("OurCA", "*SYSTEM"), ("x", "y"), "SMTP")
        self.assertEqual(self.read(text), RemoteEntry("192.0.2.7:25", "OWN", remote))
        self.assertEqual(remote.authorities[1], requests.SYSTEM)

    def test_wrong(self) -> None:
        """
        What is wrong is a finding with its line.
        """
        for text in (
            "SECURECLIENT mail.example",
            "SECURECLIENT /a/path",
            "SECURECLIENT",
            "SECURECLIENT h:1 CA",
            "SECURECLIENT h:1 CA a,,b",
            "SECURECLIENT h:1 STARTTLS FTP",
            "SECURECLIENT h:1 NAME under_score..*",
            "SECURECLIENT h:1 LABEL lower",
            "SECURECLIENT h:1 ALPN ä",
        ):
            reader = readerOf(f"6025 TCP RELAY {text}")
            self.assertEqual(readPorts(reader, ()), [], text)
            self.assertEqual(idsAndLines(reader.findings)[:1], [("SSLP202E", 1)], text)

    def test_implausible(self) -> None:
        """
        A port is one or the other, and one TCP port.
        """
        for text, expected in (
            ("1 TCP R SECURE A SECURECLIENT h:1", "SSLP757E"),
            ("1 UDP R SECURECLIENT h:1", "SSLP210E"),
            ("1-2 TCP R SECURECLIENT h:1", "SSLP211E"),
        ):
            reader = readerOf(text)
            self.assertEqual(readPorts(reader, ()), [], text)
            self.assertEqual(idsAndLines(reader.findings), [(expected, 1)], text)

    def test_protocols(self) -> None:
        """
        The protocols are those of the secure client, but for FTP.
        """
        self.assertEqual({*requests.START_TLS} - {*START_TLS}, {"FTP"})


class RuleTests(SynchronousTestCase):
    """
    Rules between the files.
    """

    def test_ports(self) -> None:
        """
        The port needs no application, and may lead to a secure port of this stack; nobody else may have it.
        """
        profile = "SSLSERVERID *\nPORT 6025 TCP RELAY SECURECLIENT localhost:465 CA OURCA\n"
        assembly = assembled({"PROFILE.TCPIP": profile})
        self.assertEqual([each for each in places(assembly) if each[1] == "PROFILE.TCPIP"], [])
        configuration = assembly.configuration
        assert configuration is not None
        remote = Remote("localhost", ("OURCA",))
        port = SecurePort(6025, "RELAY", "", None, "localhost:465", Position("PROFILE.TCPIP", 2), Outbound(remote))
        self.assertEqual(configuration.ports, (port,))
        second = assembled({"PROFILE.TCPIP": f"{profile} 6025 TCP OTHER"})
        self.assertIn(("SSLP218E", "PROFILE.TCPIP", 3), places(second))

    def test_changes(self) -> None:
        """
        Another remote host, name or authority is a change of the port.
        """
        before = assembled({"PROFILE.TCPIP": "SSLSERVERID *\nPORT 25 TCP R SECURECLIENT a.example:465"}).configuration
        after = assembled(
            {"PROFILE.TCPIP": "SSLSERVERID *\nPORT 25 TCP R SECURECLIENT a.example:465 CA X LABEL OWN"}
        ).configuration
        assert before is not None and after is not None
        [change] = changes(before, after)
        self.assertEqual(change.before, "R SECURECLIENT a.example:465 a.example")
        self.assertEqual(change.after, "R SECURECLIENT a.example:465 a.example OWN X")
