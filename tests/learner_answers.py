"""Answers as learners write them, from the questions' text alone: right and wrong.

`RIGHT` holds (key, answer); `WRONG` holds (key, words, answer), where the refusal has
to contain one of the words, which are separated by "|".
"""

import math
import statistics

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from scipy import stats

RIGHT, WRONG = [], []


def right(key, *answers):
    RIGHT.extend((key, answer) for answer in answers)


def wrong(key, *answers):
    WRONG.extend((key, words, answer) for words, answer in answers)


# q01: sparsity(n_users, n_items, n_ratings)
right(
    "q01",
    lambda m, n, r: 1 - r / (m * n),
    lambda m, n, r: 1.0 - r / m / n,
    lambda m, n, r: (m * n - r) / m / n,
    lambda m, n, r: np.float64(m * n - r) / np.float64(m * n),
    lambda m, n, r: torch.tensor((m * n - r) / (m * n)),
    lambda m, n, r: np.float32(1 - r / (m * n)),
    lambda m, n, r: np.array(1 - r / (m * n)),
)
wrong(
    "q01",
    ("density", lambda m, n, r: r / m / n),
    ("percentage", lambda m, n, r: 100 - 100 * r / (m * n)),
    ("rounded", lambda m, n, r: round(1 - r / (m * n), 4)),
    ("rounded", lambda m, n, r: round(1 - r / (m * n), 3)),
    ("rounded", lambda m, n, r: round(1 - r / (m * n), 5)),
    ("rounded", lambda m, n, r: float(f"{1 - r / (m * n):.1f}")),
    ("string", lambda m, n, r: f"{1 - r / (m * n):.1%}"),
    ("text|string", lambda m, n, r: str(1 - r / (m * n))),
    ("number of empty cells", lambda m, n, r: m * n - r),
    ("m + n", lambda m, n, r: 1 - r / (m + n)),
    ("sign", lambda m, n, r: r / m / n - 1),
    ("number of users", lambda m, n, r: 1 - r / m),
    ("number of movies", lambda m, n, r: 1 - r / n),
    ("shape", lambda m, n, r: np.array([1 - r / (m * n)])),
    ("n_items|number of users", lambda m, n, r: 1 - r / (m * m)),
    ("whatever|same", lambda m, n, r: 0.937),
    ("return", lambda m, n, r: print(end="")),
    ("brackets", lambda m, n, r: 1 - r / m * n),
    ("times", lambda m, n, r: 2 * (1 - r / (m * n))),
)


# q02: encode(train_ids, new_ids)
def encode_by_bisection(train_ids, new_ids):
    known = sorted(set(train_ids))
    rows = []
    for raw in new_ids:
        row = sum(1 for other in known if other < raw)
        rows.append(row if raw in train_ids else -1)
    return np.asarray(rows)


def encode_by_torch(train_ids, new_ids):
    known = torch.tensor(train_ids).unique()
    hit = torch.tensor(new_ids)[:, None] == known
    return torch.where(hit.any(1), hit.int().argmax(1), -1)


def encode_by_categories(train_ids, new_ids):
    known = pd.Series(new_ids).where(pd.Series(new_ids).isin(train_ids))
    return pd.Categorical(known, categories=np.unique(train_ids)).codes


def encode_by_indexer(train_ids, new_ids):
    return pd.Index(np.unique(train_ids)).get_indexer(new_ids)


def encode_by_map(train_ids, new_ids):
    rows = {raw: at for at, raw in enumerate(np.unique(train_ids))}
    return pd.Series(new_ids).map(rows).fillna(-1).astype(int)


right(
    "q02",
    encode_by_bisection,
    encode_by_torch,
    encode_by_categories,
    encode_by_indexer,
    encode_by_map,
    lambda t, n: [sorted(set(t)).index(x) if x in t else -1 for x in n],
    lambda t, n: tuple(sorted(set(t)).index(x) if x in t else -1 for x in n),
)
wrong(
    "q02",
    ("decimal", lambda t, n: pd.Series(encode_by_map(t, n)).astype(float)),
    (
        "decimal",
        lambda t, n: (
            pd.Series(range(len(set(t))), index=np.unique(t)).reindex(n).fillna(-1)
        ),
    ),
    ("decimal", lambda t, n: encode_by_bisection(t, n).astype(np.float32)),
    (
        "text",
        lambda t, n: [
            sorted(set(map(str, t))).index(str(x)) if x in t else -1 for x in n
        ],
    ),
    (
        "text",
        lambda t, n: [sorted(set(t), key=str).index(x) if x in t else -1 for x in n],
    ),
    ("next larger", lambda t, n: np.searchsorted(np.unique(t), n)),
    (
        "appear",
        lambda t, n: [list(dict.fromkeys(t)).index(x) if x in t else -1 for x in n],
    ),
    ("appear|several times", lambda t, n: [t.index(x) if x in t else -1 for x in n]),
    ("several times", lambda t, n: [sorted(t).index(x) if x in t else -1 for x in n]),
    (
        "largest to the smallest",
        lambda t, n: [sorted(set(t))[::-1].index(x) if x in t else -1 for x in n],
    ),
    ("names", lambda t, n: n),
    ("subtract", lambda t, n: [x - 1 for x in n]),
    (
        "numbered as well",
        lambda t, n: pd.factorize(np.array(t + n), sort=True)[0][len(t) :],
    ),
    (
        "none",
        lambda t, n: list(map({x: i for i, x in enumerate(sorted(set(t)))}.get, n)),
    ),
    ("row 0", lambda t, n: np.maximum(encode_by_bisection(t, n), 0)),
    (
        "too large by one|too large by 1|counted from",
        lambda t, n: encode_by_bisection(t, n) + 1,
    ),
    ("set", lambda t, n: [list(set(t)).index(x) if x in t else -1 for x in n]),
    ("left out", lambda t, n: [x for x in encode_by_bisection(t, n) if x >= 0]),
    ("training ids", lambda t, n: encode_by_bisection(t, t)),
    ("known", lambda t, n: np.isin(n, t)),
    ("sign", lambda t, n: -encode_by_bisection(t, n)),
)


# y011: share_of_most_rated(counts, k)
right(
    "y011",
    lambda c, k: sum(sorted(c)[-k:]) / sum(c),
    lambda c, k: pd.Series(c).nlargest(k).sum() / pd.Series(c).sum(),
    lambda c, k: torch.tensor(c).topk(k).values.sum() / torch.tensor(c).sum(),
)
wrong(
    "y011",
    ("smallest|least", lambda c, k: sum(sorted(c)[:k]) / sum(c)),
    ("order|sort", lambda c, k: sum(c[:k]) / sum(c)),
    ("percentage", lambda c, k: 100 * sum(sorted(c)[-k:]) / sum(c)),
    ("divide|share", lambda c, k: sum(sorted(c)[-k:])),
)


# y012: back_to_raw(train_ids, rows)
right(
    "y012",
    lambda t, rows: [sorted(set(t))[r] if r >= 0 else -1 for r in rows],
    lambda t, rows: (
        pd.Series(rows).map(dict(enumerate(np.unique(t)))).fillna(-1).astype(int)
    ),
)
wrong(
    "y012",
    ("from the end", lambda t, rows: [sorted(set(t))[r] for r in rows]),
    ("left out", lambda t, rows: [sorted(set(t))[r] for r in rows if r >= 0]),
    ("twice|distinct", lambda t, rows: [sorted(t)[r] if r >= 0 else -1 for r in rows]),
)


# y013: leave_one_out(ratings)
def newest_by_rank(ratings, **how):
    keys = ratings.timestamp * 1000 + ratings.item_id
    newest = keys.groupby(ratings.user_id).rank(**how) == 1
    return ratings[~newest], ratings[newest]


def newest_by_time_alone(ratings):
    labels = ratings.groupby("user_id").timestamp.idxmax()
    return ratings.drop(labels), ratings.loc[labels]


right("y013", lambda ratings: newest_by_rank(ratings, ascending=False))
wrong(
    "y013",
    ("oldest", newest_by_rank),
    ("tie", newest_by_time_alone),
    ("exchanged", lambda table: newest_by_rank(table, ascending=False)[::-1]),
)


# q03: split_by_time(ratings, test_size)
def split_with_tail(ratings, test_size):
    n = round(test_size * len(ratings))
    in_time = ratings.sort_values("timestamp")
    return in_time.head(len(ratings) - n), in_time.tail(n)


def split_by_rank(ratings, test_size):
    rank = ratings["timestamp"].rank(method="first", ascending=False)
    is_test = rank <= round(test_size * len(ratings))
    return ratings[~is_test], ratings[is_test]


