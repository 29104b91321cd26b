"""Figures of lab 04: one that says more than its data, or is hard to read, misleads."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from drawn import closed_figures, dots, lines, texts, ticks, title  # noqa: F401

from embeddings import Clusters, MovieVectors, Purity, Stability
from plots import embedding, evidence
from plots.labels import place_labels


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


def of_lengths(lengths, counts):
    """Movies whose vectors have these lengths."""
    table = pd.DataFrame({"item_id": range(len(lengths)), "genres": ""})
    return MovieVectors(np.diag(np.array(lengths, float)), table, np.array(counts))


def boxes(axes):
    return [text.get_window_extent() for text in axes.texts if text.get_text()]


@pytest.mark.parametrize(
    ("lengths", "finding", "rare", "known", "rho"),
    [
        # by counts 5, 10, 20, …: the rarest two of ten movies, and the two most rated
        ([1, 3, 4, 5, 6, 7, 8, 9, 10, 14], "longer", "2.00", "12.00", "1.00"),
        ([14, 10, 9, 8, 7, 6, 5, 4, 3, 1], "shorter", "12.00", "2.00", "-1.00"),
        ([6, 1, 10, 3, 8, 5, 7, 4, 9, 2], "equally long", "3.50", "5.50", "-0.01"),
        ([2] * 10, "equally long", "2.00", "2.00", "0.00"),
    ],
)
def test_known_movies_have_longer_vectors_or_shorter_ones(
    lengths, finding, rare, known, rho
):
    """Rare and known exchanged would turn the lab's warning about lengths round."""
    order = np.random.default_rng(0).permutation(10)
    counts = 5 * 2 ** np.arange(10)
    found = of_lengths(np.array(lengths)[order], counts[order])
    figure, sentence = embedding.norm_and_popularity(found)
    assert title(figure) == (
        f"Known movies have {finding} vectors (rank correlation {rho})"
    )
    assert sentence == (
        f"The mean length is {rare} in the least rated fifth of the movies and {known} "
        f"in the most rated fifth; the rank correlation of length and number of "
        f"ratings is {rho}."
    )
    assert dots(figure) == [list(zip(counts[order], found.norms, strict=True))]


@pytest.mark.parametrize(
    ("lengths", "finding"),
    [
        ([8, 4, 1, 3, 7, 9, 10, 2, 5, 6], "longer vectors (rank correlation 0.10)"),
        (
            [9, 2, 3, 8, 1, 6, 10, 4, 7, 5],
            "equally long vectors (rank correlation 0.09)",
        ),
        (
            [9, 8, 6, 1, 5, 2, 4, 7, 3, 10],
            "equally long vectors (rank correlation -0.09)",
        ),
        ([1, 7, 9, 6, 10, 2, 8, 3, 4, 5], "shorter vectors (rank correlation -0.10)"),
    ],
)
def test_a_correlation_from_a_tenth_on_is_a_difference(lengths, finding):
    """1 − 6 Σd² / 990 for Σd² = 148, 150, 180 and 182: less than ±0.1 is noise."""
    figure, _ = embedding.norm_and_popularity(of_lengths(lengths, range(1, 11)))
    assert title(figure) == f"Known movies have {finding}"


def test_one_movie_is_its_own_least_and_most_rated_fifth():
    _, sentence = embedding.norm_and_popularity(of_lengths([3], [7]))
    assert sentence.startswith("The mean length is 3.00 in the least rated fifth")


@pytest.mark.parametrize(
    ("rhos", "finding"),
    [
        ((0.81, 0.3), "is the main axis of the left one, partly of the right one"),
        ((0.81, 0.29), "is the main axis of the left one, hardly of the right one"),
        ((0.81, 0.9), "is the main axis of both"),
        ((0.8, 0.29), "is partly the main axis of the left one, hardly of the right"),
        ((0.8, 0.3), "is partly the main axis of both"),
        ((0.3, 0.81), "is partly the main axis of the left one, fully of the right"),
        ((0.29, 0.8), "is hardly the main axis of the left one, partly of the right"),
        ((0.0, 0.1), "is hardly the main axis of both"),
    ],
)
def test_whose_axis_popularity_is_depends_on_two_correlations(rhos, finding):
    """Above .8 popularity is fully the main axis, from .3 on partly, below hardly."""
    assert embedding._whose_axis(rhos).startswith(f"Popularity {finding}")


