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
        "The tag is for FTP connections, and the entry of the application does not say that it uses FTP.",
        "Add :dynamic.FTP, or remove the tag.",
    ),
    Message(
        "SSLP781W",
        ":securedata.REQUIRED of {nick} has no effect because :{tag}. is NEVER",
        "With NEVER, the pool does not follow the FTP dialogue, even on ports with SECURE: data connections bypass "
        "it, in cleartext.",
        "Set the tag for the control connection to REQUIRED, or remove :securedata.",
    ),
)
