"""Right answers written in other ways than the stored ones: at least two a question."""

import math

import numpy as np
import pandas as pd
import scipy.stats
import torch
import torch.nn.functional as F

RIGHT = {}


def right(key):
    def keep(function):
        RIGHT.setdefault(key, []).append(function)
        return function

    return keep


@right("q01")
def sparsity_by_empty_cells(m, n, r):
    return (m * n - r) / (m * n)


@right("q01")
def sparsity_as_tensor(n_users, n_items, n_ratings):
    return torch.tensor(1.0, dtype=torch.float64) - n_ratings / n_users / n_items


@right("q02")
def encode_with_searchsorted(train_ids, new_ids):
    known = np.unique(train_ids)
    rows = np.searchsorted(known, new_ids).clip(max=len(known) - 1)
    return np.where(known[rows] == new_ids, rows, -1)


@right("q02")
def encode_with_a_loop(train_ids, new_ids):
    known = sorted(set(train_ids))
    answer = []
    for raw in new_ids:
        answer.append(known.index(raw) if raw in known else -1)
    return answer


@right("q02")
def encode_with_pandas(train_ids, new_ids):
    known = pd.Index(np.unique(train_ids))
    rows = pd.Series(range(len(known)), index=known).reindex(new_ids)
    return rows.astype("Int64").fillna(-1).array


@right("q02")
def encode_by_an_index(train_ids, new_ids):
    row_of = {raw: row for row, raw in enumerate(sorted(set(train_ids)))}
    return pd.Index(new_ids).map(lambda raw: row_of.get(raw, -1))


@right("y011")
def favourites_by_python(counts, k):
    counts = sorted((int(n) for n in counts), reverse=True)
    return sum(counts[:k]) / sum(counts)


@right("y011")
def favourites_from_the_other_end(counts, k):
    running = np.cumsum(np.sort(counts))
    rest = running[len(counts) - k - 1] if k < len(counts) else 0
    return 1 - rest / running[-1]


@right("y012")
def raw_ids_by_a_dictionary(train_ids, rows):
    raw_of = dict(enumerate(sorted(set(train_ids))))
    return [raw_of.get(row, -1) for row in rows]


@right("y012")
def raw_ids_with_one_more_place(train_ids, rows):
    return np.append(np.unique(train_ids), -1)[rows]  # place -1 is the last


@right("y013")
def last_one_by_duplicates(ratings):
    in_order = ratings.sort_values(["user_id", "timestamp", "item_id"])
    older = in_order.duplicated("user_id", keep="last")
    return in_order[older], in_order[~older]


@right("y013")
def last_one_by_a_loop(ratings):
    newest = {}
    for label, row in ratings.iterrows():
        place = row.timestamp, row.item_id
        if row.user_id not in newest or place > newest[row.user_id][0]:
            newest[row.user_id] = place, label
    labels = [label for _, label in newest.values()]
    hidden = ratings.index.isin(labels)
    return ratings[~hidden], ratings[hidden]


@right("q03")
def split_by_argsort(ratings, test_size):
    order = np.argsort(ratings["timestamp"].to_numpy())
    cut = len(ratings) - round(len(ratings) * test_size)
    return ratings.iloc[order[:cut]], ratings.iloc[order[cut:]]


@right("q03")
def split_by_largest(table, share):
    test = table.nlargest(round(share * len(table)), "timestamp")
    return [table.drop(test.index), test]


@right("q04")
def means_by_loop(train, test):
    overall, answer = train["rating"].mean(), []
    for movie in test["item_id"]:
        stars = train.loc[train["item_id"] == movie, "rating"]
        answer.append(stars.mean() if len(stars) else overall)
    return answer


@right("q04")
def means_by_merge(train, test):
    means = train.groupby("item_id", as_index=False)["rating"].mean()
    joined = test[["item_id"]].merge(means, on="item_id", how="left")
    return joined["rating"].fillna(train["rating"].mean())


@right("q05")
def gradient_by_autograd(p, q, rating, baseline, reg_per_rating):
    p, q = p.clone().requires_grad_(), q.clone().requires_grad_()
    loss = (rating - baseline - p @ q) ** 2 + reg_per_rating * (p @ p + q @ q)
    return torch.autograd.grad(loss, (p, q))


