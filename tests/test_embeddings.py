"""A wrong neighbour, null or axis would let a lab claim what is not in the vectors."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import ortho_group
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from data_utils import RatingsDataset, planted_world
from embeddings import (
    MovieVectors,
    axis_extremes,
    cluster_movies,
    compare_cluster_counts,
    compare_with_truth,
    find_similar_movies,
    genre_agreement,
    genre_directions,
    genre_lift,
    genre_purity,
    linear_probe,
    movie_vectors,
    nearest_neighbours,
    nearest_to,
    neighbour_stability,
    popularity_and_year,
    prediction_vectors,
    principal_axes,
    procrustes,
    shared_genres,
    true_vectors,
)
from embeddings.clusters import _mutual_information
from embeddings.purity import shuffle_within
from models import ALS, FactorTables
from title_search import UnknownTitle


def catalogue(vectors, genres=None, counts=None, years=None) -> MovieVectors:
    n = len(vectors)
    movies = pd.DataFrame(
        {
            "item_id": np.arange(n) + 100,
            "title": [f"Movie {chr(65 + i % 26)}{i}" for i in range(n)],
            "year": pd.array(years if years is not None else [1990] * n, dtype="Int64"),
            "genres": pd.array(genres if genres is not None else [""] * n, dtype="str"),
        }
    )
    counts = np.arange(n, 0, -1) if counts is None else np.asarray(counts)
    return MovieVectors(np.asarray(vectors, dtype=float), movies, counts)


def two_bundles(per_bundle=30, seed=0) -> MovieVectors:
    """War movies point one way, musicals another, with a little noise."""
    rng = np.random.default_rng(seed)
    directions = np.repeat([[1.0, 0, 0], [0, 1.0, 0]], per_bundle, axis=0)
    vectors = directions + rng.normal(0, 0.1, directions.shape)
    return catalogue(vectors, ["War"] * per_bundle + ["Musical"] * per_bundle)


def noise(n=60, k=4, seed=0, **known) -> MovieVectors:
    return catalogue(np.random.default_rng(seed).normal(size=(n, k)), **known)


# --- the table of vectors ---


def test_rows_of_a_model_meet_their_movies(small_world):
    """One row off, and every title of the lab is that of another movie."""
    ratings, movies, _ = small_world
    train = RatingsDataset.fit(ratings)
    model = ALS(n_factors=3, epochs=2, seed=0)
    tables = model.fit(train).tables()
    shuffled = movies.sample(frac=1, random_state=0).iloc[1:]
    found = movie_vectors(tables, train, shuffled)
    assert found.movies["item_id"].tolist() == train.item_ids.raw.tolist()
    lacking = set(movies["item_id"]) - set(shuffled["item_id"])
    titles = movies.set_index("item_id")["title"]
    for row, item_id in enumerate(train.item_ids.raw.tolist()):
        lost = item_id in lacking
        expected = f"movie {item_id}" if lost else titles[item_id]
        assert found.movies["title"][row] == expected
        assert found.counts[row] == (ratings["item_id"] == item_id).sum()
    np.testing.assert_allclose(found.vectors, tables.item_factors)


def test_cold_ratings_count_for_no_movie_and_an_unrated_movie_keeps_its_row():
    """The last movie would be missing, or the first would get what strangers rated."""
    columns = ["user_id", "item_id", "rating"]
    every = pd.DataFrame([(0, 5, 4), (0, 6, 2), (1, 7, 3)], columns=columns)
    later = pd.DataFrame([(0, 5, 4), (0, 99, 2), (1, 99, 5)], columns=columns)
    maps = RatingsDataset.fit(every)
    train = RatingsDataset(later, maps.user_ids, maps.item_ids)
    zeros = torch.zeros(2), torch.zeros(3), torch.zeros(2, 1), torch.zeros(3, 1)
    titles = {"item_id": [5, 6, 7], "title": "Heat", "year": 1995, "genres": "War"}
    found = movie_vectors(FactorTables(3.0, *zeros), train, pd.DataFrame(titles))
    assert found.counts.tolist() == [1, 0, 0]


def test_a_part_of_the_movies_is_numbered_anew_and_has_the_same_columns():
    """A row's number is its place in the vectors: titles would be those of others."""
    movies = catalogue(np.arange(6).reshape(3, 2), counts=[5, 4, 9])
    often = movies.rated_at_least(5)
    assert often.counts.tolist() == [5, 9]
    assert often.movies["title"].tolist() == ["Movie A0", "Movie C2"]
    assert often.movies.index.tolist() == [0, 1]
    assert often.movies.columns.tolist() == movies.movies.columns.tolist()
    assert often.genres.index.tolist() == [0, 1]


