# -*- test-case-name: tests.starttls.test_ftpdata -*-
"""
What has become of the data connection of a transfer, as far as the reply to the transfer depends on
it.  Pure; used in the servers.
"""

from __future__ import annotations

from enum import Enum

from attrs import define

WITHHELD = ("STOR", "APPE")
"""
The requests by which an application opens a file that may be there already, and empties it (STOR).  STOU never does.
"""

UPLOADS = (*WITHHELD, "STOU")
"""
What sends to the application.
"""

TRANSFERS = (*UPLOADS, "RETR", "LIST", "NLST", "MLSD")
"""
The requests that need a data connection (RFC 959 section 4.1.3, RFC 3659 section 7).
"""

BEGINNING = (125, 150)
"""
The preliminary replies that tell of one (RFC 959 section 4.2.2), whatever has been asked.
"""


class Failure(Enum):
    """
    Why a transfer has failed; the value is what the client is told (RFC 959 section 4.2.2, RFC 4217 section 9).
    """

    UNREACHED = b"425 Cannot open data connection\r\n"
    CUT = b"426 Data connection ended before the transfer was complete\r\n"
    LOCAL = b"451 Transfer aborted, local error in processing\r\n"
    UNSECURED = b"522 TLS negotiation on the data connection failed\r\n"
    NOT_RESUMED = b"522 The data connection has to resume the TLS session of the control connection\r\n"


@define
class Transfer:
    """
    The data connection of the next transfer, or of the one that is under way.

    @ivar expected: a place for it has been asked for.
    @ivar protected: its client side is to be secured.
    @ivar open: it is there.
    @ivar secured: its client side is secured.
    @ivar received: the client's end of it has come, in order, and has got to the application.
    @ivar sent: the application's end of it has come and has got to the client, with all that was before it.
    @ivar failure: why it has ended otherwise.
    """

    expected: bool = False
    protected: bool = False
    open: bool = False
    secured: bool = False
    received: bool = False
    sent: bool = False
    failure: Failure | None = None

    def isUnused(self) -> bool:
        """
        Whether it is expected, or there, and nothing has become of it.
        """
        return self.expected and self.failure is None and not self.received and not self.sent

    def isComplete(self, uploading: bool) -> bool:
        """
        Whether the data has got to its end.
        """
        return self.received if uploading else self.sent

    def verdict(self, uploading: bool, reply: bytes) -> bytes | None:
        """
        Return what the client is to be told instead of an application's last reply, or C{None}: just that.
        """
        if self.failure is None or self.isComplete(uploading):
            return None
        # An application that has seen for itself that it failed may have more to say about it.
        told = reply[:1] in (b"4", b"5") and not self.failure.value.startswith(b"522")
        return None if told else self.failure.value

    def isUndecided(self, uploading: bool, reply: bytes) -> bool:
        """
        Whether it is too early for an application's last reply, which says that all is well.
        """
        return self.open and self.failure is None and reply[:1] == b"2" and not self.isComplete(uploading)
