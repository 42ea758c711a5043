"""
Tests for L{sslpool.commands.gskkyman.examining}: what is refused, and what is only said, at each door.
"""

from __future__ import annotations

import re
import time

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman.importing import Importing
from sslpool.commands.gskkyman.inputfiles import readInput
from sslpool.commands.gskkyman.manyfiles import importMany
from sslpool.commands.gskkyman.workbench import CertificateSpec, Workbench
from sslpool.keydb.checking import mayBeAccepted
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.files import PRIVATE, writeNew
from sslpool.keydb.records import Credential
from sslpool.keydb.requests import requestOf
from sslpool.keydb.stapling import staplePath
from sslpool.messages import OperatorError, Said, said
from tests.doubles.certificates import (
    Authority,
    credentialPem,
    makeAuthority,
    makeClient,
    makeDatabase,
    makeServer,
    respond,
)
from tests.keydb.misfits import HOST, Node, chain, misfits, server, usage
from tests.keydb.refusals import refused


def credentialOf(node: Node) -> Credential:
    """
    Return a certificate with what is above it.
    """
    return Credential("", node.certificate, node.above, node.key)


class ExaminerCase(SynchronousTestCase):
    """
    An empty key database, whose remarks are kept.
    """

    def setUp(self) -> None:
        """
        Make it.
        """
        self.remarks: list[Said] = []
        self.path = makeDatabase(self.mktemp() + ".kdb")
        self.database = Database.openStashed(self.path)
        self.addCleanup(self.database.close)
        self.work = Workbench(self.database, remark=self.remarks.append)

    def write(self, content: bytes, ending: str = "") -> str:
        """
        Write a file and return its name.
        """
        path: str = self.mktemp() + ending
        writeNew(path, content, PRIVATE)
        return path

    def said(self) -> list[str]:
        """
        Return the ids of what has been remarked, and begin anew.
        """
        found = [each.id for each in self.remarks]
        self.remarks.clear()
        return found


class ImportTests(ExaminerCase):
    """
    A private key with its certificate.
    """

    def test_severity(self) -> None:
        """
        What every client refuses is refused, and stored with --unchecked, which says it; all else is said.
        """
        firsts = {misfit.messages: name for name, misfit in reversed(misfits().items())}
        for number, name in enumerate(firsts.values()):
            misfit = misfits()[name]
            file = self.write(credentialPem(misfit.credential))
            label = f"A{number}"
            ids = [f"SSLP{each.removesuffix('!')}" for each in misfit.messages]
            isTotal = any(each.endswith("!") for each in misfit.messages)
            if isTotal:
                error = self.assertRaises(OperatorError, Importing(self.work, [readInput(file)]).key, label)
                self.assertTrue(str(error).startswith(f"SSLP850E Every client refuses {file}: {ids[0]} "), name)
                self.assertTrue(mayBeAccepted(error))
            self.assertEqual(self.said(), [], name)
            Importing(self.work, [readInput(file)], unchecked=isTotal).key(label)
            self.assertEqual(self.said(), ids, name)

    def test_label(self) -> None:
        """
        What is said names the label; of many files, the file.
        """
        file = self.write(credentialPem(credentialOf(misfits()["none"].node)), ".pem")
        Importing(self.work, [readInput(file)]).key("NEW")
        rest = f"names its host, {HOST}, only in the common name: refused by browsers, Go and rustls"
        self.assertEqual(list(map(str, self.remarks)), [f"SSLP852W Certificate NEW {rest}"])
        self.remarks.clear()
        self.database.remove("NEW")
        done = importMany(self.work, [file])
        self.assertEqual((len(done.stored), done.refused), (1, ()))
        self.assertEqual(list(map(str, self.remarks)), [f"SSLP852W Certificate {file} {rest}"])

    def test_known(self) -> None:
        """
        What an authority in the key database forbids counts as if it were in the file.
        """
        misfit = misfits()["too deep"]
        *above, root = misfit.node.above
        for number, each in enumerate((*above, root)):
            self.database.addCertificates({f"CA {number}": each})
        alone = evolve(misfit.credential, chain=())
        with refused("SSLP850E"):
            Importing(self.work, [readInput(self.write(credentialPem(alone)))]).key("NEW")

    def test_stapling(self) -> None:
        """
        A certificate that demands an OCSP response is named where the label has none that can be used.
        """
        above = chain()[1]
        feature = x509.TLSFeature([x509.TLSFeatureType.status_request])
        node = server(above, (feature, False))
        file = self.write(credentialPem(credentialOf(node)))
        Importing(self.work, [readInput(file)]).key("NEW")
        path = staplePath(self.path, "NEW")
        said = f"Certificate NEW demands an OCSP response, and {path} cannot be stapled: the file does not exist"
        self.assertEqual(list(map(str, self.remarks)), [f"SSLP859W {said}; refused by Firefox and GnuTLS"])
        self.remarks.clear()
        issuer = Authority(above.certificate, above.key)
        writeNew(path, respond(issuer, node.certificate), PRIVATE)
        Importing(self.work, [readInput(file)], replace=True).key("NEW")
        self.assertEqual(self.said(), [])
        late = evolve(self.work, clock=lambda: time.time() + 8 * 86400)
        Importing(late, [readInput(file)], replace=True).key("NEW")
        self.assertEqual(self.said(), ["SSLP859W"])

    def test_replaced(self) -> None:
        """
        A certificate with other names or another kind of key in the place of another is told; a renewal not.
        """
        authority = makeAuthority()
        first = self.write(credentialPem(makeServer(authority, "a.example", "b.example")))
        Importing(self.work, [readInput(first)], unchecked=True).key("NEW")
        renewal = self.write(credentialPem(makeServer(authority, "B.example", "a.example")))
        Importing(self.work, [readInput(renewal)], replace=True, unchecked=True).key("NEW")
        self.assertEqual(self.said(), [])
        key = rsa.generate_private_key(65537, 2048)
        other = self.write(credentialPem(makeServer(authority, "c.example", "b.example", key=key)))
        Importing(self.work, [readInput(other)], replace=True, unchecked=True).key("NEW")
        change = "without a.example; also for c.example; the key was EC P-256 and is RSA 2048"
        self.assertEqual(self.remarks, [said("SSLP871W", label="NEW", change=change)])


