"""
An operator's day, one script for each part of it: each command is typed into a shell beside a running pool,
and everything that it answers (output, errors, exit status), with the lines that the stack writes to its
console where they matter, is compared as a whole with a file in C{expected}.  A changed word fails.

The files read like a terminal::

    # what the script has done meanwhile
    $ a command
    its output
    ! a line of its errors
    [exit 1]                      (nothing for 0)
    > a line that the stack has written to its console

What cannot be the same twice is in C{‹›}: times, process ids and ports, see L{tests.live.operator.moments} and
L{tests.live.operator.facts}.  What the test itself has made anew is replaced where exactly that is found: digests of
certificates, and the scratch directory, which is the operator's home and current directory, C{~}.  So is the release.

To write the files anew from what is seen, set OPERATOR_WRITE=yes, and read C{git diff}::

    OPERATOR_WRITE=yes .venv/bin/python -m twisted.trial tests.live.operator
"""
