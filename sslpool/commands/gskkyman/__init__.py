"""
C{gskkyman}: the operations of its command line, its menus, and what both do with a key database.
"""
