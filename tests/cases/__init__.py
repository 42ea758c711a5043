"""
Inputs as other programs make them, each through every door, and what a client that shares no code then sees.

The files in C{certificates} are as they were made: they expire.  So each is looked at as of
L{NOW<tests.cases.table.NOW>}, by C{openssl -attime} and by clocks that tests give.
"""