@right("q05")
def gradient_in_numpy(p, q, r, b, s):
    p, q = p.numpy(), q.numpy()
    over = np.dot(p, q) + b - r
    return torch.tensor(2 * (over * q + s * p)), torch.tensor(2 * (over * p + s * q))


@right("y021")
def stars_by_loops(P, Q, middle):
    return [[middle + sum(p * q) for q in Q] for p in P]


@right("y021")
def stars_by_einsum(P, Q, middle):
    return torch.einsum("uf,if->ui", torch.tensor(P), torch.tensor(Q)) + middle


@right("y022")
def bias_as_a_weighted_mean(bias, n, stars, mean, damping):
    share = 1 / (n + 1 + damping)
    return (1 - share) * bias + share * (stars - mean)


@right("y022")
def bias_by_a_step(bias, n, stars, mean, damping):
    return bias + (stars - mean - bias) / (n + damping + 1)


@right("y023")
def rows_added_at(n_rows, rows, each):
    grad = np.zeros((n_rows, each.shape[1]))
    np.add.at(grad, rows, each)
    return grad


@right("y023")
def rows_by_one_hot(n_rows, rows, each):
    return np.eye(n_rows)[rows].T @ each


@right("y024")
def cost_by_a_loop(x, vectors, stars, reg):
    cost = 0.0
    for vector, star in zip(vectors, stars, strict=True):
        cost += (star - vector @ x) ** 2 + reg * (x @ x)
    return cost


@right("y024")
def cost_by_norms(x, vectors, stars, reg):
    length = np.linalg.norm
    return length(stars - vectors @ x) ** 2 + reg * len(vectors) * length(x) ** 2


@right("q06")
def als_in_numpy(Q, row, reg_per_rating):
    Q, row = Q.double().numpy(), row.double().numpy()
    seen = np.flatnonzero(~np.isnan(row))
    if not len(seen):
        return np.zeros(Q.shape[1])
    gram = sum(np.outer(Q[i], Q[i]) for i in seen)
    gram += reg_per_rating * len(seen) * np.eye(Q.shape[1])
    return np.linalg.inv(gram) @ sum(Q[i] * row[i] for i in seen)


@right("q06")
def als_by_augmented_least_squares(Q, row, reg_per_rating):
    seen = ~torch.isnan(row)
    k, n = Q.shape[1], int(seen.sum())
    ridge = math.sqrt(reg_per_rating * n) * torch.eye(k)
    rows = torch.cat([Q[seen], ridge if n else torch.eye(k)])
    return torch.linalg.lstsq(rows, torch.cat([row[seen], torch.zeros(k)])).solution


@right("q07")
def rmse_by_concatenation(batches):
    errors = [p - a.flatten() for p, a in batches]
    return torch.cat(errors).square().mean().sqrt()


@right("q07")
def rmse_weighted(batches):
    sizes = np.array([len(p) for p, _ in batches])
    mses = [np.mean((p.numpy() - a.numpy().ravel()) ** 2) for p, a in batches]
    return np.sqrt(np.average(mses, weights=sizes))


@right("q08")
def sweep_by_dicts(sizes, fit):
    rows = []
    for k in sizes:
        train, validation = fit(k)
        rows.append({"factors": k, "train_rmse": train, "validation_rmse": validation})
    table = pd.DataFrame(rows)
    table["gap"] = table.validation_rmse - table.train_rmse
    return table, table.sort_values("validation_rmse").factors.iloc[0]


@right("q08")
def sweep_by_columns(sizes, fit):
    train, validation = map(np.array, zip(*[fit(k) for k in sizes], strict=True))
    table = pd.DataFrame({"gap": validation - train, "validation_rmse": validation})
    table.insert(0, "train_rmse", train)
    table.insert(0, "factors", sizes)
    return table, sizes[int(np.argmin(validation))]


@right("q08")
def sweep_in_rising_order(sizes, fit):
    table, best = sweep_by_dicts(sorted(sizes), fit)
    return table, best


