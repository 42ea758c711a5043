"""
Tests for L{sslpool.stack.configuration.reconfiguration}.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.config.configuration import Configuration, SecurePort
from sslpool.config.current import Current
from sslpool.interfaces import IReconfigurable, IReconfiguration, Preparation
from sslpool.messages import OperatorError, Said, finding, operatorError, said
from sslpool.stack.configuration.files import ConfigurationDirectory
from sslpool.stack.configuration.reconfiguration import Files, LookUp, Reconfiguration
from sslpool.stack.front import localsystem
from tests.logs import ids

FILES = {
    "PROFILE.TCPIP": "SSLSERVERID *\nSSLLIMITS MAXSESSIONS 3000 MAXPERSSLSERVER 600\n"
    "OBEY TCPMAINT ENDOBEY\nPORT\n 8443 TCP WEBSERV SECURE WEBCERT\n",
    "SYSTEM.DTCPARMS": ":nick.WEBSERV :type.server :address.127.0.0.1:8080\n"
    ":nick.TCPIP :type.server :class.stack :dcss_parms.<DEFAULT>\n"
    ":nick.SSLDCSSM :type.server :class.ssl_dcss_agent :stack.TCPIP :for.SSL*\n"
    ":nick.SSL* :type.server :class.ssl :stack.TCPIP :admin_id_list.TCPMAINT\n"
    " :parms.CACHELIFE 24 H\n"
    ":nick.stack :type.class\n:nick.ssl :type.class\n:nick.ssl_dcss_agent :type.class\n",
    "TCPIP.DATA": "TCPIPUSERID TCPIP\n",
    "USER.DIRECT": "USER SSLDCSSM LBYONLY 32M 64M GE\n NAMESAVE TCPIP\n"
    "USER SSL LBYONLY 160M 256M G\n POOL LOW 1 HIGH 5 PROFILE TCPSSLU\nPROFILE TCPSSLU\n NAMESAVE TCPIP\n",
}


async def refresh(server: str | None) -> list[Said]:
    """
    Be REFRESH, which nobody needs.
    """
    raise AssertionError("every label has been read")


async def noNames(ports: Sequence[SecurePort]) -> list[Said]:
    """
    Nobody's name is looked up.
    """
    return []


@implementer(IReconfigurable)
@define
class Subject:
    """
    Takes changes, or refuses them.
    """

    refusal: OperatorError | None = None
    notes: tuple[Said, ...] = ()
    earlier: tuple[Said, ...] = ()
    prepared: int = 0
    discarded: int = 0
    taken: list[Configuration] = field(factory=list)

    def prepare(self, configuration: Configuration) -> Preparation:
        """
        Prepare, or refuse.
        """
        if self.refusal is not None:
            raise self.refusal
        self.prepared += 1
        return Preparation(partial(self.taken.append, configuration), self._discard, self.notes, self.earlier)

    def _discard(self) -> None:
        self.discarded += 1


class ReconfigurationCase(SynchronousTestCase):
    """
    A stack with files.
    """

    def setUp(self) -> None:
        """
        Read a configuration directory.
        """
        self.directory = self.mktemp()
        os.mkdir(self.directory)
        for name, text in FILES.items():
            self.write(name, text)
        directory = ConfigurationDirectory(self.directory, None, "NODE")
        files = Files(directory.read, directory.load, directory.read())
        configuration = directory.load(files.inEffect).configuration
        assert configuration is not None
        self.current = Current(configuration)
        self.before = configuration
        self.subjects = [Subject(), Subject()]
        self.lookUp: LookUp = noNames
        self.reconfiguration = Reconfiguration(self.current, files, self.subjects, lambda ports: self.lookUp(ports))

    def write(self, name: str, text: str) -> None:
        """
        Write one of the files.
        """
        with open(os.path.join(self.directory, name), "w", encoding="ascii") as file:
            file.write(text)

    def obey(self, text: str, test: bool = False) -> list[Said]:
        """
        Have statements followed.
        """
        return self.successResultOf(self.reconfiguration.obey("EXTRA.TCPIP", text, test))

    def obeyed(self, text: str, test: bool = False) -> list[Said]:
        """
        Have statements followed; return what is said but remarks about files.
        """
        return [each for each in self.obey(text, test) if each.id != "SSLP062I"]

    def refused(self, text: str, messageId: str) -> OperatorError:
        """
        Have statements refused, and see that nothing has changed.
        """
        error = self.refusal(text)
        self.assertEqual(error.said.id, messageId)
        self.assertEqual([subject.taken for subject in self.subjects], [[], []])
        self.assertIs(self.current.configuration, self.before)
        return error

    def refusal(self, text: str) -> OperatorError:
        """
        Have statements refused, and return why.
        """
        obeying = self.reconfiguration.obey("EXTRA.TCPIP", text, False)
        error: OperatorError = self.failureResultOf(obeying, OperatorError).value
        return error


class ReconfigurationTests(ReconfigurationCase):
    """
    The running configuration follows statements and files, as a whole or not at all.
    """

    def test_interface(self) -> None:
        """
        The object provides what the administration asks for.
        """
        verifyObject(IReconfiguration, self.reconfiguration)

    def test_obey(self) -> None:
        """
        A change reaches everybody, is in effect, and is said.
        """
        with capturedLogs() as events:
            messages = self.obey("SSLLIMITS MAXSESSIONS 600")
        self.assertEqual([str(each) for each in messages], ["SSLP043I SSLLIMITS MAXSESSIONS changed from 3000 to 600"])
        self.assertEqual(ids(events), ["SSLP043I"])
        for subject in self.subjects:
            self.assertEqual([taken.limits.maxSessions for taken in subject.taken], [600])
        self.assertEqual(self.current.configuration.limits.maxSessions, 600)

    def test_oneAfterAnother(self) -> None:
        """
        What was obeyed before stays in effect.
        """
        self.obey("SSLLIMITS MAXSESSIONS 600")
        self.obey("SSLLIMITS WAIT 5")
        limits = self.current.configuration.limits
        self.assertEqual((limits.maxSessions, limits.wait), (600, 5))

    def test_test(self) -> None:
        """
        TEST says what would change, prepares it so that nothing is overlooked, and changes nothing.
        """
        messages = self.obey("PORT REPLACE 993 TCP WEBSERV SECURE WEBCERT", test=True)
        self.assertEqual([message.id for message in messages], ["SSLP044I", "SSLP044I", "SSLP066I"])
        for subject in self.subjects:
            self.assertEqual((subject.prepared, subject.discarded, subject.taken), (1, 1, []))
        self.assertIs(self.current.configuration, self.before)
        self.assertEqual(self.obey("SSLLIMITS MAXSESSIONS 3000"), [said("SSLP045I")])

    def test_entries(self) -> None:
        """
        Entries are added and taken away one after the other, and a reload makes the same of a profile that has
        been changed meanwhile: also of one that has been given what was added.
        """
        port = "TCP WEBSERV SECURE WEBCERT"
        self.obey(f"PORT ADD 993 {port}")
        self.obey(f"PORT ADD 995 {port}")
        self.obey("DELETE PORT 993\nOBEY ADD MAINT\nDELETE OBEY TCPMAINT")
        for text in ("", f" 993 {port}\n", f" 995 {port}\n", f" 995 {port} CLIENTCERTCHECK REQUIRED\n"):
            self.write("PROFILE.TCPIP", FILES["PROFILE.TCPIP"] + text)
            self.successResultOf(Deferred.fromCoroutine(self.reconfiguration.reload(refresh)))
            ports = self.current.configuration.ports
            self.assertEqual(sorted(each.number for each in ports), [995, 8443], text)
            self.assertNotIn("REQUIRED", [label.check for each in ports for label in each.policy.labels])
            self.assertEqual(self.current.configuration.obey, {"MAINT"})

    def test_lists(self) -> None:
        """
        A list of ports that would lose some is refused, and says which and how to go on.
        """
        error = self.refused("PORT 993 TCP WEBSERV SECURE WEBCERT", "SSLP040E")
        self.assertIn("SSLP065E PORT would drop 8443 TCP WEBSERV; PORT ADD keeps", str(error))

    def test_idleEntries(self) -> None:
        """
        Entries that the stack does nothing for change their list all the same: that is said, in a test too, once.
        """
        for text, statement, added, removed in (
            ("PORT ADD 950-955 TCP WEBSERV 53 UDP WEBSERV", "PORT", "950-955 TCP WEBSERV, 53 UDP WEBSERV", "none"),
            ("DELETE PORT 950-955", "PORT", "none", "950-955 TCP WEBSERV"),
            ("PORT ADD 80 TCP WEBSERV", "PORT", "80 TCP WEBSERV", "none"),
            ("AUTOLOG ADD WEBSERV", "AUTOLOG", "WEBSERV", "none"),
            ("HOME 10.0.0.1 ETH0", "HOME", "10.0.0.1 ETH0", "none"),
        ):
            fields = {"statement": statement, "added": added, "removed": removed}
            self.assertEqual(self.obey(text, test=True)[0], said("SSLP071I", **fields), text)
            self.assertEqual(self.obey(text)[0], said("SSLP070I", **fields), text)
            if not text.startswith("DELETE"):
                self.assertEqual(self.obey(text)[0], said("SSLP045I"), text)
        messages = self.obey("DELETE PORT 80\nPORT ADD 80 TCP WEBSERV SECURE WEBCERT")
        self.assertEqual([each.id for each in messages], ["SSLP043I"])

    def test_taken(self) -> None:
        """
        A port that another entry has: it is named with its file, and how to go on.
        """
        add = "PORT ADD {} TCP WEBSERV SECURE WEBCERT BIND 127.0.0.1"
        error = self.refusal(add.format(8443))
        expected = "taken by the entry 8443 TCP WEBSERV (PROFILE.TCPIP:5); to replace that entry, use DELETE PORT 8443"
        self.assertIn(f"EXTRA.TCPIP:1: SSLP074E Port 8443 is already {expected} first", str(error))
        both = f"{add.format(8444)} 8444 TCP WEBSERV SECURE WEBCERT BIND 0.0.0.0"
        self.assertIn("SSLP218E Port 8444 is already taken by the entry 8444 TCP WEBSERV", str(self.refusal(both)))

    def test_home(self) -> None:
        """
        A remark is found where the statement stands.
        """
        remark = "SSLP203I HOME has no effect"
        for text, expected in (
            ("HOME 10.0.0.1 ETH0", remark),
            ("; addresses\nHOME 10.0.0.2 ETH0\n", f"SSLP062I Found in EXTRA.TCPIP:2: {remark}"),
        ):
            self.assertIn(expected, [str(each)[: len(expected)] for each in self.obey(text, test=True)])

    def test_errors(self) -> None:
        """
        One error among good statements: every error is said with its place, and nothing is followed.
        """
        error = self.refused("SSLLIMITS MAXSESSIONS 600\nNONSENSE\nSSLLIMITS WAIT x\n", "SSLP040E")
        self.assertIn("EXTRA.TCPIP:2: SSLP201E", str(error))
        self.assertIn("EXTRA.TCPIP:3: SSLP202E", str(error))
        [changed] = self.obey("SSLLIMITS WAIT 5")
        self.assertEqual(str(changed), "SSLP043I SSLLIMITS WAIT changed from 30 to 5")
        self.assertEqual(self.current.configuration.limits.maxSessions, 3000)

    def test_cannotBeHad(self) -> None:
        """
        Where one part cannot follow, what the others have prepared is discarded.
        """
        self.subjects[1].refusal = operatorError("SSLP021E", local="0.0.0.0:993", reason="Address already in use")
        error = self.refused("SSLLIMITS WAIT 5", "SSLP073E")
        self.assertTrue(str(error).startswith("SSLP073E EXTRA.TCPIP changes nothing: SSLP021E 0.0.0.0:993"), error)
        self.assertEqual((self.subjects[0].prepared, self.subjects[0].discarded), (1, 1))

    def test_noLabel(self) -> None:
        """
        A label that cannot be served refuses the change, and says how to get it.
        """
        for each in ("SSLP020E", "SSLP047E", "SSLP048E", "SSLP175E"):
            self.subjects[1].refusal = operatorError(each, port=993, label="NEW")
            error = self.refused("SSLLIMITS WAIT 5", "SSLP072E")
            self.assertTrue(str(error).startswith(f"SSLP072E EXTRA.TCPIP changes nothing: {each} Port 993"), error)

    def test_identity(self) -> None:
        """
        The pool stays what it is.
        """
        self.refused("SSLSERVERID SSL00001", "SSLP040E")

    def test_names(self) -> None:
        """
        Names are looked up before anything is prepared; in a test, those of new ports.  A name that has
        moved is said, and is not "Nothing changes".
        """
        asked: list[list[int]] = []
        moved = said("SSLP051I", application="WEBSERV", address="x:1", addresses="192.0.2.1")

        async def lookUp(ports: Sequence[SecurePort]) -> list[Said]:
            asked.append([port.number for port in ports])
            return [moved] if len(asked) > 1 else []

        self.lookUp = lookUp
        self.assertEqual(self.obey("SSLLIMITS WAIT 30", test=True), [said("SSLP045I")])
        self.assertEqual(self.obey("SSLLIMITS WAIT 30"), [moved])
        self.assertEqual(asked, [[], [8443]])

    def test_noSuchName(self) -> None:
        """
        A name that does not exist refuses the whole.
        """

        async def lookUp(ports: Sequence[SecurePort]) -> list[Said]:
            raise operatorError("SSLP024E", address="x:1", application="WEBSERV", reason="Name not known")

        self.lookUp = lookUp
        self.refused("SSLLIMITS WAIT 5", "SSLP073E")
        self.assertEqual([subject.prepared for subject in self.subjects], [0, 0])

    def test_inTurn(self) -> None:
        """
        While names are looked up the next one waits, so that it begins with what the first has changed; a
        refusal of the first does not keep it from being followed.
        """
        waiting: list[Deferred[list[Said]]] = []

        async def lookUp(ports: Sequence[SecurePort]) -> list[Said]:
            waiting.append(Deferred())
            return await waiting[-1]

        self.lookUp = lookUp
        first, second, third = (
            Deferred.fromCoroutine(self.reconfiguration.obey("A", text, False))
            for text in ("SSLLIMITS WAIT 5", "NONSENSE", "SSLLIMITS IDLE 60")
        )
        self.reconfiguration.reread()
        self.assertEqual(len(waiting), 1)
        waiting[0].callback([])
        self.assertEqual(len(self.successResultOf(first)), 1)
        self.failureResultOf(second, OperatorError)
        waiting[1].callback([])
        self.assertEqual(len(self.successResultOf(third)), 1)
        limits = self.current.configuration.limits
        self.assertEqual((limits.wait, limits.idle, len(waiting)), (5, 60, 3))
        waiting[2].callback([])

    def test_withoutFiles(self) -> None:
        """
        Without files there is nothing to obey, and nothing to be reread.
        """
        self.reconfiguration = Reconfiguration(self.current, None, self.subjects, noNames)
        self.refused("SSLLIMITS WAIT 5", "SSLP041E")
        self.assertEqual(self.reconfiguration.pending(), [])

    def test_profileOnDisk(self) -> None:
        """
        A profile that was edited meanwhile is not followed with what is obeyed.
        """
        self.write("PROFILE.TCPIP", "NONSENSE")
        self.obey("SSLLIMITS WAIT 5")
        self.assertEqual(self.current.configuration.ports, self.before.ports)

    def test_reread(self) -> None:
        """
        A larger pool in USER DIRECT is used, and what was obeyed stays.
        """
        self.obey("SSLLIMITS WAIT 5")
        self.write("USER.DIRECT", FILES["USER.DIRECT"].replace("HIGH 5", "HIGH 8"))
        with capturedLogs() as events:
            self.reconfiguration.reread()
        self.assertEqual(ids(events), ["SSLP043I"])
        self.assertEqual(self.subjects[0].taken[-1].poolHigh, 8)
        self.assertEqual(self.subjects[0].taken[-1].limits.wait, 5)

    def test_total(self) -> None:
        """
        Where MAXSESSIONS is not given it follows the pool, until it is.
        """
        self.write("PROFILE.TCPIP", FILES["PROFILE.TCPIP"].replace("MAXSESSIONS 3000 ", ""))
        self.successResultOf(Deferred.fromCoroutine(self.reconfiguration.reload(refresh)))
        self.assertEqual(self.current.configuration.limits.maxSessions, 3000)
        self.write("USER.DIRECT", FILES["USER.DIRECT"].replace("HIGH 5", "HIGH 3"))
        with capturedLogs() as events:
            self.reconfiguration.reread()
        self.assertEqual(ids(events), ["SSLP043I", "SSLP043I"])
        self.assertEqual(self.current.configuration.limits.maxSessions, 1800)
        self.obey("SSLLIMITS MAXPERSSLSERVER 100")
        self.assertEqual(self.current.configuration.limits.maxSessions, 300)
        self.obey("SSLLIMITS MAXSESSIONS 200")
        self.write("USER.DIRECT", FILES["USER.DIRECT"])
        self.assertEqual([str(each)[:18] for each in self.obey("SSLLIMITS WAIT 30")], ["SSLP043I POOL HIGH"])
        self.assertEqual(self.current.configuration.limits.maxSessions, 200)

    def test_rereadBroken(self) -> None:
        """
        A broken file is said and changes nothing.
        """
        self.write("USER.DIRECT", FILES["USER.DIRECT"].replace("HIGH 5", "HIGH 5000"))
        with capturedLogs() as events:
            self.reconfiguration.reread()
        self.assertEqual(ids(events), ["SSLP040E"])
        self.assertEqual(self.subjects[0].taken, [])

    def test_rereadNothing(self) -> None:
        """
        A file that was only touched is not worth a word.
        """
        with capturedLogs() as events:
            self.reconfiguration.reread()
        self.assertEqual(ids(events), [])

    def test_entryChanged(self) -> None:
        """
        Operands that only a new start can follow are not taken by a running pool, and it is said.
        """
        self.assertEqual(self.reconfiguration.pending(), [])
        self.write("SYSTEM.DTCPARMS", FILES["SYSTEM.DTCPARMS"].replace("24 H", "1 H"))
        [pending] = self.reconfiguration.pending()
        expected = "SSLP046W A change of the VMSSL operands takes effect when the stack is restarted"
        self.assertEqual(str(pending), expected)
        messages = self.obey("SSLLIMITS WAIT 5")
        self.assertEqual([message.id for message in messages], ["SSLP043I", "SSLP046W"])
        self.assertEqual(self.subjects[0].taken[-1].parameters.cacheLife, 86400)

    def test_pendingStays(self) -> None:
        """
        What only a new start can follow is named as long as there has been none, however often something is obeyed
        or the files are read again; and no more when it has been taken back.
        """
        parms = " :parms.CACHELIFE 24 H"
        for before, after, what in (
            (parms, parms.replace("24", "1"), "the VMSSL operands"),
            (parms, f"{parms} :admin_port.127.0.0.1:7777 LABEL WEBCERT", ":admin_port."),
            (":dcss_parms.<DEFAULT>", ":dcss_parms.OTHER 20000-200FF", ":dcss_parms."),
            (parms, f"{parms} :timezone.EST5EDT", ":timezone."),
            (parms, f"{parms} :timestamp.OFF", ":timestamp."),
            (parms, f"{parms} :owner.SOMEBODY", ":owner."),
        ):
            expected = said("SSLP046W", what=what)
            text = FILES["SYSTEM.DTCPARMS"]
            self.write("SYSTEM.DTCPARMS", text.replace(before, after, 1))
            self.assertEqual(self.obeyed("SSLLIMITS WAIT 30", test=True), [expected])
            self.assertEqual(self.reconfiguration.later, [])
            self.assertEqual(self.obeyed("SSLLIMITS WAIT 30"), [expected])
            for _ in range(3):
                self.assertEqual(self.obeyed("SSLLIMITS WAIT 30"), [said("SSLP045I"), expected])
            self.assertEqual(self.reconfiguration.pending(), [expected])
            reloading = self.reconfiguration.reload(refresh)
            self.assertEqual(self.successResultOf(Deferred.fromCoroutine(reloading))[-1], expected)
            self.assertEqual(self.reconfiguration.later, [expected])
            self.write("SYSTEM.DTCPARMS", text)
            self.assertEqual(self.obey("SSLLIMITS WAIT 30"), [said("SSLP045I")])
            self.assertEqual(self.reconfiguration.later, [])

    def test_checks(self) -> None:
        """
        What labels ask of clients is in effect for everybody at once: for ports, and for what programs are told.
        """
        text = FILES["SYSTEM.DTCPARMS"].replace(":parms.", ":clientcertcheck.WEBCERT REQUIRED :parms.")
        self.write("SYSTEM.DTCPARMS", text)
        messages = self.obey("SSLLIMITS WAIT 30")
        self.assertEqual(str(messages[-1]).split(" changed")[0], "SSLP043I :clientcertcheck.")
        after = self.subjects[0].taken[-1]
        self.assertEqual(after.checks, (("WEBCERT", "REQUIRED"),))
        self.assertEqual([label.check for label in after.ports[0].policy.labels], ["REQUIRED"])
        self.assertIs(self.current.configuration, after)


class EarlierTests(ReconfigurationCase):
    """
    Only what a change brings with it refuses it.
    """

    def test_files(self) -> None:
        """
        A file that has been broken meanwhile does not refuse a change that is not about it: the change is made with
        the file as it was followed last, and what is wrong with it is said, each time.
        """
        self.write("SYSTEM.DTCPARMS", FILES["SYSTEM.DTCPARMS"].replace("CACHELIFE 24 H", "CACHELIFE soon"))
        for test in (True, False):
            left, change = self.obey("SSLLIMITS WAIT 5", test)
            self.assertEqual((left.id, change.id), ("SSLP061W", "SSLP044I" if test else "SSLP043I"))
            self.assertIn(": SYSTEM.DTCPARMS:5: SSLP202E ", str(left))
        self.assertEqual(self.current.configuration.limits.wait, 5)
        error = self.refusal("SSLLIMITS WAIT x")
        self.assertIn("SSLP040E EXTRA.TCPIP changes nothing; errors: 1\nEXTRA.TCPIP:1:", str(error))
        self.write("SYSTEM.DTCPARMS", FILES["SYSTEM.DTCPARMS"].replace(":8080", ":8081"))
        self.assertTrue(str(self.obey("SSLLIMITS WAIT 5")[0]).startswith("SSLP043I PORT 8443 changed"))
        self.assertEqual(self.current.configuration.ports[0].address, "127.0.0.1:8081")

    def test_identity(self) -> None:
        """
        So it is with files that have become those of another stack.
        """
        self.write("TCPIP.DATA", "TCPIPUSERID OTHER\n")
        self.assertEqual([each.id for each in self.obey("SSLLIMITS WAIT 5")], ["SSLP061W", "SSLP043I"])

    def test_name(self) -> None:
        """
        So it is with an address in them that does not exist.
        """

        async def lookUp(ports: Sequence[SecurePort]) -> list[Said]:
            if any(port.address.startswith("nowhere") for port in ports):
                raise operatorError("SSLP024E", address="nowhere:1", application="WEBSERV", reason="Name not known")
            return []

        self.lookUp = lookUp
        self.write("SYSTEM.DTCPARMS", FILES["SYSTEM.DTCPARMS"].replace("127.0.0.1:8080", "nowhere:1"))
        left, change = self.obey("SSLLIMITS WAIT 5")
        self.assertEqual((left.id, change.id), ("SSLP061W", "SSLP043I"))
        self.assertIn("SSLP024E", str(left))

    def test_reread(self) -> None:
        """
        A pool that grows in USER DIRECT is followed, whatever is wrong with other files.
        """
        self.write("SYSTEM.DTCPARMS", FILES["SYSTEM.DTCPARMS"].replace("CACHELIFE 24 H", "CACHELIFE soon"))
        self.write("USER.DIRECT", FILES["USER.DIRECT"].replace("HIGH 5", "HIGH 8"))
        with capturedLogs() as events:
            self.reconfiguration.reread()
        self.assertEqual(ids(events), ["SSLP061W", "SSLP043I"])
        self.assertEqual(self.current.configuration.poolHigh, 8)

    def test_machine(self) -> None:
        """
        An error that has come from elsewhere, such as an address that this machine has got, is repeated.
        """
        loop = finding("SSLP223E", "PROFILE.TCPIP", 5, port=8443, userid="WEBSERV", address="192.0.2.1:8443")
        self.patch(localsystem, "loopFindings", lambda configuration: [loop])
        messages = self.obey("SSLLIMITS WAIT 5")
        self.assertEqual([each.id for each in messages], ["SSLP043I", "SSLP060W"])
        self.assertIn(str(loop), str(messages[1]))

    def test_subjects(self) -> None:
        """
        What those say who follow the change is in the answer and in the log; what was wrong with them before is
        repeated in the answer.
        """
        closed, note = said("SSLP020E", port=993, label="X"), said("SSLP178W", port=443, label="X")
        self.subjects[0].earlier, self.subjects[1].notes = (closed,), (note,)
        with capturedLogs() as events:
            messages = self.obey("SSLLIMITS WAIT 5")
        self.assertEqual(messages[1:], [note, said("SSLP060W", finding=closed)])
        self.assertEqual(ids(events), ["SSLP043I", "SSLP178W"])
        self.subjects[1].notes = ()
        self.assertEqual([each.id for each in self.obey("SSLLIMITS WAIT 5")], ["SSLP045I", "SSLP060W"])


class FindingTests(ReconfigurationCase):
    """
    What C{sslpool check} would find is in the answer and in the log.
    """

    def test_found(self) -> None:
        """
        Warnings and remarks of what is obeyed, once, whether it is looked at only or followed.
        """
        for text, expected in (
            ("SSLLIMITS MAXSESSIONS 1000", "SSLP213W MAXPERSSLSERVER 600 does not divide MAXSESSIONS 1000 evenly"),
            ("SSLLIMITS MAXSESSIONS 6000", "SSLP219W"),
            ("AUTOLOG SSL00001 0 ENDAUTOLOG", "SSLP215W SSL server SSL00001 is ignored in AUTOLOG"),
            ("AUTOLOG FTPSERVE 0 ENDAUTOLOG", "SSLP222W"),
            ("GATEWAY 10.0.0.0", "SSLP200I GATEWAY is not used here"),
        ):
            for test in (True, False):
                with capturedLogs() as events:
                    messages = self.obey(text, test)
                changes = ("SSLP043I", "SSLP044I", "SSLP045I", "SSLP066I", "SSLP070I", "SSLP071I")
                [found] = [each for each in messages if each.id not in changes]
                self.assertTrue(str(found).startswith(expected), messages)
                self.assertEqual(ids(events), [] if test else [each.id for each in messages])
            self.assertNotIn(found, self.obey("SSLLIMITS WAIT 5"), text)

    def test_file(self) -> None:
        """
        Of a file each finding is said with its place.
        """
        messages = self.obey("; two\nGATEWAY\nAUTOLOG\n FTPSERVE secret\nENDAUTOLOG\n")
        expected = ["EXTRA.TCPIP:2: SSLP200I", "EXTRA.TCPIP:4: SSLP214W", "EXTRA.TCPIP:4: SSLP222W"]
        self.assertEqual([str(each.fields["finding"])[:23] for each in messages[1:]], expected)

    def test_directory(self) -> None:
        """
        USER DIRECT says in the log what is found of it.
        """
        self.write("USER.DIRECT", FILES["USER.DIRECT"].replace("HIGH 5", "HIGH 3") + " NONSENSE\n")
        with capturedLogs() as events:
            self.reconfiguration.reread()
            self.reconfiguration.reread()
        self.assertEqual(ids(events), ["SSLP043I", "SSLP016W", "SSLP016W"])

    def test_noPort(self) -> None:
        """
        A change that leaves no secure port is refused, in whatever way it comes.
        """
        self.refused("PORT REPLACE 443 TCP WEBSERV", "SSLP063E")
        self.write("PROFILE.TCPIP", FILES["PROFILE.TCPIP"].replace(" SECURE WEBCERT", ""))
        reloading = Deferred.fromCoroutine(self.reconfiguration.reload(refresh))
        self.assertEqual(self.failureResultOf(reloading, OperatorError).value.said.id, "SSLP063E")
        self.assertIs(self.current.configuration, self.before)
