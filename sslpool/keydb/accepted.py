# -*- test-case-name: tests.keydb.test_accepted -*-
"""
The key files as they were accepted last, in memory without a name.  A server that is
started while the files cannot be read serves these; likewise a label that cannot be used
as it is in the files now.  The stack writes this memory, servers read it.

It has the octets of the files, encrypted as they were.  Where a label has kept its earlier
certificate in a REFRESH, the earlier file that has this certificate stays as well.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Sequence

from attrs import evolve, frozen

from sslpool.keydb.keyfiles import KeyFiles
from sslpool.wire.serial import fromJson, toJson

MOST_FILES = 16
"""
The most key files that are kept; the oldest are given up first.
"""

_HEAD = 8
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


@frozen
class AcceptedFile:
    """
    A key file that has been accepted.

    @ivar files: what it held.
    @ivar labels: the labels that are served from it.
    """

    files: KeyFiles
    labels: frozenset[str]


@frozen
class _Extent:
    """
    A part in the table of contents.

    @ivar path: the name of the file.
    @ivar content: how many octets it has.
    @ivar stash: how many its stash has; C{None} where there is none.
    @ivar labels: as of L{AcceptedFile}.
    """

    path: str
    content: int
    stash: int | None
    labels: tuple[str, ...]


def succeeding(
    before: Sequence[AcceptedFile], files: KeyFiles, served: Collection[str], kept: Collection[str]
) -> list[AcceptedFile]:
    """
    Return what is accepted after C{before}.

    @param files: the new key file.
    @param served: the labels that are served from it.
    @param kept: the labels that are served as before.
    """
    parts, rest = [AcceptedFile(files, frozenset(served))], set(kept)
    for part in before:
        if labels := part.labels & rest:
            parts.append(evolve(part, labels=labels))
            rest -= labels
    return parts[:MOST_FILES]


def writeAccepted(parts: Sequence[AcceptedFile]) -> int:
    """
    Return the descriptor of memory with these, newest first, which nobody can change.

    @raise OSError: there is no descriptor or no memory for it.
    """
    extents, octets = [], []
    for part in parts:
        files = part.files
        stash = None if files.stash is None else len(files.stash)
        extents.append(_Extent(files.path, len(files.content), stash, tuple(sorted(part.labels))))
        octets += [files.content, files.stash or b""]
    table = toJson(extents).encode("ascii")
    descriptor = os.memfd_create("accepted", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.writelines((len(table).to_bytes(_HEAD, "big"), table, *octets))
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def readAccepted(descriptor: int) -> list[AcceptedFile]:
    """
    Return what is behind C{descriptor}, newest first.
    """
    length = int.from_bytes(_read(descriptor, 0, _HEAD), "big")
    extents: list[_Extent] = fromJson(list[_Extent], _read(descriptor, _HEAD, length))
    parts, at = [], _HEAD + length
    for extent in extents:
        content = _read(descriptor, at, extent.content)
        at += extent.content
        stash = None if extent.stash is None else _read(descriptor, at, extent.stash)
        at += extent.stash or 0
        parts.append(AcceptedFile(KeyFiles(extent.path, content, stash), frozenset(extent.labels)))
    return parts


class AcceptedKeys:
    """
    What is behind a descriptor, which is closed when it has been looked at.

    @param descriptor: the descriptor; C{None} where nothing was accepted.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> list[AcceptedFile]:
        """
        Return the accepted key files, newest first.
        """
        return [] if self._descriptor is None else readAccepted(self._descriptor)

    def __exit__(self, *raised: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None


def _read(descriptor: int, at: int, length: int) -> bytes:
    # Not through a file: the position is shared with whoever else has the descriptor.
    found = os.pread(descriptor, length, at)
    if len(found) < length:
        raise ValueError("the accepted key files are incomplete")
    return found
