"""
Tests for L{sslpool.config.profile}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position
from sslpool.config.limits import Limits, Routing
from sslpool.config.profile import STATEMENTS, parseProfile
from sslpool.config.profilelists import Profile, ServerId
from sslpool.config.tokens import Findings
from sslpool.config.unused import PROFILE_BLOCKS, PROFILE_STATEMENTS
from tests.config.support import idsAndLines
from tests.growth import assertLinear


class ProfileTests(SynchronousTestCase):
    """
    The statements of PROFILE TCPIP.
    """

    def read(self, text: str) -> tuple[Profile, list[tuple[str, int]]]:
        """
        Return what a profile says, and id and line of each finding.
        """
        findings = Findings()
        return parseProfile("F", text, findings), idsAndLines(findings)

    def test_limits(self) -> None:
        """
        Every operand of SSLLIMITS is read, in any order and over several lines.
        """
        profile, found = self.read(
            "ssllimits maxsessions 100 maxpersslserver 50\n"
            "routing spread quiesce 1 handshake 2\nconnect 3 idle 0 wait 4"
        )
        self.assertEqual(profile.limits, Limits(100, 50, Routing.SPREAD, 1, 2, 3, 0, 4))
        self.assertEqual((profile.limitsPosition.line, found), (1, []))

    def test_clientLimits(self) -> None:
        """
        z/VM's limits have statements of their own, ours are in SSLLIMITS; 0 is none.
        """
        profile, found = self.read(
            "foreignipconlimit 200 PENDINGCONNECTIONLIMIT 500\nSSLLIMITS PEERRATE 20 HANDSHAKERATE 300 WAIT 5"
        )
        limits = profile.limits
        self.assertEqual((limits.foreign, limits.pending, limits.peerRate, limits.handshakeRate), (200, 500, 20, 300))
        self.assertEqual((limits.wait, found), (5, []))
        profile, found = self.read("FOREIGNIPCONLIMIT 200\nFOREIGNIPCONLIMIT 0\nSSLSERVERID *")
        self.assertEqual((profile.limits, found), (Limits(), []))

    def test_exempt(self) -> None:
        """
        Networks in each of the forms that HOME has, on lines of their own or not, with comments.
        """
        profile, found = self.read(
            "LIMITEXEMPT\n 10.0.0.0/8 ; ours\n 192.0.2.0 255.255.255.0 198.51.100.7\n ; none\n"
            " 203.0.113.0/255.255.255.0 2001:db8::/32 255.255.255.0\n ::ffff:10.0.0.0/104\nENDLIMITEXEMPT\n"
            "LIMITEXEMPT 172.16.0.0/12 ENDLIMITEXEMPT"
        )
        networks = ["10.0.0.0/8", "192.0.2.0/24", "198.51.100.7/32", "203.0.113.0/24", "2001:db8::/32"]
        self.assertEqual(found, [("SSLP148E", 5), ("SSLP288W", 6)])
        self.assertEqual(profile.exempt, [*networks, "172.16.0.0/12"])

    def test_defaults(self) -> None:
        """
        Without statements the limits are those of the source document, and nothing else is set.
        """
        profile, found = self.read("; nothing\n")
        self.assertEqual((profile.limits.maxSessions, profile.limits.maxPerServer), (3000, 600))
        self.assertEqual((profile.serverId, profile.ports, found), (None, [], []))

    def test_serverId(self) -> None:
        """
        SSLSERVERID takes a userid or an asterisk, with 30 seconds as the default.
        """
        self.assertEqual(self.read("SSLSERVERID *")[0].serverId, ServerId("*", 30, Position("F", 1)))
        self.assertEqual(
            self.read("\nSSLSERVERID sslserv TIMEOUT 5")[0].serverId, ServerId("SSLSERV", 5, Position("F", 2))
        )

    def test_lists(self) -> None:
        """
        AUTOLOG and OBEY list userids; the password may be missing or on the next line.
        """
        profile, found = self.read(
            "OBEY operator TCPMAINT ENDOBEY\nAUTOLOG\nFTPSERVE 0 SMTP 0\nNFS\nWEB\n0\nENDAUTOLOG"
        )
        self.assertEqual([user.userid for user in profile.obey], ["OPERATOR", "TCPMAINT"])
        self.assertEqual([user.userid for user in profile.autolog], ["FTPSERVE", "SMTP", "NFS", "WEB"])
        self.assertEqual(found, [])

    def test_home(self) -> None:
        """
        HOME lists addresses and links, with or without a subnet mask in any of its forms.
        """
        profile, found = self.read(
            "HOME\n192.0.2.1 255.255.255.0 OSA1\n2001:db8::1 OSA2\n192.0.2.2/30 L3\n2001:db8::2/64 L4\n"
            "192.0.2.3 HOST L5\nSTART OSA1"
        )
        self.assertEqual(
            [(each.address, each.link) for each in profile.home],
            [
                ("192.0.2.1", "OSA1"),
                ("2001:db8::1", "OSA2"),
                ("192.0.2.2", "L3"),
                ("2001:db8::2", "L4"),
                ("192.0.2.3", "L5"),
            ],
        )
        self.assertEqual(found, [("SSLP200I", 7)])

    def test_unused(self) -> None:
        """
        Each statement that is about something else is one information finding, and the statement after it is read.
        """
        for name in PROFILE_STATEMENTS:
            profile, found = self.read(f"{name} DEV1 x\ny 1\nSSLSERVERID *")
            self.assertIsNotNone(profile.serverId, name)
            self.assertEqual(found, [("SSLP200I", 1)], name)
        for name in PROFILE_BLOCKS:
            profile, found = self.read(f"{name}\nA B 1\nEND{name} SSLSERVERID *")
            self.assertIsNotNone(profile.serverId, name)
            self.assertEqual(found, [("SSLP200I", 1)], name)

    def test_namedLikeKeyword(self) -> None:
        """
        A device may have the name of a statement, and so may a file.
        """
        self.assertEqual(self.read("START PORT\nLINK HOME QDIOETHERNET PORT1")[1], [("SSLP200I", 1), ("SSLP200I", 2)])
        self.assertEqual(self.read("FILE TCPIP TRACE A\nSTART D")[1], [("SSLP200I", 1), ("SSLP200I", 2)])

    def test_wrong(self) -> None:
        """
        What is wrong is reported with its line, and what follows is read all the same.
        """
        for text, expected in [
            ("FOO\nBAR 1", [("SSLP201E", 1), ("SSLP201E", 2)]),
            ("PROT\n21 TCP A\n22 TCP B", [("SSLP201E", 1)]),
            ("A\0B", [("SSLP201E", 1)]),
            ("SSLSERVERID", [("SSLP202E", 1)]),
            ("SSLSERVERID * TIMEOUT", [("SSLP202E", 1)]),
            ("SSLSERVERID * TIMEOUT x", [("SSLP202E", 1)]),
            ("SSLSERVERID * 30", [("SSLP202E", 1)]),
            ("SSLSERVERID *\nSSLSERVERID A", [("SSLP206W", 2)]),
            ("SSLLIMITS", [("SSLP202E", 1)]),
            ("SSLLIMITS MAXSESSIONS", [("SSLP202E", 1)]),
            ("SSLLIMITS MAXSESSIONS 0", [("SSLP202E", 1)]),
            ("SSLLIMITS MAXPERSSLSERVER 1001", [("SSLP212E", 1)]),
            ("SSLLIMITS MAXSESSION 1", [("SSLP202E", 1)]),
            ("SSLLIMITS WAIT 1 IDLE 2 WAIT 3", [("SSLP287W", 1)]),
            ("SSLLIMITS ROUTING BEST", [("SSLP202E", 1)]),
            ("SSLLIMITS WAIT 1 FOO", [("SSLP202E", 1)]),
            ("FOREIGNIPCONLIMIT", [("SSLP202E", 1)]),
            ("FOREIGNIPCONLIMIT -1", [("SSLP202E", 1)]),
            ("FOREIGNIPCONLIMIT 5 6", [("SSLP202E", 1)]),
            ("PENDINGCONNECTIONLIMIT many", [("SSLP202E", 1)]),
            ("PENDINGCONNECTIONLIMIT\nSSLSERVERID *", [("SSLP202E", 1)]),
            ("SSLLIMITS PEERRATE 1000001", [("SSLP202E", 1)]),
            ("LIMITEXEMPT\n10.0.0.0/8", [("SSLP205E", 1)]),
            ("LIMITEXEMPT\n::1 10.0.0.0/8\n::1/128\nENDLIMITEXEMPT", [("SSLP288W", 3)]),
            ("LIMITEXEMPT\n10.0.0.1/8 10.0.0.0/8\nlocalhost\nENDLIMITEXEMPT", [("SSLP148E", 2), ("SSLP148E", 3)]),
            ("AUTOLOG\nA 0", [("SSLP205E", 1)]),
            ("AUTOLOG\nA 0\nPORT\n21 TCP A", [("SSLP205E", 1)]),
            ("AUTOLOG\nTOOLONGIDS 0\nENDAUTOLOG", [("SSLP202E", 2)]),
            ("AUTOLOG\nA secret\nENDAUTOLOG", [("SSLP214W", 2)]),
            ("AUTOLOG\nA 0 ON EXIT x\nENDAUTOLOG", [("SSLP200I", 2)]),
            ("OBEY\nA,B\nENDOBEY", [("SSLP202E", 2)]),
            ("HOME\n192.0.2.999 L", [("SSLP202E", 2)]),
            ("HOME\n192.0.2.9", [("SSLP202E", 2)]),
            ("HOME\n192.0.2.9 255.255.255.0\nARPAGE 5", [("SSLP202E", 2), ("SSLP200I", 3)]),
            ("HOME\n192.0.2.999/24 L", [("SSLP202E", 2)]),
            ("INFORM\nA", [("SSLP200I", 1), ("SSLP205E", 1)]),
        ]:
            self.assertEqual(self.read(text)[1], expected, text)

    def test_passwordIsNotRepeated(self) -> None:
        """
        No message repeats a password.
        """
        findings = Findings()
        parseProfile("F", "AUTOLOG\nA secret\nENDAUTOLOG", findings)
        self.assertNotIn("secret", str(findings.all()[0]))

    def test_large(self) -> None:
        """
        Nothing takes more than linear time: unknown statements, unended blocks, long lines.
        """
        for begin, text in ("", "FOO\n"), ("", "INFORM\n"), ("PORT ", "1 TCP A\n"), ("", "x"):
            assertLinear(lambda size, begin=begin, text=text: self.read(begin + text * size), 20_000)  # type: ignore[misc]

    def test_keywords(self) -> None:
        """
        The table knows every statement by its keyword in upper case.
        """
        self.assertTrue(all(keyword.isupper() for keyword in STATEMENTS))
