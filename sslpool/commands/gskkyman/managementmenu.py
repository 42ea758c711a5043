# -*- test-case-name: tests.commands.gskkyman.test_dialogue -*-
"""
The Key Management Menu of C{gskkyman}: one key database that is open.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from attrs import evolve

from sslpool.commands.gskkyman.dialogue import Back, Prompter, Talk
from sslpool.commands.gskkyman.entrymenus import CertificateMenu, KeyMenu, RequestMenu
from sslpool.commands.gskkyman.formatting import formatDetails
from sslpool.commands.gskkyman.importing import Imported, Importing
from sslpool.commands.gskkyman.inputfiles import readInput
from sslpool.commands.gskkyman.manyfiles import importMany
from sslpool.commands.gskkyman.questions import ALGORITHM, USAGE, askLabel, askOne, askPassword, askSpec
from sslpool.commands.gskkyman.workbench import Workbench
from sslpool.keydb.requests import requestsOf
from sslpool.messages import Said, said


class ManagementMenu:
    """
    The Key Management Menu.

    @param talk: says and asks.
    @param work: the key database.
    """

    def __init__(self, talk: Prompter, work: Workbench) -> None:
        self._talk = talk
        self._work = work

    def run(self) -> Talk[None]:
        """
        Show the menu until the user goes back.
        """
        items = (
            ("Manage keys and certificates", partial(self._entries, "Key and Certificate List", hasKey=True)),
            ("Manage certificates", partial(self._entries, "Certificate List", hasKey=False)),
            ("Manage certificate requests", self._requests),
            ("Create new certificate request", self._request),
            ("Receive requested certificate or a renewal certificate", self._receive),
            ("Create a self-signed certificate", self._selfSigned),
            ("Import a certificate", self._importCertificate),
            ("Import a certificate and a private key", self._importKey),
            ("Show the default key", self._default),
            ("Store database password", lambda: self._talk.done(self._work.stash())),
            ("Show database record length", lambda: self._talk.done(self._work.recordLength())),
        )
        with suppress(Back):
            while True:
                yield from self._talk.offer("Key Management Menu", items, about=self._about())

    def _about(self) -> tuple[str, str]:
        expires = self._work.database.expires
        date = "None" if expires is None else time.strftime("%Y-%m-%d", time.gmtime(expires))
        return f"Database: {os.path.abspath(self._work.database.path)}", f"Expiration: {date}"

    def _entries(self, title: str, hasKey: bool) -> Talk[None]:
        while True:
            labels = [record.label for record in self._work.database.records() if record.hasKey == hasKey]
            label = yield from self._chosen(title, labels, "keys" if hasKey else "certificates without a key")
            menu = (KeyMenu if hasKey else CertificateMenu)(self._talk, self._work, label)
            yield from menu.run()

    def _requests(self) -> Talk[None]:
        while True:
            labels = [found.label for found in requestsOf(self._work.database)]
            label = yield from self._chosen("Request List", labels, "certificate requests")
            yield from RequestMenu(self._talk, self._work, label).run()

    def _chosen(self, title: str, labels: list[str], kind: str) -> Talk[str]:
        if not labels:
            yield from self._talk.done(said("SSLP392I", kind=kind, path=self._work.database.path))
            raise Back
        number = yield from self._talk.choose(
            title,
            labels,
            about=self._about()[:1],
            prompt="Enter label number (press ENTER to return to selection menu)",
        )
        return labels[number - 1]

    def _request(self) -> Talk[None]:
        kind = yield from askOne(self._talk, ALGORITHM)
        file = yield from self._talk.need("Enter request file name")
        spec = yield from askSpec(self._talk, self._work, "server", kind, dated=False)
        yield from self._talk.done(self._work.request(spec, file))

    def _receive(self) -> Talk[None]:
        given = readInput((yield from self._talk.need("Enter certificate file name")))
        password = yield from askPassword(self._talk, given, withKeys=False)
        yield from self._accepting(Importing(self._work, [given], password), Importing.received)

    def _selfSigned(self) -> Talk[None]:
        usage = yield from askOne(self._talk, USAGE)
        kind = yield from askOne(self._talk, ALGORITHM)
        spec = yield from askSpec(self._talk, self._work, usage, kind, dated=True)
        yield from self._talk.done(self._work.selfSigned(spec))

    def _importCertificate(self) -> Talk[None]:
        file = yield from self._talk.need("Enter import file name, or a directory")
        if os.path.isdir(file):
            yield from self._importMany(file, withKeys=False)
            return
        given = readInput(file)
        password = yield from askPassword(self._talk, given, withKeys=False)
        # Several have the names that the file gives them, or their own; lists need none.
        isOne = len(given.contents(password, withKeys=False).certificates) == 1
        label = (yield from askLabel(self._talk)) if isOne else None
        yield from self._accepting(Importing(self._work, [given], password), lambda each: each.certificates(label))

    def _importKey(self) -> Talk[None]:
        file = yield from self._talk.need("Enter import file name, or a directory")
        if os.path.isdir(file):
            yield from self._importMany(file, withKeys=True)
            return
        given = [readInput(file)]
        password = yield from askPassword(self._talk, given[0])
        contents = given[0].contents(password)
        if bool(contents.keys) != bool(contents.certificates):
            missing = "the private key" if contents.certificates else "the certificate"
            given.append(readInput((yield from self._talk.need(f"Enter name of the file with {missing}"))))
            password = password or (yield from askPassword(self._talk, given[1]))
        label = yield from askLabel(self._talk)
        yield from self._accepting(Importing(self._work, given, password), lambda each: each.key(label))

    def _accepting(self, importing: Importing, act: Callable[[Importing], Imported]) -> Talk[None]:
        def store(unchecked: bool) -> list[Said]:
            done = act(evolve(importing, unchecked=unchecked))
            return [*done.stored, *done.refused]

        yield from self._talk.accepting(store)

    def _importMany(self, directory: str, withKeys: bool) -> Talk[None]:
        done = importMany(self._work, [directory], withKeys=withKeys)
        yield from self._talk.done(*done.stored, *done.refused)

    def _default(self) -> Talk[None]:
        label = self._work.database.default()
        if label is None:
            yield from self._talk.done(said("SSLP393I", path=self._work.database.path))
            return
        record = self._work.database.record(label)
        yield from self._talk.done(*formatDetails(record, self._work.clock()))
