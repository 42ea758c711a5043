# -*- test-case-name: tests.commands.gskkyman.test_examining -*-
"""
What is looked at before a certificate is stored, and what is said of it all the same.  C{gskkyman}.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from attrs import frozen

from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import Ascent, Issuers, chained, isAuthority, isOnlyAuthority
from sslpool.keydb.checking import checkCertificate, checkWhole
from sslpool.keydb.database import Database
from sslpool.keydb.faults import Fault
from sslpool.keydb.fitness import faultsOf
from sslpool.keydb.generation import Usage
from sslpool.keydb.labelfaults import stapleFaults
from sslpool.keydb.names import COMMON_NAME, Name
from sslpool.keydb.records import Credential, PendingRequest, keyTypeOf, namesOf
from sslpool.keydb.requests import requestsOf
from sslpool.keydb.stapling import staplePath
from sslpool.messages import OperatorError, Said, operatorError, said

Rehearse = Callable[[Credential | Certificate], object]
Remark = Callable[[Said], object]
Known = Issuers | None


def unrehearsed(found: Credential | Certificate) -> None:
    """
    Have nothing against a credential, or an authority.
    """


def unremarked(message: Said) -> None:
    """
    Pass over a remark.
    """


@frozen
class Examiner:
    """
    Looks at what is to be stored in one key database.

    @ivar database: the key database.
    @ivar clock: returns the time, in seconds since the epoch.
    @ivar rehearse: does with a credential or an authority what a server does, and raises what that raises.
    @ivar remark: is told the messages about what is stored and may not be meant.
    """

    database: Database
    clock: Callable[[], float]
    rehearse: Rehearse
    remark: Remark

    def check(
        self,
        found: Credential,
        given: Collection[Certificate],
        source: str,
        known: Known = None,
        unchecked: bool = False,
    ) -> None:
        """
        See that clients and servers can use what is to be stored, and say who cannot.

        @param given: all certificates in C{source}.
        @param known: the authorities of the key database; C{None} looks for them.
        @param unchecked: it is stored in any case, and all is only said.
        @raise OperatorError: SSLP372E to SSLP375E, SSLP850E no client can use it, SSLP179E no server can.
        """
        now, known = self.clock(), known or Issuers(each.certificate for each in self.database.material().authorities)
        if not unchecked:
            for certificate in (found.certificate, *chained(found, Issuers(given, known), now).chain):
                checkCertificate(certificate, now)
            checkWhole(found.certificate, given, known, now)
        name, above = found.label or source, Ascent(found.certificate, Issuers(given, known)).chain(now)
        faults = faultsOf(name, found.certificate, above)
        if not unchecked:
            self._refuse(found, faults, source)
        if isOnlyAuthority(found.certificate) and not self._isAuthority(found.label):
            self.remark(said("SSLP874W", name=name))
        path = staplePath(self.database.path, found.label)
        for fault in (*faults, *stapleFaults(name, found.certificate, above, path, self.clock())):
            self.remark(fault.said)

    def _isAuthority(self, label: str) -> bool:
        return any(record.authority for record in self.database.records() if record.label == label)

    def _refuse(self, found: Credential, faults: Iterable[Fault], source: str) -> None:
        for fault in faults:
            if fault.isTotal:
                raise operatorError("SSLP850E", source=source, reason=fault.said)
        self._rehearsed(found, source)

    def _rehearsed(self, found: Credential | Certificate, source: str) -> None:
        try:
            self.rehearse(found)
        except OperatorError as error:
            raise operatorError("SSLP179E", source=source, reason=error.said) from error

    def checkAuthority(self, certificate: Certificate) -> None:
        """
        See that a certificate that is stored without a private key can be used.

        @raise OperatorError: SSLP372E to SSLP374E, SSLP179E no server can.
        """
        checkCertificate(certificate, self.clock())
        self._rehearsed(certificate, certificate.shown)

    def remarkAuthority(self, label: str, certificate: Certificate) -> None:
        """
        Say what may not be meant about a certificate that is stored without a private key.
        """
        if not isAuthority(certificate):
            self.remark(said("SSLP870W", label=label))

    def remarkMade(self, usage: Usage, name: str, certificate: Certificate, *above: Certificate) -> None:
        """
        Say what clients refuse of a server's certificate that has been made here.
        """
        for fault in faultsOf(name, certificate, above) if usage == "server" else ():
            self.remark(fault.said)

    def remarkReplaced(self, label: str, certificate: Certificate) -> None:
        """
        Compare what is to be stored with what has its label now.
        """
        try:
            before = self.database.certificates(label)[0]
        except OperatorError:
            # It has none, or one that nobody could have used.
            return
        self._remarkChange("SSLP871W", label, _changeOf(before, certificate))

    def remarkAnswer(self, label: str, certificate: Certificate) -> None:
        """
        Compare what is received with what was requested, or with what it renews.
        """
        request = next((each for each in requestsOf(self.database) if each.label == label), None)
        if request is None:
            self.remarkReplaced(label, certificate)
        else:
            self._remarkChange("SSLP872W", label, _answerChange(request, certificate))

    def _remarkChange(self, messageId: str, label: str, change: str) -> None:
        if change:
            self.remark(said(messageId, label=label, change=change))


def _answerChange(request: PendingRequest, certificate: Certificate) -> str:
    """
    Return in what an authority's answer is not what was requested; empty where it is.
    """
    try:
        asked = namesOf(request.request) or _hostsIn(Name(request.request.subject.public_bytes()))
        return _difference(asked, namesOf(certificate))
    except MALFORMED:
        return ""


def _changeOf(before: Certificate, after: Certificate) -> str:
    """
    Return in what a certificate is of another kind than the one before; empty where it is of the same.
    """
    try:
        hosts = [namesOf(each) for each in (before, after)]
        kinds = [keyTypeOf(each) for each in (before, after)]
    except MALFORMED:
        return ""
    change = _difference(*hosts)
    changes = [change] if change else []
    if not any(hosts) and before.subject != after.subject:
        changes.append(f"the subject was {before.shown} and is {after.shown}")
    if kinds[0] != kinds[1]:
        changes.append(f"the key was {kinds[0]} and is {kinds[1]}")
    return "; ".join(changes)


def _difference(before: Sequence[str], after: Sequence[str]) -> str:
    lower = [{each.lower() for each in names} for names in (before, after)]
    missing = [each for each in before if each.lower() not in lower[1]]
    fresh = [each for each in after if each.lower() not in lower[0]]
    parts = [f"without {', '.join(missing)}"] if missing else []
    parts += [f"also for {', '.join(fresh)}"] if fresh else []
    return "; ".join(parts)


def _hostsIn(subject: Name) -> list[str]:
    """
    Return the common names that are names of hosts.
    """
    return [each for each in subject.values(COMMON_NAME) if "." in each and " " not in each]
