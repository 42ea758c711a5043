# -*- test-case-name: tests.keydb.test_revocationcheck -*-
"""
What the revocation lists of a key database have against the certificates of a chain.  Pure; servers, the
stack's remote administration, C{gskkyman} and C{sslpool check}.

The TLS library builds and verifies the chain, and each of its certificates is looked up here.  The library's
own check is not used: it wants a list of every authority as soon as there is one of any, does not look
above an intermediate authority that is trusted, takes another's list for that of an authority with the
same name, and verifies the signature of each list in each handshake.  A context that is in use takes new lists,
but loses no old ones, and a session that is resumed is not looked at again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from enum import IntEnum
from hashlib import sha256

from attrs import frozen
from cryptography import x509

from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import isRoot, issued
from sslpool.keydb.names import Name
from sslpool.keydb.revocationlist import RevocationList


class Objection(IntEnum):
    """
    What there is against a certificate.  The values are OpenSSL's (C{X509_V_OK} and C{X509_V_ERR_*},
    x509_vfy.h): so it is told to the other side, and kept in the session.
    """

    NONE = 0
    UNREADABLE = 3
    NOT_YET = 11
    OVERDUE = 12
    REVOKED = 23
    NOT_SIGNING = 35
    OUT_OF_SCOPE = 44


@frozen
class Counting:
    """
    A list that counts.

    Whom it names is revoked, whichever key of that authority has signed his certificate: there is one list
    for a name (RFC 5280 section 5).  That it cannot be used now is held against those alone whose certificates
    the same key has signed.

    @ivar found: the list.
    @ivar signers: the certificates with whose name and key it was signed.  Where none is known, it counts for
        all of the name.
    """

    found: RevocationList
    signers: tuple[Certificate, ...]

    def objectionTo(self, certificate: Certificate, now: float) -> Objection:
        """
        Return what the list has against a certificate that its authority has issued.
        """
        if certificate.serial in self.found.serials:
            return Objection.REVOKED
        objection = self.objectionToAll(now)
        if not objection:
            if not self.found.points or self.found.points & pointsOf(certificate):
                return Objection.NONE
            objection = Objection.OUT_OF_SCOPE
        isOurs = not self.signers or any(issued(each, certificate) for each in self.signers)
        return objection if isOurs else Objection.NONE

    def objectionToAll(self, now: float) -> Objection:
        """
        Return why nobody gets in, listed or not.
        """
        if self.signers and not any(map(signsLists, self.signers)):
            return Objection.NOT_SIGNING
        if now < self.found.made:
            return Objection.NOT_YET
        return Objection.OVERDUE if self.found.due is not None and now > self.found.due else Objection.NONE


class Revoked:
    """
    The lists of a key database, ready to be asked.

    @ivar lists: those that count.
    @param lists: all of them.
    @param authorities: the certificates of authorities, trusted or not, and whatever else leads upward.
    @param unread: the authorities whose list is damaged: nobody knows whom they do not vouch for any more.
    """

    def __init__(
        self,
        lists: Iterable[RevocationList] = (),
        authorities: Iterable[Certificate] = (),
        unread: Iterable[Certificate] = (),
    ) -> None:
        known = _bySubject(authorities)
        self._unread = _bySubject(unread)
        counting = (Counting(each, tuple(filter(each.isSignedBy, known.get(each.issuer, ())))) for each in lists)
        self.lists = tuple(_newest(counting))
        self._byIssuer: dict[Name, list[Counting]] = {}
        for each in self.lists:
            self._byIssuer.setdefault(each.found.issuer, []).append(each)
        bounds = ((each.found.made, each.found.due) for each in self.lists)
        self._moments = sorted({moment for both in bounds for moment in both if moment is not None})
        self._issuers: dict[Certificate, tuple[Certificate, ...]] = {}
        if self:
            self._issuers = {each: tuple(_issuersOf(each, known)) for same in known.values() for each in same}

    def __bool__(self) -> bool:
        """
        Whether there is anything to be asked.
        """
        return bool(self._byIssuer or self._unread)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Revoked) and self.digest() == other.digest()

    def __hash__(self) -> int:
        return hash(self.digest())

    def objectionTo(self, certificate: Certificate, now: float) -> Objection:
        """
        Return what there is against a certificate of a chain that has been verified.

        @param now: the present, in seconds since the epoch.
        """
        for counting in self._byIssuer.get(certificate.issuer, ()):
            if objection := counting.objectionTo(certificate, now):
                return objection
        damaged = any(issued(each, certificate) for each in self._unread.get(certificate.issuer, ()))
        return Objection.UNREADABLE if damaged else Objection.NONE

    def objectionToEnd(self, certificate: Certificate, now: float) -> Objection:
        """
        Return what there is against an authority with which a chain ends: against itself, or against each way
        from it upward, as far as the key database reaches.  Of an authority that was renewed or cross-signed
        one certificate may be revoked and another not.

        @param now: the present, in seconds since the epoch.
        """
        found = Objection.NONE
        seen, waiting = {certificate}, [certificate]
        while waiting:
            each = waiting.pop()
            if objection := self.objectionTo(each, now):
                found = found or objection
                continue
            issuers = self._issuers.get(each, ())
            if not issuers:
                return Objection.NONE
            waiting += (upper for upper in issuers if upper not in seen)
            seen.update(issuers)
        return found

    def stage(self, now: float) -> int:
        """
        Return what is the same as long as no list becomes valid and none overdue.
        """
        return bisect_right(self._moments, now) if self._moments else 0

    def digest(self) -> bytes:
        """
        Return what tells one state from another, the same in every process.
        """
        damaged = (each for same in self._unread.values() for each in same)
        parts = (
            sorted(each.fingerprint for each in self._issuers),
            sorted(each.fingerprint for each in damaged),
            sorted(each.found.fingerprint for each in self.lists),
        )
        return sha256(b"/".join(map(b"".join, parts))).digest()


def pointsOf(certificate: Certificate) -> frozenset[x509.GeneralName]:
    """
    Return the distribution points at which the whole list for a certificate is found (RFC 5280 section 4.2.1.13).
    """
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, *MALFORMED):
        return frozenset()
    whole = (point for point in points if point.reasons is None and point.crl_issuer is None)
    return frozenset(name for point in whole for name in point.full_name or ())


def signsLists(authority: Certificate) -> bool:
    """
    Whether an authority may sign lists: where its certificate says what its key is for, that as well
    (RFC 5280 section 6.3.3).
    """
    try:
        return authority.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True
    except MALFORMED:
        return False


def _bySubject(certificates: Iterable[Certificate]) -> dict[Name, list[Certificate]]:
    found: dict[Name, list[Certificate]] = {}
    for each in dict.fromkeys(certificates):
        found.setdefault(each.subject, []).append(each)
    return found


def _newest(every: Iterable[Counting]) -> Iterable[Counting]:
    """
    Return of several lists of one key, for the same certificates, the newest.
    """
    ordered = sorted(every, key=lambda each: each.found.made)
    return {(each.found.issuer, each.signers or each, each.found.points): each for each in ordered}.values()


def _issuersOf(certificate: Certificate, known: dict[Name, list[Certificate]]) -> Iterator[Certificate]:
    """
    Yield the certificates of who has issued one; nothing stands above a root.
    """
    if not isRoot(certificate):
        yield from (each for each in known.get(certificate.issuer, ()) if issued(each, certificate))


NOTHING = Revoked()
"""
No list at all.
"""
