"""For authors: the question on a new user with a few ratings, from lab 05."""

import torch

from checks.questions.question import Question


def fold_in(Q, item_bias, mean, unit, items, stars, penalties):
    """(bias b, vector p) of a new user who gave `stars` to `items`.

    b is a number, p has shape (k,). penalties: (λ, δ, δ_b), as ALS has them:
    a price per rating, per row, and of a bias. Over the n new ratings,
    b and p minimize, with s the number `unit`,

    Σ (star - mean - item_bias[i] - b - p·Q[i])²
    + s · (λ · n + δ) · p·p + δ_b · b²
    """
    per_rating, per_row, of_bias = penalties
    features = torch.cat([torch.ones(len(items), 1), Q[items]], dim=1)
    target = stars - mean - item_bias[items]
    price = unit * (per_rating * len(items) + per_row)
    ridge = torch.full((features.shape[1],), price)
    ridge[0] = of_bias
    gram = features.T @ features + ridge.diag()
    x = torch.linalg.solve(gram, features.T @ target)
    return x[0].item(), x[1:]


def _solved(Q, item_bias, mean, items, stars, price, of_bias):
    """The right answer with any price of a factor and of the bias."""
    return fold_in(Q, item_bias, mean, 1.0, items, stars, (0.0, price, of_bias))


def mean_left_in(Q, item_bias, mean, unit, items, stars, penalties):
    """The mean was not subtracted from the stars, so this user's bias has to explain
    all of it and looks enormous."""
    return fold_in(Q, item_bias, 0.0, unit, items, stars, penalties)


def item_bias_left_in(Q, item_bias, mean, unit, items, stars, penalties):
    """The item biases were not subtracted from the stars: liking a movie that everybody
    likes would count as taste."""
    return fold_in(Q, 0 * item_bias, mean, unit, items, stars, penalties)


def count_left_out(Q, item_bias, mean, unit, items, stars, penalties):
    """λ was not multiplied by n, the number of the new user's ratings."""
    per_rating, per_row, of_bias = penalties
    price = unit * (per_rating + per_row)
    return _solved(Q, item_bias, mean, items, stars, price, of_bias)


def price_per_row_left_out(Q, item_bias, mean, unit, items, stars, penalties):
    """δ is missing from the price of a factor. It is what keeps the vector of a user
    with two or three ratings short: add it to λ · n."""
    per_rating, _, of_bias = penalties
    return fold_in(Q, item_bias, mean, unit, items, stars, (per_rating, 0.0, of_bias))


def price_per_row_times_count(Q, item_bias, mean, unit, items, stars, penalties):
    """δ was multiplied by n as well. It is a price per row, the same for every user:
    λ · n + δ."""
    per_rating, per_row, of_bias = penalties
    both = per_rating + per_row
    return fold_in(Q, item_bias, mean, unit, items, stars, (both, 0.0, of_bias))


def unit_left_out(Q, item_bias, mean, unit, items, stars, penalties):
    """s is missing: the price of a factor is s · (λ · n + δ), in the unit of these
    stars. Without it another scale of stars would have other factors."""
    return fold_in(Q, item_bias, mean, 1.0, items, stars, penalties)


def bias_priced_as_a_factor(Q, item_bias, mean, unit, items, stars, penalties):
    """The bias was charged like a factor. It has a price of its own, δ_b, without n and
    without s."""
    per_rating, per_row, _ = penalties
    price = unit * (per_rating * len(items) + per_row)
    return _solved(Q, item_bias, mean, items, stars, price, price)


def bias_price_grows(Q, item_bias, mean, unit, items, stars, penalties):
    """δ_b was multiplied by n. It is a price per row: the bias of a user with many
    ratings costs no more than that of a user with few."""
    per_rating, per_row, of_bias = penalties
    of_bias = of_bias * len(items)
    return fold_in(
        Q, item_bias, mean, unit, items, stars, (per_rating, per_row, of_bias)
    )


def own_bias_left_free(Q, item_bias, mean, unit, items, stars, penalties):
    """The user's bias was not penalized. With three ratings it is as uncertain as the
    factors: its price is δ_b."""
    return fold_in(Q, item_bias, mean, unit, items, stars, (*penalties[:2], 0.0))


def _vector_alone(Q, unit, items, target, penalties):
    per_rating, per_row, _ = penalties
    rows, price = Q[items], unit * (per_rating * len(items) + per_row)
    gram = rows.T @ rows + price * torch.eye(Q.shape[1])
    return torch.linalg.solve(gram, rows.T @ target)


