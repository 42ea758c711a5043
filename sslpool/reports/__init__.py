"""
From records to the lines and the JSON that people read.  Pure.
"""
