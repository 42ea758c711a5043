# -*- test-case-name: tests.test_messages -*-
"""
Messages of SSLPOOL: planning, enrollment and checking.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_OPERANDS = (
    Message(
        "SSLP500E",
        "{operand} of {operation}: expected {expected}; found {word}",
        "The order of operands is filepool_name, owner_id, poolprefix, user_id, count.",
        "Correct the operand. sslpool help shows the order and the defaults.",
    ),
    Message(
        "SSLP501E",
        "{word} is one operand too many for {operation}",
        "PLAN, ENROLL and UNENROLL have five operands; SETAUTH and DELAUTH have no count.",
        "Remove it. Options follow a left parenthesis or two hyphens.",
    ),
    Message(
        "SSLP502E",
        "{option} does not apply to {operation}",
        "NOPOOL and --output are for PLAN, --sessions is for PLAN and CHECK; CHECK has no TEST.",
        "Remove the option.",
    ),
    Message(
        "SSLP503E",
        "{word} is not an option of SSLPOOL",
        "NOPOOL and TEST may follow the left parenthesis.",
        "Correct the option. In a shell, --nopool and --test are easier to write.",
    ),
    Message(
        "SSLP504E",
        "{userid} cannot be both {first} and {second}",
        "The stack, its agent and its SSL servers need different user IDs; the agent's comes from poolprefix.",
        "Choose another poolprefix or user_id.",
    ),
)

_PLANS = (
    Message(
        "SSLP510I",
        "The plan is written to {path}",
        "It has a section with the text of each configuration file, and the first steps.",
        "Read it, and follow its steps.",
    ),
    Message(
        "SSLP511I",
        "{path} is kept as {kept}",
        "There was already a plan. An older one that was kept under that name is gone.",
        "Remove it if you do not need it.",
    ),
    Message("SSLP512I", "{path} is written", "A section of the plan is now a configuration file.", "None."),
    Message(
        "SSLP513E",
        "{path} already exists, with other content",
        "--output creates a new configuration directory and changes no file.",
        "Name a directory that is empty or does not exist.",
    ),
    Message(
        "SSLP514E",
        "{path} cannot be written: {reason}",
        "The system refused to create the file or its directory.",
        "Check the name, the permissions, and the free space.",
    ),
    Message(
        "SSLP515I",
        "TEST: nothing is done. This would be done:",
        "The next lines are what the command does without TEST.",
        "To do it, leave TEST out.",
    ),
    Message("SSLP516I", "There is nothing to do", "Everything is already as the command would make it.", "None."),
    Message(
        "SSLP517E",
        "Sessions planned: {sessions}; servers planned: {servers}, with room for {most}",
        "One server has at most 1000 sessions.",
        "Raise count, or leave it out: the sizing rule then chooses it.",
    ),
    Message(
        "SSLP518E",
        "{path} is not a plan",
        "A plan has lines such as === USER.DIRECT ===, each of which begins the section of a configuration file.",
        "Name a file that sslpool plan wrote, or a directory with --config.",
    ),
    Message("SSLP519I", "The directory {path} is created", "A new configuration directory begins with it.", "None."),
)

_ENROLMENT = (
    Message(
        "SSLP520I",
        "The directory {path} is created, mode {mode}",
        "It is a file pool, or a work space in one.",
        "None.",
    ),
    Message(
        "SSLP521I",
        "The common profile {path} is created, mode {mode}",
        "Every member of the pool has an alias to it.",
        "Change it to configure all members.",
    ),
    Message(
        "SSLP522I",
        "The alias {path} is created; it points to {target}",
        "This alias and its work space enroll a member of the pool.",
        "None.",
    ),
    Message(
        "SSLP523I", "{path} gets owner {uid}, group {gid}", "POSIXINFO of the pool in USER.DIRECT names them.", "None."
    ),
    Message(
        "SSLP524W",
        "{what} of POSIXINFO for {userid} is not known to this system; work spaces keep the one they have",
        "The user or group that the servers should have does not exist here.",
        "Create it, or correct POSIXINFO in USER.DIRECT, and enroll again.",
    ),
    Message(
        "SSLP525E",
        "{path} is {found}, expected {expected}",
        "SSLPOOL did not create it and leaves it as it is. Nothing was done.",
        "Move it away, or choose another file pool or owner, and try again.",
    ),
    Message(
        "SSLP526E",
        "{path}: {reason}",
        "The system refused the change. What was done before it stays; the same command continues from there.",
        "Correct the permissions, or become root, and issue the command again.",
    ),
    Message(
        "SSLP527E",
        "There is no directory {path} for the file pool",
        "A file pool that is given as a path must be an existing directory.",
        "Create it, or correct filepool_name.",
    ),
    Message("SSLP530I", "{path} is removed", "ENROLL created it.", "None."),
    Message(
        "SSLP531W",
        "{path} is kept, because it is not empty: {found}",
        "UNENROLL removes only what ENROLL created; logs and other files of a server are yours.",
        "Remove the directory yourself when you no longer need its files.",
    ),
    Message(
        "SSLP532W",
        "{path} is kept, because it is not as ENROLL creates it",
        "It was changed, or is something else.",
        "Remove it yourself when you no longer need it.",
    ),
    Message(
        "SSLP535I",
        "{user} may read and write {path}",
        "The access control list gets an entry for the user, on a directory also for files created later.",
        "None.",
    ),
    Message(
        "SSLP536I",
        "{user} no longer has access of its own to {path}",
        "The access control list loses the entry for the user.",
        "None. Owner, group and others keep their access.",
    ),
    Message(
        "SSLP537E",
        "There is no local user {userid}",
        "Access is granted to a user of this system, whose login name in upper case is the user ID.",
        "Create the user, or name another one: sslpool setauth VMSYS TCPMAINT SSL userid.",
    ),
    Message(
        "SSLP538E",
        "{path} cannot have an access control list: {reason}",
        "Access for individual users needs a file system with POSIX access control lists.",
        "Use a file pool on ext4, xfs or btrfs (a path as filepool_name), or give access by group.",
    ),
    Message(
        "SSLP539E",
        "File pool {filePool} has no work spaces of {owner} for pool {pool}",
        "Access can be granted only to what ENROLL created.",
        "Enroll the pool first, or correct the operands.",
    ),
)

_FINDINGS = (
    Message(
        "SSLP540W",
        "Without a work space in file pool {filePool}: {members}. To create them: {command}",
        "The pool's entry names a file pool in :vmlink., and each member has its own space there.",
        "Issue the command in the configuration directory, or remove :vmlink.",
    ),
    Message(
        "SSLP541W",
        "Without alias {alias} to the common profile: {members}. To create it: {command}",
        "A work space exists but is not enrolled: its alias is missing, or does not point to the common profile.",
        "Issue the command in the configuration directory.",
    ),
    Message(
        "SSLP542W",
        "File pool {filePool} cannot be checked: {reason}",
        "It is not known whether the members of the pool are enrolled.",
        "Check the permissions, or issue the command as the user who runs the stack.",
    ),
    Message(
        "SSLP543I",
        ":vmlink.{found} is not used here",
        "Only the form .DIR filepool:owner.SSLPOOL_prefix has a meaning here.",
        "None. sslpool plan shows the form, if you want work spaces.",
    ),
    Message(
        "SSLP544W",
        ":vmlink. of {nick} names {found}, expected {expected}",
        "The directory that the members share is named after the prefix of the pool. Work spaces are not used.",
        "Correct the tag, then use sslpool enroll.",
    ),
    Message(
        "SSLP545I",
        ":vmlink. of {nick} is not used: only the members of a pool have work spaces",
        "A single server has none.",
        "None. You may remove it.",
    ),
)

_CHECKS = (
    Message(
        "SSLP550I",
        "Sessions at once: {sessions}; recommended: POOL HIGH {servers}, MAXSESSIONS {total}, MAXPERSSLSERVER {each}",
        "For up to 100 sessions one server suffices, for up to 600 five servers of 120, above that five of 600 or "
        "more.",
        "Compare it with the next message.",
    ),
    Message(
        "SSLP551I",
        "The configuration has room for {room}: servers {servers}, MAXSESSIONS {total}, MAXPERSSLSERVER {each}",
        "That is enough.",
        "None.",
    ),
    Message(
        "SSLP552W",
        "The configuration has room for {room} only: servers {servers}, MAXSESSIONS {total}, MAXPERSSLSERVER {each}",
        "Sessions beyond that wait, and are closed if no room becomes free.",
        "Change HIGH of the POOL statement in USER.DIRECT, and SSLLIMITS, as recommended.",
    ),
    Message(
        "SSLP553E",
        "No pool has room for that many sessions: {sessions}; the largest has room for {most}",
        "A pool has at most 256 servers, each with at most 1000 sessions.",
        "Split the load among several stacks.",
    ),
    Message(
        "SSLP554E",
        "{path} is neither a directory with configuration files nor a plan",
        "CHECK reads a configuration directory, or one plan.",
        "Correct the name.",
    ),
    Message(
        "SSLP555I",
        "{path} is a plan: the stack can start when its steps are done",
        "The files are as sslpool plan wrote them. What a plan leaves for you to do counts as a step, not as a "
        "finding.",
        "Do the steps, then check again.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_OPERANDS, *_PLANS, *_ENROLMENT, *_FINDINGS, *_CHECKS)
