"""
Tests for L{sslpool.config.operands}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position, ServerParameters
from sslpool.config.operands import operandsOf, operandText
from sslpool.config.tokens import Findings, Token
from sslpool.config.vmssl import OBSOLETE, OPERANDS, PROTOCOLS, STRENGTHS, parseParameters

_SUITES = st.lists(st.sampled_from(["RSA_AES_256", "DES_56_SHA", "3DES_168_SHA"]), unique=True).map(tuple)
_TRACES: list[tuple[str, ...]] = [
    (),
    ("NORMAL", "ALL"),
    ("CONNECTIONS", "DATA", "::1..443", "ALL"),
    ("FLOW", ":443"),
    ("DEBUG",),
]
_NO_SUITES: st.SearchStrategy[tuple[str, ...]] = st.just(())


@st.composite
def _parameters(draw: st.DrawFn) -> ServerParameters:
    strength = draw(st.none() | st.sampled_from(STRENGTHS))
    chosen = draw(st.sets(st.sampled_from(PROTOCOLS), min_size=1))
    return ServerParameters(
        keyFile=draw(st.sampled_from(["/etc/gskadm/Database.kdb", "gskadm/Other.kdb", "my keys/a b.kdb", 'a"b c'])),
        cacheLife=draw(st.integers(0, 86400) | st.sampled_from([0, 3600, 5400, 86400])),
        cacheCleanup=draw(st.integers(10, 1000)),
        gskTrace=draw(st.integers(0, 255)),
        exempt=draw(_SUITES if strength is None else _NO_SUITES),
        exemptStrength=strength,
        enable=draw(_SUITES),
        protocols=tuple(each for each in PROTOCOLS if each in chosen),
        mode=draw(st.sampled_from([None, "FIPS-140-2", "NIST-800-131A"])),
        fallbackScsv=draw(st.booleans()),
        trace=draw(st.sampled_from(_TRACES)),
        vmDump=draw(st.sampled_from([None, "ERROR", "ERRORSOCKET"])),
    )


class OperandTests(SynchronousTestCase):
    """
    Operands as text.
    """

    def test_defaults(self) -> None:
        """
        Without any operand the defaults are shown.
        """
        self.assertEqual(
            operandText(ServerParameters()),
            "KEYFILE /etc/gskadm/Database.kdb CACHELIFE 24 H CACHECLEANUP 100 "
            "PROTOCOL -TLSV1_0 -TLSV1_1 +TLSV1_2 +TLSV1_3 TLSFALLBACKSCSV ON GSKTRACE 0 TRACE NORMAL ALL",
        )

    def test_whole(self) -> None:
        """
        Every operand that is accepted, but for those that are obsolete, is shown.
        """
        values = {
            "KEYFILE": "a.kdb", "CACHELIFE": "2 H", "CACHECLEANUP": "20", "GSKTRACE": "5", "EXEMPT": "RSA_AES_256",
            "ENABLE": "RSA_AES_128", "PROTOCOL": "-TLSV1_2", "MODE": "NIST-800-131A", "TLSFALLBACKSCSV": "OFF",
            "TRACE": "FLOW :443", "VMDUMP": "ERROR",
        }  # fmt: skip
        given = [(name, values.get(name, "")) for name in OPERANDS if name not in OBSOLETE]
        for name, value in given:
            words = Token(f"{name} {value}", Position("F", 1)).quotedWords()
            shown = operandsOf(parseParameters(words, Findings(), Position("F", 1)))
            expected = {"FIPS": "MODE FIPS-140-2", "PROTOCOL": "PROTOCOL -TLSV1_0 -TLSV1_1 -TLSV1_2 +TLSV1_3"}
            self.assertIn(expected.get(name, f"{name} {value}".strip()), shown)

    @given(_parameters())
    def test_readBack(self, parameters: ServerParameters) -> None:
        """
        What is shown, written into C{:parms.}, means the same.
        """
        words = Token(operandText(parameters), Position("F", 1)).quotedWords()
        self.assertEqual(parseParameters(words, Findings(), Position("F", 1)), parameters)
