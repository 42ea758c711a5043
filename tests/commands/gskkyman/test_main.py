"""
Tests for L{sslpool.commands.gskkyman.main} and L{sslpool.commands.gskkyman.operations}.
"""

from __future__ import annotations

import getpass
import io
import json
import os
import re
import stat
import subprocess
import sys

from attrs import frozen
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman import operations as operationsModule
from sslpool.commands.gskkyman.main import Gskkyman, main
from sslpool.keydb import passwordprompts, sealing
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.files import PRIVATE, stashPath, writeNew
from sslpool.keydb.records import Credential
from sslpool.messages import CATALOGUE, operatorError
from sslpool.tls import labels
from sslpool.tls.contexts import makeContext
from tests.commands.programs import started
from tests.doubles.certificates import (
    PASSWORD,
    QUICK,
    credentialPem,
    keyPem,
    makeAuthority,
    makeDatabase,
    makePss,
    makeRevocations,
    makeServer,
    writeCertificates,
    writeCredential,
)
from tests.keydb.misfits import misfits


@frozen
class Outcome:
    """
    What a command did.

    @ivar status: its exit status.
    @ivar output: standard output.
    @ivar errors: standard error.
    """

    status: int
    output: str
    errors: str


def operations() -> list[str]:
    """
    Return the names of all operations, as the help shows them.
    """
    found = re.findall(r"^    ([a-z-]+) ", str(Gskkyman()), re.MULTILINE)
    assert len(found) > 15, found
    return found


class GskkymanTestCase(SynchronousTestCase):
    """
    A key database with the certificate WEB, a password file, no terminal.
    """

    def setUp(self) -> None:
        self.authority = makeAuthority("Lower", makeAuthority("Root"))
        self.database = makeDatabase(self.mktemp() + ".kdb", [makeServer(self.authority, label="WEB")])
        self.passwordFile = self.mktemp()
        writeNew(self.passwordFile, PASSWORD.encode() + b"\n", PRIVATE)
        self.patch(sys, "stdin", io.StringIO())
        # Tests cannot wait for what a guess shall cost.
        for name in ("create", "changePassword"):
            function = getattr(Database, name)
            plain = getattr(function, "__func__", function)
            none, cost, *others = plain.__defaults__
            self.assertEqual((none, cost), (None, sealing.STRONG))
            self.patch(plain, "__defaults__", (None, QUICK, *others))

    def call(self, *arguments: str) -> Outcome:
        """
        Run the command.
        """
        output, errors = io.StringIO(), io.StringIO()
        self.patch(sys, "stdout", output)
        self.patch(sys, "stderr", errors)
        status = main(arguments)
        return Outcome(status, output.getvalue(), errors.getvalue())

    def run_(self, operation: str, *arguments: str) -> str:
        """
        Run an operation on the key database that must succeed; return what it says.
        """
        outcome = self.call(operation, "--database", self.database, *arguments)
        self.assertEqual((outcome.status, outcome.errors), (0, ""))
        return outcome.output

    def failing(self, messageId: str, operation: str, *arguments: str) -> None:
        """
        Run an operation that must fail with this message, and nothing else.
        """
        outcome = self.call(operation, "--database", self.database, *arguments)
        self.assertEqual((outcome.status, outcome.output), (1, ""))
        text, action = outcome.errors.splitlines()
        self.assertEqual((text.split()[0], action), (messageId, f"  {CATALOGUE[messageId].action}"))

    def answer(self, *answers: str) -> list[str]:
        """
        Be a terminal that gives C{answers}; return those that are left.
        """
        rest = list(answers)
        self.patch(getpass, "getpass", lambda prompt: rest.pop(0))
        for module in (passwordprompts, operationsModule):
            self.patch(module, "isTerminal", lambda: True)
        return rest

    def labels(self) -> list[str]:
        """
        Return the labels in the key database.
        """
        return [record["label"] for record in json.loads(self.run_("list", "--json"))]