def split_by_loop(ratings, test_size):
    pairs = sorted(zip(ratings["timestamp"], ratings.index, strict=True))
    cut = len(pairs) - round(test_size * len(pairs))
    labels = [label for _, label in pairs]
    return ratings.loc[labels[:cut]], ratings.loc[labels[cut:]]


def split_newest_first(ratings, test_size):
    n = int(np.round(test_size * len(ratings)))
    down = ratings.sort_values("timestamp", ascending=False)
    return down.iloc[n:], down.iloc[:n]


right("q03", split_with_tail, split_by_rank, split_by_loop, split_newest_first)
wrong(
    "q03",
    ("fifth", lambda r, s: split_with_tail(r, 0.2)),
    (
        "oldest",
        lambda r, s: (
            split_with_tail(r, s)[::-1]
            if s > 2
            else (
                r.sort_values("timestamp").tail(len(r) - round(s * len(r))),
                r.sort_values("timestamp").head(round(s * len(r))),
            )
        ),
    ),
    (
        "quantile",
        lambda r, s: (
            r[r.timestamp <= r.timestamp.quantile(1 - s)],
            r[r.timestamp > r.timestamp.quantile(1 - s)],
        ),
    ),
    (
        "-0",
        lambda r, s: (
            r.sort_values("timestamp")[: -round(s * len(r))],
            r.sort_values("timestamp")[-round(s * len(r)) :],
        ),
    ),
    ("wrong order|other order", lambda r, s: split_with_tail(r, s)[::-1]),
    (
        "index",
        lambda r, s: tuple(p.reset_index(drop=True) for p in split_with_tail(r, s)),
    ),
    (
        "one row short|cuts off",
        lambda r, s: (
            r.sort_values("timestamp").iloc[: len(r) - int(s * len(r))],
            r.sort_values("timestamp").iloc[len(r) - int(s * len(r)) :],
        ),
    ),
    (
        "random",
        lambda r, s: (
            r.drop(r.sample(frac=s, random_state=3).index),
            r.sample(frac=s, random_state=3),
        ),
    ),
    (
        "sort by timestamp",
        lambda r, s: (
            r.iloc[: len(r) - round(s * len(r))],
            r.iloc[len(r) - round(s * len(r)) :],
        ),
    ),
    ("disjoint", lambda r, s: (r, split_with_tail(r, s)[1])),
    ("only the test part|test part", lambda r, s: split_with_tail(r, s)[1]),
    ("only the training part|test part", lambda r, s: split_with_tail(r, s)[0]),
    ("share of the training", lambda r, s: split_with_tail(r, 1 - s)),
    (
        "column",
        lambda r, s: tuple(p[["user_id", "item_id"]] for p in split_with_tail(r, s)),
    ),
    ("new", lambda r, s: split_with_tail(r.assign(age=-r.timestamp), s)),
    ("column", lambda r, s: split_with_tail(r.set_index("user_id"), s)),
)


# q04: predict_item_means(train, test)
def means_by_dict(train, test):
    stars = {}
    for movie, rating in zip(train.item_id, train.rating, strict=True):
        stars.setdefault(movie, []).append(rating)
    overall = np.mean(train.rating)
    return np.array([np.mean(stars.get(m, overall)) for m in test.item_id])


def means_by_reindex(train, test):
    means = train.groupby("item_id").rating.mean()
    return means.reindex(test.item_id, fill_value=train.rating.mean()).values


right(
    "q04",
    means_by_dict,
    means_by_reindex,
    lambda train, test: torch.tensor(means_by_dict(train, test)),
    lambda train, test: pd.Series(means_by_dict(train, test), index=test.index),
    lambda train, test: means_by_dict(train, test).tolist(),
)
wrong(
    "q04",
    (
        "nan|no mean|overall",
        lambda a, b: b.item_id.map(a.groupby("item_id").rating.mean()),
    ),
    ("test ratings", lambda a, b: b.groupby("item_id").rating.transform("mean")),
    ("test ratings", lambda a, b: means_by_dict(pd.concat([a, b]), b)),
    (
        "user",
        lambda a, b: b.user_id.map(a.groupby("user_id").rating.mean()).fillna(
            a.rating.mean()
        ),
    ),
    (
        "means",
        lambda a, b: b.item_id.map(a.groupby("item_id").rating.mean()).fillna(
            a.groupby("item_id").rating.mean().mean()
        ),
    ),
    (
        "3 stars|middle",
        lambda a, b: b.item_id.map(a.groupby("item_id").rating.mean()).fillna(3.0),
    ),
    ("got 0", lambda a, b: b.item_id.map(a.groupby("item_id").rating.mean()).fillna(0)),
    (
        "median",
        lambda a, b: b.item_id.map(a.groupby("item_id").rating.median()).fillna(
            a.rating.mean()
        ),
    ),
    ("overall mean", lambda a, b: [a.rating.mean()] * len(b)),
    ("train", lambda a, b: means_by_dict(a, a)),
    (
        "dropped",
        lambda a, b: b.item_id.map(a.groupby("item_id").rating.mean()).dropna(),
    ),
    ("rounded", lambda a, b: means_by_dict(a, b).round(1)),
    ("rounded", lambda a, b: means_by_dict(a, b).round()),
    (
        "number of ratings|sums",
        lambda a, b: b.item_id.map(a.groupby("item_id").rating.sum()).fillna(
            a.rating.mean()
        ),
    ),
    ("order", lambda a, b: means_by_dict(a, b.sort_values("item_id"))),
    ("one mean for each movie|shape", lambda a, b: a.groupby("item_id").rating.mean()),
)


# q05: gradient_of_one_rating(p, q, rating, baseline, reg_per_rating)
def gradient_by_backward(p, q, rating, baseline, reg):
    p, q = p.clone().requires_grad_(), q.clone().requires_grad_()
    loss = (rating - baseline - p.dot(q)).pow(2) + reg * (p.dot(p) + q.dot(q))
    loss.backward()
    return p.grad, q.grad


def gradient_by_lists(p, q, rating, baseline, reg):
    e = rating - baseline - sum(a * b for a, b in zip(p, q, strict=True))
    along = [2 * reg * a - 2 * e * b for a, b in zip(p, q, strict=True)]
    across = [2 * reg * b - 2 * e * a for a, b in zip(p, q, strict=True)]
    return [torch.stack(along), torch.stack(across)]


def gradient(sign=1.0, two=2.0, of_reg=2.0, square=False):
    def answer(p, q, rating, baseline, reg):
        e = rating - baseline - p @ q
        e = e**2 if square else e
        return (
            sign * -two * e * q + of_reg * reg * p,
            sign * -two * e * p + of_reg * reg * q,
        )

    return answer


right(
    "q05",
    gradient_by_backward,
    gradient_by_lists,
    gradient(),
    lambda p, q, r, b, s: tuple(g.double() for g in gradient()(p, q, r, b, s)),
)
wrong(
    "q05",
    ("not tensors", lambda *c: [g.numpy() for g in gradient()(*c)]),
    ("not tensors", lambda *c: [g.tolist() for g in gradient()(*c)]),
    ("uphill", lambda *c: tuple(-g for g in gradient()(*c))),
    ("factor 2 is missing", lambda *c: tuple(g / 2 for g in gradient()(*c))),
    ("sign", gradient(sign=-1.0)),
    ("penalty", gradient(of_reg=0.0)),
    ("penalty's factor 2", gradient(of_reg=1.0)),
    ("error's factor 2", gradient(two=1.0)),
    ("squared", gradient(square=True)),
    ("wrong sign", gradient(of_reg=-2.0)),
    ("order", lambda *c: gradient()(*c)[::-1]),
    ("only the gradient of p", lambda *c: gradient()(*c)[0]),
    ("only the gradient of q", lambda *c: gradient()(*c)[1]),
    ("baseline", lambda p, q, r, b, s: gradient()(p, q, r, 0, s)),
    ("p·q is missing", lambda p, q, r, b, s: gradient()(p, q, r - b + p @ q, 0, s)),
    ("times", lambda *c: tuple(2 * g for g in gradient()(*c))),
    ("loss", lambda p, q, r, b, s: (r - b - p @ q) ** 2 + s * (p @ p + q @ q)),
    (
        "k products",
        lambda p, q, r, b, s: (
            -2 * (r - b - p * q) * q + 2 * s * p,
            -2 * (r - b - p * q) * p + 2 * s * q,
        ),
    ),
    (
        "after a step",
        lambda p, q, *c: tuple(
            v - g for v, g in zip((p, q), gradient()(p, q, *c), strict=True)
        ),
    ),
)


