# -*- test-case-name: tests.test_benchmarks -*-
"""
Builds of sslpool that can be measured: wheels, unpacked beside the environment's own dependencies.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from benchmarks.terminators import OURS, Terminator

CHECKOUT = Path(__file__).resolve().parent.parent

_PARTS = ("pyproject.toml", "setup.cfg", "README.md", "LICENSE", "sslpool", "twisted")
"""
What of a checkout the wheel is made of.
"""


class NoBuild(Exception):
    """
    There is nothing to be measured; says why in one line.
    """


def wheelOf(path: Path) -> Path:
    """
    Return C{path}.

    @raise NoBuild: it is not a wheel of sslpool.
    """
    if not path.is_file():
        raise NoBuild(f"{path}: there is no such file; BASE=FILE.whl names the wheel to compare with")
    if not zipfile.is_zipfile(path):
        raise NoBuild(f"{path} is not a wheel")
    with zipfile.ZipFile(path) as archive:
        if "sslpool/__init__.py" not in archive.namelist():
            raise NoBuild(f"{path} is not a wheel of sslpool")
    return path


def made(directory: Path) -> Path:
    """
    Return the wheel of this checkout, made of a copy in C{directory}.

    @raise NoBuild: it cannot be made.
    """
    source = directory / "source"
    source.mkdir()
    for name in _PARTS:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(CHECKOUT / name, source)
    _pip("wheel", "--wheel-dir", str(directory), str(source))
    return next(directory.glob("*.whl"))


def installed(name: str, wheel: Path, directory: Path) -> Terminator:
    """
    Install a wheel into C{directory}; return what runs it there, with the dependencies of this environment.

    @raise NoBuild: it cannot be installed.
    """
    _pip("install", "--target", str(directory), str(wheel))
    # With a seed of hashes at random, each process would cost something else.
    environment = ["env", "-C", str(directory), f"PYTHONPATH={directory}", "PYTHONHASHSEED=0"]
    return Terminator(name, lambda site: [*environment, *OURS.command(site)])


def _pip(command: str, *arguments: str) -> None:
    """
    Have pip do something with one package, not with what it depends on.

    @raise NoBuild: it does not.
    """
    words = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", "--no-deps", *arguments]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise NoBuild(f"pip {command} has failed: {last}")
