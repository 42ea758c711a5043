"""
Tests for L{sslpool.config.suites}.
"""

from __future__ import annotations

import subprocess

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.suites import BY_NAME, STRENGTHS, SUITES, suiteOf
from tests.test_layers import loadedWith


class SuiteTests(SynchronousTestCase):
    """
    The table of cipher suites.
    """

    def test_names(self) -> None:
        """
        Every suite has names and a code of its own, and a strength that there is.
        """
        self.assertEqual(len(BY_NAME), len(SUITES))
        self.assertEqual({suite.strength for suite in SUITES} - {*STRENGTHS}, set())
        for names in ([suite.iana for suite in SUITES], [suite.library for suite in SUITES if suite.library]):
            self.assertEqual(len(names), len(set(names)))
        self.assertEqual(len({suite.code for suite in SUITES}), len(SUITES))

    def test_original(self) -> None:
        """
        The 27 suites of the source document are known with their strengths; no name is that of a strength.
        """
        document = {
            "HIGH": "3DES_168_SHA DH_DSS_3DES DH_RSA_3DES DHE_DSS_3DES DHE_RSA_3DES RSA_AES_256 DH_DSS_AES_256 "
            "DH_RSA_AES_256 DHE_DSS_AES_256 DHE_RSA_AES_256",
            "MEDIUM": "RC4_128_SHA RC4_128_MD5 RSA_AES_128 DH_DSS_AES_128 DH_RSA_AES_128 DHE_DSS_AES_128 "
            "DHE_RSA_AES_128",
            "LOW": "RC2_40_MD5 RC4_40_MD5 DES_56_SHA DH_DSS_DES DH_RSA_DES DHE_DSS_DES DHE_RSA_DES",
            "NONE": "NULL NULL_SHA NULL_MD5",
        }
        strengths = {name: strength for strength, names in document.items() for name in names.split()}
        self.assertEqual({suite.name: suite.strength for suite in SUITES[-27:]}, strengths)
        # System SSL's own list of what it has (z/OS V2R1), as the reference has it.
        codes = bytes.fromhex("050435363738392F303132330A1613100D0915120F0C0306020100")
        self.assertEqual({suite.code for suite in SUITES[-27:]}, set(codes))
        self.assertEqual(set(BY_NAME) & {*STRENGTHS}, set())

    def test_otherNames(self) -> None:
        """
        The registry's and OpenSSL's names mean the same suite.
        """
        for suite in SUITES:
            for name in (suite.name, suite.iana, suite.library or suite.name):
                self.assertIs(suiteOf(name.upper()), suite)
        self.assertIsNone(suiteOf(""))
        self.assertIsNone(suiteOf("HIGH"))

    def test_registry(self) -> None:
        """
        Codes and names agree with those of the openssl command, where it knows them.
        """
        found = {int(code.replace("0x", "").replace(",", ""), 16): name for code, name in self.listed()}
        known = {suite.code: suite.library for suite in SUITES if suite.code in found}
        self.assertGreater(len(known), 20)
        self.assertEqual(known, {code: found[code] for code in known})

    def listed(self) -> list[tuple[str, str]]:
        """
        Return code and name of each suite that the openssl command knows.
        """
        done = subprocess.run(
            ["openssl", "ciphers", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"], capture_output=True, text=True, check=True
        )
        return [(words[0], words[2]) for words in map(str.split, done.stdout.splitlines())]

    def test_approved(self) -> None:
        """
        Only AES with authenticated encryption is approved.
        """
        approved = [suite.library for suite in SUITES if suite.approved]
        self.assertEqual(len(approved), 8)
        self.assertTrue(all("AES" in name and "GCM" in name for name in approved), approved)

    def test_pure(self) -> None:
        """
        Reading a configuration loads no TLS library.
        """
        loaded = loadedWith("sslpool.config.assembly")
        self.assertEqual([name for name in sorted(loaded) if name.startswith(("OpenSSL", "sslpool.tls"))], [])
