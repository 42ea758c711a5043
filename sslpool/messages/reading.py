# -*- test-case-name: tests.test_messages -*-
"""
Messages about files of certificates and keys, and what is found in them.  C{gskkyman}'s process; the stack and
the servers for a KEYFILE.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP820E",
        "The private key in {source} is encrypted in a way that the TLS library does not know: {cipher}.",
        "The password may be right; no password would help.",
        "Encrypt it in another way where it was made, for example with 'openssl pkey -aes256'.",
    ),
    Message(
        "SSLP821E",
        "{source} is PKCS #12 with a password, and none was given for it.",
        "Neither certificates nor keys in it can be read without its password. None is tried that nobody has given, "
        "not even 'changeit' of Java.",
        "Give the password with --key-password-file when importing. A KEYFILE takes it from the first line of the file "
        "of the same name with the ending .sth.",
    ),
    Message(
        "SSLP822E",
        "{source} is PKCS #12 with a certificate that cannot be taken out of it.",
        "Its password is right, but a name or number in a certificate breaks rules on which the library for PKCS #12 "
        "insists. As PEM such a certificate can be read.",
        "Make PEM of it with 'openssl pkcs12 -in FILE -out FILE.pem', and use that.",
    ),
    Message(
        "SSLP823E",
        "{source} is {what}. {step}.",
        "The file was recognised by its contents, whatever its name is. It holds nothing that can be used as it is.",
        "Do what the message tells you, and name the file that this leads to.",
    ),
    Message(
        "SSLP824E",
        "Whether the private key in {source} belongs to the certificate of {subject} cannot be known: {reason}.",
        "The public key in the certificate is of a kind that cannot be read, so that no server could use it.",
        "Have a certificate made with an EC or RSA key.",
    ),
    Message(
        "SSLP825W",
        "{path} can be read by everybody on this machine, and holds {what}.",
        "Whoever has the private key can pretend to be your server. The group may read it: that is how the servers' "
        "user gets at it.",
        "Take the permission away with 'chmod o-r'. If others could have read it, have another certificate made with "
        "a new key.",
    ),
    Message(
        "SSLP826W",
        "{source}: a certificate is left out: {reason}",
        "Of several certificates of authorities those that can be used are imported, and each other one is named.",
        "None, if nobody needs this certificate. --unchecked imports it all the same.",
    ),
    Message(
        "SSLP827I",
        "Certificate {label} is there already.",
        "The same certificate stands under this label; nothing was changed for it.",
        "None.",
    ),
    Message(
        "SSLP828E",
        "{source} holds no private key; {beside} in the same directory may be the file with it.",
        "Some programs write certificate and private key to two files.",
        "Import both: 'gskkyman import --label LABEL FILE KEYFILE'. For a KEYFILE or --certificate, put both into one "
        "file or into a key database.",
    ),
    Message(
        "SSLP829E",
        "{source}: a revocation list is not imported: {reason}",
        "What else the file holds is imported.",
        "Take the action of the message that is given as the reason.",
    ),
    Message(
        "SSLP830I",
        "{file} is not needed: its certificate is imported from {other}.",
        "Of several files with one certificate and its private key the one with most of the chain is imported.",
        "None.",
    ),
)
