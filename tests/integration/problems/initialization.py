"""
"Problem: The SSL server does not initialize", "A server cannot use the key database"
and "The server cannot connect to the TCP/IP virtual machine" of the source document.
"""

from __future__ import annotations

import os
import shutil

from tests.integration.problems.case import ProblemCase
from tests.live.applications import Application, echo
from tests.live.configurations import IBM, PROFILE, SYSTEM
from tests.live.programs import program, run

CONFINED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")
"""
Takes from root what permissions do not hold for.
"""


class InitializationTests(ProblemCase):
    """
    The SSL server does not initialize.
    """

    def test_stackMismatch(self) -> None:
        """
        TCPIPUSERID and C{:stack.} name different stacks.  Symptom: nothing starts.  The console has the message that
        names both, and the file; C{sslpool check} leads to the same.  With the right name the stack starts.
        """
        port = self.adapt(Application(self, echo))
        self.files.replace("TCPIP.DATA", "TCPIPUSERID TCPIP", "TCPIPUSERID TCPIP10")
        self.files.replace(IBM, ":nick.TCPIP ", ":nick.TCPIP10 ")
        expected = (
            ':Stack.TCPIP specified in IBM DTCPARMS does not match "TcpipUserid TCPIP10" in the TCPIP DATA file',
            "DTCRUN1099E Server not started - correct problem and retry",
        )
        said = "\n".join(self.refused())
        checked = self.check()
        for text in expected:
            self.assertIn(text, said)
            self.assertIn(text, checked.output)
        self.assertIn("DTCRUN1028E", said)
        self.assertEqual(checked.code, 1)
        self.files.replace("TCPIP.DATA", "TCPIPUSERID TCPIP10", "TCPIPUSERID TCPIP")
        self.files.replace(IBM, ":nick.TCPIP10 ", ":nick.TCPIP ")
        self.serve(*self.options)
        self.client(port).hold(1)

    def test_enrolmentMissing(self) -> None:
        """
        C{:vmlink.} names work spaces that are not there, or have no alias to the common profile: start-up and C{sslpool
        check} name the members and the command that puts it right; after that nothing is found any more.
        """
        self.adapt("127.0.0.1:9")
        self.files.replace(IBM, ":parms.KEY", ":vmlink. .DIR VMSYS:TCPMAINT.SSLPOOL_SSL <. A FORCERW>\n:parms.KEY")
        command = "sslpool enroll VMSYS TCPMAINT SSL TCPIP 5"
        stack = self.start(*self.options)
        told = stack.log.wait(r"IBM.DTCPARMS:\d+: SSLP540W .*SSL00001.*To create them: (sslpool enroll .*)")
        self.assertEqual(told.group(1), command)
        program_, *words = command.split()
        self.assertEqual(run(program(program_), "--config", self.files.directory, *words).code, 0)
        self.assertNotIn("SSLP54", self.check().output)
        aliases = [
            os.path.join(folder, "PROFILE.EXEC")
            for folder, _, names in os.walk(self.files.directory)
            if folder.endswith("00003") and "PROFILE.EXEC" in names
        ]
        self.assertEqual(len(aliases), 1)
        os.unlink(aliases[0])
        checked = self.check().output
        self.assertRegex(checked, "SSLP541W Without alias .* to the common profile: SSL00003. ")
        self.assertIn(command, checked)

    def test_entryChanged(self) -> None:
        """
        A server is started after the pool's entry was changed, while others run: the command names what was changed,
        and the server has the same parameters as the others, which still serve.
        """
        port = self.adapt(Application(self, echo))
        stack = self.serve(*self.options)
        self.files.replace(IBM, "CACHELIFE 24 H", "CACHELIFE 1 H")
        started = stack.ssladmin("start", "(", "ssl", "SSL00002")
        self.assertEqual((started.code, started.error), (0, ""))
        self.assertIn(
            "SSLP046W A change of the VMSSL operands takes effect when the stack is restarted", started.output
        )
        stack.log.wait("SSLP100I SSL00002")
        details = stack.ssladmin("--json", "query", "status", "details").json()
        self.assertEqual([each["cacheLife"] for each in details], [86400, 86400])
        self.client(port).hold(1)