@pytest.mark.parametrize("sign", [1, -1])
def test_a_main_axis_has_no_sign(sign):
    """Principal axes point either way: only the size of the correlation counts."""
    counts = np.array([3, 8, 20, 60, 200])
    noise = counts[[3, 0, 4, 1, 2]]  # rank correlation 0.1
    figure, sentence = embedding.first_axes_and_popularity(
        sign * counts, sign * noise, counts
    )
    assert figure.get_suptitle() == (
        "Popularity is the main axis of the left one, hardly of the right one"
    )
    assert [title(figure, panel) for panel in (0, 1)] == [
        "missing filled with zeros: |correlation| 1.00",
        "our model, with biases: |correlation| 0.10",
    ]
    assert sentence == (
        "The rank correlation of the first coordinate and the number of ratings is, "
        "without its sign, 1.00 where missing ratings count as zeros and 0.10 in the "
        "model with biases."
    )
    assert dots(figure) == [list(zip(counts, sign * counts, strict=True))]
    assert dots(figure, 1) == [list(zip(counts, sign * noise, strict=True))]


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
    """A title further down the list must not take the place of a better known one."""
    _, axes = plt.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    points = np.full((50, 2), 0.5)
    found = [f"title {i}" for i in range(50)]
    written = place_labels(axes, points, found, most=50)
    shown = [text.get_text() for text in axes.texts if text.get_text()]
    assert len(shown) == written < 50
    assert shown[0] == "title 0"


def test_no_more_titles_are_written_than_asked_for():
    _, axes = plt.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    points = np.linspace([0.1, 0.1], [0.9, 0.9], 6)
    written = place_labels(axes, points, list("abcdef"), most=3)
    assert written == 3
    assert [text.get_text() for text in axes.texts if text.get_text()] == list("abc")


def test_a_title_far_from_its_point_has_a_line_to_it():
    """Otherwise it is read as the title of whichever point is nearer."""
    _, axes = plt.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    written = place_labels(axes, np.full((30, 2), 0.5), ["title"] * 30, most=30)
    near = sum(max(map(abs, text.xyann)) <= 5 for text in axes.texts if text.get_text())
    leaders = [text for text in axes.texts if not text.get_text()]
    assert 0 < near < written
    assert len(leaders) == written - near
    assert {tuple(leader.xy) for leader in leaders} == {(0.5, 0.5)}


def test_no_line_runs_through_a_title_and_no_title_hides_a_ring():
    """Titles of the map of lab 04 looked struck through."""
    _, axes = plt.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    points = np.random.default_rng(2).uniform(0.3, 0.7, size=(60, 2))
    written = place_labels(axes, points, ["A title (1990)"] * 60, most=60)
    titles = [text for text in axes.texts if text.get_text()]
    assert 5 < written == len(titles)
    steps = np.linspace(0, 1, 20)[:, None]
    lines = [
        axes.transData.transform(text.xy)
        + steps * np.array(text.xyann) * axes.figure.dpi / 72
        for text in axes.texts
        if not text.get_text()
    ]
    assert lines
    rings = axes.transData.transform([text.xy for text in titles])
    for x, y in np.vstack([rings, *[line[:-1] for line in lines]]):
        assert not any(text.get_window_extent().contains(x, y) for text in titles)


def test_the_map_titles_the_most_rated_and_rings_them(movies):
    """A title may lie over other markers: the ring says whose title it is."""
    points = np.random.default_rng(1).normal(size=(80, 2))
    figure, sentence = embedding.movie_map(points, movies, 0.4, "PCA", n_labels=5)
    assert title(figure) == "PCA: two dimensions keep 40% of the nearest neighbours"
    assert sentence == (
        "80 movies, 5 of the most rated with a ring and a title. Of each movie's "
        "nearest neighbours, the plane keeps 40% on average."
    )
    axes = figure.axes[0]
    rings = axes.collections[-1].get_offsets()
    named = [text.get_text() for text in axes.texts if text.get_text()]
    rows = [movies.labels.tolist().index(name) for name in named]
    assert rows == [0, 1, 2, 3, 4]  # the most rated are the first of the table
    np.testing.assert_allclose(rings, points[rows])


def test_twenty_titles_are_written_where_none_are_asked_for(movies):
    """More would fill the map, and fewer would leave it without a landmark."""
    points = np.random.default_rng(1).normal(size=(80, 2))
    _, sentence = embedding.movie_map(points * [1, 9], movies, 0.4, "PCA")
    written = int(sentence.split("movies, ")[1].split()[0])
    figure, _ = embedding.movie_map(points * [1, 9], movies, 0.4, "PCA", n_labels=20)
    assert len(boxes(figure.axes[0])) == written == 20


