"""Figures of lab 02: title and sentence hold what can be read off the drawing."""

import numpy as np
import pytest
from drawn import closed_figures, lines, texts, ticks, title  # noqa: F401

from plots import factors


@pytest.mark.parametrize(
    ("ben", "his"), [((0.2, 1), "Emma"), ((0.9, 0.1), "Jaws"), ((-1, -1), "Up")]
)
def test_each_viewer_gets_the_movie_furthest_along_the_arrow(ben, his):
    """The lab computes the same by hand: two answers would leave a reader lost."""
    movies = {"Jaws": (1, 0.2), "Emma": (0.1, 1), "Up": (-0.5, -0.5)}
    figure, sentence = factors.viewers_and_movies(
        {"Ana": (1, 0), "Ben": ben}, movies, ("tense", "romantic")
    )
    assert title(figure) == f"Furthest along the arrow: Jaws for Ana, {his} for Ben"
    assert sentence == (
        "Movies are points on two axes and viewers are arrows from the origin. The dot "
        "product grows with a movie's distance in the direction of the arrow: furthest "
        f"along are Jaws for Ana, {his} for Ben."
    )
    axes = figure.axes[0]
    assert axes.get_xlabel() == "factor 1: tense"
    assert axes.get_ylabel() == "factor 2: romantic"
    *_, across, up = lines(figure).values()
    assert {y for _, y in across} == {x for x, _ in up} == {0}
    points = [points[0] for points in lines(figure).values() if len(points) == 1]
    assert points == list(movies.values())
    assert [n.xy for n in axes.texts if n.get_text() in movies] == points
    arrows = [note for note in axes.texts if not note.get_text()]
    assert [arrow.xy for arrow in arrows] == [(1, 0), ben]
    assert {tuple(arrow.xyann) for arrow in arrows} == {(0, 0)}
    names = {n.get_text(): tuple(n.xy) for n in axes.texts}
    assert names["Ana"] == (0.5, 0)
    for x, y in [(0, 0), *movies.values(), ben]:
        assert axes.get_xlim()[0] < x < axes.get_xlim()[1]
        assert axes.get_ylim()[0] < y < axes.get_ylim()[1]


def test_the_noise_floor_is_the_rmse_of_the_truth():
    """Its title is the score that no model of the lab can beat."""
    expected = np.repeat(np.linspace(1.5, 4.5, 20), 11)
    stars = expected + np.tile(np.arange(-5, 6) / 5, 20)  # rmse √0.4
    figure, sentence = factors.noise_floor(expected, stars)
    assert title(figure) == "Right on average, the truth is typically 0.63 stars off"
    assert sentence == (
        "Ratings in twenty groups by what the true parameters expect. Group means stay "
        "within 0.00 stars of the diagonal; single ratings scatter around it with an "
        "RMSE of 0.63 stars, and nobody can predict that scatter."
    )
    drawn = lines(figure)
    centres = [(round(x, 6), round(x, 6)) for x in np.linspace(1.5, 4.5, 20)]
    assert drawn["mean of the stars"] == centres
    assert drawn["stars = expected"] == [(1, 1), (5, 5)]
    (bars,) = figure.axes[0].collections
    assert figure.axes[0].get_xlim() == (1, 5)  # the scale of the stars
    assert figure.axes[0].get_ylim() == (0.8, 5.2)
    low, high = bars.get_segments()[0]
    assert (low.tolist(), high.tolist()) == ([1.5, 0.7], [1.5, 2.3])


@pytest.mark.parametrize(
    ("off", "finding"),
    [
        (0.2, "Right on average, the truth is typically 0.04 stars off"),
        (0.25, "Up to 0.25 off on average, the truth is typically 0.06 stars off"),
        (0.3, "Up to 0.30 off on average, the truth is typically 0.07 stars off"),
    ],
)
def test_a_truth_that_is_off_on_average_is_not_called_right(off, finding):
    """One group of twenty is off; the others are exact."""
    expected = np.repeat(np.linspace(2, 4, 20), 5)
    stars = expected - np.where(expected == 2, off, 0)
    figure, sentence = factors.noise_floor(expected, stars)
    assert title(figure) == finding
    assert f"within {off:.2f} stars of the diagonal" in sentence


