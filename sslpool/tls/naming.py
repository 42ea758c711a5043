# -*- test-case-name: tests.tls.test_naming -*-
"""
Which labels serve a name.  Servers; pure.

The exact name comes before a wildcard for one label of it (RFC 9525 section 6.3), and both before the port's own label.
Of several labels with the same kind of key the first one of the port counts; one that has expired, or is not yet valid,
or whose certificate the client cannot be shown, only where there is no other, be it with a wildcard.

Clients that connect to an address send it as a name, against RFC 6066 section 3: it is one that certificates bear.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address

from attrs import frozen

from sslpool.keydb.alternatives import ADDRESS, DNS
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.names import COMMON_NAME
from sslpool.keydb.records import Credential
from sslpool.tls.clienthello import Hello
from sslpool.tls.signing import Signing


@frozen
class NamedLabel:
    """
    A label and the names that it bears.

    @ivar label: the label.
    @ivar names: DNS names in lower case, possibly with a wildcard, and addresses.
    @ivar signing: how its key signs.
    @ivar begins: when it becomes valid, in seconds since the epoch.
    @ivar ends: when it expires, likewise.
    """

    label: str
    names: frozenset[str]
    signing: Signing
    begins: float
    ends: float

    @classmethod
    def of(cls, credential: Credential) -> NamedLabel:
        """
        Return what a certificate says.
        """
        certificate = credential.certificate
        begins, ends = certificate.notBefore, certificate.notAfter
        return cls(credential.label, frozenset(namesOf(certificate)), Signing.of(certificate), begins, ends)

    def isValid(self, now: float) -> bool:
        """
        Whether it is valid at C{now}.
        """
        return self.begins <= now <= self.ends


NamedLabels = tuple[NamedLabel, ...]


class Naming:
    """
    The labels of a port by name.

    @param labels: the port's labels in order, its own first.
    @param modern: TLS 1.3 is in use.
    """

    def __init__(self, labels: Sequence[NamedLabel], modern: bool = True) -> None:
        self._all = tuple(labels)
        self._modern = modern
        self._own = tuple(each for each in self._all if each.names >= self._all[0].names)
        byName: defaultdict[str, list[NamedLabel]] = defaultdict(list)
        for label in self._all:
            for name in label.names:
                byName[name].append(label)
        self._byName = {name: tuple(labels) for name, labels in byName.items()}

    def named(self, name: str) -> tuple[NamedLabels, NamedLabels] | None:
        """
        Return the labels that bear a server name itself, and those with a wildcard for it; C{None} where none does.

        @param name: the name; empty where the client has asked for none.
        """
        name = _comparable(name)
        exact, wild = (self._byName.get(each, ()) for each in (name, f"*.{name.partition('.')[2]}"))
        return (exact, wild) if name and (exact or wild) else None

    def serving(self, named: tuple[NamedLabels, NamedLabels] | None, hello: Hello, now: float) -> NamedLabels:
        """
        Return the labels that serve a client at C{now}, one of each kind of key.

        @param named: those that bear the name that it has asked for.
        @param hello: what else it has said.
        """

        def isUsable(label: NamedLabel) -> bool:
            return label.isValid(now) and label.signing.suits(hello, self._modern)

        for fits in (isUsable, lambda each: each.isValid(now)):
            found = self._unnamed(fits) if named is None else _named(*named, fits)
            if found:
                return found
        return _firsts(self._own if named is None else named[0] or named[1])

    def _unnamed(self, fits: Callable[[NamedLabel], bool]) -> NamedLabels:
        """
        Return the labels that fit for who has asked for no name of ours: the port's own, or the first one alone, since
        it has nothing to do with the others.
        """
        own = tuple(filter(fits, self._own))
        return _firsts(own) if own else next(((each,) for each in self._all if fits(each)), ())


def _named(exact: NamedLabels, wild: NamedLabels, fits: Callable[[NamedLabel], bool]) -> NamedLabels:
    """
    Return the labels that fit for a name.

    @param exact: those that bear it itself.
    @param wild: those with a wildcard for it: they stand in for those that do not fit, and for none else.
    """
    fitting = tuple(filter(fits, exact))
    lost = {each.signing.kind for each in exact} - {each.signing.kind for each in fitting}
    return _firsts((*fitting, *(each for each in wild if (not fitting or each.signing.kind in lost) and fits(each))))


def _firsts(labels: NamedLabels) -> NamedLabels:
    """
    Return the first label of each kind of key.
    """
    first: dict[str, NamedLabel] = {}
    for each in labels:
        first.setdefault(each.signing.kind, each)
    return tuple(first.values())


def _comparable(name: str) -> str:
    """
    Return a server name as L{namesOf} has it: an address can be written in several ways.
    """
    if ":" in name or name[-1:].isdigit():
        with suppress(ValueError):
            return str(ip_address(name.strip("[]")))
    return name


def namesOf(certificate: Certificate) -> Iterable[str]:
    """
    Yield the DNS names of a certificate in lower case, and its addresses; its common name where it has no
    alternative names at all, as certificates of old do.
    """
    if certificate.hasAlternatives:
        yield from (name.lower().rstrip(".") for name in certificate.values(DNS))
        yield from certificate.values(ADDRESS)
    else:
        last = certificate.subject.attributes(COMMON_NAME)[-1:]
        yield from (each.value.lower() for each in last if each.value is not None)
