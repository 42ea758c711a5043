# -*- test-case-name: tests.test_messages -*-
"""
Messages about the certificates that stand above another.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_FITNESS = (
    Message(
        "SSLP840E",
        "The chain is incomplete: {issuer} issued {lower}, but no certificate here with that name has the key that "
        "signed it",
        "The signature, not the name, identifies the issuer. The authority changed its key, another one has the same "
        "name, or a certificate was altered. Nothing was stored.",
        "Ask the authority for the certificates that are missing, and add them to the file. To store it anyway, use "
        "--unchecked.",
    ),
    Message(
        "SSLP841E",
        "{other} is not in the chain of the certificate, which ends with {lower}, issued by {issuer}",
        "The file lacks the certificate of that issuer, or has one that belongs to another chain. Nothing was stored.",
        "Add the missing certificate to the file, or remove what does not belong there. To store it anyway, use "
        "--unchecked.",
    ),
)

_VALIDITY = (
    Message(
        "SSLP842W",
        "The certificate of {issuer}, in the chain of label {label}, expired on {date}",
        "Clients refuse the label's certificate, even if it is still valid itself. Servers still send it.",
        "Get the issuer's renewed certificate from the authority. Import it with 'gskkyman import --certificate-only', "
        "or together with the label's certificate, and use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP843W",
        "The certificate of {issuer}, in the chain of label {label}, expires on {date}, in {left}",
        "Clients refuse the label's certificate after that.",
        "Get the issuer's renewed certificate from the authority, import it with 'gskkyman import --certificate-only', "
        "and use SSLADMIN REFRESH. Servers then send the one that is valid longer.",
    ),
    Message(
        "SSLP844W",
        "The certificate of {issuer}, in the chain of label {label}, is not valid before {date}",
        "Clients refuse the label's certificate until then.",
        "Check the clock of this machine, or import the issuer's current certificate as well: servers change to the "
        "new one when it becomes valid.",
    ),
    Message(
        "SSLP845W",
        "The chain of label {label} is incomplete: the certificate of its issuer, {issuer}, is neither with it nor "
        "trusted in the key database",
        "Unless this issuer is a root, clients that know only the root cannot verify the label's certificate.",
        "Import the issuer's certificate with 'gskkyman import --certificate-only', or append it to the KEYFILE, and "
        "use SSLADMIN REFRESH. Do this for a root as well, although servers do not send it.",
    ),
    Message(
        "SSLP846W",
        "The certificate of label {label} is not valid before {date}",
        "Clients refuse it until then. Servers send it anyway.",
        "Wait until it is valid, or check the clock of this machine.",
    ),
    Message(
        "SSLP847W",
        "{server} keeps the previous chain of label {label}: {reason}",
        "An issuer's certificate expired, or another one became valid, and the server cannot use the new chain.",
        "Import the certificate again with gskkyman, together with those of its issuers, and use SSLADMIN REFRESH.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_FITNESS, *_VALIDITY)
