"""
nginx and HAProxy as they are set up with authorities and revocation lists: towards clients and towards remote
hosts.  Live tests only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence

from attrs import frozen

from sslpool.keydb.files import PRIVATE, writeNew
from tests.doubles.certificates import credentialPem, writeCredential
from tests.live.programs import LIMIT, run
from tests.tls.revocationtable import Chain, chainOf

PEERS = ("nginx", "haproxy")
COLUMNS = ("nginx, clients", "nginx, remote hosts", "HAProxy, clients", "HAProxy, remote hosts")
REQUEST = b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"
ANSWER = b"HTTP/1.0 200 OK\r\n\r\n"
NGINX = """\
daemon off; master_process off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/nginx.log;
events {{ worker_connections 512; }}
http {{
    access_log off; ssl_session_cache off; ssl_session_tickets off;
    client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
    uwsgi_temp_path {directory}; scgi_temp_path {directory};
{servers}
}}
"""
NGINX_CLIENTS = """\
    server {{ listen unix:{directory}/{name}.clients.nginx ssl; ssl_certificate {directory}/own.pem;
        ssl_certificate_key {directory}/own.pem; ssl_verify_client on; ssl_verify_depth 9;
        ssl_client_certificate {directory}/{authorities}; {lists} return 200; }}
"""
NGINX_HOSTS = """\
    server {{ listen unix:{directory}/{name}.hosts.nginx; location / {{ proxy_pass https://unix:{directory}/{host}:/;
        proxy_ssl_verify on; proxy_ssl_verify_depth 9; proxy_ssl_name localhost; proxy_ssl_session_reuse off;
        proxy_ssl_trusted_certificate {directory}/{authorities}; {lists} }} }}
"""
HAPROXY = """\
global
    ssl-server-verify required
defaults
    mode http
    retries 0
    timeout client 30s
    timeout server 30s
    timeout connect 30s
"""
HAPROXY_CLIENTS = """\
frontend {name}.clients
    bind unix@{directory}/{name}.clients.haproxy ssl crt {directory}/own.pem verify required \
ca-file {directory}/{authorities} {lists}
    http-request return status 200
"""
HAPROXY_HOSTS = """\
listen {name}.hosts
    mode tcp
    bind unix@{directory}/{name}.hosts.haproxy
    server host unix@{directory}/{host} ssl verify required sni str(localhost) verifyhost localhost \
