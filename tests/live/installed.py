"""
The programs of the system that live tests use as clients and servers sharing no code with sslpool, and the packages of
Debian that have them.  As a program it prints the packages that are missing; it needs nothing but Python.
"""

from __future__ import annotations

import glob
import os
import shutil
import sys

NEEDED = {"curl": "curl", "openssl": "openssl"}
"""
What every run of the tests needs: packages, and where each is seen (a program's name, or a pattern of paths).
"""

PACKAGES = {
    **NEEDED,
    "default-jdk-headless": "javac",
    "dovecot-imapd": "/usr/lib/dovecot/imap-login",
    "dovecot-pop3d": "/usr/lib/dovecot/pop3-login",
    "gcc": "cc",
    "git": "git",
    "gnutls-bin": "certtool",
    "haproxy": "haproxy",
    "ldap-utils": "ldapsearch",
    "lftp": "lftp",
    "libcommons-net-java": "/usr/share/java/commons-net.jar",
    "libfaketime": "/usr/lib/*/faketime/libfaketime.so.1",
    "libnginx-mod-stream": "/usr/lib/nginx/modules/ngx_stream_module.so",
    "mariadb-client-core": "mariadb",
    "mariadb-server-core": "mariadbd",
    "nginx": "nginx",
    "nodejs": "node",
    "npm": "npm",
    "postfix": "/usr/lib/postfix/sbin/master",
    "postgresql": "/usr/lib/postgresql/*/bin/postgres",
    "prosody": "prosody",
    "redis-server": "redis-server",
    "s3270": "s3270",
    "slapd": "slapd",
    "stunnel4": "stunnel",
    "tshark": "tshark",
    "vsftpd": "vsftpd",
    "wget": "wget",
}
"""
What some tests need beside that.
"""

_PLACES = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def missing(*packages: str) -> list[str]:
    """
    Return those of C{packages} that are not installed.
    """
    return [package for package in packages if not _seen(PACKAGES[package])]


def lacking(*packages: str) -> str | None:
    """
    Return why a test that needs C{packages} is to be skipped, or C{None}.  None
    is where C{CI} is set: what is missing there is an error.
    """
    absent = [] if os.environ.get("CI") else missing(*packages)
    return f"not installed: {' '.join(absent)} (apt-get install)" if absent else None


def _seen(where: str) -> bool:
    if where.startswith("/"):
        return bool(glob.glob(where))
    return shutil.which(where, path=_PLACES) is not None


if __name__ == "__main__":
    print(*missing(*(NEEDED if "--needed" in sys.argv else PACKAGES)))
