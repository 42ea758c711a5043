# -*- test-case-name: tests.commands.pool.test_accesslists -*-
"""
Access of single users to the work spaces of a pool: what SETAUTH grants and DELAUTH withdraws, in
the access control lists of the files.  Used by C{sslpool}.
"""

from __future__ import annotations

import errno
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from sslpool.config.values import upperCase
from sslpool.messages import operatorError, said
from sslpool.planning.access import EXECUTE, READ, WRITE, AccessList
from sslpool.planning.subject import Subject
from sslpool.stack.configuration.filepool import FilePool, Step, changing, kind

ACCESS = "system.posix_acl_access"
#: What files made later in a directory begin with.
DEFAULT = "system.posix_acl_default"

_CHANGE = READ | WRITE
_ENTER = READ | WRITE | EXECUTE


def localUser(userid: str) -> pwd.struct_passwd:
    """
    Return the local user whose login name in upper case is C{userid}.

    @raise sslpool.messages.OperatorError: SSLP537E, there is none.
    """
    for name in (userid.lower(), userid):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    found = next((entry for entry in pwd.getpwall() if upperCase(entry.pw_name) == userid), None)
    if found is None:
        raise operatorError("SSLP537E", userid=userid)
    return found


def authoritySteps(subject: Subject, directory: str, grant: bool) -> list[Step]:
    """
    Return what is left to do to grant a user access to the spaces of a pool, or to withdraw it.

    @raise sslpool.messages.OperatorError: SSLP537E no such user, SSLP539E no such spaces, SSLP538E
        the file system has no access control lists, SSLP526E they cannot be read.
    """
    user = localUser(subject.userid)
    pool = FilePool(subject.spaces, directory)
    spaces = pool.enrolled()
    if not spaces:
        nick, filePool = subject.nick, subject.filePool
        raise operatorError("SSLP539E", filePool=filePool, owner=subject.owner, pool=nick)
    paths = [path for space in spaces for path in _within(space)]
    return [step for path in paths for step in _steps(path, user.pw_uid, user.pw_name, grant)]


def _within(space: str) -> Iterator[str]:
    """
    Yield a directory and the files and directories in it, but no links: their targets are elsewhere.
    """
    for path, folders, files in os.walk(space):
        folders.sort()
        yield path
        for name in sorted(files):
            if kind(os.path.join(path, name)) == "a file":
                yield os.path.join(path, name)


def _steps(path: str, uid: int, name: str, grant: bool) -> Iterator[Step]:
    with _opened(path) as descriptor:
        if all(after == before for before, after in _changes(descriptor, uid, grant).values()):
            return
    text = said("SSLP535I" if grant else "SSLP536I", path=path, user=name)
    yield Step(text, lambda: _perform(path, uid, grant))


def _perform(path: str, uid: int, grant: bool) -> None:
    with _opened(path) as descriptor:
        for attribute, (before, after) in _changes(descriptor, uid, grant).items():
            if after == before:
                continue
            if after is None:
                os.removexattr(descriptor, attribute)
            else:
                os.setxattr(descriptor, attribute, after.pack())


def _changes(descriptor: int, uid: int, grant: bool) -> dict[str, tuple[AccessList | None, AccessList | None]]:
    """
    Return each list of a file as it is and as it is to be; C{None} is none.
    """
    mode = os.fstat(descriptor).st_mode
    access = _read(descriptor, ACCESS) or AccessList.ofMode(mode)
    if not stat.S_ISDIR(mode):
        return {ACCESS: (access, _changed(access, uid, _CHANGE, grant))}
    default = _read(descriptor, DEFAULT)
    later = _changed(default or access.basic, uid, _ENTER, grant)
    # What says no more than the mode was not there before SETAUTH.
    kept = None if not grant and (default is None or (later.minimal and not default.minimal)) else later
    return {ACCESS: (access, _changed(access, uid, _ENTER, grant)), DEFAULT: (default, kept)}


def _changed(before: AccessList, uid: int, permissions: int, grant: bool) -> AccessList:
    if grant:
        return before if before.allows(uid, permissions) else before.granting(uid, permissions)
    return before.without(uid) if before.names(uid) else before


def _read(descriptor: int, attribute: str) -> AccessList | None:
    try:
        return AccessList.parse(os.getxattr(descriptor, attribute))
    except OSError as error:
        if error.errno == errno.ENODATA:
            return None
        raise


@contextmanager
def _opened(path: str) -> Iterator[int]:
    """
    Open a file in order to look at it, whatever has been put in its place meanwhile.
    """
    try:
        with changing(path):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    except OSError as error:
        messageId = "SSLP538E" if error.errno == errno.EOPNOTSUPP else "SSLP526E"
        raise operatorError(messageId, path=path, reason=error.strerror) from error
    except ValueError as error:
        raise operatorError("SSLP526E", path=path, reason=error) from error
