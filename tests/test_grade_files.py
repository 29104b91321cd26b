"""Every file in a folder of submissions gets a row or a reason, however it was saved.

If these fail, a learner gets a silent zero for a byte-order mark, or one odd file stops
an instructor's evening.
"""

import io
import json
import os
import socket
import zipfile

import pytest
from test_grade import ENCODE, SPARSITY

from checks.texts import questions_of, solution_of
from tools.grade_formats import write_canvas, write_moodle
from tools.gradebook import Gradebook, row_of, write_report
from tools.grading import Grade, printable
from tools.notebook_code import NotANotebook, read_notebook
from tools.similar import similar_pairs
from tools.submissions import submissions_in
from tools.submitted_files import MOST_BYTES, CannotRead

CELLS = [(1, SPARSITY), (2, ENCODE)]
WITH_ACCENT = "# é: café"


def notebook(*sources, **top):
    cells = [{"cell_type": "code", "source": source} for source in sources]
    return {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}, **top}


def text(*sources):
    return json.dumps(notebook(*(sources or (SPARSITY, ENCODE))), ensure_ascii=False)


def fill(folder, *names, data=None):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if data is not None else text().encode())


def archive(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return data.getvalue()


def found_in(folder, **more):
    submissions, left_out = submissions_in(folder, **more)
    return (
        {each.name: each for each in submissions},
        {each.name: each.reason for each in left_out},
    )


# ------------------------------------------------------------------- how it was saved


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_notebook_is_read_in_any_encoding_of_unicode(encoding):
    """Notepad saves with a mark; the learner had 0 with an empty reason."""
    code = read_notebook(text(SPARSITY, WITH_ACCENT).encode(encoding))
    assert code.cells == [(1, SPARSITY), (2, WITH_ACCENT)]
    assert not code.notes


def test_a_notebook_in_an_old_encoding_of_windows_is_read():
    """A learner whose editor saved é as one byte would get nothing."""
    code = read_notebook(text(SPARSITY, WITH_ACCENT).encode("cp1252"))
    assert code.cells == [(1, SPARSITY), (2, WITH_ACCENT)]


def test_line_ends_of_windows_change_nothing():
    """The functions would be invisible to whoever looks for them."""
    data = text().replace("\\n", "\\r\\n").encode()
    assert read_notebook(data.replace(b"\n", b"\r\n")).cells == CELLS


def test_notebooks_of_format_3_are_read():
    """Old courses and old servers still write them."""
    cells = [{"cell_type": "code", "input": [source]} for _, source in CELLS]
    old = {"worksheets": [{"cells": cells}], "nbformat": 3, "nbformat_minor": 0}
    assert read_notebook(json.dumps(old).encode()).cells == CELLS


@pytest.mark.parametrize(
    "odd",
    [{"cell_type": "code"}, {"cell_type": "code", "source": 7}, "text", None, {}],
    ids=repr,
)
def test_an_odd_cell_costs_only_itself(odd):
    """One cell without `source` cost all the others, without a word."""
    mixed = notebook(SPARSITY, ENCODE)
    mixed["cells"].insert(1, odd)
    code = read_notebook(json.dumps(mixed).encode())
    assert code.cells == [(1, SPARSITY), (3, ENCODE)]
    assert all("cell 2" in note for note in code.notes)
    assert code.notes or odd == {}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"Dear professor", "not JSON"),
        (b"[1, 2]", "not a notebook"),
        (b'{"cells": 3}', "no list of cells"),
        (b"[" * 200_000, "nested too deeply"),
        (b"\xff\xfe\x00", "not JSON"),
    ],
    ids=["empty", "letter", "list", "no cells", "deep", "cut"],
)
def test_what_is_no_notebook_is_named(data, said):
    """The reason goes into the row."""
    with pytest.raises(NotANotebook, match=said):
        read_notebook(data)


def test_a_notebook_without_code_says_so():
    """0 points with an empty reason look like the grader's mistake."""
    assert read_notebook(text(" ").encode()).notes == ["the notebook has no code"]
    assert read_notebook(b'{"cells": []}').notes == ["the notebook has no code"]


# ------------------------------------------------------------------------- which files


def test_submissions_are_found_in_every_folder_under_a_name_of_their_own(tmp_path):
    """Two learners called 06 would share a row."""
    fill(tmp_path, "a/06.ipynb", "b/06.ipynb", "b/.ipynb_checkpoints/06-c.ipynb")
    fill(tmp_path, "b/._06.ipynb", "06.ipynb", "__MACOSX/06.ipynb")
    found, left_out = found_in(tmp_path)
    assert list(found) == ["06", "a/06", "b/06"]
    assert len(left_out) == 3
    assert all("hidden" in reason for reason in left_out.values())