@pytest.mark.parametrize(
    ("counts", "limit"), [([3, 1, 2, 4, 90], 3), ([9, 9, 9, 12, 90], 9)]
)
def test_raw_and_damped_means_of_rare_movies_are_told_apart(counts, limit):
    """Raw exchanged with damped would say that damping does harm."""
    raw, damped = [1.0, 5.0, 3.0, 1.0, 4.0], [2.5, 3.5, 3.0, 2.0, 3.75]
    figure, sentence = factors.shrunken_means(counts, raw, damped, mean=3.1)
    # sd of (1, 5, 3) and of (2.5, 3.5, 3): √(8/3) and √(0.5/3)
    assert figure.get_suptitle() == (
        f"Movies with up to {limit} ratings: sd 1.63 stars raw, 0.41 damped"
    )
    assert sentence == (
        "Each point is a movie. The raw means (left) of movies with up to "
        f"{limit} ratings vary by 1.63 stars (sd). Damping (right) pulls them towards "
        "the overall mean, the dashed line, and leaves 0.41; the mean of the most "
        "rated movie moves by 0.25."
    )
    for panel, values, name in ((0, raw, "raw"), (1, damped, "damped")):
        points, mean = lines(figure, panel).values()
        assert points == list(zip(counts, values, strict=True))
        assert {y for _, y in mean} == {3.1}
        assert title(figure, panel) == f"{name} means"


@pytest.mark.parametrize(
    ("scores", "finding"),
    [
        ({"mean": 1.0, "biases": 0.8, "ALS": 0.9}, "biases: 20% below mean"),
        ({"mean": 0.8, "biases": 1.0, "ALS": 0.9}, "None is below mean"),
        ({"mean": 1.0}, "None is below mean"),
    ],
)
def test_the_ladder_says_how_far_the_best_is_below_the_first(scores, finding):
    """The first of the ladder may be the best: then nothing is below it."""
    figure, sentence = factors.ladder(scores)
    assert title(figure) == finding
    each = "; ".join(f"{name} {value:.3f}" for name, value in scores.items())
    assert sentence == f"RMSE on the held-out ratings: {each}."
    (points,) = lines(figure).values()
    rows = range(len(scores) - 1, -1, -1)
    assert points == list(zip(scores.values(), rows, strict=True))
    assert texts(figure) == [f"{value:.3f}" for value in scores.values()]
    assert [note.xy for note in figure.axes[0].texts] == points
    named = dict(zip(figure.axes[0].get_yticks(), scores, strict=True))
    assert named == dict(zip(rows, scores, strict=True))
    low, high = figure.axes[0].get_ylim()
    assert low < 0
    assert high > len(scores) - 1


def sweeps(n):
    """n sweeps: the objective falls by 1 a half sweep, and by 10 in the very last."""
    objective = [200.0 - half for half in range(2 * n)]
    objective[-1] -= 9
    return objective, np.linspace(0.9, 0.8, n), 1 - np.arange(n) / 100


@pytest.mark.parametrize(
    ("n", "finding", "work", "late"),
    [
        # after the tenth half sweep it has fallen by 9, in the end by 15 + 9 = 24
        (8, "The first 5 of 8 sweeps did 38% of the work", "38% of that in the first "
         "5 sweeps", -0.04),
        (7, "The first 5 of 7 sweeps did 41% of the work", "41% of that in the first "
         "5 sweeps", -0.04),
        (2, "The first 2 of 2 sweeps did 100% of the work", "100% of that in the first "
         "2 sweeps", -0.01),
        (1, "The first 1 of 1 sweep did 100% of the work", "100% of that in the first "
         "1 sweep", 0.0),
    ],
)  # fmt: skip
def test_the_work_of_the_first_sweeps_is_that_after_five(n, finding, work, late):
    """A reader chooses how many sweeps to run by this share."""
    objective, train, held = sweeps(n)
    figure, sentence = factors.als_progress(objective, train, held)
    assert figure.get_suptitle() == finding
    assert title(figure) == "objective: it only falls"
    assert title(figure, 1) == f"held-out RMSE: {late:+.4f} in the second half"
    assert sentence == (
        f"Left: the objective goes from 200 to {objective[-1]:.0f}, {work}. Right: "
        f"training RMSE ends at {train[-1]:.3f}; held-out RMSE ends at {held[-1]:.3f}, "
        f"and changed by {late:+.4f} in the second half of the sweeps."
    )
    (left,) = lines(figure).values()
    halves = [(half + 1) / 2 for half in range(2 * n)]
    assert left == list(zip(halves, objective, strict=True))
    held_line, train_line = lines(figure, 1).values()
    assert [x for x, _ in held_line] == list(range(1, n + 1))
    assert [y for _, y in held_line] == held.round(6).tolist()
    assert [y for _, y in train_line] == train.round(6).tolist()
    places = {note.get_text(): note.xy for note in figure.axes[1].texts}
    assert places == {"held out": (n, held[-1]), "training": (n, train[-1])}


