"""Errors whose text is meant for a person: what was expected, and what to do."""


class UserError(ValueError):
    """Bad input. The command line shows its text as one line and exits with code 2."""


class DataUnavailable(UserError):
    """A data set can neither be found on this machine nor be downloaded."""
