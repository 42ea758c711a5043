# -*- test-case-name: tests.tls.test_outbound -*-
"""
The secure client's TLS: whom it trusts, who the remote host must be (RFC 9525),
our own certificate, and sessions to be resumed.  Servers.

The certificate's name is looked at while the handshake goes on, so that a remote
host which is somebody else hears so in an alert, and nothing is said to it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from socket import socket

from attrs import define, evolve, frozen
from OpenSSL import SSL, crypto
from service_identity import hazmat
from service_identity.exceptions import CertificateError, VerificationError

from sslpool.config.securing import Remote
from sslpool.keydb.alternatives import ADDRESS, DNS
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.names import shortened
from sslpool.keydb.records import Credential, KeyMaterial
from sslpool.keydb.revocationcheck import Revoked
from sslpool.messages import operatorError
from sslpool.tls.peercertificates import fromOpenSSL, useCredential
from sslpool.tls.peers import Trust, reasonFor
from sslpool.tls.policy import Policy
from sslpool.tls.verification import GOOD
from sslpool.wire.requests import SYSTEM

KEPT = 256
"""
The most sessions that are kept to be resumed.
"""


@define(eq=False)
class Identity:
    """
    Who the remote host must be, and what was found; each connection has its own.

    @ivar name: the DNS name or IP address.
    @ivar objection: what is wrong with its certificate; empty where nothing is, or nothing was seen.
    @ivar stage: which revocation lists were valid and which overdue when the handshake began: its session is
        not resumed when that has changed.
    """

    name: str
    objection: str = ""
    stage: int = 0

    def judge(self, certificate: Certificate, error: int, depth: int, ok: bool) -> bool:
        """
        Look at a certificate of the chain that the library has looked at.

        @return: whether to go on.
        """
        if not ok:
            who = "" if depth == 0 else f", in the certificate of {certificate.shown}"
            self.objection = reasonFor(error) + who
            return False
        if depth == 0:
            self.objection = mismatch(certificate, self.name)
        return not self.objection


def serviceId(name: str) -> hazmat.DNS_ID | hazmat.IPAddress_ID:
    """
    Return what a certificate is compared with: an address where C{name} is one (RFC 9525 section 6.5), else a DNS name.

    @raise ValueError: it can be neither.
    """
    try:
        return hazmat.IPAddress_ID(ip_address(name))
    except ValueError:
        return hazmat.DNS_ID(name.removesuffix("."))


def mismatch(certificate: Certificate, name: str) -> str:
    """
    Return in what the names of a certificate differ from C{name}; empty where one is it.
    Only subjectAltName counts, never the common name (RFC 9525 section 2).
    """
    patterns = list(_patterns(certificate))
    try:
        hazmat.verify_service_identity(patterns, [serviceId(name)], [])
    except VerificationError:
        return f"it is for {_shown(patterns)}, not for {name}"
    except CertificateError:
        return f"it names no host, and is not for {name}"
    except ValueError:
        return f"no certificate can be for {name}"
    return ""


def _patterns(certificate: Certificate) -> Iterator[hazmat.CertificatePattern]:
    """
    Yield the names of a certificate; those that are not permitted match nothing
    (RFC 9525 section 6.3), and do not spoil the others.
    """
    for name in certificate.values(DNS):
        with suppress(CertificateError):
            yield hazmat.DNSPattern.from_bytes(name.encode("ascii"))
    for address in certificate.values(ADDRESS):
        yield hazmat.IPAddressPattern(pattern=ip_address(address))


def _shown(patterns: list[hazmat.CertificatePattern]) -> str:
    texts = [each.decode() if isinstance(each, bytes) else str(each) for each in (p.pattern for p in patterns)]  # type: ignore[union-attr]
    return shortened(", ".join(texts[:4])) + (" and others" if len(texts) > 4 else "")


@frozen
class _CachedSession:
    """
    A session to be resumed.

    @ivar session: the session.
    @ivar until: how long it may be, by the relay's clock.
    @ivar stage: see L{Identity.stage}.
    """

    session: SSL.Session
    until: float
    stage: int


@frozen
class Target:
    """
    What sessions must agree in to be resumed.
    """

    remote: Remote
    label: str
    port: int


class OutboundContexts:
    """
    Contexts for connections to remote hosts, made when they are first wanted from
    one reading of the key database.  With the next REFRESH everything is anew.

    @param material: what the key database has.
    @param policy: the protocol policy of the pool.
    """

    def __init__(self, material: KeyMaterial, policy: Policy) -> None:
        self._material = material
        self._policy = policy
        self._contexts: dict[tuple[tuple[str, ...], str], SSL.Context] = {}
        self._kept: OrderedDict[Target, _CachedSession] = OrderedDict()
        self._revoked = Revoked(material.revocations, material.known, material.unread)

    def connect(self, connection: socket, target: Target, now: float) -> SSL.Connection:
        """
        Return the TLS connection on C{connection}, ready for its handshake.

        @param now: the present, by the relay's clock.
        @raise sslpool.messages.OperatorError: a label is not in the key database, or cannot be used.
        """
        remote = target.remote
        try:
            identity = serviceId(remote.name)
        except ValueError as error:
            raise operatorError("SSLP756E", name=remote.name) from error
        secure = SSL.Connection(self._contextFor(remote.authorities, target.label), connection)
        secure.set_connect_state()
        stage = self._revoked.stage(time.time())
        secure.set_app_data(Identity(remote.name, stage=stage))
        if isinstance(identity, hazmat.DNS_ID):
            # Never an address (RFC 6066 section 3).
            secure.set_tlsext_host_name(identity.hostname)
        if remote.protocols:
            secure.set_alpn_protos([each.encode("ascii") for each in remote.protocols])
        kept = self._kept.pop(target, None)
        if kept is not None and now < kept.until and kept.stage == stage:
            secure.set_session(kept.session)
        return secure

    def rechain(self, credentials: Iterable[Credential]) -> None:
        """
        Present certificates with other chains than before.  Sessions are kept: they have none.
        """
        fresh = {each.label: each for each in credentials}
        credentials = tuple(fresh.get(each.label, each) for each in self._material.credentials)
        self._material = evolve(self._material, credentials=credentials)
        self._contexts = {key: context for key, context in self._contexts.items() if key[1] not in fresh}

    def keep(self, target: Target, secure: SSL.Connection, now: float) -> None:
        """
        Keep the session of an established connection, to be resumed once; but not of one that was
        verified by what the key database had before the last REFRESH.
        """
        session = secure.get_session()
        isOurs = secure.get_context() in self._contexts.values()
        if session is None or not self._policy.cacheLife or not isOurs:
            return
        identity = secure.get_app_data()
        self._kept[target] = _CachedSession(session, now + self._policy.cacheLife, identity.stage)
        self._kept.move_to_end(target)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _contextFor(self, authorities: tuple[str, ...], label: str) -> SSL.Context:
        context = self._contexts.get((authorities, label))
        if context is None:
            context = self._contexts[authorities, label] = self._make(authorities, label)
        return context

    def _make(self, authorities: tuple[str, ...], label: str) -> SSL.Context:
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        self._policy.restrict(context)
        context.set_mode(SSL.MODE_RELEASE_BUFFERS)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        trust = self._trust(context, authorities)
        trust.give(context)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _judgeBy(trust))
        if label:
            self._present(context, label)
        return context

    def _trust(self, context: SSL.Context, authorities: tuple[str, ...]) -> Trust:
        wanted = set(authorities)
        if SYSTEM in wanted:
            wanted.discard(SYSTEM)
            context.set_default_verify_paths()
        known = {each.label: each.certificate for each in self._material.authorities}
        if not authorities:
            wanted = set(known)
            if not wanted:
                raise operatorError("SSLP751E")
        for label in sorted(wanted):
            if label not in known:
                raise operatorError("SSLP752E", label=label)
        return Trust(tuple(known[label] for label in sorted(wanted)), self._revoked)

    def _present(self, context: SSL.Context, label: str) -> None:
        credential = next((each for each in self._material.credentials if each.label == label), None)
        if credential is None:
            raise operatorError("SSLP753E", label=label)
        useCredential(context, credential)


def _judgeBy(trust: Trust) -> Callable[[SSL.Connection, crypto.X509, int, int, int], bool]:
    def judge(secure: SSL.Connection, certificate: crypto.X509, error: int, depth: int, ok: int) -> bool:
        identity = secure.get_app_data()
        assert isinstance(identity, Identity)
        found = fromOpenSSL(certificate)
        error = trust.objectionTo(lambda: found) if ok else error
        return identity.judge(found, error, depth, bool(ok) and error == GOOD)

    return judge


def objectionOf(secure: SSL.Connection) -> str:
    """
    Return what was wrong with the remote host's certificate; empty where nothing was.
    """
    identity = secure.get_app_data()
    return identity.objection if isinstance(identity, Identity) else ""
