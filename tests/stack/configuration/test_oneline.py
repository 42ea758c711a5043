"""
Tests for L{sslpool.stack.configuration.oneline}.
"""

from __future__ import annotations

import os
import pwd
import socket

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Configuration, Machine
from sslpool.config.exposure import LocalSystem, exposures
from sslpool.config.limits import Routing
from sslpool.config.portpolicy import PLAIN, PortLabel
from sslpool.keydb.database import Database
from sslpool.keydb.generation import selfSigned
from sslpool.messages import OperatorError
from sslpool.stack.configuration.oneline import MOST_PER_SERVER, MOST_SERVERS, oneLineConfiguration, splitAddress
from sslpool.stack.front.listeningsockets import loopbacks
from sslpool.stack.front.portlabels import labelsOf
from tests.doubles.certificates import makeAuthority, makeDatabase, makeServer, writeCertificates, writeCredential


class OneLineTests(SynchronousTestCase):
    """
    L{oneLineConfiguration} makes a configuration of options.
    """

    def setUp(self) -> None:
        """
        Write a certificate.
        """
        self.authority = makeAuthority()
        self.certificate = writeCredential(self.mktemp() + ".pem", makeServer(self.authority))

    def configuration(
        self,
        listen: str = "127.0.0.1:8443",
        connect: str = "127.0.0.1:8080",
        servers: int = 3,
        maxPerServer: int = 100,
        certificate: str | None = None,
        operands: str = "",
        source: str = "",
        user: str = "",
    ) -> Configuration:
        """
        Return the configuration for these options.
        """
        path = certificate or self.certificate
        return oneLineConfiguration(
            listen, connect, path, servers, maxPerServer, Routing.SPREAD, None, operands, source, user
        )

    def refused(self, **options: object) -> str:
        """
        Return the message with which options are refused.
        """
        return str(self.assertRaises(OperatorError, self.configuration, **options))

    def test_source(self) -> None:
        """
        From where the application is connected to: an address that fits.
        """
        self.assertEqual(self.configuration(source="192.0.2.7").ports[0].source, "192.0.2.7")
        self.assertEqual(self.configuration().ports[0].source, "")
        for wrong, reason in (
            ("here", "here is not an IPv4 or IPv6 address of this machine"),
            ("0.0.0.0", "0.0.0.0 is not an"),
            ("::1", "::1 does not fit --connect 127.0.0.1:8080: one is IPv6, the other IPv4"),
        ):
            self.assertTrue(self.refused(source=wrong).startswith(f"SSLP004E --source: {reason}"), wrong)

    def test_user(self) -> None:
        """
        As whom the servers run, with that user's group; one that there is not, or whom only root can be, is refused.
        """
        me = pwd.getpwuid(os.geteuid())
        for user in (me.pw_name, str(me.pw_uid)):
            machine = self.configuration(user=user).machine
            self.assertEqual((machine.uid, machine.gid), (me.pw_uid, me.pw_gid))
        self.assertEqual(self.configuration().machine, Machine())
        expected = "SSLP004E --user: no-one-here cannot be the servers' user: the system has no such user"
        self.assertEqual(self.refused(user="no-one-here"), expected)
        self.patch(os, "geteuid", lambda: 4711)
        self.assertIn("only root can give a process another user", self.refused(user="nobody"))

    def test_exposed(self) -> None:
        """
        What is to be said of whom the application trusts names the options.
        """
        around = LocalSystem(True, {4: "192.0.2.2"})
        texts = [str(each) for each in exposures(self.configuration(connect="127.0.0.1:25"), around)]
        self.assertTrue(texts[0].startswith("--user: SSLP275W") and "--user NAME gives them" in texts[0], texts)
        self.assertTrue(texts[1].startswith("--connect: SSLP226W CONNECT at 127.0.0.1:25 "), texts)
        self.assertIn("--source 192.0.2.2 shows it another address; --source 127.0.0.1 accepts", texts[1])
        configuration = self.configuration(connect="127.0.0.1:25", source="127.0.0.1", user=str(os.geteuid()))
        self.assertEqual(exposures(configuration, around), [])

    def test_policy(self) -> None:
        """
        Operands of a PORT statement, and all labels of a key database with its default key first.
        """
        self.assertEqual(self.configuration().ports[0].policy, PLAIN)
        path = makeDatabase(self.mktemp() + ".kdb", [makeServer(self.authority, label=name) for name in ("A", "B")])
        with Database.openStashed(path) as database:
            database.setDefault("B")
        (port,) = self.configuration(certificate=path, operands="strict ALPN h2 CLIENTCERTCHECK FULL").ports
        self.assertEqual((port.label, port.policy.strict, port.policy.alpn), ("B", True, ("h2",)))
        self.assertEqual(port.policy.labels, (PortLabel("B", "REQUIRED"), PortLabel("A", "REQUIRED")))

    def test_clients(self) -> None:
        """
        Who may come to the port, and how many connections an address has at most.
        """
        (port,) = self.configuration(operands="ALLOW 192.0.2.0/24 DENY 192.0.2.7").ports
        self.assertEqual((port.allow, port.deny, port.policy), (("192.0.2.0/24",), ("192.0.2.7/32",), PLAIN))
        listen, connect = "127.0.0.1:8443", "127.0.0.1:8080"
        made = oneLineConfiguration(listen, connect, self.certificate, 1, 1, Routing.FILL, peerLimit=7)
        self.assertEqual((made.limits.foreign, self.configuration().limits.foreign), (7, 0))
        wrong = {"listen": listen, "connect": connect, "certificate": self.certificate, "servers": 1}
        error = self.assertRaises(
            OperatorError, oneLineConfiguration, **wrong, maxPerServer=1, routing=Routing.FILL, peerLimit=-1
        )
        self.assertIn("SSLP004E --peer-limit", str(error))

    def test_truncation(self) -> None:
        """
        What becomes of an end without close_notify.
        """
        for operands, expected in (("", ""), ("TRUNCATION reset", "RESET"), ("TRUNCATION LENIENT", "LENIENT")):
            (port,) = self.configuration(operands=operands).ports
            self.assertEqual(port.terms.truncation, expected)

    def test_wrongPolicy(self) -> None:
        """
        What is no such operand is refused.
        """
        for wrong in ("ALPN", "FOO", "BIND ::1", "NOAUTOLOG", "2 TCP X", "CLIENTCERTCHECK MAYBE", "OTHER", "ALLOW x"):
            self.assertIn("SSLP004E --port", self.refused(operands=wrong), wrong)

    def test_configuration(self) -> None:
        """
        One port, one application, and as many members as there are servers.
        """
        made = self.configuration()
        self.assertEqual(made.members, ("SSL00001", "SSL00002", "SSL00003"))
        self.assertEqual((made.limits.maxSessions, made.limits.maxPerServer), (300, 100))
        self.assertEqual((made.stack, made.limits.routing), ("TCPIP", Routing.SPREAD))
        [port] = made.ports
        self.assertEqual((port.number, port.bind, port.address), (8443, "127.0.0.1", "127.0.0.1:8080"))
        self.assertEqual(made.keyFile, os.path.abspath(self.certificate))

    def test_label(self) -> None:
        """
        The port uses the first label that has its key.
        """
        database = makeDatabase(self.mktemp() + ".kdb", [makeServer(self.authority, label="MAILCERT")])
        self.assertEqual(self.configuration(certificate=database).ports[0].label, "MAILCERT")

    def test_path(self) -> None:
        """
        The application may be a UNIX socket.
        """
        self.assertEqual(self.configuration(connect="/run/application").ports[0].address, "/run/application")

    def test_refused(self) -> None:
        """
        An option that cannot be used is named, with what was read.
        """
        self.assertEqual(
            self.refused(listen="8443"), "SSLP004E --listen: 8443 is not an address and a port, such as 127.0.0.1:8443"
        )
        self.assertEqual(self.refused(connect=":80"), "SSLP004E --connect: :80 names no host")
        self.assertEqual(self.refused(connect="*:80"), "SSLP004E --connect: *:80 names no host")
        self.assertIn(f"0 is not between 1 and {MOST_SERVERS}", self.refused(servers=0))
        self.assertIn(f"257 is not between 1 and {MOST_SERVERS}", self.refused(servers=257))
        self.assertIn(f"10001 is not between 1 and {MOST_PER_SERVER}", self.refused(maxPerServer=10001))

    def test_certificate(self) -> None:
        """
        So is a certificate file that is missing, or has no key.
        """
        self.assertIn("/nowhere.pem", self.refused(certificate="/nowhere.pem"))
        path = writeCertificates(self.mktemp() + ".pem", self.authority.certificate)
        self.assertTrue(self.refused(certificate=path).startswith("SSLP"))
        empty = makeDatabase(self.mktemp() + ".kdb")
        self.assertIn("holds no certificate with its key", self.refused(certificate=empty))

    def test_listening(self) -> None:
        """
        The port has a numeric address as the system has it, or all.
        """
        for listen, expected in (
            (":8443", None),
            ("[::ffff:127.0.0.1]:8443", "127.0.0.1"),
            ("[0:0:0:0:0:0:0:1]:8443", "::1"),
            ("0.0.0.0:8443", "0.0.0.0"),
            ("[::]:8443", None),
        ):
            [port] = self.configuration(listen).ports
            self.assertEqual(port.bind, expected, listen)

    def test_listeningName(self) -> None:
        """
        The port has all addresses that a name has and that are this machine's; where none is, those are named later.
        """
        found = {"localhost": loopbacks(), "web.example": ("127.0.0.1", "127.0.0.2"), "away.example": ("198.51.100.1",)}

        def getaddrinfo(host: str, port: int, **options: object) -> list[tuple[object, ...]]:
            addresses = found.get(host, (host,))
            return [(socket.AF_INET6 if ":" in each else socket.AF_INET, 0, 0, "", (each, port)) for each in addresses]

        self.patch(socket, "getaddrinfo", getaddrinfo)
        for name, expected in found.items():
            ports = self.configuration(f"{name}:8443").ports
            self.assertEqual(tuple(port.bind for port in ports), expected)
            self.assertEqual({(port.number, port.address) for port in ports}, {(8443, "127.0.0.1:8080")})

    def test_authority(self) -> None:
        """
        An authority with its key is no certificate for the port.
        """
        path = makeDatabase(self.mktemp() + ".kdb", [makeServer(self.authority, label="WEBCERT")])
        with Database.openStashed(path) as database:
            database.add(selfSigned("CA", "Our CA", (), usage="authority"))
            database.setDefault("CA")
        self.assertEqual(labelsOf(self.configuration(certificate=path).ports[0]), ("WEBCERT",))

    def test_nobody(self) -> None:
        """
        An address to which nobody can connect is refused, and a name that is not known.
        """
        self.assertIn("needs its interface", self.refused(listen="[fe80::1]:8443"))
        self.assertIn("SSLP004E --listen: no.such.host.invalid:8443", self.refused(listen="no.such.host.invalid:8443"))


class SplitAddressTests(SynchronousTestCase):
    """
    L{splitAddress} takes addresses apart.
    """

    def test_forms(self) -> None:
        """
        Host or numeric address, IPv6 in brackets, or none for all addresses.
        """
        for text, expected in {
            "127.0.0.1:8443": ("127.0.0.1", 8443),
            "localhost:1": ("localhost", 1),
            "[::1]:65535": ("::1", 65535),
            ":8443": (None, 8443),
            "*:8443": (None, 8443),
        }.items():
            self.assertEqual(splitAddress("--listen", text), expected)

    def test_refused(self) -> None:
        """
        Everything else is refused.
        """
        for text in (
            "", ":", "host", "host:", "host:http", "host:0", "host:65536", "host:-1", "host:8_0", "host:٨٠",
            "::1:80", "[::1:80", "::1]:80", "[host]:80", "[::1]",
        ):  # fmt: skip
            self.assertRaises(OperatorError, splitAddress, "--listen", text)
