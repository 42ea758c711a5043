"""
Tests for L{sslpool.planning.subject}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.planning.subject import Subject


class SubjectTests(SynchronousTestCase):
    """
    The names that a plan gives.
    """

    def test_defaults(self) -> None:
        """
        The names of z/VM.
        """
        subject = Subject()
        self.assertEqual((subject.nick, subject.agent, subject.profile), ("SSL*", "SSLDCSSM", "TCPSSLU"))
        self.assertEqual(subject.members, ("SSL00001", "SSL00002", "SSL00003", "SSL00004", "SSL00005"))
        self.assertEqual(subject.command("enroll"), "sslpool enroll VMSYS TCPMAINT SSL TCPIP 5")

    def test_secondStack(self) -> None:
        """
        Another pool has an agent and a profile of its own.
        """
        subject = Subject(prefix="STS", userid="TCPIPTST", count=2)
        self.assertEqual((subject.nick, subject.agent, subject.profile), ("STS*", "STSDCSSM", "TCPSTSU"))
        self.assertEqual(subject.members, ("STS00001", "STS00002"))

    def test_single(self) -> None:
        """
        A single server has its own name and the usual agent.
        """
        subject = Subject(prefix="SSLSERV", count=1, pooled=False)
        self.assertEqual((subject.nick, subject.agent), ("SSLSERV", "SSLDCSSM"))
        self.assertEqual(subject.command("plan"), "sslpool plan VMSYS TCPMAINT SSLSERV TCPIP 1 --nopool")
