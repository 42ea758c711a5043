# -*- test-case-name: tests.tls.test_library -*-
"""
What is said of the TLS library itself.  Servers.
"""

from __future__ import annotations

from OpenSSL import SSL


def libraryName() -> str:
    """
    Return name and version of the TLS library, such as C{OpenSSL 4.0.3 29 Sep 2026}.
    """
    return SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode("ascii")
