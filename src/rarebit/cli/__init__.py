"""The command line: parse, call, print.

Exit codes: 0 done, 2 the user's input was wrong (one clear line), 1 a fault of ours.
"""

from rarebit.cli.app import app, main

__all__ = ["app", "main"]
