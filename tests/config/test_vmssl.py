"""
Tests for L{sslpool.config.vmssl}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position, ServerParameters
from sslpool.config.tokens import Findings, Token, tokenize
from sslpool.config.vmssl import OPERANDS, SPELLINGS, parseParameters
from tests.config.support import idsAndLines


def read(text: str) -> tuple[ServerParameters, list[tuple[str, int]]]:
    """
    Return what operands say, and id and line of each finding.
    """
    findings = Findings()
    return parseParameters(tokenize("F", text), findings, Position("F", 1)), idsAndLines(findings)


class ParameterTests(SynchronousTestCase):
    """
    The operands of VMSSL.
    """

    def test_none(self) -> None:
        """
        Without operands the defaults hold.
        """
        self.assertEqual(read(""), (ServerParameters(), []))

    def test_values(self) -> None:
        """
        Each operand has its effect, in its shortest spelling and in any case.
        """
        for text, expected in [
            ("keyf gsk/My.kdb", ServerParameters(keyFile="gsk/My.kdb")),
            ("CACHEL 2", ServerParameters(cacheLife=7200)),
            ("CACHELIFE 24 H", ServerParameters(cacheLife=86400)),
            ("CACHELIFE 90m", ServerParameters(cacheLife=5400)),
            ("CACHELIFE 0 S", ServerParameters(cacheLife=0)),
            ("CACHEC 10", ServerParameters(cacheCleanup=10)),
            ("CACHECLEANUP 100", ServerParameters()),
            ("EXEMPT RC4_128_SHA EXEMPT null_md5", ServerParameters(exempt=("RC4_128_SHA", "NULL_MD5"))),
            ("EXEMPT LOW EXEMPT MEDIUM", ServerParameters(exemptStrength="MEDIUM")),
            ("ENABLE RSA_AES_128", ServerParameters(enable=("RSA_AES_128",))),
            ("ENABLE tls_rsa_with_aes_128_cbc_sha", ServerParameters(enable=("RSA_AES_128",))),
            ("EXEMPT aes256-sha", ServerParameters(exempt=("RSA_AES_256",))),
            ("PROTO -TLSV1_2", ServerParameters(protocols=("TLSV1_3",))),
            ("PROTOCOL TLSV1_1 -TLSV1_3 -SSLV3", ServerParameters(protocols=("TLSV1_1", "TLSV1_2"))),
            ("TLSFALLBACKSCSV ON", ServerParameters()),
            ("GSKT 0", ServerParameters()),
            ("TRA", ServerParameters()),
            ("TRACE NORM ALL", ServerParameters()),
            ("NOTRA", ServerParameters(trace=())),
            ("TRACE conn data 192.0.2.1:443 1", ServerParameters(trace=("CONNECTIONS", "DATA", "192.0.2.1:443", "1"))),
            ("TRAC FLOW ..443 GSKTRACE 15", ServerParameters(trace=("FLOW", ":443"), gskTrace=15)),
            ("TRACE DEBUG", ServerParameters(trace=("DEBUG",))),
        ]:
            self.assertEqual(read(text), (expected, []), text)

    def test_mode(self) -> None:
        """
        MODE is a warning, which says what it is and what it is not.
        """
        for text, mode in [
            ("MODE FIPS-140-2", "FIPS-140-2"),
            ("FIPS", "FIPS-140-2"),
            ("MODE nist-800-131a", "NIST-800-131A"),
        ]:
            self.assertEqual(read(text), (ServerParameters(mode=mode), [("SSLP255W", 1)]), text)

    def test_lastCounts(self) -> None:
        """
        Of operands that exclude each other it is said which counts; a repetition that changes nothing is silent.
        """
        for text, said in (
            ("FIPS MODE NIST-800-131A", "FIPS and MODE NIST-800-131A exclude each other; MODE NIST-800-131A counts"),
            ("KEYFILE a KEYFILE b", "KEYFILE a and KEYFILE b exclude each other; KEYFILE b counts"),
            ("CACHELIFE 2 H CACHELIFE 90 M", "CACHELIFE 2 H and CACHELIFE 90 M exclude each other; CACHELIFE 90 M"),
            ("CACHECLEANUP 10 CACHEC 20", "CACHECLEANUP 10 and CACHEC 20 exclude each other"),
            ("TRACE FLOW :443 NOTRACE", "TRACE FLOW :443 and NOTRACE exclude each other; NOTRACE counts"),
            ("GSKTRACE 1 GSKTRACE 3", "GSKTRACE 1 and GSKTRACE 3 exclude each other"),
            ("TLSFALLBACKSCSV OFF TLSFALLBACKSCSV ON", "TLSFALLBACKSCSV OFF and TLSFALLBACKSCSV ON exclude"),
        ):
            findings = Findings()
            parseParameters(tokenize("F", text), findings, Position("F", 1))
            (found,) = [str(each.said) for each in findings.all() if each.said.id == "SSLP560W"]
            self.assertTrue(found.startswith(f"SSLP560W {said}"), found)
        self.assertEqual(read("FIPS MODE FIPS-140-2")[1], [("SSLP255W", 1)])
        self.assertEqual([each for each, _ in read("FIPS MODE NIST-800-131A")[1]], ["SSLP560W", "SSLP255W"])
        self.assertEqual(read("EXEMPT LOW EXEMPT MEDIUM PROTOCOL -TLSV1_2 PROTOCOL +TLSV1_2")[1], [])

    def test_quoted(self) -> None:
        """
        A path with blanks stands in quotation marks, whose other half must not be missing.
        """
        for text in ('KEYFILE "my keys/a b.kdb" FIPS', "FIPS KEYFILE 'my keys/a b.kdb'"):
            findings = Findings()
            words = Token(text, Position("F", 1)).quotedWords()
            parameters = parseParameters(words, findings, Position("F", 1))
            self.assertEqual((parameters.keyFile, parameters.mode), ("my keys/a b.kdb", "FIPS-140-2"))
        findings = Findings()
        parseParameters(Token('KEYFILE "my keys', Position("F", 1)).quotedWords(), findings, Position("F", 1))
        self.assertEqual([each.said.id for each in findings.all()], ["SSLP202E", "SSLP251E"])
        self.assertIn("quotation marks", str(findings.all()[0].said))

    def test_modeCounts(self) -> None:
        """
        What PROTOCOL and ENABLE ask for and MODE takes away is named.
        """
        findings = Findings()
        text = "PROTOCOL TLSV1_1 TLSV1_0 ENABLE RSA_AES_128 ENABLE TLS_AES_128_GCM_SHA256 FIPS"
        parseParameters(tokenize("F", text), findings, Position("F", 1))
        named = [str(each.said).split()[1] for each in findings.all() if each.said.id == "SSLP256W"]
        self.assertEqual(named, ["TLSV1_0", "TLSV1_1", "RSA_AES_128"])

    def test_withoutEffect(self) -> None:
        """
        Operands without effect are kept, and said to have none.
        """
        for text, expected in [
            ("GSKTRACE 255", ServerParameters(gskTrace=255)),
            ("TLSFALLBACKSCSV OFF", ServerParameters(fallbackScsv=False)),
            ("VMDUMP ERRORSOCKET", ServerParameters(vmDump="ERRORSOCKET")),
        ]:
            self.assertEqual(read(text), (expected, [("SSLP203I", 1)]), text)

    def test_traceMistakes(self) -> None:
        """
        An operand of TRACE that cannot be there is an error, a connection number among them: there is none yet.
        """
        for text in ("TRACE CONN DATA ALL 0", "TRACE CONN 1.2.3.4 20", "TRACE 17", "TRACE DEBUG ALL", "TRACE FLOW :0"):
            self.assertEqual(read(text), (ServerParameters(), [("SSLP202E", 1)]), text)

    def test_given(self) -> None:
        """
        Where the words say nothing, what was given before them holds.
        """
        given = ServerParameters("/a.kdb", cacheLife=60, exempt=("RC4_128_SHA",), protocols=("TLSV1_3",), mode=None)
        findings = Findings()
        position = Position("F", 1)
        self.assertEqual(parseParameters([], findings, position, given), given)
        parameters = parseParameters(tokenize("F", "CACHEL 2 S PROTO +TLSV1_2 EXEMPT NULL"), findings, position, given)
        self.assertEqual((parameters.keyFile, parameters.cacheLife), ("/a.kdb", 2))
        self.assertEqual(parameters.protocols, ("TLSV1_2", "TLSV1_3"))
        self.assertEqual(parameters.exempt, ("RC4_128_SHA", "NULL"))
        self.assertEqual(findings.all(), ())

    def test_findings(self) -> None:
        """
        What is wrong, obsolete or without effect is reported at its line.
        """
        for text, expected in [
            ("\nFOO", [("SSLP251E", 2)]),
            ("KEYFILE", [("SSLP202E", 1)]),
            ("KEYFILE FIPS", [("SSLP202E", 1)]),
            ("CACHELIFE 25", [("SSLP202E", 1)]),
            ("CACHELIFE x", [("SSLP202E", 1)]),
            ("CACHELIFE 1 D", [("SSLP251E", 1)]),
            ("CACHECLEANUP 9", [("SSLP202E", 1)]),
            ("CACHECLEANUP 1001", [("SSLP202E", 1)]),
            ("\nEXEMPT RC4_128", [("SSLP257E", 2)]),
            ("ENABLE FAST", [("SSLP257E", 1)]),
            ("ENABLE HIGH", [("SSLP257E", 1)]),
            ("EXEMPT", [("SSLP202E", 1)]),
            ("EXEMPT HIGH\nEXEMPT NULL", [("SSLP252E", 1)]),
            ("EXEMPT NULL B", [("SSLP251E", 1)]),
            ("PROTOCOL", [("SSLP202E", 1)]),
            ("PROTOCOL TLSV2", [("SSLP202E", 1)]),
            ("PROTOCOL SSLV3", [("SSLP254W", 1)]),
            ("PROTOCOL -TLSV1_2 -TLSV1_3", [("SSLP253E", 1)]),
            ("MODE FAST", [("SSLP202E", 1)]),
            ("TLSFALLBACKSCSV", [("SSLP202E", 1)]),
            ("TRACE LOUD", [("SSLP251E", 1)]),
            ("CACHESIZE 100", [("SSLP250W", 1)]),
            ("MAXUSERS 100\nMAXSESSIONS 5", [("SSLP250W", 1), ("SSLP250W", 2)]),
        ]:
            self.assertEqual(read(text)[1], expected, text)

    def test_obsoleteSaysWhat(self) -> None:
        """
        The finding about an obsolete operand names what replaced it.
        """
        findings = Findings()
        parseParameters(tokenize("F", "MAXUSERS 5"), findings, Position("F", 1))
        self.assertIn("SSLLIMITS", findings.all()[0].said.text)

    def test_unambiguous(self) -> None:
        """
        No abbreviation has two meanings.
        """
        for spelling, keyword in SPELLINGS.items():
            self.assertTrue(keyword.startswith(spelling))
            if spelling in OPERANDS:
                self.assertEqual(spelling, keyword)

    @given(st.lists(st.sampled_from([*SPELLINGS, "+TLSV1_2", "-TLSV1_3", "24", "H", "x", "HIGH", "\0", "²"])))
    def test_anyOrder(self, words: list[str]) -> None:
        """
        Any sequence of words is read to its end, and a protocol version is always left.
        """
        parameters, _ = read(" ".join(words))
        self.assertTrue(parameters.protocols)
        self.assertFalse(parameters.exempt and parameters.exemptStrength)
