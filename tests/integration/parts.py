# -*- test-case-name: tests.test_integration -*-
"""
The parts of the integration tests: what each runs, and which files it is about.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from attrs import frozen

WRITE = "INTEGRATION_WRITE"
"""
The environment variable by which tests know that they are to write pages instead of checking them.
"""


@frozen
class Part:
    """
    A part.

    @ivar modules: the modules with its tests.  None of them begins with C{test_}: C{make test} does not find them.
    @ivar files: patterns of the files that it is about; C{*} stands for slashes too.
    @ivar packages: the packages of Debian that it needs, see L{tests.live.installed}.
    @ivar budget: how long it may take, in seconds.
    @ivar jobs: how many processes share its tests.
    """

    modules: tuple[str, ...]
    files: tuple[str, ...]
    packages: tuple[str, ...]
    budget: float
    jobs: int = 1


_SHARED = ("tests/integration/__main__.py", "tests/integration/parts.py")

_FAULTS = """
    applicationDown badFiles clock demands dynamicBadInput endless fakeStack floods greedy halfClose hang kill
    labels opening refreshUnderLoad removed strangers
"""

PARTS = {
    "closing": Part(
        modules=("tests.integration.closing.table",),
        files=(
            "benchmarks/terminators.py",
            "docs/closing.md",
            "sslpool/server/*",
            "sslpool/sessions/*",
            "sslpool/tls/*",
            "tests/integration/closing/*",
            "tests/live/closings.py",
            "tests/live/rawtls.py",
            *_SHARED,
        ),
        packages=("haproxy", "libnginx-mod-stream", "nginx", "stunnel4"),
        budget=240.0,
    ),
    "extending": Part(
        modules=("tests.integration.extending.patches",),
        files=(
            "docs/examples/extending/*",
            "sslpool/config/port*.py",
            "sslpool/starttls/*",
            "sslpool/wire/*",
            "tests/extending.py",
            "tests/integration/extending/*",
            *_SHARED,
        ),
        packages=("git",),
        budget=300.0,
        jobs=2,
    ),
    "faults": Part(
        modules=(
            *(f"tests.integration.faults.{name}" for name in _FAULTS.split()),
            *(f"tests.integration.problems.{name}" for name in ("applications", "initialization", "operation")),
        ),
        files=("sslpool/*", "tests/integration/faults/*", "tests/integration/problems/*", "tests/live/*", *_SHARED),
        packages=("libfaketime",),
        budget=600.0,
        jobs=2,
    ),
    "ftp": Part(
        modules=("tests.integration.ftp.transfers", "tests.integration.ftp.cuts"),
        files=(
            "docs/ftp-clients.md",
            "sslpool/config/ftprules.py",
            "sslpool/config/securing.py",
            "sslpool/server/*",
            "sslpool/sessions/*",
            "sslpool/starttls/*",
            "sslpool/tls/*",
            "tests/integration/ftp/*",
            "tests/live/ftpservers.py",
            *_SHARED,
        ),
        packages=("curl", "default-jdk-headless", "lftp", "libcommons-net-java", "nodejs", "npm", "vsftpd", "wget"),
        budget=480.0,
    ),
    "revocation": Part(
        modules=("tests.integration.revocation.table",),
        files=(
            "docs/revocation.md",
            "sslpool/keydb/*",
            "sslpool/tls/*",
            "tests/integration/revocation/*",
            "tests/live/terminators.py",
            "tests/tls/revocationtable.py",
            *_SHARED,
        ),
        packages=("haproxy", "nginx"),
        budget=300.0,
    ),
}
"""
All parts by name.
"""


def concerned(changed: Iterable[str]) -> list[str]:
    """
    Return the names of the parts that are about any of the files that have C{changed}.
    """
    paths = list(changed)
    return [
        name
        for name, part in PARTS.items()
        if any(fnmatchcase(path, pattern) for path in paths for pattern in part.files)
    ]
