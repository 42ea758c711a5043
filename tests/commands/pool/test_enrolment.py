"""
Tests for L{sslpool.commands.pool.enrolment} and L{sslpool.stack.configuration.filepool}.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from sslpool.commands.pool.enrolment import Ownership, enrolSteps, ownership, unenrolSteps
from sslpool.config.configuration import Machine
from sslpool.messages import OperatorError
from sslpool.planning.sections import sections
from sslpool.planning.sizing import sized
from sslpool.planning.subject import Subject
from sslpool.stack.configuration.filepool import Step, enrolmentFindings
from sslpool.stack.configuration.files import loadConfiguration

SUBJECT = Subject(count=2)
POOL = "filepool/VMSYS"


def tree(directory: Path) -> dict[str, tuple[int, bytes]]:
    """
    Return mode and content of everything below a directory.
    """
    found = {}
    for path in sorted(directory.rglob("*")):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            content = os.readlink(os.fsencode(path))
        else:
            content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        found[str(path.relative_to(directory))] = (status.st_mode, content)
    return found


def perform(steps: list[Step]) -> None:
    """
    Do what the steps say.
    """
    for step in steps:
        step.perform()


class EnrolmentCase(SynchronousTestCase):
    """
    Tests with a configuration directory.
    """

    def setUp(self) -> None:
        """
        Make a directory.
        """
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir()
        self.before = tree(self.directory)

    def enroll(self, subject: Subject = SUBJECT, owner: Ownership | None = None) -> list[Step]:
        """
        Enroll and return what was done.
        """
        steps = enrolSteps(subject, str(self.directory), owner or Ownership())
        perform(steps)
        return steps

    def unenroll(self, subject: Subject = SUBJECT) -> list[str]:
        """
        Unenroll and return the messages about what is left.
        """
        steps, notes = unenrolSteps(subject, str(self.directory))
        perform(steps)
        return [note.id for note in notes]

    def path(self, *parts: str) -> Path:
        """
        Return a path in the file pool.
        """
        return self.directory.joinpath(POOL, *parts)

    def refused(self, subject: Subject = SUBJECT) -> str:
        """
        Return the message with which ENROLL refuses, and that it changed nothing.
        """
        before = tree(self.directory)
        error = self.assertRaises(OperatorError, enrolSteps, subject, str(self.directory), Ownership())
        self.assertEqual(tree(self.directory), before)
        return str(error.said.id)


class EnrollTests(EnrolmentCase):
    """
    ENROLL.
    """

    def test_made(self) -> None:
        """
        Each member has a work space with an alias to the common profile, with exact modes whatever the umask is.
        """
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        self.enroll()
        found = tree(self.directory / POOL)
        modes = {name: stat.S_IMODE(mode) for name, (mode, _) in found.items() if not stat.S_ISLNK(mode)}
        common = "TCPMAINT.SSLPOOL_SSL"
        self.assertEqual(
            modes,
            {common: 0o750, f"{common}/PROFILE.EXEC": 0o640, "TCPMAINT.SSL00001": 0o750, "TCPMAINT.SSL00002": 0o750},
        )
        self.assertEqual(stat.S_IMODE(self.path().stat().st_mode), 0o755)
        for member in ("TCPMAINT.SSL00001", "TCPMAINT.SSL00002"):
            self.assertEqual(os.readlink(self.path(member, "PROFILE.EXEC")), f"../{common}/PROFILE.EXEC")
            self.assertTrue(self.path(member, "PROFILE.EXEC").samefile(self.path(common, "PROFILE.EXEC")))

    def test_again(self) -> None:
        """
        A second run has nothing to do; a larger count only what is new.
        """
        self.enroll()
        self.assertEqual(enrolSteps(SUBJECT, str(self.directory), Ownership()), [])
        texts = [step.said.id for step in self.enroll(evolve(SUBJECT, count=3))]
        self.assertEqual(texts, ["SSLP520I", "SSLP522I"])

    @settings(max_examples=30)
    @given(st.data())
    def test_halfDone(self, data: st.DataObject) -> None:
        """
        A run that ended anywhere is completed by another: the outcome is the same.
        """
        if not hasattr(self, "whole"):
            self.enroll()
            self.whole = tree(self.directory)
        directory = Path(self.mktemp()).resolve()
        directory.mkdir()
        steps = enrolSteps(SUBJECT, str(directory), Ownership())
        done = data.draw(st.integers(0, len(steps)))
        perform(steps[:done])
        rest = enrolSteps(SUBJECT, str(directory), Ownership())
        self.assertEqual([each.said for each in rest], [each.said for each in steps[done:]])
        perform(rest)
        self.assertEqual(tree(directory), self.whole)

    def test_halfWritten(self) -> None:
        """
        A profile that was not written to its end is not taken for whole.
        """
        self.path("TCPMAINT.SSLPOOL_SSL").mkdir(parents=True)
        self.path("TCPMAINT.SSLPOOL_SSL", "PROFILE.EXEC.new").write_text("/* PRO")
        self.enroll()
        self.assertEqual([path.name for path in self.path("TCPMAINT.SSLPOOL_SSL").iterdir()], ["PROFILE.EXEC"])

    def test_own(self) -> None:
        """
        A common profile that has been changed stays as it is.
        """
        self.enroll()
        self.path("TCPMAINT.SSLPOOL_SSL", "PROFILE.EXEC").write_text("mine")
        self.assertEqual(self.enroll(), [])

    def test_path(self) -> None:
        """
        A file pool that is a path must be there, and is used as it is.
        """
        pool = self.directory / "elsewhere"
        subject = evolve(SUBJECT, filePool=str(pool))
        self.assertEqual(self.refused(subject), "SSLP527E")
        pool.mkdir()
        self.enroll(subject)
        self.assertTrue((pool / "TCPMAINT.SSL00002" / "PROFILE.EXEC").is_file())
        self.assertEqual(self.unenroll(subject), [])
        self.assertEqual(list(pool.iterdir()), [])

    def test_inTheWay(self) -> None:
        """
        What SSLPOOL has not made is not touched, and nothing at all is done.
        """
        self.path().mkdir(parents=True)
        self.path("TCPMAINT.SSL00002").write_text("")
        self.assertEqual(self.refused(), "SSLP525E")
        self.path("TCPMAINT.SSL00002").unlink()
        self.path("TCPMAINT.SSL00002").symlink_to("/tmp")
        self.assertEqual(self.refused(), "SSLP525E")
        self.path("TCPMAINT.SSL00002").unlink()
        self.path("TCPMAINT.SSL00002").mkdir()
        self.path("TCPMAINT.SSL00002", "PROFILE.EXEC").symlink_to("elsewhere")
        self.assertEqual(self.refused(), "SSLP525E")

    def test_refusedBySystem(self) -> None:
        """
        What the system refuses is a message with its reason.
        """
        (self.directory / "filepool").write_text("")
        self.assertEqual(self.refused(), "SSLP525E")
        (self.directory / "filepool").unlink()
        steps = enrolSteps(SUBJECT, str(self.directory), Ownership())
        error = self.assertRaises(OperatorError, steps[-1].perform)
        self.assertEqual(error.said.id, "SSLP526E")
        self.assertIn("No such file or directory", str(error))


class OwnerTests(EnrolmentCase):
    """
    Whom the work spaces belong to.
    """

    def test_notRoot(self) -> None:
        """
        Only root can give away; others do not try.
        """
        self.patch(os, "geteuid", lambda: 1000)
        self.assertEqual(ownership(Machine(uid=0, gid=0), "SSL"), Ownership())

    def test_known(self) -> None:
        """
        User and group of POSIXINFO count where the system knows them.
        """
        self.patch(os, "geteuid", lambda: 0)
        self.assertEqual(ownership(Machine(uid=0, group="root"), "SSL"), Ownership(0, 0))
        self.assertEqual(ownership(Machine(uid=0, gid=0), "SSL"), Ownership(0, 0))
        self.assertEqual(ownership(Machine(), "SSL"), Ownership())

    def test_unknown(self) -> None:
        """
        Those that it does not know are said, and left out.
        """
        self.patch(os, "geteuid", lambda: 0)
        owner = ownership(Machine(uid=987654321, group="no-such-group"), "SSL")
        self.assertEqual((owner.uid, owner.gid), (-1, -1))
        self.assertEqual([note.id for note in owner.notes], ["SSLP524W", "SSLP524W"])

    def test_given(self) -> None:
        """
        Spaces and profile are made as the servers', and those that are not yet theirs are given to them.
        """
        if os.geteuid() != 0:
            raise SkipTest("only root can give files away")
        self.enroll()
        texts = [step.said.id for step in self.enroll(owner=Ownership(7, 8))]
        self.assertEqual(texts, ["SSLP523I"] * 4)
        self.enroll(evolve(SUBJECT, count=3), Ownership(7, 8))
        for path in self.path().iterdir():
            self.assertEqual((path.stat().st_uid, path.stat().st_gid), (7, 8), path)
        self.assertEqual(self.path("TCPMAINT.SSLPOOL_SSL", "PROFILE.EXEC").stat().st_uid, 7)


class UnenrollTests(EnrolmentCase):
    """
    UNENROLL.
    """

    def test_roundTrip(self) -> None:
        """
        Everything that ENROLL made is gone.
        """
        self.enroll()
        self.assertEqual(self.unenroll(), [])
        self.assertEqual(tree(self.directory), self.before)

    def test_never(self) -> None:
        """
        Without an enrolment there is nothing to do.
        """
        self.assertEqual(unenrolSteps(SUBJECT, str(self.directory)), ([], []))

    @settings(max_examples=20)
    @given(st.integers(0, 8))
    def test_halfDone(self, done: int) -> None:
        """
        What a run of ENROLL that did not end has made is gone as well.
        """
        perform(enrolSteps(SUBJECT, str(self.directory), Ownership())[:done])
        self.assertEqual(self.unenroll(), [])
        self.assertEqual(tree(self.directory), self.before)

    def test_logs(self) -> None:
        """
        A work space with other files keeps them; so does everything around it.
        """
        self.enroll()
        self.path("TCPMAINT.SSL00001", "trace.log").write_text("x")
        self.assertEqual(self.unenroll(), ["SSLP531W"])
        self.assertEqual([path.name for path in self.path("TCPMAINT.SSL00001").iterdir()], ["trace.log"])
        self.assertTrue(self.path("TCPMAINT.SSLPOOL_SSL", "PROFILE.EXEC").exists())
        self.path("TCPMAINT.SSL00001", "trace.log").unlink()
        self.assertEqual(self.unenroll(), [])
        self.assertEqual(tree(self.directory), self.before)

    def test_changed(self) -> None:
        """
        A common profile that has been changed is left, as is an alias that leads elsewhere.
        """
        self.enroll()
        self.path("TCPMAINT.SSLPOOL_SSL", "PROFILE.EXEC").write_text("mine")
        self.path("TCPMAINT.SSL00001", "PROFILE.EXEC").unlink()
        self.path("TCPMAINT.SSL00001", "PROFILE.EXEC").symlink_to("elsewhere")
        self.assertEqual(self.unenroll(), ["SSLP532W", "SSLP531W"])
        self.path("TCPMAINT.SSL00001", "PROFILE.EXEC").unlink()
        self.assertEqual(self.unenroll(), ["SSLP532W", "SSLP531W"])
        self.assertEqual(self.path("TCPMAINT.SSLPOOL_SSL", "PROFILE.EXEC").read_text(), "mine")

    def test_otherPool(self) -> None:
        """
        The spaces of another pool in the same file pool are not touched.
        """
        other = evolve(SUBJECT, prefix="STS")
        self.enroll(other)
        before = tree(self.directory)
        self.enroll()
        self.assertEqual(self.unenroll(), [])
        self.assertEqual(tree(self.directory), before)

    def test_some(self) -> None:
        """
        While other members are enrolled, what they share stays.
        """
        self.enroll(evolve(SUBJECT, count=3))
        self.assertEqual(self.unenroll(), [])
        self.assertEqual(
            [path.name for path in sorted(self.path().iterdir())], ["TCPMAINT.SSL00003", "TCPMAINT.SSLPOOL_SSL"]
        )

    def test_notADirectory(self) -> None:
        """
        What is no directory is left.
        """
        self.path().mkdir(parents=True)
        self.path("TCPMAINT.SSL00001").write_text("")
        self.assertEqual(self.unenroll(), ["SSLP532W"])
        self.assertTrue(self.path("TCPMAINT.SSL00001").exists())


class FindingTests(EnrolmentCase):
    """
    What start-up finds.
    """

    def setUp(self) -> None:
        """
        Make a configuration of two servers.
        """
        super().setUp()
        for name, text in sections(SUBJECT, sized(2), None).items():
            (self.directory / name).write_text(text)

    def found(self) -> list[str]:
        """
        Return the texts of what is found about the enrolment.
        """
        assembly = loadConfiguration(str(self.directory), None)
        self.assertIsNotNone(assembly.configuration)
        return [str(each) for each in assembly.findings if each.said.id.startswith("SSLP54")]

    def test_none(self) -> None:
        """
        Without an enrolment there is one finding, at C{:vmlink.}, with the command to type.
        """
        [text] = self.found()
        self.assertTrue(text.startswith("SYSTEM.DTCPARMS:12: SSLP540W "), text)
        self.assertIn("SSL00001, SSL00002", text)
        self.assertTrue(text.endswith("sslpool enroll VMSYS TCPMAINT SSL TCPIP 2"), text)

    def test_enrolled(self) -> None:
        """
        An enrolment is no finding.
        """
        self.enroll()
        self.assertEqual(self.found(), [])

    def test_alias(self) -> None:
        """
        An alias that is missing or leads elsewhere is a finding, and one that leads nowhere is too.
        """
        self.enroll()
        self.path("TCPMAINT.SSL00002", "PROFILE.EXEC").unlink()
        [text] = self.found()
        self.assertIn("SSLP541W Without alias PROFILE.EXEC to the common profile: SSL00002.", text)
        self.enroll()
        self.path("TCPMAINT.SSLPOOL_SSL", "PROFILE.EXEC").unlink()
        [text] = self.found()
        self.assertIn("SSL00001, SSL00002", text)

    def test_many(self) -> None:
        """
        Of many members the first are named, and how many more there are.
        """
        text = (self.directory / "USER.DIRECT").read_text()
        (self.directory / "USER.DIRECT").write_text(text.replace("HIGH 2", "HIGH 200"))
        [found] = self.found()
        self.assertIn("SSL00004 and 196 more", found)

    def test_forbidden(self) -> None:
        """
        A file pool that may not be looked at is said to be one, not to be empty.
        """

        def refuse(path: str) -> os.stat_result:
            raise PermissionError(13, "Permission denied", path)

        configuration = loadConfiguration(str(self.directory), None).configuration
        assert configuration is not None
        self.patch(os, "stat", refuse)
        [finding] = enrolmentFindings(configuration, str(self.directory))
        self.assertEqual(finding.said.id, "SSLP542W")
        self.assertIn("Permission denied", finding.said.text)
