"""
Tests for L{sslpool.config.exposure}.
"""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Configuration, Machine, Position
from sslpool.config.exposure import KINDS, LocalSystem, exposures, kindOf
from tests.config.support import assembled

HERE = LocalSystem(others={4: "192.0.2.2", 6: "2001:db8::2"})
ROOT = evolve(HERE, root=True)
PORT = "7777 TCP APPL SECURE A"


class ExposureTests(SynchronousTestCase):
    """
    What is said of applications, and of servers.
    """

    def configuration(self, tags: str, ports: str = PORT, machine: Machine | None = None) -> Configuration:
        """
        Return a configuration with one application.
        """
        files = {
            "PROFILE.TCPIP": f"SSLSERVERID *\nPORT\n{ports}\n",
            "SYSTEM.DTCPARMS": f":nick.APPL :type.server\n{tags}\n",
        }
        configuration = assembled(files).configuration
        assert configuration is not None
        return configuration if machine is None else evolve(configuration, machine=machine)

    def said(
        self, tags: str, ports: str = PORT, around: LocalSystem = HERE, machine: Machine | None = None
    ) -> list[str]:
        """
        Return what is said, with its place.
        """
        return [str(each) for each in exposures(self.configuration(tags, ports, machine), around)]

    def test_known(self) -> None:
        """
        Of a kind that is known: who clients are to it, what it lets them do, the address that is another,
        and how to say that nothing is to change.
        """
        self.assertEqual(
            self.said(":address.127.0.0.1:25"),
            [
                "SYSTEM.DTCPARMS:2: SSLP226W APPL at 127.0.0.1:25 sees every client of the pool as 127.0.0.1: "
                "Postfix (mynetworks) and Exim (relay_from_hosts) relay for it, to anywhere, as they are installed. "
                ":source.192.0.2.2 shows it another address; :source.127.0.0.1 accepts this"
            ],
        )

    def test_addresses(self) -> None:
        """
        Each loopback address, by name and by number; an address of the other family is suggested only there.
        """
        for address, host, other in (
            ("127.0.0.2:6379", "127.0.0.1", "192.0.2.2"),
            ("localhost:6379", "127.0.0.1", "192.0.2.2"),
            ("[::1]:6379", "::1", "2001:db8::2"),
            ("[::ffff:127.0.0.1]:6379", "127.0.0.1", "192.0.2.2"),
            ("0.0.0.0:6379", "127.0.0.1", "192.0.2.2"),
            ("[::]:6379", "::1", "2001:db8::2"),
            ("Store.LocalHost:6379", "127.0.0.1", "192.0.2.2"),
            ("this.example:6379", "127.0.0.1", "192.0.2.2"),
            ("ip6-localhost:6379", "::1", "2001:db8::2"),
        ):
            around = evolve(HERE, names={"this.example": "127.0.1.1", "ip6-localhost": "::1"})
            [text] = self.said(f":address.{address}", around=around)
            self.assertIn(f"the pool as {host}: the protected mode of Redis", text)
            self.assertIn(f":source.{other} shows it another address; :source.{host} accepts", text)
        [text] = self.said(":address.[::1]:6379", around=LocalSystem(others={4: "192.0.2.2"}))
        self.assertIn(":source. can show it another address; :source.::1 accepts", text)

    def test_elsewhere(self) -> None:
        """
        Nothing is said of applications at other addresses, on other machines, and of remote hosts.
        """
        for address in ("192.0.2.2:25", "[2001:db8::2]:25", "app.example:25"):
            self.assertEqual(self.said(f":address.{address}"), [], address)
        self.assertEqual(self.said(":address.127.0.0.1:25", "2525 TCP APPL SECURECLIENT 127.0.0.1:465"), [])

    def test_thoughtOf(self) -> None:
        """
        With C{:source.}, whichever it is, somebody has thought of it.
        """
        for source in ("127.0.0.1", "192.0.2.2"):
            self.assertEqual(self.said(f":address.127.0.0.1:25 :source.{source}"), [])

    def test_lacking(self) -> None:
        """
        An address that this machine does not have now is said, with its line.
        """
        around = evolve(HERE, lacking=frozenset({"192.0.2.9"}))
        self.assertEqual(
            self.said(":address.127.0.0.1:25\n:source.192.0.2.9", around=around),
            [
                "SYSTEM.DTCPARMS:3: SSLP229W "
                "The source address of APPL, 192.0.2.9, is not an address of this machine now"
            ],
        )

    def test_once(self) -> None:
        """
        Once for an application, however many ports it has.
        """
        ports = "465 TCP APPL SECURE A\n7777 TCP APPL SECURE A BIND 127.0.0.1\n7777 TCP APPL SECURE A BIND 127.0.0.2"
        self.assertEqual([each.split()[1] for each in self.said(":address.127.0.0.1:9", ports)], ["SSLP226W"])

    def test_general(self) -> None:
        """
        Of kinds that nobody knows there is one sentence, which is no warning.
        """
        [text] = self.said(":address.127.0.0.1:4711")
        self.assertIn("SSLP227I APPL at 127.0.0.1:4711 sees every client of the pool as 127.0.0.1: what it", text)

    def test_kinds(self) -> None:
        """
        The protocol counts before the application's port, and that before the ports that lead to it.
        """

        def trusts(number: int, ports: str, dynamic: str = "") -> str:
            configuration = self.configuration(f":address.127.0.0.1:{number} {dynamic}", ports)
            kind = kindOf(number, list(configuration.ports))
            return "" if kind is None else kind.trusts.split()[0]

        self.assertEqual(trusts(6379, "25 TCP APPL", ":dynamic.SMTP :tlslabel.A"), "Postfix")
        self.assertEqual(trusts(80, "25 TCP APPL", ":dynamic.XMPP :tlslabel.A"), "")
        self.assertEqual(trusts(11211, "6380 TCP APPL SECURE A"), "memcached")
        self.assertEqual(trusts(9, "993 TCP APPL SECURE A"), "Dovecot")
        self.assertEqual(trusts(9, PORT), "")
        numbers = [number for kind in KINDS for number in kind.ports]
        self.assertEqual(len(numbers), len(set(numbers)))

    def test_wanted(self) -> None:
        """
        Where another address would do harm it is not suggested.
        """
        [text] = self.said(":address.127.0.0.1:143")
        self.assertIn("Another address would have it refuse passwords; :source.127.0.0.1 accepts", text)
        self.assertNotIn("192.0.2.2", text)

    def test_socket(self) -> None:
        """
        Behind a UNIX socket everybody is root where the servers are; not where they are somebody else, and
        not where somebody has said that they are to be root.
        """
        tags = ":address./run/slapd/ldapi"
        texts = self.said(tags, around=ROOT)
        self.assertEqual([each.split()[1] for each in texts], ["SSLP275W", "SSLP228W"])
        self.assertTrue(texts[1].startswith("SYSTEM.DTCPARMS:2: SSLP228W APPL at /run/slapd/ldapi sees every client"))
        for machine in (Machine(uid=990), Machine(uid=0)):
            self.assertEqual(self.said(tags, around=ROOT, machine=machine), [])
        self.assertEqual(self.said(tags), [])

    def test_root(self) -> None:
        """
        Servers of a stack that root runs are said to be root, where nothing makes them somebody else; a group
        alone does not.
        """
        expected = (
            "USER.DIRECT: SSLP275W The SSL servers run as root, as the stack does: POSIXINFO UID in the entry of SSL "
            "or its profile gives them a user of their own"
        )
        tags = ":address.192.0.2.2:25"
        for machine in (Machine(), Machine(gid=5), Machine(group="sslpool")):
            self.assertEqual(self.said(tags, around=ROOT, machine=machine), [expected])
        self.assertEqual(self.said(tags, around=ROOT, machine=Machine(uid=5)), [])
        self.assertEqual(self.said(tags), [])

    def test_demonstration(self) -> None:
        """
        Not those of the demonstration, whose files are for the user who starts it alone.
        """
        configuration = self.configuration(":address.192.0.2.2:25")
        ports = tuple(evolve(port, position=Position("--demo", 0)) for port in configuration.ports)
        self.assertEqual(exposures(evolve(configuration, ports=ports), ROOT), [])
