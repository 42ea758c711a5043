"""
Tests for L{sslpool.stack.front.ports}.
"""

from __future__ import annotations

import errno
import os
import socket

from attrs import evolve
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position, SecurePort
from sslpool.config.portpolicy import PortLabel, PortPolicy, SessionTerms
from sslpool.config.securing import DataConnections, Dynamic, Implicit, Outbound, Plain, Remote
from sslpool.stack.front import listeningsockets, portopening
from sslpool.stack.front.admission import Door
from sslpool.stack.front.listeningsockets import boundSocket, listeningSocket, wildcards
from sslpool.stack.front.portowners import TAKEN, Neighbours
from sslpool.stack.front.ports import FINAL, Ports
from sslpool.wire.assignment import Address, PortAssignment
from sslpool.wire.records import ListenerRecord
from tests.growth import assertLinear
from tests.logs import texts

APPLICATION = [Address(int(socket.AF_INET), "127.0.0.1", 8080)]


def securePort(
    number: int, bind: str | None = "127.0.0.1", address: str = "127.0.0.1:8080", label: str = "WEBCERT"
) -> SecurePort:
    """
    Return a PORT statement.
    """
    return SecurePort(number, "HTTPD", label, bind, address, Position("PROFILE.TCPIP", 7))


class PortsTests(SynchronousTestCase):
    """
    L{Ports} opens what can be opened.
    """

    def test_manyLacking(self) -> None:
        """
        Thousands of labels of one port that the key database lacks are named in linear time, and
        those behind thousands of names are found.
        """
        self.patch(portopening, "_open", lambda entry, neighbours: None)

        def lacking(size: int) -> None:
            policy = PortPolicy(tuple(PortLabel(f"L{n}") for n in range(size)))
            problems = Ports([evolve(securePort(443), policy=policy)]).open({"WEBCERT"})[1]
            self.assertEqual(len(problems), size)

        def names(size: int) -> None:
            ports = Ports([securePort(1 + n, address=f"a{n}.example:1") for n in range(size)])
            for n in range(size):
                self.assertEqual(len(ports.learn(f"a{n}.example:1", APPLICATION)), 1)

        assertLinear(lacking, 8_000)
        assertLinear(names, 4_000)

    def ports(self, *statements: SecurePort) -> Ports:
        """
        Return the ports of these statements.
        """
        return Ports(statements)

    def open(self, ports: Ports, labels: set[str] | None = None) -> tuple[list[int], list[str]]:
        """
        Open the ports; return keys and messages.
        """
        opened, problems = ports.open({"WEBCERT"} if labels is None else labels)
        for _, listening in opened:
            self.addCleanup(listening.close)
        return [key for key, _ in opened], [str(problem) for problem in problems]

    def test_doors(self) -> None:
        """
        What is particular to clients is told by the keys of the sockets, each of which has the
        lists of its statement; it changes with the statement, and the keys stay.
        """
        plain, listed = securePort(8001), evolve(securePort(8002, None), deny=("10.0.0.0/8",))
        outbound = evolve(securePort(8003), securing=Outbound(Remote("example.org")))
        ports = self.ports(plain, listed, outbound)
        doors = ports.doors()
        expected = [Door(f"{host}:8002", deny=("10.0.0.0/8",)) for host in ("0.0.0.0", "[::]")[: len(wildcards())]]
        self.assertEqual(list(doors.values()), [*expected, Door("127.0.0.1:8003", counted=False)])
        changed = evolve(listed, allow=("192.0.2.0/24",), deny=())
        ports.replace(ports.entriesFor([plain, changed]))
        after = {key: door.allow for key, door in ports.doors().items()}
        self.assertEqual(after, {key: ("192.0.2.0/24",) for key in list(doors)[: len(wildcards())]})

    def occupied(self, *families: socket.AddressFamily) -> int:
        """
        Return the number of a port that is in use on the loopback address of each family.
        """
        number = 0
        for family in families:
            host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
            other = listeningSocket(host, number)
            self.addCleanup(other.close)
            number = other.getsockname()[1]
        return number

    def test_open(self) -> None:
        """
        A port with its label is opened and listed.
        """
        ports = self.ports(securePort(0))
        self.assertEqual([each.state for each in ports.records()], ["Closed"])
        [assignment] = ports.assignments()
        self.assertEqual(self.open(ports), ([assignment.key], []))
        self.assertEqual(ports.records(), [ListenerRecord("HTTPD", "127.0.0.1:0", "WEBCERT", "127.0.0.1:8080")])
        expected = PortAssignment(assignment.key, "127.0.0.1:0", "HTTPD", "WEBCERT", tuple(APPLICATION))
        self.assertEqual(assignment, evolve(expected, target="127.0.0.1:8080"))
        [assignment] = self.ports(evolve(securePort(0), terms=SessionTerms("RESET"))).assignments()
        self.assertEqual(assignment.terms.truncation, "RESET")

    def test_farewell(self) -> None:
        """
        Clients of a dynamic port are told in its protocol that no server takes
        them; those who expect TLS from the beginning would not understand it.
        """
        clear = evolve(securePort(0, "::1"), securing=Dynamic("FTP", "REQUIRED"))
        implicit = evolve(securePort(0, "127.0.0.1"), securing=Implicit("FTP", DataConnections()))
        ports = Ports([clear, implicit, securePort(0, "127.0.0.2")])
        told = {each.local: ports.lastWords(each.key) for each in ports.assignments()}
        self.assertEqual(
            told, {"[::1]:0": b"421 Temporarily unable to process security\r\n", "127.0.0.1:0": b"", "127.0.0.2:0": b""}
        )
        self.assertEqual(ports.lastWords(99), b"")

    def test_labelsInUse(self) -> None:
        """
        Labels in use are all those of the ports that are open; a port that is never secured has none.
        """
        several = evolve(securePort(0), policy=PortPolicy((PortLabel("WEBCERT"), PortLabel("OTHER"))))
        never = evolve(securePort(0, "::1", label=""), securing=Dynamic("SMTP", "NEVER"))
        ports = self.ports(several, never, securePort(0, "127.0.0.2", label="MISSING"))
        self.assertEqual(ports.labelsInUse(), set())
        self.open(ports, {"WEBCERT", "OTHER", "UNUSED"})
        self.assertEqual(ports.labelsInUse(), {"WEBCERT", "OTHER"})

    def test_allAddresses(self) -> None:
        """
        Without BIND there is one socket for each family, with the same port.
        """
        self.patch(listeningsockets, "wildcards", lambda: ("0.0.0.0", "::"))
        locals_ = [each.local for each in self.ports(securePort(8443, None)).assignments()]
        self.assertEqual(locals_, ["0.0.0.0:8443", "[::]:8443"])
        self.assertEqual(wildcards()[0], "0.0.0.0")

    def test_wildcardOpens(self) -> None:
        """
        Both can be opened side by side.
        """
        number = self.occupied(socket.AF_INET)
        self.doCleanups()
        keys, problems = self.open(self.ports(securePort(number, None)))
        self.assertEqual((len(keys), problems), (len(wildcards()), []))

    def test_labelMissing(self) -> None:
        """
        A port whose label is missing is not opened, which is said once for both families; others are.
        """
        ports = self.ports(securePort(8443, None, label="NOTTHERE"), securePort(0))
        keys, problems = self.open(ports)
        self.assertEqual(keys, [ports.assignments()[-1].key])
        self.assertEqual(problems, ["SSLP020E Port 8443 is not opened: label NOTTHERE is not in the key database"])

    def test_reopen(self) -> None:
        """
        When the label is there, the port is opened; what is open stays as it is.
        """
        ports = self.ports(securePort(0), securePort(0, label="LATER"))
        first, second = (assignment.key for assignment in ports.assignments())
        self.assertEqual(self.open(ports)[0], [first])
        self.assertEqual(self.open(ports, {"WEBCERT", "LATER"}), ([second], []))
        self.assertEqual(self.open(ports, {"WEBCERT", "LATER"}), ([], []))

    def test_inUse(self) -> None:
        """
        A port that another program has is not opened, and the message says so.
        """
        number = self.occupied(socket.AF_INET)
        keys, problems = self.open(self.ports(securePort(number)))
        self.assertEqual(
            (keys, problems),
            ([], [f"SSLP021E 127.0.0.1:{number} is not opened: another program already listens there"]),
        )

    def test_inUseOnce(self) -> None:
        """
        Where the other program has it on IPv4 and IPv6, that is one message; two statements are two.
        """

        def busy(host: str, port: int) -> socket.socket:
            raise OSError(errno.EADDRINUSE, "Address already in use")

        self.patch(portopening, "boundSocket", busy)
        self.patch(Neighbours, "listens", lambda self, host, port: True)
        self.patch(listeningsockets, "wildcards", lambda: ("0.0.0.0", "::"))
        _, problems = self.open(self.ports(securePort(8443, None), securePort(9443, None)))
        self.assertEqual([text.split()[:2] for text in problems], [
            ["SSLP021E", "0.0.0.0:8443"], ["SSLP021E", "0.0.0.0:9443"],
        ])  # fmt: skip

    def test_badAddress(self) -> None:
        """
        An address that this machine does not have is a message with the system's reason.
        """
        _, [problem] = self.open(self.ports(securePort(8443, "192.0.2.1")))
        self.assertEqual(problem, "SSLP022E 192.0.2.1:8443 is not opened: Cannot assign requested address")

    def test_badName(self) -> None:
        """
        So is what is not an address at all, however long.
        """
        for host in ("no.such.host.invalid", "a" * 70):
            _, [problem] = self.open(self.ports(securePort(8443, host)))
            self.assertTrue(problem.startswith("SSLP022E"), problem)

    def test_announce(self) -> None:
        """
        An open port is announced with label and application; without a label as well.
        """
        clear = evolve(securePort(25, label=""), securing=Dynamic("SMTP", "NEVER"))
        ports = self.ports(securePort(8443), clear)
        with capturedLogs() as events:
            for assignment in ports.assignments():
                ports.announceOpen(assignment.key)
        self.assertEqual(
            texts(events),
            [
                "SSLP023I Listening on 127.0.0.1:8443 with label WEBCERT for HTTPD at 127.0.0.1:8080",
                "SSLP023I Listening on 127.0.0.1:25 with label none for HTTPD at 127.0.0.1:8080",
            ],
        )


