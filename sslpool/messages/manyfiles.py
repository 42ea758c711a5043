"""
Messages about many files that are imported at once.  C{gskkyman}'s process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP335I",
        "{file} is imported as {label}, valid until {until}",
        "The label was made from the name of the file, or is that of the certificate that was replaced.",
        "Use the label in PORT statements, or change it with 'gskkyman label'. If SSL servers are running, issue "
        "SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP336E",
        "{file} is not imported: {reason}",
        "The other files are imported if they can be used.",
        "Follow the message in the reason, then import this file again.",
    ),
    Message(
        "SSLP337E",
        "Directory {path} has no file whose name ends in {endings}",
        "Only files with these endings are imported from a directory, and none from its subdirectories.",
        "Name another directory, or the files themselves; these can have any name.",
    ),
    Message(
        "SSLP338I",
        "{file} is not needed: the key database already holds its certificate as {label}",
        "Nothing was changed for this file.",
        "None.",
    ),
    Message(
        "SSLP339E",
        "{other} has the same certificate, or another one for the same label",
        "Both files would have the same place in the key database.",
        "Import only the file that you want.",
    ),
)