@pytest.mark.parametrize(
    ("objective", "finding"),
    [
        ([9.0, 8.0, 8.0, 7.0], "objective: it only falls"),
        ([9.0, 8.0, 8.5, 7.0], "objective: it does not only fall"),
    ],
)
def test_an_objective_that_rises_is_said_to(objective, finding):
    """That it never rises is how a reader sees that ALS is implemented rightly."""
    figure, _ = factors.als_progress(objective, [1, 1], [1, 1])
    assert title(figure) == finding


def test_a_fit_that_starts_where_it_ends_has_done_its_work():
    figure, _ = factors.als_progress([5.0, 5.0], [1], [1])
    assert "100% of the work" in figure.get_suptitle()


def test_the_curves_of_the_best_and_the_worst_model_are_named_by_their_ends():
    """By the last epoch, not by the lowest one: the lab compares what is kept."""
    curves = {"a": [3.0, 0.7, 1.0], "b": [1.1, 0.9, 0.95], "c": [2.0, 1.2, 1.3]}
    figure, sentence = factors.learning_curves(curves, 0.98, "biases", top=1.2)
    assert title(figure) == '"b" ends at 0.95, "c" at 1.30'
    assert sentence == (
        'Held-out RMSE: "a" from 3.00 to 1.000; "b" from 1.10 to 0.950; "c" from 2.00 '
        "to 1.300. The grey line, biases, is at 0.980."
    )
    drawn = lines(figure)
    assert drawn["a"] == [(0, 3.0), (1, 0.7), (2, 1.0)]
    assert {y for _, y in list(drawn.values())[-1]} == {0.98}
    assert texts(figure) == ["biases"]
    assert figure.axes[0].texts[0].xy == (1, 0.98)  # at the line's right end
    figure.canvas.draw()
    assert figure.axes[0].texts[0].get_window_extent().x1 < figure.bbox.x1
    assert figure.axes[0].get_ylim() == pytest.approx((0.7 - 0.15 * 0.5, 1.2))
    figure, _ = factors.learning_curves(curves, 0.98, "biases")
    assert figure.axes[0].get_ylim()[1] > 3.0


def test_one_curve_is_not_compared_with_itself():
    figure, _ = factors.learning_curves({"a": [3.0, 0.7]}, 0.98, "biases")
    assert title(figure) == '"a" ends at 0.70'


def test_the_coordinate_shown_is_a_typical_one():
    """The best or the worst coordinate would prove too much or too little."""
    rng = np.random.default_rng(0)
    reference = rng.normal(size=(400, 5))
    noise = rng.normal(size=(400, 5))
    # |r| about 0.1, 0.98, 0.7, 0.99 and 0.4
    other = reference * (0.1, 5.0, -1.0, 9.0, 0.5) + noise
    rotated = reference + 0.01 * noise
    figure, sentence = factors.before_and_after_rotation(
        reference, other, rotated, ("SGD", "ALS")
    )
    before = np.corrcoef(reference[:, 2], other[:, 2])[0, 1]
    assert before < -0.6
    assert [title(figure, panel) for panel in (0, 1)] == [
        f"as it comes: r = {before:.2f}",
        "after one rotation: r = 1.00",
    ]
    assert figure.get_suptitle() == (
        "One rotation of the whole table takes the correlation from "
        f"{before:.2f} to 1.00"
    )
    assert sentence == (
        "Each point is a user or a movie, its coordinate 3 in SGD against that in ALS: "
        f"a coordinate like most. As they come the correlation is {before:.2f}; after "
        "rotating all of ALS as one rigid body it is 1.00."
    )
    for panel, table in enumerate((other, rotated)):
        (points,) = lines(figure, panel).values()
        np.testing.assert_allclose(
            points, np.stack([reference[:, 2], table[:, 2]], 1), atol=1e-6
        )
        assert figure.axes[panel].get_xlabel() == "coordinate 3 in SGD"
    assert figure.axes[0].get_ylabel() == "coordinate 3 in ALS"