class RetryTests(SynchronousTestCase):
    """
    What could not be opened is opened when the reason has passed.
    """

    def setUp(self) -> None:
        """
        Have two ports, of which one is for both families, and a system played by the test.
        """
        self.patch(listeningsockets, "wildcards", lambda: ("0.0.0.0", "::"))
        self.patch(portopening, "boundSocket", self.bound)
        self.closed: dict[str, int] = {}
        self.ports = Ports([securePort(8443, None), securePort(9443)])

    def bound(self, host: str, port: int) -> socket.socket:
        """
        Stands for the system.
        """
        if host in self.closed:
            raise OSError(self.closed[host], os.strerror(self.closed[host]))
        bound = socket.socket()
        self.addCleanup(bound.close)
        return bound

    def open(self) -> list[str]:
        """
        Try again; return what is new.
        """
        return [str(problem) for problem in self.ports.retry({"WEBCERT"})[1]]

    def closedPorts(self) -> dict[str, str]:
        """
        Return the ids of the reasons why ports are closed.
        """
        return {each.local: str(each.reason).split()[0] for each in self.ports.records() if each.state == "Closed"}

    def test_passing(self) -> None:
        """
        Each half of a port is opened by itself; a reason is said once, and again where it is another one.
        """
        self.closed = {"::": errno.EADDRNOTAVAIL, "127.0.0.1": errno.EACCES}
        first = self.open()
        self.assertEqual(
            first,
            [
                "SSLP022E [::]:8443 is not opened: Cannot assign requested address",
                "SSLP022E 127.0.0.1:9443 is not opened: Permission denied",
            ],
        )
        self.assertEqual([each.local for each in self.ports.records() if each.state == "Listen"], ["0.0.0.0:8443"])
        self.assertEqual(self.closedPorts(), {"[::]:8443": "SSLP022E", "127.0.0.1:9443": "SSLP022E"})
        self.assertEqual(self.open(), [])
        self.closed = {"127.0.0.1": errno.EADDRINUSE}
        self.assertEqual([text[:8] for text in self.open()], ["SSLP028E"])
        self.assertEqual(self.closedPorts(), {"127.0.0.1:9443": "SSLP028E"})
        self.closed.clear()
        self.assertEqual((self.open(), self.closedPorts()), ([], {}))

    def test_hopeless(self) -> None:
        """
        It is of no use to wait where every port lacks its label, or is taken where that counts as well.
        """
        self.assertFalse(self.ports.hopeless(FINAL))
        self.ports.open(set())
        self.assertTrue(self.ports.hopeless(FINAL))
        self.closed = {host: errno.EADDRINUSE for host in ("0.0.0.0", "::", "127.0.0.1")}
        self.patch(Neighbours, "listens", lambda self, host, port: True)
        self.open()
        self.assertEqual((self.ports.hopeless(FINAL), self.ports.hopeless((*FINAL, TAKEN))), (False, True))
        self.assertFalse(Ports([]).hopeless(FINAL))

    def test_waits(self) -> None:
        """
        A port whose application's name is not known is closed, and says so; a remote host's is open.
        """
        remote = evolve(securePort(25, address="mail.example:465", label=""), securing=Outbound(Remote("mail.example")))
        ports = Ports([securePort(8443, address="app.example:80"), remote])
        ports.open({"WEBCERT"})
        (closed,) = (each for each in ports.records() if each.state == "Closed")
        self.assertEqual(
            (closed.local, str(closed.reason)),
            ("127.0.0.1:8443", "SSLP050W The address app.example:80 of HTTPD is not known: it is being looked up"),
        )
        ports.names.unknown["app.example:80"] = "Try again"
        self.assertTrue(str(ports.records()[0].reason).endswith("is not known: Try again"))
        self.assertEqual([each.userid for each in ports.assignments() if each.securing == Plain()], [])
        (assignment,) = ports.learn("app.example:80", APPLICATION)
        self.assertEqual((assignment.addresses, ports.records()[0].reason), (tuple(APPLICATION), ""))
        self.assertEqual(ports.learn("app.example:80", APPLICATION), [])

    def test_source(self) -> None:
        """
        Servers are told from where to connect, and of the addresses behind a name those that fit.
        """
        ports = Ports([evolve(securePort(8443, address="app.example:80"), source="192.0.2.2")])
        four, six = Address(socket.AF_INET, "192.0.2.1", 80), Address(socket.AF_INET6, "2001:db8::1", 80)
        (assignment,) = ports.learn("app.example:80", [six, four])
        self.assertEqual((assignment.source, assignment.addresses), ("192.0.2.2", (four,)))
        _, entry = ports.entriesFor([evolve(securePort(8443), source="192.0.2.2")]).popitem()
        self.assertEqual(entry.assignment.source, "192.0.2.2")
        ports.replace(ports.entriesFor([]))
        self.assertEqual(ports.names.known("app.example:80"), ())


