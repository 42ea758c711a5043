"""
Tests for L{sslpool.commands.gskkyman.workbench} and L{sslpool.commands.gskkyman.workbench}: what goes in,
what is refused, and that a refusal changes nothing.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable

from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman.importing import Importing
from sslpool.commands.gskkyman.inputfiles import readInput
from sslpool.commands.gskkyman.workbench import CertificateSpec, Workbench
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.checking import mayBeAccepted
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import CERTIFICATE_FORMATS, KEY_FORMATS, exportCertificates, exportKey, exportPem
from sslpool.keydb.files import LARGEST, LARGEST_LIST, PRIVATE, writeNew
from sslpool.keydb.records import Credential
from sslpool.keydb.requests import requestOf
from sslpool.messages import OperatorError, operatorError
from tests.doubles.certificates import (
    credentialPem,
    keyPem,
    makeAuthority,
    makeDatabase,
    makeRevocations,
    makeServer,
    newKey,
)
from tests.keydb.refusals import refused


class WorkbenchTestCase(SynchronousTestCase):
    """
    A key database with one server; authorities outside of it.
    """

    def setUp(self) -> None:
        """
        Make it.
        """
        self.root = makeAuthority("Root")
        self.upper = makeAuthority("Upper", self.root)
        self.lower = makeAuthority("Lower", self.upper)
        self.path = makeDatabase(self.mktemp() + ".kdb", [makeServer(self.lower, label="WEB")])
        self.database = Database.openStashed(self.path)
        self.addCleanup(self.database.close)
        self.work = Workbench(self.database)

    def write(self, content: bytes) -> str:
        """
        Write a file and return its name.
        """
        path: str = self.mktemp()
        writeNew(path, content, PRIVATE)
        return path

    def imports(self, file: str, password: str | None = None, **options: bool) -> Importing:
        """
        Return the import of a file.
        """
        return Importing(self.work, [readInput(file)], password, **options)

    def unchanged(self, messageId: str, act: Callable[[], object]) -> None:
        """
        Something is refused, and the file of the key database stays as it was, octet by octet.
        """
        with open(self.path, "rb") as file:
            before = file.read()
        with refused(messageId):
            act()
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(), before)


class BadInputTests(WorkbenchTestCase):
    """
    Each fault has its message, and changes nothing.
    """

    def importing(self, content: bytes, label: str = "NEW", password: str | None = None) -> Callable[[], object]:
        """
        Return the import of a file.
        """
        file = self.write(content)
        return lambda: self.imports(file, password).key(label)

    def test_keys(self) -> None:
        """
        A key that does not match, none, two, or an encrypted one without its password.
        """
        credential = makeServer(self.lower)
        other = keyPem(newKey())
        certificates = exportPem((credential.certificate, *credential.chain))
        self.unchanged("SSLP342E", self.importing(other + certificates))
        self.unchanged("SSLP341E", self.importing(certificates))
        self.importing(other + credentialPem(credential), "ONE")()
        second = makeServer(self.lower, "b.example")
        self.unchanged("SSLP346E", self.importing(credentialPem(second) + credentialPem(credential)))
        self.unchanged("SSLP821E", self.importing(exportKey(credential, "secret", "pkcs12")))
        self.unchanged("SSLP353E", self.importing(exportKey(credential, "secret", "pkcs12-legacy"), password="no"))

    def test_fitness(self) -> None:
        """
        Expired, not yet valid, weak, or under an authority that has expired; each can be stored all the same.
        """
        weak = makeServer(self.lower, key=rsa.generate_private_key(65537, 1024))
        old = makeServer(makeAuthority("Old", self.root, days=-3))
        for messageId, credential in (
            ("SSLP372E", makeServer(self.lower, days=-2)),
            ("SSLP374E", weak),
            ("SSLP372E", old),
        ):
            self.unchanged(messageId, self.importing(credentialPem(credential)))
        early = Workbench(self.database, clock=lambda: time.time() - 10 * 86400)
        file = self.write(credentialPem(makeServer(self.lower)))
        self.unchanged("SSLP373E", lambda: Importing(early, [readInput(file)]).key("NEW"))
        self.assertTrue(Importing(early, [readInput(file)], unchecked=True).key("NEW").stored[0].id == "SSLP304I")

    def test_rehearsal(self) -> None:
        """
        What no server could use is refused with the reason, and can be stored all the same.
        """

        def refuse(found: Credential | Certificate) -> None:
            raise operatorError("SSLP130E", label="NEW", reason="no")

        work = Workbench(self.database, rehearse=refuse)
        file = self.write(credentialPem(makeServer(self.lower)))
        with refused("SSLP179E"):
            Importing(work, [readInput(file)]).key("NEW")
        self.assertTrue(Importing(work, [readInput(file)], unchecked=True).key("NEW").stored[0].id == "SSLP304I")
        error = self.assertRaises(OperatorError, Importing(work, [readInput(file)]).key, "OTHER")
        self.assertTrue(mayBeAccepted(error))
        file = self.write(self.root.certificate.pem)
        error = self.assertRaises(OperatorError, Importing(work, [readInput(file)]).certificates, "CA")
        self.assertEqual((error.said.id, str(error).partition(": ")[2][:8]), ("SSLP179E", "SSLP130E"))
        done = Importing(work, [readInput(file)], unchecked=True).certificates("CA")
        self.assertTrue(done.stored[0].id == "SSLP304I")

    def test_chains(self) -> None:
        """
        A chain out of order is put in order; an incomplete one is refused.
        """
        credential = makeServer(self.lower)
        key = keyPem(credential.key)
        upper, lower, root = self.upper.certificate, self.lower.certificate, self.root.certificate
        self.unchanged("SSLP375E", self.importing(key + exportPem((credential.certificate,))))
        self.unchanged("SSLP375E", self.importing(key + exportPem((credential.certificate, lower, root))))
        self.importing(exportPem((root, upper, credential.certificate, lower)) + key)()
        self.assertEqual(self.database.credential("NEW").chain, (lower, upper, root))

    def test_chainFromDatabase(self) -> None:
        """
        What is missing may be in the key database, if it is trusted.
        """
        credential = makeServer(self.lower)
        alone = self.importing(credentialPem(evolve(credential, chain=())))
        certificates = self.write(exportPem((self.lower.certificate, self.upper.certificate)))
        self.imports(certificates).certificates("Lower")
        self.assertEqual([record.label for record in self.database.records()], ["Lower", "Upper", "WEB"])
        self.database.setTrusted("Lower", False)
        self.unchanged("SSLP375E", alone)
        self.database.setTrusted("Lower", True)
        alone()
        [new, _] = self.database.material().credentials
        self.assertEqual((new.label, new.chain), ("NEW", (self.lower.certificate, self.upper.certificate)))

    def test_renewedIssuer(self) -> None:
        """
        The certificates of an issuer before and after its renewal may both be in a file, or one in the key database:
        the one that is valid counts, and is what is looked at.
        """
        key = newKey()
        old, new = (makeAuthority("Lower", self.upper, days=days, key=key) for days in (-2, 20))
        credential = makeServer(old)
        certificates = [credential.certificate, self.upper.certificate]
        alone = self.importing(keyPem(credential.key) + exportPem((*certificates, old.certificate)))
        self.unchanged("SSLP372E", alone)
        both = (old.certificate, *certificates, new.certificate)
        self.importing(keyPem(credential.key) + exportPem(both))()
        found = self.database.credential("NEW")
        self.assertEqual(found.chain, (new.certificate, self.upper.certificate))
        self.assertEqual(found.spare, (old.certificate,))
        self.work.remove("NEW")
        self.imports(self.write(exportPem((new.certificate,)))).certificates("Lower")
        alone()
        [found, _] = self.database.material().credentials
        self.assertEqual(found.chain, (new.certificate, self.upper.certificate))

    def test_strangers(self) -> None:
        """
        An authority that only has the issuer's name is none.
        """
        credential = makeServer(self.lower)
        impostor = makeAuthority("Lower").certificate
        content = keyPem(credential.key) + exportPem((credential.certificate, impostor))
        self.unchanged("SSLP840E", self.importing(content))

    def test_label(self) -> None:
        """
        A label that is taken, or none.
        """
        content = credentialPem(makeServer(self.lower))
        self.unchanged("SSLP332E", self.importing(content, "WEB"))
        self.unchanged("SSLP330E", self.importing(content, "web server"))
        authority = self.write(exportPem((self.root.certificate,)))
        self.unchanged("SSLP331E", lambda: self.imports(authority).certificates(" "))

    def test_requestedLabel(self) -> None:
        """
        A label that waits for its certificate is not given to another, but a renewal is no obstacle.
        """
        self.work.request(CertificateSpec("NEW", names=("a",)), self.mktemp())
        content = credentialPem(makeServer(self.lower))
        self.unchanged("SSLP370E", self.importing(content))
        self.unchanged("SSLP370E", lambda: self.work.selfSigned(CertificateSpec("NEW", names=("a",))))
        self.work.renewalRequest("WEB", self.mktemp(), "ec")
        self.imports(self.write(content), replace=True).key("WEB")

    def test_requests(self) -> None:
        """
        A certificate that nobody waits for, and a request that is none.
        """
        certificate = self.write(exportPem((makeServer(self.lower).certificate,)))
        self.unchanged("SSLP371E", lambda: self.imports(certificate).received())
        self.work.selfSigned(CertificateSpec("My CA", usage="authority"))
        self.unchanged("SSLP376E", lambda: self.work.sign(certificate, "My CA", self.mktemp(), 30))

    def test_revocations(self) -> None:
        """
        A revocation list without its authority.
        """
        found = makeRevocations(self.root).der
        file = self.write(found)
        self.unchanged("SSLP362E", lambda: self.imports(file).certificates(None))

    def test_twiceTheSame(self) -> None:
        """
        A certificate that has an extension twice, which no builder makes, is refused as damaged.
        """
        octets = makeServer(self.lower).certificate.der
        twice = octets.replace(bytes.fromhex("0603551d23"), bytes.fromhex("0603551d11"), 1)
        self.assertNotEqual(twice, octets)
        file = self.write(twice)
        self.unchanged("SSLP345E", lambda: self.imports(file).certificates("Other"))

    def test_large(self) -> None:
        """
        A revocation list may be larger than any certificate file; more than that is not read.
        """
        self.imports(self.write(exportPem((self.root.certificate,)))).certificates("Root")
        pem = makeRevocations(self.root).pem
        self.imports(self.write(b"\n" * LARGEST + pem)).certificates(None)
        large = self.write(b"\n" * (LARGEST_LIST + 1))
        self.unchanged("SSLP349E", lambda: self.imports(large).certificates(None))

    def test_sameName(self) -> None:
        """
        Authorities in one file that would get the same label get numbers.
        """
        both = self.write(exportPem(makeAuthority(name).certificate for name in ("A", "Same", "Same")))
        self.imports(both).certificates("First")
        labels = [record.label for record in self.database.records()]
        self.assertEqual(labels, ["First", "Same", "Same 2", "WEB"])


class WorkTests(WorkbenchTestCase):
    """
    What is done.
    """

    def test_pkcs7(self) -> None:
        """
        An answer in PKCS #7 form has its chain with it, whatever the order.
        """
        file = self.mktemp()
        self.work.request(CertificateSpec("NEW", names=("www.example.com",)), file)

        leaf = makeServer(self.lower, key=requestOf(self.database, "NEW").key).certificate
        every = [self.upper.certificate, leaf, self.lower.certificate]
        answer = self.write(pkcs7.serialize_certificates([each.strict for each in every], Encoding.DER))
        self.assertTrue(self.imports(answer).received().stored[0].id == "SSLP390I")
        self.assertEqual(self.database.credential("NEW").chain, (self.lower.certificate, self.upper.certificate))

    def test_signed(self) -> None:
        """
        An authority of the key database signs a server, which is served with its chain, and renews it.
        """
        self.work.selfSigned(CertificateSpec("My root", usage="authority", days=900))
        self.work.signed(CertificateSpec("My lower CA", usage="authority", days=800), "My root")
        self.work.signed(CertificateSpec("NEW", names=("a.example",)), "My lower CA")
        lower = self.database.certificates("My lower CA")[0]
        self.assertEqual(self.database.material().credentials[0].chain, (lower,))
        old = self.database.credential("NEW")
        self.assertTrue(self.work.renew("NEW", 700).id == "SSLP379I")
        new = self.database.credential("NEW")
        self.assertGreater(new.certificate.notAfter, old.certificate.notAfter)
        self.assertEqual(new.chain, (lower,))

    def test_renamed(self) -> None:
        """
        An entry keeps all it has under its new label, a revocation list too.
        """
        self.database.setDefault("WEB")
        self.work.rename("WEB", "SITE")
        self.assertEqual(self.database.default(), "SITE")
        self.imports(self.write(exportPem((self.root.certificate,)))).certificates("Root")
        self.imports(self.write(makeRevocations(self.root).pem)).certificates(None)
        self.work.rename("Root", "Trusted root")
        self.assertEqual(len(self.database.material().revocations), 1)
        self.unchanged("SSLP332E", lambda: self.work.rename("SITE", "SITE"))
        self.work.request(CertificateSpec("NEW", names=("a",)), self.mktemp())
        self.unchanged("SSLP370E", lambda: self.work.rename("SITE", "NEW"))

    def test_expiring(self) -> None:
        """
        What expires soon or has expired is found, the next one first.
        """
        for label, days in (("B", 10), ("A", -1), ("C", 300)):
            self.database.add(makeServer(self.lower, label=label, days=days))
        self.assertEqual([record.label for record in self.work.expiring(15)], ["A", "B"])
        self.assertEqual([record.label for record in self.work.expiring(31)], ["A", "B", "WEB"])

    def test_subject(self) -> None:
        """
        A spec without a subject has the first name, or the label, for one.
        """
        self.assertEqual(CertificateSpec("NEW", names=("a.example", "b")).name().rfc4514_string(), "CN=a.example")
        authority = CertificateSpec("Ours, Inc. #1", usage="authority")
        self.assertEqual(authority.name().rfc4514_string(), "CN=Ours\\, Inc. #1")


class FuzzTests(WorkbenchTestCase):
    """
    Files that are almost right.
    """

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def test_import(self, data: st.DataObject) -> None:
        """
        Whatever octets of a file are changed, left out or added, the worst is a message, and the database opens.
        """
        content = bytearray(data.draw(st.sampled_from(self.files())))
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, max(0, len(content) - 1)))
            match data.draw(st.sampled_from(["change", "cut", "insert", "drop"])):
                case "change" if content:
                    content[at] = data.draw(st.integers(0, 255))
                case "cut":
                    del content[at:]
                case "insert":
                    content[at:at] = data.draw(st.binary(min_size=1, max_size=4))
                case _:
                    del content[at : at + data.draw(st.integers(1, 40))]
        file = self.write(bytes(content))
        for act in (
            lambda: self.imports(file, "secret", replace=True).key("FUZZ"),
            lambda: self.imports(file, "secret", replace=True).certificates("Fuzz"),
            lambda: self.imports(file).received(),
            lambda: self.work.sign(file, "WEB", self.mktemp(), 30),
        ):
            with contextlib.suppress(OperatorError):
                act()
        with Database.openStashed(self.path) as again:
            self.assertIn("WEB", [record.label for record in again.records()])
            again.material()
        os.unlink(file)

    def files(self) -> list[bytes]:
        """
        Return files of every kind that is read.
        """
        if not hasattr(self, "_files"):
            credential = makeServer(self.lower)
            every = (credential.certificate, *credential.chain)
            self._files = [
                credentialPem(credential),
                makeRevocations(self.root, credential.certificate).der,
                makeRevocations(self.root).pem,
                *(exportCertificates(every, form) for form in CERTIFICATE_FORMATS),
                *(exportKey(credential, "secret", form) for form in KEY_FORMATS),
            ]
        return self._files
