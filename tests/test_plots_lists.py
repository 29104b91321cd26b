"""Figures of lab 05: title and sentence say what their data say, whatever that is."""

import numpy as np
import pandas as pd
import pytest
from drawn import closed_figures, dots, lines, texts, ticks, title  # noqa: F401

from plots import lists as plots
from plots.style import BLUE, GREY, VERMILION


def test_the_funnel_names_the_support_of_the_top():
    """Undamped exchanged with damped would show that damping finds rare movies."""
    counts = np.arange(1, 61)
    figure, sentence = plots.bias_funnel(counts, -counts, counts)
    assert title(figure) == "undamped: top 20, median support 10.5"
    assert title(figure, 1) == "damped: top 20, median support 50.5"
    assert sentence == (
        "Each grey point is a movie, its bias over its number of ratings; the 20 "
        "highest biases are marked. Without damping the median movie of the top 20 has "
        "10.5 ratings. Damping pulls the left end towards zero, and that median is "
        "50.5 ratings."
    )
    movies, top = dots(figure)
    assert movies == [(n, -n) for n in range(1, 61)]
    assert top == movies[:20]
    movies, top = dots(figure, 1)
    assert movies == [(n, n) for n in range(1, 61)]
    assert sorted(top) == movies[40:]
    (zero,) = lines(figure).values()
    assert {y for _, y in zero} == {0}
    assert figure.axes[0].get_ylabel() == "movie bias $b_i$ (stars)"


def test_fewer_movies_than_twenty_are_not_called_twenty():
    figure, sentence = plots.bias_funnel([1, 1, 90], [2, 1, 0], [0, 0, 1])
    assert title(figure) == "undamped: top 3, median support 1"
    assert "the 3 highest biases are marked" in sentence


def test_the_landscape_names_the_best_list_and_by_how_much():
    """A reader picks a method by this: best and deepest are not the same."""
    table = pd.DataFrame(
        {"ndcg": [0.1, 0.3, 0.0], "popularity rank": [200.0, 9.0, 1400.0]},
        index=["damped", "popularity", "raw"],
    )
    figure, sentence = plots.list_landscape(table)
    assert title(figure) == "popularity has 3.0 × the next best"
    assert title(figure, 1) == "deepest in the catalogue: raw"
    assert sentence == (
        "The highest NDCG@10 is that of popularity, 0.300; then comes damped with "
        "0.100; the lowest is that of raw, 0.000. The lists of popularity stay at a "
        "mean popularity rank of 9, those of raw go down to 1400."
    )
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.3, 0.1, 0.0]
    assert texts(figure) == ["0.300", "0.100", "0.000"]
    assert ticks(figure.axes[0].yaxis) == ["popularity", "damped", "raw"]
    assert list(lines(figure, 1).values()) == [[(9, 0), (200, 1), (1400, 2)]]
    assert [(note.get_text(), note.xy) for note in figure.axes[1].texts] == [
        ("9", (9, 0)),
        ("200", (200, 1)),
        ("1400", (1400, 2)),
    ]
    low, high = figure.axes[0].get_ylim()
    assert low > high  # the best on top


def test_the_best_of_lists_that_find_nothing_has_no_ratio():
    """On a small data set the others may hit nothing: no list is ∞ times as good."""
    table = pd.DataFrame(
        {"ndcg": [0.0, 0.3], "popularity rank": [200.0, 9.0]}, ["raw", "popularity"]
    )
    figure, _ = plots.list_landscape(table)
    assert title(figure) == "popularity has 0.300, the others 0"


