# -*- test-case-name: tests.keydb.test_manyfiles -*-
"""
Many files imported at once: those that can be used are stored in one change of the key database,
each other one is named.  The dialogue and the command line of C{gskkyman} both do it here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePath

from attrs import evolve, field, frozen

from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import Issuers
from sslpool.keydb.files import LARGEST_LIST, readFile, readingOf
from sslpool.keydb.names import Name
from sslpool.keydb.parsing import assemble, parse, parseCertificates, parseRevocations
from sslpool.keydb.records import Credential, commonNameOf, keyTypeOf, namesOf
from sslpool.keydb.requests import requestsOf
from sslpool.keydb.workbench import Workbench, until
from sslpool.messages import OperatorError, operatorError, render
from sslpool.reasons import reasonOf

ENDINGS = (".pem", ".crt", ".cer", ".der", ".p12", ".pfx", ".crl")
"""
How the names of files end that are taken from a directory.
"""

_LONGEST = 8
_LONGEST_NAME = 120
_NAMELESS = "CERT"

Place = tuple[Name, frozenset[str], str]
"""
What a certificate and its renewal have in common: subject, names, kind and size of the key.
"""


@frozen
class Imported:
    """
    What has come of many files.

    @ivar stored: the messages about those that are in the key database.
    @ivar refused: the messages about the others.
    """

    stored: tuple[str, ...]
    refused: tuple[str, ...]


@frozen
class _Found:
    """
    A certificate with its private key.

    @ivar file: the file.
    @ivar place: what it has in common with its renewals.
    """

    file: str
    credential: Credential
    place: Place


@frozen
class _Importing:
    """
    The work on the files of one call.

    @ivar password: as for L{importMany}, and the others likewise.
    @ivar stored: the messages so far about what is in the key database.
    @ivar refused: those about what is not.
    @ivar lists: the files with revocation lists.
    """

    work: Workbench
    password: str | None
    replace: bool
    unchecked: bool
    stored: list[str] = field(factory=list)
    refused: list[str] = field(factory=list)
    lists: list[str] = field(factory=list)

    def refuse(self, file: str, error: OperatorError) -> None:
        """
        Name a file that is not imported.
        """
        self.refused.append(render("SSLP336E", file=file, reason=error.text))

    def found(self, files: Iterable[str]) -> list[_Found]:
        """
        Return what the files hold with private keys; revocation lists are for later.
        """
        authorities = Issuers(each.certificate for each in self.work.database.material().authorities)
        found: list[_Found] = []
        for file in files:
            try:
                data = readFile(file, LARGEST_LIST)
                if parseRevocations(data, file) is not None:
                    self.lists.append(file)
                else:
                    found.append(self._credential(data, file, authorities))
            except OperatorError as error:
                self.refuse(file, error)
        return found

    def _credential(self, data: bytes, file: str, authorities: Issuers) -> _Found:
        bundle = parse(data, self.password, file)
        credential = assemble("", bundle, file)
        try:
            place = _placeOf(credential.certificate)
        except MALFORMED as error:
            raise operatorError("SSLP345E", source=file, detail=reasonOf(error)) from None
        self.work.examiner.check(credential, bundle.certificates, file, authorities, self.unchecked)
        return _Found(file, credential, place)

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
        placed += zip(labelsFor([each.file for each in fresh], taken), fresh, strict=True)
        with database.changing() as connection:
            for label, each in placed:
                database.store(connection, evolve(each.credential, label=label), self.replace)
        for label, each in placed:
            due = until(each.credential.certificate)
            self.stored.append(render("SSLP335I", file=each.file, label=label, until=due))

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
                self.stored.append(render("SSLP338I", file=each.file, label=label))
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
        for file in files:
            try:
                data = readFile(file, LARGEST_LIST)
                if parseRevocations(data, file) is not None:
                    self.lists.append(file)
                    continue
                certificates = parseCertificates(data, file)
                if not self.unchecked:
                    for certificate in certificates:
                        self.work.examiner.checkAuthority(certificate)
            except OperatorError as error:
                self.refuse(file, error)
                continue
            for certificate in certificates:
                known = present.get(certificate)
                if known is None:
                    name = PurePath(file).stem if certificate is certificates[0] else commonNameOf(certificate)
                    present[certificate] = known = _unused(name, used)
                    fresh[known] = certificate
                    self.work.examiner.remarkAuthority(known, certificate)
                    due = until(certificate)
                    self.stored.append(render("SSLP335I", file=file, label=known, until=due))
                elif certificate is certificates[0]:
                    self.stored.append(render("SSLP338I", file=file, label=known))
        database.addCertificates(fresh)

    def takeLists(self) -> None:
        """
        Store revocation lists, when the authorities that signed them are there.
        """
        for file in self.lists:
            try:
                self.stored.append(self.work.importCertificates(file, None))
            except OperatorError as error:
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


def labelsFor(files: Iterable[str], taken: Collection[str]) -> list[str]:
    """
    Return a label for each file: of its name without the ending the letters and digits, in upper
    case, at most eight.  Where that is another's already, the end of it gives way to a number.

    @param taken: labels that others have.
    """
    names = [_wished(file) for file in files]
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


def _wished(file: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", PurePath(file).stem.upper())[:_LONGEST] or _NAMELESS


def _placeOf(certificate: Certificate) -> Place:
    """
    @raise ValueError: it is malformed, or another of L{MALFORMED}.
    """
    return certificate.subject, frozenset(namesOf(certificate)), keyTypeOf(certificate)


def _unused(name: str, used: set[str]) -> str:
    """
    Return a label for a certificate without a private key, and note that it is used.
    """
    name = "".join(each for each in name if each.isprintable()).strip()[:_LONGEST_NAME] or _NAMELESS
    label, count = name, 1
    while label in used:
        count += 1
        label = f"{name} {count}"
    used.add(label)
    return label