def test_each_point_has_the_marker_of_its_rarest_genre(movies):
    """Musical is rarer than Drama, so a movie of both is drawn as a musical."""
    points = np.random.default_rng(1).normal(size=(80, 2)).round(6)
    figure, _ = embedding.movie_map(points, movies, 0.4, "PCA", n_labels=1)
    drawn = dict(
        zip(
            (scatter.get_label() for scatter in figure.axes[0].collections[:-1]),
            dots(figure)[:-1],
            strict=True,
        )
    )
    rows = {"War": 0, "Musical": 1, "Drama": 2, "others": 3}
    assert {name: [*map(tuple, points[row::4])] for name, row in rows.items()} == drawn


def test_the_six_most_frequent_genres_have_a_colour():
    """A seventh would share one; the rest is grey and called others."""
    names = [name for i, name in enumerate("ABCDEFGH") for _ in range(9 - i)]
    table = pd.DataFrame({"item_id": range(len(names)), "genres": names})
    table = table.assign(title=names, year=1990)
    vectors = np.eye(len(names))
    every = MovieVectors(vectors, table, np.arange(len(names)))
    figure, _ = embedding.movie_map(vectors[:, :2], every, 0.4, "PCA", n_labels=0)
    drawn = figure.axes[0].collections[:-1]
    assert [scatter.get_label() for scatter in drawn] == ["others", *"ABCDEF"]
    assert len(drawn[0].get_offsets()) == 3 + 2  # G and H
    colours = {tuple(scatter.get_facecolor()[0]) for scatter in drawn}
    assert len(colours) == 7


@pytest.mark.parametrize(
    ("kept", "finding", "shares"),
    [
        ({5: 0.3, 30: 0.2}, "2 pictures: 20% to 30%", "30% at 5 and 20% at 30"),
        ({5: 0.3, 30: 0.301}, "2 pictures: 30%", "30% at 5 and 30% at 30"),
        ({5: 0.2}, "1 picture: 20%", "20% at 5"),
    ],
)
def test_the_pictures_of_one_set_say_what_they_keep(movies, kept, finding, shares):
    """Two pictures that keep the same must not look like a choice."""
    rng = np.random.default_rng(0)
    maps = {perplexity: rng.normal(size=(80, 2)).round(6) for perplexity in kept}
    figure, sentence = embedding.perplexity_panels(maps, kept, movies)
    assert figure.get_suptitle() == (
        f"One set of vectors, {finding} of the neighbours are kept"
    )
    assert sentence == (
        f"Of each movie's nearest neighbours, the share kept by perplexity is {shares}."
    )
    assert [title(figure, panel) for panel in range(len(maps))] == [
        f"perplexity {perplexity}, keeps {share:.0%}"
        for perplexity, share in kept.items()
    ]
    for panel, points in enumerate(maps.values()):
        drawn = [point for scatter in dots(figure, panel) for point in scatter]
        assert sorted(drawn) == sorted(map(tuple, points))
    (legend,) = figure.legends
    named = [text.get_text() for text in legend.get_texts()]
    assert sorted(named) == ["Drama", "Musical", "War", "others"]


@pytest.mark.parametrize(
    ("inertia", "finding"),
    [
        ([9.0, 5.0, 4.0], "Inertia falls at each step"),
        ([9.0, 5.0], "Inertia falls at each step"),
        ([9.0, 5.0, 5.0], "Inertia does not always fall"),
        ([9.0, 5.0, 7.0], "Inertia does not always fall"),
        ([9.0], "Inertia is 9.0"),
    ],
)
def test_inertia_falls_where_it_does(inertia, finding):
    """The lab says that inertia cannot choose a number of clusters: it ever falls."""
    n = len(inertia)
    table = pd.DataFrame(
        {
            "clusters": [2, 4, 8][:n],
            "inertia": inertia,
            "silhouette": [0.1, 0.3, 0.2][:n],
        }
    )
    figure, sentence = embedding.cluster_counts(table.iloc[::-1])
    best, at = (0.3, 4) if n > 1 else (0.1, 2)
    assert title(figure) == finding
    assert title(figure, 1) == f"Silhouette is at most {best:.2f}"
    last = table.iloc[-1]
    assert sentence == (
        f"The silhouette is highest at {at} clusters, {best:.2f} where 1 is perfect "
        f"separation and 0 none; at {last['clusters']:.0f} it is "
        f"{last['silhouette']:.2f}."
    )
    for panel, column in enumerate(("inertia", "silhouette")):
        (drawn,) = lines(figure, panel).values()
        assert drawn == list(zip(table["clusters"], table[column], strict=True))
        assert figure.axes[panel].get_ylabel() == column
        assert figure.axes[panel].get_xticks().tolist() == table["clusters"].tolist()
    assert figure.axes[1].get_ylim() == pytest.approx((0, 1.15 * best))


