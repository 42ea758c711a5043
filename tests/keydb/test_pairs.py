"""
Tests for L{sslpool.keydb.pairs}.
"""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.pairs import keyBeside, withKeyBeside
from sslpool.messages import operatorError


class BesideTests(SynchronousTestCase):
    """
    The file with the private key.
    """

    def test_names(self) -> None:
        """
        It is found by the names that certbot, Caddy, mkcert and others give.
        """
        for certificate, key in (
            ("fullchain.pem", "privkey.pem"),
            ("www.example.com.crt", "www.example.com.key"),
            ("localhost.pem", "localhost-key.pem"),
            ("cert.pem", "key.pem"),
            ("cert.pem", ""),
            ("cert.pem", "other.pem"),
        ):
            folder = self.mktemp()
            os.mkdir(folder)
            path = os.path.join(folder, certificate)
            for name in filter(None, (certificate, key)):
                open(os.path.join(folder, name), "w").close()
            expected = os.path.join(folder, key) if key not in ("", "other.pem") else ""
            self.assertEqual(keyBeside(path), expected)
            error = withKeyBeside(operatorError("SSLP341E", source=path), path)
            self.assertEqual(error.said.id, "SSLP828E" if expected else "SSLP341E")
        other = operatorError("SSLP342E", source=path)
        self.assertIs(withKeyBeside(other, path), other)