# y021: predict_all(P, Q, middle)
right(
    "y021",
    lambda P, Q, m: np.dot(P, Q.T) + m,
    lambda P, Q, m: (Q @ P.T).T + m,
    lambda P, Q, m: (P[:, None] * Q).sum(-1) + m,
)
wrong(
    "y021",
    ("middle", lambda P, Q, m: np.inner(P, Q)),
    ("side|shape", lambda P, Q, m: m + np.inner(Q, P)),
    ("once for each factor", lambda P, Q, m: (P[:, None] * Q + m).sum(-1)),
)


# y022: bias_after_one_more(bias, n, stars, mean, damping)
right("y022", lambda b, n, r, m, d: (b * n + b * d + r - m) / (n + d + 1))
wrong(
    "y022",
    ("imaginary", lambda b, n, r, m, d: b + (r - m - b) / (n + 1)),
    ("surprise", lambda b, n, r, m, d: (b * (n + d) + r) / (n + d + 1)),
    ("count", lambda b, n, r, m, d: b + (r - m) / (n + d)),
)


# y023: sum_by_row(n_rows, rows, each)
def summed_by_torch(n_rows, rows, each):
    table = torch.zeros(n_rows, each.shape[1], dtype=torch.float64)
    return table.index_add_(0, torch.tensor(rows), torch.tensor(each))


def summed_with_repeats_lost(n_rows, rows, each):
    table = np.zeros((n_rows, each.shape[1]))
    table[rows] += each
    return table


right(
    "y023",
    summed_by_torch,
    lambda n, rows, each: np.array([each[rows == row].sum(0) for row in range(n)]),
)
wrong(
    "y023",
    ("overwritten", summed_with_repeats_lost),
    (
        "mean",
        lambda n, rows, each: np.nan_to_num(
            pd.DataFrame(each).groupby(rows).mean().reindex(range(n)).to_numpy()
        ),
    ),
    ("sign", lambda n, rows, each: -summed_by_torch(n, rows, each)),
)


# y024: cost_of_user(x, vectors, stars, reg)
right(
    "y024",
    lambda x, A, y, reg: ((y - A @ x) ** 2 + reg * (x**2).sum()).sum(),
    lambda x, A, y, reg: np.square(y - A @ x).sum() + reg * len(A) * x.dot(x),
)
wrong(
    "y024",
    ("once", lambda x, A, y, reg: np.square(y - A @ x).sum() + reg * x @ x),
    ("penalty", lambda x, A, y, reg: np.square(y - A @ x).sum()),
    ("mean", lambda x, A, y, reg: np.square(y - A @ x).mean() + reg * x @ x),
)


# q06: als_user_step(Q, row, reg_per_rating)
def ridge(times=lambda n, Q: n):
    def answer(Q, row, reg):
        rated = ~row.isnan()
        if not rated.any():
            return torch.zeros(Q.shape[1])
        seen = Q[rated]
        gram = seen.T @ seen + reg * times(len(seen), Q) * torch.eye(Q.shape[1])
        return torch.linalg.solve(gram, seen.T @ row[rated])

    return answer


def ridge_by_loop(Q, row, reg):
    k = Q.shape[1]
    gram, side, n = np.zeros((k, k)), np.zeros(k), 0
    for q, star in zip(Q.numpy(), row.numpy(), strict=True):
        if not math.isnan(star):
            gram, side, n = gram + np.outer(q, q), side + star * q, n + 1
    return np.linalg.solve(gram + reg * n * np.eye(k), side) if n else np.zeros(k)


right(
    "q06",
    ridge(),
    ridge_by_loop,
    lambda *c: ridge()(*c).tolist(),
    lambda Q, row, s: (
        ridge()(Q.double(), row.double(), s)
        if row.isnan().all()
        else torch.cholesky_solve(
            (Q[row > 0].T @ row[row > 0])[:, None],
            torch.linalg.cholesky(
                Q[row > 0].T @ Q[row > 0] + s * (row > 0).sum() * torch.eye(Q.shape[1])
            ),
        ).flatten()
    ),
)
wrong(
    "q06",
    ("twice", ridge(lambda n, Q: 2 * n)),
    ("half", ridge(lambda n, Q: n / 2)),
    ("multiplied by n", ridge(lambda n, Q: 1)),
    ("all movies", ridge(lambda n, Q: len(Q))),
    ("factors", ridge(lambda n, Q: Q.shape[1])),
    ("divided by n", ridge(lambda n, Q: 1 / n)),
    ("n times", ridge(lambda n, Q: n * n)),
    ("ridge", ridge(lambda n, Q: 0)),
    (
        "missing rating",
        lambda Q, row, s: torch.linalg.solve(
            Q.T @ Q + s * (~row.isnan()).sum().clamp(min=1) * torch.eye(Q.shape[1]),
            Q.T @ row.nan_to_num(),
        ),
    ),
    ("right-hand side", lambda Q, row, s: Q[~row.isnan()].T @ row[~row.isnan()]),
    ("predictions", lambda Q, row, s: Q @ ridge()(Q, row, s)),
    ("column", lambda *c: ridge()(*c)[:, None]),
    ("shape", lambda *c: ridge()(*c)[None]),
    ("nan", lambda Q, row, s: torch.linalg.lstsq(Q, row).solution),
    ("mean", lambda Q, row, s: ridge()(Q, row - row.nanmean(), s)),
    ("no ratings", lambda Q, row, s: ridge()(Q, row, s) + row.isnan().all()),
    ("sign", lambda *c: -ridge()(*c)),
)


# q07: rmse_of_batches(batches)
def errors_of(batches):
    return np.concatenate([p.numpy() - a.numpy().ravel() for p, a in batches])


def rmse_by_sums(batches):
    total, n = 0, 0
    for predicted, actual in batches:
        for p, a in zip(predicted.tolist(), actual.flatten().tolist(), strict=True):
            total, n = total + (p - a) ** 2, n + 1
    return math.sqrt(total / n)


right(
    "q07",
    rmse_by_sums,
    lambda b: np.sqrt(np.mean(errors_of(b) ** 2)),
    lambda b: np.linalg.norm(errors_of(b)) / len(errors_of(b)) ** 0.5,
    lambda b: F.mse_loss(
        torch.cat([p for p, _ in b]), torch.cat([a.view(-1) for _, a in b])
    ).sqrt(),
    lambda b: pd.Series(errors_of(b)).pow(2).mean() ** 0.5,
)
wrong(
    "q07",
    ("mean of the batches", lambda b: np.mean([rmse_by_sums([x]) for x in b])),
    ("averaged", lambda b: np.mean([rmse_by_sums([x]) ** 2 for x in b]) ** 0.5),
    ("mean squared error", lambda b: np.mean(errors_of(b) ** 2)),
    ("absolute", lambda b: np.abs(errors_of(b)).mean()),
    ("standard deviation", lambda b: errors_of(b).std()),
    ("first batch", lambda b: rmse_by_sums(b[:1])),
    ("last batch", lambda b: rmse_by_sums([b[-1]])),
    (
        "n × n",
        lambda b: torch.cat([(p - a).flatten() for p, a in b]).square().mean() ** 0.5,
    ),
    ("number of batches", lambda b: (np.sum(errors_of(b) ** 2) / len(b)) ** 0.5),
    ("root of a sum", lambda b: np.sum(errors_of(b) ** 2) ** 0.5),
    (
        "n - 1",
        lambda b: (np.sum(errors_of(b) ** 2) / max(len(errors_of(b)) - 1, 1)) ** 0.5,
    ),
    ("rounded", lambda b: round(rmse_by_sums(b), 2)),
    ("shape", lambda b: np.array([rmse_by_sums(b)])),
    (
        "mean of roots",
        lambda b: np.average(
            [rmse_by_sums([x]) for x in b], weights=[len(x[0]) for x in b]
        ),
    ),
    ("added up", lambda b: sum(rmse_by_sums([x]) for x in b)),
    ("median", lambda b: statistics.median_low(errors_of(b) ** 2) ** 0.5),
    ("string|text", lambda b: f"{rmse_by_sums(b):.3f}"),
)


# q08: sweep_factors(sizes, fit)
def sweep(gap=lambda t, v: v - t, pick="idxmin", column="validation_rmse"):
    def answer(sizes, fit):
        rows = []
        for size in sizes:
            t, v = fit(size)
            rows.append(
                {
                    "factors": size,
                    "train_rmse": t,
                    "validation_rmse": v,
                    "gap": gap(t, v),
                }
            )
        table = pd.DataFrame(rows)
        return table, table.factors[getattr(table[column], pick)()]

    return answer


