"""One module per command: `COMMAND` describes it, and what it runs returns the exit code.

Each loads the standard library alone; what works on this machine itself is imported where it runs.
"""
