"""Reading and writing whole files: bounds, and nothing half-written."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from exactnet.files import files
from exactnet.files.atomic import reserved, write_atomic, write_together
from exactnet.files.files import digest, read_bytes, shown
from exactnet.kernel.errors import FormatError


def refused(call, *args) -> str:
    with pytest.raises(FormatError) as caught:
        call(*args)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{shown(args[0])}: ")
    return message


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1])
def test_reads_what_is_there(tmp_path, size):
    data = os.urandom(size)
    (tmp_path / "f").write_bytes(data)
    assert read_bytes(tmp_path / "f") == data
    assert read_bytes(str(tmp_path / "f"), size) == data


@pytest.mark.parametrize("limit", [0, 1, 99])
def test_larger_than_allowed(tmp_path, limit):
    (tmp_path / "f").write_bytes(bytes(100))
    assert f"more than {limit} bytes" in refused(read_bytes, tmp_path / "f", limit)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_nobody_waits_for_a_pipe_or_reads_a_device(tmp_path):
    pipe = tmp_path / "pipe.onnx"
    os.mkfifo(pipe)
    for path in (pipe, "/dev/zero"):
        assert not os.path.exists(path) or "is not a regular file" in refused(read_bytes, path)


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="no /dev/fd")
@pytest.mark.parametrize(("size", "fits"), [(50_000, True), (50_001, False)])
def test_a_pipe_that_the_shell_has_opened(size, fits):
    end, start = os.pipe()

    def feed() -> None:
        with suppress(BrokenPipeError), os.fdopen(start, "wb") as pipe:
            pipe.write(b"x" * size)

    writer = threading.Thread(target=feed)
    writer.start()
    if fits:
        assert read_bytes(f"/dev/fd/{end}", 50_000) == b"x" * size
    else:
        assert "more than 50000 bytes" in refused(read_bytes, f"/dev/fd/{end}", 50_000)
    os.close(end)
    writer.join()


def test_missing_directory_and_bad_names(tmp_path):
    assert "No such file" in refused(read_bytes, tmp_path / "missing")
    assert "directory" in refused(read_bytes, tmp_path)
    assert "no file can have this name" in refused(read_bytes, "a\0b")
    assert "too long" in refused(read_bytes, str(tmp_path / ("n" * 5000)))
    (tmp_path / "file").write_bytes(b"")
    assert "ot a directory" in refused(read_bytes, tmp_path / "file" / "below")
    assert "\\n" in refused(read_bytes, str(tmp_path / "new\nline"))


def test_no_permission(tmp_path, monkeypatch):
    locked = tmp_path / "locked"
    locked.write_bytes(b"secret")
    if os.geteuid() == 0:  # root may read everything: let the system call say no

        def no(*args: object, **kwargs: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(files, "open", no, raising=False)
    else:
        locked.chmod(0)
    assert "Permission denied" in refused(read_bytes, locked)


def test_error_while_reading(tmp_path, monkeypatch):
    def no(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    (tmp_path / "f").write_bytes(b"x")
    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fstat", no)
        message = refused(read_bytes, tmp_path / "f")
    assert "Input/output error" in message


def test_writes_and_overwrites(tmp_path):
    path = tmp_path / "out"
    for data in (b"one", b"", b"x" * 3_000_000):
        write_atomic(path, data)
        assert path.read_bytes() == data
        assert os.listdir(tmp_path) == ["out"]


def test_new_file_has_the_usual_mode_and_an_old_one_keeps_its_own(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write_atomic(tmp_path / "new", b"")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    (tmp_path / "plain").chmod(0o640)
    write_atomic(tmp_path / "plain", b"x")
    assert stat.S_IMODE((tmp_path / "plain").stat().st_mode) == 0o640


@pytest.mark.parametrize("target", ["real", "missing", "folder", "/dev/null"])
def test_links_are_not_followed(tmp_path, target):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(target)
    assert "is a " in refused(write_atomic, tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["folder", "link", "real"]


def test_all_or_none(tmp_path):
    (tmp_path / "link").symlink_to("a")
    names = [str(tmp_path / name) for name in ("a", "b", "link")]
    with pytest.raises(FormatError, match="link: cannot be written: is a symbolic link"):
        write_together(dict.fromkeys(names, b"x"))
    assert os.listdir(tmp_path) == ["link"]
    write_together(dict.fromkeys(names[:2], b"x"))
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "link"]


def test_a_name_is_reserved_for_one(tmp_path):
    with reserved(tmp_path / "c.json"):
        for other in ("c.json", "c"):  # both would write c.original.json
            with pytest.raises(FormatError, match="another run is writing it"), reserved(tmp_path / other):
                pass
        with reserved(tmp_path / "d.json"):
            assert len(os.listdir(tmp_path)) == 2
    assert not os.listdir(tmp_path)
    with reserved(tmp_path / "c.json"):
        pass


def test_no_two_have_a_name_at_once(tmp_path):
    """Threads that take and give back a name as fast as they can: never two at a time, though its file comes and goes."""
    inside, most, turns = [0], [0], [0]
    guard = threading.Lock()

    def work() -> None:
        while turns[0] < 500:
            with suppress(FormatError), reserved(tmp_path / "c.json"):
                with guard:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                turns[0] += 1
                with guard:
                    inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert not os.listdir(tmp_path)


def test_a_lock_that_is_a_link_is_not_followed(tmp_path):
    with reserved(tmp_path / "c.json"):
        (lock,) = os.listdir(tmp_path)
    (tmp_path / lock).symlink_to(tmp_path / "victim")
    with pytest.raises(FormatError, match="cannot be written"), reserved(tmp_path / "c.json"):
        pass
    assert os.listdir(tmp_path) == [lock]


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="no /dev/null")
def test_devices_are_written_to_and_not_replaced():
    write_atomic("/dev/null", b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
def test_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step, failure):
    path = tmp_path / "out"
    path.write_bytes(b"old")

    def fail(*args: object) -> None:
        assert len(os.listdir(tmp_path)) == 2  # the temporary file is in the same directory
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(files.os, step, fail)
        if isinstance(failure, OSError):
            assert "No space left on device" in refused(write_atomic, path, b"new")
        else:
            with pytest.raises(type(failure)):
                write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out"]


def test_cannot_be_written(tmp_path):
    assert "No such file" in refused(write_atomic, tmp_path / "missing" / "out", b"x")
    assert "directory" in refused(write_atomic, tmp_path, b"x")
    assert "no file can have this name" in refused(write_atomic, "a\0b", b"x")


@pytest.mark.parametrize("data", [b"", b"abc", bytes(1000)])
def test_digest(tmp_path: Path, data):
    assert digest(data) == hashlib.new("sha256", data).hexdigest()
    assert digest(data) != digest(data + b"\0")
