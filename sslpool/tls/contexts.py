# -*- test-case-name: tests.tls.test_reception -*-
"""
Contexts with certificates, and what each of them serves.  Servers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from attrs import frozen
from OpenSSL import SSL

from sslpool.keydb.records import Credential, keyTypeOf
from sslpool.tls.anchors import cacheMode
from sslpool.tls.peercertificates import shownBy, useCredential
from sslpool.tls.peers import ClientCheck
from sslpool.tls.policy import Policy
from sslpool.tls.stapling import Staple, stapleTo

NO_STAPLES: Mapping[str, Staple] = MappingProxyType({})


@frozen
class Served:
    """
    What a context is for; the context carries it.

    @ivar labels: its labels, the first one first.
    @ivar fingerprints: SHA-256 over each label's certificate.
    @ivar check: what is asked of clients, or C{None} for nothing.
    @ivar keys: the kind of each label's key.
    """

    labels: tuple[str, ...]
    fingerprints: tuple[bytes, ...]
    check: ClientCheck | None = None
    keys: tuple[str, ...] = ()


def makeContext(
    credentials: Sequence[Credential],
    policy: Policy,
    scope: bytes,
    alpn: Sequence[str] = (),
    check: ClientCheck | None = None,
    staples: Mapping[str, Staple] = NO_STAPLES,
    isNamed: bool = False,
) -> SSL.Context:
    """
    Return a new context.

    @param credentials: its certificates, of different kinds of key.
    @param scope: what sessions must agree in to be resumed under it.
    @param alpn: the protocols of ALPN, in order of preference.
    @param staples: the OCSP responses of its labels, as far as there are any.
    @param isNamed: it was chosen by the server name, which the client is told (RFC 6066 section 3).
    @raise sslpool.messages.OperatorError: the library does not accept a certificate.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    policy.restrict(context)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_session_cache_mode(cacheMode(policy))
    # The last one is what the library tells of where it has chosen none.
    for credential in reversed(credentials):
        useCredential(context, credential)
    context.set_session_id(scope)
    if alpn:
        context.set_alpn_select_callback(_chooser([name.encode("ascii") for name in alpn]))
    if isNamed:
        # The library acknowledges the name where there is a callback, but not in a session of TLS 1.2 that is resumed.
        context.set_tlsext_servername_callback(lambda connection: None)
    if check is not None:
        check.trust.give(context)
        check.trust.tell(context)
    labels = tuple(credential.label for credential in credentials)
    fingerprints = tuple(credential.certificate.fingerprint for credential in credentials)
    byFingerprint = {seen: staples[label] for label, seen in zip(labels, fingerprints, strict=True) if label in staples}
    stapleTo(context, byFingerprint, len(labels) == 1)
    keys = tuple(keyTypeOf(credential.certificate) for credential in credentials)
    context.set_app_data(Served(labels, fingerprints, check, keys))
    return context


def _chooser(ours: Sequence[bytes]) -> Callable[[SSL.Connection, list[bytes]], bytes]:
    """
    Return what chooses our first protocol that the client has.  Without any, the handshake
    fails (RFC 7301 section 3.2), so that nobody talks to an application it did not mean.
    """

    def choose(connection: SSL.Connection, offered: list[bytes]) -> bytes:
        for name in ours:
            if name in offered:
                return name
        raise SSL.Error([("SSL routines", "", "no application protocol")])

    return choose


def servedBy(connection: SSL.Connection) -> Served | None:
    """
    Return what the context of C{connection} is for; C{None} where it has no label's context.
    """
    served = connection.get_context().get_app_data()
    return served if isinstance(served, Served) else None


def keysOf(connection: SSL.Connection) -> tuple[str, ...]:
    """
    Return the kinds of key that our certificates on C{connection} have.
    """
    served = servedBy(connection)
    return () if served is None else served.keys


def isChecked(connection: SSL.Connection) -> bool:
    """
    Tell whether the client was asked for its certificate.
    """
    served = servedBy(connection)
    return served is not None and served.check is not None


def labelOf(connection: SSL.Connection) -> str:
    """
    Return the label whose certificate the client was shown; empty where there is none yet.
    """
    served = servedBy(connection)
    if served is None:
        return ""
    if len(served.labels) > 1:
        labels = dict(zip(served.fingerprints, served.labels, strict=True))
        return labels.get(shownBy(connection), served.labels[0])
    return served.labels[0]
