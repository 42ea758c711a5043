"""
Tests for L{sslpool.keydb.pfx}.
"""

from __future__ import annotations

import base64
import warnings

from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.exchange import exportPkcs12
from sslpool.keydb.pfx import readPfx
from sslpool.messages import OperatorError
from tests.doubles.certificates import makeAuthority, makeServer, writeCredential
from tests.keydb.refusals import refused
from tests.keydb.test_generation import openssl

TWO_KEYS_PASSWORD = "secret1"
TWO_KEYS = (
    "MIIGbwIBAzCCBhkGCSqGSIb3DQEHAaCCBgoEggYGMIIGAjCCAikGCSqGSIb3DQEHAaCCAhoEggIWMIICEjCCAQUGCyqGSIb3DQEM"
    "CgECoIG9MIG6MGYGCSqGSIb3DQEFDTBZMDgGCSqGSIb3DQEFDDArBBQbMajA/l0En4791d2IU7XBgQX3oAICJxACASAwDAYIKoZI"
    "hvcNAgkFADAdBglghkgBZQMEASoEEEGGfWHFJpvB+74Uy9FCmV0EUC700t0oiYpf5GrSZhj5YLSYpE5xi0AA5KCeBY/jMfTS5gy2"
    "s9myzrV1w0dRkhLdVUGJAY2MnBrU2FN8Pr90gWRc5WyTfXxTr5HoiUg23kkyMTYwEQYJKoZIhvcNAQkUMQQeAgBhMCEGCSqGSIb3"
    "DQEJFTEUBBJUaW1lIDE3OTU1NzQ1ODQ2MDcwggEFBgsqhkiG9w0BDAoBAqCBvTCBujBmBgkqhkiG9w0BBQ0wWTA4BgkqhkiG9w0B"
    "BQwwKwQU4FIgvQ06whmhmIADh3TKEhuXA9UCAicQAgEgMAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBBJzOO2X54cIOLIiArL"
    "Ha9TBFCCuGKVju6iAJ0abzja42PA6gIJbpJc+tbQY8y6cD2nDSdSxAgbMYt8hfdyDIrU7/b493Iyr0uVLdK/q/O7VFY08e0fF+ps"
    "Av/qy1jyxAQxijE2MBEGCSqGSIb3DQEJFDEEHgIAYjAhBgkqhkiG9w0BCRUxFAQSVGltZSAxNzk1NTc0NTg3MDY1MIID0QYJKoZI"
    "hvcNAQcGoIIDwjCCA74CAQAwggO3BgkqhkiG9w0BBwEwZgYJKoZIhvcNAQUNMFkwOAYJKoZIhvcNAQUMMCsEFAfFB6xrcE7h5V5L"
    "W5gg4Wq5zsU7AgInEAIBIDAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQ8OMmAwHaUFZ1P2NciF/6jICCA0CZCIXDxSYtou30"
    "tYPrTvk7EEzpvyJXLLx5Q8ZDz8xDYDvSayhdPxwYbL5oW8lhFwF5EfDfRUPAMPej6JE2zAbUqmQ399C3UBnhuZ50319xJL6jSKY7"
    "TGFJWkkV20YmDAQ1YTpyrvzBow9e0Z7pGuQZmO4+pjvzI0D9Sn+1geSvgudzAxvKghQfEAq3C0f/d9gte5DUpNVMHEbNcQ+CGuDd"
    "pMskOuM3NFNnJ/EKKfNiS7VPW8c+ccrXvJg2qRjT9uPeczLolWBtE3cj4kykZo+Ax3h4rVc+ZVTsXWnjJZvRakbg5p7egtsi/cML"
    "snc/xpax2d1vR/uys0ceQIOoOd2u3z/QTpA1wlNSDltFMUimzN+ZZCgowKKubwvaQhdX6m9DvAgCFtfB8A0NrgC0ihh+NEiZtbsU"
    "I55HeF0RtyF9iFoIezOhWsDQ/mM6iJbzQxyOt3OmbpgFVF1UkqoGHtGE1XO5RzyKw7iQUpW0L0x8nhTy0XZk8A4r/LJ2vTt0vCAO"
    "hUE7nYTiR6wNOQ+Nuj1v/o05YUqExKukbLe1/7Mt6yQZvVqDVziuqXnY4AMfrGbJYZCGCRCZs2fNRZ9vCXIWVUQjddDmzLka8I4C"
    "mjFGIxoKJYGbvi2LvzW5zTyS3sTELWelPK7rovwM2FqnxJbnVfR9ml/oreD9qj09vdvlYggU4Ja67vssLz7OfuIXv4zJLw+E96rS"
    "vMwMeLlbnaPhWpOpIgGnkHf2Lzb835cq4lrIk1oI1ZsNPN4yNO/qLaH0fBfYny8mhRRDmOeCFtHPWyYY6I1Ydq6ewuux2anUIhJF"
    "d1zsn/WXr/ciBmdEITOr2lZR6iJH9oUQ23w54iss0PFhS7xd1YtzuKrkK1lZjLBScmsdZQQl+DeWgCfj8S4G5pL0kIALA6KK3RHO"
    "U2TpIRRarOAtz4aqwhHGXu0ZcATQoqLWhVz7muD8G5tQAossp3Sa6rAM5bUheuSUHXZfnqBwP1dzNBJ3sNVhtQ4RibHyrRO87AAS"
    "PBK5ow0XAQN3HpTGcI3mc7r/U52ox+dFSvIrUv5+UgEDm6UtWvwv1u73gikF7vnKtaugEs89psdr0AWN/qLxvDtyqxI5SxerME0w"
    "MTANBglghkgBZQMEAgEFAAQgYJ34yCBVReyfY7jxM775B9TZXbTRT0lFXM9scNmzrUAEFMamiI1KILLhdNPOfNU0IRYKawWZAgIn"
    "EA=="
)
"""
A PKCS #12 file with two keys, made by keytool; openssl makes none.
"""
SERVER = makeServer(makeAuthority("Lower", makeAuthority()), label="web")


