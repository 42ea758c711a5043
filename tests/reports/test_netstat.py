"""
Tests for L{sslpool.reports.netstat}.
"""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.reports.netstat import (
    ServedClient,
    clientLines,
    configurationLines,
    connectionLines,
    homeLines,
    homePorts,
    identityLines,
    servedClients,
)
from sslpool.reports.tables import WIDTH
from sslpool.wire.admission import AdmissionStatus
from sslpool.wire.records import ConnectionRecord, ListenerRecord
from tests.doubles.administration import poolStatus, serverStatus

POOL = poolStatus([serverStatus(1, sessions=600), serverStatus(2, "Eligible")])


class ConfigurationTests(SynchronousTestCase):
    """
    NETSTAT CONFIG SSL.
    """

    def test_layout(self) -> None:
        """
        The configuration and each member.
        """
        self.assertEqual(
            configurationLines(POOL, "1.2.3"),
            [
                "sslpool Netstat Level 1.2.3       TCP/IP Server Name: TCPIP",
                "",
                "SSL configuration:",
                "  SSLSERVERID *  TIMEOUT 30  ROUTING FILL",
                "  Maximum sessions:               1200   Current:     600   Peak:     600",
                "  Maximum sessions per server:     600",
                "",
                "  Server    State     Sessions  Max  Peak",
                "  --------  --------  --------  ---  ----",
                "  SSL00001  Active         600  600   600",
                "  SSL00002  Eligible         0  600     0",
            ],
        )

    def test_full(self) -> None:
        """
        That the pool is full is said.
        """
        self.assertIn("New connections wait", "\n".join(configurationLines(evolve(POOL, full=True), "1")))

    def test_clients(self) -> None:
        """
        Limits of clients and lists of ports are shown where there are any.
        """
        lists: dict[str, tuple[str, ...]] = {"ALLOW of [::]:443": ("2001:db8::/32",)}
        lists["DENY of [::]:443"] = ("2001:db8:1::/48",)
        admission = AdmissionStatus({"FOREIGNIPCONLIMIT": 9, "PEERRATE": 0}, ("10.0.0.0/8",), lists)
        lines = configurationLines(evolve(POOL, admission=admission), "1")
        expected = [
            "  Limits: FOREIGNIPCONLIMIT 9",
            "  Exempt: 10.0.0.0/8",
            "  Allow:  [::]:443: 2001:db8::/32",
            "  Deny:   [::]:443: 2001:db8:1::/48",
        ]
        self.assertEqual(lines[6:10], expected)
        networks = tuple(f"192.0.{number}.0/24" for number in range(99))
        many = configurationLines(evolve(POOL, admission=evolve(admission, lists={"DENY of [::]:443": networks})), "1")
        self.assertLessEqual(max(map(len, many)), WIDTH)


