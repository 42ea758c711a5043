# -*- test-case-name: tests.stack.configuration.test_backup -*-
"""
C{sslpool restore}: puts the files of a backup into their places, all of them or none.
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from shlex import quote
from tempfile import mkstemp
from typing import Any

from attrs import define, evolve, field, frozen

from sslpool.keydb.archive import CONFIG, KEYS, LARGEST, Archive, ArchivedFile, decoded
from sslpool.keydb.database import Database
from sslpool.keydb.files import readFile, requestsPath, stashPath, syncDirectory
from sslpool.keydb.keyfiles import KeyFiles
from sslpool.keydb.tables import openCopy
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.reasons import reasonOf
from sslpool.stack.configuration.backup import KEPT
from sslpool.stack.configuration.files import SUFFIXES, loadConfiguration

_CONFIGURATION_MODE, _KEY_MODE = 0o664, 0o640
"""
The most that anybody may do with files of each kind, whatever the backup says.
"""

_DIRECTORY_MODE, _LEAST, _MOST = 0o755, 0o700, 0o2775
"""
The permissions of a directory that is made; the least and the most of what the backup says of one for keys.
"""

_UNFINISHED = ("-journal", "-wal")
"""
What names of files end with by which a database beside them is being changed.
"""


@frozen
class Target:
    """
    Where a file is to be.

    @ivar path: its path.
    @ivar content: its octets.
    @ivar mode: its permissions.
    @ivar kept: what the backup says of it.
    @ivar folderMode: the permissions of its directory, where that is made.
    """

    path: str
    content: bytes = field(repr=False)
    mode: int
    kept: ArchivedFile
    folderMode: int


def restore(path: str, directory: str, keyFile: str | None, replace: bool) -> list[Said]:
    """
    Restore a backup; return the messages.

    @param path: the file.
    @param directory: the configuration directory; made where it is missing.
    @param keyFile: where the key database is to be; C{None} is its place in that directory.
    @param replace: what is there may be overwritten.
    @raise sslpool.messages.OperatorError: it cannot be; nothing has changed then.
    """
    directory = os.path.abspath(directory)
    _checkAbove(directory)
    archive = decoded(readFile(path, LARGEST), path, KEPT)
    place = _placeOfKeys(archive, directory, keyFile)
    _checkKeys(archive, path, place)
    targets = _targets(archive, directory, place)
    _checkTargets(targets, replace)
    notes = _putAll(targets)
    manifest = archive.manifest
    files = sum(target.kept.name.startswith(CONFIG) for target in targets)
    return [
        said("SSLP096I", path=path, stack=manifest.stack, files=files, directory=directory, keyFile=place),
        *notes,
        *_others(targets, directory, place),
        *_named(archive, directory, place),
        *_next(archive, directory, place),
    ]


def _checkAbove(folder: str, made: str = "") -> None:
    """
    See that the directory above one that may have to be made is there.

    @param made: a directory that is made first.
    """
    above = os.path.dirname(folder)
    if above != made and not os.path.isdir(above):
        raise operatorError("SSLP477E", path=above)


def _placeOfKeys(archive: Archive, directory: str, keyFile: str | None) -> str:
    if keyFile is not None:
        place = os.path.abspath(keyFile)
        _checkAbove(os.path.dirname(place), directory)
        return place
    if archive.manifest.keyFile.startswith("/"):
        raise operatorError("SSLP098E", keyFile=archive.manifest.keyFile, directory=directory)
    return os.path.join(directory, archive.manifest.keyFile)


def _keysIn(archive: Archive, place: str) -> KeyFiles:
    """
    Return the key file of a backup, as if it were in its place.
    """
    base = os.path.basename(archive.manifest.keyFile)
    stash = archive.contents.get(KEYS + stashPath(base))
    return KeyFiles(place, archive.contents[KEYS + base], stash)


def _checkKeys(archive: Archive, path: str, place: str) -> None:
    """
    See that a key database is one.
    """
    keys = _keysIn(archive, path)
    if keys.isDatabase:
        openCopy(place, keys.content).close()


def _targets(archive: Archive, directory: str, place: str) -> list[Target]:
    base = os.path.basename(archive.manifest.keyFile)
    stem, root = os.path.splitext(base)[0], os.path.splitext(place)[0]
    folderModes = {os.path.dirname(place): archive.manifest.keyDirectoryMode & _MOST | _LEAST}
    targets = []
    for kept in archive.manifest.files:
        if kept.name.startswith(CONFIG):
            target, most = os.path.join(directory, kept.base), _CONFIGURATION_MODE
        else:
            target, most = place if kept.base == base else root + kept.base.removeprefix(stem), _KEY_MODE
        folderMode = folderModes.get(os.path.dirname(target), _DIRECTORY_MODE)
        targets.append(Target(target, archive.contents[kept.name], kept.mode & most, kept, folderMode))
    return targets


def _checkTargets(targets: Sequence[Target], replace: bool) -> None:
    there = [target.path for target in targets if os.path.lexists(target.path)]
    if there and not replace:
        raise operatorError("SSLP095E", paths=", ".join(there))
    for path in there:
        if os.path.isdir(path):
            raise operatorError("SSLP099E", path=path, reason="it is a directory")
        if any(os.path.lexists(path + ending) for ending in _UNFINISHED):
            raise operatorError("SSLP099E", path=path, reason="a program is changing it, or has been killed doing so")


def _putAll(targets: Sequence[Target]) -> list[Said]:
    """
    Put files into their places; return what there is to say of their owners.

    @raise OperatorError: SSLP099E, one cannot be put there; then none has been.
    """
    placing = Placing()
    path = ""
    try:
        for target in targets:
            path = target.path
            placing.draft(target)
        for target in targets:
            path = target.path
            placing.place(path)
    except BaseException as error:
        placing.takeBack()
        if isinstance(error, OSError):
            raise operatorError("SSLP099E", path=path, reason=reasonOf(error)) from error
        raise
    placing.finish()
    unknown = ", ".join(sorted(placing.unknown))
    return [said("SSLP089W", names=unknown)] if unknown else []


@define
class Placing:
    """
    Files on their way into their places.

    @ivar unknown: owners and groups that this machine does not have.
    """

    unknown: set[str] = field(factory=set)
    _drafts: dict[str, str] = field(factory=dict)
    _former: list[str] = field(factory=list)
    _undo: list[Callable[[], object]] = field(factory=list)

    def draft(self, target: Target) -> None:
        """
        Make a file complete, beside its place and under another name.

        @raise OSError: it cannot be made.
        """
        owner = self._owner(target.kept)
        folder = os.path.dirname(target.path)
        self._makeFolder(folder, owner, target.folderMode)
        descriptor, draft = mkstemp(dir=folder, prefix=".sslpool-")
        self._undo.append(partial(os.unlink, draft))
        with open(descriptor, "wb") as file:
            os.fchown(descriptor, *owner)
            os.fchmod(descriptor, target.mode)
            file.write(target.content)
            file.flush()
            os.fsync(descriptor)
        self._drafts[target.path] = draft

    def place(self, path: str) -> None:
        """
        Give a file its name; one that has it is kept for now.

        @raise OSError: that is not possible.
        """
        if os.path.lexists(path):
            former = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.former")
            _setAside(path, former)
            self._undo.append(partial(_bringBack, former, path))
            self._former.append(former)
        os.rename(self._drafts[path], path)
        self._undo.append(partial(os.rename, path, self._drafts[path]))

    def takeBack(self) -> None:
        """
        Leave everything as it was.
        """
        for undo in reversed(self._undo):
            with suppress(OSError):
                undo()

    def finish(self) -> None:
        """
        Remove what was there before; what has been placed survives a power failure, if the system can see to that.
        """
        for former in self._former:
            with suppress(OSError):
                os.unlink(former)
        for path in self._drafts:
            with suppress(OSError):
                syncDirectory(path)

    def _makeFolder(self, folder: str, owner: tuple[int, int], mode: int) -> None:
        if os.path.isdir(folder):
            return
        self._makeFolder(os.path.dirname(folder), owner, _DIRECTORY_MODE)
        os.mkdir(folder, 0o700)
        self._undo.append(partial(os.rmdir, folder))
        os.chown(folder, *owner)
        os.chmod(folder, mode)

    def _owner(self, kept: ArchivedFile) -> tuple[int, int]:
        """
        Return the user and group that are to own a file; -1 where that is whoever restores it.
        """
        if os.geteuid() != 0:
            return -1, -1
        return self._numberOf(pwd.getpwnam, kept.owner), self._numberOf(grp.getgrnam, kept.group)

    def _numberOf(self, look: Callable[[str], tuple[Any, ...]], name: str) -> int:
        if name.isascii() and name.isdigit() and len(name) < 10:
            return int(name)
        try:
            return int(look(name)[2])
        except (KeyError, ValueError):
            self.unknown.add(name)
            return -1


def _setAside(path: str, former: str) -> None:
    """
    Give a file another name; it keeps its own where that is possible, so that it is never missing.
    """
    with suppress(FileNotFoundError):
        os.unlink(former)
    try:
        os.link(path, former, follow_symlinks=False)
    except OSError:
        os.rename(path, former)


def _bringBack(former: str, path: str) -> None:
    os.rename(former, path)
    # Two names of one file both stay, rename(2).
    with suppress(FileNotFoundError):
        os.unlink(former)


def _next(archive: Archive, directory: str, place: str) -> list[Said]:
    """
    Return what is to be done next, as a shell takes it; without the stash, the stack cannot start.
    """
    there = quote(directory)
    if _opens(archive, place):
        return [said("SSLP097I", directory=there)]
    return [said("SSLP091I", stash=stashPath(place)), said("SSLP479I", keyFile=quote(place), directory=there)]


def _opens(archive: Archive, place: str) -> bool:
    """
    Return whether the servers can open the key database that has been restored.
    """
    keys = _keysIn(archive, place)
    if keys.stash is not None or keys.isOpen:
        return True
    with suppress(OperatorError):
        # One that was there before may be the right one.
        Database.openCopy(evolve(keys, stash=readFile(stashPath(place))), allowExpired=True).close()
        return True
    return False


def _named(archive: Archive, directory: str, place: str) -> list[Said]:
    """
    Return what there is to say of KEYFILE where it names another key database than the one that has been restored.
    """
    configuration = loadConfiguration(directory, archive.manifest.stack).configuration
    named = os.path.join(directory, archive.manifest.keyFile) if configuration is None else configuration.keyFile
    if os.path.realpath(named) == os.path.realpath(place):
        return []
    return [said("SSLP478W", named=named, keyFile=f'"{place}"' if " " in place else place)]


def _others(targets: Sequence[Target], directory: str, place: str) -> list[Said]:
    """
    Return what there is to say of files beside those of the backup.
    """
    names: list[str] = []
    with suppress(OSError):  # whoever may write there need not be one who may list it
        names = sorted(os.listdir(directory))
    found = [os.path.join(directory, name) for name in names if name.endswith(SUFFIXES)]
    found += filter(os.path.lexists, [requestsPath(place)])
    restored = {target.path for target in targets}
    paths = ", ".join(path for path in found if path not in restored)
    return [said("SSLP088W", paths=paths)] if paths else []
