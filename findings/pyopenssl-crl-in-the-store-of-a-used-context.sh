#!/usr/bin/env bash
# pyOpenSSL 26.4.0, OpenSSL 4.0.3: the store of a context that is in use takes revocation lists, and the next
# handshake looks at them.  But what a store has taken stays: the newest list of an authority counts while it is
# valid, no list can be taken out, and each costs memory.  A session that is resumed is not looked at again: with
# the same session ID context, who has been revoked since goes on as if nothing were.
#
# So sslpool looks certificates up in lists of its own, and has another session ID context for each state of the
# lists; that is fixed when a context is in use (ValueError), which takes a new one.
#
# Usage: PYTHON=.venv/bin/python findings/pyopenssl-crl-in-the-store-of-a-used-context.sh
# Seen: accepted; resumed; refused when a list names him, but resumed with the session from before; accepted with a
# newer list without him, also when an older one that names him is added.
set -euo pipefail
"${PYTHON:-python3}" - <<'EOF'
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto

now = datetime.now(UTC).replace(microsecond=0)
key = ec.generate_private_key(ec.SECP256R1())


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def certificate(subject, serial, isAuthority):
    builder = x509.CertificateBuilder(name("CA"), name(subject), key.public_key(), serial)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    return builder.add_extension(x509.BasicConstraints(isAuthority, None), True).sign(key, hashes.SHA256())


def revocations(hoursAgo, *serials):
    builder = x509.CertificateRevocationListBuilder(name("CA"), now - timedelta(hours=hoursAgo), now + timedelta(days=1))
    for serial in serials:
        entry = x509.RevokedCertificateBuilder(serial, now - timedelta(hours=hoursAgo)).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, hashes.SHA256())


authority, own = certificate("CA", 1, True), certificate("client", 7, False)
server = SSL.Context(SSL.TLS_SERVER_METHOD)
server.use_certificate(own)
server.use_privatekey(key)
server.set_session_id(b"same")
server.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *found: bool(found[-1]))
store = server.get_cert_store()
store.add_cert(crypto.X509.from_cryptography(authority))
store.set_flags(crypto.X509StoreFlags.CRL_CHECK)
store.add_crl(revocations(5))
clients = SSL.Context(SSL.TLS_CLIENT_METHOD)
clients.use_certificate(own)
clients.use_privatekey(key)
kept = []


def meet(what, session=None):
    near, far = SSL.Connection(server, None), SSL.Connection(clients, None)
    kept.append((near, far))  # the library forgets the session of a connection that is dropped
    near.set_accept_state()
    far.set_connect_state()
    if session is not None:
        far.set_session(session)
    try:
        for _ in range(4):
            for end, other in ((far, near), (near, far)):
                try:
                    end.do_handshake()
                except SSL.WantReadError:
                    pass
                try:
                    other.bio_write(end.bio_read(1 << 16))
                except SSL.WantReadError:
                    pass
        try:
            far.recv(1)
        except SSL.WantReadError:
            pass
        resumed = SSL._lib.SSL_session_reused(near._ssl)
        print(f"{what}: accepted{', resumed' if resumed else ''}")
    except SSL.Error as error:
        print(f"{what}: refused, {error.args[0][0][2]}")
    return far.get_session()


session = meet("empty list")
session = meet("the same again, with the session", session)
store.add_crl(revocations(4, 7))
meet("a list that names him, added to the context in use")
meet("the same, with the session from before", session)
store.add_crl(revocations(3))
meet("a newer list without him")
store.add_crl(revocations(6, 7))
meet("an older list that names him")
try:
    server.set_session_id(b"other")
except ValueError as error:
    print(f"another session ID context: {str(error)[:48]} ...")
EOF
