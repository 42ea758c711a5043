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
        "If the next list is not there by then, every certificate of this authority is refused. You are told in the "
        "last third of a list's life, but not more than 14 days before its end.",
        "Fetch the next list from the authority and import it ('gskkyman import FILE'), then issue SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP802W",
        "The revocation list of {label} is only for certificates that name the distribution point {points}.",
        "The authority has several lists, or says where this one is found. Its certificates that do not name this "
        "place (cRLDistributionPoints) are refused: nobody knows whether another list revokes them.",
        "None, if the certificates that are shown here name it. Otherwise fetch the authority's complete list.",
    ),
    Message(
        "SSLP803W",
        "Certificate {entry} is revoked by the list of {label}.",
        "If it is an authority's, everybody whose certificate it has issued is refused, trusted or not. If it is a "
        "server's, clients that check the list refuse it.",
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
        "distribution point; in place of the other it would let in those whom that one keeps out.",
        "Fetch the authority's complete list. To use this one all the same, delete the one that is there first "
        "('gskkyman delete --revocations').",
    ),
    Message(
        "SSLP806E",
        "{label} is not removed or replaced: its revocation list would go with it.",
        "A peer can send this authority's certificate along with its own, so that it need not be in the key database. "
        "Peers whose certificates the list revokes would get in.",
        "Take its trust away ('gskkyman trust --off'), import the other certificate under another label, or delete "
        "the list first ('gskkyman delete --revocations').",
    ),
    Message(
        "SSLP807E",
        "{label} is not removed or replaced: all that {other} has issued would be good again.",
        "A revocation list keeps out everybody whose certificate {other} has issued: it revokes an authority above, or "
        "is overdue. Without {label} that list would not be found.",
        "Take the trust of {other} away ('gskkyman trust --off') or delete it first, or import another list.",
    ),
)
