# -*- test-case-name: tests.test_messages -*-
"""
Messages about TLS policy: what MODE permits, names, client certificates.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP140E",
        "Label {label} cannot be used in MODE {mode}: {reason}",
        "MODE permits RSA keys of at least 2048 bits and EC keys on P-256, P-384 and P-521, in certificates signed "
        "with SHA-2 or SHA-3, in the whole chain. Servers leave out this label; all others are served.",
        "Create or import the certificate again with gskkyman, with such a key. If nobody uses the label, delete it. "
        "Or remove MODE.",
    ),
    Message(
        "SSLP142W",
        "{server}: connection {number} from {client} to {local}: the client's certificate is not trusted: {reason}",
        "CLIENTCERTCHECK PREFERRED treats a client whose certificate is not valid like one without a certificate. The "
        "session is secured, and the client counts as unknown.",
        "None, unless the client should be known. Then compare its certificate with the authorities and revocation "
        "lists in the key database and with :clientcert. of the application.",
    ),
    Message(
        "SSLP143W",
        "{server}: no OCSP response is stapled for label {label}: {reason}",
        "The server cannot use the response file beside the key file. Clients get the certificate without it, and may "
        "ask the authority's responder themselves.",
        "Renew the response, for example with sslpool staple. The server checks the file twice a minute.",
    ),
    Message(
        "SSLP144W",
        "No client can use label {label}: no cipher suite in use fits its key, {key}",
        "The VMSSL operands leave only suites for other kinds of key. Suites with ECDSA need an EC key, those with "
        "DSS a DSA key, all others up to TLS 1.2 an RSA key.",
        "Correct EXEMPT, ENABLE or PROTOCOL in :parms., or give the label another kind of key.",
    ),
    Message(
        "SSLP560W",
        "{first} and {last} exclude each other; {last} counts",
        "Of operands that set the same thing, the last one counts. FIPS is MODE FIPS-140-2; NOTRACE excludes TRACE.",
        "Remove the one that you do not want.",
    ),
    Message(
        "SSLP561W",
        "PROTOCOL {version} serves nobody: no cipher suite in use belongs to it",
        "The version is on, but its suites are off, exempt, or not provided by the TLS library. Clients that have "
        "only this version are refused.",
        "Name a suite of this version in ENABLE, or switch the version off in PROTOCOL.",
    ),
    Message(
        "SSLP562W",
        "ENABLE {suite} has no effect: {reason}",
        "Another operand excludes the suite.",
        "Remove the suite from ENABLE, or change the other operand.",
    ),
    Message(
        "SSLP563W",
        "PROTOCOL {version} serves nobody: no label has a key that fits its cipher suites",
        "The version is on, but its suites are for other kinds of key. Suites with ECDSA need an EC key, those with "
        "DSS a DSA key, all others up to TLS 1.2 an RSA key.",
        "Give a label a key of that kind, name other suites in ENABLE, or switch the version off in PROTOCOL.",
    ),
    Message(
        "SSLP564W",
        "Times in the logs are UTC: time zone {zone} of the environment is a day or more away from it",
        "The time zone in TZ cannot be used. The stack, its servers, and what AUTOLOG starts use UTC.",
        "Correct TZ where you start the stack, or give the pool a :timezone.",
    ),
    Message(
        "SSLP565W",
        "PORT {port} has STRICT, but {clients} send no server name",
        "STRICT refuses clients that send no server name (RFC 6066). By its number or its application, this port is "
        "for clients that send none. Java sends none either if the host name has no dot.",
        "Remove STRICT: clients without a server name then get the certificate of the first label. None, if all of "
        "your clients send one.",
    ),
    Message(
        "SSLP605I",
        "The OCSP response for label {label} is in {path}, valid until {until}",
        "The authority's responder answered, and the answer was verified.",
        "None, if the label had a response before. For its first one, use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP606W",
        "No OCSP response was fetched for label {label}: {reason}",
        "A previous response, if there is one, is kept.",
        "Correct what the reason says. A label whose authority has no responder needs no response.",
    ),
    Message(
        "DTCSSL022E",
        "Handshake failed rc: {rc} reason: {reason}",
        "The certificate of a client was not accepted, or the client sent none where one is required. The line before "
        "this one names the connection.",
        "If the client should get in, give it a valid certificate from an authority in the key database, or add its "
        "authority with gskkyman and use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP600W",
        "MODE {mode} cannot restrict groups and signature algorithms with this release of pyOpenSSL",
        "This release lacks the names that sslpool needs for the TLS library's groups and signature algorithms. "
        "Protocol versions, cipher suites and the keys of labels are restricted.",
        "Install the release of pyOpenSSL that sslpool requires.",
    ),
    Message("SSLP601W", "Label {label} is named twice for port {port}", "The second one has no effect.", "Remove it."),
    Message(
        "SSLP602E",
        "PORT {port} has STRICT, ALPN or CLIENTCERTCHECK without SECURE",
        "These options are for secure connections; a port without SECURE only reserves a number.",
        "Add SECURE with a label, or remove these options.",
    ),
    Message(
        "SSLP603W",
        ":clientcert. of {userid} has no effect on port {port}, which does not request client certificates",
        "The rules are for names in client certificates.",
        "Add CLIENTCERTCHECK to the PORT entry, or :clientcertcheck. for its label to the pool's entry.",
    ),
    Message(
        "SSLP604W",
        "Port {port} requests client certificates, but the key database has no authority to verify them",
        "Client certificates are accepted from authorities in the key database, and it has none.",
        "Add the certificate of the clients' authority with gskkyman.",
    ),
    Message(
        "SSLP607E",
        "The configuration in {path} has errors, so its key file is not known",
        "sslpool backup, and sslpool staple without a key file, use the one that the configuration names.",
        "Use sslpool check to see them. For staple, name the key file.",
    ),
    Message(
        "SSLP608W",
        ":clientcertcheck. names label {label}, which no port has",
        "Ports request client certificates by label, so this has no effect on any port. It does apply to programs that "
        "secure connections themselves with the label.",
        "Correct the label if it is misspelled.",
    ),
)