class KeyDatabaseTests(ProblemCase):
    """
    The server cannot use the key database.
    """

    def named(self, path: str, said: str) -> str:
        """
        The text is about the key database, and has an id of the section; return it.
        """
        self.assertIn(path, said)
        self.assertRegex(said, r"SSLP3\d\dE ")
        return said

    def test_wrongPlace(self) -> None:
        """
        KEYFILE names what is not there, or is no key database: nothing starts, and the one message names the file that
        was looked for.  C{sslpool check} finds the same, C{gskkyman} knows the one that was meant.
        """
        self.adapt("127.0.0.1:9")
        self.files.replace(IBM, "KEYFILE gskadm/Database.kdb", "KEYFILE gskad1/Database.kdb")
        wrong = self.files.keyFile.replace("gskadm", "gskad1")
        self.named(wrong, "\n".join(self.refused()))
        os.mkdir(os.path.dirname(wrong))
        shutil.copy(os.path.join(self.files.directory, PROFILE), wrong)
        checked = self.check()
        self.named(wrong, checked.output)
        self.assertEqual(checked.code, 1)
        self.assertIn("WEBCERT", self.labels())

    def test_permissions(self) -> None:
        """
        The user of the stack may not read the key database: nothing starts, and the message names file and reason.
        """
        self.adapt("127.0.0.1:9")
        os.chmod(self.files.keyFile, 0)
        launcher = CONFINED if os.geteuid() == 0 else ()
        stack = self.start(*self.options, launcher=launcher)
        self.assertEqual(stack.wait(), 1)
        self.assertIn("Permission denied", self.named(self.files.keyFile, stack.log.text))

    def test_stashMissing(self) -> None:
        """
        Without the stash file the servers cannot open the key database: the console
        names the file, C{sslpool check} as well.  When it is there, servers start.
        """
        port = self.adapt(Application(self, echo))
        stash = self.files.keyFile.replace(".kdb", ".sth")
        os.rename(stash, stash + ".away")
        stack = self.start(*self.options)
        stack.log.wait(f"SSLP105E SSL00001 cannot use the key database: .*{stash}")
        self.assertIn(stash, self.check().output)
        os.rename(stash + ".away", stash)
        stack.log.wait("SSLP100I SSL00001")
        self.client(port).hold(1)


class ConnectionTests(ProblemCase):
    """
    The server cannot connect to the TCP/IP virtual machine.
    """

    def test_wrongStack(self) -> None:
        """
        C{:stack.} names another stack than the one that is started: nothing starts,
        and the message names both, and the line of the tag.
        """
        self.adapt("127.0.0.1:9")
        self.files.replace(IBM, ":stack.TCPIP\n                :admin_id_list.", ":stack.TCPIP2\n   :admin_id_list.")
        said = "\n".join(self.refused())
        self.assertRegex(said, r'IBM.DTCPARMS:\d+: DTCRUN1028E :Stack.TCPIP2 .* "TcpipUserid TCPIP"')

    def test_notStarted(self) -> None:
        """
        Commands for a stack that is not started, or for another one than runs, say
        which stack they have looked for and where.  TRACE FLOW in C{:parms.}, which
        the document advises, is accepted; what it writes comes with a later release.
        """
        self.files.replace(SYSTEM, ":nick.WEBSERV", ":nick.TCPIP2 :type.server :class.stack\n:nick.WEBSERV")
        self.files.replace(IBM, "CACHELIFE 24 H", "CACHELIFE 24 H TRACE FLOW")
        self.adapt("127.0.0.1:9")
        socket = os.path.join(self.path("run"), "TCPIP.sock")
        unborn = run(program("ssladmin"), "--run", self.path("run"), "query", "status")
        self.assertIn(f"SSLP400E Stack TCPIP is not running: nothing answers at {socket}", unborn.error)
        stack = self.serve(*self.options)
        self.assertEqual(stack.ssladmin("query", "status").code, 0)
        other = stack.ssladmin("query", "status", "(", "tcp", "tcpip2")
        self.assertIn("SSLP400E Stack TCPIP2 is not running", other.error)
        self.assertEqual((unborn.code, other.code), (1, 1))
        stack.log.wait("DTCRUN1011I Parameters in use: .* TRACE FLOW")
