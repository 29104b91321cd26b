"""Figures of lab 01: what is counted is said, and nothing else."""

import numpy as np
import pandas as pd
import pytest
from drawn import closed_figures, lines, texts, ticks, title  # noqa: F401

import data_utils as du
from plots import exploration as plots
from plots.style import BLUE, ORANGE


@pytest.mark.parametrize(
    ("stars", "finding"),
    [
        ([0.5, 4.5, 4.5, 4], "4.5 stars are the favourite; 75% are 4 or more"),
        ([1, 1, 3, 5], "1 star is the favourite; 25% are 5 or more"),
        ([3, 3, 4, 4, 5], "3 and 4 stars are the favourites; 20% are 5 or more"),
    ],
)
def test_the_histogram_names_the_favourite(stars, finding):
    """The favourite is the most frequent number of stars, not the highest."""
    figure, sentence = plots.rating_histogram(pd.DataFrame({"rating": stars}))
    assert title(figure) == finding
    shares = {star: stars.count(star) / len(stars) for star in sorted(set(stars))}
    parts = ", ".join(f"{star:g}: {share:.1%}" for star, share in shares.items())
    assert sentence == f"Shares of the ratings by stars: {parts}."
    bars = figure.axes[0].patches
    assert [bar.get_height() for bar in bars] == [100 * s for s in shares.values()]
    assert texts(figure) == [f"{share:.1%}" for share in shares.values()]
    assert ticks(figure.axes[0].xaxis) == [f"{star:g}" for star in shares]


def test_counts_are_described_by_median_and_mean():
    """Users exchanged with movies, or a median with a mean, is the lab's own trap."""
    users, movies = pd.Series([1, 2, 30]), pd.Series([3, 3, 2000])
    figure, sentence = plots.activity_histograms(users, movies)
    assert sentence == (
        "A user has from 1 to 30 ratings, 2 at the median and 11 on average. A movie "
        "has from 3 to 2,000 ratings, 3 at the median and 669 on average."
    )
    assert title(figure) == "Per user, the mean is 5.5 × the median"
    assert title(figure, 1) == "Per movie, the mean is 222.9 × the median"
    median, mean = (points[0][0] for points in lines(figure).values())
    assert list(lines(figure)) == ["median 2", "mean 11"]
    assert (median, mean) == (2, 11)
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == 3
    assert sum(bar.get_height() for bar in figure.axes[1].patches) == 3
    assert ticks(figure.axes[0].xaxis) == ["1", "3", "10", "30"]
    assert ticks(figure.axes[1].xaxis) == ["3", "10", "30", "100", "300", "1000"]
    assert figure.axes[1].get_ylabel() == "movies"


def test_one_user_with_one_rating_has_a_histogram():
    _, sentence = plots.activity_histograms(pd.Series([1]), pd.Series([1]))
    assert sentence.startswith("A user has from 1 to 1 rating, 1 at the median and 1")


def test_a_shop_has_no_movies():
    """Who brings books would read of the ratings of a movie."""
    few = pd.Series([1, 2])
    figure, sentence = plots.activity_histograms(few, few, "item")
    assert "An item has from 1" in sentence
    assert title(figure, 1) == "Per item, the mean is 1.0 × the median"
    assert "movie" not in sentence + figure.axes[1].get_ylabel()


def test_ticks_stand_where_the_counts_are():
    """A tick at the smallest and at the largest count, and none far beyond."""
    figure, _ = plots.activity_histograms(pd.Series([10, 91]), pd.Series([10, 90]))
    assert ticks(figure.axes[0].xaxis) == ["10", "30", "100"]
    assert ticks(figure.axes[1].xaxis) == ["10", "30"]
    figure, _ = plots.activity_histograms(pd.Series([11, 300]), pd.Series([12, 300]))
    assert ticks(figure.axes[0].xaxis) == ["10", "30", "100", "300"]
    assert ticks(figure.axes[1].xaxis) == ["30", "100", "300"]
    figure, _ = plots.activity_histograms(pd.Series([1, 10**5]), pd.Series([1, 2]))
    assert ticks(figure.axes[0].xaxis) == [
        "1", "3", "10", "30", "100", "300", "1000", "3000", "10000", "100000",
    ]  # fmt: skip


