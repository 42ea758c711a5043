"""
Tests for L{sslpool.keydb.armour}.
"""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.armour import PKCS12, armoured, keyAlgorithm, keysIn, sequenceOf, unarmoured
from sslpool.keydb.operations import exportPkcs12
from sslpool.keydb.parsing import parse
from sslpool.testing.certificates import makeAuthority, makePss, makeServer, writeCredential
from tests.keydb.refusals import refused
from tests.keydb.test_operations import openssl

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


class ArmourTests(SynchronousTestCase):
    """
    Text around PKCS #12.
    """

    def test_text(self) -> None:
        """
        Text with its lines, or without, is taken off; anything else stays.
        """
        content = exportPkcs12(makeServer(makeAuthority()), "secret")
        text = armoured(PKCS12, content)
        self.assertEqual(max(map(len, text.splitlines())), 64)
        self.assertEqual(unarmoured(text), content)
        self.assertEqual(unarmoured(base64.encodebytes(content)), content)
        for other in (content, b"", b"MI", b"MII!", b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"):
            self.assertEqual(unarmoured(other), other)

    def test_sequence(self) -> None:
        """
        Numbers are written as DER has them, with long lengths and without.
        """
        self.assertEqual(sequenceOf(1, 128).hex(), "300702010102020080")
        self.assertEqual(sequenceOf(1 << 1600)[:4].hex(), "3081cc02")


class KeyTests(SynchronousTestCase):
    """
    What a certificate says of the kind of its key.
    """

    def test_kind(self) -> None:
        """
        It is what the library would say, however many fields stand before it.
        """
        kinds = (makeServer(makeAuthority()), "301306072a8648ce3d020106082a8648ce3d030107"), (
            makePss(makeAuthority()),
            "300b06092a864886f70d01010a",
        )
        for credential, expected in kinds:
            self.assertEqual(keyAlgorithm(credential.certificate.signed).hex(), expected)


class CountingTests(SynchronousTestCase):
    """
    How many keys a PKCS #12 file holds.
    """

    def test_one(self) -> None:
        """
        A usual file has one, whoever made it.
        """
        credential = makeServer(makeAuthority("Lower", makeAuthority()), label="WEB")
        self.assertEqual(keysIn(exportPkcs12(credential, "secret")), 1)
        pem, out = writeCredential(self.mktemp(), credential), self.mktemp()
        openssl("pkcs12", "-export", "-legacy", "-in", pem, "-out", out, "-passout", "pass:secret")
        with open(out, "rb") as file:
            self.assertEqual(keysIn(file.read()), 1)

    def test_several(self) -> None:
        """
        A file with two keys is refused: the library would take one of them without a word.
        """
        with refused("SSLP346E"):
            parse(base64.b64decode(TWO_KEYS), TWO_KEYS_PASSWORD, "FILE")

    @given(st.binary(max_size=300))
    def test_anything(self, content: bytes) -> None:
        """
        Whatever the octets are, they are counted or not, and that is all.
        """
        self.assertGreaterEqual(keysIn(b"\x30\x82" + content), 0)
        self.assertGreaterEqual(keysIn(content), 0)
