#!/usr/bin/env bash
# OpenSSL 4.0 (cryptography 50.0.2, pyOpenSSL 26.4.0): with set_context(), as for a server name, one context decides
# whether a session gets an ID, and another one keeps it.
#
# TLS 1.2 without tickets.  A connection is made with one context and switched to another before its
# handshake.  The session is looked up and kept in the cache of the first one (SSL_CTX_set_session_cache_mode(3)
# speaks of "the" context).  Whether the ServerHello has an ID to resume by is asked of the second.  Where only the
# first one has a cache, no client ever resumes, and nothing says why; where only the second one has, clients
# are given IDs that nobody knows.
#
# Seen: an ID where the second context has its cache on; resumed only where both have.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check cryptography==50.0.2 pyOpenSSL==26.4.0 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out certificate.pem \
    -subj /CN=localhost -days 2 2>/dev/null
cat certificate.pem key.pem >both.pem
environment/bin/python -W ignore - <<'PYTHON'
import ssl

from OpenSSL import SSL


def made(cached):
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_file("both.pem")
    context.use_privatekey_file("both.pem")
    context.set_session_cache_mode(SSL.SESS_CACHE_SERVER if cached else SSL.SESS_CACHE_OFF)
    context.set_session_id(b"scope")
    return context


def visit(first, second, client, session):
    server = SSL.Connection(first, None)
    server.set_context(second)
    server.set_accept_state()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    end = client.wrap_bio(incoming, outgoing, session=session)
    for _ in range(4):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            pass
        if outgoing.pending:
            server.bio_write(outgoing.read())
        try:
            server.do_handshake()
        except SSL.WantReadError:
            pass
        try:
            incoming.write(server.bio_read(65536))
        except SSL.WantReadError:
            pass
    server.set_shutdown(SSL.SENT_SHUTDOWN)
    return end


seen = {}
for cached in ((True, False), (False, True), (True, True)):
    first, second = map(made, cached)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.options |= ssl.OP_NO_TICKET
    session = visit(first, second, client, None).session
    again = visit(first, second, client, session)
    seen[cached] = len(session.id), again.session_reused
    print(f"cache of the first {cached[0]!s:5} of the second {cached[1]!s:5} -> ID of {seen[cached][0]:2} octets, "
          f"{'resumed' if seen[cached][1] else 'not resumed'}")
assert seen == {(True, False): (0, False), (False, True): (32, False), (True, True): (32, True)}, seen
PYTHON