right(
    "q08",
    sweep(),
    lambda s, f: list(sweep()(s, f)),
    lambda s, f: sweep()(s[::-1], f),
    lambda s, f: sweep()(sorted(s), f),
)
wrong(
    "q08",
    ("lost its sign", sweep(gap=lambda t, v: abs(v - t))),
    ("wrong sign", sweep(gap=lambda t, v: t - v)),
    ("ratio", sweep(gap=lambda t, v: v / t)),
    ("training rmse", sweep(column="train_rmse")),
    ("smallest gap", sweep(column="gap")),
    ("largest size", sweep(pick="idxmax", column="factors")),
    ("smallest size", sweep(column="factors")),
    ("highest", sweep(pick="idxmax")),
    ("more than once", lambda s, f: ([f(x) for x in s], sweep()(s, f))[1]),
    ("only the table", lambda s, f: sweep()(s, f)[0]),
    ("only the chosen size|only the size", lambda s, f: sweep()(s, f)[1]),
    ("wrong order", lambda s, f: sweep()(s, f)[::-1]),
    ("gap", lambda s, f: (lambda t, b: (t.drop(columns="gap"), b))(*sweep()(s, f))),
    ("position", lambda s, f: (lambda t, b: (t, s.index(b)))(*sweep()(s, f))),
    (
        "lowest validation rmse",
        lambda s, f: (lambda t, b: (t, t.validation_rmse.min()))(*sweep()(s, f)),
    ),
    ("table", lambda s, f: (lambda t, b: (t.to_dict("records"), b))(*sweep()(s, f))),
    ("swapped", lambda s, f: sweep()(s, lambda x: f(x)[::-1])),
)


# q09: frequency_penalty(P, Q, user_bias, item_bias, mean, users, items)
def penalty_of(P, Q, b, c, mean, u, i):
    return (
        P[u].pow(2).sum() + Q[i].pow(2).sum() + b[u].pow(2).sum() + c[i].pow(2).sum()
    ) / len(u)


right(
    "q09",
    penalty_of,
    lambda *c: penalty_of(*c).reshape(1),
    lambda *c: penalty_of(*(t.double() for t in c[:4]), *c[4:]),
    lambda P, Q, b, c, mean, u, i: torch.stack(
        [
            P[x] @ P[x] + Q[y] @ Q[y] + b[x] ** 2 + c[y] ** 2
            for x, y in zip(u, i, strict=True)
        ]
    ).mean(),
    lambda P, Q, b, c, mean, u, i: (
        F.embedding(u, torch.cat([P, b[:, None]], 1)).square().sum(1).mean()
        + F.embedding(i, torch.cat([Q, c[:, None]], 1)).square().sum(1).mean()
    ),
)
wrong(
    "q09",
    ("no gradient", lambda *c: penalty_of(*c).item()),
    ("no gradient", lambda *c: penalty_of(*c).detach()),
    ("numpy|gradient", lambda *c: penalty_of(*(t.numpy() for t in c[:4]), *c[4:])),
    ("μ was penalized", lambda *c: penalty_of(*c) + c[4] ** 2),
    ("whole tables", lambda *c: sum(t.square().sum() for t in c[:4])),
    ("whole tables", lambda *c: sum(t.square().sum() for t in c[:4]) / len(c[5])),
    ("sum over the batch", lambda *c: penalty_of(*c) * len(c[5])),
    ("half", lambda *c: penalty_of(*c) / 2),
    (
        "biases",
        lambda P, Q, b, c, m, u, i: (
            P[u].square().sum(1) + Q[i].square().sum(1)
        ).mean(),
    ),
    (
        "lengths",
        lambda P, Q, b, c, m, u, i: (
            P[u].norm(dim=1) + Q[i].norm(dim=1) + b[u].abs() + c[i].abs()
        ).mean(),
    ),
    (
        "for each rating",
        lambda P, Q, b, c, m, u, i: (
            P[u].square().sum(1) + Q[i].square().sum(1) + b[u] ** 2 + c[i] ** 2
        ),
    ),
    (
        "averaged over the factors",
        lambda P, Q, b, c, m, u, i: (
            P[u].square().mean()
            + Q[i].square().mean()
            + b[u].square().mean()
            + c[i].square().mean()
        ),
    ),
    ("movies", lambda P, Q, b, c, m, u, i: (P[u].square().sum(1) + b[u] ** 2).mean()),
    ("root", lambda *c: penalty_of(*c).sqrt()),
    ("gradient", lambda P, Q, *c: penalty_of(P.detach(), Q.detach(), *c)),
    ("gradient", lambda P, *c: penalty_of(P.data, *c)),
    (
        "once",
        lambda P, Q, b, c, m, u, i: (
            penalty_of(P, Q, b, c, m, u.unique(), i.unique())
            if len(u.unique()) == len(i.unique()) and len(u.unique()) == len(u)
            else (
                P[u.unique()].square().sum()
                + Q[i.unique()].square().sum()
                + b[u.unique()].square().sum()
                + c[i.unique()].square().sum()
            )
            / len(u)
        ),
    ),
)


# q10: cosine_neighbours(vectors, query, k)
def cosines_of(vectors, query):
    v = vectors.double().numpy()
    lengths = np.linalg.norm(v, axis=1)
    with np.errstate(all="ignore"):
        return v @ v[query] / lengths / lengths[query]


def neighbours_by_sorting(vectors, query, k):
    c = cosines_of(vectors, query)
    rows = [i for i in range(len(c)) if i != query and not np.isnan(c[i])]
    return sorted(rows, key=lambda i: -c[i])[:k]


right(
    "q10",
    neighbours_by_sorting,
    lambda v, q, k: np.array(neighbours_by_sorting(v, q, k)),
    lambda v, q, k: torch.tensor(neighbours_by_sorting(v, q, k)),
    lambda v, q, k: pd.Series(cosines_of(v, q)).drop(q).dropna().nlargest(k).index,
    lambda v, q, k: (
        lambda c: [
            i for i in np.argsort(-c, kind="stable") if i != q and not np.isnan(c[i])
        ][:k]
    )(cosines_of(v, q)),
)
wrong(
    "q10",
    ("query", lambda v, q, k: pd.Series(cosines_of(v, q)).dropna().nlargest(k).index),
    (
        "dot product",
        lambda v, q, k: [
            i for i in (v @ v[q]).argsort(descending=True).tolist() if i != q
        ][:k],
    ),
    (
        "distance",
        lambda v, q, k: [
            i for i in (v - v[q]).norm(dim=1).argsort().tolist() if i != q
        ][:k],
    ),
    (
        "moved up|shorter",
        lambda v, q, k: np.argsort(
            -np.nan_to_num(np.delete(cosines_of(v, q), q), nan=-9)
        )[: min(k, int(np.isfinite(cosines_of(v, q)).sum()) - 1)],
    ),
    (
        "fewer than k",
        lambda v, q, k: (
            F.normalize(v, dim=1)
            .matmul(F.normalize(v, dim=1)[q])
            .where(v.norm(dim=1) > 0, -2)
            .index_fill(0, torch.tensor(q), -3)
            .argsort(descending=True)[:k]
        ),
    ),
    (
        "least similar",
        lambda v, q, k: sorted(
            neighbours_by_sorting(v, q, 999), key=lambda i: cosines_of(v, q)[i]
        )[:k],
    ),
    ("best comes last|reverse", lambda v, q, k: neighbours_by_sorting(v, q, k)[::-1]),
    (
        "similarities themselves",
        lambda v, q, k: cosines_of(v, q)[neighbours_by_sorting(v, q, k)],
    ),
    (
        "opposite",
        lambda v, q, k: sorted(
            neighbours_by_sorting(v, q, 999), key=lambda i: -abs(cosines_of(v, q)[i])
        )[:k],
    ),
    ("too short", lambda v, q, k: neighbours_by_sorting(v, q, k)[:-1]),
    ("too short", lambda v, q, k: neighbours_by_sorting(v, q, k - 1)),
    ("not cut", lambda v, q, k: neighbours_by_sorting(v, q, 999)),
    (
        "zeros",
        lambda v, q, k: [
            i
            for i in F.cosine_similarity(v, v[q], dim=1)
            .argsort(descending=True)
            .tolist()
            if i != q
        ][:k],
    ),
    (
        "together",
        lambda v, q, k: (
            neighbours_by_sorting(v, q, k),
            cosines_of(v, q)[neighbours_by_sorting(v, q, k)],
        ),
    ),
    ("decimal", lambda v, q, k: np.array(neighbours_by_sorting(v, q, k), dtype=float)),
    ("k changes|too", lambda v, q, k: neighbours_by_sorting(v, q, 3)),
)


# q11: dcg_and_ndcg(predicted, stars, k)
def gains(discount=lambda r: 1 / math.log2(r + 1), enough=4, ideal=None, no=math.nan):
    def answer(predicted, stars, k):
        ranked = [
            s
            for _, s in sorted(
                zip((-predicted).tolist(), stars.tolist(), strict=True),
                key=lambda x: x[0],
            )
        ]
        dcg = sum(discount(r) for r, s in enumerate(ranked[:k], 1) if s >= enough)
        n = (
            min(k, sum(s >= enough for s in ranked))
            if ideal is None
            else ideal(ranked, k)
        )
        best = sum(discount(r) for r in range(1, n + 1))
        return float(dcg), dcg / best if best else no

    return answer


