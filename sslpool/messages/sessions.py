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
)