def test_the_agreement_is_given_from_the_least_to_the_most():
    """Where fits part on the weakest axis, one number would hide it."""
    by_axis = {"SGD": [1, 0.9, 0.5, 0.1], "Adam": [0.8, 0.7, 0.4, 0.2]}
    figure, sentence = factors.agreement_by_axis([9, 5, 2, 1], by_axis, "ALS")
    assert title(figure) == (
        "Strongest axis: r from 0.80 to 1.00. Weakest: from 0.10 to 0.20"
    )
    assert sentence == (
        "After rotation, correlation with ALS on its strongest and on its weakest "
        "axis: SGD 1.00 and 0.10; Adam 0.80 and 0.20. The mean over all fits is 0.85 "
        "on the stronger half of the axes and 0.30 on the weaker half."
    )
    assert lines(figure) == {
        name: list(zip((1, 2, 3, 4), values, strict=True))
        for name, values in by_axis.items()
    }
    assert ticks(figure.axes[0].xaxis) == ["1\n(9)", "2\n(5)", "3\n(2)", "4\n(1)"]
    assert figure.axes[0].get_ylabel() == "correlation with ALS"
    assert figure.axes[0].get_ylim() == (-0.05, 1.05)


def test_a_negative_agreement_is_not_cut_off():
    figure, _ = factors.agreement_by_axis([9, 5], {"SGD": [0.9, -0.5]}, "ALS")
    assert figure.axes[0].get_ylim()[0] < -0.5


GOOD, FAIR = [0, 1, 2, 3], [0, 2, 1, 3]  # r = 1 and .8 with 0, 1, 2, 3


@pytest.mark.parametrize(
    ("known", "obscure", "finding"),
    [
        ((GOOD, GOOD), (FAIR, FAIR), "better (r = 1.00 and 1.00) than others (0.80 and "
         "0.80)"),
        ((FAIR, FAIR), (GOOD, GOOD), "no better (r = 0.80 and 0.80) than others (1.00 "
         "and 1.00)"),
        ((GOOD, FAIR), (FAIR, GOOD), "no better (r = 1.00 and 0.80) than others (0.80 "
         "and 1.00)"),
        ((FAIR, GOOD), (GOOD, FAIR), "no better (r = 0.80 and 1.00) than others (1.00 "
         "and 0.80)"),
        ((GOOD, GOOD), (GOOD, FAIR), "no better (r = 1.00 and 1.00) than others (1.00 "
         "and 0.80)"),
        ((GOOD, GOOD), (FAIR, GOOD), "no better (r = 1.00 and 1.00) than others (0.80 "
         "and 1.00)"),
    ],
)  # fmt: skip
def test_movies_with_many_ratings_are_found_better_where_they_are(
    known, obscure, finding
):
    """Known and obscure exchanged would say that data do not help."""
    true = np.array([GOOD, GOOD]).T
    true = np.concatenate([true, true])
    fitted = np.concatenate([np.array(known).T, 2 * np.array(obscure).T])
    counts = [30, 31, 99, 500, 29, 1, 2, 3]
    figure, sentence = factors.truth_against_fit(true, fitted, counts)
    assert figure.get_suptitle() == f"Movies with many ratings are found {finding}"
    (r_0, r_1), (s_0, s_1) = (
        [1.0 if part is GOOD else 0.8 for part in parts] for parts in (known, obscure)
    )
    assert sentence == (
        "Each point is a movie of the planted world. On the strongest true axis the "
        f"fit correlates with the truth by {r_0:.2f} for movies with at least 30 "
        f"ratings and by {s_0:.2f} for the others; on the second axis by {r_1:.2f} and "
        f"{s_1:.2f}. The fitted coordinates of the others spread by 2.24 (sd, first "
        "axis), those of the movies with at least 30 by 1.12."
    )
    for panel, r, s in ((0, r_0, s_0), (1, r_1, s_1)):
        few, many = lines(figure, panel).values()
        assert few == list(zip(GOOD, fitted[4:, panel].tolist(), strict=True))
        assert many == list(zip(GOOD, fitted[:4, panel].tolist(), strict=True))
        assert list(lines(figure, panel)) == [
            f"under 30 ratings: r = {s:.2f}",
            f"30 ratings or more: r = {r:.2f}",
        ]
        assert title(figure, panel) == f"true axis {panel + 1}"
        low, high = figure.axes[panel].get_ylim()
        assert low < 0
        assert high > 6  # room for the legend above the highest point