def test_other_vectors_are_kept_in_double_precision():
    single = np.ones((3, 5), dtype=np.float32)
    other = catalogue(np.ones((3, 2))).with_vectors(single)
    assert (other.vectors.dtype, other.vectors.shape) == (np.float64, (3, 5))


def test_a_zero_vector_stays_zero_and_the_others_have_length_one():
    unit = catalogue([[0.0, 0], [0.3, 0.4], [30, 40]]).unit
    np.testing.assert_allclose(unit, [[0, 0], [0.6, 0.8], [0.6, 0.8]])


def test_a_model_of_other_data_is_refused(small_world):
    train = RatingsDataset.fit(small_world.ratings)
    nothing = torch.zeros(2)
    tables = FactorTables(3.0, nothing, nothing, nothing[:, None], nothing[:, None])
    with pytest.raises(ValueError, match="fitted on"):
        movie_vectors(tables, train, small_world.movies)


def test_nan_in_the_factors_is_said_with_the_first_movie():
    vectors = np.ones((3, 2))
    vectors[1, 0] = np.nan
    with pytest.raises(ValueError, match=r"1 of 3 .*Movie B1 \(1990\).*diverged"):
        catalogue(vectors)


def test_no_movies_and_rows_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="no movies"):
        catalogue(np.ones((0, 2)))
    with pytest.raises(ValueError, match="3 counts do not match: give one"):
        catalogue(np.ones((2, 2)), counts=[1, 2, 3])
    for vectors in (np.ones((3, 2)), np.ones(2), np.ones((2, 2, 2))):
        with pytest.raises(ValueError, match="2 movies and 2 counts do not match"):
            MovieVectors(vectors, catalogue(np.ones((2, 2))).movies, np.ones(2))
    with pytest.raises(ValueError, match=r"No movie has 50 ratings.*is 3"):
        catalogue(np.ones((3, 2))).rated_at_least(50)


def test_the_primary_genre_is_the_rarest():
    movies = catalogue(np.ones((4, 1)), ["Action|War", "Action", "", "unknown"])
    assert movies.primary_genres.tolist() == ["War", "Action", "", ""]
    assert catalogue(np.ones((2, 1))).primary_genres.tolist() == ["", ""]


# --- neighbours ---


def test_neighbours_agree_with_a_loop():
    movies = noise(n=25)
    for row, found in enumerate(nearest_neighbours(movies, 5)):
        v = movies.vectors
        cosines = [
            v[row] @ v[j] / np.linalg.norm(v[row]) / np.linalg.norm(v[j])
            if j != row
            else -2
            for j in range(25)
        ]
        assert found.tolist() == np.argsort(cosines)[::-1][:5].tolist()


def test_chunks_do_not_change_the_neighbours(monkeypatch):
    movies = noise(n=25)
    whole = nearest_neighbours(movies, 5)
    for at_once in (60, 10):  # two movies at once, and where that is too much, one
        monkeypatch.setattr("embeddings.neighbours.SIMILARITIES_AT_ONCE", at_once)
        np.testing.assert_array_equal(nearest_neighbours(movies, 5), whole)


def test_a_zero_vector_is_nobodys_neighbour():
    """0 / 0 is NaN, which sorting puts first: a neighbour of everything."""
    vectors = np.random.default_rng(0).normal(size=(8, 2))
    vectors[3] = 0
    movies = catalogue(vectors)
    found = nearest_neighbours(movies, 6)
    assert (found[3] == -1).all()
    assert 3 not in np.delete(found, 3, axis=0)
    assert "Movie D3 (1990)" not in set(find_similar_movies("A0", movies)["title"])
    with pytest.raises(ValueError, match="no direction"):
        find_similar_movies("Movie D3", movies)
    with pytest.raises(ValueError, match="k=7 neighbours of 7"):
        nearest_neighbours(movies, 7)
    with pytest.raises(ValueError, match="k=0 neighbours of 7"):
        nearest_neighbours(movies, 0)
    assert nearest_neighbours(movies, 1)[:, 0].tolist() == found[:, 0].tolist()


