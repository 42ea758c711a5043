# -*- test-case-name: tests.test_messages -*-
"""
Messages about what is bounded in servers: faults of ours, and data connections.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES = (
    Message(
        "SSLP705W",
        "{server} met {count} more faults of sslpool within {seconds} s",
        "Faults beyond the first three of a minute (SSLP199E) are counted and not listed.",
        "Report those before this one.  Where they go on, RESTART the server.",
    ),
    Message(
        "SSLP706W",
        "{server} refused a data connection of FTP: it has {count} already, open or expected",
        "A server may have as many data connections as sessions, SSLLIMITS MAXPERSSLSERVER.  The client was told so "
        "(425); its control session goes on.",
        "Where these are clients of yours, raise MAXPERSSLSERVER; QUERY SESSIONS shows whose they are.",
    ),
)
