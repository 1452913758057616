"""From a path to bytes, whatever lies at the path."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from llm_extract.errors import InputError
from llm_extract.reading.input_files import find_files, kind_of, open_regular, read_whole

TEXT = frozenset([".txt"])


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\r\nabc\xff")
    assert read_whole(tmp_path / "a.txt", 100) == b"\r\nabc\xff"


def test_a_file_of_the_allowed_size_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"12345")
    assert read_whole(path, 5) == b"12345"
    with pytest.raises(InputError, match="5 bytes") as caught:
        read_whole(path, 4)
    assert "--max-bytes" in caught.value.hint


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "sparse.txt"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(InputError, match=str(1 << 40)):
        read_whole(path, 8 << 20)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(InputError, match="a pipe"):
        open_regular(tmp_path / "pipe.txt")


def test_a_device_is_refused() -> None:
    with pytest.raises(InputError, match="a device"):
        read_whole(Path("/dev/zero"), 100)


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.txt")
        with pytest.raises(InputError, match="a socket"):
            read_whole(Path("s.txt"), 100)


def test_a_directory_is_no_file_to_open(tmp_path: Path) -> None:
    assert kind_of(tmp_path) == "directory"
    with pytest.raises(InputError, match="directory"):
        open_regular(tmp_path)


def test_a_missing_file_brings_the_nearest_name_to_mind(tmp_path: Path) -> None:
    (tmp_path / "article-idlib.txt").touch()
    with pytest.raises(InputError, match="no such file") as caught:
        kind_of(tmp_path / "artcle-idlib.txt")
    assert caught.value.hint == f"did you mean {tmp_path / 'article-idlib.txt'}?"


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        kind_of(tmp_path / "no" / "a.txt")
    assert str(tmp_path / "no") in caught.value.hint


def test_a_name_with_a_nul_is_refused() -> None:
    with pytest.raises(InputError, match="NUL"):
        kind_of(Path("a\0b"))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_forbidden_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch(mode=0)
    with pytest.raises(InputError, match="permission denied"):
        open_regular(tmp_path / "a.txt")


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("b.txt")
    (tmp_path / "b.txt").symlink_to("a.txt")
    with pytest.raises(InputError, match="leads back"):
        kind_of(tmp_path / "a.txt")


def test_files_are_found_recursively_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.TXT", "a/y.pdf", ".hidden/x.txt", ".x.txt", "c.txt/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [item.path.relative_to(tmp_path).as_posix() for item in find_files(tmp_path, TEXT)]
    assert found == ["a/z.TXT", "b.txt", "c.txt/d.txt"]


def test_only_links_to_files_inside_are_followed(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "real.txt").touch()
    (tmp_path / "outside.txt").touch()
    (inside / "good.txt").symlink_to("real.txt")
    (inside / "out.txt").symlink_to("../outside.txt")
    (inside / "broken.txt").symlink_to("nowhere")
    (inside / "self.txt").symlink_to("self.txt")
    (inside / "up").symlink_to("..")
    (inside / "plain").symlink_to("real.txt")
    refusals = {item.path.name: item.refusal for item in find_files(inside, TEXT)}
    assert refusals.keys() == {"real.txt", "good.txt", "out.txt", "broken.txt", "self.txt", "up"}
    assert refusals["real.txt"] is None
    assert refusals["good.txt"] is None
    told = {name: refusal.message for name, refusal in refusals.items() if refusal}
    assert told == {
        "out.txt": "the link leads out of the directory",
        "broken.txt": "there is no such file or directory",
        "self.txt": "the symbolic link leads back to itself",
        "up": "a link to a directory is not followed",
    }