right(
    "q11",
    gains(),
    lambda *c: list(gains()(*c)),
    lambda *c: np.array(gains()(*c)),
    lambda *c: torch.tensor(gains()(*c)),
    lambda *c: tuple(map(np.float32, gains()(*c))),
)
wrong(
    "q11",
    ("natural", gains(lambda r: 1 / math.log(r + 1))),
    ("base 10", gains(lambda r: 1 / math.log10(r + 1))),
    ("1 / rank", gains(lambda r: 1 / r)),
    ("late by one", gains(lambda r: 1 / math.log2(r + 2))),
    ("discount is missing", gains(lambda r: 1.0)),
    ("3 stars", gains(enough=3)),
    ("4 stars were not enough", gains(enough=5)),
    ("came out as 0|as 0", gains(no=0.0)),
    ("as 1", gains(no=1.0)),
    ("k hits", gains(ideal=lambda ranked, k: k)),
    ("more than k|min(k", gains(ideal=lambda ranked, k: sum(s >= 4 for s in ranked))),
    ("wrong order", lambda *c: gains()(*c)[::-1]),
    ("only the dcg", lambda *c: gains()(*c)[0]),
    ("only the ndcg", lambda *c: gains()(*c)[1]),
    ("ascending", lambda p, s, k: gains()(-p, s, k)),
    ("true stars", lambda p, s, k: gains()(s.float(), s, k)),
    ("predicted stars", lambda p, s, k: gains()(p, p, k)),
    ("not cut", lambda p, s, k: gains()(p, s, 999)),
    ("k", lambda p, s, k: gains()(p, s, 3)),
)


# q12: fold_in(Q, item_bias, mean, unit, items, stars, penalties)
def fold(
    factor=lambda s, lam, n, d, e: s * (lam * n + d), bias=lambda s, lam, n, d, e: e
):
    def answer(Q, c, mean, s, items, stars, penalties):
        lam, delta, of_bias = penalties
        X = torch.cat([torch.ones(len(items), 1), Q[items]], 1).double()
        prices = lam, len(items), delta, of_bias
        ridge = torch.eye(X.shape[1]).double() * factor(s, *prices)
        ridge[0, 0] = bias(s, *prices)
        y = (stars - mean - c[items]).double()
        x = torch.linalg.lstsq(X.T @ X + ridge, X.T @ y).solution
        return x[0].item(), x[1:]

    return answer


right(
    "q12",
    fold(),
    lambda *c: list(fold()(*c)),
    lambda *c: (torch.tensor(fold()(*c)[0]), fold()(*c)[1].float()),
    lambda *c: (fold()(*c)[0], fold()(*c)[1].numpy()),
    lambda *c: (fold()(*c)[0], fold()(*c)[1].tolist()),
)
wrong(
    "q12",
    ("order", lambda *c: fold()(*c)[::-1]),
    ("one array", lambda *c: torch.cat([torch.tensor([fold()(*c)[0]]), fold()(*c)[1]])),
    ("only the vector", lambda *c: fold()(*c)[1]),
    ("only the bias", lambda *c: fold()(*c)[0]),
    ("mean", lambda Q, c, m, *d: fold()(Q, c, 0.0, *d)),
    ("item biases", lambda Q, c, *d: fold()(Q, 0 * c, *d)),
    ("λ was not multiplied", fold(lambda s, lam, n, d, e: s * (lam + d))),
    ("δ is missing", fold(lambda s, lam, n, d, e: s * lam * n)),
    ("λ · n is missing", fold(lambda s, lam, n, d, e: s * d)),
    ("s is missing", fold(lambda s, lam, n, d, e: lam * n + d)),
    ("alone", fold(lambda s, lam, n, d, e: s * lam * n + d)),
    ("δ was multiplied by n", fold(lambda s, lam, n, d, e: s * (lam + d) * n)),
    ("not penalized", fold(bias=lambda s, lam, n, d, e: 0.0)),
    ("multiplied by n", fold(bias=lambda s, lam, n, d, e: e * n)),
    ("charged like a factor", fold(bias=lambda s, lam, n, d, e: s * (lam * n + d))),
    ("multiplied by s", fold(bias=lambda s, lam, n, d, e: s * e)),
    ("shape", lambda *c: (torch.tensor([fold()(*c)[0]]), fold()(*c)[1])),
    ("sign", lambda *c: (-fold()(*c)[0], -fold()(*c)[1])),
)


# q13: bpr_loss_and_gradient(p, Q, liked, others)
def pairs_of(loss, slope, mean=torch.mean):
    """Loss and gradient from the loss of x and its slope, as a learner derives them."""

    def answer(p, Q, liked, others):
        total, gradient = [], []
        for i, j in zip(liked, others, strict=True):
            x = p @ Q[i] - p @ Q[j]
            total.append(loss(x))
            gradient.append(slope(x) * (Q[i] - Q[j]))
        return mean(torch.stack(total)), mean(torch.stack(gradient), 0)

    return answer


def by_autograd(loss):
    def answer(p, Q, liked, others):
        p = p.clone().requires_grad_(True)
        cost = loss(Q[liked] @ p, Q[others] @ p)
        return cost.item(), torch.autograd.grad(cost, p)[0]

    return answer


def sigma(x):
    return 1 / (1 + torch.exp(-x))


def bpr_with_arrays(p, Q, liked, others):
    p, Q = p.numpy(), Q.numpy()
    apart = Q[liked] - Q[others]
    x = torch.tensor(apart @ p)
    return -F.logsigmoid(x).mean(), apart.T @ (sigma(x).numpy() - 1) / len(liked)


bpr = pairs_of(lambda x: F.softplus(-x), lambda x: sigma(x) - 1)
right(
    "q13",
    bpr,
    by_autograd(lambda a, b: -F.logsigmoid(a - b).mean()),
    by_autograd(lambda a, b: torch.logaddexp(b - a, torch.zeros_like(a)).mean()),
    by_autograd(lambda a, b: F.cross_entropy(torch.stack([a, b], 1), 0 * a.long())),
    by_autograd(
        lambda a, b: F.binary_cross_entropy_with_logits(a - b, torch.ones_like(a))
    ),
    lambda *c: (np.float64(bpr(*c)[0]), bpr(*c)[1].numpy()),
    lambda *c: (bpr(*c)[0], bpr(*c)[1].tolist()),
    bpr_with_arrays,
)
wrong(
    "q13",
    ("sign is reversed", lambda *c: (bpr(*c)[0], -bpr(*c)[1])),
    ("weighs σ(x)", pairs_of(lambda x: F.softplus(-x), lambda x: -sigma(x))),
    ("alike", pairs_of(lambda x: F.softplus(-x), lambda x: -torch.ones_like(x))),
    (
        "sums over",
        pairs_of(lambda x: F.softplus(-x), lambda x: sigma(x) - 1, torch.sum),
    ),
    ("turned round", lambda p, Q, i, j: bpr(p, Q, j, i)),
    ("logarithm is missing", by_autograd(lambda a, b: (1 - sigma(a - b)).mean())),
    ("minus the mean of σ", by_autograd(lambda a, b: -sigma(a - b).mean())),
    ("logarithm of the mean", by_autograd(lambda a, b: -sigma(a - b).mean().log())),
    ("rounded to 0", by_autograd(lambda a, b: -sigma(a - b).log().mean())),
    (
        "by itself",
        by_autograd(lambda a, b: -(F.logsigmoid(a) + F.logsigmoid(-b)).mean()),
    ),
    ("hinge", by_autograd(lambda a, b: (1 - a + b).clamp(min=0).mean())),
    ("only the loss", lambda *c: bpr(*c)[0]),
    ("only the gradient", lambda *c: bpr(*c)[1]),
    ("order", lambda *c: bpr(*c)[::-1]),
    (
        "single pairs",
        lambda p, Q, i, j: (
            bpr(p, Q, i, j)[0],
            -(Q[i] - Q[j]) * sigma(-(Q[i] - Q[j]) @ p)[:, None],
        ),
    ),
    ("sign", lambda *c: (-bpr(*c)[0], bpr(*c)[1])),
    (
        "liked movies' vectors alone",
        lambda p, Q, i, j: (
            bpr(p, Q, i, j)[0],
            -(sigma(Q[j] @ p - Q[i] @ p) @ Q[i]) / len(i),
        ),
    ),
    ("2 times", lambda *c: (bpr(*c)[0], 2 * bpr(*c)[1])),
)