@pytest.mark.parametrize(
    ("any_", "liked", "finding", "sentence"),
    [
        (
            [0.25, 0.5, 0.2],
            [0.1, 0.05, 0.02],
            "any: best is other; liked: best is popularity",
            "Under the protocol “any” other has 2.00 times the NDCG@10 of popularity; "
            "the last is raw with 0.80 times. Under the protocol “liked” nothing beats "
            "popularity; the last is raw with 0.20 times.",
        ),
        (
            [0.25, 0.5, 0.3],
            [0.1, 0.15, 0.02],
            "other is best under both protocols: 2.00 and 1.50 × popularity",
            "Under the protocol “any” other has 2.00 times the NDCG@10 of popularity; "
            "the last is popularity with 1.00 times. Under the protocol “liked” other "
            "has 1.50 times the NDCG@10 of popularity; the last is raw with 0.20 "
            "times.",
        ),
    ],
)
def test_the_protocols_are_read_relative_to_popularity(any_, liked, finding, sentence):
    """Which list is best depends on the protocol, or it does not."""
    rows = ["popularity", "other", "raw"]
    table = pd.DataFrame({"any": any_, "liked": liked}, rows)
    figure, said = plots.two_protocols(table)
    assert title(figure) == finding
    assert said == sentence
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == [
        value / values[0] for values in (any_, liked) for value in values
    ]
    middles = [bar.get_y() + bar.get_height() / 2 for bar in bars]
    expected = [row + side * 0.19 for side in (-1, 1) for row in range(3)]
    assert middles == pytest.approx(expected)
    assert texts(figure) == [f"{value:.3f}" for value in (*any_, *liked)]
    assert ticks(figure.axes[0].yaxis) == rows
    (one,) = lines(figure).values()
    assert {x for x, _ in one} == {1}


def reasons(*contributions, first=4.0):
    stars = [5, 2, 4][: len(contributions)]
    return pd.DataFrame(
        {
            "reason": ["an average user", *"ABC"[: len(contributions)]],
            "stars": [np.nan, *stars],
            "contribution": [first, *contributions],
        }
    )


def test_the_waterfall_sums_to_the_prediction():
    """A learner adds the bars up: they must end at the number in the title."""
    figure, sentence = plots.reasons_waterfall(reasons(0.5, -0.75), "C")
    assert title(figure) == "C: 3.75 stars"
    assert sentence == (
        "The prediction for an average user is 4.00 stars. Your 2 ratings add -0.25, "
        "the strongest being your 2 for B (-0.75). Together: 3.75."
    )
    bars = figure.axes[0].patches
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars]
    assert ends == [(0, 4), (4, 4.5), (4.5, 3.75)]
    assert [bar.get_y() + bar.get_height() / 2 for bar in bars] == [0, 1, 2]
    assert texts(figure) == [" +4.00", " +0.50", " -0.75"]
    places = [note.get_position() for note in figure.axes[0].texts]
    assert places == [(4, 0), (4.5, 1), (4.5, 2)]
    assert ticks(figure.axes[0].yaxis) == [
        "an average user", "you gave 5 to A", "you gave 2 to B",
    ]  # fmt: skip
    assert figure.axes[0].get_ylim()[0] > figure.axes[0].get_ylim()[1]
    colours = [bar.get_facecolor()[:3] for bar in bars]
    assert colours == [GREY, BLUE, VERMILION]
    assert [bar.get_hatch() or "" for bar in bars] == ["", "", "//"]


@pytest.mark.parametrize(
    ("contributions", "first", "low", "high"),
    [
        ((0.5, 0.25), 4.0, 4.0, 4.75),  # ever upwards
        ((-0.5, -0.25), 4.0, 3.25, 4.0),  # ever downwards
        ((-1.0, 1.5), 4.0, 3.0, 4.5),  # lowest in the middle
        ((1.0, -1.5), 4.0, 3.5, 5.0),  # highest in the middle
        ((0.5,), -0.2, -0.2, 0.3),  # an implicit model's scores may be below zero
        ((0.05,), 4.0, 4.0, 4.05),  # a small change
    ],
)
def test_the_cut_axis_shows_where_each_bar_of_a_rating_ends(
    contributions, first, low, high
):
    """A bar that leaves the picture cannot be added up."""
    figure, _ = plots.reasons_waterfall(reasons(*contributions, first=first), "C")
    left, right = figure.axes[0].get_xlim()
    room = 0.2 * (high - low)  # its number stands beside it
    assert left < low - room
    assert high + room < right
    assert right - left < 2 * (high - low) + 0.2  # and not lost in a wide one


