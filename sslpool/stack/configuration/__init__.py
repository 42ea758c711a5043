"""
The configuration of a stack: where it comes from, how a change is followed, and its history.  Stack process.
"""
