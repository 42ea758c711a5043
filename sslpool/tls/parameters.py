# -*- test-case-name: tests.tls.test_parameters -*-
"""
Groups and signature algorithms of a context.  Agent and servers.

pyOpenSSL has no public call for either beyond C{set_tmp_ecdh}, which takes one
elliptic curve of the older kind.  The binding under it has both, by names that
are not public; where they are missing, the library's own order of groups and
algorithms holds, and whoever asks is told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from OpenSSL import SSL

try:
    from OpenSSL._util import lib as _lib

    _setGroups = _lib.SSL_CTX_set1_curves_list
    _setSignatures = _lib.SSL_CTX_set1_sigalgs_list
    _clearErrors = _lib.ERR_clear_error
except (ImportError, AttributeError):  # pragma: no cover - a binding with other names
    _setGroups = _setSignatures = None

_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "x25519": "X25519"}
"""
The names by which every release of the library knows these curves.
"""

LIBRARYS_CHOICE = ("the TLS library's own order",)
"""
What is in effect where groups cannot be set.
"""


def isRestrictable() -> bool:
    """
    Tell whether groups and signature algorithms can be set.
    """
    return _setGroups is not None


def setGroups(context: SSL.Context, groups: Sequence[str]) -> tuple[str, ...]:
    """
    Let C{context}, which is not yet in use, agree on C{groups} only, first ones
    preferred among those for which the client has sent its share: no client has
    to begin again (HelloRetryRequest) that has sent any of them.

    @param groups: OpenSSL's names; those that the library does not have are left out.
    @return: the groups in effect.
    """
    if _setGroups is None:
        return LIBRARYS_CHOICE
    known = tuple(group for group in groups if _takes(context, (group,)))
    return known if known and _takes(context, known) else LIBRARYS_CHOICE


@cache
def hasCurve(curve: str) -> bool:
    """
    Tell whether the library has an elliptic curve for TLS; a key on any other can be shown to no client.

    @param curve: its name in SEC 2 or RFC 5639.
    """
    return _setGroups is None or _takes(SSL.Context(SSL.TLS_SERVER_METHOD), (_NAMES.get(curve, curve),))


def groupOf(connection: SSL.Connection) -> str:
    """
    Return the group of key exchange that was agreed upon, as L{setGroups} takes it; that of the first handshake where
    TLS 1.2 has resumed a session; empty where there is none.
    """
    name = connection.get_group_name() or ""
    return _NAMES.get(name, name)


def _takes(context: SSL.Context, groups: Sequence[str]) -> bool:
    taken: int = _setGroups(context._context, ":".join(groups).encode("ascii"))
    _clearErrors()
    return taken == 1


def setSignatures(context: SSL.Context, algorithms: Sequence[str]) -> bool:
    """
    Let C{context}, which is not yet in use, sign and accept signatures with
    C{algorithms} only, first ones preferred.

    @return: it does.
    """
    if _setSignatures is None:
        return False
    taken: int = _setSignatures(context._context, ":".join(algorithms).encode("ascii"))
    _clearErrors()
    return taken == 1
