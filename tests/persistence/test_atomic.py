import errno
import json
import os
from pathlib import Path

import pytest

from rarebit.exceptions import InputError
from rarebit.persistence import atomic_write_bytes
from rarebit.persistence.atomic import atomic_folder, atomic_write_text


def names(folder):
    return [file.name for file in folder.iterdir()]


def write_folder(path, text):
    with atomic_folder(path) as folder:
        (folder / "config.json").write_text(json.dumps({"rarebit_format": 1}))
        (folder / "data.txt").write_text(text)


def test_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "report.html"
    atomic_write_text(path, "one\r\n")
    atomic_write_text(path, "zwei ü\n")
    assert path.read_bytes() == "zwei ü\n".encode()
    assert names(tmp_path) == ["report.html"]


def test_file_gets_the_usual_permissions(tmp_path):
    atomic_write_bytes(tmp_path / "ours", b"x")
    (tmp_path / "plain").write_bytes(b"x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_symbolic_link_is_followed(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    atomic_write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


@pytest.mark.parametrize(
    ("code", "said"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "permission denied")]
)
def test_failed_write_leaves_the_old_file_and_says_why(tmp_path, monkeypatch, code, said):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InputError, match=said):
        atomic_write_text(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_disk_that_fills_while_the_folder_is_written(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    path = tmp_path / "model"
    write_folder(path, "old")
    with pytest.raises(InputError, match="disk is full"), atomic_folder(path):
        Path("/dev/full").write_text("x")
    assert (path / "data.txt").read_text() == "old"


def test_missing_folder_and_folder_as_file_are_input_errors(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        atomic_write_text(tmp_path / "no" / "file", "x")
    with pytest.raises(InputError, match="is a folder"):
        atomic_write_text(tmp_path, "x")


def test_other_faults_keep_their_type(tmp_path, monkeypatch):
    def fail(descriptor):
        raise OSError(errno.EBADF, "ours")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="ours"):
        atomic_write_text(tmp_path / "a", "x")


def test_folder_is_replaced_whole(tmp_path):
    write_folder(tmp_path / "deep" / "model", "one")
    write_folder(tmp_path / "deep" / "model", "two")
    assert (tmp_path / "deep" / "model" / "data.txt").read_text() == "two"
    assert names(tmp_path / "deep") == ["model"]


def test_empty_folder_may_be_used(tmp_path):
    (tmp_path / "model").mkdir()
    write_folder(tmp_path / "model", "one")
    assert (tmp_path / "model" / "data.txt").read_text() == "one"


@pytest.mark.parametrize("config", [None, "{}", "not json", "[]", '"rarebit_format"'])
def test_foreign_folder_is_refused_untouched(tmp_path, config):
    (tmp_path / "thesis.docx").write_text("precious")
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(InputError, match="did not write"):
        write_folder(tmp_path, "new")
    assert (tmp_path / "thesis.docx").read_text() == "precious"


def test_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "model").write_text("precious")
    with pytest.raises(InputError, match="not a folder"):
        write_folder(tmp_path / "model", "new")
    assert (tmp_path / "model").read_text() == "precious"


@pytest.mark.parametrize("fault", [RuntimeError("bug"), KeyboardInterrupt(), SystemExit()])
def test_death_in_the_middle_leaves_the_old_folder(tmp_path, fault):
    path = tmp_path / "model"
    write_folder(path, "old")

    def write_half():
        with atomic_folder(path) as folder:
            (folder / "data.txt").write_text("half")
            raise fault

    with pytest.raises(type(fault)):
        write_half()
    assert (path / "data.txt").read_text() == "old"
    assert names(tmp_path) == ["model"]


def test_failure_of_the_last_rename_puts_the_old_folder_back(tmp_path, monkeypatch):
    path = tmp_path / "model"
    write_folder(path, "old")
    rename = Path.rename

    def fail_for_new(self, target):
        if self.name.endswith(".tmp"):
            raise OSError(errno.ENOSPC, "full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_new)
    with pytest.raises(InputError, match="disk is full"):
        write_folder(path, "new")
    assert (path / "data.txt").read_text() == "old"
    assert names(tmp_path) == ["model"]


def test_files_put_into_a_folder_of_ours_are_not_lost(tmp_path):
    from sklearn.dummy import DummyClassifier

    from rarebit.persistence import save
    from rarebit.persistence.atomic import check_replaceable

    model = DummyClassifier().fit([[0], [1]], [0, 1])
    save(model, tmp_path / "model")
    (tmp_path / "model" / "report.html").write_text("ours")
    save(model, tmp_path / "model")
    (tmp_path / "model" / "notes").mkdir()
    (tmp_path / "model" / "notes" / "mine.txt").write_text("precious")
    with pytest.raises(InputError, match=r"'notes/mine\.txt', which Rarebit did not write"):
        save(model, tmp_path / "model")
    with pytest.raises(InputError, match="would be lost"):
        check_replaceable(tmp_path / "model")
    assert (tmp_path / "model" / "notes" / "mine.txt").read_text() == "precious"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_or_a_device_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="is a device or a pipe, not a file"):
        atomic_write_bytes(pipe, b"1")
    assert pipe.is_fifo()
    assert names(tmp_path) == ["pipe"]
