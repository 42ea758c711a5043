# -*- test-case-name: tests.tls.test_parameters -*-
"""
Groups of key exchange.  Agent and servers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from OpenSSL import SSL

from sslpool.tls import binding

_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "x25519": "X25519"}
"""
The names by which every release of the library knows these curves.
"""

LIBRARYS_CHOICE = ("the TLS library's own order",)
"""
What is in effect where groups cannot be set.
"""


def setGroups(context: SSL.Context, groups: Sequence[str]) -> tuple[str, ...]:
    """
    Let C{context}, which is not yet in use, agree on C{groups} only, first ones
    preferred among those for which the client has sent its share: no client has
    to begin again (HelloRetryRequest) that has sent any of them.

    @param groups: OpenSSL's names; those that the library does not have are left out.
    @return: the groups in effect.
    """
    known = tuple(group for group in groups if binding.setGroups(context, group))
    return known if known and binding.setGroups(context, ":".join(known)) else LIBRARYS_CHOICE


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
