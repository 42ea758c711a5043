# -*- test-case-name: tests.commands.gskkyman.test_workbench -*-
"""
What an operator does with a key database, and with certificates and keys of an open one; the
dialogue and the command line of C{gskkyman} both do it here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial

from attrs import evolve, frozen
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sslpool.commands.gskkyman.examining import Examiner, Rehearse, Remark, unrehearsed, unremarked
from sslpool.commands.gskkyman.formatting import formatTime
from sslpool.commands.gskkyman.inputfiles import readInput
from sslpool.keydb import entries, tables
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import isRoot, issued
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import exportCertificates, exportKey, exportPem, parameters
from sslpool.keydb.files import PRIVATE, requestsPath, stashPath, syncDirectory, writeNew, writingOf
from sslpool.keydb.generation import Usage, selfSigned
from sslpool.keydb.issuing import makeRequest, parseRequest, parseSubject, renewalRequest, renewed, signedBy
from sslpool.keydb.labels import checkCertificateLabel, checkKeyLabel
from sslpool.keydb.records import CertificateRecord, Credential, PendingRequest
from sslpool.keydb.requests import addRequest, removeRequestOf, renameRequest, requestOf, requestsOf
from sslpool.keydb.revocations import listsOf, removeRevocations, storeRevocations
from sslpool.messages import Said, operatorError, said

PUBLIC = 0o644
"""
Mode of a file that holds no secret.
"""
_DAY = 86400.0


@frozen
class CertificateSpec:
    """
    What a new certificate is to be like.

    @ivar label: its label.
    @ivar subject: the subject, as in RFC 4514; empty for the first of C{names}.
    @ivar names: the DNS names and IP addresses that it is for.
    @ivar kind: the kind of key, one of L{sslpool.keydb.generation.KEY_KINDS}.
    @ivar days: how long it is valid.
    @ivar usage: what it is for.
    """

    label: str
    subject: str = ""
    names: tuple[str, ...] = ()
    kind: str = "ec"
    days: int = 365
    usage: Usage = "server"

    def name(self) -> x509.Name:
        """
        Return the subject.

        @raise sslpool.messages.OperatorError: SSLP386E, it is not one.
        """
        return parseSubject(self.subject or f"CN={_escaped(self.names[0] if self.names else self.label)}")


@frozen
class Workbench:
    """
    Work on one key database.  Each method does one thing or nothing, and
    returns the line that says so; it raises L{sslpool.messages.OperatorError} where it is not done.

    @ivar database: the key database.
    @ivar clock: returns the time, in seconds since the epoch.
    @ivar rehearse: does with a credential or an authority what a server does, and raises what that raises.
    @ivar remark: is told the messages about what is done and may not be meant.
    """

    database: Database
    clock: Callable[[], float] = time.time
    rehearse: Rehearse = unrehearsed
    remark: Remark = unremarked

    def checkFree(self, label: str, usage: Usage = "server") -> None:
        """
        See that a new certificate can have a label.

        @raise sslpool.messages.OperatorError: SSLP330E or SSLP331E not one, SSLP332E or SSLP370E it is taken.
        """
        (checkCertificateLabel if usage == "authority" else checkKeyLabel)(label)
        if any(record.label == label for record in self.database.records()):
            raise operatorError("SSLP332E", path=self.database.path, label=label)
        self._checkNotRequested(label)

    def selfSigned(self, spec: CertificateSpec, replace: bool = False) -> Said:
        """
        Make a key and a certificate signed with it.
        """
        made = selfSigned(spec.label, spec.name(), spec.names, kind=spec.kind, days=spec.days, usage=spec.usage)
        self.examiner.remarkMade(spec.usage, made.label, made.certificate)
        self.add(made, replace)
        return said("SSLP303I", label=made.label, until=until(made.certificate))

    def signed(self, spec: CertificateSpec, issuer: str, replace: bool = False) -> Said:
        """
        Make a key, and a certificate signed by the authority C{issuer}.
        """
        authority = self.database.credential(issuer)
        request = makeRequest(spec.label, spec.name(), spec.names, spec.kind)
        certificate = signedBy(authority, request.request, spec.days, spec.usage)
        self.examiner.remarkMade(spec.usage, spec.label, certificate, authority.certificate, *authority.chain)
        self.add(Credential(spec.label, certificate, _chainOf(authority), request.key), replace)
        return said("SSLP383I", label=spec.label, issuer=issuer, until=until(certificate))

    def request(self, spec: CertificateSpec, file: str) -> Said:
        """
        Make a key and a request for its certificate, and write this to C{file}.
        """
        return self._requested(makeRequest(spec.label, spec.name(), spec.names, spec.kind), file)

    def renewalRequest(self, label: str, file: str, kind: str | None = None) -> Said:
        """
        Write a request for another certificate to C{file}.

        @param kind: the kind of a new key, which waits for its certificate; C{None} keeps the key.
        """
        found = renewalRequest(self.database.credential(label), kind)
        if kind is not None:
            return self._requested(found, file, renewal=True)
        checkKeyLabel(label)
        writeNew(file, found.request.public_bytes(Encoding.PEM), PUBLIC)
        return said("SSLP368I", label=label, file=file)

    def renew(self, label: str, days: int) -> Said:
        """
        Sign a certificate again, with its own key or that of an authority which is here.
        """
        credential = self.database.credential(label)
        issuer = None if isRoot(credential.certificate) else self._authorityOf(credential)
        made = renewed(credential, days, issuer)
        self.database.add(made, replace=True)
        return said("SSLP379I", label=label, until=until(made.certificate))

    def sign(self, file: str, issuer: str, target: str, days: int, usage: Usage = "server") -> Said:
        """
        Sign the request in C{file} by the authority C{issuer}; write the certificate to C{target}.
        """
        request = parseRequest(readInput(file).octets, file)
        authority = self.database.credential(issuer)
        certificate = signedBy(authority, request, days, usage)
        writeNew(target, exportPem((certificate, *_chainOf(authority))), PUBLIC)
        self.examiner.remarkMade(usage, target, certificate, authority.certificate, *authority.chain)
        return said("SSLP378I", subject=certificate.shown, label=issuer, until=until(certificate), file=target)

    def exportCertificate(self, label: str, file: str, form: str = "pem") -> Said:
        """
        Write a certificate, and those above it, in a form of L{sslpool.keydb.exchange.CERTIFICATE_FORMATS}.
        """
        writeNew(file, exportCertificates(self.database.certificates(label), form), PUBLIC)
        return said("SSLP307I", label=label, file=file)

    def certificateText(self, label: str, form: str = "pem") -> str:
        """
        Return a certificate, and those above it, as text.
        """
        return exportCertificates(self.database.certificates(label), form).decode("ascii")

    def exportKey(self, label: str, file: str, password: str, form: str = "pkcs12") -> Said:
        """
        Write a certificate with its private key in a form of L{sslpool.keydb.exchange.KEY_FORMATS}.
        """
        writeNew(file, exportKey(self.database.credential(label), password, form), PRIVATE)
        return said("SSLP309I", label=label, file=file)

    def exportRequest(self, label: str, file: str) -> Said:
        """
        Write a request that waits once more.
        """
        writeNew(file, requestOf(self.database, label).request.public_bytes(Encoding.PEM), PUBLIC)
        return said("SSLP368I", label=label, file=file)

    def copy(self, label: str, other: Database) -> Said:
        """
        Store an entry in another key database as well, under the same label.
        """
        if os.path.samefile(other.path, self.database.path):
            raise operatorError("SSLP396E", path=other.path)
        copyEntry(self.database, label, other, self.clock())
        return said("SSLP395I", label=label, path=other.path)

    def setDefault(self, label: str) -> Said:
        """
        Make a key the default.
        """
        self.database.setDefault(label)
        return said("SSLP306I", label=label)

    def setTrusted(self, label: str, trusted: bool) -> Said:
        """
        Say whether servers may use a certificate.
        """
        self.database.setTrusted(label, trusted)
        return said("SSLP360I" if trusted else "SSLP361I", label=label)

    def rename(self, label: str, new: str) -> Said:
        """
        Give a certificate another label.
        """
        self._checkNotRequested(new)
        self.database.rename(label, new)
        return said("SSLP381I", label=label, new=new)

    def remove(self, label: str) -> Said:
        """
        Remove a certificate, with its private key if it has one.
        """
        self.database.remove(label)
        return said("SSLP305I", label=label)

    def removeRevocations(self, label: str) -> Said:
        """
        Remove the revocation list of an authority.
        """
        removeRevocations(self.database, label)
        return said("SSLP367I", label=label)

    def renameRequest(self, label: str, new: str) -> Said:
        """
        Give a request another label.
        """
        renameRequest(self.database, label, new)
        return said("SSLP399I", label=label, new=new)

    def removeRequest(self, label: str) -> Said:
        """
        Remove a request and its private key.
        """
        removeRequestOf(self.database, label)
        return said("SSLP369I", label=label)

    def stash(self) -> Said:
        """
        Store the password for the servers.
        """
        return said("SSLP301I", path=self.database.path, stash=self.database.stash())

    def setRecordLength(self, length: int) -> Said:
        """
        Change the record length.
        """
        self.database.setRecordLength(length)
        return self.recordLength()

    def recordLength(self) -> Said:
        """
        Say what the record length is.
        """
        return said("SSLP382I", path=self.database.path, length=self.database.recordLength)

    def expiring(self, days: int) -> list[CertificateRecord]:
        """
        Return the certificates that have expired, or will within C{days} days, the next one first.
        """
        latest = self.clock() + days * _DAY
        found = (record for record in self.database.records() if record.notAfter < latest)
        return sorted(found, key=lambda each: each.notAfter)

    def add(self, credential: Credential, replace: bool) -> None:
        """
        Store a certificate with its private key.

        @param replace: in the place of what has its label.
        """
        # What replaces a certificate may have a renewal under way; anything else would be taken by it.
        if replace:
            self.examiner.remarkReplaced(credential.label, credential.certificate)
        else:
            self._checkNotRequested(credential.label)
        self.database.add(credential, replace)

    def _checkNotRequested(self, label: str) -> None:
        if any(found.label == label for found in requestsOf(self.database)):
            raise operatorError("SSLP370E", label=label, requests=requestsPath(self.database.path))

    def _requested(self, found: PendingRequest, file: str, renewal: bool = False) -> Said:
        content = found.request.public_bytes(Encoding.PEM)
        addRequest(self.database, found, renewal, before=partial(writeNew, file, content, PUBLIC))
        return said("SSLP368I", label=found.label, file=file)

    @property
    def examiner(self) -> Examiner:
        """
        Who looks at what is to be stored.
        """
        return Examiner(self.database, self.clock, self.rehearse, self.remark)

    def _authorityOf(self, credential: Credential) -> Credential:
        certificate = credential.certificate
        for record in self.database.records():
            if record.hasKey and issued(self.database.certificates(record.label)[0], certificate):
                return self.database.credential(record.label)
        path = self.database.path
        raise operatorError("SSLP380E", label=credential.label, issuer=certificate.issuer.shown, path=path)


def until(certificate: Certificate) -> str:
    """
    Return when a certificate expires.
    """
    return formatTime(certificate.notAfter)


def _chainOf(authority: Credential) -> tuple[Certificate, ...]:
    # A root is left out: clients have it, or do not trust it.
    certificate = authority.certificate
    return () if isRoot(certificate) else (certificate, *authority.chain)


def _escaped(text: str) -> str:
    return "".join(f"\\{each}" if each in ',+"\\<>;=#' else each for each in text)


def deleteDatabase(path: str, password: str) -> Said:
    """
    Remove a key database with its requests and its stash.

    @raise sslpool.messages.OperatorError: as L{Database.open}; a password that has expired will do.
    """
    with Database.open(path, password, allowExpired=True) as database, database.changing(), writingOf(path):
        for each in (stashPath(path), requestsPath(path), path):
            if os.path.lexists(each):
                os.unlink(each)
        syncDirectory(path)
    return said("SSLP388I", path=path)


def createParameters(group: str, file: str) -> Said:
    """
    Write a Diffie-Hellman group.
    """
    writeNew(file, parameters(group), PUBLIC)
    return said("SSLP394I", file=file)


def copyEntry(source: Database, label: str, target: Database, now: float) -> None:
    """
    Store an entry in another key database under the same label, with all that it has: what is not trusted here
    is not trusted there, and whom its revocation list names does not get in there either.

    @param now: the present, in seconds since the epoch.
    @raise sslpool.messages.OperatorError: SSLP316E its list is damaged, SSLP332E the label is taken, SSLP333E no such
        entry, SSLP363E a newer list of this authority is there, SSLP805E one for other certificates is.
    """
    with source.reading() as connection:
        entry = tables.readEntry(source.path, connection, label)
        lists = listsOf(source.path, connection, entry)
    with target.changing() as connection:
        if tables.findEntry(target.path, connection, label) is not None:
            raise operatorError("SSLP332E", path=target.path, label=label)
        sealed = entries.resealed(source.path, entry, source.master, target.master)
        tables.writeEntry(connection, evolve(sealed, default=False))
        storeRevocations(target.path, connection, lists, source.path, now, unchecked=True)
