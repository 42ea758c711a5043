# -*- test-case-name: tests.test_messages -*-
"""
Messages of the section "keydb" of the catalogue: what the certificate commands
did (300-309), key databases (310-329), labels (330-339), certificates
(340-359) their trust (360-361) and
revocation lists (362-367).  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_DONE = (
    Message(
        "SSLP300I",
        "Key database {path} created.",
        "The key database exists and holds no certificates yet. Its mode is 0640: its group may read it.",
        "Add certificates with 'gskkyman self-signed' or 'gskkyman import'. Give the file to the group that the SSL "
        "servers run under.",
    ),
    Message(
        "SSLP301I",
        "Password of {path} stored in {stash}.",
        "The stash file lets those who may read it open the key database without the password. It does not contain "
        "the password.",
        "None. See that only the SSL servers' group may read the stash file.",
    ),
    Message(
        "SSLP302I",
        "Password of {path} changed.",
        "All private keys were encrypted anew. Stash files made before the change are no longer valid.",
        "Store the password again ('gskkyman stash') before the SSL servers are started or refreshed.",
    ),
    Message(
        "SSLP303I",
        "Self-signed certificate {label} created, valid until {until}.",
        "The key database holds a new private key and a certificate signed with it.",
        "Issue SSLADMIN REFRESH if SSL servers are running. Give clients the certificate ('gskkyman export').",
    ),
    Message(
        "SSLP304I",
        "Certificate {label} imported, valid until {until}.",
        "The key database holds the certificate under this label.",
        "Issue SSLADMIN REFRESH if SSL servers are running.",
    ),
    Message(
        "SSLP305I",
        "Certificate {label} deleted.",
        "The entry was removed, with its private key if it had one.",
        "Issue SSLADMIN REFRESH if SSL servers are running. Remove the label from PORT statements and TLSLABEL.",
    ),
    Message(
        "SSLP306I",
        "Key {label} is now the default.",
        "The default key is shown by gskkyman; SSL servers choose by label.",
        "None.",
    ),
    Message(
        "SSLP307I",
        "Certificate {label} exported to {file}.",
        "The file holds the certificate and those above it.",
        "None.",
    ),
    Message(
        "SSLP308I",
        "Key database {path} holds no certificates.",
        "The key database can be opened but is empty.",
        "Add certificates with 'gskkyman self-signed' or 'gskkyman import'.",
    ),
    Message(
        "SSLP309I",
        "Certificate {label} and its private key exported to {file}.",
        "The file is in PKCS #12 format, encrypted with the password that was given for it.",
        "Keep the file from others: it holds the private key.",
    ),
)

_DATABASES = (
    Message(
        "SSLP310E",
        "{path} exists already.",
        "A file is never overwritten.",
        "Choose another name, or remove the file if it is no longer needed.",
    ),
    Message(
        "SSLP311E",
        "{path} does not exist.",
        "There is no file of this name.",
        "Check the name and the directory. If a key database is meant, 'gskkyman create' makes one.",
    ),
    Message(
        "SSLP312E",
        "{path} is not a regular file.",
        "A key database or certificate file was expected; this is a directory, a device or a socket.",
        "Name the file itself, not the directory that it is in.",
    ),
    Message(
        "SSLP313E",
        "{path} cannot be read: {reason}.",
        "The operating system refused to open or read the file.",
        "Check owner, group and mode of the file and of the directories above it. Key databases and stash files belong "
        "to the group of the SSL servers, with mode 0640.",
    ),
    Message(
        "SSLP314E",
        "{path} cannot be written: {reason}.",
        "The operating system refused to create or change the file. Nothing was changed.",
        "Check owner and mode of the file and of its directory, and the space left. The directory must exist.",
    ),
    Message(
        "SSLP315E",
        "{path} is not a key database.",
        "The file has other contents than those that gskkyman makes.",
        "Check the name. Certificates in other formats are brought into a key database with 'gskkyman import'.",
    ),
    Message(
        "SSLP316E",
        "Key database {path} is damaged: {detail}.",
        "The contents contradict themselves, or were changed by something other than gskkyman.",
        "Restore the key database and its stash file from a backup.",
    ),
    Message(
        "SSLP317E",
        "Key database {path} has format {format}; this release reads format {supported}.",
        "The key database was made by a newer release.",
        "Use the newer release, or make a new key database with this one.",
    ),
    Message(
        "SSLP318E",
        "Key database {path} is in use by another program.",
        "Another program has been changing the key database for longer than two seconds.",
        "Try again. If it happens again, look for a gskkyman that does not end.",
    ),
    Message(
        "SSLP319E",
        "Key database {path} has an interrupted change, and this user may not undo it.",
        "A program ended in the middle of a change. Whoever may write the key database next opens it undoes the "
        "unfinished change.",
        "Run 'gskkyman list' as the owner of the key database.",
    ),
    Message(
        "SSLP320E",
        "The password for key database {path} is not correct.",
        "The key database cannot be opened with this password.",
        "Enter the password again. There is no way to open a key database without its password or stash file.",
    ),
    Message(
        "SSLP321E",
        "No password was given for {path}.",
        "The password is empty.",
        "Enter a password, or put it on the first line of the password file.",
    ),
    Message(
        "SSLP322E",
        "The password of key database {path} expired on {date}.",
        "The key database was given a password with a limited life. While it is expired the key database can only be "
        "given a new password.",
        "Run 'gskkyman password', then 'gskkyman stash'.",
    ),
    Message(
        "SSLP323E",
        "Key database {path} has no stash file {stash}.",
        "SSL servers open the key database with its stash file.",
        "Run 'gskkyman stash' to store the password.",
    ),
    Message(
        "SSLP324E",
        "Stash file {stash} does not open key database {path}.",
        "The password was changed after it was stored, or the file belongs to another key database or is damaged.",
        "Run 'gskkyman stash' to store the password again.",
    ),
    Message(
        "SSLP325E",
        "The password of key database {path} was changed by another program.",
        "It was changed after this program had opened the key database. Nothing was changed by this program.",
        "Repeat the command.",
    ),
    Message(
        "SSLP326E",
        "A password is needed for {what}, but there is no {option} and no terminal to ask on.",
        "The command does not run on a terminal and no password file was named.",
        "Name a file that has the password on its first line, or run the command on a terminal.",
    ),
    Message(
        "SSLP327E",
        "The two passwords are not the same.",
        "A new password is entered twice, to find typing errors.",
        "Repeat the command.",
    ),
    Message(
        "SSLP328W",
        "Stash file {stash} is no longer valid.",
        "The password was changed; SSL servers cannot open the key database until it is stored again.",
        "Run 'gskkyman stash' to store the password again.",
    ),
    Message(
        "SSLP329E",
        "{path} is not a name for a key database: it does not end in .kdb.",
        "The stash file and the SSL servers find a key database by this ending.",
        "Choose a name such as /etc/gskadm/Database.kdb.",
    ),
)

_LABELS = (
    Message(
        "SSLP330E",
        "{label!r} is not a valid label for a certificate with a private key.",
        "Such labels are 1 to 8 characters long: upper-case letters A to Z and digits.",
        "Choose 1 to 8 upper-case letters or digits, such as WEBCERT. PORT statements and TLSLABEL name this label.",
    ),
    Message(
        "SSLP331E",
        "{label!r} is not a valid label for a certificate.",
        "Such labels are 1 to 127 printable characters, without blanks at either end.",
        "Choose another label, such as 'Example Root CA'.",
    ),
    Message(
        "SSLP332E",
        "Label {label} is already in key database {path}.",
        "A label names one certificate.",
        "Choose another label, or say --replace to put the new certificate in the place of the old one.",
    ),
    Message(
        "SSLP333E",
        "Label {label} is not in key database {path}.",
        "No entry has this label. Upper and lower case differ.",
        "Run 'gskkyman list' to see the labels.",
    ),
    Message(
        "SSLP334E",
        "Certificate {label} in key database {path} has no private key.",
        "Only an entry with a private key can be used by a server or be the default.",
        "Choose the label of an entry with a private key; 'gskkyman list' shows them.",
    ),
)

_CERTIFICATES = (
    Message(
        "SSLP340E",
        "{source} holds no certificate.",
        "The file could be read, but what was expected is a certificate: as PEM, DER, PKCS #7 or PKCS #12.",
        "Name the file with the certificate. Where certificate and private key are in two files, name both: 'gskkyman "
        "import --label LABEL FILE KEYFILE'.",
    ),
    Message(
        "SSLP341E",
        "{source} holds no private key.",
        "A certificate for a server is used with its private key.",
        "Name the file with the private key too: 'gskkyman import --label LABEL FILE KEYFILE'. To import the "
        "certificate of an authority say --certificate-only.",
    ),
    Message(
        "SSLP342E",
        "The private key in {source} does not belong to any certificate there.",
        "A server can only use a private key with the certificate that was made for it. None of the certificates has "
        "the public half of this key.",
        "Find the private key with which the certificate was requested, or the certificate that was made for this key.",
    ),
    Message(
        "SSLP343E",
        "The private key in {source} is encrypted, and no password was given for it.",
        "The private key can only be read with its password.",
        "Import it with 'gskkyman import --key-password-file'. A KEYFILE takes the password from the first line of the "
        "file of the same name with the ending .sth.",
    ),
    Message(
        "SSLP344E",
        "The password for the private key in {source} is not correct, or the key is damaged.",
        "The private key could not be decrypted.",
        "Enter the password again.",
    ),
    Message(
        "SSLP345E",
        "{source} cannot be understood: {detail}.",
        "The contents are in no format that is known, or are damaged.",
        "Look at the file: 'openssl storeutl FILE' shows what OpenSSL finds in it. Fetch it again, or ask whoever made "
        "it for PEM or PKCS #12.",
    ),
    Message(
        "SSLP346E",
        "{source} holds {count} private keys with certificates: {names}.",
        "It cannot be known which of them is meant.",
        "Give the name of one as --label; upper and lower case do not matter. 'gskkyman import DIRECTORY', with the "
        "file in that directory, imports all of them. In a KEYFILE each needs a name of its own that is a label.",
    ),
    Message(
        "SSLP347E",
        "The private key in {source} is of a type that cannot be used: {kind}.",
        "Certificates use RSA, EC, Ed25519, Ed448 or DSA keys.",
        "Have a certificate made with an EC or RSA key.",
    ),
    Message(
        "SSLP348E",
        "{source} is empty.",
        "A certificate was expected.",
        "Check that it is the right file, and that it was copied completely.",
    ),
    Message(
        "SSLP349E",
        "{source} is larger than {limit} octets.",
        "Certificate files are small; this is another kind of file.",
        "Check that it is the right file.",
    ),
    Message(
        "SSLP350E",
        "{name!r} is neither a host name nor an address.",
        "A certificate names the hosts it is for: a DNS name (with '*.' in front for all hosts below it) or an IP "
        "address.",
        "Give names such as www.example.com,192.0.2.1. Names with other characters are written in their 'xn--' form.",
    ),
    Message(
        "SSLP351E",
        "{kind!r} is not a kind of key; the kinds are {kinds}.",
        "EC is P-256, and RSA has 2048 bits, where nothing else is said.",
        "Choose one of them.",
    ),
    Message(
        "SSLP352E",
        "{days!r} is not a number of days from 1 to 9999.",
        "A certificate or password is valid for a whole number of days.",
        "Give a number from 1 to 9999.",
    ),
    Message(
        "SSLP353E",
        "The password for {source} is not correct, or its contents are damaged.",
        "A PKCS #12 file can only be read with its password. A KEYFILE takes it from the first line of the file of the "
        "same name with the ending .sth, or has none. No password is tried that nobody has given.",
        "Give the password with --key-password-file when importing, or in the .sth file.",
    ),
    Message(
        "SSLP355E",
        "No host name was given.",
        "A certificate is for at least one host.",
        "Give the names with --name, separated by commas.",
    ),
    Message(
        "SSLP359E",
        "Certificate {name} breaks rules: it cannot be renewed, sign others, or be written as PKCS #7 or PKCS #12.",
        "Servers use it as it is. Requests, renewals, signatures, PKCS #7 and PKCS #12 are made by a library that "
        "takes only certificates whose names, numbers and extensions keep to the rules.",
        "Export it as PEM or DER, make the request with openssl, or have the authority make another certificate.",
    ),
)

_TRUST = (
    Message(
        "SSLP360I",
        "Certificate {label} is now trusted.",
        "Servers use it: to identify themselves if it has a private key, or in the chain of another.",
        "Issue SSLADMIN REFRESH if SSL servers are running.",
    ),
    Message(
        "SSLP361I",
        "Certificate {label} is now not trusted.",
        "It stays in the key database, but servers do not use it.",
        "Issue SSLADMIN REFRESH if SSL servers are running.",
    ),
)

_REVOCATIONS = (
    Message(
        "SSLP362E",
        "{source} is a revocation list of {issuer}, whose certificate is not in {path}.",
        "A revocation list is stored with the certificate of the authority that signed it; without that nobody could "
        "tell whether it is genuine.",
        "Import the certificate of the authority first ('gskkyman import --certificate-only'), then the list.",
    ),
    Message(
        "SSLP363E",
        "{source} is older than the revocation list of {label} that is there.",
        "An older list lacks certificates that have been revoked since.",
        "Fetch the present list from the authority. To go back all the same, delete the one that is there first.",
    ),
    Message(
        "SSLP364E",
        "{source} has no complete revocation list of {issuer}: {reason}.",
        "A list that is not complete, or not understood, is not used: it would let in those whom it does not name.",
        "Fetch the complete list from the authority.",
    ),
    Message(
        "SSLP365E",
        "No revocation list of {label} is in {path}.",
        "Each authority has at most one revocation list, under the label of its certificate.",
        "Run 'gskkyman list' to see the revocation lists.",
    ),
    Message(
        "SSLP366I",
        "Revocation list of {label} imported; certificates revoked: {count}, next list due {due}.",
        "Clients whose certificates are in the list are refused where client certificates are checked.",
        "Issue SSLADMIN REFRESH if SSL servers are running. Import the next list before it is due.",
    ),
    Message(
        "SSLP367I",
        "Revocation list of {label} deleted.",
        "Certificates of this authority are no longer checked for revocation.",
        "Issue SSLADMIN REFRESH if SSL servers are running.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_DONE, *_DATABASES, *_LABELS, *_CERTIFICATES, *_TRUST, *_REVOCATIONS)
