"""
Messages about many files that are imported at once.  C{gskkyman}'s process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP335I",
        "{file} is imported as {label}, valid until {until}.",
        "The key database holds the certificate under this label, which was made from the name of the file, or is that "
        "of the certificate whose place it has taken.",
        "Name the label in PORT statements, or give it another one with gskkyman label.  Issue SSLADMIN REFRESH if SSL "
        "servers are running.",
    ),
    Message(
        "SSLP336E",
        "{file} is not imported: {reason}",
        "Of several files, those that can be used are imported, and each other one is named.",
        "Do what is said about the message that is the reason, and import this file again.",
    ),
    Message(
        "SSLP337E",
        "Directory {path} has no file with a name that ends in {endings}.",
        "From a directory, files with these endings are imported, and none from its subdirectories.",
        "Name another directory, or the files one by one; then they may have any names.",
    ),
    Message(
        "SSLP338I",
        "{file} is not needed: its certificate is there already as {label}.",
        "Nothing was changed for this file.",
        "None.",
    ),
    Message(
        "SSLP339E",
        "{other} has the same certificate, or another one for the same label.",
        "Two files of one import would have the same place in the key database.",
        "Import the one that you want.",
    ),
)
