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
        "The file holds the passwords of the manhole, one entry a line, as 'sslpool password' writes it. Only the "
        "user who runs the stack may have access to it.",
        "Correct its owner and permissions (chmod 600), or remove the file and set the passwords again.",
    ),
    Message(
        "SSLP652I",
        "{path} has a password for {userid}",
        "It is valid from the next login on. To log in to the manhole, a user ID must also be in the OBEY list.",
        "None.",
    ),
    Message(
        "SSLP653W",
        "The manhole refused {userid} from {address}: {reason}",
        "Somebody tried to log in, and was not told the reason. Passwords that are refused unchecked, because this "
        "address or user ID tried too often, are logged at most once in ten seconds.",
        "If you did not expect this, find out who can reach the port of INTCLIEN.",
    ),
    Message(
        "SSLP654I",
        "{userid} logged in to the manhole from {address}",
        "The user ID and the password were correct. The user now has a Python prompt inside the stack.",
        "If you did not expect this, change the password, and find out who it was.",
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
        "A PORT statement names INTCLIEN, whose entry has no address, so the stack itself answers. It admits user "
        "IDs in the OBEY list that have a password.",
        "Add a user ID to OBEY and use 'sslpool password' for it, or remove the PORT statement.",
    ),
    Message(
        "SSLP657W",
        "The manhole closed a connection from {address}: {reason}",
        "The manhole closes connections that are idle, or send what no terminal sends, so that they do not block "
        "others.",
        "If this was your connection, connect again.",
    ),
    Message(
        "SSLP658E",
        "The manhole cannot listen on {path}: {reason}",
        "Servers reach the manhole through a socket in the run directory.",
        "Correct the directory in --run.",
    ),
)
