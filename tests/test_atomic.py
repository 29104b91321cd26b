"""Whole files: what a full disk, a kill or a trap in the folder would leave behind."""

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import atomic
from atomic import CannotWrite, write_whole, writing
from tools.labs import ROOT

as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def begun(target, *events):
    """Write the bytes among `events`, and raise the error."""
    with writing(target) as file:
        for event in events:
            if isinstance(event, BaseException):
                raise event
            file.write(event)


@pytest.fixture
def small_disk():
    """No file can grow beyond 10,000 bytes, as on a disk that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_named_and_the_old_file_stays(tmp_path, small_disk):
    """A student whose quota is used up must not lose the last checkpoint as well."""
    target = tmp_path / "a.bin"
    write_whole(target, b"old")
    for size in (10_001, 1_000_000):
        with pytest.raises(CannotWrite, match=r"a\.bin cannot be .* Free some space"):
            write_whole(target, b"x" * size)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a.bin"]


def test_the_last_bytes_count_too(tmp_path, small_disk):
    """They leave the buffer when the file is closed."""
    with pytest.raises(CannotWrite, match="Free some space") as caught:
        begun(tmp_path / "a", b"x" * 9_999, b"x" * 9)
    assert caught.value.errno == errno.EFBIG
    assert names(tmp_path) == []


@as_root
def test_a_read_only_folder_is_named(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CannotWrite, match="Check the permissions of the folder"):
            write_whole(tmp_path / "a", b"new")
    finally:
        tmp_path.chmod(0o700)


def test_an_error_of_the_folder_is_named(tmp_path, monkeypatch):
    """As a read-only folder gives it to anyone but root."""

    def denied(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    for place in ("pathlib.Path.open", "os.replace", "pathlib.Path.mkdir"):
        with monkeypatch.context() as patch:
            patch.setattr(place, denied)
            with pytest.raises(CannotWrite, match=r"\(Permission denied\).*Check"):
                write_whole(tmp_path / "a", b"new")
        assert names(tmp_path) == []


def test_a_folder_or_a_path_through_a_file_is_named(tmp_path):
    (tmp_path / "a").touch()
    for target, sentence in ((tmp_path, "add the name of a file"), ("a/b", "a/b can")):
        with pytest.raises(CannotWrite, match=sentence):
            write_whole(tmp_path / target, b"new")
    assert names(tmp_path) == ["a"]


def test_other_errors_of_the_block_are_left_alone_and_leave_nothing(tmp_path):
    """A network that times out is not a disk."""
    for error in (ValueError("no"), KeyboardInterrupt(), TimeoutError(110, "late")):
        with pytest.raises(type(error)) as caught:
            begun(tmp_path / "a", b"half", error)
        assert caught.value is error
    assert names(tmp_path) == []


def test_a_link_in_the_way_is_not_followed(tmp_path, monkeypatch):
    """In a shared folder, it could point to a file of the one who trains."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    tokens = iter(["a" * 16, "b" * 16])
    monkeypatch.setattr("secrets.token_hex", lambda _: next(tokens))
    link = tmp_path / f".run.pt.{'a' * 16}.part"
    link.symlink_to(precious)
    with pytest.raises(CannotWrite, match="File exists"):
        write_whole(tmp_path / "run.pt", b"new")
    write_whole(tmp_path / "run.pt", b"new")
    assert precious.read_bytes() == b"precious"


def test_parts_have_names_that_nobody_can_guess(tmp_path):
    seen = set()
    for _ in range(3):
        with writing(tmp_path / "a") as file:
            seen.add(Path(file.name).name)
    assert len(seen) == 3


def test_the_longest_name_of_a_file_is_possible(tmp_path):
    """A submission's name may be that long, and its report has to be written."""
    for name in ("x" * 255, "ë" * 127, "[a]*?"):
        write_whole(tmp_path / name, b"whole")
    assert len(names(tmp_path)) == 3


KILLED = """
import sys
from pathlib import Path
from atomic import writing
with writing(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def writer(tmp_path):
    """Another process that is writing "[a].pt" and does not come to an end."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path / "[a].pt"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"writing\n"
    yield process
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        pipe.close()