class ConnectionTests(SynchronousTestCase):
    """
    NETSTAT CONN.
    """

    def test_layout(self) -> None:
        """
        A table for each version of IP, listeners first, addresses with two points, any address as an asterisk.
        """
        listeners = [
            ListenerRecord("HTTPD", "0.0.0.0:443", "WEB", "127.0.0.1:80"),
            ListenerRecord("HTTPD", "[::]:443", "WEB", "127.0.0.1:80"),
            ListenerRecord("INTCLIEN", "[2001:db8::1]:992", "TEL", "/run/telnet", "Closed"),
        ]
        connections = [
            ConnectionRecord(17, "HTTPD", "192.0.2.1:443", "203.0.113.7:5000", "Established"),
            ConnectionRecord(18, "HTTPD", "[::]:443", "[2001:db8::7]:5000", "Established"),
        ]
        self.assertEqual(
            connectionLines("TCPIP", "1", listeners, connections)[2:],
            [
                "Active IPv4 Transmission Blocks:",
                "",
                "User Id  Conn  Local Socket    Foreign Socket     State",
                "-------  ----  --------------  -----------------  -----------",
                "HTTPD          *..443          *..*               Listen",
                "HTTPD      17  192.0.2.1..443  203.0.113.7..5000  Established",
                "",
                "Active IPv6 Transmission Blocks:",
                "",
                "User Id   Conn  Local Socket      Foreign Socket     State",
                "--------  ----  ----------------  -----------------  -----------",
                "HTTPD           *..443            *..*               Listen",
                "INTCLIEN        2001:db8::1..992  *..*               Closed",
                "HTTPD       18  *..443            2001:db8::7..5000  Established",
            ],
        )

    def test_path(self) -> None:
        """
        An address that is none stays as it is.
        """
        lines = connectionLines("TCPIP", "1", [ListenerRecord("A", "/run/a:b", "L", "x")], [])
        self.assertIn("/run/a:b", lines[-1])

    def test_none(self) -> None:
        """
        That there is nothing is said.
        """
        self.assertEqual(connectionLines("TCPIP", "1", [], [])[-1], "None")
        self.assertEqual(identityLines("TCPIP", "1", [])[-1], "None")

    def test_identities(self) -> None:
        """
        IDENTIFY SSL shows what secures a session, and how far one is that is not yet secure.
        """
        connections = [
            ConnectionRecord(
                17, "HTTPD", "192.0.2.1:443", "203.0.113.7:5000", "Established",
                "SSL00001", "WEB", "TLSv1.3", "TLS_AES_256_GCM_SHA384",
            ),
            ConnectionRecord(18, "HTTPD", "192.0.2.1:443", "203.0.113.7:5001", "Handshake", "SSL00002", "WEB"),
        ]  # fmt: skip
        self.assertEqual(
            identityLines("TCPIP", "1", connections)[4:],
            [
                "User Id  Conn  Foreign Socket     Server    Label  Protocol   Cipher",
                "-------  ----  -----------------  --------  -----  ---------  ----------------------",
                "HTTPD      17  203.0.113.7..5000  SSL00001  WEB    TLSv1.3    TLS_AES_256_GCM_SHA384",
                "HTTPD      18  203.0.113.7..5001  SSL00002  WEB    Handshake",
            ],
        )


class ClientTests(SynchronousTestCase):
    """
    NETSTAT CLIENTS and HOME.
    """

    def setUp(self) -> None:
        """
        Have two applications; one has three sessions with two hosts.
        """
        self.listeners = [
            ListenerRecord("WEB", "0.0.0.0:443", "A", "127.0.0.1:80"),
            ListenerRecord("WEB", "[2001:db8::1]:8443", "A", "127.0.0.1:80"),
            ListenerRecord("MAIL", "0.0.0.0:995", "A", "127.0.0.1:110"),
            ListenerRecord("MAIL", "192.0.2.1:993", "A", "127.0.0.1:143", "Closed"),
        ]
        clients = ("192.0.2.9:1", "192.0.2.9:2", "[2001:db8::9]:1")
        self.connections = [
            ConnectionRecord(number, "WEB", "192.0.2.1:443", client, "Established")
            for number, client in enumerate(clients)
        ]

    def test_clients(self) -> None:
        """
        Of each application ports, sessions and hosts are counted.
        """
        served = servedClients(self.listeners, self.connections)
        self.assertEqual(served, [ServedClient("MAIL", 2, 0, 0), ServedClient("WEB", 2, 3, 2)])
        self.assertEqual(
            clientLines("TCPIP", "1", served)[2:],
            [
                "Clients:",
                "",
                "User Id  Ports  Sessions  Foreign Hosts",
                "-------  -----  --------  -------------",
                "MAIL         2         0              0",
                "WEB          2         3              2",
            ],
        )
        self.assertEqual(clientLines("TCPIP", "1", [])[-1], "None")

    def test_home(self) -> None:
        """
        Each address stands there once, with the ports that are open.
        """
        ports = homePorts(self.listeners)
        self.assertEqual(ports, {"*": [443, 995], "2001:db8::1": [8443]})
        self.assertEqual(homeLines("TCPIP", "1", ports)[-2:], ["*            443 995", "2001:db8::1  8443"])
        self.assertEqual(homeLines("TCPIP", "1", {})[-1], "None")
