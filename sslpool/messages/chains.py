# -*- test-case-name: tests.test_messages -*-
"""
Messages about the certificates that stand above another.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_FITNESS = (
    Message(
        "SSLP840E",
        "The chain is incomplete: {lower} was issued by {issuer}, and no certificate of that name that is here has the "
        "key that signed it.",
        "Signatures decide who has issued a certificate, not names. The authority has changed its key, another one has "
        "the same name, or a certificate was altered. Nothing was stored.",
        "Ask the authority for the certificates above {lower}, and put them into the file. To store it all the same "
        "say --unchecked.",
    ),
    Message(
        "SSLP841E",
        "{other} is not in the chain of the certificate: nothing leads to it from {lower}, which {issuer} has issued.",
        "The certificate of {issuer} is missing in the file, or {other} belongs to another certificate. "
        "Nothing was stored.",
        "Put the missing certificate into the file, or take out of it what does not belong there. To store it all the "
        "same say --unchecked.",
    ),
)

_VALIDITY = (
    Message(
        "SSLP842W",
        "The certificate of {issuer}, in the chain of label {label}, has expired on {date}",
        "Clients will refuse the label's certificate, though it may be valid itself.  It is served all the same.",
        "Get the issuer's renewed certificate from the authority, import it with 'gskkyman import --certificate-only', "
        "or together with the label's certificate, and use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP843W",
        "The certificate of {issuer}, in the chain of label {label}, expires on {date}, in {left}",
        "Clients will refuse the label's certificate after that.",
        "Get the issuer's renewed certificate from the authority, import it with 'gskkyman import --certificate-only', "
        "and use SSLADMIN REFRESH: servers then send the one that is valid longer.",
    ),
    Message(
        "SSLP844W",
        "The certificate of {issuer}, in the chain of label {label}, is not valid before {date}",
        "Clients refuse the label's certificate until then.",
        "Check the clock of this machine, or import the issuer's present certificate as well: servers change to the "
        "new one when it is valid.",
    ),
    Message(
        "SSLP845W",
        "The chain of label {label} is incomplete: the certificate of its issuer, {issuer}, is neither with it nor, "
        "trusted, in the key database",
        "Clients that know only the root cannot verify the label's certificate.",
        "Import the issuer's certificate with 'gskkyman import --certificate-only', or append it to the KEYFILE, and "
        "use SSLADMIN REFRESH.  Do so with a root too, although it is not sent.",
    ),
    Message(
        "SSLP846W",
        "The certificate of label {label} is not valid before {date}",
        "Clients refuse it until then.  It is served all the same.",
        "Wait until it is valid, or check the clock of this machine.",
    ),
    Message(
        "SSLP847W",
        "{server} goes on with the former chain of label {label}: {reason}",
        "An issuer's certificate has expired, or another one has become valid, and the new chain cannot be used.",
        "Import the certificate again with gskkyman, together with those above it, and use SSLADMIN REFRESH.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_FITNESS, *_VALIDITY)
