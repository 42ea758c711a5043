"""
Tests for L{sslpool.commands.pool.main}: the program as the operator types it.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.pool.main import main
from sslpool.commands.pool.steps import machineOf
from sslpool.planning.planinfo import PLAN_FILE
from sslpool.planning.subject import Subject
from tests.commands.pool.test_enrolment import tree
from tests.config.support import unprivileged
from tests.doubles.certificates import makeAuthority, makeDatabase, makeServer
from tests.jsonnames import COMMANDS, faults


class ProgramCase(SynchronousTestCase):
    """
    Tests in a directory of their own, which is the current one.
    """

    def setUp(self) -> None:
        """
        Make the directory and go there.
        """
        unprivileged(self)
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir()
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.directory)

    def call(self, *arguments: str) -> tuple[int, list[str], list[str]]:
        """
        Return the exit status, and the lines of output and of errors.
        """
        output, errors = io.StringIO(), io.StringIO()
        self.patch(sys, "stdout", output)
        self.patch(sys, "stderr", errors)
        status = main(arguments)
        return status, output.getvalue().splitlines(), errors.getvalue().splitlines()

    def done(self, *arguments: str) -> list[str]:
        """
        Return the ids of the messages of a command that succeeds.
        """
        status, output, errors = self.call(*arguments)
        self.assertEqual((status, errors), (0, []))
        return [line[:8] for line in output]

    def refused(self, *arguments: str) -> str:
        """
        Return the id of the message with which a command is refused, which has a next step and changes nothing.
        """
        before = tree(self.directory)
        status, output, errors = self.call(*arguments)
        self.assertEqual(bool(output), "--json" in arguments)
        self.assertTrue(len(errors) == 2 and errors[1].startswith("  "), errors)
        self.assertEqual(tree(self.directory), before)
        usage = errors[0].startswith(("SSLP42", "SSLP431", "SSLP50"))
        self.assertEqual(status, 2 if usage else 1, errors)
        return errors[0][:8]


class PlanTests(ProgramCase):
    """
    PLAN.
    """

    def test_mustShow(self) -> None:
        """
        A plan of the source document's operands, checked, has no finding: as one file, and as a directory.
        """
        operands = ("plan", "VMSYS", "TCPMAINT", "SSL", "TCPIP", "5")
        self.assertEqual(self.done(*operands), ["SSLP510I"])
        self.assertEqual(self.done(*operands, "--output", "conf"), ["SSLP519I", *["SSLP512I"] * 5, "SSLP510I"])
        for arguments in (("check",), ("check", PLAN_FILE), ("check", "--config", "conf")):
            status, output, errors = self.call(*arguments, "--json")
            self.assertEqual((status, errors), (0, []))
            self.assertEqual(json.loads("\n".join(output))["findings"], [])

    def test_secondStack(self) -> None:
        """
        A second stack's plan beside the first, in lower case.
        """
        self.done("plan", "vmsys", "tcpmaint", "sts", "tcpiptst", "5", "--output", "conf")
        self.assertTrue((self.directory / "conf" / "TCPIPTST.TCPIP").is_file())
        status, output, _ = self.call("check", "--config", "conf", "--stack", "tcpiptst", "--json")
        document = json.loads("\n".join(output))
        self.assertEqual((status, document["findings"], document["stack"]), (0, [], "TCPIPTST"))

    def test_sessions(self) -> None:
        """
        C{--sessions} chooses count and limits by the rule; a count that is given stays.
        """
        self.done("plan", "--sessions", "4000")
        text = Path(PLAN_FILE).read_text()
        self.assertIn("HIGH 7 ", text)
        self.assertIn("MAXSESSIONS 4200 MAXPERSSLSERVER 600", text)
        self.done("plan", "VMSYS", "TCPMAINT", "SSL", "TCPIP", "4", "--sessions", "4000")
        self.assertIn("MAXSESSIONS 4000 MAXPERSSLSERVER 1000", Path(PLAN_FILE).read_text())
        few = ("plan", "VMSYS", "TCPMAINT", "SSL", "TCPIP", "3", "--sessions", "4000")
        self.assertEqual(self.refused(*few), "SSLP517E")

    def test_noPool(self) -> None:
        """
        NOPOOL plans a single server.
        """
        self.done("plan", "(", "nopool", ")")
        self.assertIn("SSLSERVERID SSLSERV TIMEOUT 60", Path(PLAN_FILE).read_text())
        self.assertEqual(self.done("plan", "--nopool"), ["SSLP516I"])


class EnrolmentTests(ProgramCase):
    """
    ENROLL, UNENROLL, SETAUTH and DELAUTH.
    """

    def test_roundTrip(self) -> None:
        """
        What ENROLL has made, UNENROLL takes away.
        """
        before = tree(self.directory)
        self.done("enroll", "vmsys", "tcpmaint", "sts", "tcpiptst", "2")
        self.assertTrue(Path("filepool/VMSYS/TCPMAINT.STS00002/PROFILE.EXEC").is_file())
        self.assertEqual(self.done("enroll", "vmsys", "tcpmaint", "sts", "tcpiptst", "2"), ["SSLP516I"])
        self.done("unen", "vmsys", "tcpmaint", "sts", "tcpiptst", "2")
        self.assertEqual(tree(self.directory), before)

    def test_config(self) -> None:
        """
        C{--config} says where.
        """
        Path("conf").mkdir()
        self.done("enroll", "--config", "conf")
        self.assertTrue(Path("conf/filepool/VMSYS").is_dir())

    def test_authority(self) -> None:
        """
        SETAUTH and DELAUTH are for local users, and for pools that are enrolled.
        """
        self.assertEqual(self.refused("setauth", "vmsys", "tcpmaint", "ssl", "no+user"), "SSLP537E")
        self.assertEqual(self.refused("delauth", "vmsys", "tcpmaint", "ssl", "root"), "SSLP539E")

    def test_machine(self) -> None:
        """
        The servers' user and group are those of USER DIRECT, the pool's profile included.
        """
        self.assertIsNone(machineOf(Subject(), ".").uid)
        Path("USER.DIRECT").write_text(
            "USER SSL LBYONLY 160M 256M G\n POOL LOW 1 HIGH 5 PROFILE P\nPROFILE P\n POSIXINFO UID 7 GNAME security\n"
        )
        machine = machineOf(Subject(), ".")
        self.assertEqual((machine.uid, machine.group), (7, "security"))


class TestTests(ProgramCase):
    """
    TEST.
    """

    def test_nothingDone(self) -> None:
        """
        TEST changes nothing, and says in the same words what the command says when it does it.
        """
        for arguments in (
            ("plan",),
            ("plan", "--output", "conf"),
            ("enroll",),
            ("setauth", "vmsys", "tcpmaint", "ssl", "nobody"),
            ("delauth", "vmsys", "tcpmaint", "ssl", "nobody"),
            ("unenroll",),
        ):
            before = tree(self.directory)
            status, tested, errors = self.call(*arguments, "--test")
            self.assertEqual(tree(self.directory), before, arguments)
            self.assertEqual((status, errors, tested[0][:8]), (0, [], "SSLP515I"))
            self.assertEqual(self.call(*arguments, "(", "test", ")")[1], tested)
            self.assertEqual(self.call(*arguments)[1], tested[1:])
            self.assertNotEqual(tested[1][:8], "SSLP516I")


class CheckTests(ProgramCase):
    """
    C{check}.
    """

    def test_status(self) -> None:
        """
        A configuration with which the stack would not start ends with 1 and its findings on the output.
        """
        Path("PROFILE.TCPIP").write_text("NOSUCH\n")
        status, output, errors = self.call("check")
        self.assertEqual((status, errors), (1, []))
        self.assertIn("  PROFILE.TCPIP:1: SSLP201E NOSUCH is not a statement of PROFILE TCPIP", output)
        self.assertTrue(output[-1].strip().endswith("start."), output[-1])

    def test_sizing(self) -> None:
        """
        C{--sessions} adds a recommendation.
        """
        status, output, _ = self.call("check", "--sessions", "500")
        self.assertEqual(status, 1)
        recommended = "SSLP550I Sessions at once: 500; recommended: POOL HIGH 5"
        self.assertTrue(any(line.startswith(recommended) for line in output))


class BackupTests(ProgramCase):
    """
    BACKUP and RESTORE.
    """

    def test_there(self) -> None:
        """
        A backup of one directory is restored to another; neither overwrites anything unless that is said.
        """
        self.done("plan", "--output", "conf")
        self.assertEqual(self.refused("backup", "b.tar", "--config", "conf"), "SSLP311E")
        os.mkdir("conf/gskadm")
        makeDatabase("conf/gskadm/Database.kdb", [makeServer(makeAuthority(), label="WEB")])
        self.assertEqual(self.done("BACKUP", "b.tar", "--config", "conf"), ["SSLP090I", "SSLP091I"])
        self.assertEqual(self.done("restore", "b.tar", "--config", "new"), ["SSLP096I", "SSLP091I", "SSLP479I"])
        os.unlink("conf/gskadm/Database.sth")
        self.assertEqual(tree(Path("new")), tree(Path("conf")))
        for words, messageId in (
            (("backup", "b.tar", "--config", "conf"), "SSLP310E"),
            (("restore", "b.tar", "--config", "new"), "SSLP095E"),
            (("restore", "conf/IBM.DTCPARMS", "--config", "other"), "SSLP094E"),
            (("restore", "no.tar", "--config", "other"), "SSLP311E"),
            (("backup", "c.tar", "--config", "nosuch"), "SSLP280E"),
            (("staple", "--config", "nosuch"), "SSLP280E"),
        ):
            self.assertEqual(self.refused(*words), messageId)
        self.assertEqual(len(self.done("restore", "b.tar", "--config", "new", "--replace")), 3)

    def test_json(self) -> None:
        """
        With C{--json} the same messages are one document.
        """
        self.done("plan", "--output", "conf")
        os.mkdir("conf/gskadm")
        makeDatabase("conf/gskadm/Database.kdb", [makeServer(makeAuthority(), label="WEB")])
        for words, ids in (
            (("backup", "b.tar", "--config", "conf"), ["SSLP090I", "SSLP091I"]),
            (("restore", "b.tar", "--config", "new"), ["SSLP096I", "SSLP091I", "SSLP479I"]),
        ):
            status, output, errors = self.call(*words, "--json")
            self.assertEqual((status, errors), (0, []))
            document = json.loads("\n".join(output))
            self.assertEqual(faults(document, COMMANDS["sslpool"][words[0].upper()]), [])
            self.assertEqual([each["id"] for each in document["messages"]], ids)
            self.assertIn("b.tar", document["messages"][0]["text"])
        self.assertEqual(self.refused("restore", "b.tar", "--config", "new", "--json"), "SSLP095E")


class LineTests(ProgramCase):
    """
    The command line.
    """

    def test_help(self) -> None:
        """
        Without operands, and with HELP, the syntax is shown; HELP explains messages.
        """
        for arguments in ((), ("help",), ("HELP",), ("?",)):
            status, output, _ = self.call(*arguments)
            self.assertEqual(status, 0)
            self.assertTrue(output[0].startswith("sslpool check"))
            self.assertTrue(all(len(line) < 80 for line in output))
        self.assertEqual(self.call("help", "sslp540w")[1][0][:8], "SSLP540W")
        self.assertEqual(self.refused("help", "SSLP999X"), "SSLP431E")

    def test_refused(self) -> None:
        """
        What is not understood is a message and its next step.
        """
        for arguments, messageId in (
            (("plans",), "SSLP420E"),
            (("plan", "--nosuch"), "SSLP429E"),
            (("plan", "--json"), "SSLP502E"),
            (("enroll", "--sessions", "5"), "SSLP502E"),
            (("enroll", "--output", "x"), "SSLP502E"),
            (("enroll", "--nopool"), "SSLP502E"),
            (("check", "--test"), "SSLP502E"),
            (("check", "a", "b"), "SSLP421E"),
            (("check", "--stack", "not a userid"), "SSLP424E"),
            (("check", "--sessions", "many"), "SSLP424E"),
            (("check", "--sessions", "999999999"), "SSLP553E"),
            (("plan", "--output", "no/such/directory"), "SSLP514E"),
            (("plan", "VMSYS\x1b[2J"), "SSLP500E"),
            (("backup",), "SSLP422E"),
            (("restore", "a", "b"), "SSLP421E"),
            (("backup", "a", "--replace"), "SSLP502E"),
            (("restore", "a", "--stash"), "SSLP502E"),
            (("restore", "a", "--stack", "TCPIP"), "SSLP502E"),
            (("check", "--keyfile", "x"), "SSLP502E"),
        ):
            self.assertEqual(self.refused(*arguments), messageId, arguments)

    def test_terminal(self) -> None:
        """
        What would control a terminal is made visible.
        """
        _, _, errors = self.call("plan", "VM\x1b[2J")
        self.assertIn("VM\\x1b[2J", errors[0])
