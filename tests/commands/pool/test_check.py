"""
Tests for L{sslpool.commands.pool.check}.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from attrs import evolve
from cryptography import x509
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.pool import check as poolcheck
from sslpool.commands.pool.check import Verdict, check
from sslpool.commands.pool.enrolment import Ownership, enrolSteps
from sslpool.config import directoryrules
from sslpool.keydb import sources
from sslpool.keydb.database import Database
from sslpool.keydb.generation import selfSigned
from sslpool.keydb.revocations import addRevocations
from sslpool.messages import OperatorError, Said, finding, operatorError
from sslpool.planning.planinfo import PLAN_FILE, planText
from sslpool.planning.sections import sections
from sslpool.planning.sizing import PoolSize, sized
from sslpool.planning.subject import Subject
from sslpool.stack.front import localsystem
from tests.config.support import ETC, unprivileged
from tests.doubles.certificates import makeAuthority, makeRevocations, makeServer
from tests.keydb.misfits import misfits


class CheckCase(SynchronousTestCase):
    """
    Tests with a configuration directory.
    """

    def setUp(self) -> None:
        """
        Make a directory.
        """
        unprivileged(self)
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir()

    def check(self, name: str = "", sessions: int | None = None, stack: str | None = None) -> Verdict:
        """
        Check the directory, or a file in it.
        """
        return check(str(self.directory / name), stack, sessions)

    def ids(self, verdict: Verdict | None = None) -> list[str]:
        """
        Return the ids of what is found.
        """
        return [each.said.id for each in (verdict or self.check()).findings]

    def change(self, name: str, old: str, new: str) -> None:
        """
        Change a configuration file.
        """
        path = self.directory / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def keys(self, *labels: str) -> None:
        """
        Make the key database.
        """
        path = self.directory / "gskadm"
        path.mkdir(exist_ok=True)
        with Database.create(str(path / "Database.kdb"), "password") as database:
            for label in labels:
                database.add(selfSigned(label, "localhost", ["localhost"]))
            database.stash()


class ConfigurationTests(CheckCase):
    """
    A configuration directory.
    """

    def setUp(self) -> None:
        """
        Take the configuration that comes with the product.
        """
        super().setUp()
        shutil.copytree(ETC, self.directory, dirs_exist_ok=True)

    def test_sound(self) -> None:
        """
        A configuration that is complete has no finding, and would start.
        """
        self.keys("WEBCERT")
        verdict = self.check()
        self.assertEqual((verdict.findings, verdict.steps, verdict.starts), ((), (), True))
        self.assertEqual(verdict.stack, "TCPIP")

    def test_keyDatabase(self) -> None:
        """
        A key database that is missing, or that servers cannot open, is an error: the stack would not start.
        """
        self.assertEqual(self.ids(), ["SSLP311E"])
        self.assertFalse(self.check().starts)
        self.keys("WEBCERT")
        stash = self.directory / "gskadm" / "Database.sth"
        stash.unlink()
        verdict = self.check()
        self.assertEqual([each.file for each in verdict.findings], [str(stash.with_suffix(".kdb"))])
        self.assertFalse(verdict.starts)

    def test_labels(self) -> None:
        """
        A missing label is a finding at its PORT entry; the stack starts while another port can be opened.
        """
        self.keys("OTHER")
        verdict = self.check()
        [finding] = verdict.findings
        self.assertEqual((finding.said.id, finding.file, verdict.starts), ("SSLP020E", "PROFILE.TCPIP", False))
        lines = (self.directory / finding.file).read_text().split("\n")
        self.assertIn("WEBSERV SECURE WEBCERT", lines[finding.line - 1])
        self.change("PROFILE.TCPIP", "PORT\n", "PORT\n  9443 TCP WEBSERV SECURE OTHER\n")
        verdict = self.check()
        self.assertEqual((self.ids(verdict), verdict.starts), (["SSLP020E"], True))
        self.assertEqual(verdict.without, ("port 8443",))

    def test_storage(self) -> None:
        """
        Labels for which the storage of the servers may not suffice are a warning.
        """
        self.keys("WEBCERT", "OTHER")
        self.assertEqual(self.ids(), [])
        self.patch(directoryrules, "LABEL_STORAGE", 100 << 20)
        verdict = self.check()
        [finding] = verdict.findings
        said = "SSLP147W Servers have 256 MiB of storage, but may need 515 MiB (labels: 2, sessions: 600)"
        self.assertEqual((str(finding.said), verdict.starts), (said, True))

    def test_adminPort(self) -> None:
        """
        Remote administration needs its label, and an authority.
        """
        self.keys("WEBCERT", "ADMCERT")
        self.change("IBM.DTCPARMS", ":mixedcaseparms.YES", ":mixedcaseparms.YES :admin_port.9999 NOCERT")
        verdict = self.check()
        self.assertIn("SSLP450E", self.ids(verdict))
        self.assertEqual((verdict.starts, verdict.without), (True, ("remote administration",)))
        self.change("IBM.DTCPARMS", "NOCERT", "ADMCERT")
        self.assertIn("SSLP451E", self.ids())
        with Database.openStashed(str(self.directory / "gskadm" / "Database.kdb")) as database:
            database.addCertificates({"ADMIN CA": makeAuthority().certificate})
        self.assertFalse({"SSLP450E", "SSLP451E"} & set(self.ids()))

    def test_expiry(self) -> None:
        """
        Certificates that have expired, or will soon, are named; those of no port are not.
        """
        self.keys("WEBCERT", "OTHER")
        now = time.time()
        for days, found in ((300, []), (340, ["SSLP027W"]), (400, ["SSLP026W"])):
            self.patch(time, "time", lambda days=days: now + days * 86400)
            verdict = self.check()
            self.assertEqual((self.ids(verdict), verdict.starts), (found, True))

    def test_exposed(self) -> None:
        """
        A stash that everybody can read is named.
        """
        self.keys("WEBCERT")
        self.patch(sources, "isOpenToAll", lambda path: path.endswith(".sth"))
        verdict = self.check()
        self.assertEqual((self.ids(verdict), verdict.starts), (["SSLP825W"], True))

    def test_chain(self) -> None:
        """
        An issuer that has expired or is missing is named, for all labels of a port.
        """
        self.keys()
        self.change("PROFILE.TCPIP", "SECURE WEBCERT", "SECURE WEBCERT OLD BARE")
        expired, root = makeAuthority("Expired", days=-2), makeAuthority("Missing")
        with Database.openStashed(str(self.directory / "gskadm" / "Database.kdb")) as database:
            database.add(evolve(makeServer(expired, label="OLD", days=400), chain=(expired.certificate,)))
            for label in ("WEBCERT", "BARE"):
                database.add(makeServer(root, label=label, days=400))
            database.addCertificates({"Missing": root.certificate})
            database.setTrusted("Missing", False)
        verdict = self.check()
        self.assertEqual(self.ids(verdict), ["SSLP845W", "SSLP842W", "SSLP845W"])
        self.assertTrue(verdict.starts)

    def test_revocationLists(self) -> None:
        """
        Revocation lists are looked at: what they are for, when they are due, and what of ours they revoke.
        """
        self.keys("WEBCERT")
        root = makeAuthority("Root")
        lower = makeAuthority("Lower", root)
        place = x509.UniformResourceIdentifier("http://a.example/1.crl")
        point = x509.IssuingDistributionPoint([place], None, False, False, None, False, False)
        with Database.openStashed(str(self.directory / "gskadm/Database.kdb")) as database:
            database.addCertificates({"Lower": lower.certificate, "Root": root.certificate})
            lists = [makeRevocations(root, lower.certificate, days=2), makeRevocations(lower, extensions=[point])]
            addRevocations(database, lists, "lists", time.time())
        now = time.time()
        for days, found in (
            (0, ["SSLP802W", "SSLP803W"]),
            (1.5, ["SSLP802W", "SSLP801W", "SSLP803W"]),
            (3, ["SSLP802W", "SSLP800W", "SSLP803W"]),
        ):
            self.patch(time, "time", lambda days=days: now + days * 86400)
            verdict = self.check()
            self.assertEqual((self.ids(verdict), verdict.starts), (found, True))

    def test_hosts(self) -> None:
        """
        An application's host that is not known keeps its port closed, and not the stack from starting.
        """
        self.keys("WEBCERT")
        self.change("SYSTEM.DTCPARMS", ":address.127.0.0.1:8080", ":address.no-such-host.invalid:8080")

        def refuse(host: str, port: int) -> list[object]:
            raise OSError(-2, "Name or service not known")

        self.patch(poolcheck, "resolved", refuse)
        verdict = self.check()
        self.assertEqual((self.ids(verdict), verdict.starts), (["SSLP050W"], True))
        self.assertEqual([each.file for each in verdict.findings], ["PROFILE.TCPIP"])

    def test_policy(self) -> None:
        """
        Operands that leave no cipher suite would keep the stack from starting.
        """
        self.keys("WEBCERT")
        self.change("IBM.DTCPARMS", "CACHELIFE 24 H", "EXEMPT HIGH")
        verdict = self.check()
        self.assertEqual((self.ids(verdict), verdict.starts), (["SSLP131E"], False))

    def test_keys(self) -> None:
        """
        A label whose key no suite in use fits is a warning.
        """
        self.keys("WEBCERT")
        exempt = " ".join(f"EXEMPT ECDHE_ECDSA_{name}" for name in ("AES_128_GCM", "AES_256_GCM", "CHACHA20"))
        self.change("IBM.DTCPARMS", "CACHELIFE 24 H", f"PROTOCOL -TLSV1_3 {exempt}")
        verdict = self.check()
        self.assertEqual((self.ids(verdict), verdict.starts), (["SSLP144W"], True))

    def test_versions(self) -> None:
        """
        A protocol version that no suite, or no label, can serve is a warning where the operands stand.
        """
        self.keys("WEBCERT")
        for parms, messageId in (("", "SSLP561W"), (" ENABLE RSA_AES_128", "SSLP563W")):
            self.change("IBM.DTCPARMS", "CACHELIFE 24 H", f"PROTOCOL +TLSV1_1{parms}")
            verdict = self.check()
            self.assertEqual((self.ids(verdict), verdict.starts), ([messageId], True))
            self.assertEqual([(each.file, each.line > 0) for each in verdict.findings], [("IBM.DTCPARMS", True)])
            self.change("IBM.DTCPARMS", f"PROTOCOL +TLSV1_1{parms}", "CACHELIFE 24 H")

    def test_refused(self) -> None:
        """
        What clients refuse is a warning for the labels of ports, though it was stored; so is a certificate that lets
        nobody in.
        """
        self.keys("OTHER")
        found = misfits()["unknown critical"].credential
        with Database.openStashed(str(self.directory / "gskadm" / "Database.kdb")) as database:
            database.add(evolve(found, label="WEBCERT"))
            database.add(evolve(found, label="UNUSED"))
            database.addCertificates({"Leaf": found.certificate})
        verdict = self.check()
        self.assertEqual((self.ids(verdict), verdict.starts), (["SSLP856W", "SSLP870W"], True))
        first, _ = verdict.findings
        expected = "Certificate WEBCERT has the critical extension 1.2.3.4.5: refused by every client"
        self.assertIn(expected, first.said.text)

    def test_brokenChain(self) -> None:
        """
        A chain that servers would refuse is an error, but for the label alone.
        """
        self.keys("WEBCERT")
        broken = evolve(makeServer(makeAuthority(), label="OTHER"), chain=(makeAuthority("Impostor").certificate,))
        with Database.openStashed(str(self.directory / "gskadm" / "Database.kdb")) as database:
            database.add(broken)
        verdict = self.check()
        self.assertEqual((self.ids(verdict), verdict.starts), (["SSLP172E"], True))
        self.assertEqual(verdict.without, ("label OTHER",))
        (finding,) = verdict.findings
        self.assertIn("Label OTHER is left out: SSLP163E The chain of label OTHER is broken", finding.said.text)

    def test_descriptors(self) -> None:
        """
        Too low a limit of open files is a warning, and an error where the stack could not work at all.
        """
        self.keys("WEBCERT")
        shortage = Said("SSLP007W", wording="The limit of open files is 64")
        self.patch(poolcheck, "raiseDescriptorLimit", lambda configuration: shortage)
        verdict = self.check()
        self.assertEqual([(str(each.said), each.file) for each in verdict.findings], [(str(shortage), "this machine")])
        self.assertTrue(verdict.starts)

        def tooLow(configuration: object) -> None:
            raise operatorError("SSLP029E", limit=64, listeners=90, servers=5, least=150, needed=4000)

        self.patch(poolcheck, "raiseDescriptorLimit", tooLow)
        verdict = self.check()
        self.assertEqual((self.ids(verdict), verdict.starts), (["SSLP029E"], False))

    def test_errors(self) -> None:
        """
        Errors in the files are reported together, file by file and line by line.
        """
        self.change("PROFILE.TCPIP", "SSLLIMITS", "NOSUCH")
        self.change("USER.DIRECT", "LOW 1", "LOW 2")
        verdict = self.check()
        self.assertFalse(verdict.starts)
        places = [(each.file, each.line) for each in verdict.findings]
        files = [file for file, _ in places]
        self.assertEqual(len(set(files)), sum(1 for a, b in zip([None, *files], files, strict=False) if a != b))
        for file in set(files):
            lines = [line for name, line in places if name == file]
            self.assertEqual(lines, sorted(lines))

    def test_enrolment(self) -> None:
        """
        A missing enrolment is a warning, and the stack starts all the same.
        """
        self.keys("WEBCERT")
        vmlink = ":mixedcaseparms.YES\n :vmlink. .DIR VMSYS:TCPMAINT.SSLPOOL_SSL"
        self.change("IBM.DTCPARMS", ":mixedcaseparms.YES", vmlink)
        verdict = self.check()
        self.assertEqual((self.ids(verdict), verdict.starts), (["SSLP540W"], True))

    def test_circular(self) -> None:
        """
        Cleartext that would come back keeps the stack from starting.
        """
        self.keys("WEBCERT")
        self.patch(localsystem, "loopFindings", lambda configuration: [finding("SSLP286E", "X", 1, offset=1)])
        verdict = self.check()
        self.assertEqual((self.ids(verdict), verdict.starts), (["SSLP286E"], False))

    def test_missing(self) -> None:
        """
        A directory that does not exist is an error.
        """
        verdict = self.check("none")
        self.assertEqual((self.ids(verdict), verdict.starts), (["SSLP280E"], False))

    def test_sizing(self) -> None:
        """
        A recommendation says how the configuration compares.
        """
        enough = self.check(sessions=601).sizing
        assert enough is not None
        self.assertEqual((enough.recommended, enough.configured), (PoolSize(5, 3000, 600), PoolSize(5, 3000, 600)))
        self.assertEqual([each.id for each in enough.messages], ["SSLP550I", "SSLP551I"])
        few = self.check(sessions=3001).sizing
        assert few is not None
        self.assertEqual([each.id for each in few.messages], ["SSLP550I", "SSLP552W"])
        self.assertRaises(OperatorError, self.check, sessions=1_000_000)

    def test_oldPlan(self) -> None:
        """
        A plan that lies in a directory whose files are not the plan's changes nothing.
        """
        (self.directory / PLAN_FILE).write_text(planText(Subject(), sections(Subject(), sized(5), None)))
        verdict = self.check()
        self.assertEqual((self.ids(verdict), verdict.starts, verdict.plan), (["SSLP311E"], False, False))


class PlanTests(CheckCase):
    """
    A plan.
    """

    def setUp(self) -> None:
        """
        Make the plan of the source document's operands.
        """
        super().setUp()
        files = sections(Subject(), sized(5), None)
        self.files = {**files, PLAN_FILE: planText(Subject(), files)}

    def write(self, *names: str) -> None:
        """
        Write files of the plan.
        """
        for name in names or self.files:
            (self.directory / name).write_text(self.files[name])

    def test_directory(self) -> None:
        """
        A plan that has been written as a directory has no findings; what it leaves to be done are steps,
        until they are done.
        """
        self.write()
        verdict = self.check()
        self.assertEqual((verdict.findings, verdict.starts, verdict.plan), ((), True, True))
        self.assertEqual([each.said.id for each in verdict.steps], ["SSLP217W", "SSLP540W", "SSLP311E"])
        for step in enrolSteps(Subject(), str(self.directory), Ownership()):
            step.perform()
        self.keys("WEBCERT")
        self.assertEqual([each.said.id for each in self.check().steps], ["SSLP217W"])

    def test_alone(self) -> None:
        """
        The one file can be checked, by its name or as all that its directory has.
        """
        self.write(PLAN_FILE)
        for verdict in (self.check(PLAN_FILE), self.check()):
            self.assertEqual((verdict.findings, verdict.starts, verdict.plan), ((), True, True))
            self.assertEqual(len(verdict.steps), 3)

    def test_error(self) -> None:
        """
        An error in a plan is a finding at its line in the one file.
        """
        self.write(PLAN_FILE)
        self.change(PLAN_FILE, "SSLLIMITS MAX", "NOSUCH MAX")
        verdict = self.check(PLAN_FILE)
        self.assertFalse(verdict.starts)
        path = self.directory / PLAN_FILE
        [finding] = [each for each in verdict.findings if each.said.id == "SSLP201E"]
        self.assertEqual(finding.file, str(path))
        self.assertTrue(path.read_text().split("\n")[finding.line - 1].startswith("NOSUCH"))

    def test_begun(self) -> None:
        """
        Once a file has been changed it is a configuration like any other.
        """
        self.write()
        self.change("PROFILE.TCPIP", "TIMEOUT 60", "TIMEOUT 61")
        verdict = self.check()
        self.assertEqual((verdict.steps, verdict.starts, verdict.plan), ((), False, False))
        self.assertEqual(sorted(self.ids(verdict)), ["SSLP217W", "SSLP311E", "SSLP540W"])

    def test_carriedOut(self) -> None:
        """
        With a port, its application, a certificate and the work spaces there is no finding.
        """
        self.write()
        self.change("PROFILE.TCPIP", "; PORT\n;  ", "PORT\n")
        self.change("SYSTEM.DTCPARMS", ".* :nick.WEBSERV   :type.server\n.*   ", ":nick.WEBSERV :type.server\n")
        self.change("SYSTEM.DTCPARMS", ".*                 :source.", ":source.")
        self.keys("WEBCERT")
        for step in enrolSteps(Subject(), str(self.directory), Ownership()):
            step.perform()
        verdict = self.check()
        self.assertEqual((verdict.findings, verdict.steps, verdict.starts), ((), (), True))

    def test_noPlan(self) -> None:
        """
        A file that is no plan is refused.
        """
        (self.directory / "X").write_text("x")
        self.assertEqual(self.assertRaises(OperatorError, self.check, "X").said.id, "SSLP518E")
        (self.directory / "X").write_bytes(b"\xff")
        self.assertEqual(self.assertRaises(OperatorError, self.check, "X").said.id, "SSLP554E")
