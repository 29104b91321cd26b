"""The numbers that describe a table of ratings. For students: lab 01."""

import numpy as np
import pandas as pd

from .columns import check_ratings

MOST_BARS = 20
"""With more different ratings than this, the bars show parts of the scale."""


def compute_statistics(ratings: pd.DataFrame) -> dict:
    """What a ratings table looks like, as plain Python numbers.

    Keys: `n_ratings`, `n_users`, `n_items` (with at least one rating); `sparsity`, the
    share of empty cells among users × items, and `density`, the rest; `mean_rating`
    and `sd_rating` in stars; `rating_shares`, star → share of the ratings;
    `ratings_per_user` and `ratings_per_item`, each with `min`, `q1`, `median`, `q3`,
    `max`, `mean` and `gini`; `top_10_percent_share`, the share of the ratings that the
    most rated tenth of the items holds; `first_rating` and `last_rating`, dates (UTC),
    or None where the ratings have no timestamp.

    Raises `ValueError` for a table without rows, or without one of the columns
    `user_id`, `item_id`, `rating`.

    >>> ratings = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [5, 6, 5],
    ...                         "rating": [3.0, 5.0, 4.0]})
    >>> facts = compute_statistics(ratings)
    >>> facts["n_users"], facts["density"], facts["mean_rating"]
    (2, 0.75, 4.0)
    """
    check_ratings(ratings)
    per_user = ratings["user_id"].value_counts().to_numpy()
    per_item = ratings["item_id"].value_counts().to_numpy()  # largest first
    density = len(ratings) / (len(per_user) * len(per_item))
    shares = ratings["rating"].value_counts(normalize=True).sort_index()
    top = max(1, round(len(per_item) / 10))
    first = last = None
    if "timestamp" in ratings:
        ends = ratings["timestamp"].agg(["min", "max"])
        first, last = (end.date() for end in pd.to_datetime(ends, unit="s"))
    return {
        "n_ratings": len(ratings),
        "n_users": len(per_user),
        "n_items": len(per_item),
        "sparsity": 1 - density,
        "density": density,
        "mean_rating": float(ratings["rating"].mean()),
        "sd_rating": float(ratings["rating"].std(ddof=0)),
        "rating_shares": {float(star): float(share) for star, share in shares.items()},
        "ratings_per_user": _spread(per_user),
        "ratings_per_item": _spread(per_item),
        "top_10_percent_share": float(per_item[:top].sum() / len(ratings)),
        "first_rating": first,
        "last_rating": last,
    }


def gini(counts: np.ndarray) -> float:
    """Inequality of counts: 0 if all are equal, towards 1 if one holds everything.

    Twice the area between the Lorenz curve and the diagonal (Gini 1912), here by the
    ranks of the sorted counts:  G = Σ (2r - n - 1) x_(r) / (n Σ x).
    """
    ordered = np.sort(np.asarray(counts, dtype=np.float64))
    n = len(ordered)
    ranks = np.arange(1, n + 1)
    return float(((2 * ranks - n - 1) * ordered).sum() / (n * ordered.sum()))


def print_dataset_info(ratings: pd.DataFrame, movies: pd.DataFrame) -> None:
    """Print the statistics of the ratings and of the movie list as a small table.

    >>> from data_utils import download_movielens
    >>> print_dataset_info(*download_movielens("sample"))  # doctest: +ELLIPSIS
    Ratings                       38,500
    Users                            450
    ...
    """
    facts = compute_statistics(ratings)
    unrated = int((~movies["item_id"].isin(ratings["item_id"])).sum())
    no_year = int(movies["year"].isna().sum())
    no_genre = int((movies["genres"] == "").sum())
    print(f"{'Ratings':<24}{facts['n_ratings']:>12,}")
    print(f"{'Users':<24}{facts['n_users']:>12,}")
    print(f"{'Movies with ratings':<24}{facts['n_items']:>12,}")
    print(f"{'Movies listed':<24}{len(movies):>12,}   {unrated:,} without a rating")
    print(f"{'  without a year':<24}{no_year:>12,}")
    print(f"{'  without a genre':<24}{no_genre:>12,}")
    print(f"{'Empty cells':<24}{facts['sparsity']:>12.1%}   of users × movies")
    print(f"{'Mean rating':<24}{facts['mean_rating']:>12.2f}   stars")
    print(f"{'Standard deviation':<24}{facts['sd_rating']:>12.2f}   stars")
    first, last = facts["first_rating"], facts["last_rating"]
    if first is None:
        print(f"{'First and last rating':<24}{'unknown':>12}   there are no timestamps")
    else:
        print(f"{'First and last rating':<24}{first!s:>12}   {last}")
    print()
    columns = ["min", "q1", "median", "q3", "max", "mean", "gini"]
    print(f"{'Ratings per':<12}" + "".join(f"{name:>9}" for name in columns))
    for label, key in (("user", "ratings_per_user"), ("movie", "ratings_per_item")):
        spread = facts[key]
        counts = "".join(f"{spread[name]:>9,.0f}" for name in columns[:-2])
        print(f"{label:<12}{counts}{spread['mean']:>9,.1f}{spread['gini']:>9.2f}")
    top = f"{facts['top_10_percent_share']:.1%}"
    print(f"The most rated tenth of the movies holds {top} of the ratings.")
    print()
    shares = _bars(facts["rating_shares"])
    wide = max(len("Stars"), *map(len, shares)) + 2
    print(f"{'Stars':<{wide}}{'Share':>7}")
    for star, share in shares.items():
        bar = "█" * round(30 * share / max(shares.values()))
        print(f"{star:<{wide}}{share:>7.1%}  {bar}".rstrip())


def _bars(shares: dict[float, float]) -> dict[str, float]:
    """The shares by star; where the stars are many, by ten equal parts of the scale."""
    if len(shares) <= MOST_BARS:
        return {f"{star:g}": share for star, share in shares.items()}
    series = pd.Series(shares)
    low, high = series.index.min(), series.index.max()
    edges = np.linspace(low, high, 11)
    part = np.clip(np.searchsorted(edges, series.index, side="right") - 1, 0, 9)
    sums = series.groupby(part).sum().reindex(range(10), fill_value=0.0)
    return {f"{edges[k]:g} to {edges[k + 1]:g}": float(sums[k]) for k in range(10)}


def _spread(counts: np.ndarray) -> dict[str, float]:
    low, q1, median, q3, high = np.percentile(counts, [0, 25, 50, 75, 100]).tolist()
    return {
        "min": int(low),
        "q1": q1,
        "median": median,
        "q3": q3,
        "max": int(high),
        "mean": float(counts.mean()),
        "gini": gini(counts),
    }