def test_similar_movies_come_nearest_first_and_rare_ones_can_stay_out():
    vectors = [[1, 0], [2, 0.1], [1, 1], [-1, 0], [5, 1]]
    movies = catalogue(vectors, counts=[9, 1, 9, 9, 9])
    table = find_similar_movies("a0", movies)
    order = ["Movie B1 (1990)", "Movie E4 (1990)", "Movie C2 (1990)", "Movie D3 (1990)"]
    assert table["title"].tolist() == order
    assert table["cosine"].iloc[-1] == pytest.approx(-1)
    often = find_similar_movies("a0", movies, top_k=2, min_ratings=9)
    assert often["title"].tolist() == order[1:3]
    assert find_similar_movies("a0", movies, top_k=1)["title"].tolist() == order[:1]


def test_the_nearest_to_a_vector_do_not_depend_on_any_length():
    """A popular movie has a long vector, and would be near everything."""
    movies = catalogue([[0.1, 0], [30, 40], [0, 0.2], [0, 0]])
    for length in (1, 50):
        table = nearest_to([length, 0], movies)
        assert table["title"].str[6].tolist() == ["A", "B", "C"]
        assert table["cosine"].tolist() == pytest.approx([1, 0.6, 0])


def test_equally_near_movies_come_in_the_order_of_the_table():
    """Every machine would show another list."""
    movies = catalogue(np.tile([[1.0, 0], [0, 1]], (30, 1)))
    titles = nearest_to([0, 1], movies, top_k=60)["title"]
    assert titles.tolist() == [*movies.labels[1::2], *movies.labels[::2]]


def test_the_chosen_one_of_several_titles_is_said(capsys):
    """The reader would take the neighbours for those of another film."""
    find_similar_movies("movie", noise(n=12))
    assert "12 movies" in capsys.readouterr().out
    with pytest.raises(UnknownTitle):
        find_similar_movies("qqq", noise(n=12))


@pytest.mark.parametrize("top_k", [0, -1, 2.5])
def test_a_list_of_nothing_is_refused(top_k):
    with pytest.raises(ValueError, match="one neighbour or more"):
        nearest_to(np.ones(4), noise(), top_k=top_k)


@pytest.mark.parametrize(
    ("vector", "sentence"),
    [
        (np.zeros(4), "The vector is zero"),
        ([1, np.nan, 0, 0], "NaN or infinity"),
        (np.ones(3), r"shape \(3,\), and the vectors of these movies have 4"),
    ],
)
def test_a_vector_without_a_direction_is_refused(vector, sentence):
    """A king minus a king is zero: its cosines would all be NaN, in some order."""
    with pytest.raises(ValueError, match=sentence):
        nearest_to(vector, noise())


# --- purity ---


def test_purity_by_hand():
    genres = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], dtype=bool)
    neighbours = np.array([[1, 2], [0, 2], [0, 1], [0, 1]])
    assert shared_genres(genres, neighbours) == pytest.approx(4 / 8)


def test_purity_says_in_words_what_it_found():
    found = genre_purity(two_bundles(), k=10, permutations=20)
    assert str(found).startswith("100.0% of the 10 nearest neighbours share a genre")
    assert f"{found.null.mean():.1%} under 20 shuffles" in str(found)
    assert f"(largest {found.null.max():.1%}, p = 0.048), over 60 movies" in str(found)


def test_purity_finds_structure_and_only_structure():
    found = genre_purity(two_bundles(), k=10, permutations=200)
    assert found.share == 1
    assert found.expected == pytest.approx(29 / 59, abs=0.01)  # a random pair
    assert found.p_value == pytest.approx(1 / 201)
    genres = ["War", "Musical"] * 30
    nothing = genre_purity(noise(genres=genres), k=10, permutations=200)
    assert nothing.p_value > 0.05


def test_false_alarms_are_as_rare_as_the_p_value_says():
    genres = ["War", "Musical", "Drama"] * 10
    p_values = [
        genre_purity(noise(30, seed=s, genres=genres), 3, 99).p_value for s in range(60)
    ]
    assert np.mean(np.array(p_values) <= 0.2) == pytest.approx(0.2, abs=0.13)


