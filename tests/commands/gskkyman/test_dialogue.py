"""
Tests for L{sslpool.commands.gskkyman.dialogue} and the menus, without a terminal.
"""

from __future__ import annotations

import os
import time

from cryptography import x509
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman.databasemenu import DatabaseMenu
from sslpool.commands.gskkyman.dialogue import Dialogue, Screen
from sslpool.commands.gskkyman.questions import CERTIFICATE_FORMAT, KEY_FORMAT
from sslpool.keydb.armor import armored
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import CERTIFICATE_FORMATS, KEY_FORMATS, exportPkcs12
from sslpool.keydb.files import PRIVATE, writeNew
from sslpool.keydb.requests import requestsOf
from sslpool.messages import CATALOGUE
from tests.doubles.certificates import (
    PASSWORD,
    QUICK,
    makeAuthority,
    makeDatabase,
    makeRevocations,
    makeServer,
    writeCertificates,
    writeCredential,
)
from tests.keydb.misfits import misfits

ENTER = ""
NAMES = ("www.example.com", ENTER, "Example", ENTER, ENTER, "DE")
"""
The answers about a subject.
"""


class DialogueTestCase(SynchronousTestCase):
    """
    A dialogue with a key database that has the server WEB and its authority.
    """

    def setUp(self) -> None:
        """
        Make them.
        """
        self.authority = makeAuthority("Test CA")
        self.path = makeDatabase(self.mktemp() + ".kdb", [makeServer(self.authority, label="WEB")])
        with Database.openStashed(self.path) as database:
            database.addCertificates({"Test CA": self.authority.certificate})
        self.dialogue = Dialogue(lambda talk: DatabaseMenu(talk, QUICK).run())
        self.addCleanup(self.dialogue.close)
        self.screen: Screen = self.dialogue.begin()
        self.shown = list(self.screen.lines)

    def enter(self, *answers: str) -> str:
        """
        Give answers one after the other; return what was shown since.
        """
        self.shown = []
        for answer in answers:
            self.assertFalse(self.screen.ended, (answer, self.shown))
            self.screen = self.dialogue.feed(answer)
            self.shown += [*self.screen.lines, self.screen.prompt]
        return "\n".join(self.shown)

    def open(self) -> None:
        """
        Open the key database.
        """
        self.assertIn("Key Management Menu", self.enter("2", self.path, PASSWORD))

    def done(self, messageId: str, *answers: str) -> None:
        """
        Answers end with this message, and after ENTER with a menu.
        """
        shown = self.enter(*answers)
        self.assertIn(f"\n{messageId} ", shown)
        self.assertEqual(self.screen.prompt, "Press ENTER to continue.")
        self.enter(ENTER)
        self.assertIn("option number", self.screen.prompt)

    def labels(self) -> list[str]:
        """
        Return the labels in the key database.
        """
        with Database.openStashed(self.path) as database:
            return [record.label for record in database.records()]


class DirectoryTests(DialogueTestCase):
    """
    A directory in the place of an import file.
    """

    def test_directory(self) -> None:
        """
        All files in it are imported, keys as well as certificates of authorities.
        """
        authority, folder = makeAuthority("Shops"), self.mktemp()
        os.mkdir(folder)
        writeCertificates(os.path.join(folder, "shops.crt"), authority.certificate)
        self.open()
        self.done("SSLP335I", "7", folder)
        os.unlink(os.path.join(folder, "shops.crt"))
        for number in (1, 2):
            credential = makeServer(authority, f"shop{number}.example")
            writeCredential(os.path.join(folder, f"shop{number}.pem"), credential)
        self.done("SSLP335I", "8", folder)
        self.assertLessEqual({"SHOP1", "SHOP2", "shops"}, set(self.labels()))