def test_the_lift_table_counts_what_stands_out():
    """At twice or half a share exactly, a genre does not stand out yet."""
    lift = pd.DataFrame(
        {"War": [3.9, 0.5, 2.5], "Drama": [2.0, 0.4, 2.6], "Other": [9.0, 0.0, 0.0]}
    )
    clusters = Clusters(np.array([]), None, lift, 0.0)
    figure, sentence = embedding.lift_table(clusters, ["War", "Drama"])
    assert title(figure) == "War is 3.9 times as common in cluster 0 as overall"
    assert sentence == (
        "Of 6 cells, 3 show a genre at more than twice its usual share, 1 at less than "
        "half."
    )
    assert texts(figure) == ["3.9", "2.0", "0.5", "0.4", "2.5", "2.6"]
    white = [note.get_color() == "white" for note in figure.axes[0].texts]
    assert white == [True, False, False, False, False, True]  # on the darkest
    assert ticks(figure.axes[0].xaxis) == ["War", "Drama"]
    mesh = figure.axes[0].collections[0]
    assert mesh.get_clim() == (0, 4)


@pytest.mark.parametrize(
    ("share", "finding"),
    [
        (0.6, "None of 1,200 shuffles reach our share"),
        (0.5, "1 of 1,200 shuffles reaches our share"),  # reached is equalled
        (0.4, "1,199 of 1,200 shuffles reach our share"),
    ],
)
def test_the_shuffles_that_reach_our_share_are_counted(share, finding):
    """The share of them is the p-value: a reader checks it by this count."""
    null = np.array([0.2, *np.full(1198, 0.45), 0.5])
    figure, sentence = evidence.purity_null(
        Purity(share, null, p_value=0.034, k=7, n_movies=50, left_out=0)
    )
    assert title(figure) == finding
    assert sentence == (
        "Shuffled labels give 20.0 to 50.0 %, 45.0 % on average; the vectors give "
        f"{100 * share:.1f} %, p = 0.034."
    )
    ((ours, _),) = lines(figure).values()
    assert ours[0] == pytest.approx(100 * share)
    assert texts(figure) == [f"our vectors: {share:.1%}"]
    assert figure.axes[0].texts[0].xy[0] == pytest.approx(100 * share)
    bars = figure.axes[0].patches
    assert sum(bar.get_height() for bar in bars) == 1200
    assert bars[0].get_x() == pytest.approx(20)
    assert figure.axes[0].get_xlabel() == (
        "share of the 7 nearest that have a genre in common (%)"
    )


def test_the_probes_are_compared_genre_by_genre():
    """Equal is not better, and the hardest genre is not the easiest."""
    aucs = pd.DataFrame(
        {"ours": [0.9, 0.6, 0.7], "years": [0.5, 0.7, 0.7], "random": [0.4, 0.5, 0.95]},
        ["War", "Drama", "Crime"],
    )
    figure, sentence = evidence.probes(aucs)
    assert title(figure) == "The vectors beat years for 1 of 3 genres"
    assert sentence == (
        "Mean AUC: ours 0.73, years 0.63, random 0.62. Easiest for the vectors is War "
        "(0.90), hardest Drama (0.60)."
    )
    ranges, *points = figure.axes[0].collections
    ends = [tuple(part[:, 0].round(6)) for part in ranges.get_segments()]
    assert ends == [(0.5, 0.7), (0.7, 0.95), (0.4, 0.9)]
    assert dots(figure)[1] == [(0.6, 0), (0.7, 1), (0.9, 2)]
    assert dots(figure)[2] == [(0.7, 0), (0.7, 1), (0.5, 2)]
    assert ticks(figure.axes[0].yaxis) == ["Drama", "Crime", "War"]
    ((coin, _),) = lines(figure).values()
    assert coin[0] == 0.5
    assert [found.get_label() for found in points] == ["ours", "years", "random"]
    assert all(ranges.zorder < found.zorder for found in points)  # under the dots


