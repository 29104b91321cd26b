"""A tool that counts every mutant as killed, or edits nothing, would only flatter."""

import textwrap

import pytest

from tools import mutants
from tools.edits import mutants_of


def edits(source: str, **options) -> list[str]:
    """The lines that the mutants of `source` have in the place of its own."""
    return [mutant.after for mutant in mutants_of(source, "a.py", **options)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a < b <= c", ["a <= b <= c", "a < b < c"]),
        ("a == b", ["a != b"]),
        ("a is not b", ["a is b"]),
        ("(a + b) * c", ["(a + b) / c", "(a - b) * c"]),
        ("a & b", ["a | b"]),
        ("x -= y", ["x += y"]),
        ("min(a)", ["pass", "max(a)"]),
        ("y = x.argmax()", ["y = x.argmin()"]),
        ("a and b and c", ["a or b and c", "a and b or c"]),
        ("y = not a", ["y = a"]),
        ("y = -a", ["y = a"]),
        ("a if b else c", ["c if b else a"]),
        ("y = 0.5", ["y = 1.5"]),
        ("y = x[1]", ["y = x[2]"]),
        ("y = x.sum(1)", ["y = x.sum(0)"]),
        ("y = np.log(1)", ["y = np.log(2)"]),
        ("y = x[:k]", ["y = x[:k + 1]"]),
        ("model.train()", ["pass"]),
        ("y = f(a, b=c)", ["y = f(a)"]),
        ("y = f(b=c, d=e)", ["y = f(d=e)", "y = f(b=c)"]),
        ("y = sort(a, up=True)", ["y = sort(a)", "y = sort(a, up=False)"]),
        ('y = f"ë {a + 1:.0%}"', ['y = f"ë {a - 1:.0%}"', 'y = f"ë {a + 2:.0%}"']),
    ],
)
def test_every_kind_of_slip_is_made_where_it_stands(line, expected):
    assert edits(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        '"""1 < 2 and 3."""',
        "def f(a: int | None = 1) -> list[int | None]: ...",
        "@g(1)\ndef f(): ...",
        "y = 'a' 'b'",
        'if __name__ == "__main__":\n    main()',
        "sys.path.insert(0, here)",
    ],
)
def test_texts_defaults_annotations_and_commands_are_left_alone(line):
    assert edits(line) == []


def test_looks_are_left_alone_and_what_a_figure_says_is_not():
    names = mutants.SETTINGS["untouched"]
    assert edits("y = plot(a, color=b + 1, figsize=(8, 4))", untouched=names) == []
    assert edits("ax.set_xlim(0, 1)", untouched=names) == []
    assert edits('style = {"lw": 2}', untouched=names) == []
    assert edits("ax.annotate(t, p, (0, -13))", untouched=names) == ["pass"]
    said = edits('ax.set_title(f"{a + b} points", loc="left")', untouched=names)
    assert said == ["pass", 'ax.set_title(f"{a - b} points", loc="left")']


def test_an_edit_over_lines_is_told_in_one_and_keeps_the_rest():
    source = "é = 1\ny = (\n    a\n    if b\n    else c\n)\nz = 2\n"
    exchanged = mutants_of(source, "a.py")[1]
    assert (exchanged.line, exchanged.before) == (3, "a if b else c")
    assert exchanged.source == source.replace(
        "a\n    if b\n    else c", "c\n    if b\n    else a"
    )


def test_the_settings_name_what_there_is():
    """A module without tests, or a reason for a line long gone, would go unseen."""
    found = mutants.modules()
    assert set(found.values()) == set(mutants.SETTINGS["rooms"])
    assert all(mutants.tests_of(path) for path in found)
    named = {name for names in mutants.SETTINGS["tests"].values() for name in names}
    folder = mutants.ROOT / "tests"
    assert [name for name in named if not any(folder.glob(f"test_{name}.py"))] == []
    listed = {(m["path"], m["before"], m["after"]) for m in mutants.SETTINGS["same"]}
    _, left_out = mutants.sample({path for path, _, _ in listed}, 0, seed=0)
    known = {(mutant.path, mutant.before, mutant.after) for mutant, _ in left_out}
    assert listed - known == set()


def test_the_sample_takes_turns_and_depends_on_the_seed_alone():
    found = [path for path in mutants.modules() if path.startswith("metrics/r")]
    first, _ = mutants.sample(found, 10, seed=0)
    again, _ = mutants.sample(found[::-1], 10, seed=0)
    assert set(first) == set(again)
    assert [mutant.path for mutant in first[:2]] == found
    other, _ = mutants.sample(found, 10, seed=1)
    assert set(first) != set(other)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """One module, and a test that knows what its first function does."""
    files = {
        "scripts/one.py": """
            def f(a):
                return a + 1
            def g(a):
                return a * 2
        """,
        "tests/test_one.py": """
            from one import f, g
            def test_f():
                assert f(1) == 2
                while f(1) == 0: pass
        """,
        "data/sample/readme": "",
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["scripts"]\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text), "utf-8")
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    settings = {"rooms": {"one": ["*.py"]}, "tests": {"": ["one"]}}
    settings |= {"untouched": [], "same": []}
    monkeypatch.setattr(mutants, "SETTINGS", settings)
    monkeypatch.setattr(mutants.Copy, "SLOW", "pytest")
    return tmp_path


def test_survivors_are_those_that_no_test_notices(project, capsys):
    source = (project / "scripts/one.py").read_text("utf-8")
    found = mutants_of(source, "one.py")
    alive = mutants.survivors(found)
    assert [mutant.after for mutant in alive] == ["return a / 2", "return a * 3"]
    assert (project / "scripts/one.py").read_text("utf-8") == source
    assert "4/4" in capsys.readouterr().out


def test_tests_that_fail_without_an_edit_are_said(project, capsys):
    """Every mutant would count as killed."""
    (project / "tests/test_one.py").write_text("def test_f():\n    assert 1 == 2\n")
    source = (project / "scripts/one.py").read_text("utf-8")
    with pytest.raises(SystemExit, match="fail without any edit"):
        mutants.survivors(mutants_of(source, "one.py"))
    assert "assert 1 == 2" in capsys.readouterr().out