def test_the_lorenz_figure_reads_the_top_tenth_off_the_curve():
    """The title speaks of the first curve, the sentence of each."""
    movies = np.linspace(0, 1, 11), np.append(np.linspace(0, 0.45, 10), 1)
    users = np.array([0, 0.8, 1]), np.array([0, 0.4, 1])
    figure, sentence = plots.lorenz_curves({"movies": movies, "users": users})
    assert title(figure) == "A tenth of the movies holds 55% of the ratings"
    assert sentence == (
        "The top tenth of the movies holds 55.0% of the ratings (Gini index 0.45). The "
        "top tenth of the users holds 30.0% of the ratings (Gini index 0.40)."
    )
    drawn = lines(figure)
    assert drawn["movies, Gini 0.45"][-2:] == [(0.9, 0.45), (1, 1)]
    assert drawn["users, Gini 0.40"] == [(0, 0), (0.8, 0.4), (1, 1)]
    assert drawn["all equal, Gini 0"] == [(0, 0), (1, 1)]
    marks = [points for points in drawn.values() if len(points) == 1]
    assert marks == [[(0.9, 0.45)], [(0.9, 0.7)]]
    assert texts(figure) == [
        "nine tenths of the movies: 45%",
        "nine tenths of the users: 70%",
    ]
    assert [note.xy for note in figure.axes[0].texts] == [
        (0.9, pytest.approx(0.45)),
        (0.9, pytest.approx(0.7)),
    ]


def heat_map(corner, titles=("A" * 27, "B" * 26)):
    movies = pd.DataFrame({"item_id": [2, 1], "title": titles[::-1]})
    return plots.heat_map(pd.DataFrame(corner, [7, 9], [1, 2]), movies, "Corner")


def test_the_heat_map_paints_no_missing_cell():
    """A cell painted for a missing rating would be read as an opinion."""
    figure, sentence = heat_map([[5.0, np.nan], [3.0, 1.0]])
    axes = figure.axes[0]
    assert title(figure) == "Corner: 25% of the cells are empty (hatched)"
    assert sentence == (
        "2 users × 2 movies: 3 of 4 cells hold stars, 3.00 on average; the other 1 "
        "(25.0%) are empty and drawn hatched."
    )
    digits = {line.get_marker(): line.get_xydata().tolist() for line in axes.lines}
    assert digits == {"$1$": [[1.5, 1.5]], "$3$": [[0.5, 1.5]], "$5$": [[0.5, 0.5]]}
    ink = {line.get_marker(): line.get_color() for line in axes.lines}
    assert ink == {"$1$": "white", "$3$": "black", "$5$": "black"}
    mesh = axes.collections[0]
    assert mesh.get_array().mask.tolist() == [[False, True], [False, False]]
    assert mesh.get_clim() == (1, 5)
    assert ticks(axes.xaxis) == ["A" * 25 + "…", "B" * 26]
    assert ticks(axes.yaxis) == ["7", "9"]
    assert axes.get_xticks().tolist() == axes.get_yticks().tolist() == [0.5, 1.5]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first user on top


@pytest.mark.parametrize(
    ("stars", "finding"),
    [
        (4.0, "4 of 4 cells hold stars, 4.00 on average; the other 0 (0.0%) are"),
        (np.nan, "0 of 4 cells hold stars; the other 4 (100.0%) are empty"),
    ],
)
def test_a_full_and_an_empty_corner_are_described(stars, finding):
    """A corner at random of a sparse matrix may hold nothing: it has no average."""
    figure, sentence = heat_map(np.full((2, 2), stars))
    assert finding in sentence
    share = "0%" if stars == 4 else "100%"
    assert title(figure) == f"Corner: {share} of the cells are empty (hatched)"


def staircase(n):
    """User u has rated the movies 0 to n - 1 - u."""
    pairs = [(user, item) for user in range(n) for item in range(n - user)]
    return pd.DataFrame(pairs, columns=["user_id", "item_id"])


