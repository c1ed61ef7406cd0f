"""What can go wrong in a store."""

from __future__ import annotations


class StorageError(Exception):
    """The base of everything that this package raises on purpose.

    ::

        StorageError
        ├── NotFound       no object of that name
        ├── Corrupted      an object isn't what its name says: never used
        ├── NotWritable    the store refuses writes
        ├── NotReadable    the store can't be reached, or refuses reads
        ├── BadAddress     the store's address, or a name in it, makes no sense
        └── FormatError
            ├── NoFormat   no format can hold the value
            └── WrongType  the value isn't of the type that was promised

    Attributes:
        hint: what to type or edit next, or None.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class NotFound(StorageError):
    """The store holds no object of that name."""


class Corrupted(StorageError):
    """An object's bytes aren't those that were stored. It is named, and never used."""


class NotWritable(StorageError):
    """The store refuses writes."""


class NotReadable(StorageError):
    """The store can't be reached, or refuses reads."""


class BadAddress(StorageError):
    """The address of the store, or the name of an object, makes no sense."""


class FormatError(StorageError):
    """A value and a format don't fit each other."""


class NoFormat(FormatError):
    """No format can hold the value."""


class WrongType(FormatError):
    """The value isn't of the type that was promised."""


class StreamFailed(Exception):
    """Carries what a step's own stream raised past the handlers of a format; never seen outside."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error
