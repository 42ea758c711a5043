# -*- test-case-name: tests.tls.test_administration -*-
"""
TLS of remote administration, through Twisted: the stack's end, which wants a client certificate of an authority in the
key database, and the commands' end, which verifies the stack's name.  Stack process; commands with C{--remote}.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from functools import partial
from time import time
from typing import Any

from OpenSSL import SSL, crypto
from service_identity.hazmat import DNS_ID
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator
from twisted.python.failure import Failure
from zope.interface import implementer

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import heldBetween, rechained
from sslpool.keydb.names import COMMON_NAME
from sslpool.keydb.records import Credential, KeyMaterial
from sslpool.messages import operatorError
from sslpool.tls.outbound import Identity, serviceId
from sslpool.tls.peercertificates import fromOpenSSL, reasonOf, toOpenSSL, useCredential
from sslpool.tls.peers import Trust
from sslpool.tls.policy import NO_AUTO_CHAIN


@implementer(IOpenSSLServerConnectionCreator)
class AdministrationServer:
    """
    Makes the stack's ends of connections; all of its certificate is in use, and whose
    clients it trusts, is as it was when L{use} was called last.
    """

    def __init__(self) -> None:
        self._context: SSL.Context | None = None
        self._credential: Credential
        self._make: Callable[[Credential], SSL.Context]
        self._held = -math.inf, math.inf

    def use(self, material: KeyMaterial, label: str, authority: str) -> None:
        """
        Use the certificate C{label}, and trust clients of the authority with the
        label C{authority}, or of all authorities where it is empty.

        @raise sslpool.messages.OperatorError: there is no such certificate or
            authority, or the library does not accept it.
        """
        credential = next((each for each in material.credentials if each.label == label), None)
        if credential is None:
            raise operatorError("SSLP450E", label=label)
        trusted = [
            each.certificate for each in material.authorities if authority.casefold() in ("", each.label.casefold())
        ]
        if not trusted:
            raise operatorError("SSLP451E", label=authority or "of any label")
        self._make = partial(_serverContext, trust=Trust.of(material, trusted))
        self._present(credential, time())

    def _present(self, credential: Credential, now: float) -> None:
        self._context = self._make(credential)
        self._credential, self._held = credential, heldBetween(credential, now)

    def serverConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:
        assert self._context is not None
        since, until = self._held
        if not since <= (now := time()) < until:
            # An issuer has expired, or the one that follows it has become valid.
            self._present(rechained(self._credential, now), now)
        return SSL.Connection(self._context, None)


def _serverContext(credential: Credential, trust: Trust) -> SSL.Context:
    context = _contextWith(SSL.TLS_SERVER_METHOD, credential)
    trust.give(context)
    trust.tell(context)

    def verify(connection: SSL.Connection, found: crypto.X509, error: int, depth: int, good: int) -> bool:
        return bool(good) and not trust.objectionTo(partial(fromOpenSSL, found))

    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)
    return context


def _contextWith(method: int, credential: Credential) -> SSL.Context:
    context = SSL.Context(method)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    # A resumed session would not look at the client's certificate again.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    # Authorities that are trusted are not sent behind our own certificate.
    context.set_mode(NO_AUTO_CHAIN)
    useCredential(context, credential)
    return context


def commonName(certificate: crypto.X509 | None) -> str:
    """
    Return the common name in the subject of a peer's certificate, or nothing where there is none, more than one, or one
    that is not ASCII: letters of other alphabets can become those of ours in upper case.
    """
    if certificate is None:
        return ""
    names = fromOpenSSL(certificate).subject.attributes(COMMON_NAME)
    name = names[0].value if len(names) == 1 else None
    return name if name is not None and name.isascii() else ""


@implementer(IOpenSSLClientConnectionCreator)
class AdministrationClient:
    """
    Makes the commands' ends of connections.  Who the stack is, is looked at while the handshake goes on, as
    with remote hosts: what else its names hold decides nothing.

    @param name: the name, or address, that the stack's certificate must have.
    @param credential: the operator's certificate.
    @param authorities: whose certificates a stack may have.
    @raise sslpool.messages.OperatorError: the library does not accept a certificate, or nobody can have the name.
    """

    def __init__(self, name: str, credential: Credential, authorities: Sequence[Certificate]) -> None:
        self._identity = Identity(name)
        try:
            self._service = serviceId(name)
        except ValueError as error:
            raise operatorError("SSLP756E", name=name) from error
        self._context = context = _contextWith(SSL.TLS_CLIENT_METHOD, credential)
        store = context.get_cert_store()
        assert store is not None
        for authority in authorities:
            store.add_cert(toOpenSSL(authority))
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, self._judge)

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:
        self._identity = Identity(self._identity.name)
        connection = SSL.Connection(self._context, None)
        if isinstance(self._service, DNS_ID):
            # Never an address (RFC 6066 section 3).
            connection.set_tlsext_host_name(self._service.hostname)
        return connection

    def _judge(self, connection: SSL.Connection, found: crypto.X509, error: int, depth: int, good: int) -> bool:
        return self._identity.judge(fromOpenSSL(found), error, depth, bool(good))

    def explained(self, failure: Failure) -> str:
        """
        Return why a connection came to nothing, as an operator would say it.
        """
        objection = self._identity.objection
        return f"its certificate is not accepted: {objection}" if objection else explained(failure)


def explained(failure: Failure) -> str:
    """
    Return why a handshake failed, as an operator would say it.
    """
    error = failure.value
    if isinstance(error, SSL.Error):
        return reasonOf(error)
    number = getattr(error, "osError", None)
    return os.strerror(number) if number else failure.getErrorMessage()
