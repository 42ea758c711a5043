#!/usr/bin/env bash
# basic-ftp 6.2.6 (npm), on Node.js 20: an empty file is not uploaded over TLS when the handshake of the data
# connection takes longer than the reply 150.
#
# uploadFrom() waits for "secureConnect" unless dataSocket.getCipher() is defined (dist/transfer.js), which is to say
# that the handshake is complete.  But the data connection resumes the session of the control connection, and then
# getCipher() gives the cipher of that session from the beginning.  An empty source ends at once, the socket is ended,
# and FIN goes where the rest of the handshake should.  Files with content are not concerned: they wait in the socket.
# (RFC 4217 section 7: servers begin the handshake after they have said 150; the delay here makes the race certain.)
#
# Seen: a file of one octet arrives; with an empty one the server sees the end of the connection in the handshake
# ("EOF occurred in violation of protocol"), and uploadFrom() fails.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund basic-ftp@6.2.6 >/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -days 2 2>/dev/null
cat >client.js <<'JS'
const { Client } = require("basic-ftp")
const { Readable } = require("stream")

async function main() {
    const ca = require("fs").readFileSync("certificate.pem")
    for (const text of ["x", ""]) {
        const client = new Client(10000)
        const [host, port, user, password] = ["localhost", Number(process.argv[2]), "user", "password"]
        await client.access({ host, port, user, password, secure: true, secureOptions: { ca } })
        try {
            await client.uploadFrom(Readable.from(text ? [text] : []), "file")
            console.log(`client: ${text.length} octets: done`)
        } catch (error) {
            console.log(`client: ${text.length} octets: failed`)
        }
        client.close()
    }
}
main()
JS
cat >server.py <<'PYTHON'
# A server for one client after the other, no more than they need.
import socket, ssl, subprocess, time

context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain("certificate.pem", "key.pem")
outcomes = []


def upload(data):
    time.sleep(0.5)
    try:
        with context.wrap_socket(data, server_side=True) as secured:
            outcomes.append(f"received {len(b''.join(iter(lambda: secured.recv(100), b'')))} octets")
    except ssl.SSLError as error:
        outcomes.append(str(error))
        return "426 no"
    except OSError as error:
        outcomes.append(f"EOF: {error}")
        return "426 no"
    return "226 done"


def serve(connection):
    replies = {"USER": "331", "PASS": "230", "PBSZ": "200", "PROT": "200", "TYPE": "200", "STRU": "200"}
    connection.sendall(b"220 ready\r\n")
    listening = None
    while line := connection.recv(1000).decode():
        verb = line.split()[0]
        if verb == "AUTH":
            connection.sendall(b"234 TLS\r\n")
            connection = context.wrap_socket(connection, server_side=True)
            continue
        if verb == "EPSV":
            listening = socket.create_server(("localhost", 0))
            reply = f"229 yes (|||{listening.getsockname()[1]}|)"
        elif verb == "STOR":
            connection.sendall(b"150 come\r\n")
            reply = upload(listening.accept()[0])
        else:
            reply = replies.get(verb, "502") + " ."
        connection.sendall(f"{reply}\r\n".encode())


with socket.create_server(("localhost", 0)) as server:
    client = subprocess.Popen(["node", "client.js", str(server.getsockname()[1])])
    for _ in range(2):
        try:
            serve(server.accept()[0])
        except OSError:
            pass
    client.wait()
print("server:", *outcomes, sep="\n  ")
assert outcomes[0] == "received 1 octets", "a file with content does not arrive"
assert "EOF" in outcomes[1], "an empty file arrives now"
PYTHON
node --version
python3 server.py
