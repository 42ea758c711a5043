"""
Tests for L{sslpool.stack.configuration.rollback}, with configuration files.
"""

from __future__ import annotations

import os
from pathlib import Path

from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.config.current import Current
from sslpool.interfaces import IRollback
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.stack.configuration.files import ConfigurationDirectory
from sslpool.stack.configuration.history import History
from sslpool.stack.configuration.reconfiguration import Files, Reconfiguration
from sslpool.stack.configuration.rollback import Rollback
from tests.logs import ids
from tests.stack.configuration.test_reconfiguration import FILES, Subject, noNames, refresh


class RollbackTests(SynchronousTestCase):
    """
    The running stack follows an earlier configuration, as a whole or not at all.
    """

    def setUp(self) -> None:
        """
        Start with a configuration directory.
        """
        self.directory = self.mktemp()
        os.mkdir(self.directory)
        for name, text in FILES.items():
            self.write(name, text)
        self.start()

    def start(self) -> None:
        """
        Be a stack that starts.
        """
        directory = ConfigurationDirectory(self.directory, None, "NODE")
        files = Files(directory.read, directory.load, directory.read())
        configuration = files.load(files.inEffect, ()).configuration
        assert configuration is not None
        self.current = Current(configuration)
        self.subject = Subject()
        self.history = History(first=files.inEffect.files, path=os.path.join(self.directory, "history"))
        self.history.startService()
        self.addCleanup(self.history.stopService)
        self.reconfiguration = Reconfiguration(self.current, files, [self.subject], noNames, self.history.accepted)
        self.back = Rollback(self.history, self.reconfiguration, self.directory)

    def write(self, name: str, text: str) -> None:
        """
        Write one of the files.
        """
        Path(self.directory, name).write_text(text, "ascii")

    def change(self, name: str, before: str, after: str) -> None:
        """
        Change one of the files.
        """
        self.assertIn(before, FILES[name])
        self.write(name, FILES[name].replace(before, after))

    def obey(self, text: str, name: str = "NETSTAT") -> list[Said]:
        """
        Have statements followed.
        """
        return self.successResultOf(self.reconfiguration.obey(name, text, False, "TCPMAINT"))

    def reload(self) -> list[str]:
        """
        Have the files followed; return the ids of what is said.
        """
        return [each.id for each in self.successResultOf(self.reconfiguration.reload(refresh))]

    def rollback(self, number: int | None = None, test: bool = False) -> list[str]:
        """
        Go back; return what is said.
        """
        return [str(each) for each in self.successResultOf(self.back.rollback(number, test, "SYSADMIN"))]

    def refused(self, number: int | None = None) -> Said:
        """
        Go back in vain; return why.
        """
        error: OperatorError = self.failureResultOf(self.back.rollback(number, False, ""), OperatorError).value
        return error.said

    @property
    def hows(self) -> list[str]:
        """
        How the configurations came.
        """
        return [record.how for record in self.history.records]

    @property
    def sessions(self) -> int:
        """
        MAXSESSIONS in effect.
        """
        return self.current.configuration.limits.maxSessions

    def same(self) -> str:
        """
        Return what is said where the files have the same texts as the configuration in effect.
        """
        return f"SSLP083I The files in {self.directory} have the same texts as the configuration in effect"

    def differ(self, names: str) -> str:
        """
        Return what is said where they do not.
        """
        return str(said("SSLP081W", directory=self.directory, names=names))

    def test_interface(self) -> None:
        """
        It is what the administration asks for.
        """
        self.assertTrue(verifyObject(IRollback, self.back))

    def test_everyWay(self) -> None:
        """
        Each way to change the configuration is in the history, with its name and who asked for it.
        """
        self.obey("SSLLIMITS WAIT 31")
        self.obey("SSLLIMITS WAIT 32", "EXTRA.TCPIP")
        self.change("PROFILE.TCPIP", "3000", "2000")
        self.reload()
        self.change("USER.DIRECT", "HIGH 5", "HIGH 8")
        self.reconfiguration.reread()
        self.rollback(1)
        ways = ["START", "OBEY", "OBEYFILE EXTRA.TCPIP", "SIGHUP", "USER.DIRECT", "ROLLBACK 1"]
        self.assertEqual(self.hows, ways)
        self.assertEqual([each.by for each in self.history.records], ["", "TCPMAINT", "TCPMAINT", "", "", "SYSADMIN"])
        self.assertEqual([str(each) for each in self.history.records[1].messages], [
            "SSLP043I SSLLIMITS WAIT changed from 30 to 31"
        ])  # fmt: skip

    def test_nothing(self) -> None:
        """
        What changes nothing is not in the history, also while a change waits for a new start; what changes a list
        is, though the stack does nothing for its entry, and there is a way back.
        """
        self.obey("SSLSERVERID * TIMEOUT 90")
        for text in ("SSLLIMITS WAIT 30", "", "SSLSERVERID * TIMEOUT 90"):
            self.assertEqual([each.id for each in self.obey(text)], ["SSLP045I", "SSLP046W"])
        self.assertEqual(self.hows, ["START", "OBEY"])
        self.obey("PORT ADD 950-955 TCP WEBSERV")
        self.assertEqual(self.hows, ["START", "OBEY", "OBEY"])
        expected = "SSLP070I The PORT list changed; added: none; removed: 950-955 TCP WEBSERV"
        self.assertIn(expected, self.rollback())

    def test_notAccepted(self) -> None:
        """
        What is refused or only looked at is not in the history.
        """
        self.successResultOf(self.reconfiguration.obey("NETSTAT", "SSLLIMITS WAIT 31", True, ""))
        self.failureResultOf(self.reconfiguration.obey("NETSTAT", "SSLLIMITS WAIT x", False, ""), OperatorError)
        self.change("PROFILE.TCPIP", "3000", "many")
        self.failureResultOf(self.reconfiguration.reload(refresh), OperatorError)
        self.assertEqual(self.hows, ["START"])

    def test_obeyed(self) -> None:
        """
        Statements that were obeyed count no more, and what is in effect is that of the files, also after SIGHUP.
        """
        before = self.current.configuration
        self.obey("SSLLIMITS MAXSESSIONS 2400")
        self.assertEqual(
            self.rollback(),
            [
                "SSLP043I SSLLIMITS MAXSESSIONS changed from 2400 to 3000",
                "SSLP080I Configuration 1 is in effect again, now as number 3",
                self.same(),
            ],
        )
        self.assertEqual(self.current.configuration, before)
        self.assertEqual(self.reload(), ["SSLP045I"])

    def test_logged(self) -> None:
        """
        What is said is in the log too, each message once.
        """
        self.obey("SSLLIMITS MAXSESSIONS 2400")
        with capturedLogs() as events:
            self.rollback()
        self.assertEqual(ids(events), ["SSLP043I", "SSLP080I", "SSLP083I"])

    def test_forth(self) -> None:
        """
        Going back again goes forth; what was obeyed is named, since a new start forgets it.
        """
        self.obey("SSLLIMITS MAXSESSIONS 2400")
        self.rollback()
        self.assertEqual(
            self.rollback(),
            [
                "SSLP043I SSLLIMITS MAXSESSIONS changed from 3000 to 2400",
                "SSLP080I Configuration 2 is in effect again, now as number 4",
                "SSLP082W In effect until the stack is restarted, because OBEY made these changes: "
                "SSLLIMITS MAXSESSIONS 2400",
            ],
        )
        self.assertEqual(self.reload(), ["SSLP045I", "SSLP015I"])
        self.assertEqual(self.sessions, 2400)

    def test_files(self) -> None:
        """
        Of files that have been changed the earlier texts count, whatever is obeyed next, until SIGHUP; the files
        themselves stay, and those that differ are named.
        """
        self.change("PROFILE.TCPIP", "3000", "2400")
        self.change("USER.DIRECT", "HIGH 5", "HIGH 8")
        self.reload()
        messages = self.rollback(1)
        self.assertEqual(messages[-1], self.differ("PROFILE.TCPIP, USER.DIRECT"))
        self.assertEqual((self.sessions, self.current.configuration.poolHigh), (3000, 5))
        self.assertIn("2400", Path(self.directory, "PROFILE.TCPIP").read_text("ascii"))
        self.obey("SSLLIMITS WAIT 31")
        self.assertEqual((self.sessions, self.current.configuration.poolHigh), (3000, 5))
        self.assertEqual(self.reconfiguration.pending(), [])
        self.reload()
        self.assertEqual((self.sessions, self.current.configuration.poolHigh), (2400, 8))

    def test_changedSince(self) -> None:
        """
        A file that is changed after the rollback counts as it always does; the others do not come with it.
        """
        self.change("PROFILE.TCPIP", "3000", "2400")
        self.change("USER.DIRECT", "HIGH 5", "HIGH 8")
        self.reload()
        self.rollback(1)
        self.change("USER.DIRECT", "HIGH 5", "HIGH 9")
        self.reconfiguration.reread()
        self.assertEqual((self.sessions, self.current.configuration.poolHigh), (3000, 9))

    def test_addedAndRemoved(self) -> None:
        """
        A file that was not there then does not count, and one that is gone does.
        """
        self.write("TCPIP.TCPIP", FILES["PROFILE.TCPIP"].replace("3000", "2400"))
        self.change("USER.DIRECT", "HIGH 5", "HIGH 8")
        self.reload()
        os.unlink(os.path.join(self.directory, "USER.DIRECT"))
        messages = self.rollback(1)
        self.assertEqual(messages[-1], self.differ("TCPIP.TCPIP, USER.DIRECT"))
        self.assertEqual((self.sessions, self.current.configuration.poolHigh), (3000, 5))

    def test_test(self) -> None:
        """
        With TEST it is only said what would change.
        """
        self.change("PROFILE.TCPIP", "3000", "2400")
        self.reload()
        messages = self.rollback(1, test=True)
        self.assertEqual(messages, ["SSLP044I SSLLIMITS MAXSESSIONS would change from 2400 to 3000"])
        self.assertEqual((self.sessions, self.hows), (2400, ["START", "SIGHUP"]))
        self.obey("SSLLIMITS WAIT 31")
        self.assertEqual(self.sessions, 2400)

    def test_later(self) -> None:
        """
        What a running stack cannot follow is said.
        """
        self.change("SYSTEM.DTCPARMS", "24 H", "12 H")
        self.start()
        self.assertEqual(
            self.rollback(),
            [
                "SSLP046W A change of the VMSSL operands takes effect when the stack is restarted",
                "SSLP080I Configuration 1 is in effect again, now as number 3",
                self.differ("SYSTEM.DTCPARMS"),
            ],
        )

    def test_refused(self) -> None:
        """
        Where somebody cannot follow, nothing has changed: neither texts nor statements nor history.
        """
        self.change("PROFILE.TCPIP", "3000", "2400")
        self.reload()
        self.obey("SSLLIMITS WAIT 31")
        self.subject.refusal = operatorError("SSLP048E", port=8443, label="X")
        refused = self.refused(1)
        self.assertEqual((refused.id, refused.fields["file"]), ("SSLP072E", "ROLLBACK 1"))
        self.subject.refusal = None
        self.obey("SSLLIMITS QUIESCE 5")
        limits = self.current.configuration.limits
        self.assertEqual((limits.maxSessions, limits.wait, limits.quiesce), (2400, 31, 5))
        self.assertEqual(self.hows, ["START", "SIGHUP", "OBEY", "OBEY"])

    def test_errors(self) -> None:
        """
        A configuration that has errors here and now changes nothing, and is named.
        """
        self.change("PROFILE.TCPIP", "3000", "2400")
        self.reload()
        self.history._records[0].files["PROFILE.TCPIP"] = "SSLSERVERID *\nSSLLIMITS MAXSESSIONS x\n"
        error = self.refused(1)
        self.assertEqual((error.id, error.fields["file"]), ("SSLP040E", "ROLLBACK 1"))
        self.assertEqual(self.sessions, 2400)

    def test_present(self) -> None:
        """
        Going back to the one in effect changes nothing, and says what the files say.
        """
        self.assertEqual(self.rollback(1), ["SSLP045I Nothing changes", self.same()])
        self.assertEqual(self.hows, ["START"])

    def test_unkept(self) -> None:
        """
        A history that cannot be kept is said in the answer and in the log, and costs nothing else.
        """
        os.mkdir(os.path.join(self.directory, "history.new"))
        with capturedLogs() as events:
            messages = self.obey("SSLLIMITS MAXSESSIONS 2400")
        self.assertEqual([each.id for each in messages], ["SSLP043I", "SSLP085W"])
        self.assertEqual(ids(events), ["SSLP043I", "SSLP085W"])
        self.assertEqual(self.sessions, 2400)
        self.assertEqual(self.rollback()[0], "SSLP043I SSLLIMITS MAXSESSIONS changed from 2400 to 3000")

    def test_listed(self) -> None:
        """
        The list has no texts; one configuration has.
        """
        self.obey("SSLLIMITS WAIT 31")
        self.assertEqual([(each.number, each.files, each.obeyed) for each in self.back.history(None)], [
            (1, {}, ()), (2, {}, ())
        ])  # fmt: skip
        [record] = self.back.history(2)
        self.assertEqual((record.files, [each.text for each in record.obeyed]), (FILES, ["SSLLIMITS WAIT 31"]))

    def test_noFiles(self) -> None:
        """
        A stack without files has no history.
        """
        back = Rollback(History(), Reconfiguration(self.current, None, [], noNames), "")
        self.assertEqual(self.assertRaises(OperatorError, back.history, None).said.id, "SSLP041E")
        error: OperatorError = self.failureResultOf(back.rollback(None, False, ""), OperatorError).value
        self.assertEqual(error.said.id, "SSLP041E")
