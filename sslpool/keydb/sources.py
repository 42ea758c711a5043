# -*- test-case-name: tests.keydb.test_sources -*-
"""
What a KEYFILE may be: a key database, or a file of certificates and keys in any format.  The servers read
credentials from it; the stack, which holds no private keys, only records.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial

from attrs import evolve, frozen

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.database import Database
from sslpool.keydb.entries import certificateOf, chainOf, recordOf
from sslpool.keydb.files import isOpenToAll, stashPath
from sslpool.keydb.keyfiles import KeyFiles, isDatabase, readKeyFiles
from sslpool.keydb.labels import DEFAULT_LABEL, isKeyLabel
from sslpool.keydb.pairs import withKeyBeside
from sslpool.keydb.parsing import credentialsIn, parse
from sslpool.keydb.passwordprompts import passwordOf
from sslpool.keydb.records import CertificateRecord, Credential, KeyMaterial, describe
from sslpool.keydb.tables import openReadOnly, readEntries, snapshot
from sslpool.messages import OperatorError, Said, operatorError, said


def readMaterial(path: str, progress: Callable[[], object] = lambda: None) -> KeyMaterial:
    """
    Return what a server can use of C{path}: the trusted entries of a key database and its revocation lists, opened
    through its stash; or the credentials of another file, which is known by its contents.

    What is encrypted takes its password from the first line of the file of the same name with the ending C{.sth}, and
    has none if there is no such file.  In PKCS #12 a label is the friendly name in upper case, where that is a label;
    where there are several keys, each must have one.  Any other label is L{DEFAULT_LABEL}.

    @param progress: called while it lasts: thousands of labels take seconds.
    @raise sslpool.messages.OperatorError: it cannot be read or used.
    """
    return materialIn(readKeyFiles(path), progress=progress)


def materialIn(
    copy: KeyFiles, allowExpired: bool = False, progress: Callable[[], object] = lambda: None
) -> KeyMaterial:
    """
    As L{readMaterial}, from octets that have been read.

    @param allowExpired: the password of a key database may have expired.
    """
    if copy.isDatabase:
        with Database.openCopy(copy, allowExpired) as database:
            return database.material(progress)
    return KeyMaterial(tuple(_credentials(copy)))


def checkOpens(copy: KeyFiles) -> None:
    """
    Check that a key database can be opened through its stash, as a server does; no private key is decrypted.
    What is no key database has been read as a whole before.

    @raise sslpool.messages.OperatorError: it cannot.
    """
    if copy.isDatabase:
        Database.openCopy(copy).close()


@frozen
class HeldCertificate:
    """
    A certificate in a key file.

    @ivar record: what is known of it.
    @ivar certificate: the certificate.
    @ivar above: returns those that came with it as standing above it, the same function where the same came;
        raises L{sslpool.messages.OperatorError} where they are damaged.
    """

    record: CertificateRecord
    certificate: Certificate
    above: Callable[[], tuple[Certificate, ...]]


def readCertificates(path: str) -> list[CertificateRecord]:
    """
    Return what is known of the certificates in C{path}; see L{readHeld}.
    """
    return [each.record for each in readHeld(path)]


def readHeld(path: str) -> list[HeldCertificate]:
    """
    Return the certificates in C{path}.  Of a key database no private key is decrypted and no stash is needed; all its
    entries are returned, also those that a server does not use, but for those that are damaged: the servers name them.

    @raise sslpool.messages.OperatorError: it cannot be read or used.
    """
    if not isDatabase(path):
        found = _credentials(readKeyFiles(path))
        return [_heldIn(each, isOne=len(found) == 1) for each in found]
    with closing(openReadOnly(path)) as connection, snapshot(path, connection):
        entries = readEntries(path, connection)
    held = []
    # Most labels have one and the same chain.
    chains: dict[bytes, Callable[[], tuple[Certificate, ...]]] = {}
    for entry in entries:
        with suppress(OperatorError):
            certificate = certificateOf(path, entry)
            above = chains.setdefault(entry.chain, partial(chainOf, path, evolve(entry, key=None)))
            held.append(HeldCertificate(recordOf(path, entry, certificate), certificate, above))
    return held


def _heldIn(found: Credential, isOne: bool) -> HeldCertificate:
    record = describe(found.label, found.certificate, hasKey=True, default=isOne)
    return HeldCertificate(record, found.certificate, lambda: (*found.chain, *found.spare))


def exposures(copy: KeyFiles) -> list[Said]:
    """
    Return the messages about files of a KEYFILE which everybody on the machine can read, although they give
    away its private keys.
    """
    path, stash = copy.path, stashPath(copy.path)
    exposed = []
    if not copy.isDatabase and copy.stash is None and isOpenToAll(path):
        exposed.append(said("SSLP825W", path=path, what="a private key"))
    if copy.stash is not None and isOpenToAll(stash):
        exposed.append(said("SSLP825W", path=stash, what=f"the password for the private keys in {path}"))
    return exposed


def _credentials(copy: KeyFiles) -> list[Credential]:
    path, data = copy.path, copy.content
    password = None
    if copy.stash is not None:
        password = passwordOf(copy.stash, stashPath(path))
    contents = parse(data, password, path)
    try:
        found = credentialsIn(contents, path)
    except OperatorError as error:
        raise withKeyBeside(error, path) from None
    if len(found) == 1:
        label = found[0].label.upper() if contents.isPkcs12 else ""
        return [evolve(found[0], label=label if isKeyLabel(label) else DEFAULT_LABEL)]
    labelled = {each.label.upper(): evolve(each, label=each.label.upper()) for each in found}
    if len(labelled) < len(found) or not all(map(isKeyLabel, labelled)):
        names = ", ".join(each.label or each.certificate.shown for each in found)
        raise operatorError("SSLP346E", source=path, count=len(found), names=names)
    return [labelled[label] for label in sorted(labelled)]
