"""
Every input through every door of a key database and through KEYFILE, and what a client then is shown, in memory.
"""

from __future__ import annotations

import contextlib
import io
import ssl
import sys
from collections.abc import Callable, Iterable
from itertools import count

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman.dialogue import Dialogue
from sslpool.commands.gskkyman.importing import Imported, Importing
from sslpool.commands.gskkyman.inputfiles import readInput
from sslpool.commands.gskkyman.main import main
from sslpool.commands.gskkyman.managementmenu import ManagementMenu
from sslpool.commands.gskkyman.manyfiles import importMany
from sslpool.commands.gskkyman.workbench import Workbench
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.database import Database
from sslpool.keydb.files import PRIVATE, writeNew
from sslpool.keydb.records import Credential
from sslpool.keydb.revocations import listRevocations
from sslpool.keydb.sources import readCertificates, readMaterial
from sslpool.messages import OperatorError
from sslpool.tls.labels import rehearse
from sslpool.tls.peercertificates import useCredential
from tests.cases.table import FOLDER, NOW, OTHERS, PASSWORD, SERVERS, Server
from tests.doubles.certificates import makeDatabase
from tests.keydb.refusals import refused

_PERMISSIONS = "SSLP825W"
_ROUNDS = 4


def shownTo(credential: Credential) -> list[str]:
    """
    Return the subjects of what Python's C{ssl} is shown by a server that has C{credential}.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    useCredential(context, credential)
    server = SSL.Connection(context, None)
    server.set_accept_state()
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(received, sent)
    for _ in range(_ROUNDS):
        for end in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError, SSL.WantReadError):
                end.do_handshake()
            if end is client and (octets := sent.read()):
                server.bio_write(octets)
        try:
            received.write(server.bio_read(1 << 20))
        except SSL.WantReadError:
            continue
    chain = client._sslobj.get_unverified_chain()  # type: ignore[attr-defined]  # public since Python 3.13
    return [Certificate.of(ssl.PEM_cert_to_DER_cert(each.public_bytes())).subject.text for each in chain]


class DoorsTestCase(SynchronousTestCase):
    """
    A key database, which is looked at as of L{NOW}.
    """

    def setUp(self) -> None:
        """
        Make it.
        """
        self.path = makeDatabase(self.mktemp() + ".kdb")
        self.database = Database.openStashed(self.path)
        self.addCleanup(self.database.close)
        self.work = Workbench(self.database, lambda: NOW, rehearse)
        self.passwordFile = self.mktemp()
        writeNew(self.passwordFile, PASSWORD.encode("ascii"), PRIVATE)
        self._labels = count()

    def label(self, server: Server) -> str:
        """
        Return a label for it: a new one, or that which the file has.
        """
        return server.label or f"L{next(self._labels)}"

    def importing(self, path: str, unchecked: bool = False, replace: bool = False) -> Importing:
        """
        Return the import of a file.
        """
        return Importing(self.work, [readInput(path)], PASSWORD, replace, unchecked)

    def command(self, *arguments: str) -> list[str]:
        """
        Run C{gskkyman import}; return the ids of what it says.
        """
        output = io.StringIO()
        self.patch(sys, "stdout", output)
        self.patch(sys, "stderr", output)
        password = ("--key-password-file", self.passwordFile)
        main(["import", *arguments, "--database", self.path, *password])
        return [line.split()[0] for line in output.getvalue().splitlines() if line.startswith("SSLP")]

    def choose(self, option: str, *answers: str) -> str:
        """
        Choose an item of the Key Management Menu; return what is shown after all answers.  A question for a password
        is answered where there is one.
        """
        dialogue = Dialogue(lambda talk: ManagementMenu(talk, self.work).run())
        turn = dialogue.begin()
        shown: list[str] = []
        left = [option, *answers]
        while left and not turn.ended:
            secret = turn.secret
            turn = dialogue.feed(PASSWORD if secret else left.pop(0))
            shown += turn.lines
        dialogue.close()
        return "\n".join(shown)

    def ids(self, act: Callable[..., Imported], *arguments: str) -> list[str]:
        """
        Return the ids of what something says, without those about permissions.
        """
        try:
            done = act(*arguments)
        except OperatorError as error:
            return [error.said.id]
        return [each for each in (message.id for message in (*done.stored, *done.refused)) if each != _PERMISSIONS]


class ServerTests(DoorsTestCase):
    """
    Certificates with private keys.
    """

    def test_checked(self) -> None:
        """
        An import tells what is unfit, on the command line and in the dialogue, and stores it where that is said.
        """
        for server in SERVERS:
            label = self.label(server)
            expected = [server.refused or "SSLP304I"]
            self.assertEqual(self.ids(self.importing(server.path).key, label), expected, server)
            if server.refused:
                self.importing(server.path, unchecked=True).key(label)
            self.work.remove(label)
            self.assertIn(expected[0], self.choose("8", server.path, label, "0"), server)
            if not server.refused:
                self.work.remove(label)

    def test_command(self) -> None:
        """
        The command stores each of them, options behind the file, and a client is shown what is in it.
        """
        for server in SERVERS:
            label = self.label(server)
            found = self.command(server.path, "--label", label, "--unchecked")
            self.assertEqual([each for each in found if each != _PERMISSIONS], ["SSLP304I", *server.findings], server)
            self.check(server, self.database.credential(label))
            self.work.remove(label)

    def check(self, server: Server, credential: Credential) -> None:
        """
        A client is shown certificate and chain.
        """
        if server.unusable:
            with refused("SSLP130E"):
                rehearse(credential)
        elif server.verified is not None:
            self.assertEqual(tuple(shownTo(credential)[1:]), server.chain, server)

    def test_many(self) -> None:
        """
        Among many files each gets a label, with all that is in it.
        """
        files = list(dict.fromkeys(server.path for server in SERVERS))
        done = importMany(self.work, files, PASSWORD, unchecked=True)
        self.assertEqual(done.refused, ())
        stored = [each.id for each in done.stored]
        # Those with the same certificate as another file are not needed.
        self.assertEqual(len([each for each in stored if each == "SSLP335I"]), len(self.database.records()))
        material = self.database.material()
        self.assertEqual(material.unusable, ())
        self.assertIn("MYSERVER", [each.label for each in material.credentials])

    def test_keyFile(self) -> None:
        """
        As KEYFILE each is read, under its label, and shown likewise; the stack reads it as the servers do.
        """
        for server in SERVERS:
            path = server.path
            if server.label:
                path = str(self.mktemp()) + ".p12"
                writeNew(path, (FOLDER / server.file).read_bytes(), PRIVATE)
                writeNew(path[:-4] + ".sth", PASSWORD.encode("ascii"), PRIVATE)
            found = {each.label: each for each in readMaterial(path).credentials}
            self.assertIn(server.served, found, server)
            self.check(server, found[server.served])
            self.assertIn(server.served, [record.label for record in readCertificates(path)], server)

    def test_pair(self) -> None:
        """
        A key in a second file.
        """
        self.assertEqual(
            self.command(str(FOLDER / "leaf.pem"), str(FOLDER / "leaf.key"), "--label", "WEB", "--unchecked"),
            ["SSLP304I", _PERMISSIONS, "SSLP862W"],
        )
        done = importMany(self.work, [str(FOLDER / "leaf.key"), str(FOLDER / "leaf.pem")], unchecked=True)
        self.assertEqual([each.id for each in done.stored if each.id != _PERMISSIONS], ["SSLP338I"])

    def test_several(self) -> None:
        """
        Of two keys one has to be meant: the names are said.
        """
        with self.assertRaises(OperatorError) as raised:
            self.importing(str(FOLDER / "kt-two.p12")).key("WEB")
        self.assertTrue(str(raised.exception).endswith("myserver, other"), str(raised.exception))
        with refused("SSLP821E"):
            Importing(self.work, [readInput(str(FOLDER / "kt-two.p12"))]).key("OTHER")


class OtherTests(DoorsTestCase):
    """
    All else.
    """

    def prepare(self, files: Iterable[str]) -> None:
        """
        Have authorities in the key database.
        """
        for file in files:
            self.importing(str(FOLDER / file), unchecked=True).certificates()

    def test_import(self) -> None:
        """
        Authorities and lists are stored, and what is none of these is named, by each door.
        """
        for other in OTHERS:
            self.prepare(other.needs)
            expected = list(other.imported)
            self.assertEqual(self.ids(self.importing(other.path).certificates), expected, other)
            command = self.command("--certificate-only", "--unchecked", other.path)
            # What was stored is there already; what was refused for its age is not.
            again = {"SSLP304I": ["SSLP827I"], "SSLP372E": ["SSLP304I"], "SSLP804E": ["SSLP366I", "SSLP800W"]}
            self.assertEqual(command, [line for each in expected for line in again.get(each, [each])], other)
            if expected != ["SSLP304I"]:
                shown = self.choose("7", other.path, "Any label", "0")
                self.assertIn("SSLP827I" if "SSLP304I" in expected else expected[0], shown, other)

    def test_asKey(self) -> None:
        """
        Where a private key is expected it is said what is there instead, in KEYFILE too.
        """
        for other in OTHERS:
            with refused(other.asKey):
                self.importing(other.path).key("WEB")
            with refused(other.asKey):
                readMaterial(other.path)

    def test_truststore(self) -> None:
        """
        A Java truststore gives its authorities the names that Java has for them.
        """
        self.prepare(["kt-truststore.p12"])
        self.assertEqual([record.label for record in self.database.records()], ["ca2", "myca"])
        self.assertEqual(len(self.database.material().authorities), 2)

    def test_lists(self) -> None:
        """
        Both lists of a file are there under the names of their authorities.
        """
        self.prepare(["kt-truststore.p12", "nosubject.pem", "crl-two.pem"])
        self.assertEqual(len(listRevocations(self.database)), 2)
