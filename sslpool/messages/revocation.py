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
        "The revocation list of {label} admits nobody: {reason}",
        "Nobody can tell whether a certificate of this authority is revoked. All of them are refused, and those of "
        "the authorities below it: of clients whose certificates are checked, of remote hosts, and for remote "
        "administration.",
        "Get the current list from the authority and import it ('gskkyman import FILE'), then issue SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP801W",
        "The next revocation list of {label} is due on {due}",
        "Without the next list, every certificate of this authority is refused from then on. It appears in the last "
        "third of a list's life, at most 14 days before its end.",
        "Get the next list from the authority and import it ('gskkyman import FILE'), then issue SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP802W",
        "The revocation list of {label} is only for certificates that name the distribution point {points}",
        "The authority has several lists, or states where to find this one. Its certificates that do not name this "
        "place (cRLDistributionPoints) are refused: another list might revoke them.",
        "None, if the certificates of your clients name it. Otherwise, get the complete list of the authority.",
    ),
    Message(
        "SSLP803W",
        "Certificate {entry} is revoked by the list of {label}",
        "If the certificate is an authority's, every certificate that it issued is refused, trusted or not. If it "
        "is a server's, clients that check the list refuse it.",
        "Replace the certificate, and delete it. If the list is wrong, get the current one from the authority.",
    ),
    Message(
        "SSLP804E",
        "{source} is not imported: this revocation list of {label} would admit nobody: {reason}",
        "Every certificate that this authority issued would be refused.",
        "Get the current list from the authority. To import this one anyway, use --unchecked.",
    ),
    Message(
        "SSLP805E",
        "{source} covers other certificates than the existing revocation list of {label}",
        "The key database holds one list of each authority. The new list covers only certificates that name "
        "another distribution point; it would admit those that the existing one refuses.",
        "Get the complete list of the authority. To use this one anyway, first delete the existing one ('gskkyman "
        "delete --revocations').",
    ),
    Message(
        "SSLP806E",
        "{label} cannot be removed or replaced: its revocation list would be removed with it",
        "A peer can send the certificate of this authority along with its own. Without the list, peers with "
        "revoked certificates would be admitted.",
        "Stop trusting it ('gskkyman trust --off'), import the other certificate under another label, or first "
        "delete the list ('gskkyman delete --revocations').",
    ),
    Message(
        "SSLP807E",
        "{label} cannot be removed or replaced: certificates that {other} issued would be valid again",
        "A revocation list refuses all of them: it revokes an authority above that authority, is overdue, or is "
        "damaged. Without this entry, that list would not be found.",
        "Stop trusting that authority ('gskkyman trust --off') or delete it first, or import another list.",
    ),
)
