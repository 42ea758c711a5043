# -*- test-case-name: tests.test_messages -*-
"""
Messages about the manhole.  Stack, C{sslpool check} and C{sslpool password}.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES = (
    Message(
        "SSLP650E",
        "The password file {path} cannot be used: {reason}",
        "The passwords of the manhole are in a file that only the user who runs the stack may read and write, one "
        "entry a line, as sslpool password makes it.",
        "Correct owner and permissions (chmod 600), or remove the file and give the passwords again.",
    ),
    Message(
        "SSLP652I",
        "{path} has a password of {userid}",
        "It counts from the next login on.  Only who is in the OBEY list as well can log in to the manhole.",
        "None.",
    ),
    Message(
        "SSLP653W",
        "The manhole has refused {userid} from {address}: {reason}",
        "Somebody has tried to log in, and was not told the reason.  Passwords that are refused without a check, "
        "because there are too many from this address or for this user ID, are named once in ten seconds at most.",
        "If this was not expected, find out who can reach the port of INTCLIEN.",
    ),
    Message(
        "SSLP654I",
        "{userid} has logged in to the manhole from {address}",
        "The user ID and the password were right; there is a Python prompt within the stack now.",
        "If nobody was to do this, change the password, and find out who did.",
    ),
    Message(
        "SSLP655I",
        "{userid} left the manhole after {seconds} s",
        "The user or the stack ended the connection, or it was idle for too long.",
        "None.",
    ),
    Message(
        "SSLP656W",
        "Nobody can log in to the manhole: {reason}",
        "A PORT statement is for INTCLIEN, whose entry has no address, so that the stack itself answers.  It lets in "
        "user IDs of the OBEY list that have a password.",
        "Name a user ID in OBEY and run sslpool password for it, or remove the PORT statement.",
    ),
    Message(
        "SSLP657W",
        "The manhole has closed a connection from {address}: {reason}",
        "A connection that is not used as a terminal is used must not hold up others.",
        "If it was an operator's, connect again.",
    ),
    Message(
        "SSLP658E",
        "The manhole cannot listen on {path}: {reason}",
        "The servers reach the manhole by a socket in the run directory.",
        "Correct the directory of --run.",
    ),
)