@right("q08")
def sweep_with_the_sizes_as_index(sizes, fit):
    table, best = sweep_by_dicts(sizes, fit)
    table.index = table["factors"]
    return table.sort_values("validation_rmse"), best


@right("q09")
def penalty_by_loop(P, Q, user_bias, item_bias, mean, users, items):
    total = 0.0
    for u, i in zip(users.tolist(), items.tolist(), strict=True):
        total += P[u] @ P[u] + Q[i] @ Q[i] + user_bias[u] ** 2 + item_bias[i] ** 2
    return total / len(users)


@right("q09")
def penalty_by_counts(P, Q, b_u, b_i, mean, users, items):
    m = torch.bincount(users, minlength=len(P)).float()
    n = torch.bincount(items, minlength=len(Q)).float()
    total = m @ (P.pow(2).sum(1) + b_u**2) + n @ (Q.pow(2).sum(1) + b_i**2)
    return total / len(users)


@right("q10")
def neighbours_in_numpy(vectors, query, k):
    v = vectors.numpy()
    lengths = np.linalg.norm(v, axis=1)
    cosines = np.divide(
        v @ v[query], lengths * lengths[query], out=-np.ones(len(v)), where=lengths > 0
    )
    return [i for i in np.argsort(-cosines) if i != query and lengths[i] > 0][:k]


@right("q10")
def neighbours_by_normalizing(vectors, query, k):
    unit = torch.nn.functional.normalize(vectors, dim=1)
    cosines = unit @ unit[query]
    left_out = vectors.norm(dim=1) == 0
    left_out[query] = True
    cosines[left_out] = -2
    return cosines.argsort(descending=True)[: min(k, int((~left_out).sum()))]


@right("q11")
def ndcg_in_numpy(predicted, stars, k):
    hits = (stars.numpy() >= 4).astype(float)
    weights = 1 / np.log2(np.arange(len(hits)) + 2)
    weights[k:] = 0
    dcg = weights @ hits[np.argsort(-predicted.numpy())]
    ideal = weights @ np.sort(hits)[::-1]
    return dcg, dcg / ideal if ideal else np.nan


@right("q11")
def ndcg_by_loop(predicted, stars, k):
    ranked = sorted(zip(predicted.tolist(), stars.tolist(), strict=True), reverse=True)
    dcg = sum(
        1 / math.log2(rank + 1)
        for rank, (_, star) in enumerate(ranked[:k], start=1)
        if star >= 4
    )
    n = min(k, sum(star >= 4 for _, star in ranked))
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, n + 1))
    return [dcg, dcg / ideal] if n else [0, float("nan")]


@right("q11")
def ndcg_by_tensors_alone(predicted, stars, k):
    weights = 1 / torch.arange(2, len(stars) + 2).log2()
    weights[k:] = 0
    hits = (stars >= 4).float()
    dcg = weights @ hits[predicted.argsort(descending=True)]
    return dcg, dcg / (weights @ hits.sort(descending=True).values)  # 0 / 0 is NaN


@right("q12")
def fold_in_in_numpy(Q, item_bias, mean, unit, items, stars, penalties):
    rows = np.column_stack([np.ones(len(items)), Q.double().numpy()[items.numpy()]])
    target = stars.numpy() - mean - item_bias.numpy()[items.numpy()]
    price = unit * (penalties[0] * len(items) + penalties[1])
    ridge = np.diag([penalties[2]] + [price] * Q.shape[1])
    bias, *vector = np.linalg.inv(rows.T @ rows + ridge) @ rows.T @ target
    return bias, vector


@right("q12")
def fold_in_by_augmented_least_squares(
    Q, item_bias, mean, unit, items, stars, penalties
):
    k, (lam, delta, of_bias) = Q.shape[1], penalties
    prices = torch.tensor([unit * (lam * len(items) + delta)] * k + [of_bias])
    rows = torch.hstack([Q[items], torch.ones(len(items), 1)])
    rows = torch.vstack([rows, prices.sqrt().diag()])
    target = torch.hstack([stars - mean - item_bias[items], torch.zeros(k + 1)])
    solved = torch.linalg.lstsq(rows, target).solution
    return solved[-1], solved[:-1]