def own_bias_forgotten(Q, item_bias, mean, unit, items, stars, penalties):
    """The user's bias is missing. Put a column of ones before Q[items], and the bias
    becomes one more coordinate."""
    target = stars - mean - item_bias[items]
    return 0.0, _vector_alone(Q, unit, items, target, penalties)


def bias_before_the_vector(Q, item_bias, mean, unit, items, stars, penalties):
    """The bias was computed first, as a plain mean, and the vector then had to make do
    with what was left. One minimum belongs to both: solve for them together."""
    target = stars - mean - item_bias[items]
    bias = target.mean()
    return bias.item(), _vector_alone(Q, unit, items, target - bias, penalties)


def damped_bias_before_the_vector(Q, item_bias, mean, unit, items, stars, penalties):
    """The bias was computed first, as a damped mean, and the vector then had to make do
    with what was left. One minimum belongs to both: solve for them together."""
    target = stars - mean - item_bias[items]
    bias = target.sum() / (len(items) + penalties[2])
    return bias.item(), _vector_alone(Q, unit, items, target - bias, penalties)


def ridge_left_out(Q, item_bias, mean, unit, items, stars, penalties):
    """The ridge is missing from the diagonal. Without it, a user with few ratings is
    fitted to the last digit and predicted badly."""
    return _solved(Q, item_bias, mean, items, stars, 0.0, 0.0)


def own_mean_for_the_mean(Q, item_bias, mean, unit, items, stars, penalties):
    """The mean of the user's own stars was subtracted instead of μ, the argument
    `mean`. What the user gives above μ is the bias that you are looking for."""
    return fold_in(Q, item_bias, stars.mean().item(), unit, items, stars, penalties)


def count_of_all_movies(Q, item_bias, mean, unit, items, stars, penalties):
    """λ was multiplied by the number of all movies. n is the number of the new user's
    ratings, `len(items)`."""
    per_rating, per_row, of_bias = penalties
    price = unit * (per_rating * len(Q) + per_row)
    return _solved(Q, item_bias, mean, items, stars, price, of_bias)


def item_bias_added(Q, item_bias, mean, unit, items, stars, penalties):
    """The item biases have the wrong sign: subtract them from the stars."""
    return fold_in(Q, -item_bias, mean, unit, items, stars, penalties)


def bias_and_vector_in_one(Q, item_bias, mean, unit, items, stars, penalties):
    """The bias and the vector come as one array. Return two values: the first number,
    and the rest."""
    bias, vector = fold_in(Q, item_bias, mean, unit, items, stars, penalties)
    return torch.cat([torch.tensor([bias]), vector])


def ridge_on_all_entries(Q, item_bias, mean, unit, items, stars, penalties):
    """The ridge was added to every row of the matrix. It belongs on the diagonal: make
    a matrix of it with `torch.diag` first."""
    per_rating, per_row, of_bias = penalties
    features = torch.cat([torch.ones(len(items), 1), Q[items]], dim=1)
    price = unit * (per_rating * len(items) + per_row)
    ridge = torch.full((features.shape[1],), price)
    ridge[0] = of_bias
    gram = features.T @ features + ridge
    x = torch.linalg.solve(gram, features.T @ (stars - mean - item_bias[items]))
    return x[0].item(), x[1:]


def _fold_in_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [
        _fold_in_case(draw, 8, 2, 5, 1.5, (0.2, 0.8, 1.5)),
        _fold_in_case(draw, 30, 4, 10, 1.2, (0.1, 2.0, 0.7)),
        _fold_in_case(draw, 50, 8, 20, 0.8, (0.1, 0.5, 3.0)),
    ]


def _fold_in_case(draw, n_items, k, n, unit, penalties):
    items = torch.randperm(n_items, generator=draw)[:n]
    stars = torch.randint(1, 6, (n,), generator=draw).float()
    Q = torch.randn(n_items, k, generator=draw)
    item_bias = torch.randn(n_items, generator=draw)
    mean = 3.2 + torch.rand(1, generator=draw).item()
    return Q, item_bias, mean, unit, items, stars, penalties


def _fold_in_edges():
    draw = torch.Generator().manual_seed(7)
    return [
        (
            "where there is one rating",
            _fold_in_case(draw, 9, 3, 1, 1.3, (0.3, 0.9, 1.2)),
        ),
        (
            "where there are fewer ratings than factors",
            _fold_in_case(draw, 12, 6, 3, 0.7, (0.2, 1.1, 0.8)),
        ),
        (
            "where there is only one factor",
            _fold_in_case(draw, 9, 1, 4, 1.1, (0.3, 0.5, 1.4)),
        ),
    ]


