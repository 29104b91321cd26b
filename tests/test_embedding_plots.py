"""A figure that says more than its data, or whose titles overlap, misleads."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from embeddings import MovieVectors, cluster_movies, genre_purity, neighbour_stability
from plots import embedding
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
    _, sentence = embedding.purity_null(purity)
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
    _, sentence = embedding.stability({"twice": stable}, {"one": 0.5}, 0.4)
    assert "twice 100 %" in sentence
    aucs = pd.DataFrame({"ours": [0.9, 0.6], "theirs": [0.5, 0.7]}, ["War", "Drama"])
    figure, _ = embedding.probes(aucs)
    assert "1 of the 2 genres" in figure.axes[0].get_title(loc="left")
