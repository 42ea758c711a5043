# -*- test-case-name: tests.commands.pool.test_enrolment -*-
"""
ENROLL and UNENROLL: makes the work spaces of a pool's members, and takes away what it has made.  Used by C{sslpool}.
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import field, frozen

from sslpool.config.configuration import Machine
from sslpool.messages import Said, operatorError, said
from sslpool.planning.subject import Subject
from sslpool.stack.configuration.filepool import FilePool, Step, changing, isAlias, kind, listed

#: What the name of the profile ends with until it is whole.
DRAFT = ".new"
#: Of the file pool's directory: the spaces in it are closed, their names are no secret.
POOL_MODE = 0o755
SPACE_MODE = 0o750
PROFILE_MODE = 0o640


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
    notes: tuple[Said, ...] = ()

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
            notes.append(said("SSLP524W", what=f"UID {machine.uid}", userid=userid))
    if machine.gid is not None or machine.group is not None:
        try:
            entry = grp.getgrnam(machine.group) if machine.gid is None else grp.getgrgid(machine.gid)  # type: ignore[arg-type]
            gid = entry.gr_gid
        except KeyError:
            what = f"GNAME {machine.group}" if machine.gid is None else f"GID {machine.gid}"
            notes.append(said("SSLP524W", what=what, userid=userid))
    return Ownership(uid, gid, tuple(notes))


def enrolSteps(subject: Subject, directory: str, owner: Ownership) -> list[Step]:
    """
    Return what is left to do for the enrollment of a pool's members.

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
        yield Step(said("SSLP520I", path=path, mode=f"{mode:o}"), lambda: _makeDirectory(path, mode, owner))
    elif found != "a directory":
        raise operatorError("SSLP525E", path=path, found=found, expected="a directory")
    else:
        yield from _given(path, owner)


def _given(path: str, owner: Ownership) -> Iterator[Step]:
    if owner.missing(path):
        uid, gid = (each if each != -1 else "as before" for each in (owner.uid, owner.gid))
        yield Step(said("SSLP523I", path=path, uid=uid, gid=gid), lambda: _giveAway(path, owner))


def _profile(pool: FilePool, owner: Ownership) -> Iterator[Step]:
    path = pool.profile
    found = kind(path)
    if not found:
        text = said("SSLP521I", path=path, mode=f"{PROFILE_MODE:o}")
        yield Step(text, lambda: _makeFile(path, pool.profileText(), PROFILE_MODE, owner))
    elif found != "a file":
        raise operatorError("SSLP525E", path=path, found=found, expected="the common profile")
    else:
        yield from _given(path, owner)


def _alias(pool: FilePool, userid: str) -> Iterator[Step]:
    path, target = pool.alias(userid), pool.target
    found = kind(path)
    if not found:
        yield Step(said("SSLP522I", path=path, target=target), lambda: _makeAlias(path, target))
    elif not isAlias(path, target):
        expected = f"an alias to {target}"
        raise operatorError("SSLP525E", path=path, found=found, expected=expected)


def unenrolSteps(subject: Subject, directory: str) -> tuple[list[Step], list[Said]]:
    """
    Return what is left to do to undo an enrollment, and messages about what is left as it is since
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
    notes: list[Said] = field(factory=list)
    removed: set[str] = field(factory=set)

    def file(self, path: str, ours: bool) -> None:
        """
        Remove a file or alias if it is C{ours}.
        """
        if ours:
            self._remove(path, os.unlink)
        elif kind(path):
            self.notes.append(said("SSLP532W", path=path))

    def directory(self, path: str, silently: bool = False) -> None:
        """
        Remove a directory that has nothing but what is removed before it.

        @param silently: do not say so where that is not the case.
        """
        found = kind(path)
        if not found:
            return
        if found != "a directory":
            self.notes.append(said("SSLP532W", path=path))
            return
        with changing(path):
            rest = [name for name in sorted(os.listdir(path)) if os.path.join(path, name) not in self.removed]
        if not rest:
            self._remove(path, os.rmdir)
        elif not silently:
            self.notes.append(said("SSLP531W", path=path, found=listed(rest)))

    def _remove(self, path: str, remove: Callable[[str], None]) -> None:
        def perform() -> None:
            with changing(path):
                remove(path)

        self.removed.add(path)
        self.steps.append(Step(said("SSLP530I", path=path), perform))


def _isProfile(pool: FilePool) -> bool:
    """
    Whether the common profile is as ENROLL makes it.
    """
    if kind(pool.profile) != "a file":
        return False
    with changing(pool.profile), open(pool.profile, "rb") as file:
        return file.read(len(pool.profileText()) + 1) == pool.profileText()


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
