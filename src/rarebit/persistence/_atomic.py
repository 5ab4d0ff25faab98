"""Files and folders that are either the old ones or the new ones, never half of each."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rarebit.exceptions import InputError

CONFIG_NAME = "config.json"
# The key by which a folder is known to be one of ours, and may be replaced.
FORMAT_KEY = "rarebit_format"

# What a user can mend: everything else is a fault and keeps its traceback.
_MENDABLE = {
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
def _as_input_error(target: Path) -> Iterator[None]:
    """Turn what the user can mend about writing ``target`` into one sentence."""
    try:
        yield
    except OSError as error:
        reason = _MENDABLE.get(error.errno or 0)
        if reason is None:
            raise
        raise InputError(f"cannot write {target}: {reason}. Nothing there was changed.") from error


def _sibling(target: Path, purpose: str) -> Path:
    """Name a hidden file or folder beside ``target``: a rename works on one file system only."""
    return target.parent / f".{target.name[:60]}.{secrets.token_hex(4)}.{purpose}"


def _sync(path: Path) -> None:
    """Ask the system to put a file or a folder's entries on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    """Sync a folder's entries where the system can (Windows cannot open a folder)."""
    with suppress(PermissionError):
        _sync(path)


def atomic_write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that it holds the old content or the new, whatever happens in between.

    Parameters
    ----------
    path : path
        File to write; its folder must exist. A symbolic link is followed.
    content : bytes
        The whole new content.

    Raises
    ------
    InputError
        If the disk is full or the place cannot be written; the old file is left as it was.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "digits.bin"
    >>> atomic_write_bytes(path, b"123")
    >>> path.read_bytes()
    b'123'
    """
    target = Path(path).resolve()
    temporary = _sibling(target, "tmp")
    with _as_input_error(target):
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        _sync_folder(target.parent)


def atomic_write_text(path: str | os.PathLike[str], content: str) -> None:
    """Write a UTF-8 text file as :func:`atomic_write_bytes` does.

    Parameters
    ----------
    path : path
        File to write; its folder must exist.
    content : str
        The whole new text; line ends are written as they are.

    Raises
    ------
    InputError
        If the disk is full or the place cannot be written; the old file is left as it was.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "note.txt"
    >>> atomic_write_text(path, "größer")
    >>> path.read_text(encoding="utf-8")
    'größer'
    """
    atomic_write_bytes(path, content.encode())


def is_ours(folder: Path) -> bool:
    """Say whether a folder carries the mark of one written by Rarebit."""
    try:
        config = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and FORMAT_KEY in config


def check_replaceable(path: str | os.PathLike[str]) -> None:
    """Refuse to write over anything but an empty folder, or one that holds our own files alone.

    Parameters
    ----------
    path : path
        Where a folder is to go.

    Raises
    ------
    InputError
        If something there would be lost.

    Examples
    --------
    >>> check_replaceable("no_such_folder")
    """
    target = Path(path)
    if target.is_dir():
        if any(target.iterdir()) and not is_ours(target):
            raise InputError(
                f"{target} holds files that Rarebit did not write; "
                "name a new folder, or empty this one first."
            )
        if foreign := _foreign_files(target):
            raise InputError(
                f"{target} holds {foreign[0]!r}, which Rarebit did not write and which would be "
                "lost; move it, or name another folder."
            )
    elif target.exists() or target.is_symlink():
        raise InputError(f"{target} is not a folder; name a new folder.")


def _foreign_files(folder: Path) -> list[str]:
    """Name the files of a folder of ours that its list lacks; none where it has no list."""
    try:
        config = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
        listed = {*config["files"], CONFIG_NAME, "report.html"}
    except (OSError, ValueError, KeyError, TypeError):
        return []
    found = (path for path in folder.rglob("*") if not path.is_dir())
    return sorted(
        name for path in found if (name := path.relative_to(folder).as_posix()) not in listed
    )


def _swap(new: Path, target: Path) -> None:
    """Put ``new`` in the place of ``target``; on failure the old folder goes back."""
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
def atomic_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a folder beside its place and move it there when it is complete.

    The body of the ``with`` statement writes into the folder that is yielded. If it raises, or the
    process dies, the folder that was at ``path`` stays as it was.

    Parameters
    ----------
    path : path
        Where the folder goes; missing parents are made. What is there already must be empty or
        a folder of Rarebit's own: one whose ``config.json`` has the key ``"rarebit_format"``.

    Yields
    ------
    pathlib.Path
        A new empty folder beside ``path``.

    Raises
    ------
    InputError
        If ``path`` holds something else, the disk is full or the place cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "model"
    >>> with atomic_folder(path) as folder:
    ...     _ = (folder / "config.json").write_text('{"rarebit_format": 1}')
    >>> [file.name for file in path.iterdir()]
    ['config.json']
    """
    target = Path(path).resolve()
    check_replaceable(target)
    temporary = _sibling(target, "tmp")
    with _as_input_error(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
        try:
            yield temporary
            for file in temporary.rglob("*"):
                (_sync_folder if file.is_dir() else _sync)(file)
            _sync_folder(temporary)
            check_replaceable(target)  # it may have changed while the body ran
            _swap(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        _sync_folder(target.parent)
