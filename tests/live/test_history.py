"""
The last configurations of a running stack: they outlive it, and it goes back to one of them while a session goes on.
A backup of configuration and key database, and a stack that starts from it.
"""

from __future__ import annotations

import os
import stat

from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import PROFILE, FilesCase
from tests.live.programs import Outcome, program, run


class HistoryTests(FilesCase):
    """
    OBEY, HISTORY, ROLLBACK, and a new start.
    """

    def obeyfile(self, *words: str) -> Outcome:
        """
        Run OBEYFILE, which succeeds.
        """
        outcome = self.stack.sslnetstat("obeyfile", *words)
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        return outcome

    def test_history(self) -> None:
        """
        What was obeyed is listed, and taken back without harm to a session; a new start finds the history, and
        goes back to what an earlier stack was told.
        """
        port = self.adapt(Application(self, echo))
        self.stack = self.serve(*self.options)
        session = self.client(port).connect()
        self.assertEqual(self.stack.sslnetstat("obey", "ssllimits wait 31").code, 0)
        first, second = self.obeyfile("--history", "--json").json()
        self.assertEqual((first["how"], second["how"], second["number"]), ("START", "OBEY", 2))
        self.assertNotEqual(second["by"], "")
        back = self.obeyfile("--rollback").output.splitlines()
        self.assertEqual(
            back,
            [
                "SSLP043I SSLLIMITS WAIT changed from 31 to 30",
                "SSLP080I Configuration 1 is in effect again, now as number 3",
                f"SSLP083I The files in {self.files.directory} have the same texts as the configuration in effect",
            ],
        )
        exchange(session)
        finish(session)
        path = os.path.join(self.stack.run, "TCPIP.history")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.stack.end()

        self.files.append(PROFILE, "SSLLIMITS WAIT 40")
        self.stack = self.serve(*self.options)
        hows = [each["how"] for each in self.obeyfile("--history", "--json").json()]
        self.assertEqual(hows, ["START", "OBEY", "ROLLBACK 1", "START"])
        back = self.obeyfile("2", "--rollback").output.splitlines()
        self.assertEqual(back[0], "SSLP043I SSLLIMITS WAIT changed from 40 to 31")
        self.assertEqual([each.partition(" ")[0] for each in back[1:]], ["SSLP080I", "SSLP081W", "SSLP082W"])


class BackupTests(FilesCase):
    """
    BACKUP beside a running stack, and RESTORE to an empty directory.
    """

    def test_backup(self) -> None:
        """
        The stack that is started from what was restored serves TLS with the same certificate; a backup that was
        changed is refused.
        """
        port = self.adapt(Application(self, echo))
        stack = self.serve(*self.options)
        session = self.client(port).connect()
        certificate = session.getpeercert(True)
        backup, restored = self.path("backup.tar"), self.path("restored")
        done = run(program("sslpool"), "backup", backup, *self.options, "--stash")
        self.assertEqual((done.code, done.error), (0, ""))
        exchange(session)
        finish(session)
        stack.end()

        done = run(program("sslpool"), "restore", backup, "--config", restored)
        self.assertEqual((done.code, done.error), (0, ""))
        self.serve("--config", restored)
        session = self.client(port).connect()
        self.assertEqual(session.getpeercert(True), certificate)
        exchange(session)
        finish(session)

        with open(backup, "r+b") as file:
            octets = file.read().replace(b"MAXPERSSLSERVER 600", b"MAXPERSSLSERVER 900")
            file.seek(0)
            file.write(octets)
        done = run(program("sslpool"), "restore", backup, "--config", self.path("other"))
        self.assertEqual((done.code, done.output), (1, ""))
        self.assertIn("SSLP094E", done.error)
        self.assertFalse(os.path.exists(self.path("other")))