class DatabaseMenuTests(DialogueTestCase):
    """
    The Database Menu.
    """

    def test_menu(self) -> None:
        """
        It is z/VM's, and 0 ends the dialogue.
        """
        text = "\n".join(self.shown)
        for item in ("Database Menu", "   1 - Create new database", "   7 - Display certificate file", "   0 - Exit"):
            self.assertIn(item, text)
        self.assertEqual(self.screen.prompt, "Enter option number: ")
        self.enter("0")
        self.assertTrue(self.screen.ended)

    def test_unknown(self) -> None:
        """
        What is no option is said to be none; ENTER alone shows the menu again.
        """
        for answer in ("12", "x", "-1", "9" * 50, "\x1b[A"):
            shown = self.enter(answer)
            self.assertIn("SSLP391E", shown)
            self.assertNotIn("\x1b", shown)
        self.assertIn("Database Menu", self.enter(ENTER))

    def test_create(self) -> None:
        """
        A database is created with its password, expiry and record length, and is open then.
        """
        path = self.mktemp()
        shown = self.enter("1", path, "new", "new", "10", "3000")
        self.assertIn("SSLP300I", shown)
        self.assertIn("Expiration: " + time.strftime("%Y-%m-%d", time.gmtime(time.time() + 864000)), self.enter(ENTER))
        self.done("SSLP382I", "11")
        with Database.open(f"{path}.kdb", "new") as database:
            self.assertEqual(database.recordLength, 3000)
        self.assertIn("Database Menu", self.enter(ENTER))

    def test_secret(self) -> None:
        """
        Passwords, and nothing else, are asked for without echo; two that differ are refused.
        """
        self.enter("1", self.mktemp())
        self.assertTrue(self.screen.secret)
        self.enter("one")
        self.assertTrue(self.screen.secret)
        self.assertIn("SSLP327E", self.enter("other"))
        self.assertFalse(self.screen.secret)

    def test_back(self) -> None:
        """
        ENTER instead of an answer leads back to the menu, and nothing is done.
        """
        for answers in (["1", ENTER], ["1", "x", ENTER], ["2", ENTER], ["3", self.path, ENTER], ["7", ENTER]):
            self.assertIn("Database Menu", self.enter(*answers))

    def test_wrongPassword(self) -> None:
        """
        A wrong password has its message, and the menu comes again.
        """
        self.done("SSLP320E", "2", self.path, "wrong")
        self.done("SSLP311E", "2", self.mktemp(), "wrong")

    def test_password(self) -> None:
        """
        The password is changed, the record length kept, and the stash said to be invalid.
        """
        self.done("SSLP382I", "4", self.path, PASSWORD, "5000")
        shown = self.enter("3", self.path, PASSWORD, "new", "new", ENTER)
        self.assertIn("SSLP302I", shown)
        self.assertIn("SSLP328W", shown)
        with Database.open(self.path, "new") as database:
            self.assertEqual((database.recordLength, database.expires), (5000, None))

    def test_expired(self) -> None:
        """
        A database whose password has expired is not opened, but can be given a new one.
        """
        with Database.openStashed(self.path) as database:
            database.changePassword(PASSWORD, expires=1.0, cost=QUICK)
        self.done("SSLP322E", "2", self.path, PASSWORD)
        self.done("SSLP302I", "3", self.path, PASSWORD, "new", "new", ENTER)
        self.assertIn("Key Management Menu", self.enter("2", self.path, "new"))

    def test_delete(self) -> None:
        """
        A database is deleted with all that belongs to it when that is confirmed.
        """
        self.open()
        self.enter("4", "1", self.mktemp(), "NEW", *NAMES, ENTER, ENTER, ENTER)
        self.enter("5", self.path, PASSWORD, "0")
        self.assertEqual(self.labels(), ["Test CA", "WEB"])
        stem = self.path.removesuffix(".kdb")
        self.assertTrue(os.path.exists(f"{stem}.rdb"))
        self.done("SSLP388I", "5", self.path, PASSWORD, "1")
        self.assertEqual([ending for ending in ("kdb", "rdb", "sth") if os.path.exists(f"{stem}.{ending}")], [])

    def test_parameters(self) -> None:
        """
        A key parameter file is what openssl takes for a safe group.
        """
        file = self.mktemp()
        self.done("SSLP394I", "6", "1", file)
        with open(file, encoding="ascii") as content:
            self.assertTrue(content.read().startswith("-----BEGIN DH PARAMETERS-----\nMIIBCAKCAQEA//////////+t+FRY"))

    def test_display(self) -> None:
        """
        A certificate file is shown whether PEM or DER.
        """
        certificate = self.authority.certificate
        for content in (certificate.pem, certificate.der):
            file = self.mktemp()
            writeNew(file, content, PRIVATE)
            self.assertIn("CN=Test CA", self.enter("7", file))
            self.enter(ENTER)

    def test_displayedFacts(self) -> None:
        """
        What is shown of a certificate in a file is what it says itself: whether it is an authority's, and nothing
        about labels, private keys and trust, which a file does not have.
        """
        server = makeServer(self.authority, label="WEB").certificate
        for certificate, answer in ((self.authority.certificate, "yes"), (server, "no")):
            file = self.mktemp()
            writeCertificates(file, certificate)
            shown = self.enter("7", file)
            self.assertRegex(shown, f"Authority: +{answer}\n")
            for name in ("Label", "Private key", "Default key", "Trusted"):
                self.assertNotIn(f"{name}:", shown)
            self.enter(ENTER)

    def test_displayedList(self) -> None:
        """
        Of a revocation list in a file too.
        """
        file, server = self.mktemp(), makeServer(self.authority).certificate
        writeNew(file, makeRevocations(self.authority, server).pem, PRIVATE)
        shown = self.enter("7", file)
        self.assertRegex(shown, "Revocation list of: +CN=Test CA\nMade: .*\nNext due: .*\nRevoked: +1\n")


