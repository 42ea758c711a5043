"""
Tests for L{sslpool.config.directoryrules}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Machine
from sslpool.config.directoryrules import neededStorage
from tests.config.support import assembled, etc, places

AGENT = "USER SSLDCSSM X 32M 64M GE\nNAMESAVE TCPIP\n"
POOL = "USER SSL X 160M 256M G\nPOOL LOW 1 HIGH 5 PROFILE P\n"
PROFILE = "PROFILE P\nNAMESAVE TCPIP\nPOSIXINFO UID 7\n"
DIRECTORY = AGENT + POOL + PROFILE


class DirectoryRuleTests(SynchronousTestCase):
    """
    Each rule about the CP directory.
    """

    def found(self, directory: str | None, profile: str | None = None) -> list[tuple[str, int]]:
        """
        Return id and line of each finding.
        """
        changes = {"USER.DIRECT": directory, "PROFILE.TCPIP": profile or etc()["PROFILE.TCPIP"]}
        return [(messageId, line) for messageId, _, line in places(assembled(changes))]

    def test_wrong(self) -> None:
        """
        Each rule has its finding and line.
        """
        for old, new, expected in [
            ("", "", []),
            ("LOW 1", "LOW 0", [("SSLP261E", 4)]),
            ("LOW 1", "LOW 2", [("SSLP261E", 4)]),
            ("HIGH 5", "HIGH 256", []),
            ("HIGH 5", "HIGH 257", [("SSLP262E", 4)]),
            ("HIGH 5", "HIGH 0", [("SSLP262E", 4)]),
            ("HIGH 5", "HIGH 4", []),
            (POOL, "", [("SSLP260I", 0)]),
            (PROFILE, "", [("SSLP264W", 4), ("SSLP263W", 3)]),
            (POOL, POOL + POOL.replace("SSL", "STS"), [("SSLP265W", 6)]),
            ("NAMESAVE TCPIP\nPOSIX", "NAMESAVE TCPIP2\nPOSIX", [("SSLP263W", 6)]),
            ("GE\nNAMESAVE TCPIP", "GE", [("SSLP263W", 1)]),
            ("GE\nNAMESAVE TCPIP", "GE\nINCLUDE P", []),
            ("GE", "G", [("SSLP266W", 1)]),
            (AGENT, "", [("SSLP267W", 0)]),
            ("LOW 1 HIGH 5", "LOW 1 HIGH five", [("SSLP202E", 4)]),
            ("LOW 1", "LOW one", [("SSLP202E", 4)]),
            ("256M", "115M", []),
            ("256M", "114M", [("SSLP271W", 3)]),
            ("160M 256M", "114M", [("SSLP271W", 3)]),
            ("UID 7", "UID 7\nOPTION MAXCONN 600", []),
            ("UID 7", "UID 7\nOPTION ACCT MAXCONN 500", [("SSLP272W", 8)]),
            ("\nPOOL", "\nOPTION MAXCONN 1024\nPOOL", []),
        ]:
            directory = DIRECTORY.replace(old, new)
            self.assertEqual(sorted(self.found(directory)), sorted(expected), new)

    def test_missing(self) -> None:
        """
        Without a directory there are five servers, as information.
        """
        assembly = assembled({"USER.DIRECT": None})
        assert assembly.configuration is not None
        self.assertEqual((assembly.configuration.poolHigh, assembly.configuration.machine), (5, Machine()))
        self.assertEqual([each.said.id for each in assembly.findings], ["SSLP260I"])

    def test_machine(self) -> None:
        """
        A server is granted what its user and its profile say.
        """
        configuration = assembled({"USER.DIRECT": DIRECTORY}).configuration
        assert configuration is not None
        self.assertEqual(configuration.machine, Machine(160 << 20, 256 << 20, uid=7))

    def test_connections(self) -> None:
        """
        The lower of MAXCONN and MAXPERSSLSERVER is the limit of a server; the user's own word counts before the
        profile's.
        """
        for own, common, expected in [("", "1024", 600), ("", "500", 500), ("400", "500", 400), ("700", "500", 600)]:
            directory = DIRECTORY.replace("UID 7", f"UID 7\nOPTION MAXCONN {common}")
            if own:
                directory = directory.replace("\nPOOL", f"\nOPTION MAXCONN {own}\nPOOL")
            configuration = assembled({"USER.DIRECT": directory}).configuration
            assert configuration is not None
            self.assertEqual(configuration.limits.maxPerServer, expected)

    def test_least(self) -> None:
        """
        However few sessions there are to be, a server needs 64 MiB.
        """
        self.assertEqual(neededStorage(1), 64 << 20)
        self.assertEqual(neededStorage(1000), 165 << 20)

    def test_limits(self) -> None:
        """
        Limits that do not divide evenly, or that the pool cannot reach, are warnings at SSLLIMITS.
        """
        tail = "SSLSERVERID *\nPORT 443 TCP WEBSERV SECURE A"
        for limits, expected in [
            ("SSLLIMITS MAXSESSIONS 100 MAXPERSSLSERVER 50\n", []),
            ("\nSSLLIMITS MAXSESSIONS 100 MAXPERSSLSERVER 30\n", [("SSLP213W", 2)]),
            ("\nSSLLIMITS MAXSESSIONS 100 MAXPERSSLSERVER 10\n", [("SSLP219W", 2)]),
        ]:
            self.assertEqual(self.found(DIRECTORY, limits + tail), expected, limits)
