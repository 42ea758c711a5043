"""
The TLS terminators that are compared: sslpool and, where they are installed, hitch,
HAProxy, nginx and stunnel, each configured for one worker process.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen
from OpenSSL import SSL

from benchmarks.running import PATIENCE, program
from sslpool import __version__


@frozen
class Site:
    """
    What a terminator is to do.

    @ivar front: the port where it listens.
    @ivar back: the application's port.
    @ivar both: file with the certificate and its private key.
    @ivar directory: a directory of its own.
    """

    front: int
    back: int
    both: Path
    directory: Path

    def write(self, name: str, text: str) -> str:
        """
        Write a configuration file; return its path.
        """
        path = self.directory / name
        path.write_text(text, "utf-8")
        return str(path)


@frozen
class Terminator:
    """
    A program that is compared.

    @ivar name: its name.
    @ivar command: returns the command line for a site.
    @ivar asked: the command that tells its version and TLS library; empty for our own.
    """

    name: str
    command: Callable[[Site], list[str]]
    asked: tuple[str, ...] = ()

    @property
    def installed(self) -> bool:
        """
        It can be run here.
        """
        return not self.asked or shutil.which(self.asked[0]) is not None

    def about(self) -> str:
        """
        Return its version and TLS library.
        """
        if not self.asked:
            return f"sslpool {__version__}, {_short(SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode())}"
        done = subprocess.run(self.asked, capture_output=True, text=True, timeout=PATIENCE, check=False)
        text = done.stdout + done.stderr
        version = re.search(r"\d+\.\d+(\.\d+)*", text)
        library = re.search(r"OpenSSL \d+\.\d+\.\d+", text)
        named = library.group() if library else _linked(self.asked[0])
        return f"{self.name} {version.group() if version else '?'}, {named}"


def _short(text: str) -> str:
    return " ".join(text.split()[:2])


def _linked(name: str) -> str:
    """
    Return the OpenSSL that a program is linked to: the system's, whose version its own command tells.
    """
    path = shutil.which(name)
    assert path is not None
    linked = subprocess.run(["ldd", path], capture_output=True, text=True, timeout=PATIENCE, check=False).stdout
    if "libssl" not in linked or shutil.which("openssl") is None:
        return "unknown TLS library"
    return _short(subprocess.run(["openssl", "version"], capture_output=True, text=True, check=False).stdout)


def _sslpool(site: Site) -> list[str]:
    return [
        program("twistd"),
        *("-n", "--pidfile=", "sslpool"),
        f"--listen=127.0.0.1:{site.front}",
        f"--connect=127.0.0.1:{site.back}",
        f"--certificate={site.both}",
        f"--run={site.directory}",
        *("--servers=1", "--max-per-server=10000"),
    ]


def _hitch(site: Site) -> list[str]:
    text = f"""frontend = "[127.0.0.1]:{site.front}"
backend = "[127.0.0.1]:{site.back}"
pem-file = "{site.both}"
workers = 1
backlog = 4096
tls-protos = TLSv1.2 TLSv1.3
"""
    if os.geteuid() == 0:
        text += 'user = "nobody"\ngroup = "nogroup"\n'
    return ["hitch", f"--config={site.write('hitch.conf', text)}"]


def _haproxy(site: Site) -> list[str]:
    text = f"""global
  nbthread 1
  maxconn 9500
  hard-stop-after 1s
defaults
  mode tcp
  timeout connect 5s
  timeout client 300s
  timeout server 300s
listen front
  bind 127.0.0.1:{site.front} ssl crt {site.both}
  server application 127.0.0.1:{site.back}
"""
    return ["haproxy", "-db", "-f", site.write("haproxy.cfg", text)]


def _nginx(site: Site) -> list[str]:
    module = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
    text = f"""{f"load_module {module};" if module.exists() else ""}
daemon off; worker_processes 1; worker_rlimit_nofile 20000; worker_shutdown_timeout 1s;
error_log {site.directory}/nginx.err; pid {site.directory}/nginx.pid;
events {{ worker_connections 19000; }}
stream {{ server {{
  listen 127.0.0.1:{site.front} ssl backlog=4096;
  ssl_certificate {site.both}; ssl_certificate_key {site.both};
  ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:SSL:10m;
  proxy_pass 127.0.0.1:{site.back};
}} }}
"""
    return ["nginx", "-c", site.write("nginx.conf", text)]


def _stunnel(site: Site) -> list[str]:
    text = f"""foreground = yes
pid =
debug = 3
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
[front]
accept = 127.0.0.1:{site.front}
connect = 127.0.0.1:{site.back}
cert = {site.both}
key = {site.both}
"""
    return ["stunnel", site.write("stunnel.conf", text)]


OURS = Terminator("sslpool", _sslpool)

PEERS = (
    Terminator("hitch", _hitch, ("hitch", "--version")),
    Terminator("haproxy", _haproxy, ("haproxy", "-vv")),
    Terminator("nginx", _nginx, ("nginx", "-V")),
    Terminator("stunnel", _stunnel, ("stunnel", "-version")),
)


@contextmanager
def running(terminator: Terminator, site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """
    Run a terminator until it accepts connections, and end it afterwards.

    @raise RuntimeError: it did not start.
    """
    log = site.directory / f"{terminator.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            terminator.command(site), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not _accepts(site.front):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{terminator.name} did not start: {log.read_text('utf-8', 'replace')[-800:]}")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _accepts(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
