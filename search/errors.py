"""The errors this package raises; a caller that catches `WenluError` has caught them all.

    WenluError
    ├── DocumentError     a document can't be read or understood
    ├── IndexFileError    a saved index is missing, damaged, or of another version
    ├── QuestionError     a question can't be asked (empty, too long), or what is asked for is no language, kind or limit
    └── DependencyError   a part that is not installed, with the line that installs it

Every message is one line that ends with the next step. The library never prints and never exits.
"""

from __future__ import annotations

import errno

_REASONS = {  # in Chinese; the system says them in English
    errno.EACCES: "没有权限",
    errno.EADDRINUSE: "已被占用",
    errno.EADDRNOTAVAIL: "这台机器没有这个地址",
    errno.EEXIST: "已有同名文件",
    errno.EFBIG: "文件太大",
    errno.EISDIR: "是文件夹",
    errno.ELOOP: "链接指向了自己",
    errno.EMFILE: "打开的文件太多",
    errno.ENAMETOOLONG: "名字太长",
    errno.ENOENT: "没有这个文件或文件夹",
    errno.ENOSPC: "磁盘满了",
    errno.ENOTDIR: "上一级不是文件夹",
    errno.EPERM: "不允许这样做",
    errno.EROFS: "磁盘是只读的",
    errno.ESPIPE: "不是普通文件",
}


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
    """A question can't be asked as it stands, or not for such a language, kind or limit."""


class DependencyError(WenluError):
    """A feature needs a package that is not installed; the message has the install line."""


def reasons(error: Exception) -> tuple[str, str]:
    """Why the system refused something, in English and, where it is a common reason, in Chinese."""
    english = str(getattr(error, "strerror", None) or error)
    return english, _REASONS.get(getattr(error, "errno", None) or 0, english)
