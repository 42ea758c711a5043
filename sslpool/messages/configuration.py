# -*- test-case-name: tests.test_messages -*-
"""
Messages of the section "configuration" of the catalogue: what is found in configuration files.  Every process.
"""

from __future__ import annotations

from sslpool.messages import dtcparms
from sslpool.messages.entry import Message

_ANY_FILE = (
    Message(
        "SSLP200I",
        "{what} is not used here",
        "On z/VM it is for something that does not exist here. It was read and has no effect.",
        "None. You may remove it.",
    ),
    Message(
        "SSLP201E",
        "{found} is not a statement of {kind}",
        "No statement has this keyword, so what follows it was not read either.",
        "Correct the spelling, or make the line a comment with a semicolon.",
    ),
    Message(
        "SSLP202E",
        "{statement}: found {found}, expected {expected}",
        "A word of the statement or tag is missing, or is not valid here.",
        "Write what is expected.",
    ),
    Message(
        "SSLP203I",
        "{what} has no effect: {reason}",
        "It was read and checked, and changes nothing.",
        "None. You may remove it.",
    ),
    Message(
        "SSLP205E",
        "{statement} has no {end}",
        "The list does not end before the next statement or the end of the file.",
        "Add the end of the list.",
    ),
    Message(
        "SSLP206W",
        "{what} is given again; it was already given at line {other}",
        "The statement or name occurs more than once in the file. Of statements, the last one counts.",
        "Remove the one that you do not want.",
    ),
    Message(
        "SSLP287W",
        "{what} is given again; the last one counts",
        "A word that may occur once occurs twice in the same statement or tag.",
        "Remove the one that you do not want.",
    ),
    Message(
        "SSLP288W",
        "{network} is already in {where}",
        "The network occurs twice in the same list. The second one has no effect.",
        "Remove it, or correct it if you meant another network.",
    ),
    Message(
        "SSLP289W",
        "PORT {port}: {operand} has no effect, because the stack does not listen on this port",
        "The operand is for single TCP ports that the stack secures. This one belongs to its application alone.",
        "Add SECURE, or remove the operand.",
    ),
    Message(
        "SSLP207W",
        "{tag} is given again in the same entry; the one at line {other} counts",
        "A tag may occur only once in an entry.",
        "Remove the one that you do not want, or begin a new entry with :nick. before it.",
    ),
)

