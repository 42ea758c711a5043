"""
Tests for L{sslpool.commands.gskkyman.inputfiles}.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman import inputfiles
from sslpool.commands.gskkyman.inputfiles import readInput
from sslpool.keydb.exchange import exportPkcs12
from sslpool.keydb.files import writeNew
from tests.doubles.certificates import credentialPem, makeAuthority, makeServer
from tests.keydb.refusals import refused

SERVER = makeServer(makeAuthority())


class GivenTests(SynchronousTestCase):
    """
    What an operator names.
    """

    def write(self, content: bytes, mode: int) -> str:
        """
        Write a file whose directories are open to everybody, as those of tests may not be; return its name.
        """
        path = str(self.mktemp())
        writeNew(path, content, mode)
        self.patch(inputfiles, "isOpenToAll", lambda each: bool(os.stat(each).st_mode & 0o004))
        return path

    def test_file(self) -> None:
        """
        A file is read once, and shows nothing of what it holds.
        """
        path = self.write(b"secret", 0o600)
        given = readInput(path)
        os.unlink(path)
        self.assertEqual((given.name, given.octets, given.isFile), (path, b"secret", True))
        self.assertNotIn("secret", repr(given))

    def test_pipes(self) -> None:
        """
        Standard input, a pipe by its descriptor, and a named one.
        """
        self.patch(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"from stdin")))
        given = readInput("-")
        self.assertEqual((given.name, given.octets, given.isFile), ("standard input", b"from stdin", False))
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        os.write(writing, b"from a pipe")
        os.close(writing)
        given = readInput(f"/dev/fd/{reading}")
        self.assertEqual((given.octets, given.isFile), (b"from a pipe", False))
        path = self.mktemp()
        os.mkfifo(path)
        writer = threading.Thread(target=lambda: Path(path).write_bytes(b"named"))
        writer.start()
        self.assertEqual(readInput(path).octets, b"named")
        writer.join()

    def test_refused(self) -> None:
        """
        A directory, a device, nothing, and more than any file has.
        """
        for path, messageId in ((".", "SSLP312E"), ("/dev/zero", "SSLP312E"), (self.mktemp(), "SSLP311E")):
            with refused(messageId):
                readInput(path)
        self.patch(inputfiles, "LARGEST_LIST", 10)
        with refused("SSLP349E"):
            readInput(self.write(b"x" * 11, 0o600))
        self.patch(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * 11)))
        with refused("SSLP349E"):
            readInput("-")

    def test_warnings(self) -> None:
        """
        A private key that everybody can read is warned of, one that its group can read or that is encrypted is not.
        """
        pem = credentialPem(SERVER)
        for content, mode, expected in (
            (pem, 0o644, ["SSLP825W"]),
            (pem, 0o640, []),
            (pem, 0o600, []),
            (exportPkcs12(SERVER, "secret"), 0o644, []),
            (SERVER.certificate.pem, 0o644, []),
        ):
            given = readInput(self.write(content, mode))
            found = given.warnings(given.contents("secret"))
            self.assertEqual([each.id for each in found], expected)
