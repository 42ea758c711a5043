# -*- test-case-name: tests.test_messages -*-
"""
Messages of the section "revocation" of the catalogue: what revocation lists do to those whose certificates
are checked.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP800W",
        "The revocation list of {label} lets nobody in: {reason}.",
        "Nobody can tell whether a certificate of this authority has been revoked. All of them are refused, and so are "
        "those of the authorities below it: clients where their certificates are checked, remote hosts, and remote "
        "administration.",
        "Fetch the present list from the authority and import it ('gskkyman import FILE'), then issue SSLADMIN "
        "REFRESH.",
    ),
    Message(
        "SSLP801W",
        "The next revocation list of {label} is due on {due}.",
        "When that time has come and the next list is not there, every certificate of this authority is refused. Of a "
        "list's life the last third is told, at most 14 days, and at least what is left before the next look.",
        "Fetch the next list from the authority and import it ('gskkyman import FILE'), then issue SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP802W",
        "The revocation list of {label} is only for certificates that name the distribution point {points}.",
        "The authority has several lists, or says where this one is found. Its certificates that do not name this "
        "place (cRLDistributionPoints) are refused: nobody knows whether another list has them.",
        "None, if the certificates that are shown here name it. Otherwise fetch the authority's complete list.",
    ),
    Message(
        "SSLP803W",
        "Certificate {entry} is revoked by the list of {label}.",
        "Of an authority, everybody is refused whose certificate it has issued, trusted or not. Of a server, clients "
        "that look at the list refuse it.",
        "Have the certificate replaced, and delete it. If the list is wrong, fetch the present one from the authority.",
    ),
    Message(
        "SSLP804E",
        "{source} is not imported: with this revocation list of {label} nobody could get in: {reason}.",
        "Every certificate that this authority has issued would be refused.",
        "Fetch the present list from the authority. To import this one all the same, say --unchecked.",
    ),
    Message(
        "SSLP805E",
        "{source} is for other certificates than the revocation list of {label} that is there.",
        "An authority has one list in the key database. This one is only for certificates that name another "
        "distribution point, and in the place of the other it would let in whom that one revokes.",
        "Fetch the authority's complete list. To use this one all the same, delete the one that is there first "
        "('gskkyman delete --revocations').",
    ),
    Message(
        "SSLP806E",
        "{label} is not removed or replaced: its revocation list would go with it.",
        "Certificates of this authority can be good without its own being here: who shows it along with his own, and "
        "whom the list revokes, would get in.",
        "Take its trust away ('gskkyman trust --off'), import the other certificate under another label, or delete "
        "the list first ('gskkyman delete --revocations').",
    ),
    Message(
        "SSLP807E",
        "{label} is not removed or replaced: all of {other} would get in again.",
        "A revocation list keeps everybody of {other} out: it revokes an authority above it, is overdue or damaged. "
        "Without {label} that list would not be found.",
        "Take the trust of {other} away ('gskkyman trust --off') or delete it first, or import another list.",
    ),
)
