"""A figure that says more than its data, or whose titles overlap, misleads."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from embeddings import MovieVectors, cluster_movies, genre_purity, neighbour_stability
from plots import embedding, evidence
from plots.labels import place_labels


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def movies():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "item_id": np.arange(80),
            "title": [f"A Rather Long Title, Number {i}" for i in range(80)],
            "year": pd.array([1990] * 80, dtype="Int64"),
            "genres": ["War", "Drama|Musical", "Drama", ""] * 20,
        }
    )
    return MovieVectors(rng.normal(size=(80, 5)), table, np.arange(80, 0, -1))


def title(figure, axes=0):
    return figure.axes[axes].get_title(loc="left")


def boxes(axes):
    return [text.get_window_extent() for text in axes.texts if text.get_text()]


def test_titles_never_overlap_and_stay_inside(movies):
    """A map whose titles lie on each other cannot be read."""
    points = np.random.default_rng(1).normal(size=(80, 2)) * 0.1
    figure, _ = embedding.movie_map(points, movies, 0.4, "PCA", n_labels=40)
    figure.canvas.draw()
    axes = figure.axes[0]
    found = boxes(axes)
    assert 5 < len(found) <= 40
    frame = axes.get_window_extent().padded(2)
    for box in found:
        assert frame.x0 <= box.x0 <= box.x1 <= frame.x1
        assert frame.y0 <= box.y0 <= box.y1 <= frame.y1
    assert not any(a.overlaps(b) for a, b in combinations(found, 2))


def test_the_most_important_title_is_written_first():
    _, axes = plt.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    points = np.full((50, 2), 0.5)
    texts = [f"title {i}" for i in range(50)]
    written = place_labels(axes, points, texts, most=50)
    shown = [text.get_text() for text in axes.texts if text.get_text()]
    assert len(shown) == written < 50
    assert shown[0] == "title 0"


def test_titles_and_sentences_are_computed_from_the_data(movies):
    figure, sentence = embedding.norm_and_popularity(movies)
    shuffled = "no longer" in figure.axes[0].get_title(loc="left")
    rho = float(sentence.rsplit(" ", 1)[1].rstrip("."))
    assert shuffled == (rho <= 0)
    purity = genre_purity(movies, k=5, permutations=50)
    _, sentence = evidence.purity_null(purity)
    assert f"{100 * purity.share:.1f} %" in sentence
    assert f"p = {purity.p_value:.2g}" in sentence


def test_every_figure_of_the_lab_draws(movies):
    """Odd data, such as a genre that is in no cluster, must not stop a lesson."""
    points = {p: np.random.default_rng(p).normal(size=(80, 2)) for p in (5, 30)}
    figure, _ = embedding.perplexity_panels(points, {5: 0.2, 30: 0.3}, movies)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "perplexity 5, keeps 20%",
        "perplexity 30, keeps 30%",
    ]
    clusters = cluster_movies(movies, n_clusters=4)
    _, sentence = embedding.lift_table(clusters, ["War", "Drama"])
    assert "Of 8 cells" in sentence
    stable = neighbour_stability([movies, movies])
    _, sentence = evidence.stability({"twice": stable}, {"one": 0.5}, 0.4)
    assert "twice 100.0 %" in sentence
    aucs = pd.DataFrame({"ours": [0.9, 0.6], "theirs": [0.5, 0.7]}, ["War", "Drama"])
    figure, _ = evidence.probes(aucs)
    assert title(figure) == "The vectors beat theirs for 1 of 2 genres"


def test_each_titled_movie_has_a_ring(movies):
    """A title may lie over other markers: the ring says whose title it is."""
    points = np.random.default_rng(1).normal(size=(80, 2))
    figure, _ = embedding.movie_map(points, movies, 0.4, "PCA", n_labels=5)
    axes = figure.axes[0]
    rings = axes.collections[-1].get_offsets()
    named = [text.get_text() for text in axes.texts if text.get_text()]
    rows = [movies.labels.tolist().index(name) for name in named]
    assert len(rows) == 5
    np.testing.assert_allclose(rings, points[rows])


def test_one_picture_is_enough(movies):
    points = np.random.default_rng(0).normal(size=(80, 2))
    figure, _ = embedding.perplexity_panels({5: points}, {5: 0.2}, movies)
    assert "1 picture: 20% of the neighbours" in figure.get_suptitle()


def test_a_fourth_probe_is_drawn():
    names = ["ours", "theirs", "random", "fourth"]
    aucs = pd.DataFrame(np.full((2, 4), 0.5), ["War", "Drama"], names)
    figure, _ = evidence.probes(aucs)
    shown = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert shown == names


@pytest.mark.parametrize(
    ("left", "right", "finding"),
    [
        (1, 0, "is the main axis of the left one, hardly of the right one"),
        (1, 1, "is the main axis of both"),
        (0, 1, "is hardly the main axis of the left one, fully of the right one"),
    ],
)
def test_whose_axis_popularity_is_depends_on_the_data(left, right, finding):
    counts = np.arange(1, 201)
    noise = np.random.default_rng(0).permutation(200)
    scores = [counts if popular else noise for popular in (left, right)]
    figure, _ = embedding.first_axes_and_popularity(*scores, counts)
    assert figure.get_suptitle() == f"Popularity {finding}"


@pytest.mark.parametrize(("last", "falls"), [(1.0, "always falls"), (9.0, "does not")])
def test_inertia_falls_where_it_does(last, falls):
    table = pd.DataFrame(
        {"clusters": [2, 4], "inertia": [5.0, last], "silhouette": [0.2, 0.1]}
    )
    figure, _ = embedding.cluster_counts(table)
    assert falls in title(figure)


def test_digits_are_dark_on_light_and_light_on_dark(movies):
    clusters = cluster_movies(movies, n_clusters=4)
    clusters.lift.iloc[0, 0] = 3.9
    figure, _ = embedding.lift_table(clusters, ["War", "Drama"])
    for digits in figure.axes[0].texts:
        light = float(digits.get_text()) <= 2.5
        assert (digits.get_color() != "white") == light


def test_the_purities_are_as_far_apart_as_their_labels(movies):
    stable = neighbour_stability([movies, movies], k=7)
    figure, _ = evidence.stability(
        {"twice": stable}, {"one": 0.5004, "two": 0.4296}, 0.4
    )
    assert title(figure, 1) == "Genre purity: within 7.0 points"  # 50.0 and 43.0
    assert figure.axes[0].get_xlabel() == "the 7 nearest in common (%)"


@pytest.mark.parametrize(
    ("cosine", "how"), [(0.95, "are found"), (0.6, "only roughly"), (-0.2, "not found")]
)
def test_genres_are_said_to_be_found_where_they_are(cosine, how):
    rng = np.random.default_rng(0)
    names = ["true_x", "true_y", "found_x", "found_y"]
    table = pd.DataFrame(rng.normal(size=(8, 4)), list("abcdefgh"), names)
    figure, _ = evidence.true_and_found(table.assign(cosine=cosine, movies=9))
    assert how in title(figure)


def test_no_genre_is_written_over_a_marker():
    """A label on the marker of another genre is read as the name of that one."""
    spots = np.stack([np.arange(8) % 2, np.arange(8)], axis=1)
    table = pd.DataFrame(
        np.hstack([spots, spots + np.array([0.08, 0])]),
        [f"A genre {i}" for i in range(8)],
        ["true_x", "true_y", "found_x", "found_y"],
    )
    figure, _ = evidence.true_and_found(table.assign(cosine=0.9, movies=9))
    figure.canvas.draw()
    axes = figure.axes[0]
    assert len(boxes(axes)) == 8
    for markers in axes.collections:
        places = axes.transData.transform(markers.get_offsets())
        assert not any(box.contains(*xy) for box in boxes(axes) for xy in places)