def test_the_dot_plot_frames_the_busiest_fifths():
    """Of 55 ratings in 100 cells, 4 are in the corner and 51 in the other 96 cells."""
    ratings = staircase(10).sample(frac=1, random_state=0)
    figure, sentence = plots.dot_plot(ratings)
    assert title(figure) == "The framed corner: 4% of the cells, 7% of the ratings"
    assert sentence == (
        "10 users × 10 movies, one dot for every rating. The corner in the upper left "
        "has the most active fifth of the users and the most rated fifth of the "
        "movies, with 7.3% of the ratings. Of the cells outside it, 47% are blank."
    )
    (points,) = lines(figure).values()
    assert sorted(points) == sorted(zip(*ratings.to_numpy().T[::-1], strict=True))
    (frame,) = figure.axes[0].patches
    assert frame.get_bbox().bounds == (0, 0, 2, 2)
    assert figure.axes[0].get_xlim() == (0, 10)
    assert figure.axes[0].get_ylim() == (10, 0)  # the most active on top


def test_the_frame_has_its_own_width_and_height():
    """5 users and 11 movies: the frame has 1 user, 3 movies, and 3 of 55 cells."""
    ratings = pd.DataFrame({"user_id": 1, "item_id": range(11)})
    ratings = pd.concat([ratings, pd.DataFrame({"user_id": range(2, 6), "item_id": 4})])
    figure, sentence = plots.dot_plot(ratings)
    assert title(figure) == "The framed corner: 5% of the cells, 20% of the ratings"
    assert sentence.startswith("5 users × 11 movies")
    assert "Of the cells outside it, 77% are blank" in sentence  # 40 of 52
    (frame,) = figure.axes[0].patches
    assert frame.get_bbox().bounds == (0, 0, 3, 1)
    assert figure.axes[0].get_xlim() == (0, 11)


def test_one_user_of_one_movie_fills_the_frame():
    figure, sentence = plots.dot_plot(staircase(1))
    assert title(figure) == "The framed corner: 100% of the cells, 100% of the ratings"
    assert sentence.startswith("1 user × 1 movie, one dot for every rating.")


@pytest.mark.parametrize(
    ("most", "step", "dots"), [(54, "2 ratings", 28), (55, "rating", 55)]
)
def test_the_dot_plot_of_a_large_table_is_thinned_and_says_so(
    monkeypatch, most, step, dots
):
    """Millions of dots would take minutes and look the same."""
    monkeypatch.setattr(plots, "MOST_DOTS", most)
    figure, sentence = plots.dot_plot(staircase(10))
    assert len(figure.axes[0].lines[0].get_xdata()) == dots
    assert f"one dot for every {step}." in sentence
    assert "with 7.3% of the ratings" in sentence  # of all, not of those drawn


@pytest.mark.parametrize(
    ("means", "change", "low", "high"),
    [
        (np.linspace(4, 2.5, 16), "-1.4", "3.95", "2.55"),
        (np.linspace(2.5, 4, 16), "+1.4", "2.55", "3.95"),
        (np.linspace(3, 2.98, 16), "+0.0", "3.00", "2.98"),
    ],
)
def test_the_rise_with_popularity_is_said_with_its_sign(means, change, low, high):
    """Whether popular movies are better is the question: the sign is the answer."""
    counts = pd.DataFrame({"ratings": range(1, 17), "mean": means})
    figure, sentence = plots.popularity_and_mean(counts.sample(frac=1, random_state=0))
    assert title(figure) == f"From the least to the most rated eighth: {change} stars"
    assert sentence == (
        f"One dot per movie. The mean goes from {low} stars in the least rated eighth "
        f"of the movies to {high} in the most rated one; a mean of few ratings owes "
        "more to chance than one of many."
    )
    drawn = lines(figure)
    assert sorted(drawn["a movie"]) == [
        (n, round(mean, 6)) for n, mean in enumerate(means, start=1)
    ]
    pairs = means.reshape(8, 2).mean(axis=1).round(6)
    medians = np.arange(1.5, 17, 2)
    assert drawn["mean of an eighth"] == list(zip(medians, pairs, strict=True))
    assert ticks(figure.axes[0].xaxis) == ["1", "3", "10"]


def test_a_group_of_movies_is_placed_at_its_median():
    """One blockbuster must not move the last point to the right."""
    ratings = [*range(1, 22), 30, 40, 9000]
    table = pd.DataFrame({"ratings": ratings, "mean": [1.0] * 23 + [4.0]})
    figure, _ = plots.popularity_and_mean(table)
    assert lines(figure)["mean of an eighth"][-1] == (40, 2)


