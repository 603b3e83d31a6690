"""`_atomic`: the old file or the new one, never anything between."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fastgd._atomic import replacing


def test_new_file_appears_with_the_bytes_written(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as file:
        file.write(b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a"]


def test_old_file_is_there_until_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("failure", [OSError, KeyboardInterrupt, MemoryError])
def test_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    def write_half() -> None:
        with replacing(path) as file:
            file.write(b"half of the n")
            raise failure

    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(failure):
        write_half()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_failure_to_move_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a"
    path.write_bytes(b"old")
    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="No space"), replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("function", ["os.fsync", "os.replace"])
def test_an_error_names_the_file_and_not_the_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def no_space(*names: object) -> None:
        raise OSError(28, "No space left on device", *names[:1] if function == "os.replace" else ())

    monkeypatch.setattr(function, no_space)
    with pytest.raises(OSError, match="No space") as caught, replacing(tmp_path / "a") as file:
        file.write(b"new")
    assert caught.value.filename == str(tmp_path / "a")
    assert ".tmp" not in str(caught.value)


def test_an_error_about_another_file_stays_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught, replacing(tmp_path / "a"):
        (tmp_path / "other").read_bytes()
    assert caught.value.filename == str(tmp_path / "other")


@pytest.mark.parametrize("name", ["a" * 255, "鳶" * 85])
def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path, name: str) -> None:
    """255 bytes: the temporary file has a shorter one."""
    with replacing(tmp_path / name) as file:
        file.write(b"new")
    assert os.listdir(tmp_path) == [name]


@pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")
def test_mode_of_the_old_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with replacing(path) as file:
        file.write(b"new")
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_symbolic_link_keeps_pointing_where_it_did(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    with replacing(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
def test_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="pipe is not a file"), replacing(tmp_path / "pipe"):
        pass
    assert (tmp_path / "pipe").is_fifo()


def test_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="is not a file"), replacing(tmp_path):
        pass


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"), replacing(tmp_path / "nowhere" / "a"):
        pass
