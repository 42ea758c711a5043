# -*- test-case-name: tests.test_messages -*-
"""
Messages about FTP.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES = (
    Message(
        "SSLP780W",
        "{tag} of {nick} has no effect without :dynamic.FTP",
        "It is about the connections of FTP, and the application's entry does not say that it speaks FTP.",
        "Add :dynamic.FTP, or remove the tag.",
    ),
    Message(
        "SSLP781W",
        ":securedata.REQUIRED of {nick} has no effect, since :{tag}. is NEVER",
        "With NEVER the pool does not follow the dialogue, also on ports with SECURE: data connections go past it, "
        "in cleartext.",
        "Give the tag for the control connection the value REQUIRED, or remove :securedata.",
    ),
)