@right("q12")
def fold_in_by_the_inverse(Q, item_bias, mean, unit, items, stars, penalties):
    lam, delta, of_bias = penalties
    rows = torch.cat([torch.ones(len(items), 1), Q[items]], 1)
    gram = rows.T @ rows + unit * (lam * len(items) + delta) * torch.eye(rows.shape[1])
    gram[0, 0] = len(items) + of_bias
    solved = torch.linalg.inv(gram) @ rows.T @ (stars - mean - item_bias[items])
    return solved[0], solved[1:]


@right("q12")
def fold_in_with_ones_last(Q, item_bias, mean, unit, items, stars, penalties):
    rows = torch.cat([Q[items], torch.ones(len(items), 1)], 1).double()
    target = (stars - mean - item_bias[items]).double()
    gram = rows.T @ rows
    gram[:-1, :-1] += (
        unit * (penalties[0] * len(items) + penalties[1]) * torch.eye(Q.shape[1])
    )
    gram[-1, -1] += penalties[2]
    solved = torch.linalg.lstsq(gram, rows.T @ target).solution
    return solved[-1], solved[:-1]


@right("q13")
def bpr_by_autograd(p, Q, liked, others):
    p = p.clone().requires_grad_()
    loss = F.softplus(Q[others] @ p - Q[liked] @ p).mean()
    loss.backward()
    return loss, p.grad


@right("q13")
def bpr_in_numpy(p, Q, liked, others):
    p, Q = p.double().numpy(), Q.double().numpy()
    apart = Q[liked.numpy()] - Q[others.numpy()]
    x = apart @ p
    return np.logaddexp(0, -x).mean(), -apart.T @ (1 / (1 + np.exp(x))) / len(x)


@right("q13")
def bpr_by_loop(p, Q, liked, others):
    loss, gradient = 0.0, torch.zeros_like(p)
    for i, j in zip(liked.tolist(), others.tolist(), strict=True):
        x = p.dot(Q[i]) - p.dot(Q[j])
        loss += F.logsigmoid(x).item()
        gradient += (torch.sigmoid(x) - 1) * (Q[i] - Q[j])
    return [-loss / len(liked), gradient / len(liked)]


@right("q14")
def rate_by_combinations(ranks, n_movies, n_sampled, k):
    def chance(rank):
        better, worse = int(rank) - 1, n_movies - int(rank)
        ways = sum(
            math.comb(better, j) * math.comb(worse, n_sampled - j)
            for j in range(min(k, n_sampled + 1))
        )
        return ways / math.comb(n_movies - 1, n_sampled)

    return sum(map(chance, ranks)) / len(ranks)


@right("q14")
def rate_by_the_survival_function(ranks, n_movies, n_sampled, k):
    table = pd.Series(ranks) - 1
    misses = scipy.stats.hypergeom(n_movies - 1, table, n_sampled).sf(k - 1)
    return 1 - np.mean(misses)


@right("q14")
def rate_drawing_one_after_another(ranks, n_movies, n_sampled, k):
    """The distribution of the number above, movie by movie."""
    rates = []
    for rank in ranks:
        chance = np.eye(1, n_sampled + 1)[0]
        for drawn in range(n_sampled):
            above = np.arange(n_sampled + 1)
            better = np.clip(rank - 1 - above, 0, None) / (n_movies - 1 - drawn)
            chance = chance * (1 - better) + np.r_[0, (chance * better)[:-1]]
        rates.append(chance[:k].sum())
    return torch.tensor(rates).mean()


@right("q15")
def mapping_with_a_column_of_ones(Q, features, n_ratings, ridge):
    X = torch.hstack([features, torch.ones(len(Q), 1)])
    known = X[n_ratings > 0]
    price = torch.diag(torch.tensor([float(ridge)] * features.shape[1] + [0.0]))
    W = torch.linalg.inv(known.T @ known + price) @ known.T @ Q[n_ratings > 0]
    vectors = Q.clone()
    vectors[n_ratings == 0] = X[n_ratings == 0] @ W
    return vectors


