"""
Every input that a server can use, each on a port of its own of one pool: what C{openssl s_client} is sent, and
whether it verifies it.
"""

from __future__ import annotations

import re
import subprocess

from attrs import frozen

from sslpool.commands.gskkyman.importing import Importing
from sslpool.commands.gskkyman.inputfiles import readInput
from sslpool.commands.gskkyman.workbench import Workbench
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.parsing import parse
from tests.cases.table import FOLDER, NOW, PASSWORD, SERVERS
from tests.live.applications import Application, echo
from tests.live.configurations import PROFILE, FilesCase, freePort
from tests.live.programs import LIMIT

_ROOTS = ("root.pem", "rroot.pem", "enter.ca", "kt-truststore.p12")


@frozen
class Seen:
    """
    What a client has seen.

    @ivar certificates: how many certificates it was sent.
    @ivar verified: what came of verification; C{None} where there was no connection.
    """

    certificates: int
    verified: int | None


class ServedTests(FilesCase):
    """
    A pool with all of them.
    """

    def seen(self, port: int, *options: str) -> Seen:
        """
        Return what a client sees at a port.
        """
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-showcerts", "-attime", str(int(NOW))]
        done = subprocess.run([*command, *options], check=False, input=b"", capture_output=True, timeout=LIMIT)
        said = done.stdout.decode("utf-8", "replace")
        count, codes = said.count("BEGIN CERTIFICATE"), re.findall(r"Verify return code: (\d+)", said)
        return Seen(count, int(codes[0]) if count else None)

    def test_served(self) -> None:
        """
        Each is served with its chain, but for those that nobody could use: these are left out and named.
        """
        first = self.adapt(Application(self, echo))
        ports = {server.label or f"C{number}": (server, freePort(self)) for number, server in enumerate(SERVERS)}
        with Database.openStashed(self.files.keyFile) as database:
            for label, (server, _) in ports.items():
                Importing(Workbench(database), [readInput(server.path)], PASSWORD, unchecked=True).key(label)
        line = f"   {first} TCP WEBSERV SECURE WEBCERT"
        lines = [f"   {port} TCP WEBSERV SECURE {label}" for label, (_, port) in ports.items()]
        self.files.replace(PROFILE, line, "\n".join([line, *lines]))
        roots = [each for name in _ROOTS for each in parse((FOLDER / name).read_bytes(), PASSWORD, name).certificates]
        trusted = self.path("roots.pem")
        with open(trusted, "wb") as file:
            file.write(exportPem(roots))
        stack = self.serve(*self.options)
        for label, (server, port) in ports.items():
            if server.unusable:
                stack.log.wait(rf"SSLP175E Port {port} is not opened: label {label} cannot be used")
                continue
            found = self.seen(port, "-CAfile", trusted)
            nothing = server.verified is None
            expected = Seen(0 if nothing else 1 + len(server.chain), server.verified)
            self.assertEqual(found, expected, server)