def test_shuffling_within_groups_explains_away_what_groups_explain():
    """Old films near old films is no proof of genre if westerns are old."""
    movies = two_bundles()
    era = np.repeat([0, 1], 30)
    assert genre_purity(movies, permutations=50, within=era).p_value == 1
    order = shuffle_within(era, np.random.default_rng(0))
    assert sorted(order) == list(range(60))
    np.testing.assert_array_equal(era[order], era)


def test_movies_without_genre_or_direction_are_left_out_and_counted():
    movies = two_bundles()
    movies.vectors[0] = 0
    movies.movies.loc[5, "genres"] = ""
    fresh = MovieVectors(movies.vectors, movies.movies, movies.counts)
    found = genre_purity(fresh, permutations=10)
    assert (found.n_movies, found.left_out, found.share) == (58, 2, 1)
    with pytest.raises(ValueError, match=r"0 of 60 .*too few"):
        genre_purity(noise(), permutations=10)


def test_purity_needs_a_shuffle_and_a_label_a_movie():
    with pytest.raises(ValueError, match="permutations=0"):
        genre_purity(two_bundles(), permutations=0)
    assert genre_purity(two_bundles(), permutations=1).p_value == 0.5
    with pytest.raises(ValueError, match=r"60 of 60 .*too few for 60 neighbours"):
        genre_purity(two_bundles(), k=60)
    with pytest.raises(ValueError, match="5 labels for 60 movies"):
        genre_purity(two_bundles(), permutations=5, within=np.zeros(5))


# --- clusters ---


def test_clusters_find_the_bundles_and_say_their_genres():
    clusters = cluster_movies(two_bundles(), n_clusters=2, n_titles=1)
    assert clusters.table["movies"].tolist() == [30, 30]
    assert set(clusters.table["overrepresented genres"]) == {"War ×2.0", "Musical ×2.0"}
    agreement = genre_agreement(clusters.labels, two_bundles(), permutations=50)
    assert agreement.ami == pytest.approx(1)
    assert agreement.p_value == pytest.approx(1 / 51)
    assert "Movie A0 (1990)" in set(clusters.table["most rated"])


def test_lift_by_hand():
    """Two of the three clustered war movies lie in cluster 0, which has two movies."""
    genres = ["War", "War|Drama", "War", "Drama", "Drama", "Western", ""]
    movies = catalogue(np.ones((7, 2)), genres)
    lift = genre_lift(np.array([0, 0, 1, 1, 1, -1, 1]), movies)
    assert sorted(lift) == ["Drama", "War"]  # no clustered movie is a western
    assert lift["War"].tolist() == pytest.approx([1 / (3 / 6), (1 / 4) / (3 / 6)])
    assert lift["Drama"].tolist() == pytest.approx([0.5 / 0.5, (2 / 4) / (3 / 6)])


def test_what_is_overrepresented_is_said_of_three_movies_or_more():
    """Two westerns in one cluster are no finding, nor is a share like everywhere."""
    here = ["Horror", "Drama|War"] * 3 + ["Film-Noir|Crime"] * 4 + ["Drama", "Western"]
    there = ["Drama"] * 4 + ["Comedy"] * 8
    angles = np.repeat([0.0, 2.0], 12)
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    found = cluster_movies(catalogue(vectors, here + there), n_clusters=2)
    ours = found.labels[0]
    said = found.table["overrepresented genres"]
    assert said[ours] == "Crime ×2.0, Film-Noir ×2.0, Horror ×2.0"
    assert said[1 - ours] == "Comedy ×2.0"
    assert found.lift.loc[ours, "Drama"] == 1


def test_the_most_rated_of_a_cluster_come_first_and_equal_ones_as_in_the_table():
    movies = catalogue(np.ones((40, 1)), counts=[3] * 20 + [7] * 20)
    table = cluster_movies(movies, n_clusters=1, n_titles=21).table
    order = [*movies.labels[20:], movies.labels[0]]
    assert table["most rated"][0] == "; ".join(order)
    with pytest.raises(ValueError, match="0 clusters of 40"):
        cluster_movies(movies, n_clusters=0)


def test_of_ten_starts_the_best_is_kept():
    """A single start often ends where two clusters are one and one is two."""
    movies = noise(n=80, k=3, seed=2)
    one_start = [
        KMeans(12, n_init=1, random_state=seed).fit(movies.unit).inertia_
        for seed in range(10)
    ]
    assert cluster_movies(movies, n_clusters=12).inertia < np.median(one_start)


