"""Figures of lab 09: title and sentence say what their data say, whatever that is."""

import pandas as pd
from drawn import closed_figures, lines, ticks, title  # noqa: F401

from plots import ranking as plots


def test_the_ladder_names_the_highest_and_the_lowest_protocol():
    """Exchanged, the sentence would warn a reader of the wrong protocol."""
    table = pd.DataFrame({"ALS": [0.4, 0.9], "popularity": [0.2, 0.6]}, ["all", "few"])
    figure, sentence = plots.protocol_ladder(table)
    assert title(figure) == "one model, 2 protocols: from 0.40 to 0.90"
    assert sentence == (
        "ALS has 0.90 under “few” and 0.40 under “all”. Popularity goes from 0.20 to "
        "0.60."
    )
    assert ticks(figure.axes[0].yaxis) == ["all", "few"]
    assert lines(figure)["ALS"] == [(0.4, 0), (0.9, 1)]


def test_the_losses_are_those_of_the_lab():
    """BPR at 0 costs log 2 and pulls with one half, as the text says."""
    figure, _ = plots.loss_curves()
    cost, pull = (dict(lines(figure, n)["BPR, -log σ(x)"]) for n in (0, 1))
    assert abs(cost[0.0] - 0.693147) < 1e-5
    assert pull[0.0] == 0.5


def board_rows():
    rows = pd.DataFrame({"ndcg": [0.3, 0.5, 0.25], "gap": [0.05, 0.25, 0.0]})
    rows.index = ["kNN", "EASE", "popularity"]
    return rows.assign(low=[0.04, 0.2, 0.0], high=[0.1, 0.3, 0.0], seconds=1.0)


def test_the_board_counts_who_is_clearly_above_popularity():
    """An interval that touches zero has shown nothing, and must not be counted."""
    rows = board_rows()
    figure, sentence = plots.board(rows)
    assert title(figure) == "EASE is first; of 2, 2 are clearly above popularity"
    assert "lies above popularity for EASE and kNN." in sentence
    rows.loc["kNN", "low"] = -0.01
    figure, sentence = plots.board(rows)
    assert title(figure) == "EASE is first; of 2, 1 is clearly above popularity"
    assert "lies above popularity for EASE." in sentence
    figure, sentence = plots.board(rows.assign(low=-0.1))
    assert "No interval lies wholly above popularity." in sentence


def test_the_price_is_a_share_of_the_undiscounted_score():
    table = pd.DataFrame(
        {"ndcg": [0.5, 0.4], "rank": [80.0, 160.0], "coverage": [0.2, 0.4]}, [0.0, 0.5]
    )
    figure, sentence = plots.price_curve(table)
    assert title(figure) == "a discount of 0.5 keeps 80% of the NDCG"
    assert sentence == (
        "The labels are the strength of the discount. From 0 to 0.5 the mean "
        "popularity rank goes from 80 to 160, the coverage from 20% to 40%, and "
        "NDCG@10 from 0.500 to 0.400."
    )
