# -*- test-case-name: tests.commands.gskkyman.test_main -*-
"""
The operations of C{gskkyman} on certificates, keys and requests.  A command's own process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from twisted.python import usage

from sslpool.commands.gskkyman.displaying import Displayed
from sslpool.commands.gskkyman.importing import Imported, Importing
from sslpool.commands.gskkyman.inputfiles import STANDARD_INPUT, readInput
from sslpool.commands.gskkyman.manyfiles import importMany
from sslpool.commands.gskkyman.options import LabelOperation, Operation, daysIn
from sslpool.commands.gskkyman.questions import namesIn
from sslpool.commands.gskkyman.workbench import CertificateSpec, Workbench
from sslpool.keydb.exchange import CERTIFICATE_FORMATS, KEY_FORMATS
from sslpool.keydb.generation import KEY_KINDS, Usage
from sslpool.keydb.passwordprompts import isTerminal, newPasswordFor, passwordFor
from sslpool.messages import Said

_PAIR = 2
_UNFIT = "Store it even if it is expired, not yet valid, weak, unusable, or its chain is incomplete"
_UNCHECKED: list[str | None] = ["unchecked", "u", _UNFIT]
_REPLACE: list[str | None] = ["replace", "r", "Replace the certificate with this label"]
_USAGES: list[list[str | None]] = [
    ["authority", "a", "Create an authority's certificate, which can sign others; any label is valid"],
    ["client", None, "Create a client certificate"],
]


class SpecOperation(LabelOperation):
    """
    An operation that makes a key: what its certificate is to be like.
    """

    optParameters = [
        ["name", "n", "", "DNS names and IP addresses, separated by commas; the first becomes the subject"],
        ["subject", None, "", "The subject, such as CN=www.example.com,O=Example,C=DE"],
        ["key", "k", "ec", f"The type of key: {', '.join(KEY_KINDS)}"],
    ]

    def spec(self, use: Usage = "server", days: int = 365) -> CertificateSpec:
        """
        Return it.
        """
        names = namesIn(str(self["name"]))
        return CertificateSpec(self.label, str(self["subject"]), names, str(self["key"]), days, use)


class SelfSigned(SpecOperation):
    """
    Make a key and a certificate signed with it, or by an authority of the key database.
    """

    optFlags = [_REPLACE, *_USAGES]
    optParameters = [
        ["days", None, "365", "Days it is valid"],
        ["issuer", "i", None, "The label of the authority that signs it; the default is its own key"],
    ]

    def perform(self) -> Sequence[Said | str]:
        spec = self.spec(_usageIn(self), daysIn(self["days"]))
        with self.opened() as work:
            if self["issuer"] is None:
                return [work.selfSigned(spec, bool(self["replace"]))]
            return [work.signed(spec, self["issuer"], bool(self["replace"]))]


class Request(SpecOperation):
    """
    Make a key and a request for its certificate; or write one that waits once more.
    """

    operands = "FILE"
    optFlags = [["again", None, "Write the pending request with this label again"]]

    def perform(self) -> Sequence[Said | str]:
        with self.opened() as work:
            if self["again"]:
                return [work.exportRequest(self.label, self["file"])]
            return [work.request(self.spec(), self["file"])]


class Receive(Operation):
    """
    Store the certificate that was requested, or a renewal.
    """

    operands = "FILE"
    optFlags = [_UNCHECKED]

    def perform(self) -> Sequence[Said | str]:
        given = [readInput(self["file"])]
        with self.opened() as work:
            done = Importing(work, given, unchecked=bool(self["unchecked"])).received()
        self.problems = done.refused
        return list(done.stored)


class Display(Operation):
    """
    Show what is in a file of certificates; no key database is opened.
    """

    operands = "FILE"
    optParameters = [["key-password-file", "k", None, "A file with the password of FILE on its first line"]]

    _displayed: Displayed | None = None

    def perform(self) -> Sequence[Said | str]:
        given = readInput(self["file"])
        passwordFile = self["key-password-file"]
        isAsked = passwordFile is not None or (isTerminal() and given.needsPassword(withKeys=False))
        password = passwordFor(given.name, passwordFile, "--key-password-file") if isAsked else None
        self._displayed = Displayed.of(given, password)
        return self._displayed.lines(time.time())

    def shown(self, done: Sequence[Said | str]) -> object:
        return None if self._displayed is None else self._displayed.plain()


class Sign(LabelOperation):
    """
    Sign a certificate request of others, by the authority with this label.
    """

    operands = "REQUEST FILE"
    optFlags = _USAGES
    optParameters = [["days", None, "365", "Days it is valid, at most until the authority's end"]]

    def perform(self) -> Sequence[Said | str]:
        days = daysIn(self["days"])
        with self.opened() as work:
            return [work.sign(self["request"], self.label, self["file"], days, _usageIn(self))]


class Renew(LabelOperation):
    """
    Renew a certificate that is self-signed, or whose authority is in the key
    database; or write a renewal request for any other.
    """

    operands = "[FILE]"
    optParameters = [
        ["days", None, "365", "Days it is valid"],
        ["key", "k", None, "Create a new key of this type for the request"],
    ]

    def postOptions(self) -> None:
        super().postOptions()
        if self["key"] is not None and self["file"] is None:
            raise usage.UsageError("--key requires a file name for the request.")

    def perform(self) -> Sequence[Said | str]:
        days = daysIn(self["days"])
        with self.opened() as work:
            if self["file"] is None:
                return [work.renew(self.label, days)]
            return [work.renewalRequest(self.label, self["file"], self["key"])]


class Import(LabelOperation):
    """
    Store what was made elsewhere: certificates, private keys, revocation lists, in any format.  A private key
    may be in a file of its own.  Of several files, or a directory, each certificate with a key gets a label from
    the name of its file.
    """

    operands = "FILE [KEYFILE] | FILE..."
    optFlags = [
        ["certificate-only", "c", "The file has authorities' certificates, without keys"],
        ["replace", "r", "Replace the certificate with this label; for several files, those that they renew"],
        _UNCHECKED,
    ]
    optParameters = [["key-password-file", "k", None, "A file with the password of FILE on its first line"]]

    def parseArgs(self, file: str, *more: str) -> None:  # type: ignore[override]
        """
        @param file: PEM, DER, PKCS #7, PKCS #12, or base64 of one; C{-} is standard input; or a directory.
        @param more: the private key for it; or others.
        """
        self["files"] = (file, *more)

    def postOptions(self) -> None:
        """
        Whether a label is needed is known when it is known what the file holds.

        @raise usage.UsageError: it cannot be that of several; or standard input is wanted twice.
        """
        if self["label"] is not None and len(self["files"]) > _PAIR:
            raise usage.UsageError("--label is for one certificate; for several, labels are made from the file names.")
        inputs = [*self["files"], self["password-file"], self["key-password-file"]]
        if inputs.count(STANDARD_INPUT) > 1:
            raise usage.UsageError("- (standard input) can be given only once.")

    def perform(self) -> Sequence[Said | str]:
        files = self["files"]
        isOne = self["label"] is not None or (len(files) == 1 and not os.path.isdir(files[0]))
        done = self._one() if isOne else self._many()
        self.problems = done.refused
        return list(done.stored)

    def _one(self) -> Imported:
        given = [readInput(file) for file in self["files"]]
        withKeys = not self["certificate-only"]
        password = self._password(any(each.needsPassword(withKeys) for each in given))
        with self.opened() as work:
            importing = Importing(work, given, password, bool(self["replace"]), bool(self["unchecked"]))
            contents = importing.contents(withKeys=False)
            if not withKeys or (contents.lists and not contents.certificates):
                return importing.certificates(self["label"])
            super().postOptions()
            return importing.key(self.label)

    def _many(self) -> Imported:
        password = self._password(False)
        with self.opened() as work:
            replace, unchecked = self["replace"], self["unchecked"]
            withKeys = not self["certificate-only"]
            return importMany(work, self["files"], password, bool(replace), bool(unchecked), withKeys)

    def _password(self, isNeeded: bool) -> str | None:
        passwordFile = self["key-password-file"]
        if passwordFile is None and not (isTerminal() and isNeeded):
            return None
        return passwordFor(self["files"][0], passwordFile, "--key-password-file")


class Export(LabelOperation):
    """
    Write a certificate and those above it, or with its key as PKCS #12; a file that exists is not replaced.
    """

    operands = "[FILE]"
    optFlags = [["with-key", "w", "Include the private key, as PKCS #12"]]
    optParameters = [
        ["key-password-file", "k", None, "A file with the password for FILE on its first line"],
        ["format", "f", None, f"{', '.join(CERTIFICATE_FORMATS)}; with the key {', '.join(KEY_FORMATS)}"],
    ]

    def postOptions(self) -> None:
        """
        @raise usage.UsageError: a private key or binary would be shown.
        """
        super().postOptions()
        if self["file"] is None and (self["with-key"] or self["format"] not in (None, "pem", "pkcs7-pem")):
            raise usage.UsageError(f"{'--with-key' if self['with-key'] else '--format'} requires a file name.")

    def perform(self) -> Sequence[Said | str]:
        file, form = self["file"], self["format"]
        with self.opened() as work:
            if self["with-key"]:
                return [self._withKey(work, form or "pkcs12")]
            if file is None:
                return work.certificateText(self.label, form or "pem").splitlines()
            return [work.exportCertificate(self.label, file, form or "pem")]

    def _withKey(self, work: Workbench, form: str) -> Said:
        work.database.credential(self.label)
        password = newPasswordFor(self["file"], self["key-password-file"], "--key-password-file")
        return work.exportKey(self.label, self["file"], password, form)

    def shown(self, done: Sequence[Said | str]) -> object:
        return super().shown(done) if self["file"] is not None else {"certificates": "\n".join(map(str, done)) + "\n"}


class Delete(LabelOperation):
    """
    Remove a certificate and its key, a certificate request and its key, or the revocation list of an authority.
    """

    optFlags = [
        ["revocations", "c", "Delete only the revocation list of this authority"],
        ["request", "q", "Delete the certificate request"],
    ]

    def perform(self) -> Sequence[Said | str]:
        with self.opened() as work:
            if self["revocations"]:
                return [work.removeRevocations(self.label)]
            return [work.removeRequest(self.label) if self["request"] else work.remove(self.label)]


class Default(LabelOperation):
    """
    Make a key the default.
    """

    def perform(self) -> Sequence[Said | str]:
        with self.opened() as work:
            return [work.setDefault(self.label)]


class Trust(LabelOperation):
    """
    Say whether servers may use a certificate.
    """

    optFlags = [["off", None, "Servers may not use it"]]

    def perform(self) -> Sequence[Said | str]:
        with self.opened() as work:
            return [work.setTrusted(self.label, not self["off"])]


class Label(LabelOperation):
    """
    Give a certificate, or a request, another label.
    """

    operands = "NEW"
    optFlags = [["request", "q", "The label is that of a certificate request"]]

    def perform(self) -> Sequence[Said | str]:
        with self.opened() as work:
            rename = work.renameRequest if self["request"] else work.rename
            return [rename(self.label, self["new"])]


def _usageIn(options: Operation) -> Usage:
    if options["authority"] and options["client"]:
        raise usage.UsageError("--authority and --client exclude each other.")
    return "authority" if options["authority"] else "client" if options["client"] else "server"
