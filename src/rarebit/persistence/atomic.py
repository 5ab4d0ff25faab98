"""Atomic writes: a file or folder is either the old one or the new one, never half of each."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rarebit.exceptions import InputError

CONFIG_NAME = "config.json"
# A folder whose config.json has this key was written by Rarebit and may be replaced.
FORMAT_KEY = "rarebit_format"

# Errors of the system that the user can fix; every other one keeps its traceback.
_FIXABLE = {
    errno.ENOSPC: "the disk is full; free some space or write to another place",
    errno.EDQUOT: "the disk quota is used up; free some space or write to another place",
    errno.EROFS: "the disk is read-only; write to another place",
    errno.EACCES: "permission denied; write to another place",
    errno.EPERM: "permission denied; write to another place",
    errno.ENOENT: "the folder it belongs in does not exist; create it first",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another path",
    errno.EISDIR: "it is a folder; name a file in it",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


@contextmanager
def write_errors(target: Path) -> Iterator[None]:
    """Turn errors of writing a file that the user can fix into one line."""
    try:
        yield
    except OSError as error:
        reason = _FIXABLE.get(error.errno or 0)
        if reason is None:
            raise
        raise InputError(f"cannot write {target}: {reason}. Nothing there was changed.") from error


def _sibling(target: Path, purpose: str) -> Path:
    """Name a hidden file or folder beside ``target``: a rename works on one file system only."""
    return target.parent / f".{target.name[:60]}.{secrets.token_hex(4)}.{purpose}"


def _sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    """Flush the entries of a folder where the system can (Windows cannot open a folder)."""
    with suppress(PermissionError):
        _sync(path)


@contextmanager
def atomic_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file beside its place and move it there when it is complete.

    If the body of the ``with`` statement raises, or the process dies, or nothing was written, the
    file that was at ``path`` stays as it was.
    """
    target = Path(path).resolve()
    if target.exists() and not (target.is_file() or target.is_dir()):
        raise InputError(f"{path} is a device or a pipe, not a file: name a file.")
    temporary = _sibling(target, "tmp")
    try:
        yield temporary
        if temporary.exists():
            with write_errors(target):
                _sync(temporary)
                temporary.replace(target)
                _sync_folder(target.parent)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def atomic_write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that it holds either the old content or the new, whatever happens.

    Parameters
    ----------
    path : path
        File to write; its folder must exist. A symbolic link is followed.
    content : bytes
        The whole new content.

    Raises
    ------
    InputError
        If the disk is full or the place cannot be written to; the old file stays as it was.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "digits.bin"
    >>> atomic_write_bytes(path, b"123")
    >>> path.read_bytes()
    b'123'
    """
    with atomic_file(path) as temporary, write_errors(Path(path)):
        temporary.write_bytes(content)


def atomic_write_text(path: str | os.PathLike[str], content: str) -> None:
    """Write a UTF-8 text file as :func:`atomic_write_bytes` does."""
    atomic_write_bytes(path, content.encode())


def stored_config(folder: Path) -> dict[str, Any] | None:
    """Return the ``config.json`` of a folder written by Rarebit; None for any other folder."""
    try:
        config = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return config if isinstance(config, dict) and FORMAT_KEY in config else None


def check_replaceable(path: str | os.PathLike[str], beside: Collection[str] = ()) -> None:
    """Refuse to replace a folder with files that its config does not list, nor ``beside`` names."""
    target = Path(path)
    if target.is_dir():
        config = stored_config(target)
        if config is None and any(target.iterdir()):
            raise InputError(
                f"{target} holds files that Rarebit did not write; "
                "name a new folder, or empty this one first."
            )
        if config is not None and (foreign := _foreign_files(target, config, beside)):
            raise InputError(
                f"{target} holds {foreign[0]!r}, which Rarebit did not write and which would be "
                "lost; move it, or name another folder."
            )
    elif target.exists() or target.is_symlink():
        raise InputError(f"{target} is not a folder; name a new folder.")


def _foreign_files(folder: Path, config: dict[str, Any], beside: Collection[str]) -> list[str]:
    """List the files of a folder that are not known; none if its config has no list of files."""
    listed = config.get("files")
    if not isinstance(listed, dict):
        return []
    known = {*listed, CONFIG_NAME, *beside}
    found = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return sorted(name for path in found if (name := path.as_posix()) not in known)


def _swap(new: Path, target: Path) -> None:
    """Put ``new`` in the place of ``target``; if that fails, put the old folder back."""
    if not target.is_dir():
        new.rename(target)
        return
    old = _sibling(target, "old")
    target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def atomic_folder(path: str | os.PathLike[str], beside: Collection[str] = ()) -> Iterator[Path]:
    """Write a folder beside its place and move it there when it is complete.

    The body of the ``with`` statement writes into the folder that is yielded. If it raises, or the
    process dies, the folder that was at ``path`` stays as it was. ``beside``: see
    :func:`check_replaceable`.
    """
    target = Path(path).resolve()
    check_replaceable(target, beside)
    temporary = _sibling(target, "tmp")
    with write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
        try:
            yield temporary
            for file in temporary.rglob("*"):
                (_sync_folder if file.is_dir() else _sync)(file)
            _sync_folder(temporary)
            check_replaceable(target, beside)  # it may have changed while the body ran
            _swap(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        _sync_folder(target.parent)