def test_the_part_of_a_killed_process_goes_with_the_next_write(tmp_path, writer):
    """One file of the checkpoint's size per kill would fill a student's quota."""
    target = tmp_path / "[a].pt"
    (part,) = tmp_path.iterdir()
    write_whole(target, b"whole")
    assert part.exists(), "the other process was still writing it"
    writer.kill()
    writer.wait()
    write_whole(target, b"again")
    assert names(tmp_path) == ["[a].pt"]
    assert target.read_bytes() == b"again"


def test_two_writers_do_not_disturb_each_other(tmp_path, writer):
    target = tmp_path / "[a].pt"
    write_whole(target, b"first")
    writer.stdin.close()
    assert writer.wait(10) == 0
    assert target.read_bytes() == b"half", "the last one to finish has the file"
    assert names(tmp_path) == ["[a].pt"]


def test_a_part_that_was_taken_before_it_was_locked_is_begun_anew(
    tmp_path, monkeypatch
):
    """Between a part's birth and its lock another writer may take it for abandoned."""
    lock, taken = atomic.fcntl.flock, []

    def late(descriptor, flags):
        if not taken:
            (part,) = tmp_path.iterdir()
            taken.append(part.unlink())
        lock(descriptor, flags)

    monkeypatch.setattr(atomic.fcntl, "flock", late)
    write_whole(tmp_path / "a", b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert names(tmp_path) == ["a"]


def test_a_file_system_without_locks_keeps_its_parts(tmp_path, monkeypatch):
    """Where nobody can say who writes, nothing of another's may be removed."""

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    part = tmp_path / f".a.{'0' * 16}.part"
    part.touch()
    monkeypatch.setattr(atomic.fcntl, "flock", refuse)
    write_whole(tmp_path / "a", b"whole")
    assert names(tmp_path) == [part.name, "a"]


def test_without_fcntl_what_can_be_removed_is_removed(tmp_path, monkeypatch):
    """Windows has no fcntl; it refuses to remove what a process has open."""
    (tmp_path / f".a.{'0' * 16}.part").touch()
    monkeypatch.setattr(atomic, "fcntl", None)
    write_whole(tmp_path / "a", b"whole")
    assert names(tmp_path) == ["a"]


def test_only_parts_of_the_target_are_removed(tmp_path):
    others = [".a.txt", ".a.12.part", f".b.{'0' * 16}.part", f"a.{'0' * 16}.part"]
    for name in others:
        (tmp_path / name).touch()
    write_whole(tmp_path / "a", b"whole")
    assert names(tmp_path) == sorted([*others, "a"])


@pytest.mark.parametrize("tool", ["make_sample", "grade", "build", "page", "guide"])
def test_the_tools_leave_no_cut_file_on_a_full_disk(tmp_path, tool, small_disk):
    """An instructor would hand out half a list of grades, or half a sample."""
    with pytest.raises(CannotWrite, match="Free some space"):
        WRITERS[tool](tmp_path)
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left <= {"instructors-guide.md"}, "what it was made from"


def _write_sample(folder):
    from data_utils import planted_world
    from tools.make_sample import write_sample

    write_sample(planted_world(60, 80, 1500, seed=7), folder)


def _write_grades(folder):
    from checks.texts import questions_of
    from tools.gradebook import write_report
    from tools.grading import Grade

    grade = Grade("ann")
    grade.reasons += ["x" * 200] * 100
    grade.leave_the_rest_blank(questions_of("06"))
    write_report(grade, folder)


def _write_notebook(folder):
    import nbformat.v4

    from tools.build_notebooks import write_notebook

    cell = nbformat.v4.new_markdown_cell("x" * 20_000)
    write_notebook(nbformat.v4.new_notebook(cells=[cell]), folder / "a.ipynb")


def _write_page(folder):
    import nbformat.v4

    from tools.kernels import write_html

    write_html(nbformat.v4.new_notebook(), folder / "a.html")


def _write_guide(folder):
    from tools.make_guide import write_guide

    (folder / "source").mkdir()
    (folder / "source" / "instructors-guide.md").write_text("{{mistakes:06}}")
    write_guide(folder)


WRITERS = {
    "make_sample": _write_sample,
    "grade": _write_grades,
    "build": _write_notebook,
    "page": _write_page,
    "guide": _write_guide,
}
