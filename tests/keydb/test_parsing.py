"""
Tests for L{sslpool.keydb.parsing}.
"""

from __future__ import annotations

import subprocess
from base64 import b64encode
from itertools import permutations

from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.operations import exportPem
from sslpool.keydb.parsing import assemble, isPem, parse, parseCertificates, parsePem, parsePkcs12
from sslpool.keydb.records import Credential
from sslpool.messages import OperatorError
from sslpool.testing.certificates import credentialPem, keyPem, makeAuthority, makeServer, newKey
from tests.keydb.refusals import refused

AUTHORITY = makeAuthority("Lower", makeAuthority("Root"))
SERVER = makeServer(AUTHORITY)
PEM = credentialPem(SERVER)


def encryptedKey(format: PrivateFormat) -> bytes:
    """
    Return the server's private key encrypted with the password C{secret}.
    """
    return SERVER.key.private_bytes(Encoding.PEM, format, BestAvailableEncryption(b"secret"))


class PemTests(SynchronousTestCase):
    """
    What PEM may look like.
    """

    def read(self, data: bytes, password: str | None = None) -> Credential:
        """
        Return the credential in C{data}.
        """
        return assemble("WEB", parse(data, password, "FILE"), "FILE")

    def check(self, credential: Credential) -> None:
        """
        It is the server's credential.
        """
        self.assertEqual(credential.certificate, SERVER.certificate)
        self.assertEqual(credential.chain, SERVER.chain)
        self.assertEqual(keyPem(credential.key), keyPem(SERVER.key))

    def test_anyOrder(self) -> None:
        """
        Key, certificate and chain are recognised in any order.
        """
        parts = (keyPem(SERVER.key), exportPem([SERVER.certificate]), exportPem(SERVER.chain))
        for order in permutations(parts):
            self.check(self.read(b"".join(order)))

    def test_otherText(self) -> None:
        """
        Text around the parts, CR LF, indentation and other kinds of parts are passed over.
        """
        other = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        self.check(self.read(b"Bag Attributes\n  friendlyName: x\xff\n" + other + PEM))
        self.check(self.read(PEM.replace(b"\n", b"\r\n")))
        self.check(self.read(b"  " + PEM.replace(b"\n", b"\n  ")))

    def test_keyFormats(self) -> None:
        """
        The older format for keys is read too.
        """
        old = SERVER.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        self.check(self.read(old + exportPem([SERVER.certificate, *SERVER.chain])))

    def test_encrypted(self) -> None:
        """
        An encrypted key needs its password, in either format.
        """
        for format in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
            data = encryptedKey(format) + exportPem([SERVER.certificate, *SERVER.chain])
            self.check(self.read(data, "secret"))
            for password in (None, ""):
                with refused("SSLP343E"):
                    self.read(data, password)
            with refused("SSLP344E"):
                self.read(data, "wrong")

    def test_needlessPassword(self) -> None:
        """
        A password for a key that is not encrypted does no harm.
        """
        self.check(self.read(PEM, "secret"))

    def test_incomplete(self) -> None:
        """
        What is missing is said.
        """
        with refused("SSLP340E"):
            self.read(keyPem(SERVER.key))
        with refused("SSLP341E"):
            self.read(exportPem([SERVER.certificate]))
        with refused("SSLP346E"):
            self.read(PEM + keyPem(newKey()))
        for empty in (b"", b" \n\t\n"):
            with refused("SSLP348E"):
                self.read(empty)
            with refused("SSLP348E"):
                parsePem(empty, None, "FILE")

    def test_mismatch(self) -> None:
        """
        A key that belongs to none of the certificates is refused.
        """
        with refused("SSLP342E"):
            self.read(keyPem(newKey()) + exportPem([SERVER.certificate, *SERVER.chain]))

    def test_cutOff(self) -> None:
        """
        A part without an end is said to have none.
        """
        with refused("SSLP345E"):
            self.read(PEM[:-30])

    def test_damaged(self) -> None:
        """
        Parts whose contents are damaged are said to be so.
        """
        for kind in (b"CERTIFICATE", b"PRIVATE KEY"):
            part = b"-----BEGIN " + kind + b"-----\nAAAA\n-----END " + kind + b"-----\n"
            with refused("SSLP345E"):
                self.read(part)

    def test_keyType(self) -> None:
        """
        A key that no certificate can have is refused by its name.
        """
        key = x25519.X25519PrivateKey.generate()
        with refused("SSLP347E"):
            self.read(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def test_certificatesOnly(self) -> None:
        """
        Certificates are read without a look at a key, encrypted or not; DER is read too.
        """
        data = encryptedKey(PrivateFormat.PKCS8) + exportPem([SERVER.certificate])
        self.assertEqual(parseCertificates(data, "FILE"), (SERVER.certificate,))
        der = SERVER.certificate.der
        self.assertEqual(parseCertificates(der, "FILE"), (SERVER.certificate,))
        with refused("SSLP340E"):
            parseCertificates(keyPem(SERVER.key), "FILE")
        with refused("SSLP345E"):
            parseCertificates(b"\x30\x00", "FILE")
        with refused("SSLP348E"):
            parseCertificates(b"", "FILE")

    def test_openssl(self) -> None:
        """
        What C{openssl req} makes is read, with a key of either kind.
        """
        for kind in (["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], ["rsa:2048"]):
            command = ["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-subj", "/CN=example", "-keyout", "-"]
            pem = subprocess.run(command, check=True, capture_output=True).stdout
            self.assertEqual(self.read(pem).certificate.subject.text, "CN=example")

    def test_manyBeginnings(self) -> None:
        """
        The time to refuse nonsense grows with its size only.
        """
        with refused("SSLP345E"):
            parsePem(b"-----BEGIN A-----\n" * 50000, None, "FILE")


class Pkcs12Tests(SynchronousTestCase):
    """
    PKCS #12.
    """

    def make(self, password: bytes | None = b"secret", name: bytes | None = b"web") -> bytes:
        """
        Return the server's credential as PKCS #12.
        """
        encryption = BestAvailableEncryption(password) if password else NoEncryption()
        certificate, chain = SERVER.certificate.strict, [each.strict for each in SERVER.chain]
        return pkcs12.serialize_key_and_certificates(name, SERVER.key, certificate, chain, encryption)

    def test_read(self) -> None:
        """
        Key, certificate, chain and name are read.
        """
        bundle = parse(self.make(), "secret", "FILE")
        credential = assemble("WEB", bundle, "FILE")
        self.assertEqual(credential.certificate, SERVER.certificate)
        self.assertEqual(credential.chain, SERVER.chain)
        self.assertEqual(bundle.name, "web")

    def test_noName(self) -> None:
        """
        A file need not have a name.
        """
        self.assertEqual(parsePkcs12(self.make(name=None), "secret", "FILE").name, "")

    def test_password(self) -> None:
        """
        The password must be right; no password and an empty one are the same.
        """
        for password in (None, "", "wrong"):
            with refused("SSLP353E"):
                parsePkcs12(self.make(), password, "FILE")
            if password != "wrong":
                parsePkcs12(self.make(password=None), password, "FILE")

    def test_noKey(self) -> None:
        """
        A file of certificates alone is read, but is no credential.
        """
        data = pkcs12.serialize_java_truststore(
            [pkcs12.PKCS12Certificate(SERVER.certificate.strict, b"x")], BestAvailableEncryption(b"secret")
        )
        bundle = parsePkcs12(data, "secret", "FILE")
        self.assertEqual(bundle.certificates, (SERVER.certificate,))
        with refused("SSLP341E"):
            assemble("WEB", bundle, "FILE")

    def test_notPkcs12(self) -> None:
        """
        What is neither PEM nor PKCS #12 is said to be so.
        """
        for data in (b"hello", b"\x00" * 50, b"\x30"):
            with refused("SSLP345E"):
                parse(data, None, "FILE")

    def test_binaryWithoutKey(self) -> None:
        """
        A certificate in DER and a chain in PKCS #7 lack the private key, not a password.
        """
        der = SERVER.certificate.der
        every = [each.strict for each in (SERVER.certificate, *SERVER.chain)]
        chain = pkcs7.serialize_certificates(every, Encoding.DER)
        for data in (der, chain):
            bundle = parse(data, None, "FILE")
            self.assertIn(SERVER.certificate, bundle.certificates)
            with refused("SSLP341E"):
                assemble("WEB", bundle, "FILE")

    def test_bareKey(self) -> None:
        """
        A private key in DER is not taken for PKCS #12 with another password.
        """
        key = SERVER.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        with refused("SSLP345E"):
            parse(key, None, "FILE")

    def test_parserDetails(self) -> None:
        """
        What is wrong with a damaged certificate is said without the library's inner details.
        """
        octets = bytearray(SERVER.certificate.der)
        octets[4] = 0x02
        data = b"-----BEGIN CERTIFICATE-----\n" + b64encode(octets) + b"\n-----END CERTIFICATE-----\n"
        said = str(self.assertRaises(OperatorError, parse, data, None, "FILE"))
        self.assertTrue(said.startswith("SSLP345E"), said)
        self.assertNotIn("ParseError", said)

    def test_truncated(self) -> None:
        """
        Of a file that was not copied to its end that is said, not that the password is wrong.
        """
        data = self.make()
        for length in (300, len(data) - 1):
            with refused("SSLP345E"):
                parse(data[:length], "secret", "FILE")


class GarbageTests(SynchronousTestCase):
    """
    Whatever a file holds, the worst is a message.
    """

    @given(st.binary(max_size=300), st.sampled_from([None, "secret"]))
    def test_anything(self, data: bytes, password: str | None) -> None:
        """
        Random octets.
        """
        self.assertRaises(OperatorError, lambda: assemble("WEB", parse(data, password, "FILE"), "FILE"))

    @given(st.data())
    def test_changedPem(self, data: st.DataObject) -> None:
        """
        PEM in which octets were changed, left out or put in.
        """
        start = data.draw(st.integers(0, len(PEM)))
        length = data.draw(st.integers(0, 40))
        changed = PEM[:start] + data.draw(st.binary(max_size=40)) + PEM[start + length :]
        try:
            credential = assemble("WEB", parse(changed, "secret", "FILE"), "FILE")
        except OperatorError:
            return
        self.assertEqual(credential.certificate.publicKey(), credential.key.public_key())

    @given(st.data())
    def test_changedDer(self, data: st.DataObject) -> None:
        """
        A certificate in which one octet was changed is read or refused, and
        what is read can be shown.
        """
        der = bytearray(SERVER.certificate.der)
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
        if isPem(bytes(der)):
            return
        try:
            parseCertificates(bytes(der), "FILE")
        except OperatorError as error:
            self.assertEqual(error.message.id, "SSLP345E")
