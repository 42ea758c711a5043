# -*- test-case-name: tests.tls.test_groups -*-
"""
Groups of key exchange.  Agent and servers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from OpenSSL import SSL

from sslpool.tls import binding
from sslpool.tls.peercertificates import inMemory

_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "x25519": "X25519"}
"""
The names by which every release of the library knows these curves.
"""

LIBRARYS_CHOICE = ("the TLS library's own order",)
"""
What is in effect where groups cannot be set.
"""

FFDHE2048 = b"""-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""
"""
The group ffdhe2048 of RFC 7919 appendix A.1, for suites with DHE: a prime that everybody can check, of the least
size that is still permitted (NIST SP 800-56A Rev. 3 appendix D).
"""


def setGroups(context: SSL.Context, groups: Sequence[str]) -> tuple[str, ...]:
    """
    Let C{context}, which is not yet in use, agree on C{groups} only.

    Who has a group with ML-KEM gets the first of these, and is asked for its share (HelloRetryRequest) where it has
    sent none of any.  Others get the first group whose share has come.  As a client, the context sends a share of
    the first of either kind.

    @param groups: OpenSSL's names, those with ML-KEM first; those that the library does not have are left out.
    @return: the groups in effect.
    """
    known = tuple(group for group in groups if binding.setGroups(context, group))
    kinds = [":".join(group for group in known if ("MLKEM" in group) is isHybrid) for isHybrid in (True, False)]
    # A list of the library's: "/" is between those that are worth beginning again, "*" before a share to be sent.
    words = "/".join(f"*{kind}" for kind in kinds if kind)
    return known if known and binding.setGroups(context, words) else LIBRARYS_CHOICE


@cache
def hasCurve(curve: str) -> bool:
    """
    Tell whether the library has an elliptic curve for TLS; a key on any other can be shown to no client.

    @param curve: its name in SEC 2 or RFC 5639.
    """
    name = _NAMES.get(curve, curve)
    return not binding.isWhole() or binding.setGroups(SSL.Context(SSL.TLS_SERVER_METHOD), name)


def groupOf(connection: SSL.Connection) -> str:
    """
    Return the group of key exchange that was agreed upon, as L{setGroups} takes it; that of the first handshake where
    TLS 1.2 has resumed a session; empty where there is none.
    """
    name = connection.get_group_name() or ""
    return _NAMES.get(name, name)


def useFiniteField(context: SSL.Context) -> None:
    """
    Have C{context}, which is not yet in use, agree on L{FFDHE2048} with suites that need a finite field.
    """
    with inMemory(FFDHE2048) as path:
        context.load_tmp_dh(path)
