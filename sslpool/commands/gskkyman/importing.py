# -*- test-case-name: tests.commands.gskkyman.test_importing -*-
"""
What an operator imports from one file, or from two that belong together, into a key database: everything that
is in them is taken, and each is named.  The dialogue and the command line of C{gskkyman} both do it here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from attrs import field, frozen

from sslpool.commands.gskkyman.inputfiles import InputFile
from sslpool.commands.gskkyman.workbench import Workbench, until
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import Issuers, chained
from sslpool.keydb.pairs import withKeyBeside
from sslpool.keydb.parsing import Contents, assemble, publicOctets
from sslpool.keydb.records import Credential, commonNameOf
from sslpool.keydb.requests import receive, waitingFor
from sslpool.keydb.revocationnotices import importedLines
from sslpool.keydb.revocations import addRevocations
from sslpool.messages import OperatorError, Said, operatorError, said

_LONGEST_NAME = 120
_NAMELESS = "CERT"
_MOST_NAMES = 10


@frozen
class Imported:
    """
    What has come of files.

    @ivar stored: the messages about what is in the key database.
    @ivar refused: the messages about the rest.
    """

    stored: tuple[Said, ...]
    refused: tuple[Said, ...] = ()


@frozen
class Importing:
    """
    One import.

    @ivar work: the key database.
    @ivar files: what is imported; two, where one holds the private key for the other.
    @ivar password: of the files, or of the private keys in them.
    @ivar replace: the place of another certificate may be taken.
    @ivar unchecked: what is not fit to be stored is stored all the same.
    """

    work: Workbench
    files: Sequence[InputFile]
    password: str | None = field(default=None, repr=False)
    replace: bool = False
    unchecked: bool = False

    @property
    def source(self) -> str:
        """
        What to call the files in messages.
        """
        return " and ".join(given.name for given in self.files)

    @property
    def _isOneFile(self) -> bool:
        return [given.isFile for given in self.files] == [True]

    def contents(self, withKeys: bool = True) -> Contents:
        """
        Return what the files hold together.

        @raise sslpool.messages.OperatorError: as L{parse<sslpool.keydb.parsing.parse>}.
        """
        return Contents.together(given.contents(self.password, withKeys) for given in self.files)

    def key(self, label: str) -> Imported:
        """
        Store a private key, its certificate and those above it, and revocation lists.

        @param label: for them; of several keys, that which the file calls so is meant.
        @raise sslpool.messages.OperatorError: nothing was stored.
        """
        each = [given.contents(self.password) for given in self.files]
        contents = Contents.together(each)
        try:
            found = assemble(label, contents, self.source)
        except OperatorError as error:
            raise (withKeyBeside(error, self.source) if self._isOneFile else error) from None
        self.work.examiner.check(found, contents.certificates, self.source, unchecked=self.unchecked)
        self.work.add(found, self.replace)
        stored = [said("SSLP304I", label=label, until=until(found.certificate))]
        for given, within in zip(self.files, each, strict=True):
            stored += given.warnings(within)
        # Which of several keys is meant has been said.
        keys = {publicOctets(each.key.public_key()) for each in contents.keys}
        others = (each for each in contents.certificates if each.publicKeyInfo not in keys)
        stored += leftOut(found, others, self.source)
        return self._withLists(contents, stored)

    def received(self) -> Imported:
        """
        Store the certificate for which a request or a private key is here, and revocation lists that came with it.

        @raise sslpool.messages.OperatorError: nothing was stored; SSLP371E, nothing here waits for it.
        """
        contents = self.contents(withKeys=False).whole
        if not contents.certificates:
            raise operatorError("SSLP340E", source=self.source)
        database = self.work.database
        found = waitingFor(database, contents.certificates)
        if found is None:
            raise operatorError("SSLP371E", path=database.path, source=self.source)
        found = chained(found, Issuers(contents.certificates), self.work.clock())
        self.work.examiner.check(found, contents.certificates, self.source, unchecked=self.unchecked)
        self.work.examiner.remarkAnswer(found.label, found.certificate)
        receive(database, found)
        stored = [said("SSLP390I", label=found.label, until=until(found.certificate))]
        return self._withLists(contents, stored + leftOut(found, contents.certificates, self.source))

    def certificates(self, label: str | None = None) -> Imported:
        """
        Store what the files hold without private keys: certificates of authorities and revocation lists.

        @param label: for the first certificate; the others, or without it all, have the names that the file gives
            them, or their own.
        @raise sslpool.messages.OperatorError: nothing was stored.
        """
        contents = self.contents(withKeys=False)
        if not contents.certificates:
            if not contents.lists:
                raise operatorError("SSLP340E", source=self.source)
            return self._withLists(contents.whole, [])
        check = None if self.unchecked else self.work.examiner.checkAuthority
        fit, stored = fitting(contents, check, self.source)
        labelled = self._labelled(fit, contents, label, stored)
        for name, certificate in labelled.items():
            self.work.examiner.remarkAuthority(name, certificate)
            if self.replace:
                self.work.examiner.remarkReplaced(name, certificate)
        self.work.database.addCertificates(labelled, self.replace)
        stored += [said("SSLP304I", label=name, until=until(each)) for name, each in labelled.items()]
        return self._withLists(contents, stored)

    def _labelled(
        self, certificates: Sequence[Certificate], contents: Contents, label: str | None, stored: list[Said]
    ) -> dict[str, Certificate]:
        database = self.work.database
        records = database.records()
        present = {database.certificates(record.label)[0]: record.label for record in records}
        # What has a private key is never replaced by an authority that happens to be called so.
        used = {record.label for record in records if record.hasKey or not self.replace}
        labelled: dict[str, Certificate] = {}
        for certificate in certificates:
            isNamed = label is not None and not labelled
            if certificate in present and not isNamed:
                stored.append(said("SSLP827I", label=present[certificate]))
                continue
            name = str(label) if isNamed else unused(contents.names.get(certificate) or commonNameOf(certificate), used)
            used.add(name)
            labelled[name] = certificate
        return labelled

    def _withLists(self, contents: Contents, stored: list[Said]) -> Imported:
        lists, refused = storeLists(self.work, contents, self.source, self.unchecked)
        if refused and not (stored or lists):
            raise refused[0]
        reasons = [said("SSLP829E", source=self.source, reason=error.said) for error in refused]
        return Imported((*stored, *lists), tuple(reasons))


def storeLists(
    work: Workbench, contents: Contents, source: str, unchecked: bool = False
) -> tuple[list[Said], list[OperatorError]]:
    """
    Store each revocation list of a file, when the authorities that have signed them are there; return the messages
    about those that are stored, and why the others are not.

    @param unchecked: also one with which nobody could get in.
    """
    stored: list[Said] = []
    refused: list[OperatorError] = []
    for found in contents.lists:
        try:
            records = addRevocations(work.database, [found], source, work.clock(), unchecked)
        except OperatorError as error:
            refused.append(error)
            continue
        stored += importedLines(records, work.clock())
    return stored, refused


def fitting(
    contents: Contents, check: Callable[[Certificate], object] | None, source: str
) -> tuple[list[Certificate], list[Said]]:
    """
    Return those of several certificates of authorities that are fit to be stored, and messages about the others.

    @param check: refuses one that is not fit; C{None} takes all of them.
    @raise sslpool.messages.OperatorError: none is fit.
    """
    fit: list[Certificate] = []
    refusals = list(contents.damaged)
    for certificate in contents.certificates:
        try:
            if check is not None:
                check(certificate)
            fit.append(certificate)
        except OperatorError as error:
            refusals.append(error)
    if refusals and not fit:
        raise refusals[0]
    return fit, [said("SSLP826W", source=source, reason=error.said) for error in refusals]


def leftOut(stored: Credential, given: Iterable[Certificate], source: str) -> list[Said]:
    """
    Return the message about certificates that were given with another and are not stored with it; none where all are.
    """
    names = [each.shown for each in given if each not in stored.certificates]
    more = [f"and {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    shown = "; ".join([*names[:_MOST_NAMES], *more])
    return [said("SSLP832I", source=source, label=stored.label, names=shown)] if names else []


def unused(name: str, used: Collection[str]) -> str:
    """
    Return a label for a certificate without a private key, made from its name.

    @param used: the labels that it cannot have.
    """
    name = "".join(each for each in name if each.isprintable()).strip()[:_LONGEST_NAME] or _NAMELESS
    label, count = name, 1
    while label in used:
        count += 1
        label = f"{name} {count}"
    return label
