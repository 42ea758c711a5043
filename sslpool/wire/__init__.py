"""
Everything that two processes say to each other: words, records and layouts, and no behavior.  All processes.
"""
