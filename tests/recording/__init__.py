"""
Records which messages a run of the tests makes, and compares two such recordings: a guard for changes of
L{sslpool.messages}, after which every message must read as before.

    1. On the commit before the change, twice: C{python -m tests.recording before-1.txt}, C{... before-2.txt}
       (or C{make recording OUT=before-1.txt}).
    2. On the commit after it: C{python -m tests.recording after.txt}.
    3. C{python -m tests.recording --compare before-1.txt before-2.txt after.txt}: which stable lines are gone, and
       which are new; the exit status is 1 where one is gone.

What varies all the same, such as the order of what happens at once, is not in both recordings before: a third makes
fewer lines stable.  With C{--live}, or modules of tests behind the file, other tests are recorded.

Recordings are not kept in the repository: the catalogue and the tests change with every feature, the lines with them.
"""