# q14: expected_hit_rate(ranks, n_movies, n_sampled, k)
def rate(n=lambda n: n - 1, better=lambda r: r - 1, m=lambda m: m, last=lambda k: k):
    """By combinations: of n others, `better` are above; fewer than `last` may be."""

    def answer(ranks, n_movies, n_sampled, k):
        total, others, drawn = 0.0, n(n_movies), m(n_sampled)
        for rank in ranks:
            above = min(better(int(rank)), others)
            for j in range(min(last(k), drawn + 1)):
                total += math.comb(above, j) * math.comb(others - above, drawn - j)
        return total / math.comb(others, drawn) / len(ranks)

    return answer


def with_putting_back(ranks, n, m, k):
    share = (np.array(ranks) - 1) / (n - 1)
    return np.mean(
        sum(
            math.comb(m, j) * share**j * (1 - share) ** (m - j)
            for j in range(min(k, m + 1))
        )
    )


right(
    "q14",
    rate(),
    lambda *c: np.float32(rate()(*c)),
    lambda *c: torch.tensor(rate()(*c)),
    lambda r, n, m, k: 1 - stats.hypergeom.sf(k - 1, n - 1, r - 1, m).mean(),
    lambda r, n, m, k: np.mean(
        [sum(stats.hypergeom.pmf(j, n - 1, x - 1, m) for j in range(k)) for x in r]
    ),
    lambda r, n, m, k: (
        pd.Series(r).map(lambda x: stats.hypergeom(n - 1, m, x - 1).cdf(k - 1)).mean()
    ),
)
wrong(
    "q14",
    ("among *all*", lambda r, n, m, k: np.mean(r <= k)),
    (
        "negative",
        lambda r, n, m, k: np.mean(
            [
                sum(math.comb(x - 1, j) * math.comb(n - x, m - j) for j in range(k))
                / math.comb(n - 1, m)
                for x in r.tolist()
            ]
        ),
    ),
    ("binomial", with_putting_back),
    ("above it", rate(better=lambda r: r)),
    ("others to draw from", rate(n=lambda n: n)),
    ("on top", rate(m=lambda m: m - 1)),
    ("at most k - 1", rate(last=lambda k: k + 1)),
    ("hit rate at 1", rate(last=lambda k: 1)),
    ("expected place", lambda r, n, m, k: np.mean(1 + (r - 1) * m / (n - 1) <= k)),
    ("mean* rank|mean rank", lambda r, n, m, k: rate()([round(np.mean(r))], n, m, k)),
    ("misses", lambda *c: 1 - rate()(*c)),
    ("single users", lambda r, *c: [rate()([x], *c) for x in r]),
    ("exactly", lambda *c: rate()(*c) - rate(last=lambda k: k - 1)(*c)),
    ("rounded", lambda *c: round(rate()(*c), 2)),
    ("text|string", lambda *c: f"{rate()(*c):.3f}"),
    ("times", lambda *c: 100 * rate()(*c)),
)


# q15: vectors_with_new_movies(Q, features, n_ratings, ridge)
def mapped(
    known=lambda n: n > 0,
    price=lambda s, n: s,
    of_a=lambda s: 0.0,
    weight=lambda n: 1.0,
    ones=1.0,
    keep=lambda n: n > 0,
    own=0.0,
):
    """A ridge regression with a column of ones, written out in NumPy."""

    def answer(Q, features, n_ratings, ridge):
        Q, X, n = Q.double().numpy(), features.numpy(), n_ratings.numpy()
        X = np.c_[ones * np.ones(len(X)), X]
        rows = known(n)
        S = np.diag([of_a(ridge)] + [price(ridge, rows.sum())] * (X.shape[1] - 1))
        w = (weight(n) * np.ones(len(n)))[rows, None]
        W = np.linalg.pinv(X[rows].T @ (w * X[rows]) + S) @ X[rows].T @ (w * Q[rows])
        return np.where(keep(n)[:, None], Q, own * Q + X @ W)

    return answer


right(
    "q15",
    mapped(),
    lambda *c: torch.tensor(mapped()(*c)),
    lambda *c: mapped()(*c).astype("float32"),
    lambda *c: mapped()(*c).tolist(),
    lambda Q, f, n, s: torch.where(
        n[:, None] > 0, Q, torch.tensor(mapped()(Q, f, n, s)).float()
    ),
)
wrong(
    "q15",
    ("movies without ratings, whose rows", mapped(known=lambda n: n >= 0)),
    ("*without* ratings|without ratings. they", mapped(known=lambda n: n == 0)),
    ("lost their rows", mapped(keep=lambda n: n < 0)),
    ("still in its vector", mapped(own=1.0)),
    ("a is missing", mapped(ones=0.0)),
    ("on a as well", mapped(of_a=lambda s: s)),
    ("ridge is missing", mapped(price=lambda s, n: 0.0)),
    ("number of movies", mapped(price=lambda s, n: s * n)),
    ("as often as it was rated", mapped(weight=lambda n: n)),
    ("with one rating", mapped(known=lambda n: n > 1, keep=lambda n: n > 1)),
    (
        "mean row",
        lambda Q, f, n, s: torch.where(n[:, None] > 0, Q, Q[n > 0].mean(0)),
    ),
    ("become zero", lambda Q, f, n, s: Q * (n > 0)[:, None]),
    ("new movies alone", lambda Q, f, n, s: mapped()(Q, f, n, s)[n.numpy() == 0]),
    ("shape", lambda *c: mapped()(*c).T),
    ("ridge", lambda Q, f, n, s: mapped()(Q, f, n, s * s)),
)


# s01: history(user, train, test)
right(
    "s01",
    lambda u, a, b: sorted(a.item[a.user == u]),
    lambda u, a, b: np.unique(a.item[a.user == u]),
    lambda u, a, b: a[a.user == u].item.sort_values(),
    lambda u, a, b: a[a.user == u].sort_values("item")["item"].tolist(),
    lambda u, a, b: torch.tensor(
        sorted(i for v, i in zip(a.user, a.item, strict=True) if v == u),
        dtype=torch.long,
    ),
)
wrong(
    "s01",
    ("these are the user's ratings", lambda u, a, b: sorted(a.rating[a.user == u])),
    ("test part", lambda u, a, b: sorted([*a.item[a.user == u], *b.item[b.user == u]])),
    ("test part", lambda u, a, b: sorted(b.item[b.user == u])),
    ("4 or 5", lambda u, a, b: sorted(a.item[(a.user == u) & (a.rating > 3)])),
    ("order of the table", lambda u, a, b: a.item[a.user == u].tolist()),
    ("descending", lambda u, a, b: sorted(a.item[a.user == u])[::-1]),
    ("all users", lambda u, a, b: sorted(set(a.item))),
    ("row labels", lambda u, a, b: sorted(a.index[a.user == u])),
    ("set", lambda u, a, b: set(a.item[a.user == u])),
    ("order", lambda u, a, b: sorted(a.item[a.user == u], key=str)),
    ("decimal", lambda u, a, b: np.sort(a.item[a.user == u]).astype(float)),
    ("number of movies", lambda u, a, b: (a.user == u).sum()),
    ("rows", lambda u, a, b: (a.user == u).to_numpy()),
    ("user", lambda u, a, b: sorted(a.item[a.user == 0])),
    ("user", lambda u, a, b: sorted(a.user[a.item == u])),
)


# s02: implicit_part(Y, items)
right(
    "s02",
    lambda Y, i: Y[i].sum(0) / max(len(i), 1) ** 0.5,
    lambda Y, i: Y[i].double().sum(0) / math.sqrt(max(len(i), 1)),
    lambda Y, i: Y[i].sum(0) * (len(i) ** -0.5 if len(i) else 0),
    lambda Y, i: (
        F.embedding_bag(i, Y, torch.tensor([0]), mode="sum")[0] / max(1, len(i)) ** 0.5
    ),
)
wrong(
    "s02",
    ("not a tensor", lambda Y, i: (Y[i].sum(0) / max(len(i), 1) ** 0.5).numpy()),
    ("not a tensor", lambda Y, i: (Y[i].sum(0) / max(len(i), 1) ** 0.5).tolist()),
    ("mean", lambda Y, i: Y[i].sum(0) / max(len(i), 1)),
    ("mean", lambda Y, i: Y[i].mean(0)),
    ("is missing", lambda Y, i: Y[i].sum(0)),
    ("nan", lambda Y, i: Y[i].sum(0) / torch.tensor(len(i)).sqrt()),
    ("all movies", lambda Y, i: Y[i].sum(0) / len(Y) ** 0.5),
    ("axis", lambda Y, i: Y[i].sum(1) / max(len(i), 1) ** 0.5),
    ("one row", lambda Y, i: Y[i].sum(0, keepdim=True) / max(len(i), 1) ** 0.5),
    ("multiplies", lambda Y, i: Y[i].sum(0) * len(i) ** 0.5),
    ("|n| + 1", lambda Y, i: Y[i].sum(0) / (len(i) + 1) ** 0.5),
    ("all movies", lambda Y, i: Y.sum(0) / max(len(i), 1) ** 0.5),
    ("length 1", lambda Y, i: F.normalize(Y[i].sum(0), dim=0)),
    ("sign", lambda Y, i: -Y[i].sum(0) / max(len(i), 1) ** 0.5),
    ("times", lambda Y, i: 2 * Y[i].sum(0) / max(len(i), 1) ** 0.5),
)