def test_minus_zero_is_no_direction_of_its_own():
    """One factor that is zero for all would make two directions of one."""
    movies = catalogue([[1.0, 0.0], [1.0, -0.0], [2.0, -1e-9]])
    with pytest.raises(ValueError, match="lie in 1 different directions"):
        cluster_movies(movies, n_clusters=2)


def test_mutual_information_agrees_with_scikit_learn():
    random = np.random.default_rng(0)
    a, b = random.integers(0, 5, 40), random.integers(0, 3, 40)
    for x, y in ((a, b), (b, a), (a, a), (np.array([0, 1, 1]), np.array([1, 0, 0]))):
        assert _mutual_information(x, y) == pytest.approx(mutual_info_score(x, y))


def test_agreement_counts_shuffles_that_reach_it_and_leaves_out_what_has_no_genre():
    """Of four movies in two pairs, a third of all shuffles part them the same way."""
    movies = catalogue(np.ones((6, 1)), ["War", "War", "Drama", "Drama", "", "War"])
    found = genre_agreement(np.array([0, 0, 1, 1, 1, -1]), movies, permutations=600)
    assert found.n_movies == 4
    assert found.ami == pytest.approx(1)
    assert found.p_value == pytest.approx(1 / 3, abs=0.06)
    nothing = genre_agreement(np.zeros(6, dtype=int), movies, permutations=9)
    assert nothing.p_value == 1


