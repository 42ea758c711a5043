"""
Tests for L{sslpool.planning.sections}.
"""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.pool.operands import parseOperands
from sslpool.config.assembly import assemble
from sslpool.config.configuration import Assembly
from sslpool.config.limits import Limits
from sslpool.messages import OperatorError
from sslpool.planning.sections import profileName, sections
from sslpool.planning.sizing import recommended, sized
from sslpool.planning.subject import Subject

#: No port is planned: every application has its own.
NO_PORT = ["SSLP217W"]
USERIDS = st.from_regex(r"(?![0-9]+\Z)[A-Z0-9@#$_+:-]{1,8}\Z", fullmatch=True).filter(lambda text: text[0] != "-")
PREFIXES = st.from_regex(r"[A-Z@#$][A-Z0-9@#$]{0,2}\Z", fullmatch=True)
FILE_POOLS = st.from_regex(r"[A-Z0-9@#$_-]{1,8}\Z|(/[A-Za-z0-9._+@~-]+){1,4}\Z", fullmatch=True)


def planned(subject: Subject, sessions: int | None = None) -> dict[str, str]:
    """
    Return the files of a plan.
    """
    return sections(subject, sized(subject.count, sessions), sessions)


def read(files: dict[str, str], stack: str | None = None) -> Assembly:
    """
    Return what the files come to.
    """
    return assemble(files, "/conf", stack, "NODE1")


class SectionTests(SynchronousTestCase):
    """
    The text of a plan is what our own parsers accept.
    """

    def accepted(self, subject: Subject, sessions: int | None = None) -> None:
        """
        Assert that a plan has no finding but that there is no port yet, and says what it was asked for.
        """
        assembly = read(planned(subject, sessions))
        self.assertEqual([each.said.id for each in assembly.findings], NO_PORT, assembly.findings)
        configuration = assembly.configuration
        assert configuration is not None
        self.assertEqual(configuration.stack, subject.userid)
        self.assertEqual(configuration.agent, subject.agent)
        self.assertEqual(configuration.members, subject.members if subject.pooled else (subject.prefix,))
        spaces = configuration.workSpaces and evolve(configuration.workSpaces, position=subject.spaces.position)
        self.assertEqual(spaces, subject.spaces if subject.pooled else None)
        self.assertEqual(configuration.keyFile, "/conf/gskadm/Database.kdb")

    def test_worked(self) -> None:
        """
        C{VMSYS TCPMAINT SSL TCPIP 5}, and the second stack's C{VMSYS TCPMAINT STS TCPIPTST 5}.
        """
        self.accepted(Subject())
        self.accepted(Subject(prefix="STS", userid="TCPIPTST"))

    def test_single(self) -> None:
        """
        A plan with NOPOOL.
        """
        self.accepted(Subject(prefix="SSLSERV", count=1, pooled=False))

    @settings(max_examples=200)
    @given(FILE_POOLS, USERIDS, PREFIXES, USERIDS, st.integers(1, 256))
    def test_anyPool(self, filePool: str, owner: str, prefix: str, stack: str, count: int) -> None:
        """
        Whatever operands are accepted, the plan is accepted too.
        """
        try:
            request = parseOperands("PLAN", [filePool, owner, prefix, stack, str(count)])
        except OperatorError as error:
            self.assertIn(error.said.id, ("SSLP500E", "SSLP504E"))
        else:
            self.accepted(request.subject)

    @settings(max_examples=100)
    @given(USERIDS, USERIDS, USERIDS)
    def test_anySingle(self, owner: str, server: str, stack: str) -> None:
        """
        The same of single servers.
        """
        try:
            request = parseOperands("PLAN", ["VMSYS", owner, server, stack], noPool=True)
        except OperatorError as error:
            self.assertIn(error.said.id, ("SSLP500E", "SSLP504E"))
        else:
            self.accepted(request.subject)

    @settings(max_examples=50)
    @given(st.integers(1, 256_000))
    def test_anySessions(self, sessions: int) -> None:
        """
        Limits for any number of sessions are accepted, and are those of the rule.
        """
        size = recommended(sessions)
        self.accepted(Subject(count=size.servers), sessions)
        configuration = read(planned(Subject(count=size.servers), sessions)).configuration
        assert configuration is not None
        self.assertEqual(configuration.limits, Limits(maxSessions=size.maxSessions, maxPerServer=size.maxPerServer))

    def test_twoStacks(self) -> None:
        """
        Two plans in the same directory do not disturb each other: each stack finds its own pool.
        """
        first, second = planned(Subject()), planned(Subject(prefix="STS", userid="TCPIPTST", count=3))
        both = {**second, **first}
        for name in ("USER.DIRECT", "SYSTEM.DTCPARMS"):
            both[name] = first[name] + second[name]
        for stack, members in ((None, Subject().members), ("TCPIPTST", ("STS00001", "STS00002", "STS00003"))):
            assembly = read(both, stack)
            self.assertEqual([each.said.id for each in assembly.findings], NO_PORT)
            assert assembly.configuration is not None
            self.assertEqual(assembly.configuration.members, members)

    def test_profileNames(self) -> None:
        """
        The second stack's profile is one that only it reads.
        """
        self.assertEqual((profileName("TCPIP"), profileName("TCPIPTST")), ("PROFILE.TCPIP", "TCPIPTST.TCPIP"))
