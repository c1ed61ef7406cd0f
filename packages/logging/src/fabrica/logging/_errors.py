"""The errors of this package."""

from __future__ import annotations


class LoggingError(Exception):
    """What this package raises.

    ```
    LoggingError
    └── SettingError    a level or a format that there is not
    ```

    Attributes:
        hint: what to type or edit next, or None.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n{self.hint}" if self.hint else message


class SettingError(LoggingError):
    """A level or a format that there is not."""
