# -*- test-case-name: tests.stack.test_enrolment -*-
"""
The work spaces of a pool's members in a file pool: what ENROLL makes, UNENROLL takes away, and
start-up looks for.  Used by C{sslpool}, and in the stack process where it reads its configuration.

A file pool is a directory, C{filepool/NAME} in the configuration directory unless it is given as a
path.  In it are C{OWNER.SSLPOOL_PREFIX} with the profile that all members share, and a work space
C{OWNER.MEMBER} for each of them with an alias (a symbolic link) to that profile.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from attrs import field, frozen

from sslpool.config.configuration import Configuration, Machine, WorkSpaces
from sslpool.messages import Finding, finding, operatorError, render
from sslpool.planning.subject import Subject

FOLDER = "filepool"
PROFILE = "PROFILE.EXEC"
#: What the name of the profile ends with until it is whole.
DRAFT = ".new"
#: Of the file pool's directory: the spaces in it are closed, their names are no secret.
POOL_MODE = 0o755
SPACE_MODE = 0o750
PROFILE_MODE = 0o640

_PROFILE_TEXT = """\
/* PROFILE EXEC - common to all SSL servers of pool {prefix}*.              */
/* Every member's own PROFILE EXEC is an alias to this file, made by ENROLL. */
'EXEC TCPRUN'
"""
_SHOWN = 4


@frozen
class Step:
    """
    Something that is to be done.

    @ivar text: the message about it, the same before and after.
    @ivar perform: does it.
    """

    text: str
    perform: Callable[[], None] = field(repr=False, eq=False)


@frozen
class Ownership:
    """
    Whom work spaces belong to; -1 is whoever makes them.

    @ivar uid: the user id.
    @ivar gid: the group id.
    @ivar notes: messages about what is not known to this system.
    """

    uid: int = -1
    gid: int = -1
    notes: tuple[str, ...] = ()

    def missing(self, path: str) -> bool:
        """
        Whether C{path} belongs to somebody else.
        """
        status = os.lstat(path)
        return self.uid not in (-1, status.st_uid) or self.gid not in (-1, status.st_gid)


def ownership(machine: Machine, userid: str) -> Ownership:
    """
    Return whom the spaces of servers with this directory entry belong to.  Only root can give away.
    """
    if os.geteuid() != 0:
        return Ownership()
    notes = []
    uid, gid = -1, -1
    if machine.uid is not None:
        try:
            uid = pwd.getpwuid(machine.uid).pw_uid
        except KeyError:
            notes.append(render("SSLP524W", what=f"UID {machine.uid}", userid=userid))
    if machine.gid is not None or machine.group is not None:
        try:
            entry = grp.getgrnam(machine.group) if machine.gid is None else grp.getgrgid(machine.gid)  # type: ignore[arg-type]
            gid = entry.gr_gid
        except KeyError:
            what = f"GNAME {machine.group}" if machine.gid is None else f"GID {machine.gid}"
            notes.append(render("SSLP524W", what=what, userid=userid))
    return Ownership(uid, gid, tuple(notes))


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


def enrolSteps(subject: Subject, directory: str, owner: Ownership) -> list[Step]:
    """
    Return what is left to do for the enrolment of a pool's members.

    @raise sslpool.messages.OperatorError: SSLP525E something else stands in the way, SSLP527E there
        is no such file pool, SSLP526E it cannot be looked at.
    """
    pool = FilePool(subject.spaces, directory)
    if not pool.named and not os.path.isdir(pool.path):
        raise operatorError("SSLP527E", path=pool.path)
    steps = [step for path in pool.folders() for step in _directory(path, POOL_MODE, Ownership())]
    steps += _directory(pool.common, SPACE_MODE, owner)
    steps += _profile(pool, owner)
    for userid in subject.members:
        steps += _directory(pool.space(userid), SPACE_MODE, owner)
        steps += _alias(pool, userid)
    return steps


def _directory(path: str, mode: int, owner: Ownership) -> Iterator[Step]:
    found = kind(path)
    if not found:
        yield Step(render("SSLP520I", path=path, mode=f"{mode:o}"), lambda: _makeDirectory(path, mode, owner))
    elif found != "a directory":
        raise operatorError("SSLP525E", path=path, found=found, expected="a directory")
    else:
        yield from _given(path, owner)


def _given(path: str, owner: Ownership) -> Iterator[Step]:
    if owner.missing(path):
        uid, gid = (each if each != -1 else "as before" for each in (owner.uid, owner.gid))
        yield Step(render("SSLP523I", path=path, uid=uid, gid=gid), lambda: _giveAway(path, owner))


def _profile(pool: FilePool, owner: Ownership) -> Iterator[Step]:
    path = pool.profile
    found = kind(path)
    if not found:
        text = render("SSLP521I", path=path, mode=f"{PROFILE_MODE:o}")
        yield Step(text, lambda: _makeFile(path, pool.profileText(), PROFILE_MODE, owner))
    elif found != "a file":
        raise operatorError("SSLP525E", path=path, found=found, expected="the common profile")
    else:
        yield from _given(path, owner)


def _alias(pool: FilePool, userid: str) -> Iterator[Step]:
    path, target = pool.alias(userid), pool.target
    found = kind(path)
    if not found:
        yield Step(render("SSLP522I", path=path, target=target), lambda: _makeAlias(path, target))
    elif not isAlias(path, target):
        expected = f"an alias to {target}"
        raise operatorError("SSLP525E", path=path, found=found, expected=expected)


def unenrolSteps(subject: Subject, directory: str) -> tuple[list[Step], list[str]]:
    """
    Return what is left to do to undo an enrolment, and messages about what is left as it is since
    ENROLL did not make it.

    @raise sslpool.messages.OperatorError: SSLP526E it cannot be looked at.
    """
    removal = Removal()
    pool = FilePool(subject.spaces, directory)
    for userid in subject.members:
        if kind(pool.space(userid)) == "a directory":
            removal.file(pool.alias(userid), isAlias(pool.alias(userid), pool.target))
        removal.directory(pool.space(userid))
    if all(path == pool.common or path in removal.removed for path in pool.enrolled()):
        removal.file(pool.profile, _isProfile(pool))
        removal.file(pool.profile + DRAFT, kind(pool.profile + DRAFT) == "a file")
        removal.directory(pool.common)
    # Other pools may have spaces here; that is nothing to be remarked upon.
    for path in reversed(pool.folders()):
        removal.directory(path, silently=True)
    return removal.steps, removal.notes


@frozen
class Removal:
    """
    What is to be removed, innermost first.

    @ivar steps: the steps.
    @ivar notes: messages about what is left.
    @ivar removed: the paths that will be gone.
    """

    steps: list[Step] = field(factory=list)
    notes: list[str] = field(factory=list)
    removed: set[str] = field(factory=set)

    def file(self, path: str, ours: bool) -> None:
        """
        Remove a file or alias if it is C{ours}.
        """
        if ours:
            self._remove(path, os.unlink)
        elif kind(path):
            self.notes.append(render("SSLP532W", path=path))

    def directory(self, path: str, silently: bool = False) -> None:
        """
        Remove a directory that has nothing but what is removed before it.

        @param silently: do not say so where that is not the case.
        """
        found = kind(path)
        if not found:
            return
        if found != "a directory":
            self.notes.append(render("SSLP532W", path=path))
            return
        with changing(path):
            rest = [name for name in sorted(os.listdir(path)) if os.path.join(path, name) not in self.removed]
        if not rest:
            self._remove(path, os.rmdir)
        elif not silently:
            self.notes.append(render("SSLP531W", path=path, found=_listed(rest)))

    def _remove(self, path: str, remove: Callable[[str], None]) -> None:
        def perform() -> None:
            with changing(path):
                remove(path)

        self.removed.add(path)
        self.steps.append(Step(render("SSLP530I", path=path), perform))


def enrolmentFindings(configuration: Configuration, directory: str) -> list[Finding]:
    """
    Return what is missing of the enrolment that C{:vmlink.} asks for; start-up and C{sslpool check}
    both look here.
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
        fields = {"filePool": spaces.filePool, "members": _listed(homeless), "command": command}
        found.append(finding("SSLP540W", place.file, place.line, **fields))
    if without:
        fields = {"alias": PROFILE, "members": _listed(without), "command": command}
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