def test_notebooks_with_other_endings_are_graded(tmp_path):
    """Mail programs and systems add endings; these were left out without a word."""
    fill(tmp_path, "a.IPYNB", "b.ipynb.txt", "c.ipynb.json", "d.Ipynb", "d.ipynb")
    found, left_out = found_in(tmp_path)
    assert sorted(found) == ["a.IPYNB", "b.ipynb.txt", "c.ipynb.json", "d", "d.Ipynb"]
    assert not left_out
    for each in found.values():
        assert read_notebook(each.read()).cells == CELLS


def test_other_files_are_left_out_with_a_reason(tmp_path):
    """A learner who hands in a PDF would be missing from the table."""
    fill(tmp_path, "a/06.ipynb", "a/data.csv", "b/answer.pdf", "roster.csv")
    found, left_out = found_in(tmp_path)
    assert set(left_out) == {"a/data.csv", "b/answer.pdf", "roster.csv"}
    assert set(found) == {"a/06", "b"}
    assert found["b"].reason == "there is no notebook (*.ipynb) in this folder"


def test_the_output_folder_is_not_a_submission(tmp_path):
    """With --output inside the folder, the second run would grade the first."""
    fill(tmp_path, "a.ipynb", "grades/reports/a.txt")
    found, left_out = found_in(tmp_path, without=tmp_path / "grades")
    assert list(found) == ["a"]
    assert not left_out


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_only_regular_files_are_read(tmp_path):
    """A pipe with the name of a notebook stopped the run for ever."""
    folder, outside = tmp_path / "in", tmp_path / "out.ipynb"
    fill(folder, "real.ipynb")
    fill(tmp_path, "out.ipynb")
    os.mkfifo(folder / "pipe.ipynb")
    (folder / "folder.ipynb").mkdir()
    for name, target in {
        "outside": outside,
        "device": "/dev/zero",
        "gone": folder / "nothing",
        "loop": folder / "loop.ipynb",
        "inside": folder / "real.ipynb",
    }.items():
        (folder / f"{name}.ipynb").symlink_to(target)
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(folder)  # the path of a socket must be short
        listener.bind("socket.ipynb")
        os.chdir(here)
    found, _ = found_in(folder)
    readable = {name for name, each in found.items() if not each.reason}
    assert readable == {"real", "inside"}
    assert found["outside"].reason == "it is a link to something outside the folder"
    assert len(found) == 9
    for name in set(found) - readable:
        with pytest.raises(CannotRead):
            found[name].read()


def test_a_huge_file_is_not_read(tmp_path):
    """One submission could fill the memory of the grader."""
    with open(tmp_path / "huge.ipynb", "wb") as file:
        file.truncate(MOST_BYTES + 1)
    found, _ = found_in(tmp_path)
    with pytest.raises(CannotRead, match="larger than 30 MB: clear its outputs"):
        found["huge"].read()


# --------------------------------------------------------------------------- archives


def test_notebooks_in_archives_are_graded(tmp_path):
    """Moodle hands out one archive with a folder for each learner, archives inside."""
    inner = archive(**{"lab/06.ipynb": text(), "lab/notes.txt": "x"})
    moodle = {
        "Anna Meier_12_assignsubmission_file_/06.ipynb": text(),
        "Bob Roe_13_assignsubmission_file_/my work.zip": inner,
        "Cy Poe_14_assignsubmission_file_/answer.pdf": "x",
        "Di Foe_15_assignsubmission_file_/cut.zip": archive(a="b")[:40],
        "__MACOSX/._06.ipynb": "x",
    }
    fill(tmp_path, "all.zip", data=archive(**moodle))
    found, left_out = found_in(tmp_path)
    reasons = {name.split("/")[1].split("_")[0]: e.reason for name, e in found.items()}
    assert reasons["Anna Meier"] == reasons["Bob Roe"] == ""
    assert reasons["Cy Poe"] == "there is no notebook (*.ipynb) in this folder"
    assert reasons["Di Foe"].startswith("the archive cannot be read")
    assert len(found) == 4
    assert len(left_out) == 3
    for each in found.values():
        if not each.reason:
            assert read_notebook(each.read()).cells == CELLS


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04 cut", "the archive cannot be read"),
        (archive(**{"a.txt": "x"}), "the archive holds no notebook"),
        (archive(), "the archive holds no notebook"),
    ],
    ids=["cut", "other files", "empty"],
)
def test_an_archive_without_notebooks_has_its_row(tmp_path, data, said):
    """A learner who handed in an empty archive would be missing."""
    fill(tmp_path, "dora.zip", data=data)
    found, _ = found_in(tmp_path)
    [submission] = found.values()
    assert submission.name == "dora.zip"
    assert submission.reason.startswith(said)


