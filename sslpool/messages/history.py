# -*- test-case-name: tests.test_messages -*-
"""
Messages about the history of configurations, and about backups.  Stack, C{sslnetstat} and C{sslpool}.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP080I",
        "Configuration {number} is in effect again, now as number {now}",
        "The running stack follows the texts of an earlier configuration.",
        "None.",
    ),
    Message(
        "SSLP081W",
        "These files in {directory} were not changed and differ from what is in effect: {names}; the next SIGHUP or "
        "start of the stack uses them",
        "A rollback changes the running stack, but no configuration file. Files that you edit now take effect as "
        "usual: USER.DIRECT at once, the profile with SIGHUP, others with the next change.",
        "To keep what is in effect, copy its texts into the files. To see them, use obeyfile NUMBER --history.",
    ),
    Message(
        "SSLP082W",
        "In effect until the stack is restarted, because OBEY made these changes: {names}",
        "The restored configuration consists of the files and of what was obeyed after they were read.",
        "Write into the profile what you want to keep.",
    ),
    Message(
        "SSLP083I",
        "The files in {directory} have the same texts as the configuration in effect",
        "SIGHUP would change nothing.",
        "None.",
    ),
    Message(
        "SSLP084E",
        "The history has no configuration {number}; it has {kept}",
        "The stack keeps the last ten configurations that it accepted, or fewer if they are very large.",
        "To see them, use obeyfile --history.",
    ),
    Message(
        "SSLP085W",
        "The stack cannot keep the history of configurations in {path}: {reason}",
        "The change was made. The running stack has the history in memory and loses it when it ends.",
        "Correct what the reason names. The next change writes the whole history.",
    ),
    Message(
        "SSLP086W",
        "{path} has no history that this stack can use: {reason}; a new history starts",
        "The file is damaged, or another program or release created it. If the system permits it, the file is "
        "renamed with the ending .unusable.",
        "None, if you do not need it.",
    ),
    Message(
        "SSLP087E",
        "There is no earlier configuration to go back to",
        "The history has no configuration before the one in effect.",
        "To see the history, use obeyfile --history.",
    ),
    Message(
        "SSLP088W",
        "Files that are not in the backup remain in effect: {paths}",
        "The directory has more configuration files than the backup. They were not changed.",
        "Remove those that you do not want.",
    ),
    Message(
        "SSLP089W",
        "This machine has no user or group {names}; the files belong to the user who restored them",
        "A backup records the owner and group of each file.",
        "Give the files to the users who read or change them. The servers' group reads the key database.",
    ),
    Message(
        "SSLP090I",
        "Backup {path} was created; configuration files of {directory}: {files}; key database {keyFile}",
        "The files in the backup are of one moment. Private keys stay sealed as they are in the key database.",
        "Keep the backup where only operators can read it: configuration files may contain passwords.",
    ),
    Message(
        "SSLP091I",
        "The backup does not have {stash}; without it, the private keys need the password",
        "Servers open the key database with its stash. Anyone who has both has the private keys. sslpool backup "
        "--stash includes it.",
        "After a restore, use gskkyman stash with the password of the key database.",
    ),
    Message(
        "SSLP092W",
        "The backup has {what}: anyone who can read the backup has the private keys",
        "You asked for it with --stash.",
        "Protect the backup as you protect the private keys.",
    ),
    Message(
        "SSLP093E",
        "{path} has private keys that are not sealed; nothing was written, because --stash is missing",
        "The key file is not a key database. Reading a private key in it takes no password.",
        "Use --stash, and protect the backup as you protect the private keys.",
    ),
    Message(
        "SSLP094E",
        "{path} cannot be restored: {reason}",
        "sslpool checks names, sizes, and checksums in a backup before it changes anything. Nothing was changed.",
        "Use an undamaged file that sslpool backup created.",
    ),
    Message(
        "SSLP095E",
        "Nothing was restored, because these files exist: {paths}",
        "sslpool overwrites files only if you ask for it.",
        "Restore to another directory (--config), or use --replace.",
    ),
    Message(
        "SSLP096I",
        "Stack {stack} was restored from {path}; configuration files in {directory}: {files}; key database {keyFile}",
        "The files have the permissions that they had. If root restores them, they also have the owners that they had.",
        "None.",
    ),
    Message(
        "SSLP097I",
        "Next: sslpool check --config {directory}; then start the stack, or send SIGHUP to one that runs from there",
        "A running stack continues with what it read before. SIGHUP has it read the configuration files and the key "
        "database.",
        "Follow the message.",
    ),
    Message(
        "SSLP098E",
        "The key database was {keyFile}, outside {directory}; use --keyfile to say where to put it",
        "The configuration names a key database outside its directory. sslpool writes there only if you ask for it.",
        "Use --keyfile with that path, or with another one; then KEYFILE must name it.",
    ),
    Message(
        "SSLP099E",
        "{path} cannot be restored: {reason}; nothing was changed",
        "sslpool puts all files of a backup in place, or none.",
        "Correct what the reason names, then try again.",
    ),
    Message(
        "SSLP477E",
        "There is no directory {path} to restore to; nothing was changed",
        "sslpool creates the directory of the restored files, but no directories above it: the name may be misspelled.",
        "Correct the name, or create the directory; then try again.",
    ),
    Message(
        "SSLP478W",
        "The configuration names another key database, {named}; change it to KEYFILE {keyFile}",
        "The restored key database is not the one that KEYFILE in the restored configuration names. The stack uses "
        "the one that KEYFILE names.",
        "Change KEYFILE in the DTCPARMS file that has it, as the message says.",
    ),
    Message(
        "SSLP479I",
        "Next: gskkyman stash --database {keyFile}; then sslpool check --config {directory}; then start the stack, or "
        "send SIGHUP to one that runs from there",
        "The servers need the stash to open the key database, and the backup does not have it. SIGHUP has a running "
        "stack read the configuration files and the key database.",
        "Follow the message.",
    ),
)
