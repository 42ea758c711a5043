"""
C{ssladmin}: its tables of commands.
"""