@pytest.mark.parametrize(
    ("empty", "finding"),
    [
        ([3.0, 3.2], "0.7 stars better"),
        ([4.0, 4.2], "0.3 stars worse"),
        ([3.76, 3.8], "as good as empty ones"),
    ],
)
def test_filled_cells_are_better_or_worse(empty, finding):
    """Missing at random would show no difference, and the title must say so."""
    figure, sentence = plots.stars_of_cells(np.array([4.0, 3.6]), np.array(empty))
    assert title(figure) == f"In the planted world, filled cells are {finding}"
    assert sentence == (
        "Expected stars, from the planted truth: 3.80 on average in filled cells, "
        f"{np.mean(empty):.2f} in empty ones. Thin lines mark the means."
    )
    means = {line.get_color(): line.get_xdata()[0] for line in figure.axes[0].lines}
    assert means == {BLUE: 3.8, ORANGE: pytest.approx(np.mean(empty))}
    outlines = {patch.get_label(): patch for patch in figure.axes[0].patches}
    heights = outlines["filled cells"].get_xy()
    assert set(heights[heights[:, 1] > 0][:, 0].round(1)) == {3.6, 3.7, 4.0, 4.1}
    assert heights[:, 1].max() == pytest.approx(5)  # half of the cells in a tenth
    assert (heights[:, 0].min(), heights[:, 0].max()) == (1, 5)


def test_the_months_without_a_rating_are_counted_too():
    """A pause of a year, left out, would look like steady work."""
    days = ["1997-09-20", "1997-11-01", "1997-11-02"]
    figure, sentence = plots.ratings_by_month(pd.Series(pd.to_datetime(days)))
    assert title(figure) == "The busiest month, 1997-11, brought 67% of all ratings"
    assert sentence == (
        "3 calendar months, from 1997-09 to 1997-11; between 0 and 2 ratings per month."
    )
    assert [bar.get_height() for bar in figure.axes[0].patches] == [1, 0, 2]
    assert ticks(figure.axes[0].xaxis) == ["1997-09", "1997-10", "1997-11"]
    _, sentence = plots.ratings_by_month(pd.Series(pd.to_datetime(days[:1])))
    assert sentence == (
        "1 calendar month, from 1997-09 to 1997-09; between 1 and 1 rating per month."
    )


@pytest.mark.parametrize(("months", "every"), [(12, 1), (13, 2), (25, 3)])
def test_at_most_a_dozen_months_are_written(months, every):
    dates = pd.Series(pd.date_range("1997-01-15", periods=months, freq="MS"))
    figure, _ = plots.ratings_by_month(dates)
    places = figure.axes[0].get_xticks().tolist()
    assert places == list(range(0, months, every))
    assert len(places) <= 12
    assert ticks(figure.axes[0].xaxis)[0] == "1997-02"
    assert len(figure.axes[0].patches) == months


def test_the_spans_of_histories_are_shares_of_users():
    """A day is 24 hours: who comes back after exactly one did not go within it."""
    hours = pd.Series([24.0, 0.5, 200.0, 1.0, 168.0])
    figure, sentence = plots.history_spans(hours)
    assert title(figure) == "40% of the users came and went within a day"
    assert sentence == (
        "Half of the users gave all their ratings within 1440 minutes, 40% within a "
        "day, 60% within a week."
    )
    curve, day = lines(figure).values()
    shares = (0.2, 0.4, 0.6, 0.8, 1)
    assert curve == list(zip((30, 60, 1440, 10080, 12000), shares, strict=True))
    assert day == [(1440, 0.4)]
    assert texts(figure) == ["40%"]
    assert figure.axes[0].texts[0].xy == (1440, 0.4)
    assert dict(
        zip(ticks(figure.axes[0].xaxis), figure.axes[0].get_xticks(), strict=True)
    ) == {"10 min": 10, "1 h": 60, "1 day": 1440, "1 week": 10080, "1 month": 43800}
    figure, _ = plots.history_spans(pd.Series([0.0, 0.001]))
    assert next(iter(lines(figure).values())) == [
        (1, 0.5),
        (1, 1),
    ]  # a log axis has no 0