def test_a_bomb_in_an_archive_is_not_unpacked(tmp_path):
    """A few kilobytes would become gigabytes in the grader's memory."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bomb.ipynb", b"\0" * (MOST_BYTES + 1))
    fill(tmp_path, "dora.zip", data=data.getvalue())
    found, _ = found_in(tmp_path)
    with pytest.raises(CannotRead, match="larger than"):
        found["dora/bomb"].read()


def test_names_in_archives_lead_nowhere(tmp_path):
    """An archive may name ../../somewhere; its report must stay in its folder."""
    output = tmp_path / "out" / "deep"
    fill(tmp_path / "in", "x.zip", data=archive(**{"../../../up.ipynb": text()}))
    [name] = found_in(tmp_path / "in")[0]
    grade = Grade(name)
    grade.leave_the_rest_blank(questions_of("06"))
    write_report(grade, output)
    assert not list(tmp_path.glob("*.txt"))
    assert len(list((output / "reports").rglob("*.txt"))) == 1


# -------------------------------------------------------------------------- the table


def blank(name):
    grade = Grade(name, digest="abc")
    grade.leave_the_rest_blank(questions_of("06"))
    return grade


def test_names_of_folders_and_reports_do_not_meet(tmp_path):
    """A folder `bob.txt` beside `bob.ipynb` crashed the grader after its work."""
    names = ["bob", "bob.txt/bob", "bob.txt_/bob", "x" * 249, "a/" + "é" * 120]
    for name in names:
        write_report(blank(name), tmp_path)
    assert len(list((tmp_path / "reports").rglob("*.txt"))) == len(names)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", " =1", "\t=1", "＝1"])
def test_no_cell_is_a_formula(text):
    """A learner's name would run in the instructor's spreadsheet."""
    grade = blank(text)
    grade.because(text)
    row = row_of(grade, questions_of("06"))
    assert row[0].startswith("'")
    assert row[-1].startswith("'")
    assert row[-2].startswith("'")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07ok", "ok"),
        ("a\x07\x08\x7f\x9b2Jb", "a2Jb"),
        ("\u202etxt.exe", "txt.exe"),
        ("two\nlines", "two lines"),
        ("half \ud800", "half \\ud800"),
    ],
)
def test_nothing_that_steers_a_terminal_is_printed(text, shown):
    """A name or a message could clear the screen, or hide what follows."""
    assert printable(text) == shown


def test_rows_of_an_unfinished_run_are_kept_and_those_of_another_are_not(tmp_path):
    """After a power cut an instructor would grade everything again."""
    book = Gradebook(tmp_path, "06", {"dataset": "sample"})
    book.add(blank("ann"))
    again = Gradebook(tmp_path, "06", {"dataset": "sample"})
    assert list(again.kept) == ["ann"]
    assert again.has("ann", "abc")
    assert not again.has("ann", "another notebook")
    assert not again.has("bob", "abc")
    assert not Gradebook(tmp_path, "06", {"dataset": "100k"}).kept
    book = Gradebook(tmp_path, "06", {"dataset": "sample"})
    book.finish([], [])
    assert not Gradebook(tmp_path, "06", {"dataset": "sample"}).kept


def test_moodle_and_canvas_get_their_own_tables(tmp_path):
    """An instructor would type sixty grades by hand, and mistype two."""
    moodle = {
        "all/Anna Meier_12_assignsubmission_file_/06": 40.5,
        "all/Anna Meier_12_assignsubmission_file_/old": 3,
        "'=x_13_assignsubmission_file_/06": 0,
        "roe": 7,
    }
    assert write_moodle(moodle, tmp_path / "moodle.csv") == ["roe"]
    assert (tmp_path / "moodle.csv").read_text().splitlines() == [
        "Identifier,Full name,Grade",
        "Participant 12,Anna Meier,40.5",
        "Participant 13,'=x,0",
    ]
    canvas = {"meieranna_4711_99_06-exercises": 42, "roebob_LATE_4712_98_x": 1, "y": 2}
    assert write_canvas(canvas, tmp_path / "canvas.csv", "06") == ["y"]
    assert (tmp_path / "canvas.csv").read_text().splitlines() == [
        "Student,ID,Section,Lab 06",
        "meieranna,4711,,42",
        "roebob,4712,,1",
    ]


OWN = """def sweep_factors(history):
    best, place = None, 0
    for number, value in enumerate(history):
        if best is None or value < best - 1e-9:
            best, place = value, number
    if place == 0 and len(history) > 1 and history[0] == history[1]:
        return place
    return place
"""
OTHER = """def sweep_factors(history):
    pairs = sorted((value, number) for number, value in enumerate(history))
    smallest = [number for value, number in pairs if value == pairs[0][0]]
    while len(smallest) > 1:
        smallest.pop()
    return {"best": smallest[0]}["best"] + sum([0, 0, 0]) * len(history)
"""


def test_nearly_equal_code_is_listed_and_common_code_is_not(tmp_path):
    """Who renamed a friend's variables looks original; who took the hint does not."""
    renamed = (
        OWN.replace("best", "low").replace("number", "i").replace("if best", "if b")
    )
    given = solution_of("q12").code
    cells = {"ann": OWN, "bob": f"# mine\n{renamed}", "cy": OTHER, "di": OTHER + "x(("}
    for name, source in cells.items():
        fill(tmp_path, f"{name}.ipynb", data=text(source, given).encode())
    found, _ = submissions_in(tmp_path)
    assert similar_pairs(found, "06") == {("ann", "bob"): ["sweep_factors"]}