ca-file {directory}/{authorities} {lists}
"""


@frozen
class Peers:
    """
    Both programs, with a place for each combination of lists.

    @ivar directory: where their sockets and files are.
    """

    directory: str

    def letsClientIn(self, peer: str, kinds: Sequence[str]) -> bool:
        """
        Whether C{nginx} or C{haproxy} lets the client of a chain in.
        """
        chain = chainOf(len(kinds))
        context = ssl.create_default_context(cafile=f"{self.directory}/own.pem")
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(f"{self.directory}/{nameOf(chain)}.client.pem")
        with self._connected(f"{'-'.join(kinds)}.clients.{peer}") as plain:
            try:
                with context.wrap_socket(plain, server_hostname="localhost") as secure:
                    secure.sendall(REQUEST)
                    return b" 200 " in secure.recv(4096)
            except (ssl.SSLError, ConnectionError):
                return False

    def acceptsHost(self, peer: str, kinds: Sequence[str]) -> bool:
        """
        Whether C{nginx} or C{haproxy} accepts the remote host of a chain.
        """
        with self._connected(f"{'-'.join(kinds)}.hosts.{peer}") as plain:
            try:
                plain.sendall(REQUEST)
                return b" 200 " in plain.recv(4096)
            except ConnectionError:
                return False

    def _connected(self, name: str) -> socket.socket:
        plain = socket.socket(socket.AF_UNIX)
        plain.settimeout(LIMIT)
        plain.connect(f"{self.directory}/{name}")
        return plain


def verdicts(combinations: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[bool, ...]]:
    """
    Return whom the programs let in with each combination of lists, in the order of L{COLUMNS}.
    """
    with running(combinations) as peers:
        return {
            kinds: tuple(ask(peer, kinds) for peer in PEERS for ask in (peers.letsClientIn, peers.acceptsHost))
            for kinds in combinations
        }


def releases() -> str:
    """
    Return which the programs are.
    """
    nginx = run("nginx", "-v").error.strip().rpartition("/")[2]
    haproxy = run("haproxy", "-v").output.split()[2].partition("-")[0]
    return f"nginx {nginx} and HAProxy {haproxy}"


def nameOf(chain: Chain) -> str:
    """
    Return what the files of a chain are called.
    """
    return f"chain{len(chain.authorities)}"


@contextlib.contextmanager
def running(combinations: Sequence[tuple[str, ...]]) -> Iterator[Peers]:
    """
    Run both programs with a remote host of each chain.
    """
    directory = tempfile.mkdtemp()
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, directory)
        chains = {len(kinds): chainOf(len(kinds)) for kinds in combinations}
        writeCredential(f"{directory}/own.pem", chains[min(chains)].server)
        for chain in chains.values():
            _write(directory, chain)
            stack.enter_context(_host(directory, chain))
        for kinds in combinations:
            lists = b"".join(each.pem for each in chainOf(len(kinds)).lists(kinds))
            if lists:
                writeNew(f"{directory}/{'-'.join(kinds)}.crl", lists, PRIVATE)
        nginx, haproxy = "", HAPROXY
        for kinds in combinations:
            nginx += _filled(NGINX_CLIENTS, directory, kinds, "ssl_crl {};")
            nginx += _filled(NGINX_HOSTS, directory, kinds, "proxy_ssl_crl {};")
            haproxy += _filled(HAPROXY_CLIENTS, directory, kinds, "crl-file {}")
            haproxy += _filled(HAPROXY_HOSTS, directory, kinds, "crl-file {}")
        writeNew(f"{directory}/nginx.conf", NGINX.format(directory=directory, servers=nginx).encode(), PRIVATE)
        writeNew(f"{directory}/haproxy.conf", haproxy.encode(), PRIVATE)
        stack.enter_context(_process(directory, "nginx", "-p", directory, "-c", f"{directory}/nginx.conf"))
        stack.enter_context(_process(directory, "haproxy", "-db", "-f", f"{directory}/haproxy.conf"))
        last = "-".join(combinations[-1])
        for peer in PEERS:
            _await(f"{directory}/{last}.hosts.{peer}")
        yield Peers(directory)


def _filled(text: str, directory: str, kinds: tuple[str, ...], directive: str) -> str:
    name = "-".join(kinds)
    chain = nameOf(chainOf(len(kinds)))
    path = f"{directory}/{name}.crl"
    return text.format(
        directory=directory,
        name=name,
        host=f"{chain}.host",
        authorities=f"{chain}.ca.pem",
        lists=directive.format(path) if os.path.exists(path) else "",
    )


def _write(directory: str, chain: Chain) -> None:
    base = f"{directory}/{nameOf(chain)}"
    writeNew(f"{base}.ca.pem", b"".join(each.certificate.pem for each in chain.authorities), PRIVATE)
    writeNew(f"{base}.client.pem", credentialPem(chain.client), PRIVATE)
    writeNew(f"{base}.server.pem", credentialPem(chain.server), PRIVATE)


@contextlib.contextmanager
def _host(directory: str, chain: Chain) -> Iterator[None]:
    """
    Be the remote host of a chain.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{directory}/{nameOf(chain)}.server.pem")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"{directory}/{nameOf(chain)}.host")
    listening.listen(64)

    def serve() -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            plain.settimeout(LIMIT)
            with plain, contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as secure:
                secure.recv(4096)
                secure.sendall(ANSWER)
                secure.unwrap()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(LIMIT)


@contextlib.contextmanager
def _process(directory: str, *command: str) -> Iterator[None]:
    with open(f"{directory}/{command[0]}.out", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(LIMIT)


def _await(path: str) -> None:
    """
    Wait until somebody listens.
    """
    end = time.monotonic() + LIMIT
    while True:
        with socket.socket(socket.AF_UNIX) as plain:
            try:
                plain.connect(path)
            except OSError:
                if time.monotonic() > end:
                    raise
            else:
                return
        time.sleep(0.02)