class MakingTests(ExaminerCase):
    """
    Certificates that are made here.
    """

    def test_key(self) -> None:
        """
        A key that not every client can use is said when it is made, for a server.
        """
        self.work.selfSigned(CertificateSpec("A", names=("a.example",), kind="ed25519"))
        self.assertEqual(self.said(), ["SSLP851W"])
        self.work.selfSigned(CertificateSpec("B", names=("a.example",)))
        self.work.selfSigned(CertificateSpec("CLIENT", usage="client", kind="ed25519"))
        self.work.selfSigned(CertificateSpec("CA", usage="authority", kind="ed25519"))
        self.assertEqual(self.said(), [])
        self.work.signed(CertificateSpec("C", names=("*.example",)), "CA")
        self.assertEqual(self.said(), ["SSLP854W"])

    def test_sign(self) -> None:
        """
        Likewise where a request of others is signed.
        """
        self.work.selfSigned(CertificateSpec("CA", usage="authority"))
        self.work.request(CertificateSpec("D", names=("a.example",), kind="ec-521"), file := self.mktemp())
        self.assertEqual(self.said(), [])
        self.work.sign(file, "CA", target := self.mktemp(), 30)
        [said] = self.remarks
        self.assertRegex(str(said), f"^SSLP851W Certificate {re.escape(target)} has a key of type EC P-521")


class AuthorityTests(ExaminerCase):
    """
    Certificates without private keys.
    """

    def test_leaf(self) -> None:
        """
        One that is not an authority's lets nobody in, and that is said, of many files as well.
        """
        authority = makeAuthority()
        leaf = self.write(makeServer(authority).certificate.pem, ".pem")
        Importing(self.work, [readInput(leaf)]).certificates("Server")
        self.assertEqual(self.said(), ["SSLP870W"])
        Importing(self.work, [readInput(self.write(authority.certificate.pem))]).certificates("Authority")
        self.assertEqual(self.said(), [])
        other = self.write(makeClient(authority).certificate.pem, ".pem")
        importMany(self.work, [other], withKeys=False)
        self.assertEqual(self.said(), ["SSLP870W"])

    def test_replaced(self) -> None:
        """
        An authority of another name in the place of one is told.
        """
        for name in ("Old", "Old", "New"):
            given = readInput(self.write(makeAuthority(name).certificate.pem))
            Importing(self.work, [given], replace=True).certificates("CA")
        change = "the subject was CN=Old and is CN=New"
        self.assertEqual(self.remarks, [said("SSLP871W", label="CA", change=change)])


