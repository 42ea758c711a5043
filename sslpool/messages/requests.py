# -*- test-case-name: tests.test_messages -*-
"""
Messages of the section "requests" of the catalogue: certificate requests, what an authority signs, certificates that
are not fit to be stored, and what else C{gskkyman} does with key databases (368-399).  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_REQUESTS = (
    Message(
        "SSLP368I",
        "Certificate request {label} created in {file}",
        "The request database (.rdb) keeps the private key until you receive the certificate. The file is for the "
        "authority.",
        "Send the file to the authority. Store its answer with 'gskkyman receive'.",
    ),
    Message(
        "SSLP369I",
        "Certificate request {label} deleted",
        "The request and its private key were removed. You can no longer receive a certificate for it.",
        "None.",
    ),
    Message(
        "SSLP370E",
        "Label {label} belongs to a certificate request in {requests}",
        "A label names one certificate or one request.",
        "Choose another label, or delete the request.",
    ),
    Message(
        "SSLP371E",
        "No request and no private key in {path} belongs to a certificate in {source}",
        "You can receive a certificate for a request that was created in this key database, or as a renewal of a "
        "certificate whose private key is there.",
        "Receive it into the key database with the request. If the file holds the private key, use 'gskkyman import'.",
    ),
    Message(
        "SSLP376E",
        "{source} is not a certificate request: {detail}",
        "A request (PKCS #10) in PEM or DER form was expected.",
        "Make sure that this is the right file, and that it was copied unchanged.",
    ),
    Message(
        "SSLP387E",
        "There is no certificate request {label} in {requests}",
        "The request was received or deleted, or has another label.",
        "Run 'gskkyman list --requests' to see the requests.",
    ),
    Message(
        "SSLP389E",
        "The requests in {requests} do not belong to key database {path}, or are damaged",
        "The two files belong together: the key database's own key encrypts the private keys of the requests.",
        "Restore both files from the same backup. If you expect no certificate, remove the request database.",
    ),
    Message(
        "SSLP390I",
        "Certificate {label} received, valid until {until}",
        "The key database holds the certificate and its private key.",
        "If SSL servers are running, issue SSLADMIN REFRESH.",
    ),
)

_FITNESS = (
    Message(
        "SSLP372E",
        "Certificate {source} expired on {date}",
        "Clients refuse an expired certificate. Nothing was stored.",
        "Get a new one from its authority. To store this one anyway, use --unchecked.",
    ),
    Message(
        "SSLP373E",
        "Certificate {source} is not valid before {date}",
        "Clients refuse it until then. Nothing was stored.",
        "Wait until it is valid, or check the clock of this machine. To store it anyway, use --unchecked.",
    ),
    Message(
        "SSLP374E",
        "Certificate {source} is weak: {weakness}",
        "Clients refuse it, or should. Nothing was stored.",
        "Get a certificate with an EC P-256 key, or an RSA key of at least 2048 bits, signed with SHA-256. To "
        "store this one anyway, use --unchecked.",
    ),
    Message(
        "SSLP375E",
        "The chain is incomplete: the certificate of {issuer}, which issued {lower}, is missing",
        "Clients that know only the root cannot verify the certificate. It is not in the file, and not in the key "
        "database as a trusted one. Nothing was stored.",
        "Add the missing certificate to the file, or import it first with --certificate-only. Remove from the file "
        "what belongs to another certificate. To store the certificate anyway, use --unchecked.",
    ),
)

_SIGNING = (
    Message(
        "SSLP377E",
        "Certificate {label} is not an authority's: it may not sign others",
        "Clients would not accept what it signs.",
        "Choose the label of an authority with its private key, or create one with 'gskkyman self-signed --authority'.",
    ),
    Message(
        "SSLP378I",
        "Certificate for {subject} signed by {label}, valid until {until}, written to {file}",
        "The file holds the certificate and its chain.",
        "Give the file to the author of the request.",
    ),
    Message(
        "SSLP379I",
        "Certificate {label} renewed, valid until {until}",
        "It has the same names and the same private key as before.",
        "If SSL servers are running, issue SSLADMIN REFRESH. Clients that trust a self-signed certificate itself "
        "need the new one.",
    ),
    Message(
        "SSLP380E",
        "Certificate {label} cannot be renewed here: the private key of its authority {issuer} is not in {path}",
        "Only a self-signed certificate, or one whose authority is in the same key database, can be renewed here.",
        "Name a file for a renewal request, send it to the authority, and receive the answer.",
    ),
    Message(
        "SSLP383I",
        "Certificate {label} created, signed by {issuer}, valid until {until}",
        "The key database holds a new private key and its certificate.",
        "If SSL servers are running, issue SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP386E",
        "{text!r} is not a valid subject name: {detail}",
        "A subject name looks like CN=www.example.com,O=Example,C=DE. A country has two letters, locality and "
        "state have at most 128 characters, other parts at most 64.",
        "Correct the name.",
    ),
)

_FILES = (
    Message(
        "SSLP381I",
        "Certificate {label} now has the label {new}",
        "PORT statements and TLSLABEL with the old label no longer find it.",
        "Change the configuration. If SSL servers are running, issue SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP382I",
        "The record length of {path} is {length}",
        "It is kept and shown for compatibility with z/VM. Entries have no length limit here.",
        "None.",
    ),
    Message(
        "SSLP384I",
        "No certificate in {path} expires within this time; days: {days}",
        "All certificates were checked, with or without a private key.",
        "None.",
    ),
    Message(
        "SSLP385E",
        "{length} is not a record length from {least} to {most}",
        "The record length is a number of octets.",
        "Enter a number in this range; the default is 2500.",
    ),
    Message(
        "SSLP388I",
        "Key database {path} deleted",
        "The files with certificates, requests, and the stored password were removed.",
        "None.",
    ),
    Message(
        "SSLP391E",
        "{answer!r} is not an option of this menu",
        "A number of the menu was expected.",
        "Enter one of the numbers shown, or press ENTER to go back.",
    ),
    Message("SSLP392I", "There are no {kind} in {path}", "The list is empty.", "None."),
    Message(
        "SSLP393I",
        "Key database {path} has no default key",
        "You do not need a default key: SSL servers choose by label.",
        "To set one, use the menu of a key, or 'gskkyman default'.",
    ),
    Message(
        "SSLP394I",
        "Key parameter file {file} created",
        "It holds a Diffie-Hellman group of RFC 7919 in PEM form, for programs that need such a file. The SSL "
        "servers of this pool do not.",
        "None.",
    ),
    Message(
        "SSLP395I",
        "Certificate {label} copied to {path}",
        "The other key database holds the same certificate, with its private key if it has one.",
        "None.",
    ),
    Message(
        "SSLP396E",
        "Key database {path} cannot be copied to itself",
        "You named the key database that is already open.",
        "Name another key database. For another label, use 'Change label'.",
    ),
    Message(
        "SSLP397E",
        "{kind!r} is not a format here; the formats are {kinds}",
        "Formats whose names begin with pkcs12 hold the certificate and its private key. All others hold the "
        "certificate alone.",
        "Choose one of these formats. Use --with-key for the pkcs12 formats, and only for them.",
    ),
)

_RENAMED = (
    Message(
        "SSLP398E",
        "{answer!r} is not a number",
        "A whole number was expected.",
        "Enter a number, or press ENTER for the default.",
    ),
    Message(
        "SSLP399I",
        "Certificate request {label} now has the label {new}",
        "The certificate will have this label when you receive it.",
        "None.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_REQUESTS, *_FITNESS, *_SIGNING, *_FILES, *_RENAMED)
