"""
Tests for L{sslpool.server.labelling}.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from socket import socketpair
from typing import Any

from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import ServerParameters
from sslpool.config.securing import Remote
from sslpool.keydb import database as databases
from sslpool.keydb.accepted import AcceptedFile
from sslpool.keydb.chains import checkChain
from sslpool.keydb.database import Database
from sslpool.keydb.keyfiles import readKeyFiles
from sslpool.keydb.records import Credential, KeyMaterial
from sslpool.keydb.revocationcheck import Revoked
from sslpool.messages import OperatorError, said
from sslpool.server import labelling
from sslpool.server.labelling import (
    InUse,
    Labelling,
    beginLabelling,
    changedLabels,
    checkedLabels,
    digestOf,
    labelsOf,
    outgrownLabels,
    readLabelling,
    served,
)
from sslpool.tls import labels, naming
from sslpool.tls.labels import Label, buildLabel, buildLabels
from sslpool.tls.outbound import Target
from sslpool.tls.peers import Trust
from sslpool.tls.policy import Policy
from sslpool.tls.usable import Usable, tried
from sslpool.wire.labels import UnusableLabel
from sslpool.wire.requests import SYSTEM
from tests.doubles.certificates import makeAuthority, makeDatabase, makePss, makeRevocations, makeServer
from tests.keydb.test_tables import spoil
from tests.server.scene import portTo
from tests.tls.reception import portPolicy


class LabellingTests(SynchronousTestCase):
    """
    A root, an authority below it, and servers.
    """

    def setUp(self) -> None:
        """
        Make them.
        """
        self.root = makeAuthority("Root")
        self.below = makeAuthority("Below", self.root)
        self.first = makeServer(self.below, label="FIRST")
        self.second = makeServer(self.root, label="SECOND")

    def database(self, *credentials: Credential) -> str:
        """
        Return a key database with these.
        """
        return makeDatabase(self.mktemp() + ".kdb", credentials)

    def test_read(self) -> None:
        """
        Whoever reads the same state gets the same digest and the same certificates.
        """
        path = self.database(self.second, self.first)
        one, other = readLabelling(path, Policy(), 1), readLabelling(path, Policy(), 7)
        self.assertEqual([status.label for status in one.read.labels], ["FIRST", "SECOND"])
        self.assertEqual([status.generation for status in other.read.labels], [7, 7])
        self.assertEqual(one.digest, other.digest)

    def test_digest(self) -> None:
        """
        Another label, certificate or chain is another state; the order is none.
        """
        both = [self.first, self.second]
        states = [
            both,
            [self.first],
            [evolve(self.first, label="OTHER"), self.second],
            [evolve(self.first, chain=()), self.second],
            [makeServer(self.below, label="FIRST"), self.second],
        ]
        self.assertEqual(len({digestOf(state) for state in states}), len(states))
        self.assertEqual(digestOf(both), digestOf(reversed(both)))
        root = (self.root.certificate,)
        trusts = [Trust(), Trust(root), Trust(root, Revoked((makeRevocations(self.root),), root))]
        self.assertEqual(len({digestOf(both, trust) for trust in trusts}), len(trusts))

    def test_trust(self) -> None:
        """
        The authorities in the key database are those whose word counts about clients.
        """
        path = self.database(self.first)
        before = readLabelling(path, Policy(), 1)
        self.assertEqual(before.trust.authorities, ())
        with Database.openStashed(path) as database:
            database.addCertificates({"Root": self.root.certificate})
        after = readLabelling(path, Policy(), 2)
        self.assertEqual(after.trust.authorities, (self.root.certificate,))
        self.assertNotEqual(after.digest, before.digest)

    def test_brokenChain(self) -> None:
        """
        A chain that no client could verify is refused with both names.
        """
        impostor = makeAuthority("Below", self.root).certificate
        broken = evolve(self.first, chain=(impostor,))
        error = self.assertRaises(OperatorError, checkChain, broken)
        self.assertEqual(str(error), "SSLP163E The chain of label FIRST is broken: CN=Below did not issue CN=localhost")
        checkChain(self.first)
        labelling = readLabelling(self.database(broken, self.second), Policy(), 1)
        self.assertEqual(list(labelling.labels), ["SECOND"])
        self.assertEqual(labelling.unusable, (UnusableLabel("FIRST", error.said, False),))

    def test_changedLabels(self) -> None:
        """
        Sessions are not resumed under labels that are gone, or have another certificate.
        """

        def labels(*credentials: Credential) -> dict[str, Label]:
            return buildLabels(credentials, Policy(), 1)

        before = labels(self.first, self.second)
        self.assertEqual(changedLabels(before, labels(self.first, self.second)), [])
        self.assertEqual(changedLabels(before, labels(self.second)), ["FIRST"])
        self.assertEqual(changedLabels(before, labels(makeServer(self.below, label="FIRST"), self.second)), ["FIRST"])
        self.assertEqual(changedLabels({}, before), [])

    def test_checkedLabels(self) -> None:
        """
        With other authorities, those are concerned that ask clients for certificates.
        """
        policy = portPolicy("A", "B=REQUIRED", "C=PREFERRED")
        ports = [portTo(), evolve(portTo(), policy=policy)]
        self.assertEqual(checkedLabels(ports), {"B", "C"})

    def test_outgrownLabels(self) -> None:
        """
        Where a port asks something else of its clients now, sessions that have begun before are not resumed,
        unless another port is still as it was.
        """
        before = evolve(portTo(label="A"), policy=portPolicy("A", "B"))
        stricter = evolve(before, policy=portPolicy("A=REQUIRED", "B"))
        moved = evolve(before, addresses=())
        for after, expected in (
            ([stricter], {"A", "B"}),
            ([evolve(before, label="B")], {"A", "B"}),
            ([moved], set()),
            ([stricter, evolve(before, key=77)], set()),
        ):
            self.assertEqual(outgrownLabels(before, after), expected)


class UnusableTests(SynchronousTestCase):
    """
    A key database of which a label cannot be used, or which cannot be read.
    """

    def setUp(self) -> None:
        """
        Make a key database with two good labels.
        """
        self.authority = makeAuthority()
        self.path = makeDatabase(self.mktemp() + ".kdb", [self.server("GOOD"), self.server("OTHER")])
        self.accepted = AcceptedFile(readKeyFiles(self.path), frozenset(("GOOD", "OTHER")))
        self.before = readLabelling(self.path, Policy(), 1)

    def test_progress(self) -> None:
        """
        Progress is reported for each label, when it is decrypted and when it is built, so that
        thousands of them are not taken for a hang, also where a server begins with what was accepted last.
        """
        seen: list[str] = []

        def build(credential: Credential, *more: Any) -> Label:
            seen.append(credential.label)
            return buildLabel(credential, *more)

        self.patch(labels, "buildLabel", build)
        readLabelling(self.path, Policy(), 1, progress=lambda: seen.append("."))
        read = [*6 * ".", ".", "GOOD", ".", "OTHER"]
        self.assertEqual(seen, read)
        os.remove(self.path)
        beginLabelling(self.path, Policy(), 1, [self.accepted], lambda: seen.append("."))
        self.assertEqual(seen, 2 * read)

    def test_memory(self) -> None:
        """
        Labels for which there is no memory are the operator's to put right; a server that begins
        serves what was accepted last, as far as there is memory for that.
        """
        room = 1

        def fitting(material: KeyMaterial, *more: Any) -> Usable:
            if len(material.credentials) > room:
                raise MemoryError
            return tried(material, *more)

        def begin() -> Labelling:
            return beginLabelling(self.path, Policy(), 1, [self.accepted])

        self.patch(labelling, "tried", fitting)
        error = self.assertRaises(OperatorError, readLabelling, self.path, Policy(), 1)
        self.assertEqual(error.said.id, "SSLP145E")
        self.assertRaises(OperatorError, begin)
        room = 2
        self.store(self.server("THIRD"))
        begun = begin()
        self.assertEqual((sorted(begun.labels), begun.instead), (["GOOD", "OTHER"], error.said))

    def test_reserve(self) -> None:
        """
        It is noticed before nothing is left, since sessions go on and the libraries may end the process.
        """
        self.patch(labelling, "RESERVE", 1 << 60)
        readLabelling(self.path, Policy(), 1)
        self.patch(labelling, "STEPS", 4)
        seen: list[None] = []
        error = self.assertRaises(
            OperatorError, readLabelling, self.path, Policy(), 1, progress=lambda: seen.append(None)
        )
        self.assertEqual((error.said.id, len(seen)), ("SSLP145E", 3))

    def server(self, label: str, bits: int = 0) -> Credential:
        """
        Make a server's certificate.
        """
        key = rsa.generate_private_key(65537, bits) if bits else None
        return makeServer(self.authority, label=label, key=key)

    def store(self, *credentials: Credential) -> None:
        """
        Put these into the key database.
        """
        with Database.openStashed(self.path) as database:
            for credential in credentials:
                database.add(credential, replace=True)

    def fingerprint(self, labels: Mapping[str, Label], label: str) -> str:
        """
        Return which certificate a label has.
        """
        return labels[label].status.fingerprint

    def test_kinds(self) -> None:
        """
        Whatever is wrong with a label, it alone is left out, with the reason.
        """
        self.store(makePss(self.authority), self.server("WEAK", 1024), self.server("DAMAGED"), self.server("CHAIN"))
        self.store(evolve(self.server("BROKEN"), chain=(makeAuthority("Impostor").certificate,)))
        spoil(self.path, "UPDATE entry SET private_key = x'00' WHERE label = 'DAMAGED'")
        spoil(self.path, "UPDATE entry SET chain = x'3000' WHERE label = 'CHAIN'")
        labelling = readLabelling(self.path, Policy(), 1)
        self.assertEqual(sorted(labelling.labels), ["GOOD", "OTHER", "PSS"])
        reasons = {each.label: each.reason.id for each in labelling.unusable}
        self.assertEqual(
            reasons, {"BROKEN": "SSLP163E", "CHAIN": "SSLP316E", "DAMAGED": "SSLP316E", "WEAK": "SSLP130E"}
        )
        labelling = readLabelling(self.path, Policy(mode="FIPS-140-2"), 1)
        self.assertEqual(sorted(labelling.labels), ["GOOD", "OTHER", "PSS"])

    def test_file(self) -> None:
        """
        That names are malformed, which is seen only when they are looked at, costs one label as well.
        """

        def names(certificate: object) -> None:
            raise ValueError("not a name")

        self.patch(naming, "namesOf", names)
        labelling = readLabelling(self.path, Policy(), 1)
        self.assertEqual(labelling.labels, {})
        self.assertEqual(str(labelling.unusable[0].reason), "SSLP130E Label GOOD cannot be used: not a name")

    def test_kept(self) -> None:
        """
        A label that cannot be used any more stays as it was; all others are new.  One that has
        gone stays only where a port needs it.
        """
        self.store(self.server("GOOD"), self.server("OTHER", 1024))
        former = InUse(self.before.labels, {"GOOD"})
        labelling = readLabelling(self.path, Policy(), 2, former)
        self.assertIs(labelling.labels["OTHER"], self.before.labels["OTHER"])
        self.assertNotEqual(self.fingerprint(labelling.labels, "GOOD"), self.fingerprint(self.before.labels, "GOOD"))
        ((label, kept),) = [(each.label, each.kept) for each in labelling.unusable]
        self.assertEqual((label, kept), ("OTHER", True))
        with Database.openStashed(self.path) as database:
            database.remove("GOOD")
            database.remove("OTHER")
        labelling = readLabelling(self.path, Policy(), 2, former)
        self.assertEqual(labelling.labels, {"GOOD": self.before.labels["GOOD"]})
        gone = said("SSLP165E", label="GOOD")
        self.assertEqual(labelling.unusable, (UnusableLabel("GOOD", gone, True),))

    def test_digest(self) -> None:
        """
        What is kept does not count: servers that have read the same agree, whatever they had before.
        """
        self.store(self.server("OTHER", 1024))
        digests = {readLabelling(self.path, Policy(), 2, InUse(labels)).digest for labels in ({}, self.before.labels)}
        self.assertEqual(len(digests), 1)
        self.store(self.server("THIRD", 1024))
        self.assertNotIn(readLabelling(self.path, Policy(), 2).digest, digests)

    def test_unreadable(self) -> None:
        """
        While the key database cannot be read, a server that begins serves what was accepted last,
        though its password has expired meanwhile; where nothing was, it cannot begin.
        """
        with open(self.path, "wb") as file:
            file.write(b"rubbish" * 1000)
        self.patch(databases, "checkExpiry", lambda *arguments: self.fail("its password does not count"))
        labelling = beginLabelling(self.path, Policy(), 1, [self.accepted])
        self.assertEqual(labelling.read.labels, self.before.read.labels)
        self.assertEqual(str(labelling.instead), f"SSLP315E {self.path} is not a key database")
        self.assertEqual(labelling.read.instead, labelling.instead)
        error = self.assertRaises(OperatorError, beginLabelling, self.path, Policy(), 1, [])
        self.assertEqual(error.said, labelling.instead)

    def test_descriptors(self) -> None:
        """
        That no descriptor is left is no label's fault: nothing is taken, and it can be tried again.
        """

        def exhausted(name: str, flags: int = 0) -> int:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

        self.patch(os, "memfd_create", exhausted)
        error = self.assertRaises(OperatorError, readLabelling, self.path, Policy(), 2, InUse(self.before.labels))
        self.assertEqual(error.said.id, "SSLP313E")
        self.assertIn("Too many open files", str(error))

    def test_unserved(self) -> None:
        """
        A label that can be used and that no client can have is told with the others.
        """
        elliptic = tuple(suite for suite in Policy().suites if "_ECDSA_" in suite.iana)
        self.store(makePss(self.authority))
        read = readLabelling(self.path, Policy(("TLSV1_2",), elliptic), 1).read
        self.assertEqual([(each.label, each.key) for each in read.unserved], [("PSS", "RSA 2048")])
        operands = ServerParameters(protocols=("TLSV1_1", "TLSV1_2"), enable=("RSA_AES_128",))
        self.assertEqual(readLabelling(self.path, Policy.of(operands), 1).read.idle, ("TLSV1_1",))

    def test_begin(self) -> None:
        """
        A server that begins after a REFRESH in which a label has kept its certificate serves that as
        well; and what was removed after the REFRESH, until the next one.
        """
        self.store(self.server("GOOD"), self.server("OTHER", 1024), self.server("THIRD"))
        refreshed = AcceptedFile(readKeyFiles(self.path), frozenset(("GOOD", "THIRD")))
        parts = [refreshed, evolve(self.accepted, labels=frozenset(("OTHER",)))]
        with Database.openStashed(self.path) as database:
            database.remove("THIRD")
        labelling = beginLabelling(self.path, Policy(), 1, parts)
        self.assertEqual(sorted(labelling.labels), ["GOOD", "OTHER", "THIRD"])
        self.assertEqual(self.fingerprint(labelling.labels, "OTHER"), self.fingerprint(self.before.labels, "OTHER"))
        self.assertEqual([(each.label, each.kept) for each in labelling.unusable], [("OTHER", True)])
        self.assertIsNone(labelling.instead)
        os.remove(self.path)
        again = beginLabelling(self.path, Policy(), 1, parts)
        self.assertEqual(again.read.labels, labelling.read.labels)

    def test_outbound(self) -> None:
        """
        As our own certificate for remote hosts a label counts as it is served; one that cannot be used
        costs the connection that needs it, and is named.
        """
        self.store(self.server("OTHER", 1024))
        target = Target(Remote("remote.example", authorities=(SYSTEM,)), "OTHER", 443)
        ours, theirs = socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        readLabelling(self.path, Policy(), 2, InUse(self.before.labels)).outbound.connect(ours, target, 0.0)
        outbound = readLabelling(self.path, Policy(), 2).outbound
        error = self.assertRaises(OperatorError, outbound.connect, ours, target, 0.0)
        self.assertEqual(error.said.id, "SSLP130E")

    def test_served(self) -> None:
        """
        A port whose own label cannot be used is served with the first of its others that can.
        """
        several = evolve(portTo(), label="A", policy=portPolicy("A", "OTHER", "GOOD"))
        self.assertEqual(served(several, self.before.labels).label, "OTHER")
        self.assertEqual(served(several, {}), several)
        plain = evolve(portTo(), label="GOOD")
        self.assertIs(served(plain, self.before.labels), plain)
        self.assertEqual(labelsOf([several, plain, evolve(portTo(), label="")]), {"A", "OTHER", "GOOD"})
