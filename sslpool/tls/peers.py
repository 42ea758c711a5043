# -*- test-case-name: tests.tls.test_peers -*-
"""
Certificates of clients: who is trusted, which names they may have, and what is known of the
client when the handshake is complete.  Servers.

An authority without a certificate revocation list is trusted without one; one that has a list is trusted as far as the
list goes, and not at all when it has expired (L{sslpool.keydb.revocationcheck}).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import cached_property
from hashlib import sha256

from attrs import frozen
from OpenSSL import SSL, crypto

from sslpool.config.portpolicy import DEPTH, NamePattern
from sslpool.keydb.alternatives import DNS, URI
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.names import COMMON_NAME, UNIT
from sslpool.keydb.records import KeyMaterial
from sslpool.keydb.revocationcheck import NOTHING, Objection, Revoked
from sslpool.tls import verification
from sslpool.tls.binding import verifyWords
from sslpool.tls.peercertificates import fromOpenSSL, inMemory, peerOf, toOpenSSL
from sslpool.tls.verification import GOOD

EXPIRED, CHAIN_TOO_LONG, REJECTED, WRONG_NAMES = 10, 22, 28, 50
"""
OpenSSL's C{X509_V_ERR_CERT_HAS_EXPIRED}, C{_CERT_CHAIN_TOO_LONG}, C{_CERT_REJECTED} and
C{_APPLICATION_VERIFICATION} (x509_vfy.h).
"""

OUR_WORDS = {
    WRONG_NAMES: "no rule of :clientcert. matches its names",
    REJECTED: "it cannot be looked up in revocation lists",
    Objection.UNREADABLE: "the revocation list of its authority is damaged",
    Objection.OUT_OF_SCOPE: "the revocation list of its authority does not cover it",
}


@frozen
class Trust:
    """
    Whose word counts about clients.

    @ivar authorities: the certificates of the trusted authorities.
    @ivar revoked: what the revocation lists say of certificates.
    """

    authorities: tuple[Certificate, ...] = ()
    revoked: Revoked = NOTHING

    @classmethod
    def of(cls, material: KeyMaterial, authorities: Iterable[Certificate]) -> Trust:
        """
        Return the trust in C{authorities} of a key database, all of whose lists count.
        """
        return cls(tuple(authorities), Revoked(material.revocations, material.known, material.unread))

    def give(self, context: SSL.Context) -> None:
        """
        Let C{context}, which is not yet in use, trust them.  The library is not told of the lists: ask
        L{objectionTo} about each certificate that it has verified.
        """
        store = context.get_cert_store()
        assert store is not None
        for authority in self.authorities:
            store.add_cert(toOpenSSL(authority))
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)

    def tell(self, context: SSL.Context) -> None:
        """
        Have C{context}, which is not yet in use, tell clients whose certificates count.
        """
        if self.authorities:
            with inMemory(b"".join(each.pem for each in self.authorities)) as path:
                context.load_client_ca(path.encode("ascii"))

    @cached_property
    def _ends(self) -> dict[Certificate, Certificate]:
        # As the library gives them back: it writes some octets anew, such as lengths longer than need be.
        return {fromOpenSSL(toOpenSSL(each)): each for each in self.authorities}

    def objectionTo(self, certificate: Callable[[], Certificate]) -> int:
        """
        Return what revocation lists have against a certificate of a chain that the library has verified;
        L{GOOD} where there is nothing.  With a trusted authority the chain ends.

        @param certificate: returns it.
        """
        if not self.revoked:
            return GOOD
        found = certificate()
        if not found.isRead:
            return REJECTED
        if end := self._ends.get(found):
            return self.revoked.objectionToEnd(end, time.time())
        return self.revoked.objectionTo(found, time.time())

    def digest(self) -> bytes:
        """
        Return what tells one trust from another, the same in every process.
        """
        authorities = sorted(each.fingerprint for each in self.authorities)
        return sha256(b"".join((*authorities, b"/", self.revoked.digest()))).digest()


@frozen
class ClientCheck:
    """
    What is asked of a client.

    @ivar required: it must show a certificate, and a good one; otherwise it may.
    @ivar trust: whose word counts.
    @ivar depth: how many authorities may stand between its certificate and a trusted one.
    @ivar rules: the names that it may have, see L{PortPolicy<sslpool.config.portpolicy.PortPolicy>}.
    """

    required: bool
    trust: Trust
    depth: int = DEPTH
    rules: tuple[tuple[NamePattern, ...], ...] = ()

    def demand(self, connection: SSL.Connection) -> None:
        """
        Ask the client in the handshake that is about to begin.
        """
        verification.demand(connection, self.required, self.judge)

    def judge(
        self, connection: SSL.Connection, ok: bool, error: int, depth: int, certificate: Callable[[], Certificate]
    ) -> int:
        """
        See L{sslpool.tls.verification.Judge}.
        """
        if not ok:
            return error
        if depth > self.depth + 1:
            return CHAIN_TOO_LONG
        if objection := self.trust.objectionTo(certificate):
            return objection
        return GOOD if depth or self.permits(certificate()) else WRONG_NAMES

    def permits(self, certificate: Certificate) -> bool:
        """
        Tell whether the names of a client's certificate are those of any rule.
        """
        if not self.rules:
            return True
        names = {kind: [*names] for kind, names in namesByKind(certificate)}
        return any(all(_fits(pattern, names[pattern.kind]) for pattern in rule) for rule in self.rules)

    def digest(self) -> bytes:
        """
        Return what tells one check from another, the same in every process.
        """
        words = repr((self.required, self.depth, [[(each.kind, each.pattern) for each in rule] for rule in self.rules]))
        return sha256(words.encode("utf-8") + self.trust.digest()).digest()


@frozen
class PeerCertificate:
    """
    What is known of a client when the handshake is complete.

    @ivar subject: what its certificate is shown as, see L{Certificate.shown}; empty where it has shown none.
    @ivar objection: why the certificate is not trusted; empty where it is.
    """

    subject: str = ""
    objection: str = ""


def peerCertificateOf(connection: SSL.Connection) -> PeerCertificate:
    """
    Return what is known of the client that C{connection} leads to.
    """
    certificate = peerOf(connection)
    if certificate is None:
        return PeerCertificate()
    return PeerCertificate(certificate.shown, objectionTo(connection, certificate))


def objectionTo(connection: SSL.Connection, certificate: Certificate) -> str:
    """
    Return why the client's certificate is not trusted now; empty where it is.  A resumed
    session carries the certificate, which may have expired since.
    """
    error = verification.result(connection)
    if error == GOOD and time.time() > certificate.notAfter:
        error = EXPIRED
    return "" if error == GOOD else reasonFor(error)


def reasonFor(error: int) -> str:
    """
    Return what was wrong with a certificate, in words.
    """
    return OUR_WORDS.get(error) or verifyWords(error)


def namesByKind(certificate: Certificate) -> Iterable[tuple[str, Iterable[str]]]:
    """
    Yield the names of a certificate as rules know them; one of which there is no one reading is none.
    """
    subject = certificate.subject
    yield "CN", subject.values(COMMON_NAME)
    yield "OU", subject.values(UNIT)
    yield "DNS", [name.lower() for name in certificate.values(DNS)]
    yield "URI", certificate.values(URI)


def _fits(pattern: NamePattern, names: list[str]) -> bool:
    # Brackets have no meaning of their own in a rule.
    wanted = pattern.pattern.replace("[", "[[]")
    wanted = wanted.lower() if pattern.kind == "DNS" else wanted
    return any(fnmatchcase(name, wanted) for name in names)
