"""
Tests for L{sslpool.stack.configuration.history}.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.amendment import Amendment
from sslpool.messages import OperatorError, Said, said
from sslpool.stack.configuration import history
from sslpool.stack.configuration.history import History, decoded, encoded, historyPath, obeyedNames
from sslpool.wire.history import TYPED, ObeyedText
from tests.logs import texts

FILES = {"PROFILE.TCPIP": "SSLSERVERID *\n", "TCPIP.DATA": "TCPIPUSERID TCPIP\n"}
CHANGE = said("SSLP043I", what="SSLLIMITS WAIT", before="30", after="31")
STATEMENT = Amendment("NETSTAT", "SSLLIMITS WAIT 31")


class HistoryCase(SynchronousTestCase):
    """
    Tests with a history in a directory of its own.
    """

    def setUp(self) -> None:
        """
        Choose a place.
        """
        self.directory = self.mktemp()
        os.mkdir(self.directory, 0o755)
        self.path = os.path.join(self.directory, "TCPIP.history")
        self.seconds = 1000.0

    def now(self) -> float:
        """
        Return the present, a second later each time.
        """
        self.seconds += 1
        return self.seconds

    def start(self, *expected: str) -> History:
        """
        Return the history of a stack that starts, which says these messages.
        """
        found = History(self.now, FILES, self.path)
        with capturedLogs() as events:
            found.startService()
        self.assertEqual([text.partition(" ")[0] for text in texts(events)], list(expected))
        self.addCleanup(found.stopService)
        return found

    def obey(self, history: History, number: int, messages: Sequence[Said] = (CHANGE,)) -> list[Said]:
        """
        Have a statement accepted; return what is said about it.
        """
        return history.accepted("OBEY", "TCPMAINT", FILES, [Amendment("NETSTAT", f"SSLLIMITS WAIT {number}")], messages)


class KeptTests(HistoryCase):
    """
    What is kept.
    """

    def test_first(self) -> None:
        """
        The configuration with which a stack starts is the first one; its file is for the owner only, also under an
        open umask.
        """
        self.addCleanup(os.umask, os.umask(0))
        [record] = self.start().records
        self.assertEqual((record.number, record.when, record.how, record.by), (1, 1001.0, "START", ""))
        self.assertEqual((record.files, record.obeyed, record.messages), (FILES, (), ()))
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        self.assertEqual(os.listdir(self.directory), ["TCPIP.history"])

    def test_accepted(self) -> None:
        """
        What is accepted later has who asked for it, what was obeyed, and what was said.
        """
        history = self.start()
        self.assertEqual(history.accepted("OBEY", "TCPMAINT", FILES, [STATEMENT], [CHANGE]), [])
        record = history.records[-1]
        self.assertEqual((record.number, record.how, record.by), (2, "OBEY", "TCPMAINT"))
        self.assertEqual((record.obeyed, record.messages), ((ObeyedText(STATEMENT.file, STATEMENT.text),), (CHANGE,)))

    def test_tenAreKept(self) -> None:
        """
        The last ten are kept, and their numbers go on.
        """
        history = self.start()
        for number in range(20):
            self.obey(history, number)
        self.assertEqual([record.number for record in history.records], list(range(12, 22)))
        self.assertEqual(decoded(Path(self.path).read_bytes()), history.records)

    def test_nextStack(self) -> None:
        """
        The next stack has what the one before left, with its messages, and a number for itself.
        """
        before = self.start()
        self.obey(before, 31)
        after = self.start().records
        self.assertEqual(after[:2], before.records)
        self.assertEqual([(record.number, record.how) for record in after], [(1, "START"), (2, "OBEY"), (3, "START")])

    def test_sameStart(self) -> None:
        """
        A stack that starts with what was in effect before adds nothing: one that starts over and over does not
        push the others out.
        """
        before = self.start().records
        self.assertEqual(self.start().records, before)

    def test_nothingChanged(self) -> None:
        """
        The same texts with the same statements are no new configuration.
        """
        history = self.start()
        for _ in range(2):
            history.accepted("OBEY", "A", FILES, [STATEMENT], [CHANGE])
        self.assertEqual(len(history.records), 2)

    def test_statementsGone(self) -> None:
        """
        Where statements count no more there is a new configuration, though nothing was said to change.
        """
        history = self.start()
        self.obey(history, 31)
        history.accepted("ROLLBACK 1", "A", FILES, [], [said("SSLP045I")])
        self.assertEqual([(each.number, each.how) for each in history.records][-1], (3, "ROLLBACK 1"))

    def test_other(self) -> None:
        """
        A file with another text is a new configuration, whatever it says.
        """
        history = self.start()
        history.accepted("SIGHUP", "", {**FILES, "USER.DIRECT": ""}, [], [said("SSLP045I")])
        self.assertEqual([each.how for each in history.records], ["START", "SIGHUP"])


class FormerTests(HistoryCase):
    """
    Which configuration is meant.
    """

    def refused(self, history: History, number: int | None) -> str:
        """
        Return why there is no such configuration.
        """
        return str(self.assertRaises(OperatorError, history.former, number).said)

    def test_former(self) -> None:
        """
        Without a number it is the one before the one in effect.
        """
        history = self.start()
        self.obey(history, 31)
        self.obey(history, 32)
        self.assertEqual([history.former(each).number for each in (None, 1, 3)], [2, 1, 3])

    def test_none(self) -> None:
        """
        There may be none; numbers that are not there are named with those that are.
        """
        history = self.start()
        self.assertEqual(self.refused(history, None)[:8], "SSLP087E")
        self.obey(history, 31)
        self.assertEqual(self.refused(history, 7), "SSLP084E The history has no configuration 7; it has 1, 2")
        self.assertEqual(self.refused(History(), 1), "SSLP084E The history has no configuration 1; it has none")


class DamageTests(HistoryCase):
    """
    Whatever the file is, it costs no more than the history.
    """

    def test_damaged(self) -> None:
        """
        A file that is damaged anywhere, cut short, another program's, or of another release is set aside, and the
        history begins anew.
        """
        self.obey(self.start(), 31)
        sound = Path(self.path).read_bytes()
        flipped = bytearray(sound)
        flipped[-20] ^= 1
        other = sound.replace(b"history 1", b"history 2", 1)
        empty = encoded([]).replace(b"[]", b"{}")
        for octets in (bytes(flipped), sound[:-5], sound[:20], b"", b"\xff" * 100, b"hello\n", other, empty):
            Path(self.path).write_bytes(octets)
            records = self.start("SSLP086W").records
            self.assertEqual([(each.number, each.how) for each in records], [(1, "START")], octets)
            self.assertEqual(Path(f"{self.path}.unusable").read_bytes(), octets)

    def test_notOurs(self) -> None:
        """
        A link, a directory or a pipe in its place is not followed, and nothing waits for it.
        """
        aim = Path(self.directory, "aim")
        aim.write_bytes(encoded([]))
        for make in (lambda: os.symlink(aim, self.path), lambda: os.mkfifo(self.path), lambda: os.mkdir(self.path)):
            make()
            history = self.start("SSLP086W")
            self.assertEqual([(each.number, each.how) for each in history.records], [(1, "START")])
            os.unlink(self.path)
            os.rename(f"{self.path}.unusable", self.mktemp())
            self.assertEqual(aim.read_bytes(), encoded([]))

    def test_foreign(self) -> None:
        """
        A file of another user is not believed.
        """
        self.start()
        self.patch(os, "geteuid", lambda: os.getuid() + 1)
        found = os.stat(self.path)
        if found.st_uid == 0:
            os.chown(self.path, 12345, -1)
        self.start("SSLP086W")

    def test_removed(self) -> None:
        """
        The next change writes the whole history again if somebody has removed the file.
        """
        history = self.start()
        os.unlink(self.path)
        self.assertEqual(self.obey(history, 31), [])
        self.assertEqual(decoded(Path(self.path).read_bytes()), history.records)

    def test_cannotBeWritten(self) -> None:
        """
        Where it cannot be written, each change says so, and is in memory all the same.
        """
        history = self.start()
        self.path = os.path.join(self.directory, "missing", "TCPIP.history")
        history = self.start("SSLP085W")
        [complaint] = self.obey(history, 31)
        reason = "No such file or directory"
        expected = f"SSLP085W The stack cannot keep the history of configurations in {self.path}: {reason}"
        self.assertEqual(str(complaint), expected)
        self.assertEqual(len(history.records), 2)

    def test_full(self) -> None:
        """
        On a full disk what is there stays whole, and no rest is left.
        """
        history = self.start()
        before = Path(self.path).read_bytes()

        def full(descriptor: int, mode: int) -> None:
            raise OSError(28, "No space left on device")

        self.patch(os, "fchmod", full)
        self.assertEqual([each.id for each in self.obey(history, 31)], ["SSLP085W"])
        self.assertEqual(Path(self.path).read_bytes(), before)
        self.assertEqual(os.listdir(self.directory), ["TCPIP.history"])

    def test_large(self) -> None:
        """
        Of large texts fewer are in the file; one that is too large by itself cannot be kept there.
        """
        self.patch(history, "LARGEST", 2500)
        kept = self.start()
        for number in range(4):
            self.obey(kept, number, [CHANGE] * 4)
        written = decoded(Path(self.path).read_bytes())
        self.assertTrue(1 <= len(written) < 5, written)
        self.assertEqual(written, kept.records[-len(written) :])
        [complaint] = kept.accepted("SIGHUP", "", {"PROFILE.TCPIP": ";" * 4000}, [], [])
        self.assertEqual(complaint.id, "SSLP085W")
        Path(self.path).write_bytes(b"x" * 4001)
        self.start("SSLP086W")


class PlaceTests(SynchronousTestCase):
    """
    Where the file is.
    """

    def test_names(self) -> None:
        """
        What was obeyed is named: files by name, typed statements by their beginning, without passwords.
        """
        for file, text, name in (
            ("EXTRA.TCPIP", "SSLLIMITS WAIT 5", "EXTRA.TCPIP"),
            (TYPED, " SSLLIMITS  WAIT\n5\n", "SSLLIMITS WAIT 5"),
            (TYPED, "AUTOLOG ADD WEBSERV secret", "AUTOLOG ..."),
            (TYPED, "OBEY ADD A\nautolog A secret ENDAUTOLOG", "OBEY ADD A autolog ..."),
            (TYPED, "PORT ADD " + "993 TCP WEBSERV SECURE WEBCERT " * 2, "PORT ADD 993 TCP WEBSERV SECURE WEBCERT ..."),
        ):
            self.assertEqual(obeyedNames([Amendment(file, text)] * 2), name)
        self.assertEqual(obeyedNames([Amendment("A", ""), Amendment(TYPED, "HOME")]), "A, HOME")

    def test_place(self) -> None:
        """
        It is in the run directory, or where systemd wants what is to last.
        """
        self.assertEqual(historyPath("/run/sslpool", "TCPIP", {}), "/run/sslpool/TCPIP.history")
        state = {"STATE_DIRECTORY": "/var/lib/sslpool:/var/lib/other"}
        self.assertEqual(historyPath("/run/sslpool", "TCPIP", state), "/var/lib/sslpool/TCPIP.history")
