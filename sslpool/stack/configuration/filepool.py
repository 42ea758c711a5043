# -*- test-case-name: tests.commands.pool.test_enrolment -*-
"""
A file pool with the work spaces of a pool's members, and what start-up looks for in it.  Used by
C{sslpool}, and in the stack process where it reads its configuration.

A file pool is a directory, C{filepool/NAME} in the configuration directory unless it is given as a
path.  In it are C{OWNER.SSLPOOL_PREFIX} with the profile that all members share, and a work space
C{OWNER.MEMBER} for each of them with an alias (a symbolic link) to that profile.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from attrs import field, frozen

from sslpool.config.configuration import Configuration, WorkSpaces
from sslpool.messages import Finding, Said, finding, operatorError
from sslpool.planning.subject import Subject

FOLDER = "filepool"
PROFILE = "PROFILE.EXEC"

_PROFILE_TEXT = """\
/* PROFILE EXEC - common to all SSL servers of pool {prefix}*.              */
/* Every member's own PROFILE EXEC is an alias to this file, made by ENROLL. */
'EXEC TCPRUN'
"""
#: How many names a message has at most.
_SHOWN = 4


@frozen
class Step:
    """
    Something that is to be done.

    @ivar said: the message about it, the same before and after.
    @ivar perform: does it.
    """

    said: Said
    perform: Callable[[], None] = field(repr=False, eq=False)


@frozen
class FilePool:
    """
    The place of a pool's work spaces.

    @ivar spaces: which spaces.
    @ivar directory: the configuration directory.
    """

    spaces: WorkSpaces
    directory: str

    @property
    def named(self) -> bool:
        """
        Whether it is one of this configuration directory, made and removed with its spaces.
        """
        return not self.spaces.filePool.startswith("/")

    @property
    def path(self) -> str:
        """
        The directory of the file pool.
        """
        if not self.named:
            return self.spaces.filePool
        return os.path.join(os.path.abspath(self.directory), FOLDER, self.spaces.filePool)

    @property
    def common(self) -> str:
        """
        The directory that the members share.
        """
        return os.path.join(self.path, self.spaces.common)

    @property
    def profile(self) -> str:
        """
        The profile that the members share.
        """
        return os.path.join(self.common, PROFILE)

    @property
    def target(self) -> str:
        """
        What an alias leads to, as seen from a work space.
        """
        return os.path.join("..", self.spaces.common, PROFILE)

    def space(self, userid: str) -> str:
        """
        Return the directory of a member's own space.
        """
        return os.path.join(self.path, self.spaces.member(userid))

    def alias(self, userid: str) -> str:
        """
        Return the path of a member's alias.
        """
        return os.path.join(self.space(userid), PROFILE)

    def folders(self) -> list[str]:
        """
        Return the directories that begin and end with the spaces, outermost first.
        """
        return [os.path.dirname(self.path), self.path] if self.named else []

    def enrolled(self) -> list[str]:
        """
        Return the directories of this pool that there are, the common one first.
        """
        if not os.path.isdir(self.path):
            return []
        form = re.compile(re.escape(self.spaces.member(self.spaces.prefix)) + "[0-9]{5}")
        with changing(self.path):
            names = sorted(name for name in os.listdir(self.path) if form.fullmatch(name))
        every = [self.common, *(os.path.join(self.path, name) for name in names)]
        return [path for path in every if kind(path) == "a directory"]

    def profileText(self) -> bytes:
        """
        Return the common profile as it is made.
        """
        return _PROFILE_TEXT.format(prefix=self.spaces.prefix).encode("ascii")


def enrolmentFindings(configuration: Configuration, directory: str) -> list[Finding]:
    """
    Return what is missing of the enrollment that C{:vmlink.} asks for; start-up and C{sslpool check} both look here.
    """
    spaces = configuration.workSpaces
    if spaces is None:
        return []
    pool = FilePool(spaces, directory)
    try:
        profiled = _isThere(pool.profile, stat.S_ISREG)
        homeless = [userid for userid in configuration.members if not _isThere(pool.space(userid), stat.S_ISDIR)]
        others = [userid for userid in configuration.members if userid not in homeless]
        without = [userid for userid in others if not (profiled and isAlias(pool.alias(userid), pool.target))]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        place = spaces.position
        return [finding("SSLP542W", place.file, place.line, filePool=spaces.filePool, reason=reason)]
    return _missing(configuration, spaces, homeless, without)


def _missing(
    configuration: Configuration, spaces: WorkSpaces, homeless: list[str], without: list[str]
) -> list[Finding]:
    place = spaces.position
    count = configuration.poolHigh
    subject = Subject(spaces.filePool, spaces.owner, spaces.prefix, configuration.stack, count)
    command = subject.command("enroll")
    found = []
    if homeless:
        fields = {"filePool": spaces.filePool, "members": listed(homeless), "command": command}
        found.append(finding("SSLP540W", place.file, place.line, **fields))
    if without:
        fields = {"alias": PROFILE, "members": listed(without), "command": command}
        found.append(finding("SSLP541W", place.file, place.line, **fields))
    return found


def _isThere(path: str, test: Callable[[int], bool]) -> bool:
    try:
        return test(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def kind(path: str) -> str:
    """
    Return what C{path} is, as the operator would say it; empty where there is nothing.

    @raise sslpool.messages.OperatorError: SSLP526E it cannot be looked at.
    """
    with changing(path):
        try:
            mode = os.lstat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return ""
    names = ((stat.S_ISDIR, "a directory"), (stat.S_ISREG, "a file"), (stat.S_ISLNK, "a symbolic link"))
    return next((name for test, name in names if test(mode)), "something else")


def isAlias(path: str, target: str) -> bool:
    """
    Whether C{path} is an alias as ENROLL makes it.
    """
    try:
        return os.readlink(path) == target
    except OSError as error:
        if isinstance(error, PermissionError):
            raise
        return False


@contextmanager
def changing(path: str) -> Iterator[None]:
    """
    Turn what the operating system says about C{path} into a message.

    @raise sslpool.messages.OperatorError: SSLP526E.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise operatorError("SSLP526E", path=path, reason=reason) from error


def listed(names: Iterable[str]) -> str:
    """
    Return names as a message lists them: the first ones, and how many more there are.
    """
    every = list(names)
    return ", ".join(every[:_SHOWN]) + (f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else "")