class ManagementTests(DialogueTestCase):
    """
    The Key Management Menu.
    """

    def setUp(self) -> None:
        """
        Open the key database.
        """
        super().setUp()
        self.open()

    def test_menu(self) -> None:
        """
        It is z/VM's, with the database's name and expiration.
        """
        for line in (
            f"       Database: {os.path.abspath(self.path)}",
            "       Expiration: None",
            "   1 - Manage keys and certificates",
            "  11 - Show database record length",
            "   0 - Exit program",
            "Enter option number (press ENTER to return to previous menu): ",
        ):
            self.assertIn(line, self.shown)

    def test_formats(self) -> None:
        """
        The menus offer each format that can be written, and no other.
        """
        self.assertEqual(set(CERTIFICATE_FORMAT[2]), set(CERTIFICATE_FORMATS))
        self.assertEqual(set(KEY_FORMAT[2]), set(KEY_FORMATS))

    def test_selfSigned(self) -> None:
        """
        A self-signed server certificate, and the certificate of an authority under a quoted label.
        """
        self.done("SSLP303I", "6", "2", "1", "NEW", *NAMES, "30", ENTER)
        self.done("SSLP303I", "6", "1", "7", '"My own CA"', *NAMES, ENTER)
        self.assertEqual(self.labels(), ["My own CA", "NEW", "Test CA", "WEB"])
        with Database.openStashed(self.path) as database:
            record = database.record("NEW")
            self.assertEqual((record.subject, record.names), ("CN=www.example.com,O=Example,C=DE", NAMES[:1]))
            material = database.material()
        self.assertEqual([each.label for each in material.credentials], ["NEW", "WEB"])
        self.assertEqual([each.label for each in material.authorities], ["My own CA", "Test CA"])

    def test_request(self) -> None:
        """
        A request is made, shown, exported, renamed, signed by an authority here, and received.
        """
        file, again, signed = self.mktemp(), self.mktemp(), self.mktemp()
        self.done("SSLP303I", "6", "1", "1", "My own CA", *NAMES, ENTER)
        self.done("SSLP368I", "4", "4", file, "NEW", *NAMES, "www.example.com, 192.0.2.1")
        self.assertIn("RSA 2048", self.enter("3", "1", "1"))
        self.enter(ENTER)
        self.done("SSLP368I", "2", again)
        self.done("SSLP399I", "4", "NEWER")
        self.enter(ENTER, ENTER)
        self.enter("1", "1")
        self.done("SSLP378I", "13", file, "2", "100", signed)
        self.enter(ENTER, ENTER)
        self.done("SSLP390I", "5", signed)
        self.done("SSLP392I", "3")
        self.assertIn("NEWER", self.labels())
        with Database.openStashed(self.path) as database:
            self.assertEqual(database.record("NEWER").names, ("www.example.com", "192.0.2.1"))

    def test_requestOrder(self) -> None:
        """
        What is asked about a request comes in z/VM's order: the key, the file, the label, the subject.
        """
        prompts = []
        for answer in ("4", "1", self.mktemp(), "NEW"):
            self.enter(answer)
            prompts.append(self.screen.prompt.partition(" (")[0])
        self.assertEqual(
            prompts, ["Select certificate key algorithm", "Enter request file name", "Enter label", "  Common name"]
        )

    def test_askedAgain(self) -> None:
        """
        An answer that cannot be used is asked again at once, with why and what to do.
        """
        self.enter("6", "2", "1")
        self.assertIn("SSLP330E", self.enter("my server"))
        self.assertIn("Enter label", self.screen.prompt)
        self.enter("NEW")
        self.assertIn("SSLP386E", self.enter("www.example.com", ENTER, ENTER, ENTER, ENTER, "Germany"))
        self.assertIn("Country", self.screen.prompt)
        self.assertIn("SSLP352E", self.enter("DE", "20000"))
        self.assertIn("SSLP398E", self.enter("many"))
        self.assertIn("SSLP350E", self.enter("30", "www.example.com, a b"))
        self.done("SSLP303I", "www.example.com")
        self.assertIn("NEW", self.labels())

    def test_deleteRequest(self) -> None:
        """
        A request that is deleted is gone, and its list is left.
        """
        self.done("SSLP368I", "4", "1", self.mktemp(), "NEW", *NAMES, ENTER)
        self.assertIn("SSLP369I", self.enter("3", "1", "3", "1"))
        self.assertIn("SSLP392I", self.enter(ENTER))
        self.enter(ENTER)
        with Database.openStashed(self.path) as database:
            self.assertEqual(requestsOf(database), [])

    def test_takenLabel(self) -> None:
        """
        A label that is taken, by a certificate or a request, is asked again; a file that exists is left.
        """
        file = self.mktemp()
        self.assertIn("SSLP332E", self.enter("4", "1", file, "WEB"))
        self.done("SSLP368I", "NEW", *NAMES, ENTER)
        self.assertIn("SSLP370E", self.enter("4", "1", self.mktemp(), "NEW"))
        self.enter(ENTER)
        self.done("SSLP310E", "4", "1", file, "NEWER", *NAMES, ENTER)
        with Database.openStashed(self.path) as database:
            self.assertEqual([found.label for found in requestsOf(database)], ["NEW"])

    def test_importKey(self) -> None:
        """
        A PKCS #12 file asks for its password, PEM does not.
        """
        credential = makeServer(self.authority)
        p12, text = self.mktemp(), self.mktemp()
        writeNew(p12, exportPkcs12(credential, "secret"), PRIVATE)
        writeNew(text, armored(b"PKCS12", exportPkcs12(credential, "secret")), PRIVATE)
        self.done("SSLP304I", "8", p12, "secret", "ONE")
        self.done("SSLP304I", "8", text, "secret", "TWO")
        self.done("SSLP304I", "8", writeCredential(self.mktemp(), credential), "THREE")
        self.done("SSLP353E", "8", p12, "wrong")
        self.assertEqual(self.labels(), ["ONE", "THREE", "TWO", "Test CA", "WEB"])

    def test_importExpired(self) -> None:
        """
        An expired certificate is stored only when the user says so.
        """
        file = writeCredential(self.mktemp(), makeServer(self.authority, days=-3))
        shown = self.enter("8", file, "OLD")
        self.assertIn("SSLP372E", shown)
        self.assertIn("Key Management Menu", self.enter("0"))
        self.assertNotIn("OLD", self.labels())
        self.done("SSLP304I", "8", file, "OLD", "1")
        self.assertIn("OLD", self.labels())

    def test_importRefused(self) -> None:
        """
        What every client refuses is stored only when the user says so; what some refuse is said, and done.
        """
        found = misfits()
        file = writeCredential(self.mktemp(), found["unknown critical"].credential)
        shown = self.enter("8", file, "ODD")
        self.assertIn("SSLP850E", shown)
        self.assertEqual(self.labels(), ["Test CA", "WEB"])
        shown = self.enter("1")
        self.assertIn("SSLP856W Certificate ODD has the critical extension 1.2.3.4.5", shown)
        self.assertIn("SSLP304I Certificate ODD imported", shown)
        self.enter(ENTER)
        shown = self.enter("8", writeCredential(self.mktemp(), found["none"].credential), "NONE")
        self.assertIn("\nSSLP852W Certificate NONE names its host", shown)
        self.assertIn("\nSSLP304I Certificate NONE imported", shown)

    def test_importCertificate(self) -> None:
        """
        A certificate is imported under its label, a revocation list without asking for one.
        """
        other, listed = makeAuthority("Other CA"), self.mktemp()
        self.done("SSLP304I", "7", writeCertificates(self.mktemp(), other.certificate), "Other CA")
        writeNew(listed, makeRevocations(other).pem, PRIVATE)
        self.done("SSLP366I", "7", listed)
        self.enter("2", "1")
        self.assertIn("Other CA", self.enter("7"))
        self.enter(ENTER)
        self.done("SSLP367I", "8")

    def test_default(self) -> None:
        """
        There is no default key until one is set; it is shown then.
        """
        self.done("SSLP393I", "9")
        self.enter("1", "1")
        self.done("SSLP306I", "3")
        self.enter(ENTER, ENTER)
        self.assertIn("Default key:   yes", self.enter("9"))

    def test_stash(self) -> None:
        """
        The password is stored.
        """
        os.unlink(self.path.removesuffix("kdb") + "sth")
        self.done("SSLP301I", "10")
        self.assertEqual(self.labels(), ["Test CA", "WEB"])


