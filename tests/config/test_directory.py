"""
Tests for L{sslpool.config.directory}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Machine, Position
from sslpool.config.directory import Directory, Pool, parseDirectory
from sslpool.config.tokens import Findings
from tests.config.support import idsAndLines
from tests.growth import assertLinear

SOURCE = """
USER SSLDCSSM LBYONLY 32M 64M GE
  INCLUDE TCPCMSU
  LOGONBY TCPMAINT GSKADMIN
  NAMESAVE TCPIP
  OPTION QUICKDSP SVMSTAT
  LINK TCPMAINT 0591 0591 RR
  LINK TCPMAINT 0592 0592 RR
  MDISK 0191 3390 2240 5 12345B MR READ WRITE MULTI
USER SSL LBYONLY 160M 256M G
POOL LOW 1 HIGH 5 PROFILE TCPSSLU
PROFILE TCPSSLU
* For Multiple SSL Server Support
IPL CMS PARM FILEPOOL VMSYS
MACH XA
NAMESAVE TCPIP
OPTION ACCT MAXCONN 1024 QUICKDSP SVMSTAT APPLMON
POSIXINFO UID 7 GNAME security
SHARE RELATIVE 3000
"""


def read(text: str) -> tuple[Directory, list[tuple[str, int]]]:
    """
    Return what a directory says, and id and line of each finding.
    """
    findings = Findings()
    return parseDirectory("F", text, findings), idsAndLines(findings)


class DirectoryTests(SynchronousTestCase):
    """
    The statements of the CP directory.
    """

    def test_source(self) -> None:
        """
        The entries of the source document are read.
        """
        directory, found = read(SOURCE)
        agent, pool, profile = directory.users["SSLDCSSM"], directory.users["SSL"], directory.profiles["TCPSSLU"]
        self.assertEqual((agent.storage, agent.maximum, agent.classes), (32 << 20, 64 << 20, "GE"))
        self.assertEqual(
            (agent.includes, agent.nameSave, agent.options), (["TCPCMSU"], ["TCPIP"], ["QUICKDSP", "SVMSTAT"])
        )
        self.assertEqual(pool.pool, Pool(1, 5, "TCPSSLU", Position("F", 11)))
        self.assertEqual(pool.machine(profile), Machine(160 << 20, 256 << 20, 7, None, "security", 3000))
        self.assertEqual(({messageId for messageId, _ in found}, profile.connections), ({"SSLP200I"}, 1024))

    def test_unusedOnce(self) -> None:
        """
        A statement that is not used here is reported where it first stands, not a thousand times.
        """
        self.assertEqual(read("USER A\n" + "LINK B 191 191 RR\n" * 1000)[1], [("SSLP200I", 2)])

    def test_continued(self) -> None:
        """
        A comma at the end of a line continues the statement.
        """
        directory, found = read("USER A X 1M 2M,\n GE\nINCLUDE B ,\nC D")
        self.assertEqual((directory.users["A"].classes, directory.users["A"].includes), ("GE", ["B", "C", "D"]))
        self.assertEqual(found, [])

    def test_wrong(self) -> None:
        """
        What is wrong is reported with its line.
        """
        for text, expected in [
            ("POOL LOW 1 HIGH 2", [("SSLP269E", 1)]),
            ("USER A\nFOO\nFOO", [("SSLP268W", 2)]),
            ("USER", [("SSLP202E", 1)]),
            ("USER A X 12Q 64M G", [("SSLP202E", 1)]),
            ("USER A\nUSER A", [("SSLP233W", 2)]),
            ("USER A\nPOOL LOW 1", [("SSLP202E", 2)]),
            ("USER A\nPOOL LOW 1 HIGH x", [("SSLP202E", 2)]),
            ("USER A\nPOOL LOW x HIGH 2", [("SSLP202E", 2)]),
            ("USER A\nPOOL LOW 1 HIGH 2 FOO", [("SSLP202E", 2)]),
            ("USER A\nINCLUDE", [("SSLP202E", 2)]),
            ("USER A\nINCLUDE,\nTOOLONGIDS TOOLONGIDS", [("SSLP202E", 2)] * 2),
            ("USER A\nPOSIXINFO UID x", [("SSLP202E", 2)]),
            ("USER A\nPOSIXINFO SHELL x", [("SSLP202E", 2)] * 2),
            ("USER A\nPOSIXINFO GNAME", [("SSLP202E", 2)]),
            ("USER A\nPOSIXINFO IWDIR /x GID 5", [("SSLP200I", 2)]),
            ("USER A\nSHARE RELATIVE 0", [("SSLP202E", 2)]),
            ("USER A\nSHARE ABSOLUTE 5%", [("SSLP203I", 2)]),
            ("USER A\nSHARE RELATIVE 100 LIMITHARD", [("SSLP203I", 2)]),
            ("USER A\nOPTION MAXCONN", [("SSLP202E", 2)]),
            ("USER A\nOPTION MAXCONN 0 ACCT", [("SSLP202E", 2)]),
        ]:
            self.assertEqual(read(text)[1], expected, text)

    def test_passwordIsNotKept(self) -> None:
        """
        A password is neither repeated nor recorded.
        """
        findings = Findings()
        directory = parseDirectory("F", "USER A SECRET 1Q", findings)
        self.assertNotIn("SECRET", repr(directory) + repr(findings.all()))

    def test_large(self) -> None:
        """
        Nothing takes more than linear time.
        """
        for text in ("USER A\n", "USER A,\n", "USER A\nINCLUDE B\n"):
            assertLinear(lambda size, text=text: read(text * size), 20_000)  # type: ignore[misc]