_PROFILE = (
    Message(
        "SSLP209E",
        "{found} is not a port or a range of ports",
        "A PORT entry begins with a port from 1 to 65535, or a range such as 8000-8010.",
        "Correct the port.",
    ),
    Message(
        "SSLP210E",
        "Port {port} UDP cannot be SECURE",
        "Only TCP connections can be secured.",
        "Remove SECURE and its label, or change UDP to TCP.",
    ),
    Message(
        "SSLP211E",
        "Ports {first} to {last} cannot be SECURE in one entry",
        "SECURE is for a single port.",
        "Write one entry for each secure port.",
    ),
    Message(
        "SSLP212E",
        "MAXPERSSLSERVER {found} is more than {most}",
        "One server has at most this many sessions.",
        "Lower MAXPERSSLSERVER. For more sessions, raise HIGH of the POOL statement in USER.DIRECT.",
    ),
    Message(
        "SSLP213W",
        "MAXPERSSLSERVER {each} does not divide MAXSESSIONS {total} evenly",
        "The last server then cannot be used fully.",
        "Make MAXSESSIONS a multiple of MAXPERSSLSERVER.",
    ),
    Message(
        "SSLP214W",
        "A password in AUTOLOG is not used; 0 was expected in its place",
        "Servers are started without a password. If the word is a user ID, that server is not started.",
        "Write 0 after each user ID.",
    ),
    Message(
        "SSLP215W",
        "SSL server {userid} is ignored in AUTOLOG",
        "The stack itself starts its SSL servers and their agent.",
        "Remove it from AUTOLOG.",
    ),
    Message(
        "SSLP216E",
        "No SSLSERVERID statement",
        "Without it the stack starts no SSL server and cannot secure connections.",
        "Add SSLSERVERID * TIMEOUT 60 for a pool, or name the one server in place of *.",
    ),
    Message(
        "SSLP217W",
        "No PORT entry has SECURE",
        "The stack would not listen on any port.",
        "Add an entry such as 8443 TCP WEBSERV SECURE WEBCERT to the PORT statement.",
    ),
    Message(
        "SSLP218E",
        "Port {port} is already taken by the entry {other}",
        "A secure port has one entry for each address. An entry without BIND covers all addresses, BIND 0.0.0.0 all "
        "of IPv4, and BIND :: all of IPv6. Two sockets cannot listen on the same address.",
        "Remove one of the entries, or give each its own address with BIND.",
    ),
    Message(
        "SSLP224E",
        "BIND {address}: nobody can connect to this address: {reason}",
        "The address is well-formed, but no socket can listen on it.",
        "Give an address of this machine, or leave BIND out to listen on all of them.",
    ),
    Message(
        "SSLP225W",
        ":admin_port. {local} is already taken by PORT {port} at line {other}",
        "Two sockets cannot listen on the same address. The secure port gets it, and remote administration is not "
        "possible.",
        "Give :admin_port. another port, or give each of them its own address.",
    ),
    Message(
        "SSLP219W",
        "The pool has room for fewer sessions than MAXSESSIONS {total}: {reach} (servers: {high}, MAXPERSSLSERVER "
        "{each})",
        "MAXSESSIONS is more than the servers can have.",
        "Raise HIGH of the POOL statement in USER.DIRECT or MAXPERSSLSERVER, or lower MAXSESSIONS.",
    ),
    Message(
        "SSLP220E",
        "No profile found; looked for {names}",
        "The stack reads the first of these files that exists in the configuration directory.",
        "Create PROFILE.TCPIP, or give the right directory with --config.",
    ),
    Message(
        "SSLP221E",
        "Secure port {port} of {userid} has no :address. for its cleartext",
        "A secure port needs a DTCPARMS server entry for its user ID and this stack, with the application's address.",
        "Add an entry such as :nick.WEBSERV :type.server :address.127.0.0.1:8080 to SYSTEM.DTCPARMS.",
    ),
    Message(
        "SSLP222W",
        "AUTOLOG has nothing to start for {userid}",
        "AUTOLOG starts the :command. of the server's DTCPARMS entry, and there is none.",
        "Add :command. to its entry, or remove it from AUTOLOG.",
    ),
    Message(
        "SSLP223E",
        "The cleartext of secure port {port} of {userid} goes to {address}, which is a secure port itself",
        "A connection would loop until no session is free.",
        "Correct :address. of the application (--connect), or the port (--listen).",
    ),
)

_PARAMETERS = (
    Message(
        "SSLP250W",
        "{operand} is obsolete and ignored; {replacement} replaces it",
        "The operand belonged to the single SSL server of earlier releases.",
        "Remove it.",
    ),
    Message(
        "SSLP251E",
        "{found} is not an operand of VMSSL",
        "The word could not be understood, so the servers would not run as you intend.",
        "Correct the operands in :parms. or on the command line.",
    ),
    Message(
        "SSLP252E",
        "EXEMPT names both a suite ({suite}) and a strength ({strength})",
        "Cipher suites are exempted by name or by strength, not both.",
        "Remove one kind of EXEMPT.",
    ),
    Message(
        "SSLP253E",
        "PROTOCOL leaves no protocol version",
        "Every version is off, so no client could connect.",
        "Leave at least TLSV1_2 or TLSV1_3 on.",
    ),
    Message(
        "SSLP254W",
        "{version} is not provided by the TLS library",
        "The version is insecure, and current libraries no longer have it. It stays off.",
        "Remove it from PROTOCOL.",
    ),
    Message(
        "SSLP255W",
        "MODE {mode} leaves only what NIST approves, but the TLS library is not a validated module",
        "Servers use only what is approved: no TLS 1.0 or 1.1, no ChaCha20, no X25519, no SHA-1, no RSA keys below "
        "2048 bits. But nobody has validated OpenSSL as it comes with Python's cryptography: this is not conformance "
        "to FIPS 140.",
        "None, unless you need a validated module: then do not use this program.",
    ),
    Message(
        "SSLP256W",
        "{name} is not used, because MODE {mode} does not approve it",
        "PROTOCOL or ENABLE asks for what MODE excludes; MODE counts.",
        "Remove it, or MODE.",
    ),
    Message(
        "SSLP257E",
        "{statement}: there is no cipher suite {suite}",
        "The operand takes the names of cipher suites in VMSSL, in the IANA registry and in OpenSSL; EXEMPT also takes "
        "a strength. docs/suites.md lists the suites.",
        "Correct the name.",
    ),
    Message(
        "SSLP258W",
        "ENABLE {suite} has no effect: the TLS library does not provide this cipher suite",
        "The suite is insecure or was abandoned; no current library has it.",
        "Remove it from ENABLE.",
    ),
)