def test_a_sixth_probe_is_drawn():
    """zip stops without a word where the colours end."""
    names = ["ours", "theirs", "random", "fourth", "fifth", "sixth", "7th", "8th"]
    aucs = pd.DataFrame(np.full((2, 8), 0.5), ["War", "Drama"], names)
    figure, _ = evidence.probes(aucs)
    shown = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert shown == names


def overlap(share, chance=0.02, k=7):
    return Stability(share, {}, np.array([]), chance=chance, k=k)


@pytest.mark.parametrize("chance", [0.02, 0.99])
def test_the_stability_is_that_between_runs_and_not_that_of_chance(chance):
    """Chance is the yardstick: as one of the ends it would be measured by itself."""
    figure, sentence = evidence.stability(
        {"seeds": overlap(0.5, chance), "halves": overlap(0.25), "k": overlap(0.75)},
        {"one": 0.5004, "two": 0.4296},
        null=0.41,
    )
    assert title(figure) == "Neighbours: from 25.0 to 75.0 %"
    assert title(figure, 1) == "Genre purity: within 7.0 points"  # 50.0 and 43.0
    assert sentence == (
        "Neighbours in common: seeds 50.0 %, halves 25.0 %, k 75.0 %, chance "
        f"{100 * chance:.1f} %. Genre purity lies between 43.0 % and 50.0 %, against "
        "41.0 % for shuffled labels."
    )
    left, right = (
        {
            name: round(bar.get_width(), 6)
            for name, bar in zip(ticks(axes.yaxis), axes.patches, strict=True)
        }
        for axes in figure.axes
    )
    assert left == {"seeds": 50, "halves": 25, "k": 75, "chance": 100 * chance}
    assert right == {"one": 50.04, "two": 42.96, "shuffled labels": 41}
    assert texts(figure, 1) == ["50.0 %", "43.0 %", "41.0 %"]
    assert figure.axes[0].get_xlabel() == "the 7 nearest in common (%)"
    assert figure.axes[1].get_xlabel() == "the 7 nearest with a common genre (%)"
    for axes in figure.axes:
        colours = [bar.get_facecolor() for bar in axes.patches]
        assert len({*colours[:-1]}) == 1
        assert colours[-1] != colours[0]  # the yardstick looks different


@pytest.mark.parametrize(
    ("cosines", "how"),
    [
        ([0.8, 0.7, 0.9], "found where"),
        ([0.79, 0.1, 0.9], "only roughly found where"),
        ([0.5, 0.4, 0.9], "only roughly found where"),
        ([0.49, 0.4, 0.9], "not found where"),
        ([-0.2, -0.3, 0.9], "not found where"),
    ],
)
def test_genres_are_said_to_be_found_where_they_are(cosines, how):
    """By the median: one genre that fits is no proof, and one that does not no harm."""
    table = pd.DataFrame(
        {
            "true_x": [3.0, 0.0, 0.0],
            "true_y": [0.0, 4.0, 0.0],
            "found_x": [0.6, 0.0, 0.0],
            "found_y": [0.0, -0.8, 0.0],
            "cosine": cosines,
            "movies": [11, 22, 33],
        },
        ["War", "Drama", "Crime"],
    )
    figure, sentence = evidence.true_and_found(table)
    median = np.median(cosines)
    assert title(figure) == (
        f"Genres are {how} they were planted (median cosine {median:.2f})"
    )
    worst = int(np.argmin(cosines))
    assert sentence == (
        f"The median cosine of planted and recovered direction is {median:.2f} over 3 "
        f"genres; the lowest is {min(cosines):.2f}, for {table.index[worst]} with "
        f"{table['movies'].iloc[worst]} movies. Recovered directions are drawn 5.0 "
        "times as long as they are."
    )
    planted, recovered = dots(figure)
    assert planted == [(3, 0), (0, 4), (0, 0)]
    assert recovered == [(3, 0), (0, -4), (0, 0)]  # five times as long
    *joined, across, up = lines(figure).values()
    assert joined == [[(3, 0)] * 2, [(0, 4), (0, -4)], [(0, 0)] * 2]
    assert {y for _, y in across} == {0}
    assert {x for x, _ in up} == {0}
    assert [found.get_label() for found in figure.axes[0].collections] == [
        "planted",
        "recovered",
    ]


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
