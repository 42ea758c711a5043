# -*- test-case-name: tests.test_messages -*-
"""
Messages of SSLPOOL: planning, enrolment and checking.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_OPERANDS = (
    Message(
        "SSLP500E",
        "{operand} of {operation}: expected {expected}, not {word}",
        "Operands are taken in their order: filepool_name, owner_id, poolprefix, user_id, count.",
        "Correct the operand. sslpool help shows the order and the defaults.",
    ),
    Message(
        "SSLP501E",
        "{word} is one operand too many for {operation}",
        "PLAN, ENROLL and UNENROLL have five operands; SETAUTH and DELAUTH have no count.",
        "Leave it out. Options follow a left parenthesis, or two hyphens.",
    ),
    Message(
        "SSLP502E",
        "{option} does not go with {operation}",
        "NOPOOL, --output and --sessions are for PLAN, --sessions also for CHECK; CHECK has no TEST.",
        "Leave the option out.",
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
        "The stack, its agent and its SSL servers have different user IDs; the agent's is made from poolprefix.",
        "Choose another poolprefix or user_id.",
    ),
)

_PLANS = (
    Message(
        "SSLP510I",
        "The plan is written to {path}",
        "It has the text of each configuration file in a section of its own, and the first steps.",
        "Read it, and follow its steps.",
    ),
    Message(
        "SSLP511I",
        "{path} is kept as {kept}",
        "There was a plan already. A plan that had been kept before under that name is gone.",
        "Remove it, if it is not needed.",
    ),
    Message(
        "SSLP512I",
        "{path} is written",
        "A section of the plan is now a configuration file.",
        "None.",
    ),
    Message(
        "SSLP513E",
        "{path} is there already, with other content",
        "--output makes a new configuration directory and changes no file.",
        "Name a directory that is empty or does not exist.",
    ),
    Message(
        "SSLP514E",
        "{path} cannot be written: {reason}",
        "The system refused to make the file or its directory.",
        "Check the name, the permissions, and whether there is room.",
    ),
    Message(
        "SSLP515I",
        "TEST: nothing is done. This would be done:",
        "What follows is what the command does without TEST.",
        "Leave TEST out to have it done.",
    ),
    Message(
        "SSLP516I",
        "There is nothing to do",
        "Everything is already as the command would make it.",
        "None.",
    ),
    Message(
        "SSLP517E",
        "Servers planned: {servers}. Sessions that they have room for: {most}, wanted: {sessions}",
        "One server owns at most 1000 sessions.",
        "Raise count, or leave it out: then it is chosen by the sizing rule.",
    ),
    Message(
        "SSLP518E",
        "{path} is not a plan",
        "A plan has lines such as === USER.DIRECT ===, each of which begins the section of a configuration file.",
        "Name a file that sslpool plan has written, or a directory with --config.",
    ),
    Message(
        "SSLP519I",
        "The directory {path} is made",
        "A new configuration directory begins with it.",
        "None.",
    ),
)

_ENROLMENT = (
    Message(
        "SSLP520I",
        "The directory {path} is made, mode {mode}",
        "It is a file pool, or a work space in one.",
        "None.",
    ),
    Message(
        "SSLP521I",
        "The common profile {path} is made, mode {mode}",
        "Every member of the pool has an alias to it.",
        "Change it where all members are to have something in common.",
    ),
    Message(
        "SSLP522I",
        "The alias {path} is made; it leads to {target}",
        "With its work space and this alias a member of the pool is enrolled.",
        "None.",
    ),
    Message(
        "SSLP523I",
        "{path} is given to user {uid}, group {gid}",
        "POSIXINFO of the pool in USER.DIRECT names them.",
        "None.",
    ),
    Message(
        "SSLP524W",
        "{what} of POSIXINFO for {userid} is not known to this system; work spaces keep the one they have",
        "The user or group that the servers are to have does not exist here.",
        "Create it, or correct POSIXINFO in USER.DIRECT, and enroll again.",
    ),
    Message(
        "SSLP525E",
        "{path} is {found}, where {expected} belongs",
        "It was not made by SSLPOOL and is left as it is.  Nothing has been done.",
        "Move it away, or choose another file pool or owner, and try again.",
    ),
    Message(
        "SSLP526E",
        "{path}: {reason}",
        "The system refused the change. What was done before it stays, and the same command goes on from there.",
        "Correct the permissions, or be root, and issue the command again.",
    ),
    Message(
        "SSLP527E",
        "There is no directory {path} for the file pool",
        "A file pool that is given as a path is a directory that exists already.",
        "Create it, or correct filepool_name.",
    ),
    Message(
        "SSLP530I",
        "{path} is removed",
        "ENROLL had made it.",
        "None.",
    ),
    Message(
        "SSLP531W",
        "{path} is left, because it is not empty: {found}",
        "UNENROLL removes only what ENROLL has made; logs and other files of a server are yours.",
        "Remove the directory yourself when what is in it is not needed.",
    ),
    Message(
        "SSLP532W",
        "{path} is left, because it is not as ENROLL makes it",
        "It has been changed, or is something else.",
        "Remove it yourself when it is not needed.",
    ),
    Message(
        "SSLP535I",
        "{user} may read and write {path}",
        "An entry for the user is added to the access control list; on a directory also for files made later.",
        "None.",
    ),
    Message(
        "SSLP536I",
        "{user} has no access to {path} of its own any more",
        "The entry for the user is removed from the access control list.",
        "None. Owner, group and others keep the access they have.",
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
        "Access for single users needs a file system with POSIX access control lists.",
        "Use a file pool on ext4, xfs or btrfs (a path as filepool_name), or give access by group.",
    ),
    Message(
        "SSLP539E",
        "File pool {filePool} has no work spaces of {owner} for pool {pool}",
        "Access can be granted only to what ENROLL has made.",
        "Enroll the pool first, or correct the operands.",
    ),
)

_FINDINGS = (
    Message(
        "SSLP540W",
        "Without a work space in file pool {filePool}: {members}. To make them: {command}",
        "The entry of the pool names a file pool with :vmlink., in which each member has its own space.",
        "Issue the command in the configuration directory, or remove :vmlink.",
    ),
    Message(
        "SSLP541W",
        "Without alias {alias} to the common profile: {members}. To make it: {command}",
        "A work space is there, but not enrolled: its alias is missing, or does not lead to the common profile.",
        "Issue the command in the configuration directory.",
    ),
    Message(
        "SSLP542W",
        "File pool {filePool} cannot be looked at: {reason}",
        "It could not be found out whether the members of the pool are enrolled.",
        "Check the permissions, or issue the command as the user who runs the stack.",
    ),
    Message(
        "SSLP543I",
        ":vmlink.{found} is not used here",
        "Only the form .DIR filepool:owner.SSLPOOL_prefix means something here.",
        "None. sslpool plan shows the form, if work spaces are wanted.",
    ),
    Message(
        "SSLP544W",
        ":vmlink. of {nick} names {found}, expected {expected}",
        "The directory that the members share is called by the prefix of the pool. Work spaces are not used.",
        "Correct the tag, then use sslpool enroll.",
    ),
    Message(
        "SSLP545I",
        ":vmlink. of {nick} is not used: only the members of a pool have work spaces",
        "A single server has none.",
        "None. It may be removed.",
    ),
)

_CHECKS = (
    Message(
        "SSLP550I",
        "For sessions at once, {sessions}: POOL HIGH {servers}, MAXSESSIONS {total}, MAXPERSSLSERVER {each}",
        "Up to 100 sessions one server suffices, up to 600 five servers of 120, above that five of 600 and more.",
        "Compare it with the message that follows.",
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
        "There will be more sessions than that; those beyond wait, and are closed when no room comes free.",
        "Change HIGH of the POOL statement in USER.DIRECT, and SSLLIMITS, to what is recommended.",
    ),
    Message(
        "SSLP553E",
        "No pool has room for {sessions} sessions; the largest has room for {most}",
        "A pool has at most 256 servers, each with at most 1000 sessions.",
        "Divide the load among several stacks.",
    ),
    Message(
        "SSLP554E",
        "{path} is not a directory with configuration files, nor a plan",
        "CHECK looks at a configuration directory, or at one plan.",
        "Correct the name.",
    ),
    Message(
        "SSLP555I",
        "{path} is a plan: the stack can start when its steps are done",
        "The files are as sslpool plan wrote them. What a plan leaves to be done counts as a step, not as a finding.",
        "Do the steps, then check again.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_OPERANDS, *_PLANS, *_ENROLMENT, *_FINDINGS, *_CHECKS)
