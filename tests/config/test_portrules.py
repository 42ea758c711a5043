"""
Tests for L{sslpool.config.portrules}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.changes import changes
from sslpool.config.portpolicy import PLAIN, NamePattern, PortPolicy
from sslpool.config.portrules import Taken
from sslpool.config.values import overlap
from tests.config.support import assembled, places
from tests.growth import assertLinear

HEAD = "SSLSERVERID *\n"
APPLICATION = ":nick.WEBSERV :type.server :address.127.0.0.1:8080 :command.x\n"


POOL = ":nick.SSL* :type.server :class.ssl :stack.TCPIP :admin_id_list.MAINT :parms. KEYFILE k.kdb\n"


ADDRESSES = st.sampled_from([None, "0.0.0.0", "127.0.0.1", "192.0.2.1", "::", "::1", "2001:db8::1"])


class TakenTests(SynchronousTestCase):
    """
    Who has a port.
    """

    @given(st.lists(ADDRESSES, max_size=8), ADDRESSES)
    def test_overlap(self, before: list[str | None], bind: str | None) -> None:
        """
        The first of those before with whom an address overlaps has it.
        """
        taken: Taken[int] = Taken()
        for index, each in enumerate(before):
            taken.add(each, index)
        expected = next((index for index, each in enumerate(before) if overlap(each, bind)), None)
        self.assertEqual(taken.rival(bind), expected)

    def test_many(self) -> None:
        """
        Thousands of entries for one port, by address or again and again, and of applications take linear time.
        """

        def addresses(size: int) -> str:
            return "".join(f"443 TCP A BIND 10.1.{n >> 8}.{n & 255} SECURE B\n" for n in range(size))

        def applications(size: int) -> str:
            return "".join(f":nick.APP{n} :type.server :address.127.0.0.1:{n + 1}\n" for n in range(size))

        def ports(size: int) -> str:
            return "".join(f"{n + 1} TCP APP{n} SECURE B\n" for n in range(size))

        assertLinear(lambda size: assembled({"PROFILE.TCPIP": "PORT\n" + addresses(size)}), 2_000)
        assertLinear(lambda size: assembled({"PROFILE.TCPIP": "PORT\n" + "443 TCP A SECURE B\n" * size}), 4_000)
        assertLinear(
            lambda size: assembled({
                "SYSTEM.DTCPARMS": applications(size),
                "PROFILE.TCPIP": "PORT\n" + ports(size),
            }),
            4_000,
        )  # fmt: skip


class PolicyTests(SynchronousTestCase):
    """
    What ports ask of clients.
    """

    def policies(self, profile: str, tags: str = "", pool: str = "") -> tuple[list[PortPolicy], list[str]]:
        """
        Return the policies of the ports, and the ids of what was found.
        """
        servers = f"{POOL}{pool}\n{APPLICATION}{tags}\n"
        assembly = assembled({"PROFILE.TCPIP": HEAD + profile, "SYSTEM.DTCPARMS": servers})
        ports = () if assembly.configuration is None else assembly.configuration.ports
        return [port.policy for port in ports], [messageId for messageId, _, _ in places(assembly)]

    def test_plain(self) -> None:
        """
        A port that asks for nothing is seen to.
        """
        for profile in ("PORT 443 TCP WEBSERV SECURE A", "PORT 443 TCP WEBSERV SECURE A CLIENTCERTCHECK NONE DEPTH 9"):
            self.assertEqual(self.policies(profile), ([PLAIN], []))

    def test_stricter(self) -> None:
        """
        Of what the port and what the label asks, the stricter counts, for each label.
        """
        pool = ":clientcertcheck. A PREFERRED, B full ,C NONE"
        (policy,), found = self.policies("PORT 443 TCP WEBSERV SECURE A B C D", pool=pool)
        self.assertEqual([each.check for each in policy.labels], ["PREFERRED", "REQUIRED", "NONE", "NONE"])
        (policy,), _ = self.policies("PORT 443 TCP WEBSERV SECURE A B D CLIENTCERTCHECK PREFERRED", pool=pool)
        self.assertEqual([each.check for each in policy.labels], ["PREFERRED", "REQUIRED", "PREFERRED"])
        self.assertEqual(found, [])
        found = self.policies("PORT 443 TCP WEBSERV SECURE B", pool=pool)[1]
        self.assertEqual(found, ["SSLP608W", "SSLP608W"])

    def test_rules(self) -> None:
        """
        The rules of the application are those of its ports, where these ask for a certificate.
        """
        tags = ':clientcert.CN="Jane D*" OU=Ops, dns=*.Example.com URI=spiffe://x/[y]?'
        (policy,), found = self.policies("PORT 443 TCP WEBSERV SECURE A CLIENTCERTCHECK REQUIRED DEPTH 1", tags)
        self.assertEqual((policy.depth, found), (1, []))
        self.assertEqual(
            policy.rules,
            (
                (NamePattern("CN", "Jane D*"), NamePattern("OU", "Ops")),
                (NamePattern("DNS", "*.Example.com"), NamePattern("URI", "spiffe://x/[y]?")),
            ),
        )
        self.assertEqual(self.policies("PORT 443 TCP WEBSERV SECURE A", tags), ([PLAIN], ["SSLP603W"]))

    def test_wrong(self) -> None:
        """
        What is no rule, and what is no level.
        """
        port = "PORT 443 TCP WEBSERV SECURE A CLIENTCERTCHECK REQUIRED"
        for wrong in ("CN", "CN=", "MAIL=x", "CN=a,,CN=b", "CN=a,", ",", 'CN="a', "CN=a;b CN=c d", 'CN="a"b'):
            self.assertEqual(self.policies(port, f":clientcert.{wrong}")[1], ["SSLP202E"], wrong)
        for wrong in ("A", "A MAYBE", "toolonglabel NONE", "A NONE,", "A NONE B NONE"):
            self.assertEqual(self.policies(port, pool=f":clientcertcheck.{wrong}")[1], ["SSLP202E"], wrong)
        self.assertEqual(self.policies(port, pool=":clientcertcheck.A NONE, A FULL")[1], ["SSLP287W"])

    def test_changes(self) -> None:
        """
        A change of what a port asks is a change that a running stack takes, in the operator's words.
        """
        before, after = (
            assembled({"PROFILE.TCPIP": HEAD + profile, "SYSTEM.DTCPARMS": POOL + APPLICATION}).configuration
            for profile in (
                "PORT 443 TCP WEBSERV SECURE A",
                "PORT 443 TCP WEBSERV SECURE A B STRICT ALPN h2 CLIENTCERTCHECK REQUIRED",
            )
        )
        assert before is not None
        assert after is not None
        (change,) = changes(before, after)
        self.assertTrue(change.running)
        self.assertIn("SECURE A CLIENTCERTCHECK REQUIRED DEPTH 4 B CLIENTCERTCHECK", change.after)
        self.assertTrue(change.after.endswith("STRICT ALPN h2"), change.after)


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
            ("PORT 992 TCP INTCLIEN SECURE A", []),
            ("PORT 443 TCP * SECURE A", [("SSLP221E", 2)]),
            (f"PORT 443 {secure}\n443 {secure}", [("SSLP218E", 3)]),
            (f"PORT 443 {secure} BIND ::1\n443 {secure}", [("SSLP218E", 3)]),
            (f"PORT 443 {secure}\n443 {secure} BIND ::1", [("SSLP218E", 3)]),
            (f"PORT 443 {secure} BIND 127.0.0.1\n443 {secure} BIND ::1", []),
            (f"PORT 443 {secure} BIND 0.0.0.0\n443 {secure} BIND 127.0.0.1", [("SSLP218E", 3)]),
            (f"PORT 443 {secure} BIND ::1\n443 {secure} BIND ::", [("SSLP218E", 3)]),
            (f"PORT 443 {secure} BIND ::1\n443 {secure} BIND 0:0:0:0:0:0:0:1", [("SSLP218E", 3)]),
            (f"PORT 443 {secure} BIND ::ffff:127.0.0.1\n443 {secure} BIND 127.0.0.1", [("SSLP218E", 3)]),
            (f"PORT 443 {secure} BIND ::\n443 {secure} BIND 127.0.0.1", []),
            (f"PORT 443 {secure} BIND fe80::1%eth0\n443 {secure} BIND fe80::1%eth1", []),
            (f"PORT 443 {secure}\n443 TCP OTHER", [("SSLP218E", 3)]),
            (f"PORT 443 {secure}\n443 UDP OTHER", []),
            (f"PORT 443 {secure}\n21 TCP A\n21 TCP B", []),
            (f"PORT 8080 {secure}", [("SSLP223E", 2)]),
            (f"PORT 8080 {secure} BIND 192.0.2.1", []),
            (f"PORT 8080 {secure} BIND 127.0.0.1", [("SSLP223E", 2)]),
            (f"PORT 8080 {secure} BIND ::ffff:127.0.0.1", [("SSLP223E", 2)]),
            (f"PORT 8080 {secure} BIND 0.0.0.0", [("SSLP223E", 2)]),
            (f"PORT 8080 {secure} BIND ::", []),
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

    def test_truncation(self) -> None:
        """
        The word of the port precedes that of the application; without either it is left to the protocol.
        """
        servers = f"{APPLICATION}:truncation.reset\n:nick.FILES :type.server :address.h:1 :dynamic.FTP :tlslabel.A\n"
        profile = (
            f"{HEAD}PORT 443 TCP WEBSERV SECURE A\n444 TCP WEBSERV SECURE A TRUNCATION LENIENT\n"
            "21 TCP FILES\n990 TCP FILES SECURE A TRUNCATION RESET\n25 TCP WEBSERV SECURECLIENT h:1"
        )
        assembly = assembled({"PROFILE.TCPIP": profile, "SYSTEM.DTCPARMS": servers})
        assert assembly.configuration is not None
        found = {port.number: port.terms.truncation for port in assembly.configuration.ports}
        self.assertEqual(found, {443: "RESET", 444: "LENIENT", 21: "", 990: "RESET", 25: ""})
        self.assertEqual(self.found("PORT 443 TCP WEBSERV SECURE A", f"{APPLICATION}:truncation.no"), [("SSLP202E", 2)])
        idle = "PORT 443 TCP WEBSERV SECURE A\n80 TCP WEBSERV TRUNCATION RESET\n9 UDP WEBSERV TRUNCATION RESET"
        self.assertEqual(self.found(idle), [("SSLP289W", 3), ("SSLP289W", 4)])

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


class AccessTests(SynchronousTestCase):
    """
    Who may come to ports.
    """

    def test_kinds(self) -> None:
        """
        Every port on which the stack listens has its lists: secure ones, each entry for itself,
        those of the secure client, and the manhole's.
        """
        profile = (
            "PORT 443 TCP WEBSERV SECURE A BIND 192.0.2.1 ALLOW 10.0.0.0/8\n"
            "443 TCP WEBSERV SECURE A BIND 192.0.2.2 DENY 10.0.0.0/8\n"
            "25 TCP WEBSERV SECURECLIENT mail.example:465 DENY ::/0\n"
            "992 TCP INTCLIEN SECURE A ALLOW 192.0.2.7\n80 TCP WEBSERV ALLOW 10.0.0.0/8"
        )
        files = {"PROFILE.TCPIP": HEAD + profile, "SYSTEM.DTCPARMS": f"{POOL}\n{APPLICATION}\n"}
        assembly = assembled(files)
        assert assembly.configuration is not None
        found = [(port.number, port.allow, port.deny) for port in assembly.configuration.ports]
        expected = [
            (443, ("10.0.0.0/8",), ()),
            (443, (), ("10.0.0.0/8",)),
            (25, (), ("::/0",)),
            (992, ("192.0.2.7/32",), ()),
        ]
        self.assertEqual(found, expected)
        self.assertTrue(assembly.configuration.ports[-1].manhole)
        self.assertIn(("SSLP150W", "PROFILE.TCPIP", 6), places(assembly))
