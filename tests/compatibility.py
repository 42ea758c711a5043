# -*- test-case-name: tests.test_compatibility -*-
"""
What breaks with other releases of the libraries, as C{make compatibility} and C{tox run -e py311-oldest} look.

With requirements such as C{pyOpenSSL==26.5.0}, a new environment gets these and what C{setup.cfg} asks for
otherwise, and the tests that depend on libraries are run there; without any they are run here.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent

TESTS = (
    *("tests.tls", "tests.sessions", "tests.server", "tests.keydb.test_certificate", "tests.keydb.test_database"),
    *("tests.control", "tests.agent", "tests.observe", "tests.test_unixsockets", "tests.test_tap"),
)
"""
The tests that depend on libraries, but not on programs of the system.
"""

IMPORTED = ("aiosmtpd", "hypothesis", "pexpect", "pyftpdlib")
"""
What these import beside the program.
"""

BUDGET = 600.0
"""
How long they may take, in seconds.
"""


def wanted(section: str, key: str) -> dict[str, str]:
    """
    Return the requirements of C{setup.cfg} by name, in lower case and without extras.
    """
    metadata = ConfigParser(interpolation=None)
    metadata.read(ROOT / "setup.cfg", "utf-8")
    lines = metadata[section][key].strip().splitlines()
    return {nameOf(line): line for line in lines}


def nameOf(requirement: str) -> str:
    """
    Return the name in a requirement, in lower case and without extras.
    """
    return re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0].lower()


def requirements(given: Iterable[str]) -> list[str]:
    """
    Return what an environment is made of.

    @param given: requirements that count instead of those of C{setup.cfg}.
    """
    ours = wanted("options", "install_requires")
    ours |= {name: line for name, line in wanted("options.extras_require", "dev").items() if name in IMPORTED}
    for each in given:
        name = nameOf(each)
        extras = "".join(re.findall(r"\[.*?\]", ours.get(name, "")))
        ours[name] = each[: len(name)] + extras + each[len(name) :]
    return list(ours.values())


def elsewhere(given: Sequence[str]) -> int:
    """
    Look in a new environment, and return the exit status.

    @param given: see L{requirements}.
    """
    with TemporaryDirectory() as folder:
        python = os.path.join(folder, "bin", "python")
        for command in (
            [sys.executable, "-m", "venv", folder],
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements(given)],
            [python, "-m", "tests.compatibility"],
        ):
            done = subprocess.run(command, cwd=ROOT, check=False)
            if done.returncode:
                return done.returncode
    return 0


def here() -> int:
    """
    Look in this environment, and return the exit status.
    """
    from sslpool.tls.binding import missing

    print("With", ", ".join(f"{name} {version(name)}" for name in wanted("options", "install_requires")))
    lacking = missing()
    if lacking:
        print(f"Private names that are missing (see sslpool/tls/binding.py): {', '.join(lacking)}")
    with TemporaryDirectory() as folder:
        trial = [sys.executable, "-m", "twisted.trial", "-j2", "--reporter=text", f"--temp-directory={folder}/trial"]
        try:
            done = subprocess.run([*trial, *TESTS], cwd=ROOT, timeout=BUDGET, check=False)
        except subprocess.TimeoutExpired:
            print(f"The tests have not ended within {BUDGET:.0f} s")
            return 1
    return done.returncode or bool(lacking)


def main() -> int:
    """
    Look, and return the exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.compatibility")
    parser.add_argument("requirement", nargs="*", help="such as pyOpenSSL==26.5.0; otherwise what is installed")
    given = parser.parse_args().requirement
    return elsewhere(given) if given else here()


if __name__ == "__main__":
    sys.exit(main())
