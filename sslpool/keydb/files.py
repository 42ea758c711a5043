# -*- test-case-name: tests.keydb.test_files -*-
"""
Files with their final permissions from the first moment, and reading with
errors that the operator understands.  Any process.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from tempfile import mkstemp

from sslpool.messages import operatorError
from sslpool.reasons import reasonOf

DATABASE_SUFFIX = ".kdb"
STASH_SUFFIX = ".sth"
REQUESTS_SUFFIX = ".rdb"
SHARED = 0o640
"""
Mode of a key database and of its stash: the owner changes, the group of the SSL servers reads.
"""
PRIVATE = 0o600
"""
Mode of a file that only its owner may read.
"""
LARGEST = 1 << 20
"""
More octets than any certificate file has.
"""
LARGEST_LIST = 1 << 24
"""
More octets than the revocation list of a large authority has.
"""


def stashPath(path: str) -> str:
    """
    Return the name of the stash that belongs to the database or PKCS #12 file C{path}.
    """
    return os.path.splitext(path)[0] + STASH_SUFFIX


def requestsPath(path: str) -> str:
    """
    Return the name of the file with the certificate requests of the database C{path}.
    """
    return os.path.splitext(path)[0] + REQUESTS_SUFFIX


def checkReadable(path: str) -> None:
    """
    Find out why C{path} cannot be read, without opening it: closing a file
    drops this process's locks on it, those of SQLite too.

    @raise sslpool.messages.OperatorError: SSLP311E missing, SSLP312E not a regular file, SSLP313E no permission.
    """
    with readingOf(path):
        mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        raise operatorError("SSLP312E", path=path)
    if not os.access(path, os.R_OK, effective_ids=True):
        raise operatorError("SSLP313E", path=path, reason="Permission denied")


def isOpenToAll(path: str) -> bool:
    """
    Whether every user of the machine can read a file: its mode says so, and those of all directories above it.
    """
    try:
        path = os.path.realpath(path)
        if not os.stat(path).st_mode & stat.S_IROTH:
            return False
        while path != (path := os.path.dirname(path)):
            if not os.stat(path).st_mode & stat.S_IXOTH:
                return False
    except OSError:
        return False
    return True


def readFile(path: str, limit: int = LARGEST) -> bytes:
    """
    Return the contents of a small file.

    @param limit: the most octets that it may have.
    @raise sslpool.messages.OperatorError: as L{checkReadable}, or SSLP349E larger than that.
    """
    checkReadable(path)
    with readingOf(path), open(path, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise operatorError("SSLP349E", source=path, limit=limit)
    return content


def createFile(path: str, mode: int, ownerOf: str | None = None) -> None:
    """
    Create C{path}, empty, with C{mode} whatever the umask is.

    @param ownerOf: the file whose owner and group are to own it, where this user may give it away.
    @raise sslpool.messages.OperatorError: SSLP310E it exists, SSLP314E it cannot be created.
    """
    with writingOf(path):
        descriptor = _openNew(path, mode)
        if ownerOf is not None:
            _giveTo(descriptor, ownerOf)
        os.close(descriptor)


def writeNew(path: str, content: bytes, mode: int) -> None:
    """
    Create C{path} with C{content} and C{mode}; it is whole or it is not there.

    @raise sslpool.messages.OperatorError: as L{createFile}.
    """
    with writingOf(path):
        descriptor = _openNew(path, mode)
        try:
            _fill(descriptor, content)
        except OSError:
            os.unlink(path)
            raise
        syncDirectory(path)


@contextmanager
def appearing(path: str, mode: int) -> Iterator[str]:
    """
    Make the new file C{path} under another name, which is given, and let it appear when it is complete.

    @raise sslpool.messages.OperatorError: as L{createFile}.
    """
    with writingOf(path):
        if os.path.lexists(path):
            raise FileExistsError(path)
        descriptor, temporary = mkstemp(dir=os.path.dirname(os.path.abspath(path)), prefix=".sslpool-")
        try:
            os.fchmod(descriptor, mode)
            os.close(descriptor)
            yield temporary
            _name(temporary, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
        syncDirectory(path)


def _name(temporary: str, path: str) -> None:
    # A link is refused where the name has been taken meanwhile; not every file system has links.
    try:
        os.link(temporary, path)
    except PermissionError:
        os.rename(temporary, path)


def replaceFile(path: str, content: bytes, mode: int, groupOf: str) -> None:
    """
    Put C{content} in the place of whatever C{path} holds, at one stroke.  Only one program may do so at a time.

    @param groupOf: the file whose group is to own it, where this user may give
        it away; its owner as well, where this is root.
    @raise sslpool.messages.OperatorError: SSLP314E it cannot be written.
    """
    with writingOf(path):
        # Always the same name, so that none is left for long by a program that was killed.
        temporary = os.path.join(os.path.dirname(os.path.abspath(path)), f".{os.path.basename(path)}.new")
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        descriptor = _openNew(temporary, PRIVATE)
        try:
            _giveTo(descriptor, groupOf)
            os.fchmod(descriptor, mode)
            _fill(descriptor, content)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
        syncDirectory(path)


def syncDirectory(path: str) -> None:
    """
    Make the name C{path} survive a power failure.
    """
    descriptor = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _reported(path: str, expected: type[OSError], usual: str, other: str) -> Iterator[None]:
    try:
        yield
    except expected:
        raise operatorError(usual, path=path) from None
    except (OSError, ValueError) as error:
        raise operatorError(other, path=path, reason=reasonOf(error)) from None


def readingOf(path: str) -> AbstractContextManager[None]:
    """
    Turn what the operating system says about reading C{path} into messages.
    """
    return _reported(path, FileNotFoundError, "SSLP311E", "SSLP313E")


def writingOf(path: str) -> AbstractContextManager[None]:
    """
    Turn what the operating system says about writing C{path} into messages.
    """
    return _reported(path, FileExistsError, "SSLP310E", "SSLP314E")


def _openNew(path: str, mode: int) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode & PRIVATE)
    os.fchmod(descriptor, mode)
    return descriptor


def _giveTo(descriptor: int, path: str) -> None:
    owner = os.stat(path)
    # Only root may give a file to another user, only a member to another group; others keep their own.
    with suppress(PermissionError):
        os.fchown(descriptor, -1, owner.st_gid)
        if os.geteuid() == 0:
            os.fchown(descriptor, owner.st_uid, -1)


def _fill(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
