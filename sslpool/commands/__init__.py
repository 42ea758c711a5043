"""
The programs that an operator types.
"""
