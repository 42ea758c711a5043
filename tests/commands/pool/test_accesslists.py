"""
Tests for L{sslpool.commands.pool.accesslists}.
"""

from __future__ import annotations

import errno
import os
import pwd
import stat

from attrs import evolve
from twisted.trial.unittest import SkipTest

from sslpool.commands.pool.accesslists import ACCESS, DEFAULT, authoritySteps, localUser
from sslpool.messages import OperatorError
from sslpool.planning.access import AccessList
from tests.commands.pool.test_enrolment import SUBJECT, EnrolmentCase, perform, tree

NAME = "nobody"


class AuthorityTests(EnrolmentCase):
    """
    Tests with an enrolled pool.
    """

    def setUp(self) -> None:
        """
        Enroll; there must be access control lists here.
        """
        super().setUp()
        self.enroll()
        self.subject = evolve(SUBJECT, userid=NAME.upper())
        self.uid = pwd.getpwnam(NAME).pw_uid
        try:
            os.setxattr(self.path(), ACCESS, AccessList.ofMode(0o755).granting(self.uid, 5).pack())
            os.removexattr(self.path(), ACCESS)
        except OSError as error:
            raise SkipTest("the file system has no access control lists") from error

    def lists(self) -> dict[str, dict[str, AccessList]]:
        """
        Return the access control lists of everything in the file pool.
        """
        return {
            str(path.relative_to(self.path())): {
                name: AccessList.parse(os.getxattr(path, name, follow_symlinks=False))
                for name in os.listxattr(path, follow_symlinks=False)
                if name in (ACCESS, DEFAULT)
            }
            for path in sorted(self.path().rglob("*"))
        }

    def steps(self, grant: bool) -> list[str]:
        """
        Grant or withdraw, and return the messages.
        """
        steps = authoritySteps(self.subject, str(self.directory), grant)
        perform(steps)
        return [str(step.said) for step in steps]

    def test_granted(self) -> None:
        """
        The user may read and write the spaces and what is in them, now and later, and nothing else.
        """
        self.path("TCPMAINT.SSL00001", "logs").mkdir()
        self.path("TCPMAINT.SSL00001", "logs", "a.log").write_text("x")
        self.path("OTHER.SSL00001").mkdir()
        self.assertEqual(len(self.steps(True)), 6)
        lists = self.lists()
        for name in ("TCPMAINT.SSLPOOL_SSL", "TCPMAINT.SSL00001", "TCPMAINT.SSL00002", "TCPMAINT.SSL00001/logs"):
            self.assertTrue(lists[name][ACCESS].allows(self.uid, 7), name)
            self.assertTrue(lists[name][DEFAULT].allows(self.uid, 7), name)
        for name in ("TCPMAINT.SSLPOOL_SSL/PROFILE.EXEC", "TCPMAINT.SSL00001/logs/a.log"):
            self.assertTrue(lists[name][ACCESS].allows(self.uid, 6), name)
            self.assertFalse(lists[name][ACCESS].allows(self.uid, 1), name)
        self.assertEqual(lists["OTHER.SSL00001"], {})
        self.assertEqual(lists["TCPMAINT.SSL00001/PROFILE.EXEC"], {})
        self.assertEqual(self.steps(True), [])

    def test_withdrawn(self) -> None:
        """
        DELAUTH leaves everything as it was before SETAUTH, modes too.
        """
        before, lists = tree(self.directory), self.lists()
        self.steps(True)
        self.assertNotEqual(self.lists(), lists)
        self.assertEqual(len(self.steps(False)), 4)
        self.assertEqual(self.lists(), lists)
        self.assertEqual(tree(self.directory), before)
        self.assertEqual(self.steps(False), [])

    def test_two(self) -> None:
        """
        Withdrawing from one user does not take from another, nor from the group.
        """
        self.steps(True)
        self.subject = evolve(self.subject, userid="DAEMON")
        self.steps(True)
        self.steps(False)
        access = self.lists()["TCPMAINT.SSL00001"]
        self.assertTrue(access[ACCESS].allows(self.uid, 7) and access[DEFAULT].allows(self.uid, 7))
        self.assertEqual(access[ACCESS].basic, AccessList.ofMode(0o750))

    def test_enrolledAgain(self) -> None:
        """
        A grant is nothing that ENROLL would put right, and UNENROLL removes it with the spaces.
        """
        self.steps(True)
        self.assertEqual(self.enroll(), [])
        self.assertEqual(self.unenroll(), [])
        self.assertEqual(tree(self.directory), self.before)

    def test_laterMembers(self) -> None:
        """
        A member that is enrolled later needs another SETAUTH, which grants only what is missing.
        """
        self.steps(True)
        self.enroll(evolve(SUBJECT, count=3))
        [text] = self.steps(True)
        self.assertIn("TCPMAINT.SSL00003", text)

    def test_notEnrolled(self) -> None:
        """
        Without work spaces there is nothing to grant access to.
        """
        self.unenroll()
        error = self.assertRaises(OperatorError, authoritySteps, self.subject, str(self.directory), True)
        self.assertEqual(error.said.id, "SSLP539E")

    def test_noLists(self) -> None:
        """
        A file system without access control lists is a message that says so.
        """

        def refuse(descriptor: int, name: str) -> bytes:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")

        self.patch(os, "getxattr", refuse)
        error = self.assertRaises(OperatorError, authoritySteps, self.subject, str(self.directory), True)
        self.assertEqual(error.said.id, "SSLP538E")

    def test_replaced(self) -> None:
        """
        A file that is replaced by a link after it was looked at is not followed.
        """
        victim = self.directory / "victim"
        victim.write_text("")
        victim.chmod(0o600)
        steps = authoritySteps(self.subject, str(self.directory), True)
        profile = self.path("TCPMAINT.SSLPOOL_SSL", "PROFILE.EXEC")
        profile.unlink()
        profile.symlink_to(victim)
        [step] = [step for step in steps if "PROFILE.EXEC" in str(step.said)]
        self.assertEqual(self.assertRaises(OperatorError, step.perform).said.id, "SSLP526E")
        self.assertEqual(stat.S_IMODE(victim.stat().st_mode), 0o600)
        self.assertEqual([name for name in os.listxattr(victim) if name == ACCESS], [])


class UserTests(EnrolmentCase):
    """
    Which local user is meant.
    """

    def test_case(self) -> None:
        """
        A login name in whatever case is found by its user ID.
        """
        self.assertEqual(localUser("ROOT").pw_uid, 0)
        entry = pwd.struct_passwd(("MixedUp", "x", 12, 12, "", "/", ""))
        self.patch(pwd, "getpwall", lambda: [entry])
        self.assertEqual(localUser("MIXEDUP").pw_uid, 12)

    def test_unknown(self) -> None:
        """
        An unknown user is refused.
        """
        self.assertEqual(self.assertRaises(OperatorError, localUser, "NO+SUCH").said.id, "SSLP537E")
