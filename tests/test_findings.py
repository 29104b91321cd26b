"""Findings: a lab may be wrong about someone's data, and must then say so, not stop."""

import pytest

from data_utils import download_movielens, edition_of
from findings import FindingFailed, begin_findings, finding, findings_table
from findings import show_findings as show


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.delenv("LABS_STRICT", raising=False)
    begin_findings("100k")
    yield
    begin_findings(None)


def claim(holds, **changes):
    settings = {"yes": "It is so.", "no": "It is not so.", "control": "none: a count"}
    finding("A claim", holds, **(settings | changes))


@pytest.mark.parametrize(("holds", "said"), [(True, "It is so."), (False, "It is not")])
def test_the_words_follow_the_data(capsys, holds, said):
    claim(holds)
    assert capsys.readouterr().out.startswith(said)
    row = findings_table().loc["A claim"]
    assert row["on your data"] == ("holds" if holds else "does not hold")
    assert row["what was found"].startswith(said)


def test_a_learner_is_never_stopped():
    """On data of one's own, or run by hand, a false finding is only said."""
    claim(False, on=["100k"])
    assert findings_table().loc["A claim", "on your data"] == "does not hold"


def test_the_build_stops_where_the_lab_would_claim_what_is_not_so(monkeypatch):
    monkeypatch.setenv("LABS_STRICT", "1")
    with pytest.raises(FindingFailed, match=r"'A claim' is declared for 100k"):
        claim(False, on=["sample", "100k"])
    claim(True, on=["100k"])
    claim(False, on=["sample"])  # not declared here
    begin_findings(None)  # a table of one's own
    claim(False, on=["100k"])


def test_words_that_do_not_depend_on_the_outcome_are_refused():
    with pytest.raises(ValueError, match="says the same"):
        claim(True, no="It is so.")


def test_an_edition_that_does_not_exist_is_refused():
    """A misspelt name would declare nothing, and nothing would be checked."""
    with pytest.raises(ValueError, match="declared for ml100k"):
        claim(True, on=["ml100k"])


def test_the_last_cell_counts_and_lists(capsys):
    claim(True)
    finding("Another", False, yes="a", no="b | c", control="an interval")
    capsys.readouterr()
    show()
    out = capsys.readouterr().out
    assert out.startswith("**1 of 2** findings")
    assert "no mistake" in out
    assert "| Another | does not hold | b ∣ c | an interval |" in out
    begin_findings("sample")
    show()
    assert "claimed nothing" in capsys.readouterr().out


def test_where_all_hold_nothing_is_excused(capsys):
    claim(True)
    capsys.readouterr()
    show()
    assert "mistake" not in capsys.readouterr().out


def test_run_twice_a_cell_makes_one_row():
    claim(True)
    claim(False)
    assert len(findings_table()) == 1


def test_the_edition_comes_with_the_data():
    ratings, _ = download_movielens("sample")
    assert edition_of(ratings) == "sample"
    assert edition_of(ratings[ratings["rating"] > 3]) == "sample"
