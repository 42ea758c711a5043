"""
C{gskkyman} as an operator has it: its dialogue on a real terminal, and its
operations in scripts, with openssl as the certification authority.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import ssl
import stat
import tempfile

import pexpect  # type: ignore[import-untyped]
from twisted.trial.unittest import SynchronousTestCase

from tests.live.programs import LIMIT, Outcome, environment, program, run

PASSWORD = "correct horse"
MENU = re.escape("Enter option number (press ENTER to return to previous menu): ")
CONTINUE = re.escape("Press ENTER to continue.")


class GskkymanTestCase(SynchronousTestCase):
    """
    A directory, and a certification authority made by openssl.
    """

    def setUp(self) -> None:
        """
        Make them.
        """
        self.directory = tempfile.mkdtemp(prefix="gskkyman-")
        self.addCleanup(shutil.rmtree, self.directory)
        options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
        self.openssl("req", "-x509", *options, "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem")
        with open(self.path("names"), "w", encoding="ascii") as file:
            file.write("subjectAltName=DNS:www.example.com\n")

    def path(self, name: str) -> str:
        """
        Return the name of a file.
        """
        return os.path.join(self.directory, name)

    def openssl(self, *arguments: str) -> str:
        """
        Run openssl in the directory.
        """
        outcome = run("env", "-C", self.directory, "openssl", *arguments)
        self.assertEqual(outcome.code, 0, outcome.error)
        return outcome.output

    def sign(self, request: str, certificate: str) -> None:
        """
        Be the authority: sign a request.
        """
        signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "20", "-extfile", "names"]
        self.openssl("x509", "-req", "-in", request, *signer, "-out", certificate)

    def usable(self, name: str) -> None:
        """
        See that openssl and Python's ssl module can use a PKCS #12 file that was exported with the key.
        """
        self.openssl("pkcs12", "-in", name, "-passin", f"pass:{PASSWORD}", "-nodes", "-out", f"{name}.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path(f"{name}.pem"))
        self.openssl("verify", "-CAfile", "ca.pem", f"{name}.pem")


class DialogueTests(GskkymanTestCase):
    """
    The dialogue on a terminal.
    """

    def enter(self, *steps: tuple[str, str]) -> None:
        """
        Wait for a prompt and answer it, again and again.
        """
        for prompt, answer in steps:
            self.terminal.expect(prompt)
            self.terminal.sendline(answer)

    def subject(self) -> None:
        """
        Answer the questions about a subject.
        """
        self.enter((r"Common name \(required\)", "www.example.com"))
        for part in ("Organizational unit", "Organization", "City", "State"):
            self.enter((part, "Example" if part == "Organization" else ""))
        self.enter(("Country", "DE"))

    def test_dialogue(self) -> None:
        """
        Create, self-signed, request, signed by the authority, receive, import, export, renew, default and
        stash; no password is ever seen.
        """
        seen = io.StringIO()
        self.terminal = pexpect.spawn(
            program("gskkyman"), cwd=self.directory, env=environment(), encoding="utf-8", timeout=LIMIT
        )
        self.terminal.logfile_read = seen
        self.addCleanup(self.terminal.close, force=True)
        self.enter(
            ("Enter option number: ", "1"),
            ("Enter key database name", "Database.kdb"),
            ("Enter database password", PASSWORD),
            ("Re-enter database password", PASSWORD),
            ("Enter password expiration in days", "200"),
            ("Enter database record length", ""),
            (f"SSLP300I .*{CONTINUE}", ""),
            (f"Key Management Menu.*Expiration: 20.*{MENU}", "6"),
            ("Select certificate usage", "2"),
            ("Select certificate key algorithm", "1"),
            ("Enter label", "SELF"),
        )
        self.subject()
        self.enter(
            ("Enter number of days", "100"),
            ("Enter DNS names", ""),
            (f"SSLP303I .*{CONTINUE}", ""),
            (MENU, "4"),
            ("Select certificate key algorithm", "4"),
            ("Enter request file name", "web.csr"),
            ("Enter label", "WEB"),
        )
        self.subject()
        self.enter(("Enter DNS names", ""), (f"SSLP368I .*{CONTINUE}", ""))
        self.terminal.expect(MENU)
        self.sign("web.csr", "web.crt")
        self.terminal.sendline("7")
        self.enter(
            ("Enter import file name", "ca.pem"),
            ("Enter label", '"Test CA"'),
            (f"SSLP304I .*{CONTINUE}", ""),
            (MENU, "5"),
            ("Enter certificate file name", "web.crt"),
            (f"SSLP390I Certificate WEB .*{CONTINUE}", ""),
            (MENU, "1"),
            ("2 - WEB.*Enter label number", "2"),
            (f"Label: WEB.*{MENU}", "7"),
            ("Select export format", "3"),
            ("Enter export file name", "web.p12"),
            ("Enter export file password", PASSWORD),
            ("Re-enter export file password", PASSWORD),
            (f"SSLP309I .*{CONTINUE}", ""),
            (MENU, "3"),
            (f"SSLP306I .*{CONTINUE}", ""),
            (MENU, "11"),
            ("Enter request file name", "renew.csr"),
            ("Create a new key", "0"),
            (f"SSLP368I .*{CONTINUE}", ""),
            (MENU, ""),
            ("Enter label number", ""),
        )
        self.terminal.expect(MENU)
        self.usable("web.p12")
        self.sign("renew.csr", "renew.crt")
        self.terminal.sendline("5")
        self.enter(
            ("Enter certificate file name", "renew.crt"),
            (f"SSLP390I Certificate WEB .*{CONTINUE}", ""),
            (MENU, "8"),
            ("Enter import file name", "web.p12"),
            ("Enter import file password", PASSWORD),
            ("Enter label", "COPY"),
            (f"SSLP304I .*{CONTINUE}", ""),
            (MENU, "9"),
            (f"Label: +WEB.*Default key: +yes.*{CONTINUE}", ""),
            (MENU, "10"),
            (f"SSLP301I .*{CONTINUE}", ""),
            (MENU, "11"),
            (f"SSLP382I .*2500.*{CONTINUE}", ""),
            (MENU, "0"),
        )
        self.terminal.expect(pexpect.EOF)
        self.terminal.close()
        self.assertEqual(self.terminal.exitstatus, 0)
        self.assertIn("Enter database password", seen.getvalue())
        self.assertNotIn(PASSWORD, seen.getvalue())
        modes = {name: stat.S_IMODE(os.stat(self.path(f"Database.{name}")).st_mode) for name in ("kdb", "rdb", "sth")}
        self.assertEqual(modes, {"kdb": 0o640, "rdb": 0o600, "sth": 0o640})
        listed = json.loads(run(program("gskkyman"), "list", "--database", self.path("Database.kdb"), "--json").output)
        self.assertEqual([record["label"] for record in listed], ["COPY", "SELF", "Test CA", "WEB"])

    def test_interrupted(self) -> None:
        """
        Ctrl-C and Ctrl-D leave at any question without a traceback, and what was begun is not done.
        """
        for sent in ("\x03", "\x04"):
            terminal = pexpect.spawn(
                program("gskkyman"), cwd=self.directory, env=environment(), encoding="utf-8", timeout=LIMIT
            )
            self.addCleanup(terminal.close, force=True)
            terminal.expect("Enter option number: ")
            terminal.sendline("1")
            terminal.expect("Enter key database name")
            terminal.send(sent)
            terminal.expect(pexpect.EOF)
            self.assertNotIn("Traceback", terminal.before)
        self.assertFalse(os.path.exists(self.path("Database.kdb")))


class ScriptTests(GskkymanTestCase):
    """
    The same by a script.
    """

    def gskkyman(self, operation: str, *arguments: str) -> Outcome:
        """
        Run an operation in the directory.
        """
        outcome = run(
            "env",
            "-C",
            self.directory,
            program("gskkyman"),
            operation,
            "-d",
            "Database.kdb",
            *arguments,
            input=f"{PASSWORD}\n{PASSWORD}\n",
        )
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        return outcome

    def test_script(self) -> None:
        """
        Create with a stash, self-signed, request, receive, import, export, renew and default, without a question.
        """
        self.gskkyman("create", "--password-file", "-", "--stash", "--expires", "200")
        self.gskkyman("self-signed", "--label", "SELF", "--name", "self.example", "--key", "ed25519")
        self.gskkyman("import", "--certificate-only", "--label", "Test CA", "ca.pem")
        self.gskkyman("request", "--label", "WEB", "--name", "www.example.com", "--key", "rsa", "web.csr")
        self.sign("web.csr", "web.crt")
        self.gskkyman("receive", "web.crt")
        self.gskkyman("export", "--label", "WEB", "--with-key", "--key-password-file", "-", "web.p12")
        self.usable("web.p12")
        self.gskkyman("import", "--label", "COPY", "--key-password-file", "-", "web.p12")
        self.gskkyman("renew", "--label", "WEB", "renew.csr")
        self.sign("renew.csr", "renew.crt")
        self.gskkyman("receive", "renew.crt")
        self.gskkyman("renew", "--label", "SELF", "--days", "500")
        self.gskkyman("default", "--label", "WEB")
        listed = self.gskkyman("list", "--json").json()
        self.assertEqual([record["label"] for record in listed], ["COPY", "SELF", "Test CA", "WEB"])
        self.assertEqual([record["label"] for record in listed if record["default"]], ["WEB"])
        found = self.gskkyman("expiring", "--days", "25", "--json").json()
        self.assertEqual({record["label"] for record in found}, {"COPY", "WEB"})
