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
        "Every client refuses {source}: {reason}",
        "Every client that verifies certificates refuses this one for that reason. Nothing was stored.",
        "Get a certificate without this fault. To store this one anyway, use --unchecked.",
    ),
    Message(
        "SSLP851W",
        "Certificate {name} has a key of type {key}: refused by {clients}",
        "A client needs the signature algorithm that goes with the key. A client without it ends the handshake, "
        "often with handshake_failure.",
        "To serve such clients, give the label an EC P-256 or RSA key, or add a label with such a key to the port.",
    ),
    Message(
        "SSLP852W",
        "Certificate {name} names its host, {host}, only in the common name: refused by {clients}",
        "Host names belong in the extension subjectAltName (RFC 9525). Fewer and fewer clients look at the common "
        "name.",
        "Get a new certificate with the host name in subjectAltName; with gskkyman, use --name.",
    ),
    Message(
        "SSLP853W",
        "Certificate {name} names no host: refused by every client that checks the name",
        "It has no DNS name, no IP address, and no common name.",
        "Get a new certificate with the names of the host; with gskkyman, use --name.",
    ),
    Message(
        "SSLP854W",
        "Name {host!r} in certificate {name} {fault}: refused by {clients}",
        "A wildcard is an asterisk as the whole first label, followed by at least two more labels (RFC 9525 "
        "section 6.3). An IP address belongs in an iPAddress of subjectAltName. A DNS name has no port and no "
        "scheme.",
        "Get a new certificate with names such as www.example.com, *.example.com, or 192.0.2.1.",
    ),
)

_PURPOSES = (
    Message(
        "SSLP855W",
        "Certificate {name} {fault}: refused by {clients}",
        "Its extension extendedKeyUsage lacks serverAuth. A client certificate is right only for a secure client, "
        "which shows it to remote hosts.",
        "For a server, get a new certificate with serverAuth in extendedKeyUsage.",
    ),
    Message(
        "SSLP856W",
        "Certificate {name} has the critical extension {extension}: refused by {clients}",
        "A client must refuse a certificate with a critical extension that it does not know (RFC 5280 section 4.2).",
        "Get a new certificate without this extension, or with the extension not critical.",
    ),
    Message(
        "SSLP857W",
        "Certificate {name} claims to be an authority (CA:TRUE): refused by {clients}",
        "These clients do not accept an authority's certificate from a server. Unless told otherwise, 'openssl req "
        "-x509' creates such certificates. Anyone who trusts one also trusts everything that its key signs.",
        "Get a new certificate with CA:FALSE. With 'gskkyman self-signed' you can create one that every client "
        "accepts.",
    ),
    Message(
        "SSLP858W",
        "Certificate {name} may not sign (keyUsage without digitalSignature): refused by {clients}",
        "A server signs with its key in TLS 1.3, and in all suites with ECDHE.",
        "Get a new certificate with digitalSignature in keyUsage, or without keyUsage.",
    ),
    Message(
        "SSLP859W",
        "Certificate {name} demands an OCSP response, and {path} cannot be stapled: {reason}; refused by Firefox "
        "and GnuTLS",
        'The certificate has the extension tlsfeature with status_request ("must staple", RFC 7633).',
        "Run 'sslpool staple' now and before each response expires, then use SSLADMIN REFRESH.",
    ),
)

_FORMS = (
    Message(
        "SSLP860W",
        "Certificate {name} is version 1: refused by {clients}",
        "Version 1 certificates have no extensions, and therefore no subjectAltName.",
        "Get a version 3 certificate.",
    ),
    Message(
        "SSLP861W",
        "Certificate {name} has no subject, and its subjectAltName is not critical: refused by {clients}",
        "If the subject is empty, subjectAltName must be critical (RFC 5280 section 4.2.1.6).",
        "Get a new certificate with a subject, or with a critical subjectAltName.",
    ),
    Message(
        "SSLP862W",
        "Certificate {name} does not conform to RFC 5280: {faults}; refused by {clients}",
        "Most clients overlook this. Clients that verify strictly do not, such as OpenSSL with "
        "X509_V_FLAG_X509_STRICT, which Python sets by default as of release 3.13.",
        "To serve such clients, get a new certificate without these faults (RFC 5280 section 4.2.1).",
    ),
    Message(
        "SSLP863W",
        "Certificate {name} names a different issuer key than that of {upper}: refused by {clients}",
        "Its authorityKeyIdentifier differs from the subjectKeyIdentifier of the issuer's certificate, although "
        "that key signed it. These clients do not find the issuer.",
        "Get a new certificate, or the authority's certificate that matches this one.",
    ),
)

_CHAINS = (
    Message(
        "SSLP864W",
        "Certificate {name} has the name {found}, which {upper} above it does not permit: refused by {clients}",
        "The nameConstraints of that certificate exclude this name.",
        "Get a certificate without that name, or from an authority that may certify it.",
    ),
    Message(
        "SSLP865W",
        "{name} permits fewer authorities below it (at most {most}) than the chain has ({found}): refused by {clients}",
        "The basicConstraints of the certificate limit the length of the path (pathlen).",
        "Get a certificate from an authority higher in the chain, or have the limit changed.",
    ),
    Message(
        "SSLP866W",
        "{name} {fault}: refused by {clients}",
        "It signed the certificate below it, but its basicConstraints, keyUsage, or extendedKeyUsage do not permit "
        "that.",
        "Get a certificate from an authority that may sign server certificates.",
    ),
    Message(
        "SSLP867W",
        "{name} has a key of type {key}: refused by {clients}",
        "A client without the signature algorithm of this key cannot verify what the key signed.",
        "Get a certificate from an authority with an EC P-256, P-384, or RSA key.",
    ),
    Message(
        "SSLP868W",
        "Certificate {name} is weak: {weakness}",
        "Clients refuse it, or should. It was stored with --unchecked, or is in a KEYFILE that is not a key database.",
        "Get a certificate with an EC P-256 key, or an RSA key of at least 2048 bits, signed with SHA-256.",
    ),
)

_CHANGES = (
    Message(
        "SSLP870W",
        "Certificate {label} is not an authority's: trusted or not, it admits no client",
        "A client is admitted if an authority in the key database signed its certificate. This certificate is not "
        "an authority's (basicConstraints), and has no use here without its private key.",
        "Import the certificate of the authority that issued it, or delete it.",
    ),
    Message(
        "SSLP871W",
        "The new certificate for label {label} differs in kind from the old one: {change}",
        "A certificate is usually replaced by its renewal, with the same names and type of key. As of the next "
        "REFRESH, clients that ask for a missing name, or lack the new type of key, cannot connect.",
        "If you did not expect this, import or receive the right certificate under the same label.",
    ),
    Message(
        "SSLP872W",
        "The certificate for {label} does not have the names that you requested: {change}",
        "The authority decides on the names. Clients that ask for a missing name refuse the certificate.",
        "If you did not expect this, ask the authority, and receive its new answer as a renewal.",
    ),
    Message(
        "SSLP874W",
        "Certificate {name} can only sign other certificates: no server can use it, and no port can have its label",
        "It is an authority's (basicConstraints, keyUsage). It is useless as the answer to a request for a server "
        "certificate.",
        "None, if it is to sign other certificates. Otherwise, get a server certificate.",
    ),
    Message(
        "SSLP873W",
        "More messages about certificates in use, not shown here: {count}",
        "The stack shows only the first ones.",
        "Use 'sslpool check' to see them all.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_KEYS, *_PURPOSES, *_FORMS, *_CHAINS, *_CHANGES)
