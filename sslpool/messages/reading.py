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
        "The private key in {source} uses an encryption that the TLS library does not know: {cipher}",
        "The password may be right; no password would help.",
        "Encrypt the key in another way where it was created, for example with 'openssl pkey -aes256'.",
    ),
    Message(
        "SSLP821E",
        "{source} is a PKCS #12 file with a password, but no password was given for it",
        "Nothing in the file can be read without its password. No default password is tried, not even Java's "
        "'changeit'.",
        "To import the file, use --key-password-file. For a KEYFILE, put the password on the first line of the "
        "file of the same name with the ending .sth.",
    ),
    Message(
        "SSLP822E",
        "{source} is a PKCS #12 file with a certificate that cannot be extracted",
        "The password is right, but a name or number in a certificate breaks the rules of the PKCS #12 library. In "
        "PEM form, such a certificate can be read.",
        "Convert the file with 'openssl pkcs12 -in FILE -out FILE.pem', and use the result.",
    ),
    Message(
        "SSLP823E",
        "{source} is {what}: {step}",
        "The file was identified by its contents, not by its name. It cannot be used as it is.",
        "Do what the message says, and use the resulting file.",
    ),
    Message(
        "SSLP824E",
        "The private key in {source} cannot be compared with the certificate of {subject}: {reason}",
        "The type of the public key in the certificate is unknown. No server could use it.",
        "Get a certificate with an EC or RSA key.",
    ),
    Message(
        "SSLP825W",
        "Every user of this machine can read {path}, which holds {what}",
        "Anyone with the private key can impersonate your server. The group needs read permission: the servers run "
        "under it.",
        "Remove the permission with 'chmod o-r'. If others may have read the file, get a new certificate with a "
        "new key.",
    ),
    Message(
        "SSLP826W",
        "{source}: one certificate is left out: {reason}",
        "The file has several authorities' certificates. All that can be used are imported.",
        "None, if you do not need this certificate. If it can be read at all, --unchecked imports it anyway.",
    ),
    Message(
        "SSLP827I",
        "Certificate {label} already exists",
        "The same certificate has this label; nothing was changed for it.",
        "None.",
    ),
    Message(
        "SSLP828E",
        "{source} holds no private key; file {beside} in the same directory may hold it",
        "Some programs write the certificate and the private key to two files.",
        "Import both: 'gskkyman import --label LABEL FILE KEYFILE'. For a KEYFILE or --certificate, put both into "
        "one file or into a key database.",
    ),
    Message(
        "SSLP829E",
        "{source}: a revocation list is not imported: {reason}",
        "The rest of the file is imported.",
        "Follow the message in the reason.",
    ),
    Message(
        "SSLP830I",
        "{file} is not needed: its certificate is imported from {other}",
        "Several files hold the same certificate and private key. The one with the longest chain is imported.",
        "None.",
    ),
    Message(
        "SSLP831I",
        "{file} belongs to {other}: it holds certificates of its chain",
        "The file holds no private key.",
        "None.",
    ),
    Message(
        "SSLP832I",
        "Certificates in {source} that are not in the chain of {label} are left out: {names}",
        "The chain does not need them, and servers do not send them to clients.",
        "None. To add an authority's certificate to the key database, import it with --certificate-only.",
    ),
)
