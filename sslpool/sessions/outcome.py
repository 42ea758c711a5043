# -*- test-case-name: tests.sessions.test_outcome -*-
"""
How a session ended: a closed vocabulary, the key of logs, counters and reports.  Server processes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum

from OpenSSL import SSL

from sslpool.starttls.contract import Refusal
from sslpool.tls.peercertificates import reasonOf


class Outcome(Enum):
    """
    The ways in which a session can end; the value is what reports show.

    The first group is a session's ordinary life, the second the client's handshake, the third the dialogue before TLS
    (dynamic SSL), the fourth the application, the fifth programs that hand over their connections, the sixth the remote
    host of the secure client, the last the operator and ourselves.
    """

    FINISHED = "finished"
    TRUNCATED = "client left without close_notify"
    CLIENT_RESET = "client reset the connection"
    IDLE = "idle too long"
    PROTOCOL = "TLS protocol violated"
    LEFT_AT_ONCE = "client left right after the handshake"
    UNSPOKEN = "client left without sending anything"

    HANDSHAKE_LEFT = "client left during the handshake"
    HANDSHAKE_SILENT = "client sent nothing: does it wait for the server to speak?"
    HANDSHAKE_TIMEOUT = "handshake not complete in time"
    HANDSHAKE_HTTP = "cleartext HTTP on a secure port"
    HANDSHAKE_GARBAGE = "not TLS on a secure port"
    HANDSHAKE_LENGTH = "ClientHello too long"
    HANDSHAKE_VERSION = "no protocol version in common"
    HANDSHAKE_CIPHER = "no cipher suite in common"
    HANDSHAKE_CURVE = "no cipher suite, curve or signature algorithm in common"
    HANDSHAKE_SIGNATURE = "no signature algorithm in common"
    HANDSHAKE_GROUP = "no group of key exchange in common"
    HANDSHAKE_ALERT = "client refused the handshake"
    HANDSHAKE_NAME = "server name not known"
    HANDSHAKE_PROTOCOL = "no application protocol in common"
    HANDSHAKE_NO_CERTIFICATE = "client showed no certificate"
    HANDSHAKE_CERTIFICATE = "client certificate not accepted"
    HANDSHAKE_FAILED = "handshake failed"

    NEGOTIATION_INJECTION = Refusal.INJECTION.value
    NEGOTIATION_UNASKED = Refusal.UNASKED.value
    NEGOTIATION_MALFORMED = Refusal.MALFORMED.value
    NEGOTIATION_DECLINED = Refusal.DECLINED.value
    NEGOTIATION_LATE = Refusal.LATE.value
    NEGOTIATION_APPLICATION = Refusal.APPLICATION.value
    NEGOTIATION_GONE = Refusal.GONE.value
    NEGOTIATION_UNAVAILABLE = Refusal.UNAVAILABLE.value
    NEGOTIATION_AGAIN = Refusal.AGAIN.value
    NEGOTIATION_ALPN = "client did not name the application protocol"

    APPLICATION_DOWN = "application not reachable"
    APPLICATION_TIMEOUT = "application did not answer in time"
    APPLICATION_RESET = "application reset the connection"

    PROGRAM_LEFT = "program left before the connection was secure"
    CLEARED = "made clear again by the program"
    NOT_CLEARED = "other side did not answer close_notify in time"

    REMOTE_DOWN = "remote host not reachable"
    REMOTE_TIMEOUT = "remote host did not answer in time"
    REMOTE_REFUSED = "remote host did not agree to TLS"
    REMOTE_UNVERIFIED = "certificate of the remote host not accepted"
    REMOTE_FAILED = "handshake with the remote host failed"
    AUTHORITY_MISSING = "a label for the remote host cannot be used"

    STRANGER = "data connection of somebody else"
    DATA_FULL = "data connection refused, there were too many"
    NOT_RESUMED = "data connection did not resume the TLS session of its control connection"
    CONTROL_ENDED = "control session ended during the transfer"

    STOPPED = "server stopped"
    LABEL_MISSING = "label not in the key database"
    DESCRIPTORS = "out of descriptors"
    FAULT = "internal error"


HANDSHAKE_OUTCOMES = frozenset(outcome for outcome in Outcome if outcome.name.startswith("HANDSHAKE_"))
"""
The outcomes that are the client's doing before it was let in.
"""

NEGOTIATION_OUTCOMES = frozenset(outcome for outcome in Outcome if outcome.name.startswith("NEGOTIATION_"))
"""
The outcomes of dialogues that were refused.
"""

REMOTE_OUTCOMES = frozenset(outcome for outcome in Outcome if outcome.name.startswith("REMOTE_")) | {
    Outcome.AUTHORITY_MISSING
}
"""
The outcomes of the secure client that are for the operator to know.
"""

_END = -1
"""
The number of the system's error where there is none: the stream has ended.
"""

NO_MEMORY = "malloc failure"
"""
The library's words where it has got no memory: the other side is not to blame.
"""

_IN_CLEARTEXT = ("wrong version number", "packet length too long", "http request")
"""
What the library says of cleartext, such as the farewell of libldap to a server that it does not trust.
"""

_HANDSHAKE_REASONS = (
    ("http request", Outcome.HANDSHAKE_HTTP),
    ("https proxy request", Outcome.HANDSHAKE_HTTP),
    ("unsupported protocol", Outcome.HANDSHAKE_VERSION),
    ("version too low", Outcome.HANDSHAKE_VERSION),
    ("wrong version number", Outcome.HANDSHAKE_GARBAGE),
    ("wrong ssl version", Outcome.HANDSHAKE_GARBAGE),
    ("packet length too long", Outcome.HANDSHAKE_GARBAGE),
    ("data length too long", Outcome.HANDSHAKE_GARBAGE),
    ("record too small", Outcome.HANDSHAKE_GARBAGE),
    ("bad record type", Outcome.HANDSHAKE_GARBAGE),
    ("unexpected message", Outcome.HANDSHAKE_GARBAGE),
    ("unknown protocol", Outcome.HANDSHAKE_GARBAGE),
    ("no shared cipher", Outcome.HANDSHAKE_CIPHER),
    ("no suitable signature algorithm", Outcome.HANDSHAKE_SIGNATURE),
    ("no suitable key share", Outcome.HANDSHAKE_GROUP),
    ("no suitable groups", Outcome.HANDSHAKE_GROUP),
    ("no application protocol", Outcome.HANDSHAKE_PROTOCOL),
    ("peer did not return a certificate", Outcome.HANDSHAKE_NO_CERTIFICATE),
    ("certificate verify failed", Outcome.HANDSHAKE_CERTIFICATE),
    (" alert ", Outcome.HANDSHAKE_ALERT),
)


def ofHandshake(error: Exception, keys: Sequence[str] = ()) -> tuple[Outcome, str]:
    """
    Return how a handshake that raised C{error} ended, and the library's words for it.

    @param keys: what keys our certificates have, see L{keyTypeOf <sslpool.keydb.records.keyTypeOf>}.
    """
    if isinstance(error, (SSL.SysCallError, SSL.ZeroReturnError, OSError)):
        return Outcome.HANDSHAKE_LEFT, ""
    reason = errorText(error)
    padded = f" {reason} "
    for words, outcome in _HANDSHAKE_REASONS:
        if words in padded:
            # What clients say of a certificate that they do not trust, be it good or bad.
            isDistrust = reason.endswith(("alert bad certificate", "alert certificate unknown"))
            return (outcome, f"{reason}; {_DISTRUST}") if isDistrust else _ofKeys(outcome, reason, keys)
    return Outcome.HANDSHAKE_FAILED, reason


def _ofKeys(outcome: Outcome, reason: str, keys: Sequence[str]) -> tuple[Outcome, str]:
    """
    Return an outcome that is about our keys, with these.  Up to TLS 1.2 the library also calls it a lack of suites
    where the client does not have the curve of a key, or cannot verify its signatures.
    """
    if not keys or outcome not in (Outcome.HANDSHAKE_CIPHER, Outcome.HANDSHAKE_SIGNATURE):
        return outcome, reason
    if outcome is Outcome.HANDSHAKE_CIPHER and not all(key.startswith(("RSA", "DSA")) for key in keys):
        outcome = Outcome.HANDSHAKE_CURVE
    return outcome, f"{reason}; our key: {', '.join(keys)}"


def isEnd(error: Exception) -> bool:
    """
    Tell whether an error is the end of the client's stream, and no reset.
    """
    return isinstance(error, SSL.ZeroReturnError) or (isinstance(error, SSL.SysCallError) and error.args[0] == _END)


_DISTRUST = "probably it does not trust the certificate"


def ofCut(hasMoved: bool) -> tuple[Outcome, str]:
    """
    Return how a session ended whose client has ended its stream without close_notify.

    @param hasMoved: something was sent or received.
    """
    return (Outcome.TRUNCATED, "") if hasMoved else (Outcome.LEFT_AT_ONCE, _DISTRUST)


def ofSession(error: Exception, hasMoved: bool) -> tuple[Outcome, str]:
    """
    Return how an established session ended whose client side raised C{error}, and the library's words for it.

    @param hasMoved: something was sent or received.
    """
    text = errorText(error)
    if isinstance(error, SSL.SysCallError) and error.args[0] == _END:
        outcome, text = Outcome.TRUNCATED, ""
    else:
        outcome = Outcome.CLIENT_RESET if isinstance(error, (SSL.SysCallError, OSError)) else Outcome.PROTOCOL
    isCleartext = text in _IN_CLEARTEXT
    if hasMoved or (outcome is Outcome.PROTOCOL and not isCleartext and " alert " not in text):
        return outcome, text
    if isCleartext:
        text = f"{text}: it went on in cleartext"
    return Outcome.LEFT_AT_ONCE, "; ".join(filter(None, (text, _DISTRUST)))


def errorText(error: Exception) -> str:
    """
    Return what C{error} says, in the words of the system or of the TLS library.
    """
    if isinstance(error, SSL.SysCallError):
        return "unexpected end" if error.args[0] == _END else os.strerror(error.args[0])
    if isinstance(error, SSL.ZeroReturnError):
        return "close_notify"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return reasonOf(error) if isinstance(error, SSL.Error) else str(error)


def reasonText(outcome: Outcome, detail: str) -> str:
    """
    Return how a session ended, with the library's or the system's words where there are some.
    """
    return f"{outcome.value} ({detail})" if detail else outcome.value
