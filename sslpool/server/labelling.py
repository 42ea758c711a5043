# -*- test-case-name: tests.server.test_labelling -*-
"""
The labels of a server: read from the key database, checked, and built aside, so that a REFRESH is taken label by label,
and by all servers alike.  Lives in a server process.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import count
from types import MappingProxyType
from typing import Protocol

from attrs import evolve, frozen

from sslpool.keydb.accepted import AcceptedFile
from sslpool.keydb.records import Credential, KeyMaterial
from sslpool.keydb.sources import materialIn, readMaterial
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.tls.labels import Label, buildLabel
from sslpool.tls.outbound import OutboundContexts
from sslpool.tls.peers import Trust
from sslpool.tls.policy import Policy
from sslpool.tls.usable import tried
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.labels import UnservedLabel, UnusableLabel
from sslpool.wire.records import LabelsRead

RESERVE = 8 << 20
"""
How many octets must be free beside the labels: sessions go on while they are built, and
where there is nothing left what the libraries do is not foreseeable.
"""

STEPS = 32
"""
After how many steps of building that is looked at; it takes half a millisecond.
"""

NOBODY = Trust()
NO_LABELS: Mapping[str, Label] = MappingProxyType({})


@frozen
class Labelling:
    """
    One state of the key database, ready for use.

    @ivar digest: the same in all servers that have read the same.
    @ivar labels: the labels by name.
    @ivar trust: whose word counts about clients.
    @ivar outbound: the contexts of the secure client.
    @ivar unusable: the labels that cannot be used as they are in the key database.
    @ivar unserved: the labels whose keys no suite in use fits.
    @ivar instead: the message why it is what was accepted last; C{None} where it is not.
    @ivar idle: the protocol versions that are on and with which none of the labels can be reached.
    """

    digest: str
    labels: Mapping[str, Label]
    outbound: OutboundContexts
    trust: Trust = NOBODY
    unusable: tuple[UnusableLabel, ...] = ()
    unserved: tuple[UnservedLabel, ...] = ()
    instead: Said | None = None
    idle: tuple[str, ...] = ()

    @property
    def read(self) -> LabelsRead:
        """
        What the stack is told of it.
        """
        statuses = tuple(self.labels[name].status for name in sorted(self.labels))
        return LabelsRead(self.digest, statuses, self.unusable, self.unserved, self.instead, self.idle)


Progress = Callable[[], object]
"""
Is called again and again while something lasts that may take seconds.
"""


class IFormer(Protocol):
    """
    What was served before.

    @ivar needed: the labels that ports need: where the key database has one of them not any more, that is a mistake.
    @ivar expected: the labels that stay though the key database does not have them any more.
    """

    @property
    def needed(self) -> Collection[str]: ...

    @property
    def expected(self) -> Collection[str]: ...

    def of(self, label: str) -> Label | None:
        """
        Return a label as it was served before; C{None} where it was not.
        """


@frozen
class InUse:
    """
    What a server serves, as it begins to serve something else.

    @ivar labels: its labels.
    @ivar needed: as of L{IFormer}.
    """

    labels: Mapping[str, Label] = NO_LABELS
    needed: Collection[str] = ()
    expected: Collection[str] = ()

    def of(self, label: str) -> Label | None:
        """
        See L{IFormer.of}.
        """
        return self.labels.get(label)


NOTHING = InUse()


class Copies:
    """
    What the other servers serve, as a server begins; looked at only where it is needed.

    @param parts: the accepted key files, newest first.
    """

    needed: Collection[str] = ()

    def __init__(self, parts: Sequence[AcceptedFile], policy: Policy) -> None:
        self.parts = parts
        self.expected = frozenset(label for part in parts for label in part.labels)
        self._policy = policy
        self._materials: dict[int, dict[str, Credential]] = {}

    def of(self, label: str) -> Label | None:
        """
        See L{IFormer.of}.
        """
        for index, part in enumerate(self.parts):
            if label in part.labels and (credential := self._credentials(index).get(label)) is not None:
                with suppress(OperatorError):
                    return buildLabel(credential, self._policy)
        return None

    def _credentials(self, index: int) -> dict[str, Credential]:
        found = self._materials.get(index)
        if found is None:
            # It was accepted while the password was valid.
            credentials = materialIn(self.parts[index].files, allowExpired=True).credentials
            found = self._materials[index] = {each.label: each for each in credentials}
        return found


def beginLabelling(
    keyFile: str, policy: Policy, generation: int, copies: Sequence[AcceptedFile], progress: Progress = lambda: None
) -> Labelling:
    """
    Read the key database for a server that begins; where that cannot be done, what was accepted last.

    @param copies: the accepted key files, newest first.
    @param progress: called while it lasts.
    @raise sslpool.messages.OperatorError: it cannot be read, and nothing was accepted before.
    """
    former = Copies(copies, policy)
    try:
        return readLabelling(keyFile, policy, generation, former, progress)
    except OperatorError as error:
        if not copies:
            raise
        reason = error.said

    def build(step: Progress) -> Labelling:
        material = materialIn(copies[0].files, allowExpired=True, progress=step)
        return _labellingOf(material, keyFile, policy, generation, former, step)

    return evolve(_fitting(keyFile, build, progress), instead=reason)


def readLabelling(
    keyFile: str, policy: Policy, generation: int, former: IFormer = NOTHING, progress: Progress = lambda: None
) -> Labelling:
    """
    Read the key database, and build its labels.  One that cannot be used is named, and stays as it was before.

    @param generation: the number of this reading.
    @param former: what was served before.
    @param progress: called while it lasts.
    @raise sslpool.messages.OperatorError: it cannot be read.
    """

    def build(step: Progress) -> Labelling:
        return _labellingOf(readMaterial(keyFile, step), keyFile, policy, generation, former, step)

    try:
        return _fitting(keyFile, build, progress)
    except OSError as error:
        # No descriptor is left: no label is to blame.
        raise operatorError("SSLP313E", path=keyFile, reason=error.strerror or str(error)) from error


def _fitting(keyFile: str, build: Callable[[Progress], Labelling], progress: Progress) -> Labelling:
    """
    Return what C{build} returns, and look meanwhile whether memory is left.

    @raise sslpool.messages.OperatorError: SSLP145E, there is not enough for it.
    """
    steps = count(1)

    def step() -> None:
        if not next(steps) % STEPS:
            bytearray(RESERVE)
        progress()

    with suppress(MemoryError):
        return build(step)
    # What has been built is in cycles, and sessions wait for its memory.
    gc.collect()
    raise operatorError("SSLP145E", path=keyFile)


def _labellingOf(
    material: KeyMaterial, keyFile: str, policy: Policy, generation: int, former: IFormer, progress: Progress
) -> Labelling:
    usable = tried(material, keyFile, policy, generation, progress)
    fresh, trust, reasons = usable.labels, usable.trust, usable.reasons
    digest = digestOf((label.credential for label in fresh.values()), trust, reasons)
    kept: dict[str, Label] = {}
    for name in {*reasons, *former.expected, *former.needed} - fresh.keys():
        before = former.of(name)
        if before is not None:
            kept[name] = before
            if name in former.needed and name not in reasons:
                reasons[name] = said("SSLP165E", label=name)
    unusable = tuple(UnusableLabel(name, reasons[name], name in kept) for name in sorted(reasons))
    ours = (each for each in material.credentials if each.label not in kept)
    trusted = frozenset(trust.authorities)
    material = evolve(
        material,
        credentials=(*ours, *(label.credential for label in kept.values())),
        authorities=tuple(each for each in material.authorities if each.certificate in trusted),
    )
    labels = {**fresh, **kept}
    credentials = [label.credential for label in labels.values()]
    unserved = tuple(UnservedLabel(**each) for each in policy.unserved(credentials))
    outbound, idle = OutboundContexts(material, policy), policy.idle(credentials)
    return Labelling(digest, labels, outbound, trust, unusable, unserved, idle=idle)


def digestOf(credentials: Iterable[Credential], trust: Trust = NOBODY, unusable: Iterable[str] = ()) -> str:
    """
    Return what tells one state of the key database from another, as far as servers use it.

    @param unusable: the labels that they cannot use.
    """
    digest = sha256()
    for credential in sorted(credentials, key=lambda each: each.label):
        digest.update(credential.label.encode("utf-8") + b"\0")
        for certificate in credential.certificates:
            digest.update(certificate.der)
        digest.update(b"\0")
    for label in sorted(unusable):
        digest.update(label.encode("utf-8") + b"\0")
    digest.update(trust.digest())
    return digest.hexdigest()


def changedLabels(before: Mapping[str, Label], after: Mapping[str, Label]) -> list[str]:
    """
    Return the labels of C{before} under which sessions that have begun then are not resumed with C{after}.
    """
    return [
        name
        for name, label in before.items()
        if name not in after or after[name].status.fingerprint != label.status.fingerprint
    ]


def checkedLabels(ports: Iterable[PortAssignment]) -> set[str]:
    """
    Return the labels of C{ports} that ask clients for certificates: when other
    authorities count than before, sessions that have begun under them are not resumed.
    """
    return {label.name for port in ports for label in port.policy.labels if label.check != "NONE"}


def outgrownLabels(before: PortAssignment, ports: Iterable[PortAssignment]) -> set[str]:
    """
    Return the labels under which sessions have begun that nobody resumes any more, since a port asks something
    else of its clients now: those that it had, unless another port is still as it was.

    @param before: the port as it was.
    @param ports: all ports as they are.
    """
    if any(port.label == before.label and port.policy == before.policy for port in ports):
        return set()
    return labelsOf((before,))


def labelsOf(ports: Iterable[PortAssignment]) -> set[str]:
    """
    Return all labels that C{ports} name.
    """
    return {name for port in ports for name in (port.label, *(label.name for label in port.policy.labels))} - {""}


def served(port: PortAssignment, labels: Mapping[str, Label]) -> PortAssignment:
    """
    Return a port as it is served with C{labels}: where its own label cannot be used, the
    first one of its others that can stands for it.
    """
    if not port.label or port.label in labels:
        return port
    return evolve(port, label=next((each.name for each in port.policy.labels if each.name in labels), port.label))
