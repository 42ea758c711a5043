# -*- test-case-name: tests.test_messages -*-
"""
Messages of the section "fitness" of the catalogue: what clients refuse a certificate for, and what a new
certificate changes.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_KEYS = (
    Message(
        "SSLP850E",
        "{source} is refused by every client: {reason}",
        "Every client that verifies certificates refuses it for this reason. Nothing was stored.",
        "Have a certificate made to which this does not apply. To store it all the same say --unchecked.",
    ),
    Message(
        "SSLP851W",
        "Certificate {name} has the key {key}: refused by {clients}.",
        "A client needs the signature algorithm that belongs to the key. One that lacks it ends the handshake, often "
        "with handshake_failure.",
        "Where such clients are to be served, give the label an EC P-256 or RSA key, or the port a second label with "
        "one.",
    ),
    Message(
        "SSLP852W",
        "Certificate {name} names its host, {host}, as the common name alone: refused by {clients}.",
        "Hosts are named in the extension subjectAltName (RFC 9525). Ever fewer clients look at the common name where "
        "there is none.",
        "Have the certificate made again with the host's name as subjectAltName; gskkyman does that with --name.",
    ),
    Message(
        "SSLP853W",
        "Certificate {name} names no host: refused by every client that looks at the name.",
        "It has no DNS name, no IP address and no common name.",
        "Have it made again with the names of the host; gskkyman does that with --name.",
    ),
    Message(
        "SSLP854W",
        "The name {host!r} of certificate {name} {fault}: refused by {clients}.",
        "A wildcard is an asterisk as the whole first label, with at least two labels behind it (RFC 9525 section "
        "6.3). An address belongs in an iPAddress of subjectAltName, and a DNS name has neither port nor scheme.",
        "Have it made again with names such as www.example.com, *.example.com or 192.0.2.1.",
    ),
)

_PURPOSES = (
    Message(
        "SSLP855W",
        "Certificate {name} {fault}: refused by {clients}.",
        "Its extension extendedKeyUsage lacks serverAuth. One for clients is right where a secure client shows it to "
        "remote hosts.",
        "For a server have it made again with serverAuth in extendedKeyUsage.",
    ),
    Message(
        "SSLP856W",
        "Certificate {name} has the critical extension {extension}: refused by {clients}.",
        "A client has to refuse a certificate with a critical extension that it does not know (RFC 5280 section 4.2).",
        "Have it made again without this extension, or with it not critical.",
    ),
    Message(
        "SSLP857W",
        "Certificate {name} says that it is an authority's (CA:TRUE): refused by {clients}.",
        "These clients do not accept the certificate of an authority for a server. 'openssl req -x509' makes such "
        "certificates unless it is told otherwise, and whoever trusts one trusts everything that its key signs.",
        "Have it made again with CA:FALSE. gskkyman self-signed makes one that every client takes.",
    ),
    Message(
        "SSLP858W",
        "Certificate {name} may not sign (keyUsage without digitalSignature): refused by {clients}.",
        "In TLS 1.3, and in all suites with ECDHE, a server signs with its key.",
        "Have it made again with digitalSignature in keyUsage, or without keyUsage.",
    ),
    Message(
        "SSLP859W",
        "Certificate {name} demands an OCSP response, and that in {path} cannot be stapled, {reason}: refused by "
        "Firefox and GnuTLS.",
        "It has the extension tlsfeature with status_request (\"must staple\", RFC 7633).",
        "Have 'sslpool staple' fetch the response, and again before it expires; then use SSLADMIN REFRESH.",
    ),
)

_FORMS = (
    Message(
        "SSLP860W",
        "Certificate {name} is of version 1: refused by {clients}.",
        "Certificates of version 1 have no extensions, and so no subjectAltName.",
        "Have one made of version 3.",
    ),
    Message(
        "SSLP861W",
        "Certificate {name} has no subject, and its subjectAltName is not critical: refused by {clients}.",
        "Where the subject is empty subjectAltName must be critical (RFC 5280 section 4.2.1.6).",
        "Have it made again with a subject, or with subjectAltName critical.",
    ),
    Message(
        "SSLP862W",
        "Certificate {name} is not in the form of RFC 5280, {faults}: refused by {clients}.",
        "Most clients overlook it. Those that verify strictly do not, such as OpenSSL with X509_V_FLAG_X509_STRICT, "
        "which Python sets by default from release 3.13 on.",
        "Where such clients are to be served, have it made again with what is missing (RFC 5280 section 4.2.1).",
    ),
    Message(
        "SSLP863W",
        "Certificate {name} names another key of its issuer than that of {upper}: refused by {clients}.",
        "Its authorityKeyIdentifier is not the subjectKeyIdentifier of the certificate above it, though that has "
        "signed it. These clients do not find the issuer then.",
        "Have it made again, or get the certificate of the authority that belongs to it.",
    ),
)

_CHAINS = (
    Message(
        "SSLP864W",
        "Certificate {name} has the name {found}, which {upper} above it may not vouch for: refused by {clients}.",
        "The certificate above it has nameConstraints, which do not permit this name.",
        "Have it made by an authority that may vouch for the name, or without that name.",
    ),
    Message(
        "SSLP865W",
        "{name} limits the authorities below it to {most}, and there are {found}: refused by {clients}.",
        "Its basicConstraints limit the length of the path (pathlen).",
        "Have the certificate made by an authority that stands higher, or the limit changed.",
    ),
    Message(
        "SSLP866W",
        "{name} {fault}: refused by {clients}.",
        "It has signed the certificate below it, without being allowed to by its basicConstraints, keyUsage or "
        "extendedKeyUsage.",
        "Have the certificate made by an authority that may sign certificates of servers.",
    ),
    Message(
        "SSLP867W",
        "{name} has the key {key}: refused by {clients}.",
        "A client that lacks its signature algorithm cannot verify what it has signed.",
        "Have the certificate made by an authority with an EC P-256, P-384 or RSA key.",
    ),
    Message(
        "SSLP868W",
        "Certificate {name} is weak: {weakness}.",
        "Clients refuse it, or should. It was stored with --unchecked, or is in a KEYFILE that is not a key database.",
        "Have one made with a key of EC P-256 or RSA 2048 or stronger, signed with SHA-256.",
    ),
)

_CHANGES = (
    Message(
        "SSLP870W",
        "Certificate {label} is not an authority's: it lets no client in, trusted or not.",
        "Clients get in whose certificates an authority in the key database has signed. This one does not say "
        "that it signs any (basicConstraints), and is of no use here without its private key.",
        "Import the certificate of the authority that has issued it, or delete it.",
    ),
    Message(
        "SSLP871W",
        "Label {label} has another kind of certificate than before: {change}.",
        "What replaces a certificate is usually its renewal, with the same names and kind of key. Clients that ask for "
        "a name that is gone, or lack the new kind of key, are refused from the next REFRESH on.",
        "If that was not meant, import or receive the right one with the same label.",
    ),
    Message(
        "SSLP872W",
        "The certificate for {label} is for other names than were requested: {change}.",
        "The authority decides on the names. Clients that ask for one that is lacking will refuse it.",
        "If that was not meant, ask the authority, and receive its new answer as a renewal.",
    ),
    Message(
        "SSLP874W",
        "Certificate {name} is an authority's, for signing others: no server can use it, and no port can have its "
        "label.",
        "It says that it signs certificates, and nothing else (basicConstraints, keyUsage). As the answer to a request "
        "for a server's certificate it is of no use.",
        "None if it is to sign others. Otherwise have it made again as a server's.",
    ),
    Message(
        "SSLP873W",
        "Messages about certificates in use that are not shown here: {count}.",
        "Only the first ones are shown.",
        "See them all with 'sslpool check'.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_KEYS, *_PURPOSES, *_FORMS, *_CHAINS, *_CHANGES)