@pytest.mark.parametrize(("change", "hatch"), [(0.0, ""), (0.5, ""), (-0.5, "//")])
def test_only_a_loss_is_hatched(change, hatch):
    """In grey print the hatch alone says which ratings count against a movie."""
    figure, _ = plots.reasons_waterfall(reasons(change), "C")
    assert (figure.axes[0].patches[1].get_hatch() or "") == hatch


def test_a_long_title_is_cut_so_that_the_bars_have_room():
    page = reasons(0.5).replace("A", "A" * 60)
    figure, _ = plots.reasons_waterfall(page, "C")
    assert ticks(figure.axes[0].yaxis)[1] == "you gave 5 to " + "A" * 32


@pytest.mark.parametrize(
    ("contributions", "said"),
    [
        ((), "You have no ratings that could change it. Together: 4.00."),
        ((0.5,), "Your only rating, your 5 for A (+0.50), is added. Together: 4.50."),
    ],
)
def test_one_rating_and_none_are_said_as_such(contributions, said):
    """Whoever has just begun to rate sees this first."""
    _, sentence = plots.reasons_waterfall(reasons(*contributions), "C")
    assert sentence.endswith(said)


def test_the_spread_names_the_surest_and_the_least_sure():
    """Exchanged, it would recommend the movie that the model knows least about."""
    page = pd.DataFrame(
        {
            "title": ["A" * 50, "B", "C"],
            "mean": [4.5, 4.0, 3.9],
            "std": [0.6, 0.2, 0.3],
            "ratings": [1, 1200, 40],
        },
        index=[50, 7, 3],
    )
    figure, sentence = plots.spread_of_predictions(page)
    assert title(figure) == "Spreads from 0.20 to 0.60 stars in one list"
    assert sentence == (
        "A list of 3 movies with the spread of each prediction; in parentheses the "
        "number of ratings of the movie. Surest is B (4.00 ± 0.20, 1,200 ratings), "
        f"least sure is {'A' * 50} (4.50 ± 0.60, 1 rating)."
    )
    labels = ["A" * 38 + " (1)", "B (1,200)", "C (40)"]
    assert ticks(figure.axes[0].yaxis) == labels
    assert [(4.5, 0), (4.0, 1), (3.9, 2)] in lines(figure).values()
    segments = figure.axes[0].collections[0].get_segments()
    ends = [tuple(part[:, 0].round(6)) for part in segments]
    assert ends == [(3.9, 5.1), (3.8, 4.2), (3.6, 4.2)]
    assert figure.axes[0].get_ylim()[0] > figure.axes[0].get_ylim()[1]


@pytest.mark.parametrize(
    ("rmse", "finding"),
    [
        (
            [1.32, 1.05, 1.2],
            "The least active users' error is 10% larger than the most",
        ),
        (
            [1.08, 1.0, 1.2],
            "The least active users' error is 10% smaller than the most",
        ),
        ([1.009, 1.5, 1.0], "The least and the most active users' errors differ by"),
        ([0.991, 1.5, 1.0], "The least and the most active users' errors differ by"),
        ([1.011, 0.5, 1.0], "The least active users' error is 1% larger than the most"),
        ([0.9], "All users are in one group"),
    ],
)
def test_the_error_by_activity_says_which_way_it_goes(rmse, finding):
    """Whether newcomers are served worse is a question of fairness."""
    rows = {"fewest": [10, 60, 501], "most": [59, 500, 1200]}
    table = pd.DataFrame(rows)[: len(rmse)].assign(rmse=rmse)
    figure, sentence = plots.error_by_activity(table, 1.02)
    assert title(figure).startswith(finding)
    others = f", those with 501 to 1,200 one of {rmse[-1]:.3f}" if len(rmse) > 1 else ""
    assert sentence == (
        f"Users with 10 to 59 training ratings have an RMSE of {rmse[0]:.3f}{others}; "
        "over all test ratings it is 1.020."
    )
    groups, overall = lines(figure).values()
    assert groups == list(enumerate(rmse))
    assert {y for _, y in overall} == {1.02}
    assert texts(figure) == [*(f"{value:.3f}" for value in rmse), "all: 1.020"]
    assert [note.xy for note in figure.axes[0].texts] == [
        *enumerate(rmse),
        (len(rmse) - 1, 1.02),
    ]
    names = ["10–59", "60–500", "501–1,200"][: len(rmse)]
    assert ticks(figure.axes[0].xaxis) == names


