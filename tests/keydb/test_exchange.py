"""
Tests for L{sslpool.keydb.exchange}; the openssl command is the other side.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.exchange import CERTIFICATE_FORMATS, GROUPS, KEY_FORMATS, exportCertificates, exportKey, parameters
from sslpool.keydb.files import PRIVATE, writeNew
from sslpool.keydb.parsing import assemble, parse, parseCertificates
from tests.doubles.certificates import keyPem, makeAuthority, makeServer
from tests.keydb.refusals import refused
from tests.keydb.test_generation import openssl


class ExchangeTests(SynchronousTestCase):
    """
    What is written is read, by others and by us.
    """

    def setUp(self) -> None:
        """
        Make a server with an RSA key and a chain.
        """
        authority = makeAuthority("Lower", makeAuthority())
        self.credential = makeServer(authority, label="WEB", key=rsa.generate_private_key(65537, 2048))
        self.every = (self.credential.certificate, *self.credential.chain)

    def written(self, content: bytes) -> str:
        """
        Write a file and return its name.
        """
        path: str = self.mktemp()
        writeNew(path, content, PRIVATE)
        return path

    def test_certificates(self) -> None:
        """
        Each form gives the certificates back; DER is one alone.
        """
        for form in CERTIFICATE_FORMATS:
            found = parseCertificates(exportCertificates(self.every, form), "FILE")
            self.assertEqual(set(found), set(self.every[:1] if form == "der" else self.every), form)

    def test_pkcs7(self) -> None:
        """
        PKCS #7 is read by openssl.
        """
        for form, kind in (("pkcs7", "DER"), ("pkcs7-pem", "PEM")):
            path = self.written(exportCertificates(self.every, form))
            self.assertEqual(openssl("pkcs7", "-inform", kind, "-in", path, "-print_certs").count("BEGIN"), 2)

    def test_keys(self) -> None:
        """
        Each form gives certificate, chain and key back with its password, and openssl reads the old encryption too.
        """
        for form in KEY_FORMATS:
            content = exportKey(self.credential, "secret", form)
            found = assemble("WEB", parse(content, "secret", "FILE"), "FILE")
            self.assertEqual(keyPem(found.key), keyPem(self.credential.key))
            self.assertEqual((found.certificate, *found.chain), self.every)
            with refused("SSLP353E"):
                parse(content, "wrong", "FILE")
        path = self.written(exportKey(self.credential, "secret", "pkcs12-legacy"))
        shown = openssl("pkcs12", "-in", path, "-passin", "pass:secret", "-nodes", "-legacy")
        self.assertEqual(shown.count("BEGIN CERTIFICATE"), 2)

    def test_unknownForm(self) -> None:
        """
        Another form has its message.
        """
        for attempt in (
            lambda: exportCertificates(self.every, "jks"),
            lambda: exportKey(self.credential, "secret", "pem"),
            lambda: parameters("ffdhe512"),
        ):
            with refused("SSLP397E"):
                attempt()

    def test_parameters(self) -> None:
        """
        The groups are safe primes of their size.
        """
        path = self.written(parameters("ffdhe2048"))
        self.assertIn("DH Parameters: (2048 bit)", openssl("dhparam", "-in", path, "-check", "-text"))
        for group, (bits, _) in GROUPS.items():
            path = self.written(parameters(group))
            self.assertIn(f"({bits} bit)", openssl("dhparam", "-in", path, "-noout", "-text"))
