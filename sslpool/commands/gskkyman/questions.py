# -*- test-case-name: tests.commands.gskkyman.test_dialogue -*-
"""
What the dialogue of C{gskkyman} asks in more than one of its menus: about certificates that are to be, and about files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from sslpool.commands.gskkyman.dialogue import Prompter, Talk
from sslpool.commands.gskkyman.inputfiles import InputFile
from sslpool.commands.gskkyman.workbench import CertificateSpec, Workbench
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import GROUPS
from sslpool.keydb.files import DATABASE_SUFFIX
from sslpool.keydb.generation import Usage, alternativesOf, checkDays
from sslpool.keydb.issuing import subjectOf

K = TypeVar("K", bound=str)

DIRECTORY = "/etc/gskadm"
"""
Where key databases are, by default.
"""
_DAY = 86400.0

Choice = tuple[str, str, Mapping[K, str]]
"""
One of several: the title, what is to be selected, and what it can be with the text of each.
"""

ALGORITHM = (
    "Certificate Key Algorithm",
    "certificate key algorithm",
    {
        "ec": "Certificate with an ECC key, curve P-256",
        "ec-384": "Certificate with an ECC key, curve P-384",
        "ec-521": "Certificate with an ECC key, curve P-521",
        "rsa": "Certificate with a 2048-bit RSA key",
        "rsa-3072": "Certificate with a 3072-bit RSA key",
        "rsa-4096": "Certificate with a 4096-bit RSA key",
        "ed25519": "Certificate with an Ed25519 key",
    },
)
USAGE: Choice[Usage] = (
    "Certificate Usage",
    "certificate usage",
    {"authority": "CA certificate", "server": "Server certificate", "client": "User (client) certificate"},
)
CERTIFICATE_FORMAT = (
    "Export File Format",
    "export format",
    {
        "der": "Binary ASN.1 DER",
        "pem": "Base64 ASN.1 DER (PEM), with the certificates above it",
        "pkcs7": "Binary PKCS #7, with the certificates above it",
        "pkcs7-pem": "Base64 PKCS #7, with the certificates above it",
    },
)
KEY_FORMAT = (
    "Export File Format",
    "export format",
    {
        "pkcs12-legacy": "Binary PKCS #12, encrypted for old programs (triple DES)",
        "pkcs12-legacy-base64": "Base64 PKCS #12, encrypted for old programs (triple DES)",
        "pkcs12": "Binary PKCS #12, encrypted with AES-256",
        "pkcs12-base64": "Base64 PKCS #12, encrypted with AES-256",
    },
)
GROUP = (
    "Key Type",
    "key type",
    {name: f"Diffie-Hellman group {name} ({group[0]} bits)" for name, group in GROUPS.items()},
)
_SUBJECT = (
    ("commonName", "Common name (required)"),
    ("unit", "Organizational unit (optional)"),
    ("organization", "Organization (optional)"),
    ("locality", "City/Locality (optional)"),
    ("state", "State/Province (optional)"),
    ("country", "Country/Region (2 characters, optional)"),
)


def askPassword(talk: Prompter, given: InputFile, withKeys: bool = True) -> Talk[str | None]:
    """
    Ask for the password of a file, if it needs one.

    @param withKeys: private keys are to be read as well.
    @raise sslpool.messages.OperatorError: it cannot be read at all.
    """
    return (yield from talk.needSecret("Enter import file password")) if given.needsPassword(withKeys) else None


def askOne(talk: Prompter, choice: Choice[K]) -> Talk[K]:
    """
    Ask for one of several.
    """
    title, what, options = choice
    prompt = f"Select {what} (press ENTER to return to menu)"
    chosen = yield from talk.choose(title, list(options.values()), prompt=prompt, exits=None)
    return list(options)[chosen - 1]


def askSpec(talk: Prompter, work: Workbench, usage: Usage, kind: str, *, dated: bool) -> Talk[CertificateSpec]:
    """
    Ask what a new certificate is to be like; what cannot be used is asked again.

    @param kind: the kind of its key.
    @param dated: it is also asked how long it is valid.
    """
    label = yield from askLabel(talk, lambda label: work.checkFree(label, usage))
    subject, commonName = yield from _subject(talk)
    days = (yield from askDays(talk)) if dated else 365
    names = () if usage == "authority" else (yield from _names(talk, commonName, usage))
    return CertificateSpec(label, subject, names, kind, days, usage)


def askLabel(talk: Prompter, check: Callable[[str], None] = lambda label: None) -> Talk[str]:
    """
    Ask for a label; one of several words may be entered in quotes.

    @param check: refuses one that cannot be used.
    """

    def read(answer: str) -> str:
        label = answer[1:-1] if len(answer) > 2 and answer[0] == answer[-1] == '"' else answer
        check(label)
        return label

    return (yield from talk.valid(lambda: talk.need("Enter label"), read))


def askDays(talk: Prompter) -> Talk[int]:
    """
    Ask how long a certificate is to be valid.
    """
    return (yield from talk.number("Enter number of days certificate will be valid (default 365)", 365, checkDays))


def _subject(talk: Prompter) -> Talk[tuple[str, str]]:
    talk.say("", "Enter subject name for certificate", "")
    parts = {}
    for part, text in _SUBJECT:
        parts[part] = yield from talk.valid(partial(_part, talk, part, f"  {text}"), partial(_readPart, part))
    return subjectOf(**parts).rfc4514_string(), parts["commonName"]


def _part(talk: Prompter, part: str, prompt: str) -> Talk[str]:
    return (yield from (talk.need if part == "commonName" else talk.ask)(prompt))


def _readPart(part: str, answer: str) -> str:
    subjectOf(**{part: answer})
    return answer


def _names(talk: Prompter, commonName: str, usage: Usage) -> Talk[tuple[str, ...]]:
    default = commonName if usage == "server" else ""
    hint = "the common name" if default else "none"
    prompt = f"Enter DNS names and IP addresses, separated by commas (press ENTER for {hint})"

    def read(answer: str) -> tuple[str, ...]:
        names = namesIn(answer or default)
        alternativesOf(names, usage)
        return names

    return (yield from talk.valid(lambda: talk.ask(prompt), read))


def namesIn(text: str) -> tuple[str, ...]:
    """
    Return the names in a list that is separated by commas.
    """
    return tuple(name.strip() for name in text.split(",") if name.strip())


def askExpiry(talk: Prompter) -> Talk[float | None]:
    """
    Ask how long a password is valid, and return when it expires, in seconds since the epoch.
    """
    prompt = "Enter password expiration in days (press ENTER for no expiration)"
    days = yield from talk.number(prompt, 0, checkDays)
    return time.time() + days * _DAY if days else None


def askOpened(talk: Prompter, allowExpired: bool = False) -> Talk[Database]:
    """
    Ask for a key database and its password, and open it.
    """
    path = foundDatabase((yield from talk.need("Enter key database name")))
    password = yield from talk.needSecret("Enter database password")
    return Database.open(path, password, allowExpired)


def foundDatabase(name: str) -> str:
    """
    Return the file of a key database: one that is not in the current directory
    is looked for where key databases usually are.
    """
    usual = os.path.join(DIRECTORY, name)
    return usual if not os.path.lexists(name) and os.path.lexists(usual) else name


def newDatabase(name: str) -> str:
    """
    Return the name of a key database that is to be made.
    """
    return name if name.lower().endswith(DATABASE_SUFFIX) else f"{name}{DATABASE_SUFFIX}"