# s03: bag_inputs(users, items, n_users)
def bags(users, items, n_users):
    lists = [items[users == u] for u in range(n_users)]
    sizes = torch.tensor([0] + [len(one) for one in lists])
    return torch.cat(lists), sizes.cumsum(0)[:-1]


right(
    "s03",
    bags,
    lambda *c: list(bags(*c)),
    lambda *c: tuple(t.int() for t in bags(*c)),
    lambda u, i, n: (
        torch.from_numpy(i.numpy()[np.lexsort((i.numpy(), u.numpy()))]),
        torch.from_numpy(np.searchsorted(np.sort(u.numpy()), np.arange(n))),
    ),
)
wrong(
    "s03",
    (
        "ends",
        lambda u, i, n: (bags(u, i, n)[0], torch.bincount(u, minlength=n).cumsum(0)),
    ),
    (
        "how many movies",
        lambda u, i, n: (bags(u, i, n)[0], torch.bincount(u, minlength=n)),
    ),
    ("order of the pairs", lambda u, i, n: (i, bags(u, i, n)[1])),
    ("wrong order", lambda *c: bags(*c)[::-1]),
    ("only the list", lambda *c: bags(*c)[0]),
    ("only the offsets", lambda *c: bags(*c)[1]),
    ("tensors", lambda *c: tuple(t.tolist() for t in bags(*c))),
    ("tensors", lambda *c: tuple(t.numpy() for t in bags(*c))),
    ("whole numbers", lambda *c: tuple(t.float() for t in bags(*c))),
    (
        "one more offset",
        lambda u, i, n: (
            bags(u, i, n)[0],
            torch.cat([bags(u, i, n)[1], torch.tensor([len(i)])]),
        ),
    ),
    (
        "fewer offsets",
        lambda u, i, n: (bags(u, i, n)[0], bags(u, i, int(u.max()) + 1)[1]),
    ),
    ("left out", lambda u, i, n: (bags(u, i, n)[0], bags(u, i, n)[1][u.unique()])),
    ("users", lambda u, i, n: (u.sort().values, bags(u, i, n)[1])),
    ("by movie", lambda u, i, n: (i.sort().values, bags(u, i, n)[1])),
    ("counted from 1", lambda u, i, n: (bags(u, i, n)[0], bags(u, i, n)[1] + 1)),
)


# s04: svdpp_forward(users, items, mean, user_bias, item_bias, P, Q, implicit)
def stars(u, i, mean, b, c, P, Q, Y):
    return mean + b[u, 0] + c[i, 0] + ((P[u] + Y[u]) * Q[i]).sum(-1)


right(
    "s04",
    stars,
    lambda u, i, m, b, c, P, Q, Y: torch.stack(
        [
            m + b[v, 0] + c[j, 0] + (P[v] + Y[v]) @ Q[j]
            for v, j in zip(u, i, strict=True)
        ]
    ),
    lambda u, i, m, b, c, P, Q, Y: (
        m
        + (b[u] + c[i]).flatten()
        + torch.bmm((P + Y)[u][:, None], Q[i][:, :, None]).flatten()
    ),
    lambda u, i, m, b, c, P, Q, Y: ((P + Y) @ Q.T + b + c.T + m)[u, i],
)
wrong(
    "s04",
    ("implicit part is missing", lambda *c: stars(*c[:-1], 0 * c[-1])),
    (
        "p_u is missing",
        lambda u, i, m, b, c, P, Q, Y: stars(u, i, m, b, c, 0 * P, Q, Y),
    ),
    (
        "square",
        lambda u, i, m, b, c, P, Q, Y: m + b[u] + c[i] + ((P[u] + Y[u]) * Q[i]).sum(1),
    ),
    ("no gradient", lambda *c: stars(*c).detach()),
    ("no gradient", lambda *c: stars(*c).tolist()),
    ("μ is missing", lambda u, i, m, *c: stars(u, i, 0.0, *c)),
    ("biases are missing", lambda u, i, m, b, c, *d: stars(u, i, m, 0 * b, 0 * c, *d)),
    ("movies' biases", lambda u, i, m, b, c, *d: stars(u, i, m, b, 0 * c, *d)),
    ("users' biases", lambda u, i, m, b, c, *d: stars(u, i, m, 0 * b, c, *d)),
    (
        "added to q_i",
        lambda u, i, m, b, c, P, Q, Y: (
            m + b[u, 0] + c[i, 0] + (P[u] * (Q[i] + Y[u])).sum(1)
        ),
    ),
    ("cut off", lambda *c: stars(*c).clamp(1, 5)),
    ("column", lambda *c: stars(*c)[:, None]),
    ("one number", lambda *c: stars(*c).mean()),
    (
        "dot product is missing",
        lambda u, i, m, b, c, P, Q, Y: stars(u, i, m, b, c, 0 * P, Q, 0 * Y),
    ),
    (
        "multiplied by p_u",
        lambda u, i, m, b, c, P, Q, Y: (
            m + b[u, 0] + c[i, 0] + (P[u] * Y[u] * Q[i]).sum(1)
        ),
    ),
    ("gradient", lambda *c: stars(*c[:-1], c[-1].detach())),
)


# s05: gradient_of_Y(G, users, items, n_items)
def summed(power=-0.5, sign=1, keep=None):
    def answer(G, users, items, n_items):
        n = torch.bincount(users, minlength=len(G)).clamp(min=1).float()
        rows = torch.zeros(n_items, G.shape[1])
        for u, j in zip(users.tolist(), items.tolist(), strict=True):
            rows[j] += sign * G[u] * n[u] ** power
        return rows

    return answer


right(
    "s05",
    summed(),
    lambda *c: summed()(*c).double(),
    lambda G, u, i, n: torch.zeros(n, G.shape[1]).index_put(
        (i,),
        G[u] * torch.bincount(u, minlength=len(G))[u, None].rsqrt(),
        accumulate=True,
    ),
)
wrong(
    "s05",
    ("too few rows", lambda G, u, i, n: summed()(G, u, i, int(i.max()) + 1)),
    ("is missing", summed(0)),
    ("not by its root", summed(-1)),
    ("multiplies", summed(0.5)),
    ("sign", summed(sign=-1)),
    ("twice", summed(sign=2)),
    ("not a tensor", lambda *c: summed()(*c).numpy()),
    ("not a tensor", lambda *c: summed()(*c).tolist()),
    ("transpose", lambda *c: summed()(*c).T),
    ("g is missing", lambda G, *c: summed()(torch.ones_like(G), *c)),
    (
        "mean",
        lambda G, u, i, n: (
            summed()(G, u, i, n) / torch.bincount(i, minlength=n).clamp(min=1)[:, None]
        ),
    ),
    (
        "per pair",
        lambda G, u, i, n: (
            G[u] / torch.bincount(u, minlength=len(G))[u].sqrt()[:, None]
        ),
    ),
    (
        "only one",
        lambda G, u, i, n: torch.zeros(n, G.shape[1]).index_put(
            (i,), G[u] / torch.bincount(u, minlength=len(G))[u].sqrt()[:, None]
        ),
    ),
)


# y031: step_in_pieces(model, optimizer, pieces)
def in_pieces(
    before=True, each=False, move=False, part="all", after=True, learn=True, sign=1
):
    """A learner's loop; `part` says what each sum of squares is divided by."""

    def step_in_pieces(model, optimizer, pieces):
        n, total = sum(len(stars) for _, _, stars in pieces), 0.0
        if before:
            optimizer.zero_grad()
        for users, items, stars in pieces:
            if each:
                optimizer.zero_grad()
            by = {"all": n, "own": len(stars), "none": 1, "pieces": len(pieces)}[part]
            loss = sign * (stars - model(users, items)).square().sum() / by
            if learn:
                loss.backward()
            if move:
                optimizer.step()
            total += loss.item()
        if after:
            optimizer.step()
        return total

    return step_in_pieces