_DIRECTORY = (
    Message(
        "SSLP260I",
        "No POOL statement for USER {userid} in USER.DIRECT; servers in the pool: {high}",
        "In the directory, POOL LOW 1 HIGH n sets how many servers there can be.",
        "Add the statement if you want another number.",
    ),
    Message("SSLP261E", "POOL LOW {low}: LOW must be 1", "The first server of a pool has number 1.", "Write LOW 1."),
    Message(
        "SSLP262E",
        "POOL HIGH {high}: expected 1 to {most}",
        "HIGH is the number of servers that the pool can have.",
        "Correct HIGH.",
    ),
    Message(
        "SSLP263W",
        "NAMESAVE of {userid} is {found}, expected {stack}",
        "The shared segment has the name of the stack, for the servers and for their agent.",
        "Correct NAMESAVE in the directory entry or its profile.",
    ),
    Message(
        "SSLP264W",
        "The directory has no profile {profile} for the pool of {userid}",
        "The members have only what the USER statement grants.",
        "Add the PROFILE entry, or correct PROFILE in the POOL statement.",
    ),
    Message(
        "SSLP265W",
        "Profile {profile} of pool {userid} is used by pool {other} too",
        "Each pool needs its own profile, because NAMESAVE ties it to one stack.",
        "Give each pool its own profile.",
    ),
    Message(
        "SSLP266W",
        "Agent {userid} has privilege class {found}, expected one with E",
        "On z/VM, the agent needs class E to own the segment.",
        "Add E to the classes in the USER statement, such as GE.",
    ),
    Message(
        "SSLP267W",
        "The directory has no USER entry for agent {userid}",
        "The agent starts anyway, without limits of its own.",
        "Add the entry.",
    ),
    Message(
        "SSLP268W",
        "{found} is not a statement of the CP directory",
        "The statement was skipped, here and everywhere else.",
        "Correct the spelling, or make the line a comment with * in front.",
    ),
    Message(
        "SSLP269E",
        "{found} comes before the first USER or PROFILE statement",
        "The statement belongs to no entry.",
        "Add the USER or PROFILE statement before it.",
    ),
    Message(
        "SSLP271W",
        "Servers of {userid} may have {found} MiB of storage, but MAXPERSSLSERVER {each} may need {needed} MiB",
        "The maximum storage is the limit of the process. A server that reaches it loses sessions, or ends.",
        "Raise the maximum storage in the USER statement, or lower SSLLIMITS MAXPERSSLSERVER.",
    ),
    Message(
        "SSLP272W",
        "OPTION MAXCONN {most} allows fewer sessions than MAXPERSSLSERVER {each}; a server takes {most}",
        "Each session of a server counts as a connection, and the lower of the two limits holds.",
        "Raise MAXCONN in the directory entry or its profile, or lower SSLLIMITS MAXPERSSLSERVER.",
    ),
    Message(
        "SSLP270I",
        "There is no TCPIP.DATA; without --stack the stack is {stack}",
        "The file names the stack with TCPIPUSERID.",
        "Create it if the stack has another name.",
    ),
)

_READING = (
    Message(
        "SSLP280E",
        "There is no configuration directory {path}",
        "The directory does not exist, or is not a directory.",
        "Create it, for example as a copy of etc, or name the right one with --config.",
    ),
    Message(
        "SSLP281E",
        "Cannot be read: {reason}",
        "The system refused to read the file or the directory.",
        "Correct its permissions, and try again.",
    ),
    Message(
        "SSLP282E",
        "Is not a file",
        "A configuration file was expected here, but this is a directory, a pipe or a device.",
        "Remove it, or give it another name.",
    ),
    Message(
        "SSLP283E",
        "Is larger than {most} octets",
        "No configuration file is as large as this.",
        "Check whether it is the right file.",
    ),
    Message(
        "SSLP284E",
        "Is not UTF-8 text: octet {octet} at offset {offset}",
        "Configuration files are UTF-8; ASCII is valid UTF-8.",
        "Convert the file, for example with iconv.",
    ),
    Message(
        "SSLP286E",
        "Has a NUL octet at offset {offset}",
        "Text files have none. The file may be damaged, or be UTF-16.",
        "Convert it to UTF-8, for example with iconv, or write it again.",
    ),
    Message(
        "SSLP285W",
        "Is not read, because its name is not in upper case",
        "Configuration files have upper-case names, as on z/VM.",
        "Rename the file.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_ANY_FILE, *_PROFILE, *dtcparms.MESSAGES, *_PARAMETERS, *_DIRECTORY, *_READING)
