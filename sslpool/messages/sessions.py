# -*- test-case-name: tests.test_messages -*-
"""
Messages about limits within a server: on faults that are logged, on data connections of FTP, and on renegotiation.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES = (
    Message(
        "SSLP705W",
        "{server}: further faults of sslpool within {seconds} s: {count}",
        "Only the first three faults in a minute are logged (SSLP199E); the others are counted.",
        "Report the faults that were logged. If they continue, use SSLADMIN RESTART for this server.",
    ),
    Message(
        "SSLP706W",
        "{server} refused an FTP data connection: it already has {count}, open or expected",
        "A server may have as many data connections as sessions (SSLLIMITS MAXPERSSLSERVER). The client got reply 425; "
        "its control session continues.",
        "If the clients are yours, raise MAXPERSSLSERVER; SSLADMIN QUERY SESSIONS shows whose connections they are.",
    ),
    Message(
        "SSLP707W",
        "{server} connection {number} from {client} to {local}: the client asked for renegotiation and was refused",
        "Servers refuse renegotiation of TLS 1.2 with the warning no_renegotiation, because it lets a client cause "
        "much work. The session goes on if the client lets it. Some old clients renegotiate to show a certificate.",
        "Ask for certificates in the first handshake (CLIENTCERTCHECK), or let the client use TLS 1.3.",
    ),
)
