# -*- test-case-name: tests.commands.test_gskkyman -*-
"""
The operations of C{gskkyman}: what each is told on the command line, and how it
is done.  A command's own process.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence

from attrs import asdict
from cryptography import x509
from twisted.python import usage

from sslpool import __version__
from sslpool.keydb.database import Database
from sslpool.keydb.files import PRIVATE, readFile, stashPath, writeNew
from sslpool.keydb.listing import formatDetails, formatList, formatRevocations, formatTime
from sslpool.keydb.operations import DAYS, KEY_KINDS, exportPem, exportPkcs12, importAny, importCertificate, selfSigned
from sslpool.keydb.parsing import parseRevocations
from sslpool.keydb.passwords import isTerminal, newPasswordFor, passwordFor
from sslpool.keydb.records import CertificateRecord, Credential, RevocationRecord
from sslpool.keydb.revocations import addRevocations, listRevocations, removeRevocations
from sslpool.messages import OperatorError, operatorError, render

DATABASE = "/etc/gskadm/Database.kdb"
_PUBLIC = 0o644
_DAY = 86400.0
_NEEDS_PASSWORD = ("SSLP343E", "SSLP353E")


class GskkymanOptions(usage.Options):
    """
    What the command and its operations have in common.
    """

    def opt_version(self) -> None:
        """
        Show the version and exit.
        """
        print(f"gskkyman (sslpool) {__version__}")
        sys.exit(0)


class Operation(GskkymanOptions):
    """
    What every operation is told: which key database, and how to open it.

    @cvar operands: what follows the options.
    """

    operands = ""

    optParameters = [
        ["database", "d", DATABASE, "The key database"],
        ["password-file", "p", None, "A file with the password of the key database on its first line"],
    ]

    def getSynopsis(self) -> str:
        """
        Return the line that says how the operation is called.
        """
        assert self.parent is not None
        return f"Usage: gskkyman {self.parent.subCommand} [options] {self.operands}".rstrip()

    @property
    def path(self) -> str:
        """
        The name of the key database.
        """
        return str(self["database"])

    def opened(self) -> Database:
        """
        Open the key database: with the password file if one is named, else with
        the stash file if there is one, else with a password from the terminal.
        """
        if self["password-file"] is None and os.path.lexists(stashPath(self.path)):
            return Database.openStashed(self.path)
        return self.openedByPassword()

    def openedByPassword(self, allowExpired: bool = False) -> Database:
        """
        Open the key database with its password.
        """
        password = passwordFor(self.path, self["password-file"], "--password-file")
        return Database.open(self.path, password, allowExpired)

    def perform(self) -> list[str]:
        """
        Do it, and return the lines to show.

        @raise OperatorError: it was not done.
        """
        raise AssertionError(f"{type(self).__name__} does not say what it does")


class LabelOperation(Operation):
    """
    An operation on one certificate.
    """

    optParameters = [["label", "l", None, "The label of the certificate"]]

    @property
    def label(self) -> str:
        """
        The label.
        """
        return str(self["label"])

    def postOptions(self) -> None:
        """
        @raise usage.UsageError: there is no label.
        """
        if self["label"] is None:
            raise usage.UsageError("--label is missing.")


class Create(Operation):
    """
    Make a key database.
    """

    optFlags = [["stash", "s", "Store the password as well"]]
    optParameters = [["expires", "e", None, "Days until the password expires; without it, never"]]

    def perform(self) -> list[str]:
        expires = _expiry(self["expires"])
        password = newPasswordFor(self.path, self["password-file"], "--password-file")
        with Database.create(self.path, password, expires) as database:
            return [render("SSLP300I", path=self.path), *(_stashed(database) if self["stash"] else ())]


class Stash(Operation):
    """
    Store the password for the servers.  It opens with the password, not with
    the stash file that is to be replaced.
    """

    def perform(self) -> list[str]:
        with self.openedByPassword() as database:
            return _stashed(database)


class Password(Operation):
    """
    Change the password, even one that has expired; say that it is to be stored
    again where it was stored before.
    """

    optFlags = [["stash", "s", "Store the new password as well"]]
    optParameters = [
        ["new-password-file", "n", None, "A file with the new password on its first line"],
        ["expires", "e", None, "Days until the new password expires; without it, never"],
    ]

    def perform(self) -> list[str]:
        expires = _expiry(self["expires"])
        with self.openedByPassword(allowExpired=True) as database:
            database.changePassword(
                newPasswordFor(self.path, self["new-password-file"], "--new-password-file"), expires
            )
            return [render("SSLP302I", path=self.path), *self._afterChange(database)]

    def _afterChange(self, database: Database) -> list[str]:
        if self["stash"]:
            return _stashed(database)
        stash = stashPath(self.path)
        return [render("SSLP328W", stash=stash)] if os.path.lexists(stash) else []


class SelfSigned(LabelOperation):
    """
    Make a key and a certificate signed with it.  The first name is the subject's.
    """

    optFlags = [["replace", "r", "Replace the certificate that has this label"]]
    optParameters = [
        ["name", "n", "", "DNS names and IP addresses of the server, separated by commas"],
        ["key", "k", "ec", f"The kind of key: {', '.join(KEY_KINDS)}"],
        ["days", None, "365", "How long it is valid"],
    ]

    def perform(self) -> list[str]:
        names = [name.strip() for name in str(self["name"]).split(",") if name.strip()]
        days = _daysIn(self["days"])
        with self.opened() as database:
            commonName = names[0] if names else self.label
            credential = selfSigned(self.label, commonName, names, kind=self["key"], days=days)
            database.add(credential, bool(self["replace"]))
        return [render("SSLP303I", label=self.label, until=_until(credential))]


class Import(LabelOperation):
    """
    Store a certificate that was made elsewhere, or a revocation list (which needs no label).
    """

    operands = "FILE"
    optFlags = [
        ["certificate-only", "c", "The file is the certificate of an authority, without a key"],
        ["replace", "r", "Replace the certificate that has this label"],
    ]
    optParameters = [["key-password-file", "k", None, "A file with the password of FILE on its first line"]]

    def parseArgs(self, file: str) -> None:  # type: ignore[override]
        """
        @param file: PEM, PKCS #12 or, for a certificate or a revocation list, DER.
        """
        self["file"] = file

    def postOptions(self) -> None:
        """
        The label is looked for when it is known what the file holds.
        """

    def perform(self) -> list[str]:
        data = readFile(self["file"])
        found = parseRevocations(data, self["file"])
        if found is not None:
            return self._revocations(found)
        super().postOptions()
        with self.opened() as database:
            return self._certificate(database) if self["certificate-only"] else self._credential(database)

    def _revocations(self, found: x509.CertificateRevocationList) -> list[str]:
        with self.opened() as database:
            record = addRevocations(database, found, self["file"])
        due = "at no given time" if record.nextUpdate is None else formatTime(record.nextUpdate)
        return [render("SSLP366I", label=record.label, count=record.revoked, due=due)]

    def _certificate(self, database: Database) -> list[str]:
        certificate = importCertificate(readFile(self["file"]), self["file"])
        database.addCertificate(self.label, certificate, bool(self["replace"]))
        return [render("SSLP304I", label=self.label, until=formatTime(certificate.not_valid_after_utc.timestamp()))]

    def _credential(self, database: Database) -> list[str]:
        credential = self._read(readFile(self["file"]))
        database.add(credential, bool(self["replace"]))
        return [render("SSLP304I", label=self.label, until=_until(credential))]

    def _read(self, data: bytes) -> Credential:
        file, passwordFile, option = self["file"], self["key-password-file"], "--key-password-file"
        if passwordFile is not None:
            return importAny(data, self.label, passwordFor(file, passwordFile, option), file)
        try:
            return importAny(data, self.label, None, file)
        except OperatorError as error:
            if error.message.id not in _NEEDS_PASSWORD or not isTerminal():
                raise
        return importAny(data, self.label, passwordFor(file, None, option), file)


class List(Operation):
    """
    Show all certificates and revocation lists, a line for each.
    """

    optFlags = [["json", "j", "Show them as JSON"], ["revocations", "c", "Show the revocation lists only"]]

    def perform(self) -> list[str]:
        with self.opened() as database:
            records, lists = database.records(), listRevocations(database)
        if self["json"]:
            shown: Sequence[CertificateRecord | RevocationRecord] = lists if self["revocations"] else records
            return [json.dumps([asdict(record) for record in shown], indent=2)]
        if not records:
            return [render("SSLP308I", path=self.path)]
        table = [] if self["revocations"] else formatList(records, time.time())
        return [*table, *([""] if table and lists else []), *formatRevocations(lists, time.time())]


class Show(LabelOperation):
    """
    Show one certificate.
    """

    def perform(self) -> list[str]:
        with self.opened() as database:
            return formatDetails(database.record(self.label), time.time())


class Export(LabelOperation):
    """
    Write a certificate and those above it as PEM, or with its key as PKCS #12;
    a file that exists is not replaced.
    """

    operands = "[FILE]"
    optFlags = [["with-key", "w", "Write the private key too, as PKCS #12"]]
    optParameters = [["key-password-file", "k", None, "A file with the password for FILE on its first line"]]

    def parseArgs(self, file: str | None = None) -> None:
        """
        @param file: what to write; C{None} is standard output.
        """
        self["file"] = file

    def postOptions(self) -> None:
        """
        @raise usage.UsageError: a private key would be shown.
        """
        super().postOptions()
        if self["with-key"] and self["file"] is None:
            raise usage.UsageError("--with-key needs the name of a file.")

    def perform(self) -> list[str]:
        with self.opened() as database:
            return self._withKey(database) if self["with-key"] else self._certificate(database)

    def _certificate(self, database: Database) -> list[str]:
        pem = exportPem(database.certificates(self.label))
        if self["file"] is None:
            return pem.decode("ascii").splitlines()
        writeNew(self["file"], pem, _PUBLIC)
        return [render("SSLP307I", label=self.label, file=self["file"])]

    def _withKey(self, database: Database) -> list[str]:
        credential = database.credential(self.label)
        password = newPasswordFor(self["file"], self["key-password-file"], "--key-password-file")
        writeNew(self["file"], exportPkcs12(credential, password), PRIVATE)
        return [render("SSLP309I", label=self.label, file=self["file"])]


class Delete(LabelOperation):
    """
    Remove a certificate and its key, or the revocation list of an authority.
    """

    optFlags = [["revocations", "c", "Remove only the revocation list that this authority has signed"]]

    def perform(self) -> list[str]:
        with self.opened() as database:
            if self["revocations"]:
                removeRevocations(database, self.label)
                return [render("SSLP367I", label=self.label)]
            database.remove(self.label)
        return [render("SSLP305I", label=self.label)]


class Default(LabelOperation):
    """
    Make a key the default.
    """

    def perform(self) -> list[str]:
        with self.opened() as database:
            database.setDefault(self.label)
        return [render("SSLP306I", label=self.label)]


class Trust(LabelOperation):
    """
    Say whether servers may use a certificate.
    """

    optFlags = [["off", None, "They may not"]]

    def perform(self) -> list[str]:
        with self.opened() as database:
            database.setTrusted(self.label, not self["off"])
        return [render("SSLP361I" if self["off"] else "SSLP360I", label=self.label)]


def _stashed(database: Database) -> list[str]:
    return [render("SSLP301I", path=database.path, stash=database.stash())]


def _daysIn(text: str) -> int:
    if not (text.isdecimal() and int(text[:6]) in DAYS):
        raise operatorError("SSLP352E", days=text)
    return int(text)


def _expiry(days: str | None) -> float | None:
    return None if days is None else time.time() + _daysIn(days) * _DAY


def _until(credential: Credential) -> str:
    return formatTime(credential.certificate.not_valid_after_utc.timestamp())
