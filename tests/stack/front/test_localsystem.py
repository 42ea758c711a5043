"""
Tests for L{sslpool.stack.front.localsystem}.
"""

from __future__ import annotations

import ipaddress
import socket

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Assembly
from sslpool.stack.front import localsystem
from sslpool.stack.front.localsystem import exposed, isOwn, others, ownIPv6, ownNames
from tests.config.support import assembled, etc

IF_INET6 = """fe80000000000000007c8bfffe6e7a25 02 40 20 80     eth0
00000000000000000000000000000001 01 80 10 80       lo
20010db8000000000000000000000002 02 40 00 80     eth0
"""


class LocalSystemTests(SynchronousTestCase):
    """
    What this machine says.
    """

    def test_others(self) -> None:
        """
        An address that is another one can be connected from, and is no loopback address.
        """
        for version, address in others().items():
            own = ipaddress.ip_address(address)
            self.assertEqual((own.version, own.is_loopback), (version, False))
            with socket.create_server((address, 0), family=socket.AF_INET6 if version == 6 else socket.AF_INET):
                pass

    def test_ownIPv6(self) -> None:
        """
        The kernel's list is read; there is none where there is no IPv6.
        """
        self.assertEqual(list(ownIPv6(IF_INET6)), ["fe80::7c:8bff:fe6e:7a25", "::1", "2001:db8::2"])
        self.assertEqual(list(ownIPv6("")), [])
        self.patch(localsystem, "IF_INET6", self.mktemp())
        self.assertNotIn(6, others())

    def test_ownNames(self) -> None:
        """
        Names of loopback addresses, as Debian's hosts(5) has them for the machine's own as well.
        """
        text = """127.0.0.1 localhost
127.0.1.1\tThis.example this # own
::1 localhost ip6-localhost
192.0.2.7 web
#127.0.0.1 nobody

bad line
"""
        expected = {"localhost": "127.0.0.1", "this.example": "127.0.1.1", "this": "127.0.1.1", "ip6-localhost": "::1"}
        self.assertEqual(ownNames(text), expected)
        self.assertEqual(ownNames(""), {})

    def test_lacking(self) -> None:
        """
        What this machine does not have is found out by trying.
        """
        configuration = assembled().configuration
        assert configuration is not None
        ports = [evolve(configuration.ports[0], source=each) for each in ("127.0.0.1", "198.51.100.1", "2001:db8::9")]
        around = localsystem.localSystem(evolve(configuration, ports=tuple(ports)))
        self.assertEqual(around.lacking, {"198.51.100.1", "2001:db8::9"})

    def test_exposed(self) -> None:
        """
        What is found goes behind what was found before; of what could not be read nothing is said.
        """
        servers = etc()["SYSTEM.DTCPARMS"].replace(":source.", ".* ")
        assembly = exposed(assembled({"SYSTEM.DTCPARMS": servers}))
        self.assertEqual(assembly.findings[-1].said.id, "SSLP226W")
        self.assertEqual(exposed(Assembly(None, ())), Assembly(None, ()))

    def test_isOwn(self) -> None:
        """
        An address is this machine's where the kernel's routes lead back to it, or where nobody can say,
        where one can listen on it.
        """
        answers = {"127.0.0.1": True, "127.9.9.9": True, "198.51.100.1": False, "2001:db8::9": False}
        answers |= dict.fromkeys(others().values(), True)
        for address, expected in answers.items():
            self.assertIs(isOwn(address), expected, address)
        self.patch(localsystem, "_RTM_GETROUTE", 0xFFFF)
        self.assertFalse(isOwn("127.0.0.1"))

        def closed(family: int, *arguments: int) -> socket.socket:
            if family == socket.AF_NETLINK:
                raise PermissionError(1, "Operation not permitted")
            return real(family, *arguments)

        real = socket.socket
        self.patch(socket, "socket", closed)
        self.assertEqual([isOwn("127.9.9.9"), isOwn("198.51.100.1")], [True, False])

    def test_circular(self) -> None:
        """
        Cleartext does not go to a secure port of the same stack, whatever that address is called here; the same
        number elsewhere is nobody's business.
        """
        self.patch(localsystem, "HOSTS", self.mktemp())
        with open(localsystem.HOSTS, "w", encoding="ascii") as file:
            file.write("127.0.0.1 localhost box\n")
        assembly = assembled()
        assert assembly.configuration is not None
        port = assembly.configuration.ports[0]
        elsewhere = ("198.51.100.1", "[2001:db8::9]", "other.example")
        spellings = ("127.1", "0.0.0.0", "0", "localhost", "box", "app.localhost", *others().values())
        for host in (*elsewhere, *spellings):
            address = f"[{host}]:{port.number}" if ":" in host.strip("[]") else f"{host}:{port.number}"
            address = address.replace("[[", "[").replace("]]", "]")
            ports = (evolve(port, bind=None, address=address),)
            found = exposed(Assembly(evolve(assembly.configuration, ports=ports), ()))
            circular = [each.said.id for each in found.findings] == ["SSLP223E"]
            self.assertIs(circular, host in spellings, host)

    def test_sample(self) -> None:
        """
        The configuration that comes with the product says what is known of its application.
        """
        self.assertNotIn("SSLP226W", [each.said.id for each in exposed(assembled()).findings])
