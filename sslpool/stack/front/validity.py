# -*- test-case-name: tests.stack.front.test_validity -*-
"""
Whether certificates in use, and their issuers, have expired or soon will, and revocation lists: asked by
C{sslpool check}, and said once a day.  Lives in the stack process, and in C{sslpool check}.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import Ascent, Issuers, isAuthority
from sslpool.keydb.sources import HeldCertificate
from sslpool.messages import OperatorError, Said, said
from sslpool.messages.announce import announceSaid
from sslpool.repeating import Repeating
from sslpool.reports.units import plural

HOUR = 3600.0
DAY = 24 * HOUR
NOTICE = 30 * DAY
"""
How long before its expiry a certificate is named, in seconds.
"""

SHARE = 1 / 3
"""
The same as a share of its whole life, for those that live shorter: who renews them does it about then.
"""

AGAIN = DAY - HOUR / 2
"""
After how long the same is said again, in seconds.
"""

_EXACT = 2 * DAY
_Note = tuple[str, dict[str, str]]


class Validity:
    """
    The certificates of a key file, and what was said about them.
    """

    def __init__(self) -> None:
        self._held: dict[str, HeldCertificate] = {}
        self._authorities: Issuers | None = None
        self._issuers: dict[object, Issuers] = {}
        self._ascents: dict[str, Ascent | None] = {}
        self._said: dict[tuple[object, ...], float] = {}

    def take(self, held: Iterable[HeldCertificate]) -> None:
        """
        Take the certificates of another state of the key file.
        """
        self._held = {each.record.label: each for each in held}
        self._authorities = None
        self._issuers.clear()
        self._ascents.clear()

    def notes(self, labels: Collection[str], now: float) -> list[Said]:
        """
        Return all that is to be said about some labels at C{now}, in seconds since the epoch.
        """
        return self._notes(labels, now, always=True)

    def due(self, labels: Collection[str], now: float) -> list[Said]:
        """
        Return what is to be said about some labels and was not said within a day.
        """
        return self._notes(labels, now, always=False)

    def _notes(self, labels: Collection[str], now: float, *, always: bool) -> list[Said]:
        before, self._said = self._said, {}
        found = []
        for messageId, fields in (note for label in sorted(labels) for note in self._about(label, now)):
            key = messageId, fields["label"], fields.get("issuer")
            last = before.get(key)
            isDue = always or last is None or not 0 <= now - last < AGAIN
            self._said[key] = now if isDue or last is None else last
            if isDue:
                found.append(said(messageId, **fields))
        return found

    def _about(self, label: str, now: float) -> Iterator[_Note]:
        held = self._held.get(label)
        if held is None:
            return
        yield from _aboutSpan(held.certificate, now, ("SSLP026W", "SSLP027W", "SSLP846W"), label=label)
        ascent = self._ascentOf(held)
        if ascent is None:
            return
        chain = ascent.chain(now)
        for each in chain:
            ids = ("SSLP842W", "SSLP843W", "SSLP844W")
            yield from _aboutSpan(each, now, ids, label=label, issuer=each.shown)
        # Above an intermediate authority is its root, which clients have.
        if not chain and ascent.issuerOf(held.certificate) is None:
            yield "SSLP845W", {"label": label, "issuer": held.certificate.issuer.shown}

    def _ascentOf(self, held: HeldCertificate) -> Ascent | None:
        label = held.record.label
        if label not in self._ascents:
            try:
                self._ascents[label] = Ascent(held.certificate, self._issuersFor(held))
            except OperatorError:  # the servers say that it is damaged
                self._ascents[label] = None
        return self._ascents[label]

    def _issuersFor(self, held: HeldCertificate) -> Issuers:
        if self._authorities is None:
            self._authorities = Issuers(each.certificate for each in self._held.values() if _vouches(each))
        if held.above not in self._issuers:
            self._issuers[held.above] = Issuers(held.above(), self._authorities)
        return self._issuers[held.above]


def _vouches(held: HeldCertificate) -> bool:
    return held.record.trusted and isAuthority(held.certificate, held.record.hasKey)


def _aboutSpan(certificate: Certificate, now: float, ids: tuple[str, str, str], **fields: str) -> Iterator[_Note]:
    """
    Yield the message about a certificate that has expired, soon will, or is not yet valid.

    @param ids: of these three.
    """
    begins, ends = certificate.notBefore, certificate.notAfter
    expired, ending, early = ids
    if now > ends:
        yield expired, {"date": _dateOf(ends), **fields}
    elif now < begins:
        yield early, {"date": _dateOf(begins, begins - now), **fields}
    elif ends - now < min(NOTICE, (ends - begins) * SHARE):
        yield ending, {"date": _dateOf(ends, ends - now), "left": _leftOf(ends - now), **fields}


def _dateOf(moment: float, away: float = DAY * 365) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC" if away < _EXACT else "%Y-%m-%d", time.gmtime(moment))


def _leftOf(seconds: float) -> str:
    for unit, length in (("day", DAY), ("hour", HOUR)):
        if seconds >= 2 * length:
            return plural(int(seconds // length), unit)
    return plural(int(seconds // 60), "minute")


class ExpiryWatch(Repeating):
    """
    Looks at the certificates that the stack has read, not at the key database: what was renewed there is in use only
    after a REFRESH.  It looks once an hour: some certificates live for hours.

    @param due: returns what is to be said at a time, in seconds since the epoch, and was not within a day.
    @param now: returns the time, in seconds since the epoch.
    """

    log = Logger()

    def __init__(
        self, reactor: IReactorTime, due: Callable[[float], Sequence[Said]], now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(reactor, HOUR, self._look, "certificates were checked")
        self._due = due
        self._now = now

    def _look(self) -> None:
        for note in self._due(self._now()):
            announceSaid(self.log, note)