@right("q15")
def mapping_by_augmented_least_squares(Q, features, n_ratings, ridge):
    X, Q, rated = features.double().numpy(), Q.double().numpy(), n_ratings.numpy() > 0
    n, k = X.shape[1], Q.shape[1]
    rows = np.vstack([X[rated], np.sqrt(ridge) * np.eye(n)])
    ones = np.r_[np.ones(rated.sum()), np.zeros(n)]
    target = np.vstack([Q[rated], np.zeros((n, k))])
    W = np.linalg.lstsq(np.column_stack([ones, rows]), target, rcond=None)[0]
    return np.where(rated[:, None], Q, np.column_stack([np.ones(len(X)), X]) @ W)


@right("q15")
def mapping_one_factor_at_a_time(Q, features, n_ratings, ridge):
    vectors, rated = Q.double().tolist(), (n_ratings > 0).tolist()
    X = pd.DataFrame(features.double().numpy())
    known = X[rated]
    middle = known.mean()
    for f in range(Q.shape[1]):
        y = pd.Series(Q[:, f].double().numpy())[rated]
        gram = (known - middle).T @ (known - middle) + ridge * np.eye(X.shape[1])
        w = np.linalg.solve(gram, (known - middle).T @ (y - y.mean()))
        for i in range(len(X)):
            if not rated[i]:
                vectors[i][f] = y.mean() + (X.loc[i] - middle) @ w
    return vectors


@right("s01")
def history_by_query(user, train, test):
    return sorted(train.query("user == @user")["item"])


@right("s01")
def history_by_a_loop(user, train, test):
    movies = {i for u, i in zip(train["user"], train["item"], strict=True) if u == user}
    return torch.tensor(sorted(movies), dtype=torch.int64)


@right("s02")
def implicit_part_by_a_loop(Y, items):
    total = torch.zeros(Y.shape[1])
    for j in items:
        total += Y[j]
    return total if len(items) == 0 else total * len(items) ** -0.5


@right("s02")
def implicit_part_from_the_mean(Y, items):
    if not len(items):
        return Y.new_zeros(Y.shape[1])
    return Y[items].mean(0) * np.sqrt(len(items))


@right("s03")
def bags_by_a_loop(users, items, n_users):
    inputs, offsets = [], []
    for user in range(n_users):
        offsets.append(len(inputs))
        inputs += reversed(items[users == user].tolist())  # any order in a bag
    return torch.tensor(inputs), torch.tensor(offsets)


@right("s03")
def bags_by_searchsorted(users, items, n_users):
    in_order, rows = users.sort()
    return items[rows], torch.searchsorted(in_order, torch.arange(n_users))


@right("s04")
def forward_by_einsum(users, items, mean, user_bias, item_bias, P, Q, implicit):
    match = torch.einsum("bk,bk->b", (P + implicit)[users], Q[items])
    return mean + user_bias[users, 0] + item_bias[items, 0] + match


@right("s04")
def forward_by_the_whole_matrix(u, i, mean, user_bias, item_bias, P, Q, implicit):
    everything = mean + user_bias + item_bias.T + (P + implicit) @ Q.T
    return everything[u, i]


@right("s05")
def gradient_of_bags_by_autograd(G, users, items, n_items):
    Y = torch.zeros(n_items, G.shape[1], requires_grad=True)
    in_order, rows = users.sort()
    starts = torch.searchsorted(in_order, torch.arange(len(G)))
    counts = torch.bincount(users, minlength=len(G)).clamp(min=1)
    bags = F.embedding_bag(items[rows], Y, starts, mode="sum")
    (bags / counts.sqrt()[:, None] * G).sum().backward()
    return Y.grad


@right("s05")
def gradient_by_a_matrix(G, users, items, n_items):
    rated = torch.zeros(len(G), n_items)
    rated[users, items] = 1
    scale = rated.sum(1, keepdim=True).clamp(min=1) ** -0.5
    return (rated * scale).T @ G


@right("y051")
def rare_share_by_a_loop(lists, counts, few):
    places = [counts[movie] <= few for row in lists for movie in row if movie != -1]
    return sum(places) / len(places)


@right("y051")
def rare_share_by_a_mask(lists, counts, few):
    full = lists != -1
    return ((counts[lists] <= few) & full).sum() / full.sum()


