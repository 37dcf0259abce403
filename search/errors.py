"""The errors this package raises; a caller that catches `WenluError` has caught them all.

    WenluError
    ├── DocumentError     a document can't be read or understood
    ├── IndexFileError    a saved index is missing, damaged, or of another version
    ├── QuestionError     a question can't be asked (too long)
    └── DependencyError   a part that is not installed, with the line that installs it

Every message is one line that ends with the next step. The library never prints and never exits.
"""

from __future__ import annotations


class WenluError(Exception):
    """Base of every error that this package raises on purpose. `str()` is the English message, `chinese` the Chinese one."""

    def __init__(self, english: str, chinese: str = "") -> None:
        super().__init__(english)
        self.chinese = chinese or english

    def said(self, language: str) -> str:
        """The message in Chinese ("zh") or English."""
        return self.chinese if language == "zh" else str(self)


class DocumentError(WenluError):
    """A document can't be read or understood; the message names the file."""


class IndexFileError(WenluError):
    """A saved index is missing, damaged, or was written by another version."""


class QuestionError(WenluError):
    """A question can't be asked as it stands."""


class DependencyError(WenluError):
    """A feature needs a package that is not installed; the message has the install line."""
