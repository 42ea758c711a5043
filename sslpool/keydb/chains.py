# -*- test-case-name: tests.keydb.test_chains -*-
"""
Which certificate belongs to a key, and which stand above it.  Any process.

Who has issued a certificate is decided by its signature.  Names say where to look, key identifiers (RFC 5280
section 4.2.1.1) where to look first.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush

from attrs import evolve, frozen
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.names import Name
from sslpool.keydb.records import Credential, PrivateKey
from sslpool.messages import operatorError

LONGEST = 128
"""
The most certificates of a chain: more than clients verify (C{DEFAULT_VERIFY_DEPTH} of OpenSSL is 100).
"""

_Order = tuple[bool, float]
"""
Which of several certificates, or chains, is better: the one that sorts first.  It is not valid; it ends so many
seconds before the epoch.
"""


@frozen
class Issuer:
    """
    An authority: a name and a key.  It may have several certificates, renewed ones and those that other
    authorities have issued for its key.

    @ivar key: its public key (subjectPublicKeyInfo).
    @ivar name: its name.
    """

    key: bytes
    name: Name

    @classmethod
    def of(cls, certificate: Certificate) -> Issuer:
        """
        Return whose certificate one is.
        """
        return cls(certificate.publicKeyInfo, certificate.subject)


class Issuers:
    """
    Certificates, found by those that were issued with them.

    @ivar own: the certificates.
    @param beyond: others that count as well.
    """

    def __init__(self, certificates: Iterable[Certificate] = (), beyond: Issuers | None = None) -> None:
        self._pools: tuple[Issuers, ...] = (self,) if beyond is None else (self, *beyond._pools)
        self._certificates: defaultdict[Issuer, dict[Certificate, None]] = defaultdict(dict)
        self._named: defaultdict[tuple[Name, bytes | None], dict[bytes, Certificate]] = defaultdict(dict)
        # Looking at signatures takes longer than all the rest.
        self._verdicts: dict[tuple[bytes, bytes], bool] = {} if beyond is None else beyond._verdicts
        self.own = dict.fromkeys(certificates)
        for each in self.own:
            self._certificates[Issuer.of(each)][each] = None
            for identifier in {None, _identifier(each, x509.SubjectKeyIdentifier)}:
                self._named[each.subject, identifier].setdefault(each.publicKeyInfo, each)

    def certificatesOf(self, issuer: Issuer) -> list[Certificate]:
        """
        Return the certificates of an authority.
        """
        found = (pool._certificates.get(issuer, {}) for pool in self._pools)
        return list(dict.fromkeys(each for certificates in found for each in certificates))

    def named(self, name: Name) -> bool:
        """
        Whether there is an authority of this name.
        """
        return any((name, None) in pool._named for pool in self._pools)

    def issuerOf(self, certificate: Certificate) -> Issuer | None:
        """
        Return who has issued C{certificate}, itself where it is a root; C{None} where it is nobody of these.
        """
        candidates = self._candidates(certificate)
        if certificate.issuer.der == certificate.subject.der:
            candidates = itertools.chain((certificate,), candidates)
        found = next((each for each in candidates if self._issued(each, certificate)), None)
        if found is None and self._issued(certificate, certificate):
            # A name may be written in two ways.
            found = certificate
        return None if found is None else Issuer.of(found)

    def _candidates(self, certificate: Certificate) -> Iterator[Certificate]:
        """
        Yield a certificate for each key that may have signed, the likely one first.
        """
        named = [pool._named.get((certificate.issuer, None), {}) for pool in self._pools]
        if sum(map(len, named)) > 1 and (identifier := _identifier(certificate, x509.AuthorityKeyIdentifier)):
            for pool in self._pools:
                yield from pool._named.get((certificate.issuer, identifier), {}).values()
        for each in named:
            yield from each.values()

    def _issued(self, issuer: Certificate, certificate: Certificate) -> bool:
        key = issuer.publicKeyInfo, certificate.der
        verdict = self._verdicts.get(key)
        if verdict is None:
            verdict = self._verdicts[key] = issued(issuer, certificate)
        return verdict


class Ascent:
    """
    All ways from a certificate to its roots.

    @ivar certificates: those that may stand in its chain, at one time or another.
    @param leaf: the certificate.
    @param issuers: where the others are taken from.
    """

    def __init__(self, leaf: Certificate, issuers: Issuers) -> None:
        self._leaf = leaf
        self._issuers: dict[Certificate, Issuer | None] = {leaf: issuers.issuerOf(leaf)}
        self._members: dict[Issuer, list[Certificate]] = {}
        # Nothing stands above what is signed with its own key.
        todo = [] if self._isTop(leaf) else [self._issuers[leaf]]
        for issuer in todo:
            if issuer is None or issuer in self._members:
                continue
            self._members[issuer] = [each for each in issuers.certificatesOf(issuer) if each != leaf]
            for each in self._members[issuer]:
                self._issuers[each] = issuers.issuerOf(each)
                todo.append(self._issuers[each])
        self.certificates = tuple(each for each in self._issuers if each != leaf)

    def issuerOf(self, certificate: Certificate) -> Issuer | None:
        """
        Return who has issued the leaf or one of C{certificates}, as L{Issuers.issuerOf}.
        """
        return self._issuers[certificate]

    def chain(self, now: float) -> tuple[Certificate, ...]:
        """
        Return the chain, the leaf's issuer first.

        Of several certificates of an authority it has the one with which everything is valid at C{now}, as far
        as that is known; then one that another authority has issued instead of a root; then the one with which
        everything is valid for the longest time.

        @param now: in seconds since the epoch.
        """
        orders = self._orders(now)
        chain: list[Certificate] = []
        issuer = None if self._isTop(self._leaf) else self._issuers[self._leaf]
        # A way through the same authority twice leads to nobody new.
        passed: set[Issuer] = set()
        while issuer is not None and issuer not in passed and len(chain) < LONGEST:
            passed.add(issuer)
            ways = [each for each in self._members[issuer] if self._isTop(each) or self._issuers[each] not in passed]
            if not ways:
                break
            best = min(ways, key=lambda each: self._rank(each, orders, now))
            chain.append(best)
            issuer = None if self._isTop(best) else self._issuers[best]
        return tuple(chain)

    def _rank(self, certificate: Certificate, orders: dict[Issuer, _Order], now: float) -> tuple[object, ...]:
        own, issuer = _orderOf(certificate, now), self._issuers[certificate]
        whole = own if issuer is None else max(own, orders.get(issuer, own))
        return whole[0], self._isTop(certificate) and issuer is not None, whole[1], own[1]

    def _isTop(self, certificate: Certificate) -> bool:
        issuer = self._issuers[certificate]
        return issuer is None or issuer == Issuer.of(certificate)

    def _orders(self, now: float) -> dict[Issuer, _Order]:
        """
        Return for each authority how good the best way upward from it is: a way is as good as the worst
        certificate in it.  They are found from the tops downward, the best first (Dijkstra), so that
        circles of authorities that have signed each other are no matter.
        """
        below: defaultdict[Issuer, list[Certificate]] = defaultdict(list)
        numbers, heap = itertools.count(), list[tuple[_Order, int, Certificate]]()
        for each in self.certificates:
            issuer = self._issuers[each]
            if issuer is None or self._isTop(each):
                heappush(heap, (_orderOf(each, now), next(numbers), each))
            else:
                below[issuer].append(each)
        orders: dict[Issuer, _Order] = {}
        while heap:
            order, _, certificate = heappop(heap)
            issuer = Issuer.of(certificate)
            if issuer not in orders:
                orders[issuer] = order
                for each in below[issuer]:
                    heappush(heap, (max(order, _orderOf(each, now)), next(numbers), each))
        return orders


def _orderOf(certificate: Certificate, now: float) -> _Order:
    return not certificate.notBefore <= now <= certificate.notAfter, -certificate.notAfter


def _identifier(
    certificate: Certificate, kind: type[x509.SubjectKeyIdentifier] | type[x509.AuthorityKeyIdentifier]
) -> bytes | None:
    """
    Return the identifier of a certificate's key, or of its issuer's; C{None} where it has none.
    """
    try:
        return certificate.extensions.get_extension_for_class(kind).value.key_identifier
    except (x509.ExtensionNotFound, *MALFORMED):
        return None


def belongs(key: PrivateKey, certificate: Certificate) -> bool:
    """
    Whether C{certificate} was made for C{key}.
    """
    try:
        return key.public_key() == certificate.publicKey()
    except (UnsupportedAlgorithm, ValueError):
        return False


def chainAbove(
    leaf: Certificate, candidates: Iterable[Certificate], now: float | None = None
) -> tuple[Certificate, ...]:
    """
    Return those of C{candidates} that stand above C{leaf} at C{now}, its issuer first,
    as TLS sends them (RFC 8446 section 4.4.2).  Those that do not are left out.

    @param now: in seconds since the epoch; the present by default.
    """
    return Ascent(leaf, Issuers(candidates)).chain(time.time() if now is None else now)


def shown(chain: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """
    Return what of a certificate's chain is sent: not its root, which a client has or does not trust (RFC 8446 section
    4.4.2).  What another authority has issued for the root's key is no root, and is sent.
    """
    return tuple(each for each in chain if not isRoot(each))


def isRoot(certificate: Certificate) -> bool:
    """
    Whether C{certificate} is signed with its own key.
    """
    return issued(certificate, certificate)


def isAuthority(certificate: Certificate, hasKey: bool = False) -> bool:
    """
    Whether C{certificate} is one that others are issued with.

    Beside its private key only one that says that it signs certificates: what C{openssl req -x509} makes for a server
    calls itself an authority too, and its operator did not mean to trust what it might issue.

    @param hasKey: its private key is with it.
    """
    extensions = certificate.extensions
    try:
        basic = extensions.get_extension_for_class(x509.BasicConstraints).value
        return basic.ca and (_signsCertificates(extensions) or not hasKey)
    except x509.ExtensionNotFound:
        # Roots of the first version have no extensions.
        return not hasKey and isRoot(certificate)
    except ValueError:
        return False


def isOnlyAuthority(certificate: Certificate) -> bool:
    """
    Whether C{certificate} signs certificates and nothing else: no server can use it.
    """
    if not isAuthority(certificate, hasKey=True):
        return False
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    return not (usage.digital_signature or usage.key_encipherment)


def _signsCertificates(extensions: x509.Extensions) -> bool:
    try:
        return extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return False


def brokenLink(leaf: Certificate, chain: Sequence[Certificate]) -> tuple[Certificate, Certificate] | None:
    """
    Return the first certificate of C{chain} that has not issued the one below
    it, and that one before it; C{None} where the chain is whole.
    """
    for lower, upper in zip((leaf, *chain), chain, strict=False):
        if not issued(upper, lower):
            return lower, upper
    return None


def chained(credential: Credential, issuers: Issuers, now: float) -> Credential:
    """
    Return a credential with its chain at C{now}.

    @param issuers: its own are what came with it.  Of those beyond roots are left out: a client has them or
        does not trust them.
    @param now: in seconds since the epoch.
    """
    ascent = Ascent(credential.certificate, issuers)
    chain = tuple(each for each in ascent.chain(now) if each in issuers.own or not isRoot(each))
    return evolve(credential, chain=chain, spare=tuple(each for each in ascent.certificates if each not in chain))


def rechained(credential: Credential, now: float) -> Credential:
    """
    Return a credential with its chain at C{now}, in seconds since the epoch; itself, where it has that.
    """
    if not credential.spare:
        return credential
    found = chained(credential, Issuers(credential.chain, Issuers(credential.spare)), now)
    return credential if found.chain == credential.chain else found


def heldBetween(credential: Credential, now: float) -> tuple[float, float]:
    """
    Return from when and until when (exclusive) the chain of a credential is the one that it has at C{now}, in
    seconds since the epoch.
    """
    # A certificate is valid in the second in which it ends.
    above = (*credential.chain, *credential.spare) if credential.spare else ()
    moments = [moment for each in above for moment in (each.notBefore, math.nextafter(each.notAfter, math.inf))]
    since = max((moment for moment in moments if moment <= now), default=-math.inf)
    return since, min((moment for moment in moments if moment > now), default=math.inf)


def checkChain(credential: Credential) -> None:
    """
    See that each certificate of a credential's chain has issued the one before it:
    the TLS library would send whatever it is given, and clients would refuse it.

    @raise sslpool.messages.OperatorError: SSLP163E, one has not.
    """
    broken = brokenLink(credential.certificate, credential.chain)
    if broken is not None:
        lower, upper = broken
        raise operatorError("SSLP163E", label=credential.label, lower=lower.shown, upper=upper.shown)


def issued(issuer: Certificate, certificate: Certificate) -> bool:
    """
    Whether C{certificate} was signed with the key of C{issuer}, by its name.
    """
    if issuer.subject != certificate.issuer:
        return False
    try:
        return certificate.isSignedWith(issuer.publicKey())
    except UnsupportedAlgorithm:
        # A signature that this library does not know may still be right; the name is.
        return True
    except (ValueError, TypeError):
        return False