@right("y052")
def precision_and_recall_by_a_loop(shown, wanted):
    hits = sum(movie in wanted for movie in shown)
    return [hits / len(shown), hits / len(wanted)]


@right("y052")
def precision_and_recall_by_numpy(shown, wanted):
    hits = np.isin(shown, list(wanted)).sum()
    return hits / np.array([len(shown), len(wanted)])


@right("y053")
def implicit_user_by_weights(Q, rated, alpha, lam):
    weight, target = torch.ones(len(Q)), torch.zeros(len(Q))
    weight[rated], target[rated] = 1 + alpha, 1
    gram = (Q.T * weight) @ Q + lam * torch.eye(Q.shape[1])
    return torch.linalg.inv(gram) @ Q.T @ (weight * target)


@right("y053")
def implicit_user_in_numpy(Q, rated, alpha, lam):
    Q, seen = Q.double().numpy(), Q.double().numpy()[rated]
    gram = Q.T @ Q + alpha * seen.T @ seen + lam * np.identity(Q.shape[1])
    return np.linalg.solve(gram, (1 + alpha) * seen.sum(axis=0))


@right("y054")
def contributions_by_the_inverse(v, V, D, t):
    inverse = torch.linalg.inv(V.T @ V + D)
    return torch.stack([v @ inverse @ row * one for row, one in zip(V, t, strict=True)])


@right("y054")
def contributions_from_the_movie(v, V, D, t):
    return V @ torch.linalg.solve(V.T @ V + D, v) * t


@right("y081")
def one_more_as_a_step(mean, precision, q, t, sigma):
    new = precision + (q / sigma) ** 2
    return mean + q / sigma**2 * (t - q * mean) / new, new


@right("y081")
def one_more_by_solving(mean, precision, q, t, sigma):
    rows = np.array([[precision**0.5], [q / sigma]])
    told = np.array([precision**0.5 * mean, t / sigma])
    return np.linalg.lstsq(rows, told)[0][0], (rows**2).sum()


@right("y082")
def row_by_a_plain_solve(A, mean, z):
    return mean + torch.linalg.solve(torch.linalg.cholesky(A).mT, z)


@right("y082")
def row_in_numpy(A, mean, z):
    L = np.linalg.cholesky(A.double().numpy())
    return mean.numpy() + np.linalg.inv(L).T @ z.numpy()


@right("y083")
def average_by_a_loop(P, Q, burn_in):
    predicted = [p @ q for p, q in zip(P[burn_in:], Q[burn_in:], strict=True)]
    return sum(predicted) / len(predicted)


@right("y083")
def average_by_einsum(P, Q, burn_in):
    kept = P[burn_in:], Q[burn_in:]
    return torch.einsum("sk,sk->", *kept).item() / (len(P) - burn_in)


@right("y084")
def interval_by_hypot(mean, spread, noise_sd, z):
    reach = z * np.hypot(spread.numpy(), noise_sd)
    return mean.numpy() - reach, mean.numpy() + reach


@right("y084")
def interval_by_variances(mean, spread, noise_sd, z):
    reach = (z**2 * (spread.square() + noise_sd**2)).sqrt()
    return mean - reach, mean + reach


@right("y031")
def pieces_in_one_graph(model, optimizer, pieces):
    errors = torch.cat([model(users, items) - stars for users, items, stars in pieces])
    loss = errors.square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@right("y031")
def pieces_glued_together(model, optimizer, pieces):
    users, items, stars = map(torch.cat, zip(*pieces, strict=True))
    optimizer.zero_grad()
    loss = F.mse_loss(model(users, items), stars)
    loss.backward()
    optimizer.step()
    return loss


@right("y032")
def stopped_by_a_count(validation, patience):
    best, stale = math.inf, 0
    for epoch, error in enumerate(validation, 1):
        stale = 0 if error < best else stale + 1
        best = min(best, error)
        if stale == patience:
            return epoch, epoch - patience
    return len(validation), len(validation) - stale


