"""
Tests for L{sslpool.config.poolrules}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.config.support import assembled, etc, places

STACK = ":nick.TCPIP :type.server :class.stack :dcss_parms.<DEFAULT>\n"
AGENT = ":nick.SSLDCSSM :type.server :class.ssl_dcss_agent :stack.TCPIP :for.SSL*\n"
POOL = ":nick.SSL* :type.server :class.ssl :stack.TCPIP :admin_id_list.ROOT\n"
CLASSES = ":nick.stack :type.class\n:nick.ssl :type.class\n:nick.ssl_dcss_agent :type.class\n"
DEFAULT = POOL + AGENT + STACK + CLASSES


class PoolRuleTests(SynchronousTestCase):
    """
    Each rule about the pool, its agent and its stack.
    """

    def found(self, text: str, **changes: str | None) -> list[tuple[str, int]]:
        """
        Return id and line of each finding where IBM DTCPARMS is C{text}.
        """
        named = {name.replace("_", "."): value for name, value in changes.items()}
        return [(messageId, line) for messageId, _, line in places(assembled({"IBM.DTCPARMS": text, **named}))]

    def test_sound(self) -> None:
        """
        The entries that the other tests spoil are sound.
        """
        self.assertEqual(self.found(DEFAULT), [])

    def test_wrong(self) -> None:
        """
        Each rule has its finding and line.
        """
        mismatch = [("DTCRUN1028E", 1), ("DTCRUN1099E", 1)]
        for old, new, expected in [
            (POOL, "", [("SSLP236E", 0)]),
            (":class.ssl ", ":class.ftp ", [("SSLP235W", 1), ("SSLP236E", 0)]),
            (":class.ssl :stack.TCPIP", ":class.ssl :stack.TCPIP11", mismatch),
            (":class.ssl :stack.TCPIP", ":class.ssl", [("SSLP238E", 1), ("DTCRUN1099E", 1)]),
            (POOL, POOL + POOL.replace("SSL*", "STS*"), [("SSLP237E", 2)]),
            (POOL, POOL + POOL.replace("SSL*", "STS*").replace("TCPIP", "TCPIP2"), []),
            (POOL, POOL + POOL.replace("SSL*", "FTP*").replace(".ssl", ".x"), [("SSLP235W", 2), ("SSLP249E", 2)]),
            (POOL, POOL + POOL.replace("SSL*", "SSL00001"), [("SSLP247W", 2)]),
            ("SSL*", "SSLX*", [("SSLP245E", 1), ("SSLP260I", 0)]),
            (AGENT, "", [("SSLP240E", 0)]),
            (":for.SSL*", "", [("SSLP241E", 2), ("SSLP240E", 0)]),
            (":for.SSL*", ":for.STS*", [("SSLP240E", 0)]),
            ("_agent :stack.TCPIP", "_agent :stack.TCPIP2", [("DTCRUN1028E", 2), ("DTCRUN1099E", 2)]),
            ("_agent :stack.TCPIP", "_agent", [("SSLP238E", 2), ("DTCRUN1099E", 2)]),
            (":for.SSL*", ":for.SSL* :dcss_parms.<NONE>", [("SSLP243E", 2)]),
            (STACK, "", [("SSLP242E", 0)]),
            ("<DEFAULT>", "<NONE>", [("SSLP242E", 3)]),
            (":dcss_parms.<DEFAULT>", "", [("SSLP242E", 3)]),
            ("<DEFAULT>", "TCPIP 10000-100FF", [("SSLP203I", 3)]),
            ("<DEFAULT>", "TCPIP 10000", [("SSLP243E", 3)]),
            ("server :class.stack", "server :class.ssl", [("SSLP244W", 3)]),
            (":admin_id_list.ROOT", "", [("SSLP248I", 1)]),
            (":admin_id_list.ROOT", ":admin_id_list.ROOT,A", [("SSLP202E", 1)]),
            (":admin_id_list.ROOT", ":admin_id_list.ROOT\n:parms.FOO", [("SSLP251E", 2)]),
        ]:
            self.assertEqual(self.found(DEFAULT.replace(old, new)), expected, new)

    def test_text(self) -> None:
        """
        DTCRUN1028E has IBM's text.
        """
        assembly = assembled({"IBM.DTCPARMS": DEFAULT.replace("ssl :stack.TCPIP", "ssl :stack.TCPIP2")})
        self.assertEqual(
            [str(each.said) for each in assembly.findings],
            [
                'DTCRUN1028E :Stack.TCPIP2 specified in IBM DTCPARMS does not match "TcpipUserid TCPIP" '
                "in the TCPIP DATA file",
                "DTCRUN1099E Server not started - correct problem and retry",
            ],
        )

    def test_givenStack(self) -> None:
        """
        Where the stack is not the one of TCPIP DATA, the message does not claim that it is.
        """
        text = DEFAULT.replace("ssl :stack.TCPIP", "ssl :stack.TCPIP2")
        self.assertEqual(self.found(text, TCPIP_DATA=None), [("SSLP270I", 0), ("SSLP239E", 1), ("DTCRUN1099E", 1)])

    def test_single(self) -> None:
        """
        SSLSERVERID with a userid takes the entry of that name, and its agent acts for it.
        """
        profile = etc()["PROFILE.TCPIP"].replace("SSLSERVERID *", "SSLSERVERID SSLSERV").replace("3000", "600")
        text = DEFAULT.replace("SSL*", "SSLSERV")
        assembly = assembled({"PROFILE.TCPIP": profile, "IBM.DTCPARMS": text})
        assert assembly.configuration is not None
        self.assertEqual((assembly.configuration.members, places(assembly)), (("SSLSERV",), []))
        self.assertIn(("SSLP236E", 0), self.found(DEFAULT, PROFILE_TCPIP=profile))
