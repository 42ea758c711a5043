# -*- test-case-name: tests.tls.test_finitefield -*-
"""
Parameters of finite-field Diffie-Hellman, which the suites with DHE need.  Servers.

They are the group ffdhe2048 of RFC 7919 appendix A.1: a prime that everybody can check, of
the least size that is still permitted (NIST SP 800-56A Rev. 3 appendix D).
"""

from __future__ import annotations

import os

from OpenSSL import SSL

FFDHE2048 = b"""-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""


def useFiniteField(context: SSL.Context) -> None:
    """
    Give C{context}, which is not yet in use, the parameters.
    """
    # pyOpenSSL reads them from files only; this one never leaves memory.
    descriptor = os.memfd_create("ffdhe2048")
    try:
        os.write(descriptor, FFDHE2048)
        context.load_tmp_dh(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
