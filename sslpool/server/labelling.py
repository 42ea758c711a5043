# -*- test-case-name: tests.server.test_labelling -*-
"""
The labels of a server: read from the key database, checked, and built aside, so
that a REFRESH is either taken as a whole or leaves everything as it was.  Lives
in a server process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from attrs import frozen
from cryptography.hazmat.primitives.serialization import Encoding

from sslpool.keydb.chains import checkChain
from sslpool.keydb.records import Credential
from sslpool.keydb.sources import readMaterial
from sslpool.pool.assignment import PortAssignment
from sslpool.reports.records import LabelsRead
from sslpool.tls.labels import Label, buildLabels
from sslpool.tls.outbound import OutboundContexts
from sslpool.tls.peers import Trust
from sslpool.tls.policy import Policy
from sslpool.tls.stapling import stapleFor

NOBODY = Trust()


@frozen
class Labelling:
    """
    One state of the key database, ready for use.

    @ivar digest: the same in all servers that have read the same.
    @ivar labels: the labels by name.
    @ivar trust: whose word counts about clients.
    @ivar outbound: the contexts of the secure client.
    """

    digest: str
    labels: Mapping[str, Label]
    outbound: OutboundContexts
    trust: Trust = NOBODY

    @property
    def read(self) -> LabelsRead:
        """
        What the stack is told of it.
        """
        return LabelsRead(self.digest, tuple(self.labels[name].status for name in sorted(self.labels)))


def readLabelling(keyFile: str, policy: Policy, generation: int) -> Labelling:
    """
    Read and check the key database, and build its labels.

    @param generation: the number of this reading.
    @raise sslpool.messages.OperatorError: it cannot be read, or something in it
        cannot be used.
    """
    material = readMaterial(keyFile)
    for credential in material.credentials:
        checkChain(credential)
    trust = Trust(tuple(authority.certificate for authority in material.authorities), material.revocations)
    found = [stapleFor(each, keyFile, trust.authorities) for each in material.credentials]
    staples = {staple.label: staple for staple in found if staple is not None}
    labels = buildLabels(material.credentials, policy, generation, staples)
    digest = digestOf(material.credentials, trust)
    return Labelling(digest, labels, OutboundContexts(material, policy), trust)


def digestOf(credentials: Iterable[Credential], trust: Trust = NOBODY) -> str:
    """
    Return what tells one state of the key database from another, as far as
    servers use it.
    """
    digest = sha256()
    for credential in sorted(credentials, key=lambda each: each.label):
        digest.update(credential.label.encode("utf-8") + b"\0")
        for certificate in (credential.certificate, *credential.chain):
            digest.update(certificate.public_bytes(Encoding.DER))
        digest.update(b"\0")
    digest.update(trust.digest())
    return digest.hexdigest()


def changedLabels(before: Mapping[str, Label], after: Mapping[str, Label]) -> list[str]:
    """
    Return the labels of C{before} under which sessions that have begun then are
    not resumed with C{after}.
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
