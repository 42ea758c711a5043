"""
What is stored is what the serving library takes, and what is refused is refused for a reason that is true.
"""

from __future__ import annotations

import contextlib
import os
import re
import ssl
from collections.abc import Callable
from functools import partial
from warnings import catch_warnings

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL, crypto
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman.formatting import formatDetails, formatList
from sslpool.commands.gskkyman.importing import Importing
from sslpool.commands.gskkyman.inputfiles import readInput
from sslpool.commands.gskkyman.workbench import Workbench
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import CERTIFICATE_FORMATS, exportCertificates, exportKey, exportPem
from sslpool.keydb.files import PRIVATE, writeNew
from sslpool.keydb.records import KeyMaterial
from sslpool.messages import OperatorError
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.labels import rehearse
from sslpool.tls.policy import Policy
from sslpool.tls.usable import Usable, tried
from tests.doubles.certificates import makeAuthority, makeDatabase, makeServer
from tests.keydb.generated import File, certificatesOf, files
from tests.tls.meeting import Meeting

EXAMPLES = int(os.environ.get("SSLPOOL_EXAMPLES", "24"))
"""
How many files are tried; more find more, and take longer.
"""

STRICTER = re.compile(
    "SSLP37[2345]E|SSLP163E|SSLP34[127]E|SSLP850E|which are BER|its dates do not conform|extension [0-9.]+ twice"
    "|its key is"
)
"""
Where we refuse what the library would serve: clients would refuse it, or nobody could say whose it is.
"""


def library(found: File) -> str:
    """
    Return why the library that serves does not take a file; empty where it does.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    try:
        with catch_warnings(action="ignore"):
            context.use_certificate(crypto.load_certificate(crypto.FILETYPE_ASN1, found.certificate))
            for each in found.above:
                context.add_extra_chain_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, each))
            context.use_privatekey(found.key)
            context.check_privatekey()
    except (SSL.Error, crypto.Error) as error:
        return str(error)
    return ""


class GeneratedTests(SynchronousTestCase):
    """
    A key database with a label of its own, and what others bring.
    """

    def setUp(self) -> None:
        """
        Make it.
        """
        self.root = makeAuthority("Root")
        self.path = makeDatabase(self.mktemp() + ".kdb", [makeServer(self.root, label="GOOD")])
        self.database = Database.openStashed(self.path)
        self.addCleanup(self.database.close)
        self.database.addCertificates({"Root": self.root.certificate})
        self.work = Workbench(self.database, rehearse=rehearse)
        self.file = self.mktemp()

    def write(self, octets: bytes) -> None:
        """
        Bring a file.
        """
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.file)
        writeNew(self.file, octets, PRIVATE)

    def usable(self) -> Usable:
        """
        Return what servers would use; what was there before is among it.
        """
        found = tried(self.database.material(), self.path, Policy())
        self.assertIn("GOOD", found.labels)
        self.assertIn(self.root.certificate, found.trust.authorities)
        self.assertNotIn("GOOD", found.reasons)
        return found

    def looked(self, label: str) -> None:
        """
        Look at all that can be looked at, and write all that can be written.
        """
        for record in self.database.records():
            for line in (*formatDetails(record, 0), *formatList([record], 0)):
                self.assertTrue(line.isprintable(), line)
            self.assertTrue(record.subject)
        certificates = self.database.certificates(label)
        acts: list[Callable[[], object]] = []
        acts += [partial(exportCertificates, certificates, form) for form in CERTIFICATE_FORMATS]
        if self.database.record(label).hasKey:
            acts.append(partial(exportKey, self.database.credential(label), "secret", "pkcs12"))
            acts.append(partial(self.work.renewalRequest, label, self.mktemp()))
        for act in acts:
            # Where anything is against it, that is a message; what the library thinks is for programmers.
            with contextlib.suppress(OperatorError), catch_warnings(action="ignore"):
                act()

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(files(), st.booleans())
    def test_import(self, found: File, unchecked: bool) -> None:
        """
        Of a key with its certificate.
        """
        self.write(found.octets)
        before = self.database.records()
        try:
            Importing(self.work, [readInput(self.file)], unchecked=unchecked).key("NEW")
        except OperatorError as error:
            self.assertEqual(self.database.records(), before)
            self.assertTrue(error.said.text.strip(), str(error))
            self.assertTrue(library(found) or STRICTER.search(str(error)), (str(error), found.certificate.hex()))
            return
        usable = self.usable()
        self.assertEqual("NEW" in usable.labels, "NEW" not in usable.reasons)
        if not unchecked:
            self.assertEqual((library(found), usable.reasons), ("", {}))
        if "NEW" in usable.labels:
            self.assertEqual(self.served(usable), found.certificate)
        self.looked("NEW")
        self.database.remove("NEW")

    def served(self, usable: Usable) -> bytes | None:
        """
        Return the certificate that Python's own TLS gets.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        meeting = Meeting(makeAnchor(Policy()), usable.labels["NEW"].context, context)
        try:
            return meeting.shake().client.getpeercert(binary_form=True)
        finally:
            meeting.close()

    @settings(max_examples=EXAMPLES // 3, suppress_health_check=list(HealthCheck))
    @given(files(), st.booleans())
    def test_authorities(self, found: File, unchecked: bool) -> None:
        """
        Of certificates without keys: each is usable, or named, or was refused.
        """
        for number, der in enumerate(certificatesOf(found)):
            try:
                certificate = Certificate.of(der)
            except ValueError:
                continue
            self.write(exportPem([certificate]))
            label = f"New {number}"
            try:
                Importing(self.work, [readInput(self.file)], unchecked=unchecked).certificates(label)
            except OperatorError as error:
                self.assertTrue(error.said.text.strip(), str(error))
                continue
            usable = self.usable()
            if not unchecked:
                self.assertEqual(usable.reasons, {})
            self.looked(label)
            self.database.remove(label)
        self.assertIsInstance(self.database.material(), KeyMaterial)
