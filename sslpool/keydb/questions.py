# -*- test-case-name: tests.keydb.test_dialogue -*-
"""
What the dialogue of C{gskkyman} asks in more than one of its menus: about
certificates that are to be, and about files.
"""

from __future__ import annotations

import os
import time

from sslpool.keydb.database import Database
from sslpool.keydb.dialogue import Conversation, Talk
from sslpool.keydb.exchange import CERTIFICATE_FORMATS, KEY_FORMATS
from sslpool.keydb.files import DATABASE_SUFFIX
from sslpool.keydb.issuing import subjectOf
from sslpool.keydb.operations import DAYS, Usage
from sslpool.keydb.wishes import Wish
from sslpool.messages import operatorError

DIRECTORY = "/etc/gskadm"
"""
Where key databases are, by default.
"""
_DAY = 86400.0

_ALGORITHMS = (
    ("ec", "Certificate with an ECC key, curve P-256"),
    ("ec-384", "Certificate with an ECC key, curve P-384"),
    ("ec-521", "Certificate with an ECC key, curve P-521"),
    ("rsa", "Certificate with a 2048-bit RSA key"),
    ("rsa-3072", "Certificate with a 3072-bit RSA key"),
    ("rsa-4096", "Certificate with a 4096-bit RSA key"),
    ("ed25519", "Certificate with an Ed25519 key"),
)
_USAGES: tuple[tuple[Usage, str], ...] = (
    ("authority", "CA certificate"),
    ("server", "Server certificate"),
    ("client", "User (client) certificate"),
)
_SUBJECT = (
    ("commonName", "Common name (required)"),
    ("unit", "Organizational unit (optional)"),
    ("organization", "Organization (optional)"),
    ("locality", "City/Locality (optional)"),
    ("state", "State/Province (optional)"),
    ("country", "Country/Region (2 characters, optional)"),
)
_CERTIFICATE_FORMATS = (
    ("der", "Binary ASN.1 DER"),
    ("pem", "Base64 ASN.1 DER (PEM), with the certificates above it"),
    ("pkcs7", "Binary PKCS #7, with the certificates above it"),
    ("pkcs7-pem", "Base64 PKCS #7, with the certificates above it"),
)
_KEY_FORMATS = (
    ("pkcs12-legacy", "Binary PKCS #12, encrypted for old programs (triple DES)"),
    ("pkcs12-legacy-base64", "Base64 PKCS #12, encrypted for old programs (triple DES)"),
    ("pkcs12", "Binary PKCS #12, encrypted with AES-256"),
    ("pkcs12-base64", "Base64 PKCS #12, encrypted with AES-256"),
)
assert {form for form, _ in _CERTIFICATE_FORMATS} == set(CERTIFICATE_FORMATS)
assert {form for form, _ in _KEY_FORMATS} == set(KEY_FORMATS)


def askUsage(talk: Conversation) -> Talk[Usage]:
    """
    Ask what a certificate is to be for.
    """
    chosen = yield from _choice(talk, "Certificate Usage", [text for _, text in _USAGES], "certificate usage")
    return _USAGES[chosen][0]


def askAlgorithm(talk: Conversation) -> Talk[str]:
    """
    Ask for the kind of a key.
    """
    texts = [text for _, text in _ALGORITHMS]
    chosen = yield from _choice(talk, "Certificate Key Algorithm", texts, "certificate key algorithm")
    return _ALGORITHMS[chosen][0]


def askCertificateFormat(talk: Conversation) -> Talk[str]:
    """
    Ask how a certificate is to be written.
    """
    chosen = yield from _choice(talk, "Export File Format", [text for _, text in _CERTIFICATE_FORMATS], "export format")
    return _CERTIFICATE_FORMATS[chosen][0]


def askKeyFormat(talk: Conversation) -> Talk[str]:
    """
    Ask how a private key is to be written.
    """
    chosen = yield from _choice(talk, "Export File Format", [text for _, text in _KEY_FORMATS], "export format")
    return _KEY_FORMATS[chosen][0]


def askWish(talk: Conversation, usage: Usage, *, dated: bool) -> Talk[Wish]:
    """
    Ask what a new certificate is to be like.

    @param dated: it is also asked how long it is valid.
    """
    kind = yield from askAlgorithm(talk)
    label = yield from talk.need("Enter label")
    subject, commonName = yield from _subject(talk)
    days = 365
    if dated:
        days = yield from talk.number("Enter number of days certificate will be valid (default 365)", days)
    names = () if usage == "authority" else (yield from _names(talk, commonName, usage))
    return Wish(unquoted(label), subject, names, kind, days, usage)


def _subject(talk: Conversation) -> Talk[tuple[str, str]]:
    talk.say("", "Enter subject name for certificate", "")
    parts = {}
    for part, text in _SUBJECT:
        ask = talk.need if part == "commonName" else talk.ask
        parts[part] = yield from ask(f"  {text}")
    return subjectOf(**parts).rfc4514_string(), parts["commonName"]


def _names(talk: Conversation, commonName: str, usage: Usage) -> Talk[tuple[str, ...]]:
    default = commonName if usage == "server" else ""
    hint = "the common name" if default else "none"
    answer = yield from talk.ask(
        f"Enter DNS names and IP addresses, separated by commas (press ENTER for {hint})"
    )
    return namesIn(answer or default)


def namesIn(text: str) -> tuple[str, ...]:
    """
    Return the names in a list that is separated by commas.
    """
    return tuple(name.strip() for name in text.split(",") if name.strip())


def unquoted(label: str) -> str:
    """
    Return a label; one of several words may have been entered in quotes.
    """
    return label[1:-1] if len(label) > 2 and label[0] == label[-1] == '"' else label


def askExpiry(talk: Conversation) -> Talk[float | None]:
    """
    Ask how long a password is valid, and return when it expires, in seconds since the epoch.
    """
    days = yield from talk.number("Enter password expiration in days (press ENTER for no expiration)", 0)
    if not days:
        return None
    if days not in DAYS:
        raise operatorError("SSLP352E", days=str(days))
    return time.time() + days * _DAY


def askOpened(talk: Conversation, allowExpired: bool = False) -> Talk[Database]:
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


def _choice(talk: Conversation, title: str, options: list[str], what: str) -> Talk[int]:
    prompt = f"Select {what} (press ENTER to return to menu)"
    return (yield from talk.choose(title, options, prompt=prompt, exits=None)) - 1