class PfxTests(SynchronousTestCase):
    """
    What is in it.
    """

    def export(self, *options: str, password: str = "secret") -> bytes:
        """
        Return what openssl makes of the server's credential.
        """
        pem, out = writeCredential(self.mktemp(), SERVER), str(self.mktemp())
        openssl("pkcs12", "-export", "-in", pem, "-out", out, "-passout", f"pass:{password}", *options)
        with open(out, "rb") as file:
            return file.read()

    def test_forms(self) -> None:
        """
        Old and new ciphers, with and without a MAC, in part or wholly without encryption.
        """
        for options in (
            ["-legacy"],
            ["-nomac"],
            ["-keypbe", "camellia-256-cbc", "-certpbe", "aria-256-cbc"],
            ["-keypbe", "NONE", "-certpbe", "NONE"],
            ["-certpbe", "NONE"],
        ):
            found = readPfx(self.export(*options, "-name", "Shop"), "secret", "FILE")
            self.assertEqual([name for _, name in found.keys], ["Shop"], options)
            self.assertEqual(found.certificates[0], (SERVER.certificate, "Shop"))
            self.assertEqual(len(found.certificates), 1 + len(SERVER.chain))

    def test_several(self) -> None:
        """
        Each of several keys is there with its name, though the library returns one.
        """
        found = readPfx(base64.b64decode(TWO_KEYS), TWO_KEYS_PASSWORD, "FILE")
        self.assertEqual([name for _, name in found.keys], ["a", "b"])
        self.assertEqual([name for _, name in found.certificates], ["a", "b"])

    def test_noKeys(self) -> None:
        """
        Certificates alone have the names that the file gives them.
        """
        found = readPfx(self.export("-nokeys", "-caname", "One", "-caname", "Two"), "secret", "FILE")
        self.assertEqual((found.keys, [name for _, name in found.certificates]), ((), ["One", "Two"]))

    def test_refusals(self) -> None:
        """
        A password that is missing, wrong, or right for a file that is damaged; a cut one.
        """
        content = exportPkcs12(SERVER, "secret")
        for data, password, messageId in (
            (content, None, "SSLP821E"),
            (content, "wrong", "SSLP353E"),
            (content[:-1] + bytes([content[-1] ^ 1]), "secret", "SSLP345E"),
            (content[:-9], "secret", "SSLP345E"),
            (self.export("-nomac"), "wrong", "SSLP353E"),
        ):
            with refused(messageId):
                readPfx(data, password, "FILE")

    def test_unknownCipher(self) -> None:
        """
        A cipher that the library does not know is named; no password would be right.
        """
        content = self.export("-nomac")
        known, unknown = bytes.fromhex("60864801650304012a"), bytes.fromhex("608648016503040163")
        error = self.assertRaises(OperatorError, readPfx, content.replace(known, unknown), "secret", "FILE")
        self.assertEqual(error.said.id, "SSLP820E", str(error))
        self.assertIn("2.16.840.1.101.3.4.1.99", str(error))

    def test_silent(self) -> None:
        """
        What the library thinks of a form does not reach the operator.
        """
        content = exportPkcs12(SERVER, "secret")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.patch(pkcs12, "load_pkcs12", lambda *_: warnings.warn("BER", stacklevel=1) or loaded)
            readPfx(content, "secret", "FILE")
        self.assertEqual(caught, [])

    @given(st.binary(max_size=300))
    def test_anything(self, content: bytes) -> None:
        """
        Whatever the octets are, the worst is a message.
        """
        for data in (content, b"\x30\x82" + content, b"\x30\x80" + content):
            if len(data) > 1:
                self.assertRaises(OperatorError, readPfx, data, "secret", "FILE")


loaded = pkcs12.load_pkcs12(exportPkcs12(SERVER, "secret"), b"secret")
