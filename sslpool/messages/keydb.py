# -*- test-case-name: tests.test_messages -*-
"""
Messages of the section "keydb" of the catalogue: what the certificate commands did (300-309), key databases (310-329),
labels (330-339), certificates (340-359), their trust (360-361), revocation lists (362-367).  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_DONE = (
    Message(
        "SSLP300I",
        "Key database {path} created",
        "The key database holds no certificates yet. Its mode is 0640: its group can read it.",
        "Add certificates with 'gskkyman self-signed' or 'gskkyman import'. Change the group of the file to the "
        "one under which the SSL servers run.",
    ),
    Message(
        "SSLP301I",
        "Password of {path} stored in {stash}",
        "Users who can read the stash file can open the key database without the password. The file does not "
        "contain the password itself.",
        "None. Make sure that only the SSL servers' group can read the stash file.",
    ),
    Message(
        "SSLP302I",
        "Password of {path} changed",
        "All private keys were encrypted again. Existing stash files are no longer valid.",
        "Store the new password ('gskkyman stash') before you start or refresh SSL servers.",
    ),
    Message(
        "SSLP303I",
        "Self-signed certificate {label} created, valid until {until}",
        "The key database holds a new private key and a certificate signed with it.",
        "If SSL servers are running, issue SSLADMIN REFRESH. Give the certificate to your clients ('gskkyman export').",
    ),
    Message(
        "SSLP304I",
        "Certificate {label} imported, valid until {until}",
        "The key database holds the certificate under this label.",
        "If SSL servers are running, issue SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP305I",
        "Certificate {label} deleted",
        "The entry was removed, with its private key if it had one.",
        "Remove the label from PORT statements and TLSLABEL. If SSL servers are running, issue SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP306I",
        "Key {label} is now the default",
        "gskkyman shows the default key; SSL servers choose by label.",
        "None.",
    ),
    Message(
        "SSLP307I", "Certificate {label} exported to {file}", "The file holds the certificate and its chain.", "None."
    ),
    Message(
        "SSLP308I",
        "Key database {path} holds no certificates",
        "The key database was opened, and is empty.",
        "Add certificates with 'gskkyman self-signed' or 'gskkyman import'.",
    ),
    Message(
        "SSLP309I",
        "Certificate {label} and its private key exported to {file}",
        "The file is in PKCS #12 format, encrypted with the password that you gave for it.",
        "Protect the file: it holds the private key.",
    ),
)

_DATABASES = (
    Message(
        "SSLP310E",
        "{path} already exists",
        "gskkyman never overwrites a file.",
        "Choose another name, or remove the file if you no longer need it.",
    ),
    Message(
        "SSLP311E",
        "{path} does not exist",
        "There is no file with this name.",
        "Check the name and the directory. If you need a new key database, create it with 'gskkyman create'.",
    ),
    Message(
        "SSLP312E",
        "{path} is not a regular file",
        "A key database or certificate file was expected, not a directory, a device, or a socket.",
        "Name the file itself, for example /etc/gskadm/Database.kdb or www.example.com.pem.",
    ),
    Message(
        "SSLP313E",
        "{path} cannot be read: {reason}",
        "The operating system did not open or read the file.",
        "Check the owner, group, and mode of the file and of the directories above it. Key databases and stash "
        "files belong to the group of the SSL servers, with mode 0640.",
    ),
    Message(
        "SSLP314E",
        "{path} cannot be written: {reason}",
        "The operating system did not create or change the file. Nothing was changed.",
        "Check that the directory exists, its owner and mode, those of the file, and the free space.",
    ),
    Message(
        "SSLP315E",
        "{path} is not a key database",
        "gskkyman did not create this file.",
        "Check the name. To add certificates in other formats to a key database, use 'gskkyman import'.",
    ),
    Message(
        "SSLP316E",
        "Key database {path} is damaged: {detail}",
        "The contents are inconsistent, or a program other than gskkyman changed them.",
        "Restore the key database and its stash file from a backup.",
    ),
    Message(
        "SSLP317E",
        "Key database {path} has format {format}; this release reads format {supported}",
        "A newer release created the key database.",
        "Use the newer release, or create a key database with this one.",
    ),
    Message(
        "SSLP318E",
        "Key database {path} is in use by another program",
        "For more than two seconds, another program has been changing the key database.",
        "Try again. If the error persists, look for a gskkyman that hangs.",
    ),
    Message(
        "SSLP319E",
        "Key database {path} has an interrupted change, which this user may not undo",
        "A program ended in the middle of a change. The next user with write permission who opens the key database "
        "undoes it.",
        "Run 'gskkyman list' as the owner of the key database.",
    ),
    Message(
        "SSLP320E",
        "The password for key database {path} is not correct",
        "The key database cannot be opened with this password.",
        "Enter the correct password. Without its password or stash file, a key database cannot be opened.",
    ),
    Message(
        "SSLP321E",
        "No password was given for {path}",
        "The password is empty.",
        "Enter a password, or put it on the first line of the password file.",
    ),
    Message(
        "SSLP322E",
        "The password of key database {path} expired on {date}",
        "The password had a limited life. Until you change it, nothing else can be done with the key database.",
        "Run 'gskkyman password', then 'gskkyman stash'.",
    ),
    Message(
        "SSLP323E",
        "Key database {path} has no stash file {stash}",
        "SSL servers need the stash file to open the key database.",
        "Run 'gskkyman stash' to store the password.",
    ),
    Message(
        "SSLP324E",
        "Stash file {stash} does not open key database {path}",
        "The password was changed after it was stored, or the stash file is damaged or belongs to another key "
        "database.",
        "Run 'gskkyman stash' to store the password again.",
    ),
    Message(
        "SSLP325E",
        "Another program changed the password of key database {path}",
        "It did so after this program opened the key database. This program changed nothing.",
        "Repeat the command.",
    ),
    Message(
        "SSLP326E",
        "A password is needed for {what}, but there is no {option}, and no terminal to ask on",
        "The command does not run on a terminal, and you named no password file.",
        "Name a file that has the password on its first line, or run the command on a terminal.",
    ),
    Message(
        "SSLP327E",
        "The two passwords are not the same",
        "You enter a new password twice, to catch typing errors.",
        "Repeat the command.",
    ),
    Message(
        "SSLP328W",
        "Stash file {stash} is no longer valid",
        "The password was changed. SSL servers cannot open the key database until you store the password again.",
        "Run 'gskkyman stash'.",
    ),
    Message(
        "SSLP329E",
        "{path} is not a valid name for a key database: it does not end in .kdb",
        "SSL servers use this ending to find the key database and its stash file.",
        "Choose a name such as /etc/gskadm/Database.kdb.",
    ),
)

_LABELS = (
    Message(
        "SSLP330E",
        "{label!r} is not a valid label for a certificate with a private key",
        "Such labels are 1 to 8 characters long: uppercase letters A to Z and digits.",
        "Choose 1 to 8 uppercase letters or digits, such as WEBCERT. Use this label in PORT statements and TLSLABEL.",
    ),
    Message(
        "SSLP331E",
        "{label!r} is not a valid label for a certificate",
        "Such labels are 1 to 127 printable characters, without leading or trailing blanks.",
        "Choose another label, such as 'Example Root CA'.",
    ),
    Message(
        "SSLP332E",
        "Label {label} is already in key database {path}",
        "A label names one certificate.",
        "Choose another label. import and self-signed replace the certificate with --replace.",
    ),
    Message(
        "SSLP333E",
        "Label {label} is not in key database {path}",
        "No entry has this label. Labels are case-sensitive.",
        "Run 'gskkyman list' to see the labels.",
    ),
    Message(
        "SSLP334E",
        "Certificate {label} in key database {path} has no private key",
        "Only an entry with a private key can be used by a server or be the default.",
        "Choose the label of an entry with a private key; 'gskkyman list' shows them.",
    ),
)

_CERTIFICATES = (
    Message(
        "SSLP340E",
        "{source} holds no certificate",
        "The file was read. A certificate was expected, as PEM, DER, PKCS #7, or PKCS #12.",
        "Name the file with the certificate. If certificate and private key are in two files, name both: 'gskkyman "
        "import --label LABEL FILE KEYFILE'.",
    ),
    Message(
        "SSLP341E",
        "{source} holds no private key",
        "A server needs the private key of its certificate.",
        "Name the file with the private key as well: 'gskkyman import --label LABEL FILE KEYFILE'. To import an "
        "authority's certificate, use --certificate-only.",
    ),
    Message(
        "SSLP342E",
        "The private key in {source} does not belong to any certificate there",
        "A server needs a private key and the certificate that was issued for it. No certificate in the file has "
        "the public half of this key.",
        "Find the private key that the certificate was requested with, or the certificate that was issued for this "
        "key.",
    ),
    Message(
        "SSLP343E",
        "The private key in {source} is encrypted, and no password was given for it",
        "The private key cannot be read without its password.",
        "Use 'gskkyman import --key-password-file'. For a KEYFILE, put the password on the first line of the file "
        "of the same name with the ending .sth.",
    ),
    Message(
        "SSLP344E",
        "The password for the private key in {source} is not correct, or the key is damaged",
        "The private key could not be decrypted.",
        "Enter the correct password, or get the file again.",
    ),
    Message(
        "SSLP345E",
        "{source} cannot be used: {detail}",
        "The contents are damaged, or their format is unknown.",
        "'openssl storeutl FILE' shows what OpenSSL finds in the file. Get the file again, or ask its author for "
        "PEM or PKCS #12.",
    ),
    Message(
        "SSLP346E",
        "{source} holds {count} private keys with certificates: {names}",
        "It is not clear which one you want.",
        "Use --label with one of these names, in uppercase or lowercase. To import all of them, put the file in a "
        "directory and use 'gskkyman import DIRECTORY'. In a KEYFILE, each needs its own name that is a valid "
        "label.",
    ),
    Message(
        "SSLP347E",
        "The private key in {source} is of a type that cannot be used: {kind}",
        "Certificates use RSA, EC, Ed25519, Ed448, or DSA keys.",
        "Get a certificate with an EC or RSA key.",
    ),
    Message(
        "SSLP348E",
        "{source} is empty",
        "A certificate was expected.",
        "Make sure that this is the right file, and that all of it was copied.",
    ),
    Message(
        "SSLP349E",
        "{source} is larger than {limit} octets",
        "Certificate files are small; this is a different kind of file.",
        "Make sure that this is the right file.",
    ),
    Message(
        "SSLP350E",
        "{name!r} is neither a host name nor an IP address",
        "A certificate names its hosts: DNS names (with a leading '*.' for all hosts below one) or IP addresses.",
        "Give names such as www.example.com,192.0.2.1. Write names with other characters in their 'xn--' form.",
    ),
    Message(
        "SSLP351E",
        "{kind!r} is not a type of key; the types are {kinds}",
        "The type ec is EC P-256, and rsa has 2048 bits.",
        "Choose one of them.",
    ),
    Message(
        "SSLP352E",
        "{days!r} is not a number of days from 1 to 9999",
        "A certificate or password is valid for a whole number of days.",
        "Give a number from 1 to 9999.",
    ),
    Message(
        "SSLP353E",
        "The password for {source} is not correct, or the contents are damaged",
        "A PKCS #12 file cannot be read without its password. For a KEYFILE, it is on the first line of the file "
        "of the same name with the ending .sth. No default password is tried.",
        "To import the file, use --key-password-file. For a KEYFILE, put the password in the .sth file.",
    ),
    Message(
        "SSLP355E",
        "No host name was given",
        "A certificate needs at least one host name.",
        "Use --name with the names, separated by commas.",
    ),
    Message(
        "SSLP359E",
        "Certificate {name} breaks rules: it cannot be renewed, sign others, or be written as PKCS #7 or PKCS #12",
        "Servers can use it. For everything else, the library needs certificates whose names, numbers, and "
        "extensions follow the rules.",
        "Export it as PEM or DER, create the request with openssl, or get a new certificate from the authority.",
    ),
)

_TRUST = (
    Message(
        "SSLP360I",
        "Certificate {label} is now trusted",
        "Servers use it: to identify themselves if it has a private key, or in the chain of another certificate.",
        "If SSL servers are running, issue SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP361I",
        "Certificate {label} is no longer trusted",
        "It stays in the key database, but servers do not use it.",
        "If SSL servers are running, issue SSLADMIN REFRESH.",
    ),
)

_REVOCATIONS = (
    Message(
        "SSLP362E",
        "{source} is a revocation list of {issuer}, whose certificate is not in {path}",
        "A revocation list is stored with the certificate of the authority that signed it. Without that "
        "certificate, nobody can verify the list.",
        "First import the certificate of the authority ('gskkyman import --certificate-only'), then the list.",
    ),
    Message(
        "SSLP363E",
        "{source} is older than the existing revocation list of {label}",
        "An older list lacks the certificates that were revoked since.",
        "Get the current list from the authority. To use the older one anyway, first delete the existing list.",
    ),
    Message(
        "SSLP364E",
        "{source} has no complete revocation list of {issuer}: {reason}",
        "An incomplete or unknown kind of list would admit clients whose certificates are revoked.",
        "Get the complete list from the authority.",
    ),
    Message(
        "SSLP365E",
        "No revocation list of {label} is in {path}",
        "Each authority has at most one revocation list, under the label of its certificate.",
        "Run 'gskkyman list' to see the revocation lists.",
    ),
    Message(
        "SSLP366I",
        "Revocation list of {label} imported; certificates revoked: {count}, next list due {due}",
        "Ports that check client certificates refuse the ones on the list.",
        "If SSL servers are running, issue SSLADMIN REFRESH. Import the next list before it is due.",
    ),
    Message(
        "SSLP367I",
        "Revocation list of {label} deleted",
        "Certificates of this authority are no longer checked for revocation.",
        "If SSL servers are running, issue SSLADMIN REFRESH.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_DONE, *_DATABASES, *_LABELS, *_CERTIFICATES, *_TRUST, *_REVOCATIONS)
