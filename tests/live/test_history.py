"""
The last configurations of a running stack: they outlive it, and it goes back to one of them while a session goes on.
"""

from __future__ import annotations

import os
import stat

from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import PROFILE, FilesCase
from tests.live.programs import Outcome


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
                f"SSLP083I The files in {self.files.directory} say the same",
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