def _isProfile(pool: FilePool) -> bool:
    """
    Whether the common profile is as ENROLL makes it.
    """
    if kind(pool.profile) != "a file":
        return False
    with changing(pool.profile), open(pool.profile, "rb") as file:
        return file.read(len(pool.profileText()) + 1) == pool.profileText()


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


@contextmanager
def _exactMode() -> Iterator[None]:
    """
    Files are made with the very mode that is asked for.
    """
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def _makeDirectory(path: str, mode: int, owner: Ownership) -> None:
    with changing(path):
        with _exactMode():
            os.mkdir(path, mode)
        os.chown(path, owner.uid, owner.gid, follow_symlinks=False)


def _makeFile(path: str, content: bytes, mode: int, owner: Ownership) -> None:
    """
    Make a file that is whole, with its final mode and owner, or not there.
    """
    draft = path + DRAFT
    with changing(path):
        if os.path.lexists(draft):
            os.unlink(draft)
        with _exactMode():
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchown(descriptor, owner.uid, owner.gid)
            file.write(content)
        os.link(draft, path)
        os.unlink(draft)


def _makeAlias(path: str, target: str) -> None:
    with changing(path):
        os.symlink(target, path)


def _giveAway(path: str, owner: Ownership) -> None:
    with changing(path):
        os.chown(path, owner.uid, owner.gid, follow_symlinks=False)


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:_SHOWN]) + (f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else "")
