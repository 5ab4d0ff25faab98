"""What Rarebit raises and warns with."""


class InputError(ValueError):
    """The user's input cannot be used as it is.

    The message is one sentence that says what is wrong, where, and how to mend it. The command
    line prints it alone and exits with code 2.
    """


class MissingExtraError(ImportError):
    """An optional dependency is not installed; the message names the extra that brings it."""


class RarebitWarning(UserWarning):
    """What the user should know of the data or the settings before trusting a result."""
