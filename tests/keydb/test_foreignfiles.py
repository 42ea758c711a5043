"""
Tests for L{sslpool.keydb.foreignfiles}, through the reader of files.
"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.armor import armored
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.issuing import makeRequest
from sslpool.keydb.parsing import parse, parseCertificates
from sslpool.messages import OperatorError
from tests.doubles.certificates import makeAuthority, makeDatabase, newKey

KEY = newKey()
PUBLIC = KEY.public_key()
REQUEST = makeRequest("WEB", x509.Name([]), ["a"]).request
SSH = KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
TEXT = exportPem([makeAuthority().certificate]).decode("ascii")


class ForeignFileTests(SynchronousTestCase):
    """
    Files of other programs.
    """

    def test_named(self) -> None:
        """
        Each is named as what it is, with a step that helps, by whoever reads it.
        """
        for data, what, step in (
            (b"\xfe\xed\xfe\xed\0\0\0\2", "(JKS)", "keytool -importkeystore"),
            (b"\xce\xce\xce\xce\0\0\0\2", "(JCEKS)", "-srcstoretype JCEKS"),
            (b"7H\x03\x02\0", "GSKit", "gsk8capicmd_64"),
            (TEXT.encode("utf-16"), "UTF-16", "iconv"),
            (TEXT.encode("utf-16-le"), "UTF-16", "iconv"),
            (SSH, "SSH private key", "ssh-keygen"),
            (PUBLIC.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH), "SSH public key", "with the certificate"),
            (b"---- BEGIN SSH2 PUBLIC KEY ----\nComment", "SSH public key", "with the certificate"),
            (b"PuTTY-User-Key-File-3: ecdsa-sha2-nistp256\n", "PuTTY", "puttygen"),
            (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBA==\n-----END PGP PUBLIC KEY BLOCK-----\n", "PGP", "PGP"),
            (REQUEST.public_bytes(Encoding.PEM), "certificate request", "gskkyman sign"),
            (REQUEST.public_bytes(Encoding.DER), "certificate request", "gskkyman sign"),
            (PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "only a public key", "private key"),
            (PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), "only a public key", "private key"),
            (b"\r\n<!DOCTYPE html><html>404</html>", "HTML", "download it again"),
            (b'{"type": "urn:ietf:params:acme:error"}', "JSON", "certificate"),
            (b"PK\x03\x04", "ZIP", "unpack"),
            (armored(b"EC PARAMETERS", b"\x06\x08*\x86H\xce=\x03\x01\x07"), "parameters", "certificate"),
            (armored(b"CMS", b"\x30\x03\x06\x01\x2a"), "(CMS)", "PEM"),
            (Path(makeDatabase(self.mktemp() + ".kdb")).read_bytes(), "gskkyman", "export"),
        ):
            for read in (lambda each: parse(each, None, "FILE"), lambda each: parseCertificates(each, "FILE")):
                error = self.assertRaises(OperatorError, read, data)
                self.assertEqual(error.said.id, "SSLP823E", str(error))
                self.assertIn(what, str(error).partition(": ")[0])
                self.assertIn(step, str(error))
