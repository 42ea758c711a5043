# -*- test-case-name: tests.stack.configuration.test_backup -*-
"""
C{sslpool backup}: the files of a configuration directory and its key database, as they are, in one file.  A running
stack is not disturbed.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Callable, Iterator
from typing import Any

from sslpool import __version__
from sslpool.config.configuration import Configuration
from sslpool.keydb.archive import CONFIG, FORMAT, KEYS, Archive, ArchivedFile, Manifest, digestOf, encoded
from sslpool.keydb.files import PRIVATE, readFile, readingOf, requestsPath, stashPath, writeNew
from sslpool.keydb.keyfiles import readKeyStore
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.passwordfile import PASSWORD_FILE
from sslpool.planning.planinfo import PLAN_FILE
from sslpool.stack.configuration.files import LARGEST_FILE, SUFFIXES, loadConfiguration

KEPT = (*SUFFIXES, PASSWORD_FILE, PLAN_FILE)
"""
What names of files of the configuration directory end with that are in a backup.
"""


def backup(path: str, directory: str, stack: str | None, withSecrets: bool, now: float) -> list[Said]:
    """
    Write a backup, a new file; return the messages.

    @param path: the file.
    @param directory: the configuration directory.
    @param stack: the stack's userid, or C{None} for the one that TCPIP DATA names.
    @param withSecrets: the stash is to be in it, and so are private keys that are not sealed.
    @param now: the present, in seconds since the epoch.
    @raise sslpool.messages.OperatorError: it cannot be made; nothing is left then.
    """
    directory = os.path.abspath(directory)
    configuration = configurationIn(directory, stack)
    files = dict(_configurationFiles(directory))
    keys, messages = _keyFiles(configuration.keyFile, withSecrets)
    kept = [_kept(CONFIG, *each) for each in files.items()] + [_kept(KEYS, *each) for each in keys.items()]
    manifest = Manifest(
        FORMAT,
        __version__,
        now,
        configuration.stack,
        directory,
        _within(directory, configuration.keyFile),
        tuple(kept),
        _modeOf(os.path.dirname(configuration.keyFile)),
    )
    contents = dict(zip((each.name for each in kept), (*files.values(), *keys.values()), strict=True))
    writeNew(path, encoded(Archive(manifest, contents)), PRIVATE)
    done = said("SSLP090I", path=path, files=len(files), directory=directory, keyFile=configuration.keyFile)
    return [done, *messages]


def configurationIn(directory: str, stack: str | None) -> Configuration:
    """
    Return the configuration in a directory.

    @raise sslpool.messages.OperatorError: there is no such directory, or the configuration has errors.
    """
    assembly = loadConfiguration(directory, stack)
    for finding in assembly.findings:
        if finding.said.id == "SSLP280E":
            raise OperatorError(finding.said)
    if assembly.configuration is None:
        raise operatorError("SSLP607E", path=directory)
    return assembly.configuration


def _within(directory: str, path: str) -> str:
    """
    Return a path relative to a directory that it is in; other paths as they are.
    """
    return path.removeprefix(f"{directory.rstrip('/')}/")


def _kept(folder: str, path: str, content: bytes) -> ArchivedFile:
    with readingOf(path):
        found = os.stat(path)
    owner, group = _nameOf(pwd.getpwuid, found.st_uid), _nameOf(grp.getgrgid, found.st_gid)
    name = folder + os.path.basename(path)
    return ArchivedFile(name, len(content), digestOf(content), stat.S_IMODE(found.st_mode), owner, group)


def _modeOf(path: str) -> int:
    with readingOf(path):
        return stat.S_IMODE(os.stat(path).st_mode)


def _nameOf(look: Callable[[int], tuple[Any, ...]], number: int) -> str:
    try:
        return str(look(number)[0])
    except KeyError:
        return str(number)


def _configurationFiles(directory: str) -> Iterator[tuple[str, bytes]]:
    for name in sorted(os.listdir(directory)):
        if name.endswith(KEPT) and not name.startswith("."):
            path = os.path.join(directory, name)
            yield path, readFile(path, LARGEST_FILE)


def _keyFiles(path: str, withSecrets: bool) -> tuple[dict[str, bytes], list[Said]]:
    """
    Return the octets of the key database and of what belongs to it, by their paths, and what is to be said of those
    that are left out.
    """
    store = readKeyStore(path)
    stash = stashPath(path)
    if store.files.isOpen and not withSecrets:
        raise operatorError("SSLP093E", path=path)
    found = {path: store.files.content}
    if store.requests is not None:
        found[requestsPath(path)] = store.requests
    if store.files.stash is None:
        return found, [said("SSLP092W", what=path)] if store.files.isOpen else []
    if not withSecrets:
        return found, [said("SSLP091I", stash=stash)]
    found[stash] = store.files.stash
    return found, [said("SSLP092W", what=stash)]