right("y031", in_pieces())
wrong(
    "y031",
    ("erased|last one", in_pieces(each=True)),
    ("begin with zero_grad", in_pieces(before=False)),
    ("after each piece|once", in_pieces(each=True, move=True, after=False)),
    ("means were added", in_pieces(part="own")),
    ("number of all ratings|times", in_pieces(part="none")),
    ("nothing has moved|backward", in_pieces(learn=False)),
    ("losses", in_pieces(after=False)),
)


# y032: stop_and_keep(validation, patience)
def kept_so_far(validation, epochs):
    return int(np.argmin(validation[:epochs])) + 1


def stopped(late=0, keep=lambda v, epochs: kept_so_far(v, epochs)):
    def stop_and_keep(validation, patience):
        for epochs in range(1, len(validation) + 1):
            if epochs - kept_so_far(validation, epochs) == patience + late:
                break
        return epochs, keep(validation, epochs)

    return stop_and_keep


right("y032", stopped())
wrong(
    "y032",
    ("too many|not later", stopped(late=1)),
    ("last epoch", stopped(keep=lambda v, epochs: epochs)),
    ("never run", stopped(keep=lambda v, epochs: kept_so_far(v, len(v)))),
    ("counted from 0", lambda v, p: tuple(x - 1 for x in stopped()(v, p))),
    ("all epochs were run", lambda v, p: (len(v), kept_so_far(v, len(v)))),
    ("wrong order|first", lambda v, p: stopped()(v, p)[::-1]),
    ("only", lambda v, p: stopped()(v, p)[0]),
)

# y033: prices_of_rows(P, counts, reg_per_rating, reg_per_row)
right(
    "y033",
    lambda P, n, a, b: a * n * (P**2).sum(1) + b * (P**2).sum(1),
    lambda P, n, a, b: (a * n + b) * P.norm(dim=1) ** 2,
    lambda P, n, a, b: ((a * n + b)[:, None] * P * P).sum(-1),
    lambda P, n, a, b: (n.numpy() * a + b) * (P.numpy() ** 2).sum(1),
)
wrong(
    "y033",
    ("for each *rating*|counts", lambda P, n, a, b: (a + b) * (P**2).sum(1)),
    ("price of a row", lambda P, n, a, b: (a + b) * n * (P**2).sum(1)),
    ("swapped", lambda P, n, a, b: (b * n + a) * (P**2).sum(1)),
    ("squares", lambda P, n, a, b: (a * n + b) * P.norm(dim=1)),
    ("square first", lambda P, n, a, b: (a * n + b) * P.sum(1) ** 2),
    ("their sum", lambda P, n, a, b: (a * n + b) * (P**2).mean(1)),
    ("one number for all", lambda P, n, a, b: ((a * n + b) * (P**2).sum(1)).sum()),
    ("δ is missing", lambda P, n, a, b: a * n * (P**2).sum(1)),
    ("0.5 times|half", lambda P, n, a, b: (a * n + b) * (P**2).sum(1) / 2),
)

# y034: paired_lead(new, old)
right(
    "y034",
    lambda a, b: (a.mean() - b.mean(), np.std(a - b, ddof=1) / np.sqrt(len(a))),
    lambda a, b: (np.mean(a - b), ((a - b).var(ddof=1) / len(a)) ** 0.5),
    lambda a, b: (
        statistics.mean(a - b),
        statistics.stdev((a - b).tolist()) / len(a) ** 0.5,
    ),
    lambda a, b: [pd.Series(a - b).mean(), pd.Series(a - b).sem()],
)
wrong(
    "y034",
    (
        "cancels",
        lambda a, b: (
            (a - b).mean(),
            np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a)),
        ),
    ),
    ("ddof=1", lambda a, b: ((a - b).mean(), (a - b).std() / len(a) ** 0.5)),
    ("root of n", lambda a, b: ((a - b).mean(), (a - b).std(ddof=1))),
    ("root of n", lambda a, b: ((a - b).mean(), (a - b).std(ddof=1) / len(a))),
    ("new − old", lambda a, b: ((b - a).mean(), (b - a).std(ddof=1) / len(a) ** 0.5)),
    ("only", lambda a, b: (a - b).mean()),
    ("wrong order", lambda a, b: ((a - b).std(ddof=1) / len(a) ** 0.5, (a - b).mean())),
)

# y041: unit_rows(vectors)
right(
    "y041",
    lambda v: v / np.maximum(np.linalg.norm(v, axis=1), 1e-300)[:, None],
    lambda v: np.nan_to_num(v / np.sqrt((v**2).sum(1, keepdims=True).clip(1e-300))),
)
wrong(
    "y041",
    ("nan|0/0", lambda v: v / np.linalg.norm(v, axis=1)[:, None].astype("float32")),
    ("whole table", lambda v: v / np.linalg.norm(v)),
    ("columns", lambda v: v / np.linalg.norm(v, axis=0).clip(1e-300)),
    ("take the root", lambda v: v / (v**2).sum(1, keepdims=True).clip(1e-300)),
    ("sum of the squares", lambda v: v / np.abs(v).sum(1, keepdims=True).clip(1e-300)),
    ("largest", lambda v: v / np.abs(v).max(1, keepdims=True).clip(1e-300)),
    ("lengths of the rows", lambda v: np.sqrt((v**2).sum(1))),
    ("broadcast|shape", lambda v: v / np.linalg.norm(v, axis=1)),
)

# y042: kept_share(near, on_paper)
right(
    "y042",
    lambda a, b: np.mean([np.isin(x, y).mean() for x, y in zip(a, b, strict=True)]),
    lambda a, b: sum(j in b[i] for i in range(len(a)) for j in a[i]) / a.size,
)
wrong(
    "y042",
    ("place by place", lambda a, b: np.mean(a == b)),
    ("poured together", lambda a, b: np.isin(a, b).mean()),
    (
        "divide it by k",
        lambda a, b: np.mean([np.isin(x, y).sum() for x, y in zip(a, b, strict=True)]),
    ),
    (
        "divide by k",
        lambda a, b: np.mean(
            [len({*x} & {*y}) / len({*x, *y}) for x, y in zip(a, b, strict=True)]
        ),
    ),
    (
        "lost|1 minus",
        lambda a, b: np.mean([~np.isin(x, y) for x, y in zip(a, b, strict=True)]),
    ),
    (
        "at least one",
        lambda a, b: np.mean([np.isin(x, y).any() for x, y in zip(a, b, strict=True)]),
    ),
    (
        "all",
        lambda a, b: np.mean([np.isin(x, y).all() for x, y in zip(a, b, strict=True)]),
    ),
)

# y043: p_value(ours, shuffles)
right(
    "y043",
    lambda x, s: (1 + (s >= x).sum()) / (s.size + 1),
    lambda x, s: (1 + len([y for y in s if not y < x])) / (1 + len(s)),
)
wrong(
    "y043",
    ("real world is missing", lambda x, s: (s >= x).sum() / len(s)),
    ("add 1 below", lambda x, s: (1 + (s >= x).sum()) / len(s)),
    ("add 1 above", lambda x, s: (s >= x).sum() / (1 + len(s))),
    ("exactly our purity", lambda x, s: (1 + (s > x).sum()) / (1 + len(s))),
    ("less", lambda x, s: (1 + (s <= x).sum()) / (1 + len(s))),
    ("1 − p|1 minus", lambda x, s: 1 - (1 + (s >= x).sum()) / (1 + len(s))),
    ("divide it", lambda x, s: 1 + (s >= x).sum()),
)

# y044: likeness(P, q_i, q_j)
right(
    "y044",
    lambda P, a, b: pd.Series(P @ a).corr(pd.Series(P @ b)),
    lambda P, a, b: statistics.correlation((P @ a).tolist(), (P @ b).tolist()),
    lambda P, a, b: np.corrcoef(P.dot(a), P.dot(b))[1][0],
)
wrong(
    "y044",
    ("stretch", lambda P, a, b: a @ b / np.sqrt((a @ a) * (b @ b))),
    (
        "take the mean off",
        lambda P, a, b: (
            (P @ a) @ (P @ b) / np.linalg.norm(P @ a) / np.linalg.norm(P @ b)
        ),
    ),
    ("covariance", lambda P, a, b: np.cov(P @ a, P @ b)[0, 1]),
    ("covariance", lambda P, a, b: np.cov(P @ a, P @ b, bias=True)[0, 1]),
    ("over the factors", lambda P, a, b: np.corrcoef(a, b)[0, 1]),
    ("[0, 1]", lambda P, a, b: np.corrcoef(P @ a, P @ b)),
    ("square", lambda P, a, b: np.corrcoef(P @ a, P @ b)[0, 1] ** 2),
    ("grows", lambda P, a, b: (P @ a) @ (P @ b)),
)
