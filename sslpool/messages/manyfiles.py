"""
Messages about many files that are imported at once.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP707I",
        "{file} is imported as {label}, valid until {until}.",
        "The key database holds the certificate under this label, which was made from the name of the file, or is that "
        "of the certificate whose place it has taken.",
        "Name the label in PORT statements, or give it another one with gskkyman label.  Issue SSLADMIN REFRESH if SSL "
        "servers are running.",
    ),
    Message(
        "SSLP708E",
        "{file} is not imported: {reason}",
        "Of several files, those that can be used are imported, and each other one is named.",
        "Do what is said about the message that is the reason, and import this file again.",
    ),
    Message(
        "SSLP709E",
        "Directory {path} has no file with a name that ends in {endings}.",
        "Of a directory, files with these endings are imported, and nothing from directories in it.",
        "Name another directory, or the files themselves, which may have any names.",
    ),
    Message(
        "SSLP710I",
        "{file} is not needed: its certificate is there already as {label}.",
        "Nothing was changed for this file.",
        "None.",
    ),
    Message(
        "SSLP711E",
        "{other} has the same certificate, or another one for the same label.",
        "Two files of one import would have the same place in the key database.",
        "Import the one that is wanted.",
    ),
)
