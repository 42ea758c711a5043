"""
Programs that transfer files with one library each.  They import nothing of the project.
"""