def test_the_picture_of_the_splits_shows_who_is_tested(small_world):
    """A global split tests the people who came last; the picture must say so."""
    ratings = small_world.ratings
    tests = {
        "random": du.train_test_split_random(ratings, seed=0).test,
        "per user": du.train_test_split_by_time(ratings, per_user=True).test,
        "global": du.train_test_split_by_time(ratings).test,
    }
    figure, _ = plots.tested_ratings(ratings, tests)
    pictures = dict(zip(tests, figure.axes, strict=False))
    shares = {name: axes.images[0].get_array() for name, axes in pictures.items()}
    assert shares["per user"][:, :10].max() == 0  # nobody's first half is tested
    assert shares["per user"][:, -1].mean() > 0.9
    assert shares["global"][-1].mean() > 0.9  # the last to come are tested
    assert shares["global"][-1].mean() > shares["random"].max() * 0.9
    assert ticks(figure.axes[0].xaxis) == ["first", "last"]
    assert ticks(figure.axes[0].yaxis) == ["first\nto come", "last\nto come"]


def arrivals():
    """Ten users, two ratings each; user u arrives at time 10 · u."""
    rows = [(user, item, 10 * user + item) for user in range(10) for item in (0, 1)]
    return pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"])


def test_the_newest_fifth_are_the_users_who_came_last():
    """Users 8 and 9 of ten: by hand, in each of three test sets."""
    ratings = arrivals().sample(frac=1, random_state=0)
    user = ratings["user_id"]
    tests = {
        "late": ratings[user >= 8],
        "half": ratings[user.isin([7, 8])],
        "early": ratings[user < 8],
    }
    figure, sentence = plots.tested_ratings(ratings, tests)
    assert figure.get_suptitle() == (
        "The newest fifth of the users gave 0% to 100% of the test ratings, by split"
    )
    assert sentence.startswith(
        "The share of test ratings by the fifth of the users that came last: 100% "
        "(late), 50% (half), 0% (early)."
    )
    assert [title(figure, panel) for panel in range(3)] == [
        "late\nnewcomers: 100%",
        "half\nnewcomers: 50%",
        "early\nnewcomers: 0%",
    ]
    picture = figure.axes[1].images[0].get_array()
    # 25 rows of arrival, 20 columns of age: users 7 and 8 come at 0.8 and 0.9
    rows, columns = np.nonzero(picture)
    assert set(rows.tolist()) == {20, 22}
    assert set(columns.tolist()) == {5, 15}  # a quarter and three quarters
    assert picture.max() == 1


def test_one_split_has_one_share():
    ratings = arrivals()
    figure, _ = plots.tested_ratings(ratings, {"all": ratings})
    assert figure.get_suptitle() == (
        "The newest fifth of the users gave 20% of the test ratings, by split"
    )
    assert figure.axes[0].images[0].get_clim() == (0, 1)


def test_ratings_of_many_values_are_drawn_by_parts_of_the_scale():
    """A bar for each of a hundred values could not be read."""
    stars = np.arange(1, 102.0)
    figure, sentence = plots.rating_histogram(pd.DataFrame({"rating": stars}))
    assert title(figure) == "Half of the ratings are 51 or more; 50% lie above 51"
    assert len(figure.axes[0].patches) == 10
    assert "1 to 11: 9.9%" in sentence
    assert "91 to 101: 10.9%" in sentence


def test_a_heat_map_takes_the_scale_of_the_table():
    """On a scale of 100, all cells would have the colour of five stars."""
    corner = pd.DataFrame([[1.0, np.nan], [50.0, 100.0]], [7, 9], [1, 2])
    movies = pd.DataFrame({"item_id": [1, 2], "title": ["A", "B"]})
    figure, _ = plots.heat_map(corner, movies, "Four", (1, 100))
    assert figure.axes[0].collections[0].get_clim() == (1, 100)


def test_what_a_pull_does_is_said_for_each_world():
    """Between and within exchanged would teach the opposite."""
    parts = pd.DataFrame(
        [[0.3, 0.0], [0.25, 0.2]], [0, 4], ["between movies", "within movies"]
    )
    errors = {0: np.array([0.1, -0.1]), 4: np.array([0.1, 0.5, -0.1, 0.2])}
    figure, sentence = plots.pulled_worlds(parts, errors)
    heights = [bar.get_height() for bar in figure.axes[0].containers[0]]
    heights += [bar.get_height() for bar in figure.axes[0].containers[1]]
    assert heights == [0.3, 0.25, 0.0, 0.2]
    assert title(figure, 1) == "Pull 4: 75% of the movies' means are too high"
    assert "pull of 4: +0.25 between, +0.20 within" in sentence
    assert "for 50% of the movies; with a pull of 4 for 75%." in sentence
