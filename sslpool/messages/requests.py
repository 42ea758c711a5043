# -*- test-case-name: tests.test_messages -*-
"""
Messages of the section "requests" of the catalogue: certificate requests, what
an authority signs, certificates that are not fit to be stored, and what else
C{gskkyman} does with key databases (368-399).  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_REQUESTS = (
    Message(
        "SSLP368I",
        "Certificate request {label} created in {file}.",
        "The private key waits in the request database (.rdb) for its certificate. The file is for the authority.",
        "Send the file to the certification authority. Store its answer with 'gskkyman receive'.",
    ),
    Message(
        "SSLP369I",
        "Certificate request {label} deleted.",
        "The request and its private key were removed. A certificate that is made from it can no longer be received.",
        "None.",
    ),
    Message(
        "SSLP370E",
        "Label {label} is that of a certificate request in {requests}.",
        "A label names one certificate or one request.",
        "Choose another label, or delete the request.",
    ),
    Message(
        "SSLP371E",
        "No request and no private key in {path} belongs to a certificate in {source}.",
        "A certificate is received for a request that was made in this key database, or as the renewal of one whose "
        "private key is there.",
        "Receive it into the key database in which the request was made. A certificate that comes with its private key "
        "is imported.",
    ),
    Message(
        "SSLP376E",
        "{source} is not a certificate request: {detail}.",
        "A request (PKCS #10) in PEM or DER form was expected.",
        "Check that it is the right file, and that it was copied unchanged.",
    ),
    Message(
        "SSLP387E",
        "There is no certificate request {label} in {requests}.",
        "The request was received or deleted, or has another label.",
        "Run 'gskkyman list --requests' to see the requests.",
    ),
    Message(
        "SSLP389E",
        "The requests in {requests} are not those of key database {path}, or are damaged.",
        "Both files belong together: the private keys of the requests are encrypted under the key database's own key.",
        "Restore both files from the same backup. If no certificate is awaited, remove {requests}.",
    ),
    Message(
        "SSLP390I",
        "Certificate {label} received, valid until {until}.",
        "The key database holds the certificate with the private key that waited for it.",
        "Issue SSLADMIN REFRESH if SSL servers are running.",
    ),
)

_FITNESS = (
    Message(
        "SSLP372E",
        "Certificate {source} expired on {date}.",
        "Clients refuse an expired certificate. Nothing was stored.",
        "Get a new one from its authority. To store it all the same say --unchecked.",
    ),
    Message(
        "SSLP373E",
        "Certificate {source} is not valid before {date}.",
        "Clients refuse it until then. Nothing was stored.",
        "Wait until it is valid, or check the clock of this machine. To store it all the same say --unchecked.",
    ),
    Message(
        "SSLP374E",
        "Certificate {source} is weak: {weakness}.",
        "Clients refuse it, or should. Nothing was stored.",
        "Have one made with a key of EC P-256 or RSA 2048 or stronger, signed with SHA-256. To store it all the same "
        "say --unchecked.",
    ),
    Message(
        "SSLP375E",
        "The chain is incomplete: the certificate of {issuer}, which issued {lower}, is missing.",
        "Clients that know only the root cannot verify the certificate. It is neither in the file nor, trusted, in the "
        "key database. Nothing was stored.",
        "Put the missing certificate into the file, or import it first with --certificate-only. Take out of the file "
        "what belongs to another certificate. To store it all the same say --unchecked.",
    ),
)

_SIGNING = (
    Message(
        "SSLP377E",
        "Certificate {label} is not that of an authority: it may not sign others.",
        "Clients would not accept what it signs.",
        "Choose the label of an authority with its private key, or make one with 'gskkyman self-signed --authority'.",
    ),
    Message(
        "SSLP378I",
        "Certificate for {subject} signed by {label}, valid until {until}, written to {file}.",
        "The file holds the certificate and those above it.",
        "Give it to whoever made the request.",
    ),
    Message(
        "SSLP379I",
        "Certificate {label} renewed, valid until {until}.",
        "It has the same names and private key as before.",
        "Issue SSLADMIN REFRESH if SSL servers are running. Clients that trust a self-signed certificate itself need "
        "the new one.",
    ),
    Message(
        "SSLP380E",
        "Certificate {label} is renewed by its authority {issuer}, which is not in {path} with its private key.",
        "Only a self-signed certificate, or one whose authority is in the same key database, can be renewed at once.",
        "Name a file for a renewal request, send it to the authority, and receive the answer.",
    ),
    Message(
        "SSLP383I",
        "Certificate {label} created, signed by {issuer}, valid until {until}.",
        "The key database holds a new private key and its certificate.",
        "Issue SSLADMIN REFRESH if SSL servers are running.",
    ),
    Message(
        "SSLP386E",
        "{text!r} is not a subject's name: {detail}.",
        "A name is written like CN=www.example.com,O=Example,C=DE; a country has two letters, other parts at most 64 "
        "characters, or 128 for locality and state.",
        "Correct the name.",
    ),
)

_FILES = (
    Message(
        "SSLP381I",
        "Certificate {label} now has the label {new}.",
        "PORT statements and TLSLABEL that name the old label do not find it any more.",
        "Change the configuration, and issue SSLADMIN REFRESH if SSL servers are running.",
    ),
    Message(
        "SSLP382I",
        "The record length of {path} is {length}.",
        "It is kept and shown as z/VM has it. Entries have no limit here.",
        "None.",
    ),
    Message(
        "SSLP384I",
        "No certificate in {path} expires in the time asked for; days: {days}",
        "All certificates were checked, with or without a private key.",
        "None.",
    ),
    Message(
        "SSLP385E",
        "{length} is not a record length from {least} to {most}.",
        "The record length is a number of octets.",
        "Give a number in this range; the usual one is {least}.",
    ),
    Message(
        "SSLP388I",
        "Key database {path} deleted.",
        "The files with certificates, requests and the stored password were removed.",
        "None.",
    ),
    Message(
        "SSLP391E",
        "{answer!r} is not an option of this menu.",
        "A number of the menu was expected.",
        "Enter one of the numbers shown, or press ENTER to go back.",
    ),
    Message(
        "SSLP392I",
        "There are no {kind} in {path}.",
        "The list is empty.",
        "None.",
    ),
    Message(
        "SSLP393I",
        "Key database {path} has no default key.",
        "A default key is not needed: SSL servers choose by label.",
        "Set one in the menu of a key, or with 'gskkyman default'.",
    ),
    Message(
        "SSLP394I",
        "Key parameter file {file} created.",
        "It holds a Diffie-Hellman group of RFC 7919 in PEM form, for programs that want such a file. SSL servers of "
        "this pool need none.",
        "None.",
    ),
    Message(
        "SSLP395I",
        "Certificate {label} copied to {path}.",
        "The other key database holds the same certificate, and private key if it has one.",
        "None.",
    ),
    Message(
        "SSLP396E",
        "Key database {path} cannot be copied to itself.",
        "The other key database is the one that is open.",
        "Name another one, or give the certificate another label.",
    ),
    Message(
        "SSLP397E",
        "{kind!r} is not a format here; the formats are {kinds}.",
        "A certificate is written with or without its private key, and each has its own formats: those whose names "
        "begin with pkcs12 are for both together, all others for the certificate alone.",
        "Choose one of them. For a format that begins with pkcs12 say --with-key, for another leave it out.",
    ),
)

_RENAMED = (
    Message(
        "SSLP398E",
        "{answer!r} is not a number.",
        "A whole number was expected.",
        "Enter a number, or press ENTER for the usual one.",
    ),
    Message(
        "SSLP399I",
        "Certificate request {label} now has the label {new}.",
        "Its certificate will have this label when it is received.",
        "None.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_REQUESTS, *_FITNESS, *_SIGNING, *_FILES, *_RENAMED)
