# -*- test-case-name: tests.tls.test_naming -*-
"""
Which labels serve a name.  Servers; pure.

The exact name comes before a wildcard for one label of it (RFC 9525 section 6.3), and both
before the port's own label.  Of several labels with the same kind of key the first one of
the port counts; one that has expired, or is not yet valid, only where there is no other, be
it with a wildcard.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from attrs import frozen

from sslpool.keydb.alternatives import DNS
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.names import COMMON_NAME
from sslpool.keydb.records import Credential


@frozen
class Bearer:
    """
    A label and the names that it bears.

    @ivar label: the label.
    @ivar names: DNS names in lower case, possibly with a wildcard.
    @ivar kind: the kind of its key, of which a context has one each.
    @ivar begins: when it becomes valid, in seconds since the epoch.
    @ivar ends: when it expires, likewise.
    """

    label: str
    names: frozenset[str]
    kind: str
    begins: float
    ends: float

    @classmethod
    def of(cls, credential: Credential) -> Bearer:
        """
        Return what a certificate says.
        """
        certificate = credential.certificate
        begins, ends = certificate.notBefore, certificate.notAfter
        kind = type(certificate.publicKey()).__name__
        return cls(credential.label, frozenset(dnsNames(certificate)), kind, begins, ends)

    def isValid(self, now: float) -> bool:
        """
        Whether it is valid at C{now}.
        """
        return self.begins <= now <= self.ends


Bearers = tuple[Bearer, ...]


class Naming:
    """
    The labels of a port by name.

    @param bearers: the port's labels in order, its own first.
    """

    def __init__(self, bearers: Sequence[Bearer]) -> None:
        self._all = tuple(bearers)
        self._own = tuple(each for each in self._all if each.names >= self._all[0].names)
        byName: defaultdict[str, list[Bearer]] = defaultdict(list)
        for bearer in self._all:
            for name in bearer.names:
                byName[name].append(bearer)
        self._byName = {name: tuple(bearers) for name, bearers in byName.items()}

    def serving(self, name: str, now: float, strict: bool = False) -> Bearers:
        """
        Return the labels that serve C{name} at C{now}, one of each kind of key.

        @param name: the name; empty where the client has asked for none.
        @param strict: there are none where no label bears the name.
        """
        exact, wild = (self._byName.get(each, ()) for each in (name, f"*.{name.partition('.')[2]}"))
        if name and (exact or wild):
            return _named(exact, wild, now)
        if strict:
            return ()
        isValid = any(each.isValid(now) for each in self._own)
        return preferred(self._own if isValid else _firstFirst(self._all, now), now)


def _named(exact: Bearers, wild: Bearers, now: float) -> Bearers:
    """
    Return the labels for a name.

    @param exact: those that bear it itself.
    @param wild: those with a wildcard for it: they stand in for those that are not valid, and for none else.
    """
    valid = tuple(each for each in exact if each.isValid(now))
    if not valid:
        return preferred(wild if any(each.isValid(now) for each in wild) else exact or wild, now)
    lost = {each.kind for each in exact} - {each.kind for each in valid}
    return preferred((*valid, *(each for each in wild if each.kind in lost)), now)


def _firstFirst(bearers: Bearers, now: float) -> Bearers:
    """
    Return the first label that is valid, alone: it has nothing to do with the others; or the
    first one of all.
    """
    return next(((each,) for each in bearers if each.isValid(now)), bearers[:1])


def preferred(bearers: Bearers, now: float) -> Bearers:
    """
    Return the first label of each kind of key among those that are valid at C{now}; among all
    where none is.
    """
    valid = tuple(each for each in bearers if each.isValid(now)) or bearers
    first: dict[str, Bearer] = {}
    for each in valid:
        first.setdefault(each.kind, each)
    return tuple(first.values())


def dnsNames(certificate: Certificate) -> Iterable[str]:
    """
    Yield the DNS names of a certificate in lower case; its common name where it has no
    alternative names at all, as certificates of old do.
    """
    if certificate.hasAlternatives:
        yield from (name.lower().rstrip(".") for name in certificate.values(DNS))
    else:
        last = certificate.subject.attributes(COMMON_NAME)[-1:]
        yield from (each.value.lower() for each in last if each.value is not None)