class CommandLineTests(GskkymanTestCase):
    """
    What the command line may be.
    """

    def test_nothing(self) -> None:
        """
        Without arguments the menus are shown, until nobody answers any more.
        """
        outcome = self.call()
        self.assertEqual((outcome.status, outcome.errors), (0, ""))
        self.assertIn("Database Menu", outcome.output)

    def test_help(self) -> None:
        """
        Every operation has its help, which says how it is called.
        """
        for name in operations():
            output = io.StringIO()
            self.patch(sys, "stdout", output)
            self.assertEqual(self.assertRaises(SystemExit, main, [name, "--help"]).code, 0)
            self.assertTrue(output.getvalue().startswith(f"Usage: gskkyman {name} [options]"))
            self.assertIn("/etc/gskadm/Database.kdb", output.getvalue())

    def test_version(self) -> None:
        """
        The version is ours.
        """
        self.patch(sys, "stdout", output := io.StringIO())
        self.assertRaises(SystemExit, main, ["--version"])
        self.assertTrue(output.getvalue().startswith("gskkyman (sslpool) "))

    def test_mistakes(self) -> None:
        """
        What cannot be understood is said in one line, with where to look.
        """
        for arguments in (
            ["fly"],
            ["list", "--fly"],
            ["show"],
            ["delete", "--database", self.database],
            ["import", "--label", "X"],
            ["export", "--label", "X", "--with-key"],
            ["list", "more"],
        ):
            outcome = self.call(*arguments)
            self.assertEqual((outcome.status, outcome.output), (2, ""))
            first, second = outcome.errors.splitlines()
            self.assertTrue(first.startswith("gskkyman: "), first)
            named = "" if arguments == ["fly"] else f"{arguments[0]} "
            self.assertEqual(second, f"See gskkyman {named}--help.")

    def test_noPasswordArgument(self) -> None:
        """
        No option takes a password: a command line is for all to read.
        """
        for name in operations():
            self.patch(sys, "stdout", output := io.StringIO())
            self.assertRaises(SystemExit, main, [name, "--help"])
            self.assertEqual(re.findall(r"--[a-z-]*password(?!-file)=", output.getvalue()), [])

    def test_process(self) -> None:
        """
        As a process of its own: messages on standard error, no traceback, and
        nothing is asked where there is no terminal.
        """
        os.unlink(stashPath(self.database))
        done = subprocess.run(
            [*started("gskkyman"), "list", "--database", self.database],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertTrue(done.stderr.startswith("SSLP326E "))
        self.assertNotIn("Traceback", done.stderr)

    def test_interrupted(self) -> None:
        """
        Leaving at a prompt ends the command, with nothing else.
        """

        def interrupt(prompt: str) -> str:
            raise KeyboardInterrupt

        self.answer()
        self.patch(getpass, "getpass", interrupt)
        self.assertRaises(KeyboardInterrupt, self.call, "stash", "--database", self.database)


class DatabaseTests(GskkymanTestCase):
    """
    Operations on the key database itself.
    """

    def test_create(self) -> None:
        """
        A key database is made, and stashed where that is wanted.
        """
        for extra in ([], ["--stash"]):
            self.database = self.mktemp() + ".kdb"
            said = self.run_("create", "--password-file", self.passwordFile, *extra)
            self.assertTrue(said.startswith("SSLP300I"))
            self.assertEqual(os.path.exists(stashPath(self.database)), bool(extra))
            self.assertEqual("SSLP301I" in said, bool(extra))
            Database.open(self.database, PASSWORD).close()

    def test_createOnTerminal(self) -> None:
        """
        The terminal is asked twice for the new password.
        """
        self.database = self.mktemp() + ".kdb"
        self.answer("one", "other")
        self.failing("SSLP327E", "create")
        left = self.answer("secret", "secret")
        self.run_("create")
        self.assertEqual(left, [])
        Database.open(self.database, "secret").close()

    def test_createTwice(self) -> None:
        """
        A key database that exists is not replaced.
        """
        self.failing("SSLP310E", "create", "--password-file", self.passwordFile)

    def test_expires(self) -> None:
        """
        A password may be given a life in days.
        """
        self.database = self.mktemp() + ".kdb"
        for days in ("0", "x", "-1", "10000", "1.5", "99999999999"):
            self.failing("SSLP352E", "create", "--password-file", self.passwordFile, "--expires", days)
        self.run_("create", "--password-file", self.passwordFile, "--expires", "2")
        with Database.open(self.database, PASSWORD) as database:
            self.assertIsNotNone(database.expires)

    def test_stash(self) -> None:
        """
        Storing the password needs the password, whatever stash there is.
        """
        self.failing("SSLP326E", "stash")
        os.unlink(stashPath(self.database))
        self.assertTrue(self.run_("stash", "--password-file", self.passwordFile).startswith("SSLP301I"))
        Database.openStashed(self.database).close()

    def test_password(self) -> None:
        """
        A new password is followed by the warning that the stash is of no use any more, unless it is stored at once.
        """
        new = self.mktemp()
        writeNew(new, b"new", PRIVATE)
        said = self.run_("password", "--password-file", self.passwordFile, "--new-password-file", new)
        self.assertEqual([line.split()[0] for line in said.splitlines()], ["SSLP302I", "SSLP328W"])
        self.failing("SSLP324E", "list")
        said = self.run_("password", "--password-file", new, "--new-password-file", self.passwordFile, "--stash")
        self.assertEqual([line.split()[0] for line in said.splitlines()], ["SSLP302I", "SSLP301I"])
        self.assertEqual(self.labels(), ["WEB"])

    def test_passwordWithoutStash(self) -> None:
        """
        Where nothing was stored there is nothing to warn of.
        """
        os.unlink(stashPath(self.database))
        self.answer(PASSWORD, "new", "new")
        self.assertEqual(len(self.run_("password").splitlines()), 1)

    def test_wrongPassword(self) -> None:
        """
        A wrong password is refused even where a stash exists.
        """
        wrong = self.mktemp()
        writeNew(wrong, b"wrong", PRIVATE)
        self.failing("SSLP320E", "list", "--password-file", wrong)

    def test_missing(self) -> None:
        """
        A key database that does not exist is not made by the way, and nobody is asked for its password.
        """
        self.database = self.mktemp() + ".kdb"
        self.failing("SSLP311E", "list", "--password-file", self.passwordFile)
        for operation in ("list", "stash", "password", "delete-database"):
            self.failing("SSLP311E", operation)
        self.assertFalse(os.path.exists(self.database))


class CertificateTests(GskkymanTestCase):
    """
    Operations on certificates.
    """

    def test_list(self) -> None:
        """
        Certificates are listed for people and for programs.
        """
        heading, line = self.run_("list").splitlines()
        self.assertTrue(heading.startswith("Label"))
        self.assertEqual(line.split()[:5], ["WEB", "EC", "P-256", line.split()[3], "29"])
        (record,) = json.loads(self.run_("list", "--json"))
        self.assertEqual((record["label"], record["names"]), ("WEB", ["localhost", "127.0.0.1", "::1"]))

    def test_listEmpty(self) -> None:
        """
        An empty key database is said to be empty; for programs it is an empty list.
        """
        self.run_("delete", "--label", "WEB")
        self.assertTrue(self.run_("list").startswith("SSLP308I"))
        self.assertEqual(json.loads(self.run_("list", "--json")), [])

    def test_selfSigned(self) -> None:
        """
        A self-signed certificate has the names, kind and days that were given.
        """
        said = self.run_(
            "self-signed", "--label", "NEW", "--name", "a.example, 192.0.2.1", "--key", "rsa", "--days", "9"
        )
        self.assertTrue(said.startswith("SSLP303I"))
        shown = self.run_("show", "--label", "NEW")
        for fact in ("Subject:       CN=a.example", "a.example, 192.0.2.1", "RSA 2048", "(8 days left)"):
            self.assertIn(fact, shown)

    def test_selfSignedRefused(self) -> None:
        """
        Each operand has its message, and nothing is stored.
        """
        for messageId, arguments in {
            "SSLP355E": ["--label", "NEW"],
            "SSLP350E": ["--label", "NEW", "--name", "a b"],
            "SSLP330E": ["--label", "new", "--name", "a"],
            "SSLP351E": ["--label", "NEW", "--name", "a", "--key", "des"],
            "SSLP352E": ["--label", "NEW", "--name", "a", "--days", "never"],
            "SSLP332E": ["--label", "WEB", "--name", "a"],
        }.items():
            self.failing(messageId, "self-signed", *arguments)
        self.assertEqual(self.labels(), ["WEB"])

    def test_replace(self) -> None:
        """
        A certificate is replaced where that is wanted.
        """
        self.run_("self-signed", "--label", "WEB", "--name", "renewed.example", "--replace")
        self.assertIn("renewed.example", self.run_("show", "--label", "WEB"))

    def test_import(self) -> None:
        """
        PEM is imported with its chain.
        """
        credential = makeServer(self.authority)
        file = writeCredential(self.mktemp(), credential)
        self.assertTrue(self.run_("import", "--label", "NEW", file).startswith("SSLP304I"))
        with Database.openStashed(self.database) as database:
            self.assertEqual(database.credential("NEW").chain, credential.chain)

    def test_importMany(self) -> None:
        """
        Of several files and directories those that can be used are imported, and the others named.
        """
        folder = self.mktemp()
        os.mkdir(folder)
        for number in (1, 2):
            credential = makeServer(self.authority, f"shop{number}.example")
            writeCredential(os.path.join(folder, f"shop-{number}.pem"), credential)
        bad, other = self.mktemp(), writeCredential(self.mktemp() + ".x", makeServer(self.authority, "other.example"))
        writeNew(bad, b"nonsense", PRIVATE)
        outcome = self.call("import", "--database", self.database, folder, bad, other)
        self.assertEqual(outcome.status, 1)
        self.assertEqual([line.split()[0] for line in outcome.output.splitlines()], ["SSLP335I"] * 3)
        self.assertTrue(outcome.errors.startswith(f"SSLP336E {bad} is not imported: SSLP345E"), outcome.errors)
        self.assertLessEqual({"SHOP1", "SHOP2"}, set(self.labels()))
        outcome = self.call("import", "--database", self.database, "--json", folder, bad)
        found = [each["id"] for each in json.loads(outcome.output)["messages"]]
        self.assertEqual((outcome.status, found), (1, ["SSLP338I", "SSLP338I", "SSLP336E"]))
        self.assertTrue(outcome.errors.startswith("SSLP336E"), outcome.errors)
        self.assertEqual(self.run_("import", folder).count("SSLP338I"), 2)
        self.failing("SSLP337E", "import", self.empty())
        outcome = self.call("import", "--database", self.database, "--label", "NEW", bad, other, other)
        self.assertIn("--label is for one certificate", outcome.errors)

    def test_importPair(self) -> None:
        """
        Certificate and key from two files, options anywhere; from standard input; certbot's file names the key.
        """
        credential = makeServer(self.authority, "pair.example")
        folder = self.empty()
        chain, key = os.path.join(folder, "fullchain.pem"), os.path.join(folder, "privkey.pem")
        writeCertificates(chain, credential.certificate, *credential.chain)
        writeNew(key, keyPem(credential.key), PRIVATE)
        self.failing("SSLP828E", "import", chain, "--label", "PAIR")
        self.assertTrue(self.run_("import", chain, "--label=PAIR", key).startswith("SSLP304I"))
        self.run_("import", "-r", chain, key, "-l", "PAIR")
        self.assertTrue(self.run_("import", folder).startswith("SSLP338I"))
        text = io.TextIOWrapper(io.BytesIO(credentialPem(credential)))
        self.patch(sys, "stdin", text)
        self.run_("import", "-", "--label", "STDIN")
        outcome = self.call("import", "-", "--key-password-file", "-", "--label", "X")
        self.assertIn("can be given only once", outcome.errors)
        outcome = self.call("import", chain, "--lable", "X")
        self.assertIn("lable", outcome.errors)
        self.assertEqual(self.labels(), ["PAIR", "STDIN", "WEB"])

    def empty(self) -> str:
        """
        Return the name of a directory without files.
        """
        folder = str(self.mktemp())
        os.mkdir(folder)
        return folder

    def test_importPkcs12(self) -> None:
        """
        PKCS #12 is imported with its password from a file or the terminal.
        """
        file = self.mktemp()
        said = self.run_("export", "--label", "WEB", "--with-key", "--key-password-file", self.passwordFile, file)
        self.assertTrue(said.startswith("SSLP309I"))
        self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        self.failing("SSLP821E", "import", "--label", "NEW", file)
        self.run_("import", "--label", "NEW", "--key-password-file", self.passwordFile, file)
        self.answer(PASSWORD)
        self.run_("import", "--label", "NEW2", file)
        self.answer("wrong")
        self.failing("SSLP353E", "import", "--label", "NEW3", file)
        self.assertEqual(self.labels(), ["NEW", "NEW2", "WEB"])

    def test_importAuthority(self) -> None:
        """
        The certificate of an authority is imported alone, under a longer label.
        """
        file = writeCertificates(self.mktemp(), self.authority.certificate)
        self.failing("SSLP341E", "import", "--label", "CA", file)
        self.run_("import", "--label", "Example Lower CA", "--certificate-only", file)
        self.assertIn("no key", self.run_("list"))
        self.failing("SSLP334E", "default", "--label", "Example Lower CA")

    def test_revocations(self) -> None:
        """
        A revocation list is recognised, needs no label, is listed, and deleted with its own option.
        """
        file = self.mktemp()
        writeNew(file, makeRevocations(self.authority).der, PRIVATE)
        self.failing("SSLP362E", "import", file)
        authority = writeCertificates(self.mktemp(), self.authority.certificate)
        self.run_("import", "--label", "Example Lower CA", "--certificate-only", authority)
        self.assertTrue(self.run_("import", file).startswith("SSLP366I"))
        self.assertIn("Revocation list", self.run_("list"))
        [found] = json.loads(self.run_("list", "--json", "--revocations"))
        self.assertEqual((found["label"], found["revoked"]), ("Example Lower CA", 0))
        self.run_("delete", "--label", "Example Lower CA", "--revocations")
        self.failing("SSLP365E", "delete", "--label", "Example Lower CA", "--revocations")
        self.assertEqual(json.loads(self.run_("list", "--json", "--revocations")), [])

    def test_importRefused(self) -> None:
        """
        What every client refuses is not imported without --unchecked; what some refuse is said behind what was done,
        with exit status 0, and in JSON.
        """
        found = misfits()
        file = writeCredential(self.mktemp(), found["unknown critical"].credential)
        self.failing("SSLP850E", "import", "--label", "ODD", file)
        done, said = self.run_("import", "--label", "ODD", "--unchecked", file).splitlines()
        self.assertEqual((done[:8], said[:8]), ("SSLP304I", "SSLP856W"))
        other = writeCredential(self.mktemp() + ".pem", found["none"].credential)
        said = self.run_("import", "--json", "--label", "NONE", other)
        self.assertEqual([each["id"] for each in json.loads(said)["messages"]], ["SSLP304I", "SSLP852W"])
        self.run_("delete", "--label", "NONE")
        done, said = self.run_("import", other, other).splitlines()
        self.assertEqual((done[:8], said[:8]), ("SSLP335I", "SSLP852W"))
        self.assertIn(f"Certificate {other} names its host", said)
        leaf = writeCertificates(self.mktemp(), makeServer(self.authority).certificate)
        done, said = self.run_("import", "--certificate-only", "--label", "Leaf", leaf).splitlines()
        self.assertEqual((done[:8], said[:8]), ("SSLP304I", "SSLP870W"))

    def test_selfSignedOther(self) -> None:
        """
        Another kind of certificate in the place of one that is there is told.
        """
        arguments = ("self-signed", "--label", "WEB", "--replace", "--name")
        done, said = self.run_(*arguments, "a.example").splitlines()
        self.assertEqual((done[:8], said[:8]), ("SSLP303I", "SSLP871W"))
        self.assertEqual(len(self.run_(*arguments, "a.example").splitlines()), 1)

    def test_importFaults(self) -> None:
        """
        A file that is missing or of another kind has its message.
        """
        self.failing("SSLP311E", "import", "--label", "NEW", self.mktemp())
        self.failing("SSLP345E", "import", "--label", "NEW", self.passwordFile)
        self.failing("SSLP312E", "import", "--label", "NEW", os.curdir)
        self.assertIn(".pem", CATALOGUE["SSLP312E"].action)

    def test_display(self) -> None:
        """
        What is in a file is shown without a key database: what it says itself, and nothing that a file does not have.
        """
        file = self.mktemp()
        writeCertificates(file, self.authority.certificate, makeServer(self.authority).certificate)
        outcome = self.call("display", file, "--database", self.mktemp())
        self.assertEqual((outcome.status, outcome.errors), (0, ""))
        self.assertEqual(re.findall(r"^Authority: +(\w+)$", outcome.output, re.MULTILINE), ["yes", "no"])
        for name in ("Label", "Private key", "Default key", "Trusted"):
            self.assertNotIn(f"{name}:", outcome.output)
        shown = json.loads(self.call("display", "--json", file).output)
        self.assertEqual([each["issues"] for each in shown["certificates"]], [True, False])
        self.assertEqual(("trusted" in shown["certificates"][0], shown["revocations"]), (False, []))
        self.failing("SSLP312E", "display", os.curdir)

    def test_ownAuthority(self) -> None:
        """
        An authority whose certificate a server could use as well is shown as one, with its key too.
        """
        file = self.mktemp()
        writeCredential(file, Credential("CA", self.authority.certificate, (), self.authority.key))
        self.run_("import", "--label", "CA", file, "--unchecked")
        self.assertRegex(self.run_("show", "--label", "CA"), r"Authority: +yes")
        self.assertRegex(self.run_("list"), r"CA .* authority")
        self.assertRegex(self.run_("show", "--label", "WEB"), r"Authority: +no")

    def test_export(self) -> None:
        """
        Certificate and chain are exported to a file or standard output, without the key.
        """
        with Database.openStashed(self.database) as database:
            expected = exportPem(database.certificates("WEB"))
        self.assertEqual(self.run_("export", "--label", "WEB").encode(), expected)
        file = self.mktemp()
        self.assertTrue(self.run_("export", "--label", "WEB", file).startswith("SSLP307I"))
        with open(file, "rb") as exported:
            self.assertEqual(exported.read(), expected)
        self.failing("SSLP310E", "export", "--label", "WEB", file)

    def test_default(self) -> None:
        """
        The default key is marked.
        """
        self.assertTrue(self.run_("default", "--label", "WEB").startswith("SSLP306I"))
        self.assertIn("Default key:   yes", self.run_("show", "--label", "WEB"))

    def test_trust(self) -> None:
        """
        Trust is taken away and given back.
        """
        self.assertTrue(self.run_("trust", "--label", "WEB", "--off").startswith("SSLP361I"))
        self.assertIn("not trusted", self.run_("list"))
        self.assertTrue(self.run_("trust", "--label", "WEB").startswith("SSLP360I"))
        self.assertNotIn("not trusted", self.run_("list"))

    def test_delete(self) -> None:
        """
        A certificate is deleted once.
        """
        self.assertTrue(self.run_("delete", "--label", "WEB").startswith("SSLP305I"))
        for operation in ("delete", "show", "export", "default", "trust"):
            self.failing("SSLP333E", operation, "--label", "WEB")

    def test_encryptedPem(self) -> None:
        """
        A key that is encrypted in PEM is asked for.
        """
        file, encrypted = self.mktemp(), self.mktemp()
        writeNew(file, credentialPem(makeServer(self.authority)), PRIVATE)
        subprocess.run(["openssl", "pkey", "-in", file, "-aes256", "-passout", "pass:x", "-out", encrypted], check=True)
        with open(file, "rb") as clear, open(encrypted, "ab") as both:
            both.write(clear.read().split(b"-----END PRIVATE KEY-----\n")[1])
        self.failing("SSLP343E", "import", "--label", "NEW", encrypted)
        left = self.answer("x")
        self.run_("import", "--label", "NEW", encrypted)
        self.assertEqual(left, [])


class ScriptTests(GskkymanTestCase):
    """
    Requests, authorities and the rest of the dialogue's work, from the command line.
    """

    def test_request(self) -> None:
        """
        A request is made, listed, signed by an authority of the same key database, and received.
        """
        request, again, answer = self.mktemp(), self.mktemp(), self.mktemp()
        self.run_("self-signed", "--label", "My CA", "--authority", "--days", "900")
        subject = ("--subject", "CN=www.example.com,O=Example")
        self.run_("request", "--label", "NEW", *subject, "--name", "www.example.com", "--key", "rsa", request)
        [found] = json.loads(self.run_("list", "--requests", "--json"))
        self.assertEqual((found["label"], found["keyType"]), ("NEW", "RSA 2048"))
        self.run_("request", "--label", "NEW", "--again", again)
        self.run_("sign", "--label", "My CA", request, answer)
        self.assertTrue(self.run_("receive", answer).startswith("SSLP390I"))
        self.assertIn("O=Example", self.run_("show", "--label", "NEW"))
        self.assertIn("SSLP392I", self.run_("list", "--requests"))
        self.run_("renew", "--label", "NEW", "--days", "100")
        self.assertTrue(self.run_("renew", "--label", "WEB", self.mktemp()).startswith("SSLP368I"))
        self.failing("SSLP380E", "renew", "--label", "WEB")

    def test_deleteRequest(self) -> None:
        """
        A request is renamed and deleted.
        """
        self.run_("request", "--label", "NEW", "--name", "a", self.mktemp())
        self.run_("label", "--request", "--label", "NEW", "NEWER")
        self.run_("delete", "--request", "--label", "NEWER")
        self.failing("SSLP387E", "delete", "--request", "--label", "NEWER")

    def test_issuer(self) -> None:
        """
        A certificate is made that an authority of the key database signs.
        """
        self.run_("self-signed", "--label", "My CA", "--authority")
        self.run_("self-signed", "--label", "CLIENT", "--client", "--issuer", "My CA")
        self.assertIn("CN=My CA", self.run_("show", "--label", "CLIENT"))
        self.failing("SSLP377E", "self-signed", "--label", "NEW", "--name", "a", "--issuer", "WEB")

    def test_json(self) -> None:
        """
        Every operation can answer in JSON, what it did as well as why it did nothing.
        """
        done = json.loads(self.run_("default", "--label", "WEB", "--json"))
        self.assertEqual([message["id"] for message in done["messages"]], ["SSLP306I"])
        self.assertEqual(json.loads(self.run_("show", "--default", "--json"))["label"], "WEB")
        self.assertIn("BEGIN CERTIFICATE", json.loads(self.run_("export", "--label", "WEB", "--json"))["certificates"])
        outcome = self.call("default", "--database", self.database, "--label", "NONE", "--json")
        self.assertEqual((outcome.status, outcome.errors.split()[0]), (1, "SSLP333E"))
        error = json.loads(outcome.output)["error"]
        self.assertEqual((error["id"], error["action"]), ("SSLP333E", CATALOGUE["SSLP333E"].action))

    def test_expiring(self) -> None:
        """
        Certificates that expire soon are listed, or it is said that there are none.
        """
        self.assertIn("SSLP384I", self.run_("expiring", "--days", "20"))
        self.assertIn("WEB", self.run_("expiring", "--days", "40"))
        [found] = json.loads(self.run_("expiring", "--days", "40", "--json"))
        self.assertEqual(found["label"], "WEB")

    def test_label(self) -> None:
        """
        A label is changed.
        """
        self.run_("label", "--label", "WEB", "SITE")
        self.assertEqual(self.labels(), ["SITE"])

    def test_recordLength(self) -> None:
        """
        The record length is shown and changed.
        """
        self.assertIn("2500", self.run_("record-length"))
        self.assertIn("3000", self.run_("record-length", "3000"))
        self.failing("SSLP385E", "record-length", "12")
        self.failing("SSLP385E", "record-length", "many")

    def test_info(self) -> None:
        """
        Expiration, record length and default key are shown.
        """
        self.assertRegex(self.run_("info"), "Expiration: +none\nRecord length: +2500\nDefault key: +none\n")
        self.run_("default", "--label", "WEB")
        self.run_("password", "-p", self.passwordFile, "-n", self.passwordFile, "--expires", "10", "--stash")
        found = json.loads(self.run_("info", "--json"))
        self.assertEqual((found["default"], found["keys"], found["certificates"]), ("WEB", 1, 0))
        self.assertGreater(found["expires"], 0)
        self.assertRegex(self.run_("info"), r"Expiration: +20\d\d-")

    def test_standardInput(self) -> None:
        """
        Passwords come from standard input, line by line, where that is said.
        """
        file = self.mktemp()
        self.patch(sys, "stdin", io.StringIO(f"{PASSWORD}\nsecret\n"))
        self.run_("export", "--label", "WEB", "--with-key", "-p", "-", "--key-password-file", "-", file)
        self.patch(sys, "stdin", io.StringIO("secret\n"))
        self.run_("import", "--label", "NEW", "--key-password-file", "-", file)
        self.failing("SSLP321E", "list", "--password-file", "-")

    def test_unfit(self) -> None:
        """
        What is not fit is stored only with --unchecked.
        """
        file = writeCredential(self.mktemp(), makeServer(self.authority, days=-3))
        self.failing("SSLP372E", "import", "--label", "OLD", file)
        self.run_("import", "--label", "OLD", "--unchecked", file)
        self.assertEqual(self.labels(), ["OLD", "WEB"])

    def test_unusable(self) -> None:
        """
        What the TLS library refuses is not stored; what it takes is, of whatever kind its key is.
        """
        broken = makeServer(self.authority)
        self.patch(labels, "makeContext", self.refusing)
        self.failing("SSLP179E", "import", "--label", "BAD", writeCredential(self.mktemp(), broken))
        self.patch(labels, "makeContext", makeContext)
        self.run_("import", "--label", "PSS", writeCredential(self.mktemp(), makePss(self.authority)))
        self.assertEqual(self.labels(), ["PSS", "WEB"])

    def refusing(self, *arguments: object, **options: object) -> None:
        """
        Be a TLS library that takes nothing.
        """
        raise operatorError("SSLP130E", label="BAD", reason="no")

    def test_formats(self) -> None:
        """
        A certificate is exported in the form that is named.
        """
        self.assertIn("BEGIN PKCS7", self.run_("export", "--label", "WEB", "--format", "pkcs7-pem"))
        self.failing("SSLP397E", "export", "--label", "WEB", "--format", "jks", self.mktemp())

    def test_deleteDatabase(self) -> None:
        """
        A key database is removed with its password, not with its stash.
        """
        self.failing("SSLP326E", "delete-database")
        self.run_("delete-database", "--password-file", self.passwordFile)
        self.assertFalse(os.path.exists(stashPath(self.database)))
        self.failing("SSLP311E", "list", "--password-file", self.passwordFile)