class KeyMenuTests(DialogueTestCase):
    """
    The menu of one key.
    """

    def setUp(self) -> None:
        """
        Open it.
        """
        super().setUp()
        self.open()
        self.assertIn("       Label: WEB", self.enter("1", "1"))

    def test_show(self) -> None:
        """
        Certificate and key are shown; not the private key itself.
        """
        self.assertIn("CN=localhost", self.enter("1"))
        self.assertIn("EC P-256", self.enter(ENTER, "2"))

    def test_added(self) -> None:
        """
        The items that z/VM does not have stand apart, below those that it has, and their numbers follow.
        """
        key, certificate = self.enter("x"), self.enter(ENTER, ENTER, "2", "1")
        self.assertIn("  11 - Create a certificate renewal request\n\nAdded by sslpool:\n  12 - Renew", key)
        self.assertIn("   6 - Change label\n\nAdded by sslpool:\n   7 - Show revocation list", certificate)

    def test_trust(self) -> None:
        """
        Trust is taken and given.
        """
        self.done("SSLP361I", "4", "0")
        self.done("SSLP360I", "4", "1")

    def test_copy(self) -> None:
        """
        Certificate and key are copied to another database, not to the same.
        """
        other = makeDatabase(self.mktemp() + ".kdb")
        self.done("SSLP395I", "5", other, PASSWORD)
        with Database.openStashed(other) as database:
            self.assertEqual([each.label for each in database.material().credentials], ["WEB"])
        self.done("SSLP332E", "5", other, PASSWORD)
        self.done("SSLP396E", "5", self.path, PASSWORD)

    def test_export(self) -> None:
        """
        Every form is written: four of the certificate, four with its key.
        """
        for number in "1234":
            file = self.mktemp()
            self.done("SSLP307I", "6", number, file)
            self.assertTrue(os.path.getsize(file))
            file = self.mktemp()
            self.done("SSLP309I", "7", number, file, "secret", "secret")
            self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)

    def test_relabel(self) -> None:
        """
        The label is changed, and the menu goes on with the new one.
        """
        self.done("SSLP381I", "9", "SITE")
        self.assertIn("       Label: SITE", self.shown)
        self.done("SSLP330E", "9", "too long a label")
        self.enter(ENTER, ENTER, "2", "1")
        self.done("SSLP332E", "6", "SITE")
        self.enter(ENTER, ENTER)
        with Database.openStashed(self.path) as database:
            self.assertEqual([each.label for each in database.material().credentials], ["SITE"])

    def test_delete(self) -> None:
        """
        It is deleted when that is confirmed, and its menu is left.
        """
        self.assertIn("Key and Certificate Menu", self.enter("8", "0"))
        self.assertIn("SSLP305I", self.enter("8", "1"))
        self.assertEqual(self.labels(), ["Test CA"])
        self.assertIn("SSLP392I", self.enter(ENTER))

    def test_renewal(self) -> None:
        """
        A renewal request keeps the key; what comes of it takes the certificate's place.
        """
        file = self.mktemp()
        self.done("SSLP368I", "11", file, "0")
        with open(file, "rb") as content:
            request = x509.load_pem_x509_csr(content.read())
        with Database.openStashed(self.path) as database:
            old = database.credential("WEB")
        self.assertEqual(request.public_key(), old.certificate.publicKey())
        renewed = writeCertificates(self.mktemp(), makeServer(self.authority, key=old.key).certificate)
        self.enter(ENTER, ENTER)
        self.done("SSLP390I", "5", renewed)
        with Database.openStashed(self.path) as database:
            self.assertNotEqual(database.credential("WEB").certificate, old.certificate)

    def test_renewalWithNewKey(self) -> None:
        """
        A renewal with a new key waits as a request under the same label.
        """
        file = self.mktemp()
        self.done("SSLP368I", "11", file, "1", "7")
        with Database.openStashed(self.path) as database:
            [waiting] = requestsOf(database)
        self.assertEqual(waiting.label, "WEB")
        renewed = writeCertificates(self.mktemp(), makeServer(self.authority, key=waiting.key).certificate)
        self.enter(ENTER, ENTER)
        self.done("SSLP390I", "5", renewed)
        with Database.openStashed(self.path) as database:
            self.assertEqual(database.record("WEB").keyType, "Ed25519")
            self.assertEqual(requestsOf(database), [])

    def test_notAnAuthority(self) -> None:
        """
        A server signs nothing, and is not renewed without its authority.
        """
        self.done("SSLP377E", "10", "2", "1", "NEW", *NAMES, ENTER, ENTER)
        self.done("SSLP380E", "12", ENTER)

    def test_action(self) -> None:
        """
        A refusal is shown with what to do.
        """
        self.assertIn(CATALOGUE["SSLP380E"].action, self.enter("12", ENTER))
