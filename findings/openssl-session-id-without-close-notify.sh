#!/usr/bin/env bash
# OpenSSL 4.0 (cryptography 50.0.2, pyOpenSSL 26.4.0): a session that is resumed by its ID is forgotten
# when the client ends without close_notify, already while the server reads that end.
#
# TLS 1.2 without tickets, the server's session cache on.  TLS 1.1 and later do not ask for that: RFC 4346
# section 7.2.1, RFC 5246 section 7.2.1.  SSL_free() forgets a session whose connection has not sent
# close_notify, which SSL_set_shutdown(SSL_SENT_SHUTDOWN) before it prevents.  But where the server reads
# the end of the stream, the library sends itself a fatal alert (unexpected EOF while reading), and
# the session goes with that: setting the flag afterwards, as most advice has it, is too late.  Set before
# the read, no alert is made, and the session stays.
#
# Seen: "resumed" without an end that is read, and where the flag was set before reading it; "new" where it was
# set after.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check cryptography==50.0.2 pyOpenSSL==26.4.0 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out certificate.pem \
    -subj /CN=localhost -days 2 2>/dev/null
cat certificate.pem key.pem >both.pem
cat >server.py <<'PYTHON'
import socket
import sys

from OpenSSL import SSL

context = SSL.Context(SSL.TLS_SERVER_METHOD)
context.use_certificate_file("both.pem")
context.use_privatekey_file("both.pem")
context.set_session_cache_mode(SSL.SESS_CACHE_SERVER)
context.set_session_id(b"scope")
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
for way in ("flag after", "flag before", "not read"):
    for _ in range(2):
        accepted, _ = listening.accept()
        connection = SSL.Connection(context, accepted)
        connection.set_accept_state()
        connection.do_handshake()
        connection.sendall(b"welcome")
        accepted.recv(1, socket.MSG_PEEK)  # the client has ended its stream
        if way == "flag before":
            connection.set_shutdown(SSL.SENT_SHUTDOWN)
        if way != "not read":
            try:
                connection.recv(1)
            except SSL.SysCallError as error:
                assert error.args == (-1, "Unexpected EOF"), error
        connection.set_shutdown(SSL.SENT_SHUTDOWN)
        accepted.close()
        del connection
PYTHON
cat >client.py <<'PYTHON'
import socket
import ssl
import sys

port = int(sys.argv[1])
seen = {}
for way in ("flag after", "flag before", "not read"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET
    session = None
    for _ in range(2):
        connection = socket.create_connection(("127.0.0.1", port))
        client = context.wrap_socket(connection, session=session)
        assert client.recv(7) == b"welcome"
        session, resumed = client.session, client.session_reused
        assert not session.has_ticket and len(session.id) == 32
        client.close()  # without close_notify
    seen[way] = "resumed" if resumed else "new"
    print(f"{way}: {seen[way]}")
assert seen == {"flag after": "new", "flag before": "resumed", "not read": "resumed"}, seen
PYTHON
environment/bin/python -W ignore server.py >port &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
environment/bin/python -W ignore client.py "$(cat port)"
wait "$server"
