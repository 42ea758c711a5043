"""
Tests for L{sslpool.commands.pool.operands}.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.pool.operands import OPERATIONS, PoolRequest, operation, parseOperands
from sslpool.messages import OperatorError
from sslpool.planning.subject import Subject

OPERANDS = ("vmsysu", "maint", "sts", "tcpiptst", "7")
EXPECTED = {"filePool": "VMSYSU", "owner": "MAINT", "prefix": "STS", "userid": "TCPIPTST", "count": 7}
NAMES = [each.upper() for each in OPERATIONS]


class OperationTests(SynchronousTestCase):
    """
    The operations.
    """

    def test_spelling(self) -> None:
        """
        Any case; only UNENROLL may be abbreviated, down to UNEN.
        """
        for word, meant in (
            ("plan", "PLAN"),
            ("Enroll", "ENROLL"),
            ("unen", "UNENROLL"),
            ("UNENROLL", "UNENROLL"),
            ("setauth", "SETAUTH"),
            ("DELAUTH", "DELAUTH"),
            ("une", None),
            ("enrol", None),
            ("pla", None),
            ("unenrolls", None),
            ("", None),
        ):
            self.assertEqual(operation(word), meant, word)


class OperandTests(SynchronousTestCase):
    """
    The operands.
    """

    def refused(self, name: str, *words: str, noPool: bool = False) -> str:
        """
        Return the id of the message with which words are refused.
        """
        return str(self.assertRaises(OperatorError, parseOperands, name, words, noPool).said.id)

    def test_defaults(self) -> None:
        """
        What is left out has the source document's defaults (notes 1 and 2).
        """
        for name in NAMES:
            userid = "TCPMAINT" if name.endswith("AUTH") else "TCPIP"
            self.assertEqual(parseOperands(name, []), PoolRequest(name, Subject("VMSYS", "TCPMAINT", "SSL", userid, 5)))

    @given(st.sampled_from(NAMES), st.integers(0, 5), st.booleans(), st.booleans(), st.booleans())
    def test_positions(self, name: str, given: int, test: bool, closed: bool, together: bool) -> None:
        """
        Each operand has its place, whichever follow; options may stand behind a parenthesis, in a word
        of their own or not.
        """
        most = 4 if name.endswith("AUTH") else 5
        words = [*OPERANDS[: min(given, most)], *(["(", "Test"] if test else []), *([")"] if test and closed else [])]
        if together:
            words = [" ".join(words)]
        request = parseOperands(name, words)
        default = parseOperands(name, []).subject
        changed: dict[str, Any] = dict(list(EXPECTED.items())[: min(given, most)])
        self.assertEqual(request.subject, evolve(default, **changed))
        self.assertEqual((request.test, request.counted), (test, "count" in changed))

    @given(st.sampled_from(NAMES), st.lists(st.text(max_size=12), max_size=7))
    def test_anything(self, name: str, words: list[str]) -> None:
        """
        Whatever is typed, there is a request or a message; a request's names are usable as names.
        """
        try:
            subject = parseOperands(name, words).subject
        except OperatorError as error:
            self.assertIn(error.said.id, ("SSLP427E", "SSLP500E", "SSLP501E", "SSLP503E", "SSLP504E", "SSLP502E"))
        else:
            for text in (subject.owner, subject.prefix, subject.userid):
                self.assertTrue(text.isascii() and text == text.upper() and "/" not in text)

    def test_options(self) -> None:
        """
        NOPOOL and TEST in any case, joined to the parenthesis or not, or as shell options.
        """
        for words in (["(NOPOOL", "test)"], ["(", "Test", "NoPool"], ["(nopool test)"]):
            request = parseOperands("PLAN", words)
            self.assertEqual((request.test, request.subject.pooled), (True, False))
        request = parseOperands("PLAN", [], noPool=True, test=True)
        self.assertEqual((request.test, request.subject.pooled), (True, False))

    def test_single(self) -> None:
        """
        With NOPOOL there is one server, SSLSERV unless named.
        """
        self.assertEqual(parseOperands("PLAN", [], noPool=True).subject.prefix, "SSLSERV")
        subject = parseOperands("PLAN", ["vmsys", "tcpmaint", "sslserv2", "tcpip", "1"], noPool=True).subject
        self.assertEqual((subject.prefix, subject.count), ("SSLSERV2", 1))
        self.assertEqual(self.refused("PLAN", "VMSYS", "TCPMAINT", "SSLSERV", "TCPIP", "2", noPool=True), "SSLP500E")
        self.assertEqual(self.refused("ENROLL", noPool=True), "SSLP502E")

    def test_paths(self) -> None:
        """
        A file pool may be a path, which keeps its case.
        """
        self.assertEqual(parseOperands("ENROLL", ["/srv/Pool"]).subject.filePool, "/srv/Pool")

    def test_refused(self) -> None:
        """
        What is wrong with an operand is said, by its name.
        """
        for words in (
            ["TOOLONGNAME"],
            ["a.b"],
            ["../x"],
            ["VMSYS", "TOOLONGNAME"],
            ["VMSYS", "A:B"],
            ["VMSYS", "MAINT", "SSLX"],
            ["VMSYS", "MAINT", "1SL"],
            ["VMSYS", "MAINT", "SSL", "12345"],
            ["VMSYS", "MAINT", "SSL", "TCPIP", "0"],
            ["VMSYS", "MAINT", "SSL", "TCPIP", "257"],
            ["VMSYS", "MAINT", "SSL", "TCPIP", "five"],
        ):
            self.assertEqual(self.refused("PLAN", *words), "SSLP500E", words)
        self.assertEqual(self.refused("PLAN", *OPERANDS, "x"), "SSLP501E")
        self.assertEqual(self.refused("SETAUTH", *OPERANDS), "SSLP501E")
        self.assertEqual(self.refused("PLAN", "(", "NOPOOLS"), "SSLP503E")
        for words in (["(", "("], [")"], ["(", "TEST", ")", "TEST"]):
            self.assertEqual(self.refused("PLAN", *words), "SSLP427E", words)

    def test_sameName(self) -> None:
        """
        Stack, agent and servers are not the same machine.
        """
        for stack in ("SSL", "SSL00003", "SSLDCSSM"):
            self.assertEqual(self.refused("PLAN", "VMSYS", "TCPMAINT", "SSL", stack), "SSLP504E")
        for server in ("TCPIP", "SSLDCSSM"):
            self.assertEqual(self.refused("PLAN", "VMSYS", "TCPMAINT", server, noPool=True), "SSLP504E")