class AnswerTests(ExaminerCase):
    """
    What an authority answers to a request.
    """

    def answer(self, *names: str, **more: x509.ExtensionType) -> list[str]:
        """
        Receive a certificate for two names that were asked for, and return what is said of it.
        """
        self.remarks.clear()
        self.work.request(CertificateSpec("NEW", names=("a.example.com", "b.example.com")), self.mktemp())
        key = requestOf(self.database, "NEW").key
        node = server(chain()[1], names=names or None, key=key, subject="a.example.com", **more)  # type: ignore[arg-type]
        Importing(self.work, [readInput(self.write(exportPem((node.certificate, *node.above))))]).received()
        self.database.remove("NEW")
        return [str(each).removeprefix("SSLP") for each in self.remarks]

    def test_names(self) -> None:
        """
        Other names than were asked for, fewer, or none.
        """
        self.assertEqual(self.answer("b.example.com", "A.example.com"), [])
        [said] = self.answer("a.example.com", "c.example.com")
        change = "without b.example.com; also for c.example.com"
        self.assertEqual(said, f"872W The certificate for NEW does not have the names that you requested: {change}")
        none, less = self.answer()
        self.assertTrue(none.startswith("852W "), none)
        self.assertTrue(less.endswith(": without a.example.com, b.example.com"), less)

    def test_authority(self) -> None:
        """
        An answer that is an authority's.
        """
        basic = (x509.BasicConstraints(ca=True, path_length=None), True)
        [said] = self.answer("a.example.com", "b.example.com", basic=basic)  # type: ignore[arg-type]
        self.assertTrue(said.startswith("857W "), said)

    def test_onlyAuthority(self) -> None:
        """
        An answer that signs certificates and nothing else; but not where an authority is renewed.
        """
        basic = (x509.BasicConstraints(ca=True, path_length=None), True)
        uses = (usage("key_cert_sign"), True)
        [said] = self.answer("a.example.com", "b.example.com", basic=basic, uses=uses)  # type: ignore[arg-type]
        self.assertTrue(said.startswith("874W Certificate NEW can only sign other certificates"), said)
        self.work.selfSigned(CertificateSpec("CA", usage="authority"))
        self.work.renewalRequest("CA", file := self.mktemp())
        self.work.selfSigned(CertificateSpec("Upper", usage="authority"))
        self.work.sign(file, "Upper", target := self.mktemp(), 300, "authority")
        Importing(self.work, [readInput(self.write(self.database.certificates("Upper")[0].pem))]).certificates("Root")
        self.remarks.clear()
        Importing(self.work, [readInput(target)]).received()
        self.assertEqual(self.said(), [])

    def test_renewal(self) -> None:
        """
        A renewal is compared with what it renews.
        """
        node = server(chain()[1], names=("a.example.com",))
        Importing(self.work, [readInput(self.write(credentialPem(credentialOf(node))))]).key("WEB")
        renewal = server(chain()[1], names=("b.example.com",), key=node.key)
        Importing(self.work, [readInput(self.write(exportPem((renewal.certificate, *renewal.above))))]).received()
        self.assertEqual(self.said(), ["SSLP871W"])

    def test_commonName(self) -> None:
        """
        Where the request has a name as common name alone that is what was asked for.
        """
        self.work.request(CertificateSpec("NEW", subject="CN=a.example.com"), self.mktemp())
        key = requestOf(self.database, "NEW").key
        node = server(chain()[1], names=("a.example.com",), key=key)
        Importing(self.work, [readInput(self.write(node.certificate.pem + exportPem(node.above)))]).received()
        self.assertEqual(self.said(), [])
