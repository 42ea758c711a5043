# -*- test-case-name: tests.commands.gskkyman.test_dialogue -*-
"""
The menus of C{gskkyman} for one key, one certificate or one request.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sslpool.commands.gskkyman.dialogue import Back, Item, Prompter, Talk
from sslpool.commands.gskkyman.formatting import formatDetails, formatKey, formatRequest, formatRevocations
from sslpool.commands.gskkyman.questions import (
    ALGORITHM,
    CERTIFICATE_FORMAT,
    KEY_FORMAT,
    USAGE,
    askDays,
    askLabel,
    askOne,
    askOpened,
    askSpec,
)
from sslpool.commands.gskkyman.workbench import Workbench
from sslpool.keydb.records import describeRequest
from sslpool.keydb.requests import requestOf
from sslpool.keydb.revocations import listRevocations
from sslpool.messages import Said, said


class EntryMenu:
    """
    A menu about one label.

    @param talk: says and asks.
    @param work: the key database.
    @param label: the label.
    @cvar title: what stands above it.
    """

    title = ""

    def __init__(self, talk: Prompter, work: Workbench, label: str) -> None:
        self._talk = talk
        self._work = work
        self._label = label
        self._there = True

    def items(self) -> tuple[Item, ...]:
        """
        Return what can be chosen, and what is done then.
        """
        raise AssertionError(f"{type(self).__name__} does not say what can be chosen")

    def added(self) -> tuple[Item, ...]:
        """
        Return what can be chosen here and not on z/VM.
        """
        return ()

    def run(self) -> Talk[None]:
        """
        Show the menu until the user goes back, or what it is about is gone.
        """
        while self._there:
            try:
                about = [f"Label: {self._label}"]
                yield from self._talk.offer(self.title, self.items(), about=about, added=self.added())
            except Back:
                return

    def _act(self, act: Callable[[str], Said]) -> Talk[None]:
        yield from self._talk.done(act(self._label))

    def _delete(self, remove: Callable[[str], Said]) -> Talk[None]:
        if (yield from self._talk.yes("Enter 1 to confirm delete")):
            message = remove(self._label)
            self._there = False
            yield from self._talk.done(message)

    def _rename(self, rename: Callable[[str, str], Said]) -> Talk[None]:
        new = yield from askLabel(self._talk)
        message = rename(self._label, new)
        self._label = new
        yield from self._talk.done(message)


class CertificateMenu(EntryMenu):
    """
    The menu of a certificate without a private key.
    """

    title = "Certificate Menu"

    def items(self) -> tuple[Item, ...]:
        return (
            ("Show certificate information", self._show),
            ("Set certificate trust status", self._trust),
            ("Copy certificate to another database", self._copy),
            ("Export certificate to a file", self._export),
            ("Delete certificate", partial(self._delete, self._work.remove)),
            ("Change label", partial(self._rename, self._work.rename)),
        )

    def added(self) -> tuple[Item, ...]:
        return (
            ("Show revocation list", self._revocations),
            ("Delete revocation list", partial(self._act, self._work.removeRevocations)),
        )

    def _show(self) -> Talk[None]:
        record = self._work.database.record(self._label)
        yield from self._talk.done(*formatDetails(record, self._work.clock()))

    def _trust(self) -> Talk[None]:
        trusted = self._work.database.record(self._label).trusted
        self._talk.say("", f"Certificate {self._label} is {'trusted' if trusted else 'not trusted'}.")
        wanted = yield from self._talk.need("Enter 1 if trusted, 0 if untrusted")
        yield from self._talk.done(self._work.setTrusted(self._label, wanted == "1"))

    def _copy(self) -> Talk[None]:
        with (yield from askOpened(self._talk)) as other:
            yield from self._talk.done(self._work.copy(self._label, other))

    def _export(self) -> Talk[None]:
        form = yield from askOne(self._talk, CERTIFICATE_FORMAT)
        file = yield from self._talk.need("Enter export file name")
        yield from self._talk.done(self._work.exportCertificate(self._label, file, form))

    def _revocations(self) -> Talk[None]:
        lists = [record for record in listRevocations(self._work.database) if record.label == self._label]
        if lists:
            yield from self._talk.done(*formatRevocations(lists, self._work.clock()))
        else:
            yield from self._talk.done(said("SSLP365E", label=self._label, path=self._work.database.path))


class KeyMenu(CertificateMenu):
    """
    The menu of a certificate with its private key.
    """

    title = "Key and Certificate Menu"

    def items(self) -> tuple[Item, ...]:
        return (
            ("Show certificate information", self._show),
            ("Show key information", self._showKey),
            ("Set key as default", partial(self._act, self._work.setDefault)),
            ("Set certificate trust status", self._trust),
            ("Copy certificate and key to another database", self._copy),
            ("Export certificate to a file", self._export),
            ("Export certificate and key to a file", self._exportKey),
            ("Delete certificate and key", partial(self._delete, self._work.remove)),
            ("Change label", partial(self._rename, self._work.rename)),
            ("Create a signed certificate and key", self._signed),
            ("Create a certificate renewal request", self._renewalRequest),
        )

    def added(self) -> tuple[Item, ...]:
        return (
            ("Renew the certificate (self-signed, or of an authority in this database)", self._renew),
            ("Sign a certificate request", self._sign),
        )

    def _showKey(self) -> Talk[None]:
        record = self._work.database.record(self._label)
        yield from self._talk.done(*formatKey(record))

    def _exportKey(self) -> Talk[None]:
        form = yield from askOne(self._talk, KEY_FORMAT)
        file = yield from self._talk.need("Enter export file name")
        password = yield from self._talk.needNewSecret("Enter export file password")
        yield from self._talk.done(self._work.exportKey(self._label, file, password, form))

    def _signed(self) -> Talk[None]:
        usage = yield from askOne(self._talk, USAGE)
        kind = yield from askOne(self._talk, ALGORITHM)
        spec = yield from askSpec(self._talk, self._work, usage, kind, dated=True)
        yield from self._talk.done(self._work.signed(spec, self._label))

    def _renewalRequest(self) -> Talk[None]:
        file = yield from self._talk.need("Enter request file name")
        kind = (yield from askOne(self._talk, ALGORITHM)) if (yield from self._talk.yes("Create a new key?")) else None
        yield from self._talk.done(self._work.renewalRequest(self._label, file, kind))

    def _renew(self) -> Talk[None]:
        days = yield from askDays(self._talk)
        yield from self._talk.done(self._work.renew(self._label, days))

    def _sign(self) -> Talk[None]:
        file = yield from self._talk.need("Enter request file name")
        usage = yield from askOne(self._talk, USAGE)
        days = yield from askDays(self._talk)
        target = yield from self._talk.need("Enter certificate file name")
        yield from self._talk.done(self._work.sign(file, self._label, target, days, usage))


class RequestMenu(EntryMenu):
    """
    The menu of a certificate request.
    """

    title = "Request Menu"

    def items(self) -> tuple[Item, ...]:
        return (
            ("Show request information", self._show),
            ("Export certificate request to a file", self._export),
            ("Delete certificate request and key", partial(self._delete, self._work.removeRequest)),
            ("Change label", partial(self._rename, self._work.renameRequest)),
        )

    def _show(self) -> Talk[None]:
        found = requestOf(self._work.database, self._label)
        yield from self._talk.done(*formatRequest(describeRequest(found.label, found.request)))

    def _export(self) -> Talk[None]:
        file = yield from self._talk.need("Enter export file name")
        yield from self._talk.done(self._work.exportRequest(self._label, file))
