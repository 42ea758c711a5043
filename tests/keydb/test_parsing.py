"""
Tests for L{sslpool.keydb.parsing}.
"""

from __future__ import annotations

import subprocess
from base64 import b64encode, encodebytes
from itertools import permutations

from attrs import evolve
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

from sslpool.keydb.armor import armored, childrenOf, element, enclosed
from sslpool.keydb.exchange import exportPem, exportPkcs12
from sslpool.keydb.parsing import Contents, assemble, parse, parseCertificates
from sslpool.keydb.records import Credential
from sslpool.messages import OperatorError
from tests.doubles.certificates import credentialPem, keyPem, makeAuthority, makeRevocations, makeServer, newKey
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
        self.check(self.read(PEM + keyPem(newKey())))
        with refused("SSLP346E"):
            self.read(PEM + credentialPem(makeServer(AUTHORITY)))
        for empty in (b"", b" \n\t\n"):
            with refused("SSLP348E"):
                self.read(empty)

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
            parse(b"-----BEGIN A-----\n" * 50000, None, "FILE")


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
        self.assertEqual([key.name for key in bundle.keys], ["web"])

    def test_noName(self) -> None:
        """
        A file need not have a name.
        """
        self.assertEqual([key.name for key in parse(self.make(name=None), "secret", "FILE").keys], [""])

    def test_password(self) -> None:
        """
        The password must be right; no password and an empty one are the same.
        """
        for password in (None, ""):
            with refused("SSLP821E"):
                parse(self.make(), password, "FILE")
            parse(self.make(password=None), password, "FILE")
        with refused("SSLP353E"):
            parse(self.make(), "wrong", "FILE")

    def test_noKey(self) -> None:
        """
        A file of certificates alone is read, but is no credential.
        """
        data = pkcs12.serialize_java_truststore(
            [pkcs12.PKCS12Certificate(SERVER.certificate.strict, b"x")], BestAvailableEncryption(b"secret")
        )
        bundle = parse(data, "secret", "FILE")
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
        A private key in DER is read, and lacks its certificate.
        """
        for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
            key = SERVER.key.private_bytes(Encoding.DER, form, NoEncryption())
            found = parse(key, None, "FILE")
            self.assertEqual([keyPem(each.key) for each in found.keys], [keyPem(SERVER.key)])
            with refused("SSLP340E"):
                assemble("WEB", found, "FILE")

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


class WritingTests(SynchronousTestCase):
    """
    How other programs write the same file.
    """

    def check(self, data: bytes, password: str | None = None) -> Contents:
        """
        It holds the server's certificate, chain and key.
        """
        found = parse(data, password, "FILE")
        credential = assemble("WEB", found, "FILE")
        self.assertEqual((credential.certificate, credential.chain), (SERVER.certificate, SERVER.chain))
        self.assertEqual(keyPem(credential.key), keyPem(SERVER.key))
        return found

    def test_text(self) -> None:
        """
        Marks of byte order, other ends of lines, none between two parts, text around them, parts twice.
        """
        for data in (
            b"\xef\xbb\xbf" + PEM,
            PEM.replace(b"\n", b"\r"),
            PEM.replace(b"-----\n-----BEGIN", b"----------BEGIN"),
            b"Bag Attributes: \xff <none>\n" + PEM.replace(b"\n-----BEGIN", b"\nbetween: x\n-----BEGIN"),
            PEM + PEM,
            PEM.rstrip(),
            PEM.replace(b"CERTIFICATE-", b"X509 CERTIFICATE-"),
        ):
            self.check(data)

    def test_names(self) -> None:
        """
        What a part is called does not matter, but what it is.
        """
        for name in (b"ANY PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY", b"CERTIFICATE"):
            self.check(PEM.replace(b"PRIVATE KEY", name))
        binary = b"".join(each.der for each in (SERVER.certificate, *SERVER.chain))
        key = SERVER.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self.check(binary + key)
        self.check(b64encode(binary + key))

    def test_pemInBase64(self) -> None:
        """
        A text as Kubernetes keeps it, with its byte-order mark and lines; once, not one in another.
        """
        self.check(b64encode(b"# ours\n" + PEM))
        self.check(b"\xef\xbb\xbf" + encodebytes(PEM))
        with refused("SSLP345E"):
            parse(b64encode(b64encode(PEM)), None, "FILE")
        with refused("SSLP345E"):
            parse(b64encode(PEM[:-40]), None, "FILE")

    def test_trusted(self) -> None:
        """
        What OpenSSL adds to a trusted certificate is passed over.
        """
        trusted = SERVER.certificate.der + bytes.fromhex("300c300a06082b06010505070301")
        chain = exportPem(SERVER.chain)
        self.check(armored(b"TRUSTED CERTIFICATE", trusted) + chain + keyPem(SERVER.key))

    def test_wrapped(self) -> None:
        """
        PKCS #12 and PKCS #7 are read as text under any name, as C{certutil -encode} of Windows calls all.
        """
        credential = exportPkcs12(evolve(SERVER, label="web"), "secret")
        for data in (b64encode(credential), armored(b"CERTIFICATE", credential), armored(b"PKCS12", credential)):
            found = self.check(data, "secret")
            self.assertTrue(found.isPkcs12)
        every = [each.strict for each in (SERVER.certificate, *SERVER.chain)]
        chain = pkcs7.serialize_certificates(every, Encoding.DER)
        for data in (armored(b"PKCS7", chain), armored(b"CERTIFICATE", chain)):
            self.check(data + keyPem(SERVER.key))

    def test_indefinite(self) -> None:
        """
        PKCS #7 with lengths that are open (BER), as old programs write it.
        """
        every = [each.strict for each in (SERVER.certificate, *SERVER.chain)]
        chain = pkcs7.serialize_certificates(every, Encoding.DER)
        _, start, end = element(chain, 0)
        ber = b"\x30\x80" + chain[start:end] + b"\0\0"
        self.assertEqual(parseCertificates(ber, "FILE"), parseCertificates(chain, "FILE"))

    def test_lists(self) -> None:
        """
        All revocation lists are found, in PKCS #7 too, beside certificates.
        """
        lists = [makeRevocations(authority) for authority in (AUTHORITY, makeAuthority("Root"))]
        text = b"".join(each.pem for each in lists)
        found = parse(exportPem([SERVER.certificate]) + text + text, None, "FILE")
        self.assertEqual((found.certificates, found.lists), ((SERVER.certificate,), tuple(lists)))
        signed = pkcs7.serialize_certificates([SERVER.certificate.strict], Encoding.DER)
        content = childrenOf(childrenOf(signed)[1])[0]
        *before, signers = childrenOf(content)
        crls = enclosed(0xA1, b"".join(each.der for each in lists))
        kind = childrenOf(signed)[0]
        data = enclosed(0x30, kind + enclosed(0xA0, enclosed(0x30, b"".join(before) + crls + signers)))
        self.assertEqual(parse(data, None, "FILE").lists, tuple(lists))

    def test_severalKeys(self) -> None:
        """
        Of several keys that is meant which has the name of the label; certificates tell them apart.
        """
        other = makeServer(AUTHORITY, "other.example")
        data = b"friendlyName: one\n" + PEM + b"friendlyName: Two\n" + credentialPem(other)
        for label, expected in (("ONE", SERVER), ("TWO", other)):
            self.assertEqual(assemble(label, parse(data, None, "FILE"), "FILE").certificate, expected.certificate)
        error = self.assertRaises(OperatorError, assemble, "THREE", parse(data, None, "FILE"), "FILE")
        self.assertTrue(str(error).startswith("SSLP346E") and str(error).endswith(": one, Two"), str(error))

    def test_foreign(self) -> None:
        """
        A key of SSH beside a certificate is named as what it is, not as missing.
        """
        key = SERVER.key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        with refused("SSLP823E"):
            assemble("WEB", parse(exportPem([SERVER.certificate]) + key, None, "FILE"), "FILE")
        with refused("SSLP823E"):
            parse(key, None, "FILE")


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
        A certificate in which one octet was changed is read or refused, and what is read can be shown.
        """
        der = bytearray(SERVER.certificate.der)
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
        try:
            parseCertificates(bytes(der), "FILE")
        except OperatorError as error:
            self.assertIn(error.said.id, ("SSLP345E", "SSLP340E", "SSLP823E"))
