# -*- test-case-name: tests.commands.pool.test_planfiles -*-
"""
Writes a plan, as one file or as a new configuration directory.  Used by C{sslpool plan}.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sslpool.messages import operatorError, said
from sslpool.planning.planinfo import PLAN_FILE
from sslpool.stack.configuration.filepool import Step

KEPT_SUFFIX = ".OLD"


def planSteps(text: str, directory: str) -> list[Step]:
    """
    Return what is left to do so that a directory has this plan; one that is there already is kept.

    @raise sslpool.messages.OperatorError: SSLP514E, it cannot be looked at or written.
    """
    path = os.path.join(os.path.abspath(directory), PLAN_FILE)
    before = _content(path)
    if before == text.encode():
        return []
    steps = []
    if before is not None:
        kept = path + KEPT_SUFFIX
        steps.append(Step(said("SSLP511I", path=path, kept=kept), lambda: _keep(path, kept)))
    steps.append(Step(said("SSLP510I", path=path), lambda: _write(path, text)))
    return steps


def outputSteps(text: str, files: Mapping[str, str], directory: str) -> list[Step]:
    """
    Return what is left to do so that a plan is a configuration directory of its own.

    @raise sslpool.messages.OperatorError: SSLP513E one of the files is there and is another, SSLP514E
        one cannot be looked at or written.
    """
    folder = os.path.abspath(directory)
    steps = []
    if not os.path.lexists(folder):
        steps.append(Step(said("SSLP519I", path=folder), lambda: _makeFolder(folder)))
    for name, content in files.items():
        steps += _fileSteps(os.path.join(folder, name), content)
    return [*steps, *planSteps(text, folder)]


def _fileSteps(path: str, text: str) -> list[Step]:
    before = _content(path)
    if before == text.encode():
        return []
    if before is not None:
        raise operatorError("SSLP513E", path=path)
    return [Step(said("SSLP512I", path=path), lambda: _write(path, text))]


def _content(path: str) -> bytes | None:
    with _writing(path):
        try:
            with open(path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None


def _makeFolder(path: str) -> None:
    with _writing(path):
        os.mkdir(path)


def _keep(path: str, kept: str) -> None:
    with _writing(kept):
        os.replace(path, kept)


def _write(path: str, text: str) -> None:
    """
    Write a file that is not there; it is whole or it is not there.
    """
    draft = f"{path}.new"
    with _writing(path):
        with open(draft, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            os.link(draft, path)
        finally:
            os.unlink(draft)


@contextmanager
def _writing(path: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise operatorError("SSLP514E", path=path, reason=reason) from error
