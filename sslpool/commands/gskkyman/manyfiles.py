# -*- test-case-name: tests.commands.gskkyman.test_manyfiles -*-
"""
Many files imported at once: those that can be used are stored in one change of the key database,
each other one is named.  The dialogue and the command line of C{gskkyman} both do it here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePath

from attrs import evolve, field, frozen

from sslpool.commands.gskkyman.importing import Imported, fitting, leftOut, storeLists, unused
from sslpool.commands.gskkyman.inputfiles import readInput
from sslpool.commands.gskkyman.workbench import Workbench, until
from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import Issuers, chained
from sslpool.keydb.files import readingOf
from sslpool.keydb.names import Name
from sslpool.keydb.pairs import keyBeside, withKeyBeside
from sslpool.keydb.parsing import Contents, FoundKey, credentialsIn, publicOctets
from sslpool.keydb.records import Credential, commonNameOf, keyTypeOf, namesOf
from sslpool.keydb.requests import requestsOf
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.reasons import reasonOf

ENDINGS = (".pem", ".crt", ".cer", ".der", ".p12", ".pfx", ".p7b", ".p7c", ".key", ".crl")
"""
How the names of files end that are taken from a directory.
"""

_LONGEST = 8
_NAMELESS = "CERT"

Place = tuple[Name, frozenset[str], str]
"""
What a certificate and its renewal have in common: subject, names, kind and size of the key.
"""


@frozen
class _Found:
    """
    A certificate with its private key.

    @ivar file: the file.
    @ivar name: what its label is made of.
    @ivar credential: they.
    @ivar given: all certificates in the file.
    @ivar place: what it has in common with its renewals.
    """

    file: str
    name: str
    credential: Credential
    given: tuple[Certificate, ...]
    place: Place


@frozen
class _Importing:
    """
    The work on the files of one call.

    @ivar password: as for L{importMany}, and the others likewise.
    @ivar stored: the messages so far about what is in the key database.
    @ivar refused: those about what is not.
    @ivar lists: what the files hold that have revocation lists.
    """

    work: Workbench
    password: str | None
    replace: bool
    unchecked: bool
    stored: list[Said] = field(factory=list)
    refused: list[Said] = field(factory=list)
    lists: dict[str, Contents] = field(factory=dict)

    def refuse(self, file: str, error: OperatorError) -> None:
        """
        Name a file that is not imported.
        """
        self.refused.append(said("SSLP336E", file=file, reason=error.said))

    def found(self, files: Iterable[str]) -> list[_Found]:
        """
        Return what the files hold with private keys; revocation lists are for later.  A private key may be in one
        file and its certificate in another.
        """
        read = self._read(files)
        apart = {file: each for file, each in read.items() if each.keys and not each.certificates}
        holders = {publicOctets(key.key.public_key()): (key, file) for file, each in apart.items() for key in each.keys}
        found: list[_Found] = []
        above: dict[str, Contents] = {}
        used: set[bytes] = set()
        for file, contents in read.items():
            if file in apart or not (contents.certificates or contents.foreign):
                continue
            keys = {} if contents.keys else _keysFor(contents.certificates, holders)
            if not (contents.keys or keys or contents.foreign):
                above[file] = contents
                continue
            try:
                found += self._credentials(evolve(contents, keys=contents.keys or tuple(keys.values())), file)
            except OperatorError as error:
                self.refuse(file, withKeyBeside(error, file))
            used.update(keys)
        for octets, (_, file) in holders.items():
            if octets not in used:
                self.refuse(file, operatorError("SSLP340E", source=file))
        chosen = self._chosen(found, Issuers(each for contents in above.values() for each in contents.certificates))
        self._account(above, chosen, read)
        return self._fit(chosen)

    def _read(self, files: Iterable[str], withKeys: bool = True) -> dict[str, Contents]:
        """
        Return what each file holds.
        """
        read: dict[str, Contents] = {}
        for file in files:
            try:
                given = readInput(file)
                read[file] = given.contents(self.password, withKeys)
                self.stored.extend(given.warnings(read[file]))
            except OperatorError as error:
                self.refuse(file, error)
                continue
            if read[file].lists:
                self.lists[file] = read[file]
        return read

    def _credentials(self, contents: Contents, file: str) -> list[_Found]:
        every = credentialsIn(contents, file)
        stem, given = PurePath(file).stem, contents.certificates
        try:
            places = [_placeOf(each.certificate) for each in every]
        except MALFORMED as error:
            raise operatorError("SSLP345E", source=file, detail=reasonOf(error)) from None
        names = [each.label or stem for each in every] if len(every) > 1 else [stem]
        found = zip(names, every, places, strict=True)
        return [_Found(file, name, each, given, place) for name, each, place in found]

    def _chosen(self, found: Sequence[_Found], above: Issuers) -> list[_Found]:
        """
        Return of several files with the same certificate and key that which has most of its chain.

        @param above: the certificates of files without keys, which complete a chain.
        """
        best: dict[Certificate, _Found] = {}
        for each in found:
            other = best.get(each.credential.certificate)
            if other is None or len(each.credential.chain) > len(other.credential.chain):
                best[each.credential.certificate] = each
        chosen: list[_Found] = []
        for each in found:
            other = best[each.credential.certificate]
            if other is each:
                whole = chained(each.credential, Issuers(each.given, above), self.work.clock())
                given = tuple(dict.fromkeys((*each.given, *whole.certificates)))
                chosen.append(evolve(each, credential=whole, given=given))
            elif other.file != each.file:
                self.stored.append(said("SSLP830I", file=each.file, other=other.file))
        return chosen

    def _account(self, above: Mapping[str, Contents], chosen: Iterable[_Found], read: Collection[str]) -> None:
        """
        Name the files with certificates alone: such as stand above others go with them.

        @param read: every file that was read.
        """
        places = {certificate: each.file for each in chosen for certificate in each.credential.certificates}
        for file, contents in above.items():
            others = [places.get(certificate) for certificate in contents.certificates]
            if all(others):
                self.stored.append(said("SSLP831I", file=file, other=others[0]))
                continue
            error = operatorError("SSLP341E", source=file)
            # A key that was read belongs to none of these.
            self.refuse(file, error if keyBeside(file) in read else withKeyBeside(error, file))

    def _fit(self, found: Iterable[_Found]) -> list[_Found]:
        """
        Return those that are fit to be stored.
        """
        authorities = Issuers(each.certificate for each in self.work.database.material().authorities)
        fit: list[_Found] = []
        for each in found:
            try:
                self.work.examiner.check(each.credential, each.given, each.file, authorities, self.unchecked)
                fit.append(each)
            except OperatorError as error:
                self.refuse(each.file, error)
        return fit

    def store(self, found: Sequence[_Found]) -> None:
        """
        Store these, all in one change.
        """
        database = self.work.database
        records = database.records()
        before: dict[Place, tuple[str, Certificate]] = {}
        for record in records:
            if record.hasKey:
                certificate = database.certificates(record.label)[0]
                before.setdefault(_placeOf(certificate), (record.label, certificate))
        placed, fresh = self._placed(found, before)
        taken = {record.label for record in records} | {each.label for each in requestsOf(database)}
        placed += zip(labelsFor([each.name for each in fresh], taken), fresh, strict=True)
        with database.changing() as connection:
            for label, each in placed:
                database.store(connection, evolve(each.credential, label=label), self.replace)
        used = {certificate for _, each in placed for certificate in each.credential.certificates}
        for label, each in placed:
            due = until(each.credential.certificate)
            self.stored.append(said("SSLP335I", file=each.file, label=label, until=due))
            others = (certificate for certificate in each.given if certificate not in used)
            self.stored.extend(leftOut(evolve(each.credential, label=label), others, each.file))

    def _placed(
        self, found: Iterable[_Found], before: Mapping[Place, tuple[str, Certificate]]
    ) -> tuple[list[tuple[str, _Found]], list[_Found]]:
        """
        Return those that take the places of others, with their labels, and those that need labels.
        """
        placed: dict[str, _Found] = {}
        fresh: dict[Certificate, _Found] = {}
        for each in found:
            certificate = each.credential.certificate
            label, present = before.get(each.place, ("", None))
            other = placed.get(label) or fresh.get(certificate)
            if other is not None:
                self.refuse(each.file, operatorError("SSLP339E", other=other.file))
            elif present is None:
                fresh[certificate] = each
            elif present == certificate:
                self.stored.append(said("SSLP338I", file=each.file, label=label))
            elif self.replace:
                placed[label] = each
            else:
                self.refuse(each.file, operatorError("SSLP332E", path=self.work.database.path, label=label))
        return list(placed.items()), list(fresh.values())

    def authorities(self, files: Iterable[str]) -> None:
        """
        Store what files hold without private keys, all in one change.
        """
        database = self.work.database
        records = database.records()
        present = {database.certificates(record.label)[0]: record.label for record in records}
        used = {record.label for record in records}
        fresh: dict[str, Certificate] = {}
        for file, contents in self._read(files, withKeys=False).items():
            if not (contents.certificates or contents.lists):
                self.refuse(file, operatorError("SSLP340E", source=file))
            for certificate in self._fitting(contents, file):
                known = present.get(certificate)
                if known is not None:
                    self.stored.append(said("SSLP338I", file=file, label=known))
                    continue
                first = certificate == contents.certificates[0]
                own = PurePath(file).stem if first else commonNameOf(certificate)
                present[certificate] = known = unused(contents.names.get(certificate) or own, used)
                used.add(known)
                fresh[known] = certificate
                self.work.examiner.remarkAuthority(known, certificate)
                self.stored.append(said("SSLP335I", file=file, label=known, until=until(certificate)))
        database.addCertificates(fresh)

    def _fitting(self, contents: Contents, file: str) -> list[Certificate]:
        try:
            fit, notes = fitting(contents, None if self.unchecked else self.work.examiner.checkAuthority, file)
        except OperatorError as error:
            self.refuse(file, error)
            return []
        self.stored.extend(notes)
        return fit

    def takeLists(self) -> None:
        """
        Store revocation lists, when the authorities that signed them are there.
        """
        for file, contents in self.lists.items():
            lists, refused = storeLists(self.work, contents, file, self.unchecked)
            self.stored.extend(lists)
            for error in refused:
                self.refuse(file, error)


def importMany(
    work: Workbench,
    paths: Iterable[str],
    password: str | None = None,
    replace: bool = False,
    unchecked: bool = False,
    withKeys: bool = True,
) -> Imported:
    """
    Import what files and directories hold: private keys with their certificates, and revocation lists.

    @param password: of the files that need one.
    @param replace: certificates may take the places of those that they renew.
    @param unchecked: though they are not fit to be stored.
    @param withKeys: otherwise they are certificates of authorities.
    @raise sslpool.messages.OperatorError: nothing was imported: a directory cannot be read or has no
        files for it, or the key database cannot be changed.
    """
    importing = _Importing(work, password, replace, unchecked)
    files = filesIn(paths)
    if withKeys:
        importing.store(importing.found(files))
    else:
        importing.authorities(files)
    importing.takeLists()
    return Imported(tuple(importing.stored), tuple(importing.refused))


def filesIn(paths: Iterable[str]) -> list[str]:
    """
    Return the files that C{paths} name: of a directory those with one of L{ENDINGS}, in the order of
    their names, and nothing of directories in it.  None is returned twice.

    @raise sslpool.messages.OperatorError: SSLP337E there are none in a directory, or as L{readingOf}.
    """
    files: dict[str, None] = {}
    for path in paths:
        if not os.path.isdir(path):
            files[path] = None
            continue
        with readingOf(path):
            names = sorted(name for name in os.listdir(path) if name.lower().endswith(ENDINGS))
        within = [os.path.join(path, name) for name in names]
        within = [each for each in within if not os.path.isdir(each)]
        if not within:
            raise operatorError("SSLP337E", path=path, endings=", ".join(ENDINGS))
        files.update(dict.fromkeys(within))
    return list(files)


def labelsFor(wanted: Iterable[str], taken: Collection[str]) -> list[str]:
    """
    Return a label for each name: its letters and digits, in upper
    case, at most eight.  Where that is another's already, the end of it gives way to a number.

    @param wanted: the names of files without their endings, or those that files give.
    @param taken: labels that others have.
    """
    names = [_asLabel(name) for name in wanted]
    used = set(taken)
    labels: list[str] = []
    for name in names:
        isFree = name not in used
        used.add(name)
        labels.append(name if isFree else "")
    counts: dict[str, int] = {}
    for index, name in enumerate(names):
        while not labels[index]:
            count = counts[name] = counts.get(name, 1) + 1
            label = f"{name[: _LONGEST - len(str(count))]}{count}"
            if label not in used:
                used.add(label)
                labels[index] = label
    return labels


def _asLabel(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.upper())[:_LONGEST] or _NAMELESS


def _keysFor(
    certificates: Iterable[Certificate], holders: Mapping[bytes, tuple[FoundKey, str]]
) -> dict[bytes, FoundKey]:
    """
    Return those private keys that belong to certificates.

    @param holders: the keys by their public halves, and in which files they are.
    """
    found: dict[bytes, FoundKey] = {}
    for certificate in certificates:
        with suppress(*MALFORMED):
            octets = publicOctets(certificate.publicKey())
            if octets in holders:
                found[octets] = holders[octets][0]
    return found


def _placeOf(certificate: Certificate) -> Place:
    """
    @raise ValueError: it is malformed, or another of L{MALFORMED}.
    """
    return certificate.subject, frozenset(namesOf(certificate)), keyTypeOf(certificate)