def vector_before_the_bias(Q, item_bias, mean, unit, items, stars, penalties):
    """The two values come in the wrong order: return the bias, then the vector."""
    return fold_in(Q, item_bias, mean, unit, items, stars, penalties)[::-1]


def vector_alone(Q, item_bias, mean, unit, items, stars, penalties):
    """This is only the vector. Return two values: the bias and the vector."""
    return fold_in(Q, item_bias, mean, unit, items, stars, penalties)[1]


def ridge_doubled(Q, item_bias, mean, unit, items, stars, penalties):
    """All prices are twice as large as they should be. The factor 2 of the derivatives
    cancels."""
    doubled = tuple(2 * price for price in penalties)
    return fold_in(Q, item_bias, mean, unit, items, stars, doubled)


def unit_in_the_bias_too(Q, item_bias, mean, unit, items, stars, penalties):
    """δ_b was multiplied by s. Only the price of a factor is: b² is in stars², as the
    squared errors are, while p·p is in stars."""
    per_rating, per_row, of_bias = penalties
    prices = per_rating, per_row, unit * of_bias
    return fold_in(Q, item_bias, mean, unit, items, stars, prices)


def unit_before_the_first_term_alone(Q, item_bias, mean, unit, items, stars, penalties):
    """s was multiplied by λ · n alone. It stands before the bracket: s · (λ · n +
    δ)."""
    per_rating, per_row, of_bias = penalties
    price = unit * per_rating * len(items) + per_row
    return _solved(Q, item_bias, mean, items, stars, price, of_bias)


def unit_divides(Q, item_bias, mean, unit, items, stars, penalties):
    """The price of a factor was divided by s. It is multiplied: s · (λ · n + δ)."""
    return fold_in(Q, item_bias, mean, 1 / unit, items, stars, penalties)


def price_per_rating_left_out(Q, item_bias, mean, unit, items, stars, penalties):
    """λ · n is missing from the price of a factor: it is s · (λ · n + δ)."""
    prices = 0.0, *penalties[1:]
    return fold_in(Q, item_bias, mean, unit, items, stars, prices)


def price_per_row_in_the_bias_too(Q, item_bias, mean, unit, items, stars, penalties):
    """δ was added to the price of the bias. That is δ_b alone."""
    per_rating, per_row, of_bias = penalties
    prices = per_rating, per_row, of_bias + per_row
    return fold_in(Q, item_bias, mean, unit, items, stars, prices)


def delta_b_for_everything(Q, item_bias, mean, unit, items, stars, penalties):
    """The vector was charged like the bias. δ_b is the price of the bias alone; that of
    a factor is s · (λ · n + δ)."""
    of_bias = penalties[2]
    return _solved(Q, item_bias, mean, items, stars, of_bias, of_bias)


def stars_in_units(Q, item_bias, mean, unit, items, stars, penalties):
    """The stars were divided by s. The formula takes them as they are; s stands only in
    the price of a factor."""
    bias, vector = fold_in(Q, item_bias, mean, unit, items, stars, penalties)
    return bias / unit, vector / unit


def mean_in_the_bias(Q, item_bias, mean, unit, items, stars, penalties):
    """The mean was added to the bias. b is the deviation from it."""
    bias, vector = fold_in(Q, item_bias, mean, unit, items, stars, penalties)
    return bias + mean, vector


def bias_in_an_array(Q, item_bias, mean, unit, items, stars, penalties):
    """The values are right, but the bias comes in an array of shape (1,). It is a
    number: take `x[0]`, not `x[:1]`."""
    bias, vector = fold_in(Q, item_bias, mean, unit, items, stars, penalties)
    return torch.tensor([bias]), vector


QUESTIONS = (
    Question(
        "q12",
        fold_in,
        _fold_in_cases,
        (
            mean_left_in,
            item_bias_left_in,
            count_left_out,
            price_per_row_left_out,
            price_per_row_times_count,
            unit_left_out,
            bias_priced_as_a_factor,
            bias_price_grows,
            own_bias_left_free,
            own_bias_forgotten,
            bias_before_the_vector,
            damped_bias_before_the_vector,
            ridge_left_out,
            own_mean_for_the_mean,
            count_of_all_movies,
            item_bias_added,
            bias_and_vector_in_one,
            ridge_on_all_entries,
            vector_before_the_bias,
            vector_alone,
            ridge_doubled,
            unit_in_the_bias_too,
            unit_before_the_first_term_alone,
            unit_divides,
            price_per_rating_left_out,
            price_per_row_in_the_bias_too,
            delta_b_for_everything,
            stars_in_units,
            mean_in_the_bias,
            bias_in_an_array,
        ),
        edges=_fold_in_edges,
        parts=("the bias", "the vector"),
    ),
)