@right("y032")
def stopped_by_the_lowest_so_far(validation, patience):
    for epochs in range(1, len(validation) + 1):
        kept = int(np.argmin(validation[:epochs])) + 1
        if epochs - kept >= patience:
            return np.array([epochs, kept])
    return len(validation), kept


@right("y033")
def prices_by_einsum(P, n, reg_per_rating, reg_per_row):
    squares = torch.einsum("uk,uk->u", P, P)
    return squares * n * reg_per_rating + squares * reg_per_row


@right("y033")
def prices_by_a_loop(P, counts, reg_per_rating, reg_per_row):
    rows = zip(P, counts, strict=True)
    return [float((reg_per_rating * n + reg_per_row) * (p @ p)) for p, n in rows]


@right("y034")
def lead_by_scipy(new, old):
    return np.mean(new - old), scipy.stats.sem(new - old)


@right("y034")
def lead_by_hand(new, old):
    n, d = len(new), [a - b for a, b in zip(new, old, strict=True)]
    mean = sum(d) / n
    return mean, math.sqrt(sum((x - mean) ** 2 for x in d) / (n - 1) / n)


@right("y041")
def unit_rows_by_a_loop(vectors):
    rows = []
    for row in vectors:
        length = math.sqrt(sum(x * x for x in row))
        rows.append([x / length if length else 0.0 for x in row])
    return np.array(rows)


@right("y041")
def unit_rows_by_torch(vectors):
    return F.normalize(torch.tensor(vectors), dim=1)


@right("y042")
def kept_by_sets(near, on_paper):
    kept = sum(len({*a} & {*b}) for a, b in zip(near, on_paper, strict=True))
    return kept / near.size


@right("y042")
def kept_by_a_table(near, on_paper):
    return (near[:, :, None] == on_paper[:, None, :]).any(-1).mean()


@right("y043")
def p_value_with_the_real_world(ours, shuffles):
    return (np.append(shuffles, ours) >= ours).mean()


@right("y043")
def p_value_by_a_loop(ours, shuffles):
    return (sum(x >= ours for x in shuffles) + 1) / (len(shuffles) + 1)


@right("y044")
def likeness_by_centring(P, q_i, q_j):
    a, b = ((P - P.mean(0)) @ q for q in (q_i, q_j))
    return a @ b / np.sqrt((a @ a) * (b @ b))


@right("y044")
def likeness_by_covariance(P, q_i, q_j):
    C = np.cov(P.T)
    return q_i @ C @ q_j / np.sqrt(q_i @ C @ q_i * (q_j @ C @ q_j))


@right("y111")
def bytes_per_step_table_by_table(n_users, n_items, k, batch, sparse):
    moved = 0
    for n in (n_users, n_items):
        moved += 28 * k * (min(n, batch) if sparse else n)
    return moved


@right("y111")
def bytes_per_step_in_floats(n_users, n_items, k, batch, sparse):
    rows = np.array([n_users, n_items])
    return float((np.minimum(rows, batch) if sparse else rows).sum() * k * 7 * 4.0)


@right("y112")
def padded_grams_by_a_loop(V, index):
    rows = [V[row[row >= 0]] for row in index]
    return torch.stack([row.T @ row for row in rows])


@right("y112")
def padded_grams_by_einsum(V, index):
    mask = (index >= 0).to(V)
    return torch.einsum("nl,nli,nlj->nij", mask, V[index], V[index])


@right("y113")
def equal_lengths_in_numpy(V):
    squares = np.square(V.numpy()).sum(axis=1)
    return np.column_stack([V.numpy(), np.sqrt(squares.max() - squares)])


@right("y113")
def equal_lengths_by_norms(V):
    lengths = V.norm(dim=1)
    rest = (lengths.max() ** 2 - lengths**2).clamp(min=0).sqrt()
    return torch.hstack([V, rest.unsqueeze(1)])


@right("y113")
def equal_lengths_by_norms_and_squares(V):
    """The two roads round otherwise, and a root makes much of it."""
    rest = V.norm(dim=1).max() ** 2 - (V * V).sum(1)
    return torch.cat([V, rest.clamp(min=0).sqrt()[:, None]], 1)