class SocketTests(SynchronousTestCase):
    """
    L{listeningSocket} sets what accepted sockets inherit.
    """

    def test_inherited(self) -> None:
        """
        Accepted sockets keep the connection alive and do not wait to fill segments.
        """
        listening = listeningSocket("127.0.0.1", 0)
        self.addCleanup(listening.close)
        client = socket.create_connection(listening.getsockname())
        self.addCleanup(client.close)
        accepted, _ = listening.accept()
        self.addCleanup(accepted.close)
        self.assertTrue(accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        self.assertTrue(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    def test_zone(self) -> None:
        """
        A link-local address is listened on in its zone; an interface that is not there is the system's error.
        """
        self.assertRaises(OSError, boundSocket, "fe80::1%nosuch0", 0)
        asked: list[object] = []
        self.patch(socket.socket, "bind", lambda self, address: asked.append(address))
        boundSocket("fe80::1%lo", 8443).close()
        self.assertEqual(asked, [("fe80::1", 8443, 0, socket.if_nametoindex("lo"))])

    def test_noIPv6(self) -> None:
        """
        A machine without IPv6 has one wildcard.
        """
        self.patch(socket, "has_dualstack_ipv6", lambda: False)
        self.patch(listeningsockets, "_hasIPv6", lambda: False)
        self.assertEqual(wildcards(), ("0.0.0.0",))