def test_a_difference_of_nothing_looks_like_nothing():
    """Three thousandths over the whole height of a figure would look like a gulf."""
    rows = {"fewest": [10, 60], "most": [59, 500]}
    small = pd.DataFrame(rows | {"rmse": [1.0, 0.997]})
    figure, _ = plots.error_by_activity(small, 1.0)
    assert figure.axes[0].get_ylim() == pytest.approx((0.967, 1.03))
    large = pd.DataFrame(rows | {"rmse": [1.3, 1.0]})
    figure, _ = plots.error_by_activity(large, 1.0)
    assert figure.axes[0].get_ylim() == pytest.approx((0.94, 1.36))


def test_the_control_is_drawn_beside_the_errors_and_within_the_axes():
    """Without it a slope that every model has would be blamed on this one."""
    rows = {"fewest": [10, 60], "most": [59, 500]}
    table = pd.DataFrame(rows | {"rmse": [1.1, 1.0]})
    control = pd.DataFrame(rows | {"rmse": [1.5, 1.3]})
    figure, sentence = plots.error_by_activity(table, 1.0, control)
    assert [(0, 1.5), (1, 1.3)] in lines(figure).values()
    assert figure.axes[0].get_ylim()[1] > 1.5
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert names == ["with factors", "biases alone"]
    assert sentence.endswith(" With biases alone, group by group: 1.500, 1.300.")


def test_the_growth_of_audiences_is_that_of_the_last_round():
    """The world that leaves most movies unseen, not the one that leaves fewest."""
    worlds = pd.DataFrame(
        {"own choice": [0.5, 0.8], "the loop": [0.1, 0.25], "fixed": [0.05, 0.4]},
        [1, 2],
    )
    figure, sentence = plots.audience_growth(worlds)
    assert title(figure) == "“the loop” leaves 75% of the movies without a new viewer"
    assert sentence == " ".join(
        f"After 2 rounds in the world “{name}”, {share} of the movies have gained at "
        "least one viewer."
        for name, share in (
            ("own choice", "80%"),
            ("the loop", "25%"),
            ("fixed", "40%"),
        )
    )
    assert lines(figure) == {
        "own choice: 80%": [(1, 0.5), (2, 0.8)],
        "the loop: 25%": [(1, 0.1), (2, 0.25)],
        "fixed: 40%": [(1, 0.05), (2, 0.4)],
    }
    assert ticks(figure.axes[0].xaxis) == ["1", "2"]
    assert figure.axes[0].get_ylim() == (0, 1)
    _, sentence = plots.audience_growth(worlds[:1])
    assert sentence.startswith("After 1 round in the world “own choice”, 50%")


def test_every_world_is_drawn():
    """zip stops without a word where the looks end."""
    worlds = pd.DataFrame({f"world {i}": [0.1 * i, 0.1 * i] for i in range(9)}, [1, 2])
    figure, _ = plots.audience_growth(worlds)
    assert len(figure.axes[0].lines) == 9