@right("y113")
def equal_lengths_by_the_other_root(V):
    squares = (V**2).sum(1)
    return torch.cat([V, -(squares.max() - squares).sqrt()[:, None]], 1)


@right("y121")
def always_the_same_by_pandas(users, numbers, at_least):
    by_user = pd.Series(numbers).groupby(users)
    kept = (by_user.size() >= at_least) & (by_user.max() == by_user.min())
    return kept.index[kept].tolist()


@right("y121")
def always_the_same_by_a_dictionary(users, numbers, at_least):
    given = {}
    for user, number in zip(users, numbers, strict=True):
        given.setdefault(user, []).append(number)
    enough = (u for u, own in given.items() if len(own) >= at_least)
    return sorted(u for u in enough if len(set(given[u])) == 1)


@right("y122")
def cheapest_by_a_loop(errors, costs):
    means = [sum(row) / len(row) for row in errors]
    best = means.index(min(means))
    limit = means[best] + scipy.stats.sem(errors[best])
    return min((k for k, m in enumerate(means) if m <= limit), key=lambda k: costs[k])


@right("y122")
def cheapest_by_masking(errors, costs):
    means = errors.mean(1)
    row = errors[np.argmin(means)]
    limit = means.min() + np.sqrt(row.var(ddof=1) / len(row))
    return np.where(means <= limit, costs, np.inf).argmin()


@right("y123")
def folded_row_by_a_step_from_the_crowd(V, t, R, m):
    return m + torch.linalg.solve(V.T @ V + R, V.T @ (t - V @ m))


@right("y123")
def folded_row_as_stacked_rows(V, t, R, m):
    root = torch.linalg.cholesky(R).T
    rows, wanted = torch.cat([V, root]), torch.cat([t, root @ m])
    return torch.linalg.lstsq(rows, wanted[:, None]).solution[:, 0]


@right("y091")
def reciprocal_rank_by_a_loop(hits):
    found = [np.flatnonzero(row) for row in hits]
    return sum(1 / (row[0] + 1) for row in found if len(row)) / len(hits)


@right("y091")
def reciprocal_rank_by_argmax(hits):
    return np.where(hits.any(1), 1 / (hits.argmax(1) + 1), 0).mean()


@right("y092")
def in_batch_by_hand(p, q):
    scores = p @ q.T
    return (torch.logsumexp(scores, 1) - scores.diagonal()).mean()


@right("y092")
def in_batch_by_the_log_softmax(p, q):
    rows = (p @ q.T).log_softmax(dim=1)
    return -sum(rows[n, n] for n in range(len(p))) / len(p)


@right("y093")
def changed_by_sets(before, after):
    lists = [(set(a) - {-1}, set(b)) for a, b in zip(before, after, strict=True)]
    return sum(len(a - b) for a, b in lists) / sum(len(a) for a, _ in lists)


@right("y093")
def changed_by_isin(before, after):
    kept = [np.isin(a, b) for a, b in zip(before, after, strict=True)]
    shown = before != -1
    return 1 - np.array(kept)[shown].mean()


@right("y101")
def bag_by_embedding_bag(E, values, offsets, movie):
    return F.embedding_bag(values, E, offsets[:-1], mode="sum")[movie]


@right("y101")
def bag_by_a_loop(E, values, offsets, movie):
    total = torch.zeros(E.shape[1])
    for place in range(offsets[movie], offsets[movie + 1]):
        total = total + E[values[place]]
    return total


@right("y102")
def vectors_by_where(own, features, n_ratings):
    return features + torch.where(n_ratings[:, None] == 0, 0.0, own)


@right("y102")
def vectors_by_filling(own, features, n_ratings):
    vectors = features.clone()
    vectors[n_ratings > 0] += own[n_ratings > 0]
    return vectors


@right("y103")
def candidates_by_masking(watched, liked, n, k):
    chosen = watched >= watched.sort(descending=True).values[n - 1]
    return liked.masked_fill(~chosen, -torch.inf).topk(k).indices


@right("y103")
def candidates_by_sorted(watched, liked, n, k):
    movies = sorted(range(len(watched)), key=lambda i: -watched[i])[:n]
    return sorted(movies, key=lambda i: -liked[i])[:k]