def test_the_same_seed_gives_the_same_clusters_and_zero_vectors_none():
    movies = noise(genres=["War", "Drama|War", ""] * 20)
    movies.vectors[7] = 0
    fresh = MovieVectors(movies.vectors, movies.movies, movies.counts)
    first, second = (cluster_movies(fresh, 5, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.labels, second.labels)
    assert first.labels[7] == -1
    assert first.table["movies"].sum() == 59
    sizes = first.table["movies"].tolist()
    assert sizes == sorted(sizes, reverse=True)


def test_chance_agreement_is_near_zero():
    movies = noise(genres=["War", "Drama"] * 30)
    labels = np.arange(60) % 10 // 2
    agreement = genre_agreement(labels, movies, permutations=100)
    assert abs(agreement.ami) < 0.1
    assert agreement.p_value > 0.05


def test_more_clusters_than_movies_and_no_genres_are_refused():
    with pytest.raises(ValueError, match="61 clusters of 60"):
        cluster_movies(noise(), n_clusters=61)
    with pytest.raises(ValueError, match="both a cluster and a genre"):
        genre_agreement(np.zeros(60, dtype=int), noise())


def test_movies_in_the_same_direction_are_no_clusters():
    """With one factor there are two directions, whatever the number of movies."""
    line = noise(k=1)
    assert (cluster_movies(line, n_clusters=2).table["movies"] > 0).all()
    with pytest.raises(ValueError, match="which lie in 2 different directions"):
        cluster_movies(line, n_clusters=10)


@pytest.mark.parametrize("count", [1, 60])
def test_a_silhouette_needs_two_clusters_and_two_movies_in_one(count):
    with pytest.raises(ValueError, match=f"{count} clusters of 60 .* no silhouette"):
        compare_cluster_counts(two_bundles(), counts=(count,))


def test_labels_are_one_a_movie():
    for function in (genre_lift, genre_agreement):
        with pytest.raises(ValueError, match="5 labels were given for 60 movies"):
            function(np.zeros(5, dtype=int), two_bundles())


def test_more_clusters_leave_less_inertia():
    table = compare_cluster_counts(two_bundles(), counts=(2, 3, 5))
    assert table["inertia"].is_monotonic_decreasing
    assert table["silhouette"].idxmax() == 0


# --- probes ---


def test_a_probe_reads_what_is_there_and_nothing_else():
    movies = two_bundles()
    assert (linear_probe(movies.vectors, movies.genres) > 0.99).all()
    random = np.random.default_rng(1).normal(size=(60, 3))
    assert linear_probe(random, movies.genres).mean() == pytest.approx(0.5, abs=0.15)


def test_a_probe_is_the_mean_auc_out_of_fold_of_standardized_features():
    """With the scale of the training part, and the folds that the seed draws."""
    movies = two_bundles()
    random = np.random.default_rng(3)
    features = movies.vectors + random.normal(0, 0.8, (60, 3))
    has = movies.genres["War"].to_numpy()
    aucs = []
    split = StratifiedKFold(3, shuffle=True, random_state=7)
    for train, test in split.split(features, has):
        middle, scale = features[train].mean(0), features[train].std(0)
        model = LogisticRegression().fit((features[train] - middle) / scale, has[train])
        score = model.decision_function((features[test] - middle) / scale)
        aucs.append(roc_auc_score(has[test], score))
    found = linear_probe(features, movies.genres, folds=3, seed=7)
    assert found["War"] == pytest.approx(np.mean(aucs))
    assert found.name == "AUC"


def test_a_probe_does_not_see_the_unit_of_a_feature():
    """Years are thousands and vectors are not: the penalty would choose for us."""
    movies = two_bundles()
    features = movies.vectors + np.random.default_rng(3).normal(0, 0.8, (60, 3))
    plain = linear_probe(features, movies.genres)
    scaled = linear_probe(features * [1e-4, 1, 1e4], movies.genres)
    pd.testing.assert_series_equal(plain, scaled)


def test_a_probe_takes_flags_beside_numbers():
    """A table of both is an array of objects, and these have no logarithm."""
    movies = two_bundles()
    table = pd.DataFrame({"is early": np.arange(60) < 30, "year": np.arange(60) / 7})
    assert linear_probe(table, movies.genres)["War"] == 1


def test_genres_are_probed_that_enough_movies_have_and_enough_lack():
    """Two movies in five folds leave folds without one, and an AUC of nothing."""
    row = np.arange(60)
    genres = pd.DataFrame(
        {"20": row < 20, "19": row < 19, "40": row < 40, "41": row < 41, "4": row < 4}
    )
    features = np.random.default_rng(0).normal(size=(60, 2))
    assert linear_probe(features, genres).index.tolist() == ["20", "40"]
    found = linear_probe(features, genres, folds=2, min_movies=4)
    assert found.index.tolist() == ["20", "19", "40", "41", "4"]
    with pytest.raises(ValueError, match="No genre has 5 movies with it and 5 without"):
        linear_probe(features, genres[["4"]], min_movies=2)


def test_probe_features_fill_missing_years_by_the_median():
    known = popularity_and_year(noise(n=3, years=[1990, None, 1994]))
    assert known[:, 1].tolist() == [1990, 1992, 1994]
    assert known[:, 0] == pytest.approx(np.log([4, 3, 2]))
    assert popularity_and_year(noise(n=2, years=[None, None]))[:, 1].tolist() == [0, 0]


def test_a_probe_without_a_genre_to_probe_says_so():
    movies = two_bundles()
    with pytest.raises(ValueError, match="No genre has 40"):
        linear_probe(movies.vectors, movies.genres, min_movies=40)
    holey = movies.vectors.copy()
    holey[7, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        linear_probe(holey, movies.genres)
    for features in (
        movies.vectors[:5],
        movies.vectors[:, 0],
        movies.vectors[..., None],
    ):
        with pytest.raises(ValueError, match="one row of features per movie"):
            linear_probe(features, movies.genres)
    with pytest.raises(ValueError, match="folds=1"):
        linear_probe(movies.vectors, movies.genres, folds=1)


# --- axes, alignment, stability ---


def test_axes_agree_with_the_covariance_matrix():
    vectors = noise().vectors * [3, 1, 2, 0.5]
    axes = principal_axes(vectors)
    variances = np.linalg.eigvalsh(np.cov(vectors.T))[::-1]
    np.testing.assert_allclose(axes.shares, variances / variances.sum())
    np.testing.assert_allclose(
        axes.scores, (vectors - vectors.mean(0)) @ axes.directions.T
    )
    np.testing.assert_allclose(
        axes.directions @ axes.directions.T, np.eye(4), atol=1e-9
    )
    farthest = np.abs(axes.scores).argmax(axis=0)
    assert (axes.scores[farthest, np.arange(4)] > 0).all()
    small = principal_axes(vectors / 1000)
    np.testing.assert_allclose(small.scores, axes.scores / 1000)
    assert (principal_axes(np.ones((3, 2))).shares == 0).all()


def test_extremes_are_the_ends_of_the_axis():
    movies = noise(n=10)
    table = axis_extremes(movies.vectors[:, 0], movies, n_titles=2)
    labels = movies.labels[movies.vectors[:, 0].argsort()].tolist()
    assert table["one end"].tolist() == labels[:2]
    assert table["the other end"].tolist() == labels[:-3:-1]
    many = noise(n=40)
    tied = axis_extremes(np.tile([1.0, 0.0], 20), many, n_titles=20)
    assert tied["one end"].tolist() == many.labels[1::2].tolist()


def random_tables(seed=0, k=3) -> FactorTables:
    g = torch.Generator().manual_seed(seed)
    users, items = (torch.randn(n, k, generator=g) for n in (40, 15))
    return FactorTables(3.0, torch.zeros(40), torch.zeros(15), users, items)


def test_prediction_vectors_hold_the_covariance_of_predictions():
    tables = random_tables()
    vectors = prediction_vectors(tables)
    taste = (tables.user_factors @ tables.item_factors.T).double().numpy()
    covariance = np.cov(taste.T, bias=True)
    np.testing.assert_allclose(vectors @ vectors.T, covariance, atol=1e-5)


def test_prediction_vectors_do_not_see_a_rescaling_that_fools_cosine():
    tables = random_tables()
    scale = torch.tensor([10.0, 1.0, 0.1])
    users, items = tables.user_factors / scale, tables.item_factors * scale
    rescaled = tables._replace(user_factors=users, item_factors=items)
    torch.testing.assert_close(rescaled.scores([0]), tables.scores([0]))
    before, after = (prediction_vectors(t) for t in (tables, rescaled))
    np.testing.assert_allclose(before @ before.T, after @ after.T, atol=1e-5)
    plain, stretched = (
        nearest_neighbours(catalogue(t.item_factors.numpy()), 3)
        for t in (tables, rescaled)
    )
    assert (plain != stretched).any()


def test_procrustes_undoes_a_rotation():
    target = noise().vectors
    rotation = ortho_group.rvs(4, random_state=np.random.default_rng(0))
    found = procrustes(target @ rotation.T, target)
    np.testing.assert_allclose(found.rotation, rotation, atol=1e-12)
    np.testing.assert_allclose(found.aligned, target, atol=1e-12)
    assert found.r2 == pytest.approx(1)
    narrow = procrustes(np.pad(target, ((0, 0), (0, 3))), target)
    assert narrow.r2 == pytest.approx(1)


def test_procrustes_into_fewer_dimensions_is_not_the_nearest():
    """As its docstring warns: dropping columns 0 and 1 would be exact."""
    source = noise().vectors * [10, 10, 1, 1]
    found = procrustes(source, source[:, 2:])
    np.testing.assert_allclose(found.rotation.T @ found.rotation, np.eye(2), atol=1e-12)
    largest = np.linalg.svd(source.T @ source[:, 2:], compute_uv=False).sum()
    assert (found.aligned * source[:, 2:]).sum() == pytest.approx(largest)
    assert found.r2 < 1


def test_what_cannot_be_aligned_is_refused():
    with pytest.raises(ValueError, match="one row per movie"):
        procrustes(np.ones((3, 2)), np.ones((4, 2)))
    for shapes in (((3,), (3, 2)), ((3, 2), (3,)), ((3, 2, 1), (3, 2))):
        with pytest.raises(ValueError, match="one row per movie"):
            procrustes(*map(np.ones, shapes))
    ones, holey = np.ones((3, 2)), np.ones((3, 2))
    holey[2, 0] = np.nan
    for pair in ((holey, ones), (ones, holey)):
        with pytest.raises(ValueError, match="NaN"):
            procrustes(*pair)
    with pytest.raises(ValueError, match="zero"):
        procrustes(np.ones((3, 2)), np.zeros((3, 2)))


def test_stability_sees_through_a_rotation_and_not_through_noise():
    first = noise(n=200, k=5)
    rotation = ortho_group.rvs(5, random_state=np.random.default_rng(0))
    turned = first.with_vectors(first.vectors @ rotation)
    assert neighbour_stability([first, turned]).overlap == pytest.approx(1)
    other = noise(n=200, k=5, seed=1)
    found = neighbour_stability([first, turned, other], k=10)
    assert found.by_pair[0, 2] == pytest.approx(found.chance, abs=0.02)
    assert found.chance == pytest.approx(10 / 199)
    assert found.overlap == pytest.approx(np.mean(list(found.by_pair.values())))
    assert found.by_movie.shape == (200,)
    assert found.by_movie.mean() == pytest.approx(found.overlap)
    assert found.by_movie.std() > 0


def test_a_movie_without_a_direction_has_no_neighbours_to_agree_on():
    """Its -1 would agree with every other -1, and nothing learned would look stable."""
    vectors = noise(n=20).vectors
    vectors[4] = 0
    found = neighbour_stability([catalogue(vectors), catalogue(vectors)], k=3)
    assert found.by_movie.tolist() == [1, 1, 1, 1, 0] + [1] * 15


def test_runs_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="two or more"):
        neighbour_stability([noise()])
    other = noise()
    other.movies["item_id"] += 1
    for runs in ([noise(), other], [noise(), noise(), other]):
        with pytest.raises(ValueError, match="different movies"):
            neighbour_stability(runs)


# --- directions ---


def test_genre_directions_are_those_the_movies_were_made_of():
    rng = np.random.default_rng(0)
    places = pd.DataFrame(rng.normal(size=(3, 4)), index=["Drama", "Musical", "War"])
    genres = ["Drama", "War", "Musical", "Drama|War", "Musical|War"] * 8
    vectors = [places.loc[names.split("|")].mean().to_numpy() for names in genres]
    expected = places - np.mean(vectors, axis=0)
    # A western alone is no direction, and a movie without a genre no part of any.
    movies = catalogue([*vectors, *rng.normal(size=(2, 4))], [*genres, "Western", ""])
    for least in (5, 16):  # sixteen are musicals
        pd.testing.assert_frame_equal(genre_directions(movies, least), expected)
    with pytest.raises(ValueError, match="No genre has 5"):
        genre_directions(noise())


def test_the_truth_turned_is_recovered_up_to_what_movies_have_of_their_own():
    """Whatever is found, or lost, by a fit would be laid at the door of the model."""
    world = planted_world(n_users=60, n_items=300, n_ratings=2000, seed=1)
    truth, ids = world.truth, world.movies["item_id"].to_numpy()
    exact = true_vectors(truth, ids)
    middle, k = exact.mean(axis=0), exact.shape[1]
    turn = ortho_group.rvs(k, random_state=np.random.default_rng(0))
    shift = 5 * np.arange(k)  # nothing of where the middle lies may be left
    movies = MovieVectors(exact @ turn + shift, world.movies, np.ones(300))
    table = compare_with_truth(movies, truth, min_movies=20)
    # By hand: each genre's place, and the axes, in the space of predictions.
    zeros = torch.zeros(60), torch.zeros(len(truth.genres))
    users, genres = map(torch.from_numpy, (truth.user_factors, truth.genre_directions))
    places = prediction_vectors(FactorTables(3.0, *zeros, users, genres)) - middle
    places = pd.DataFrame(places, index=truth.genres).loc[table.index].to_numpy()
    found = genre_directions(movies.with_vectors(exact - middle), 20).loc[table.index]
    axes = principal_axes(exact).directions[:2].T
    np.testing.assert_allclose(table[["true_x", "true_y"]], places @ axes)
    np.testing.assert_allclose(table[["found_x", "found_y"]], found.to_numpy() @ axes)
    lengths = np.linalg.norm(places, axis=1) * np.linalg.norm(found, axis=1)
    np.testing.assert_allclose(table["cosine"], (places * found).sum(axis=1) / lengths)
    assert table["cosine"].is_monotonic_decreasing
    assert table["cosine"].min() > 0.9
    assert table["movies"].tolist() == movies.genres[table.index].sum().tolist()


# --- what the course claims of ML-100K ---


def test_the_vectors_of_ml100k_know_genres(ml100k):
    """The lab's main claim: the model's own defaults, nothing tuned on genres."""
    ratings, movies = ml100k
    train = RatingsDataset.fit(ratings)
    model = ALS(seed=0).fit(train)
    known = movie_vectors(model.tables(), train, movies).rated_at_least(50)
    purity = genre_purity(known, k=10, permutations=1000)
    assert purity.share >= 0.55
    assert purity.expected == pytest.approx(0.393, abs=0.01)
    assert purity.p_value < 0.001
    probe = linear_probe(known.vectors, known.genres)
    known_without = linear_probe(popularity_and_year(known), known.genres)
    assert (probe - known_without).mean() >= 0.05
