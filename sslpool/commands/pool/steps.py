# -*- test-case-name: tests.commands.pool.test_main -*-
"""
What an operation of SSLPOOL leaves to be done, as steps that are the same with TEST and without.  Used by C{sslpool}.
"""

from __future__ import annotations

from attrs import evolve, frozen

from sslpool.commands.pool.accesslists import authoritySteps
from sslpool.commands.pool.enrolment import enrolSteps, ownership, unenrolSteps
from sslpool.commands.pool.operands import AUTHORITY, PoolRequest
from sslpool.commands.pool.planfiles import outputSteps, planSteps
from sslpool.config.configuration import Machine
from sslpool.config.directory import parseDirectory
from sslpool.config.tokens import Findings
from sslpool.messages import Said
from sslpool.planning.planinfo import planText
from sslpool.planning.sections import sections
from sslpool.planning.sizing import recommended, sized
from sslpool.planning.subject import Subject
from sslpool.stack.configuration.filepool import Step
from sslpool.stack.configuration.files import readDirectory


@frozen
class Work:
    """
    What is to be done.

    @ivar steps: the steps, in order.
    @ivar notes: messages about what is not done.
    """

    steps: list[Step]
    notes: tuple[Said, ...] = ()


def workFor(request: PoolRequest, directory: str, output: str | None, sessions: int | None) -> Work:
    """
    Return what is left to do for a request.

    @param directory: the configuration directory.
    @param output: where PLAN makes a new configuration directory, or C{None}.
    @param sessions: the most sessions there will be at once, or C{None}.
    @raise sslpool.messages.OperatorError: it cannot be done.
    """
    subject = request.subject
    if request.operation == "PLAN":
        return Work(_plan(request, directory, output, sessions))
    if request.operation == "ENROLL":
        owner = ownership(machineOf(subject, directory), subject.prefix)
        return Work(enrolSteps(subject, directory, owner), owner.notes)
    if request.operation in AUTHORITY:
        return Work(authoritySteps(subject, directory, grant=request.operation == "SETAUTH"))
    steps, notes = unenrolSteps(subject, directory)
    return Work(steps, tuple(notes))


def _plan(request: PoolRequest, directory: str, output: str | None, sessions: int | None) -> list[Step]:
    subject = request.subject
    if sessions is not None and subject.pooled and not request.counted:
        subject = evolve(subject, count=recommended(sessions).servers)
    files = sections(subject, sized(subject.count, sessions), sessions)
    text = planText(subject, files)
    return planSteps(text, directory) if output is None else outputSteps(text, files, output)


def machineOf(subject: Subject, directory: str) -> Machine:
    """
    Return what USER DIRECT grants the members, as far as it can be read.
    """
    text = readDirectory(directory)[0].get("USER.DIRECT", "")
    machines = parseDirectory("USER.DIRECT", text, Findings())
    user = machines.users.get(subject.prefix)
    if user is None:
        return Machine()
    profile = None if user.pool is None or user.pool.profile is None else machines.profiles.get(user.pool.profile)
    return user.machine(profile)
