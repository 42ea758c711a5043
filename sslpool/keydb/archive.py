# -*- test-case-name: tests.keydb.test_archive -*-
"""
The file of C{sslpool backup}: a tar archive of files with their check sums, modes and owners, and the reader that
believes nothing of it.  Pure but for reading; used by C{sslpool}.

The first member is the manifest.  Names of members say where a file belongs: C{config/} for the configuration
directory, C{keys/} for the directory of the key database.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from hashlib import sha256

from attrs import field, frozen

from sslpool.keydb.files import requestsPath, stashPath
from sslpool.keydb.keyfiles import LARGEST_DATABASE
from sslpool.messages import OperatorError, operatorError
from sslpool.wire.serial import fromJson, toJson

CONFIG, KEYS = "config/", "keys/"
MANIFEST = "MANIFEST.json"
FORMAT = 1
MOST_FILES = 512
"""
More files than any backup has.
"""

LARGEST_MANIFEST = 1 << 20
LARGEST = 2 * LARGEST_DATABASE
"""
More octets than any backup has.
"""

_LONGEST_NAME = 255


@frozen
class ArchivedFile:
    """
    A file in a backup.

    @ivar name: the name of the member.
    @ivar size: how many octets it has.
    @ivar digest: SHA-256 over these, in hexadecimal.
    @ivar mode: its permissions.
    @ivar owner: the login name of its owner; the user ID where it has none.
    @ivar group: likewise.
    """

    name: str
    size: int
    digest: str
    mode: int
    owner: str
    group: str

    @property
    def base(self) -> str:
        """
        Its name in its directory.
        """
        return self.name.partition("/")[2]


@frozen
class Manifest:
    """
    What a backup says of itself.

    @ivar format: the version of its form.
    @ivar release: the release that has made it.
    @ivar created: when, in seconds since the epoch.
    @ivar stack: the stack's userid.
    @ivar directory: the configuration directory that it is of.
    @ivar keyFile: KEYFILE, relative to that directory where it is in it, and absolute where it is not.
    @ivar files: the files.
    @ivar keyDirectoryMode: the permissions of the key database's directory; older backups do not say it.
    """

    format: int
    release: str
    created: float
    stack: str
    directory: str
    keyFile: str
    files: tuple[ArchivedFile, ...]
    keyDirectoryMode: int = 0o700


@frozen
class Archive:
    """
    A backup.

    @ivar manifest: what it says of itself.
    @ivar contents: the octets of its files, by the names of the members.
    """

    manifest: Manifest
    contents: dict[str, bytes] = field(repr=False)


def digestOf(content: bytes) -> str:
    """
    Return the check sum of a file.
    """
    return sha256(content).hexdigest()


def encoded(archive: Archive) -> bytes:
    """
    Return a backup as octets.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        manifest = toJson(archive.manifest, 2).encode("ascii")
        _add(tar, MANIFEST, manifest, 0o600, archive.manifest.created)
        for kept in archive.manifest.files:
            _add(tar, kept.name, archive.contents[kept.name], kept.mode, archive.manifest.created)
    return buffer.getvalue()


def decoded(octets: bytes, path: str, isConfiguration: Iterable[str]) -> Archive:
    """
    Return a backup, all of which has been looked at.

    @param path: what to call it in messages.
    @param isConfiguration: what names of configuration files end with.
    @raise sslpool.messages.OperatorError: SSLP094E, it is none, or not whole, or holds what no backup holds.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(octets), mode="r:") as tar:
            contents = dict(_members(tar, path))
        manifest: Manifest = fromJson(Manifest, contents.pop(MANIFEST, b""))
    except (tarfile.TarError, ValueError, OverflowError, EOFError, RecursionError) as error:
        raise unusable(path, "it is no backup of sslpool, or it is damaged") from error
    if manifest.format != FORMAT:
        raise unusable(path, f"its format is {manifest.format}, and this release knows {FORMAT}")
    _checkNames(manifest, path, tuple(isConfiguration))
    if {kept.name for kept in manifest.files} != contents.keys() or len(manifest.files) != len(contents):
        raise unusable(path, "its files are not those of its manifest")
    for kept in manifest.files:
        if (kept.size, kept.digest) != (len(contents[kept.name]), digestOf(contents[kept.name])):
            raise unusable(path, f"{kept.name} is damaged")
    return Archive(manifest, contents)


def unusable(path: str, reason: str) -> OperatorError:
    """
    Return the error for a backup that cannot be used.
    """
    return operatorError("SSLP094E", path=path, reason=reason)


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int, when: float) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), mode, int(when)
    tar.addfile(member, io.BytesIO(content))


def _members(tar: tarfile.TarFile, path: str) -> Iterator[tuple[str, bytes]]:
    """
    Yield name and octets of each member: a plain file, with a name that was not there before.
    """
    names: set[str] = set()
    while (member := tar.next()) is not None:
        if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
            raise unusable(path, "it holds something else than files")
        if member.name in names or len(names) > MOST_FILES:
            raise unusable(path, "it holds a file twice, or far too many")
        most = LARGEST_MANIFEST if member.name == MANIFEST else LARGEST_DATABASE
        file = tar.extractfile(member) if 0 <= member.size <= most else None
        if file is None:
            raise unusable(path, "it holds a file that is far too large")
        names.add(member.name)
        yield member.name, file.read()


def _checkNames(manifest: Manifest, path: str, suffixes: tuple[str, ...]) -> None:
    """
    See that all files are of a kind that belongs into a backup, and lie in their directory.
    """
    keyFile = manifest.keyFile
    base = keyFile.rpartition("/")[2]
    keys = {base, requestsPath(base), stashPath(base)}
    if not all(map(_isName, keyFile.removeprefix("/").split("/"))):
        raise unusable(path, "its key file has no proper name")
    if KEYS + base not in {kept.name for kept in manifest.files}:
        raise unusable(path, "its key file is missing")
    for kept in manifest.files:
        folder, known = kept.name.removesuffix(kept.base), kept.base in keys
        if folder == CONFIG:
            known = kept.base.endswith(suffixes)
        elif folder != KEYS:
            known = False
        if not known or not _isName(kept.base):
            raise unusable(path, "it holds a file that belongs into no backup")


def _isName(name: str) -> bool:
    proper = name.isprintable() and "/" not in name and name not in ("", ".", "..")
    return proper and len(name.encode("utf-8", "replace")) <= _LONGEST_NAME
