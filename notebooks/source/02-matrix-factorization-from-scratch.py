# %% [markdown]
# # 02 Matrix factorization from scratch: three ways to the same factors
#
# *You will write one model three times: with gradients derived by hand, with ridge
# regressions, and with PyTorch. Then you will ask whether the three found the same
# thing.*
#
# | | |
# |---|---|
# | **Time** | {{time}} |
# | **Run time, two CPU cores** | under a minute on ML-100K, under a quarter of one on the bundled sample |
# | **Memory** | under 1 GB |
# | **Difficulty** | medium: Python, dot products, a derivative |
# | **Builds on** | [lab 01](01-data-exploration.ipynb) |
#
# **After this lab you can**
#
# - predict a rating by a dot product, and say what a factor is and is not
# - name the RMSE that nobody can beat on new ratings, in a world where it is known
# - climb a ladder of baselines, and explain why one rating must not make a best movie
# - derive the gradient of one rating, and check it by autograd (Deeper: by finite differences)
# - fit the same model by SGD, by alternating least squares, and by PyTorch
# - tell why the axes of the factors are arbitrary (Deeper: what the search leaves open, what the data decide)
#
# **Prerequisites**: lists and arrays in Python, the dot product, the idea of a derivative.
# No PyTorch yet: each idiom is explained where it first appears.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** In October 2006 Netflix offered a million dollars for predictions 10 % better than its
# own. Two months later Simon Funk, a hobbyist in the leading group, published his method
# in a blog post (Funk 2006): a few lines of gradient descent on two small tables of
# numbers. Matrix factorization was part of the winning entries (Koren, Bell
# & Volinsky 2009), and it is still what new recommenders are measured against, often
# not carefully enough (Rendle, Zhang & Koren 2019).
#
# **In plain words.** You tell a friend about movies with a few words: "tense, hardly any
# romance". And about people: "loves tension, shrugs at romance". If the words for the
# movie fit those for the person, the person will like the movie. Matrix factorization does
# this with numbers instead of words, and nobody writes the numbers down. It looks for
# those that explain the ratings we have. Then it uses them for the ratings we lack.

# %%
import gc
import os
import sys
import time
from pathlib import Path

home = next((p for p in [Path.cwd(), *Path.cwd().parents]
             if (p / "scripts" / "data_utils").is_dir()), None)
if home is None:
    raise SystemExit("This notebook needs its project: open it in the folder "
                     "notebooks/ there. In Colab, clone the project first.")
sys.path.insert(0, str(home / "scripts"))
gc.set_threshold(100_000, 20, 20)  # rarer garbage collection: quicker imports

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

import data_utils as du
import models
from checks import check, solution
from findings import begin_findings, finding, show_findings
from metrics import bootstrap_rmse_difference, rmse
from plots import factors
from reporting import say

DATASET, SEED = os.environ.get("MOVIELENS_DATASET", "auto"), 0
N_FACTORS, REG = 8, 0.12  # k and lambda, explained in sections 5 and 6
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# %% [markdown]
# ## 1. Two viewers, five movies, factors by hand
#
# Describe each movie by two numbers: how **tense** it is and how **romantic**. Describe each
# viewer by how much they want of either. A negative number is a dislike.

# %%
by_name = {
    "Alien": (1.0, -0.4),
    "Die Hard": (0.8, 0.1),
    "Casablanca": (0.5, 0.9),
    "Notting Hill": (-0.5, 1.0),
    "Shrek": (-0.6, 0.2),
}
viewers = {"Ana": (1.2, -0.3), "Ben": (0.6, 0.9)}

# %% [markdown]
# Multiply factor by factor and add up: that is the **dot product**, and the prediction is
#
# $$\hat r_{ui} = 3 + p_u \cdot q_i = 3 + \sum_{f} p_{uf}\, q_{if}$$
#
# where $p_u$ are the viewer's numbers, $q_i$ the movie's, $f$ counts the factors, and 3 is the
# middle of the scale. The rating itself is $r_{ui}$; the hat marks a prediction of it.
#
# **Predict.** Ben wants some tension ($0.6$) and more romance ($0.9$). Which movie is his?
# Do the sum in your head for two candidates, then write a name.

# %%
guess = None  # for example "Shrek"

# %% [markdown]
# The sum as a loop, for all ten pairs:

# %%
def dot(p, q):
    total = 0.0
    for wanted, offered in zip(p, q, strict=True):
        total += wanted * offered  # the same sign: it adds
    return total


by_hand = [
    [3 + dot(p, q) for q in by_name.values()] for p in viewers.values()
]
pd.DataFrame(by_hand, list(viewers), list(by_name)).round(2)

# %% [markdown]
# All these sums at once are one matrix product, in NumPy `P @ Q.T` (`.T` exchanges rows and
# columns). The viewers are the rows of $P$, the movies those of $Q$, and $P Q^\top$ holds every
# viewer against every movie.

# %%
P = np.array(list(viewers.values()))  # (2 viewers, 2 factors)
Q = np.array(list(by_name.values()))  # (5 movies, 2 factors)
at_once = 3 + P @ Q.T  # (2, 2) @ (2, 5) -> (2, 5)
assert np.allclose(at_once, by_hand)

bens = list(by_name)[at_once[1].argmax()]
if guess is not None:
    print("You chose", guess, "- right." if guess == bens else "- no.")
say(f"Ben's movie is **{bens}**: {at_once[1].max():.2f} stars.")

# %%
figure, sentence = factors.viewers_and_movies(
    viewers, by_name, ("tense", "romantic")
)
plt.show()
say(sentence)

# %% [markdown]
# Now move a viewer yourself. Below, the movies are arrows too. Drag the viewer's arrow, or
# click on the picture and use the arrow keys. Where must it point for one particular movie
# to win? Where do all five get three stars?

# %%
from play import drag_viewer

drag_viewer(by_name, viewers["Ben"], ("tense", "romantic"), key="lab02-viewer")

# %% [markdown]
# **What just happened?** Fourteen numbers gave ten predictions, which saves nothing. But
# with 8 factors a thousand users and two thousand movies take 24,000 numbers, and those predict two
# million ratings. The *names* of the factors were never used: the product only asks that both
# sides mean the same by "factor 1". Keep that in mind for section 8.
#
# From here on nobody writes factors by hand. We have ratings, and look for the factors.
#
# ![Left, a table R of four viewers and five movies in which 10 of 20 cells are missing. Right, a table P with two numbers for each viewer times a table Q transposed with two numbers for each movie. 3 plus this product has a number in every cell, for Ana and Alien 3 + 1.2 × 1.0 + (−0.3) × (−0.4) = 4.32.](images/table-and-factors.svg)

# %% [markdown]
# {{turn:y021}}
#
# Write the prediction for all viewers and all movies at once, for tables of any size and
# with any middle. Think of the shapes first.

# %%
# {{answer:y021}}


# %%
check("y021", predict_all)

# %% [markdown]
# {{ladder:y021}}

# %% tags=["solution"]
solution("y021")

# %% [markdown]
# ## 2. A world where we know the answer
#
# How good can a prediction get? With real people nobody knows. So this course ships a
# **planted world**: synthetic ratings of movies that do not exist, drawn from factors that we
# chose. Each rating was made by
#
# $$\text{opinion} = \mu + b_u + b_i + p_u \cdot q_i + \text{noise},\qquad
# \text{stars} = \text{opinion, rounded, between 1 and 5.}$$
#
# $\mu$ is a middle for all, $b_u$ says how generous user $u$ is, $b_i$ how liked movie $i$ is. The
# noise is the mood of the day. The file `data/sample/truth.json` holds all the rest.

# %%
world, _ = du.download_movielens("sample")
truth = du.load_truth()
print(f"mu = {truth.mean:.2f} stars, noise sd = {truth.noise_sd:.2f} stars")
print("sd of p_u, by factor:", truth.user_factors.std(axis=0).round(2))
print("sd of q_i, by factor:", truth.item_factors.std(axis=0).round(2))

# %% [markdown]
# Look at the spreads of $p_u$: the users of this world differ a lot on the first two axes of
# taste and little on the other two. That will matter.
#
# We measure predictions by the **root mean squared error** over $n$ ratings, in stars:
# $\text{RMSE} = \sqrt{\frac1n \sum (r_{ui} - \hat r_{ui})^2}$. Less is better.
#
# **Predict.** You know the true factors and biases, but not the noise. You predict ratings that
# you have not seen. What RMSE do you have in this world?

# %%
guess = None  # your number, in stars

# %%
expected = truth.predict(world["user_id"], world["item_id"])  # in stars
oracle = rmse(expected, world["rating"])
constant = rmse(np.full(len(world), world["rating"].mean()), world["rating"])
if guess is not None:
    print(f"You are {abs(guess - oracle):.2f} stars off.")
say(
    f"With the true parameters the RMSE is **{oracle:.3f}**; always saying "
    f"the mean gives {constant:.3f}. On ratings that it has not seen, no "
    f"model can expect less than {oracle:.3f} here."
)

# %%
figure, sentence = factors.noise_floor(expected, world["rating"])
plt.show()
say(sentence)

# %% [markdown]
# **What just happened?** The best RMSE is near the noise, not near zero. (It is not quite
# the noise: the scale ends at 1 and 5, and cuts part of it off; rounding adds a little.)
# Between the constant and the **oracle**, the prediction with the true parameters, lies all
# that there is to win. When a model on real data improves by two hundredths, remember how
# short that way is. And "not seen" matters: on ratings that a model was fitted to it can go below
# the oracle, by learning their noise by heart. Section 8 catches one at it.

# %% [markdown]
# ## 3. A ladder of baselines
#
# Now to the data of your choice. We hold out a random fifth of the ratings and fit on the
# rest. We will look at that fifth again and again, so it is **no test set** any more by the
# end: it serves to compare. Lab 03 shows how to get a number that you may publish.
#
# Where ratings spread otherwise than by about a star, say from 1 to 100, the next cell measures
# them in their own standard deviation and says so.

# %%
ratings, movies = du.download_movielens(DATASET)
begin_findings(du.edition_of(ratings))
SEEN = ("sample", "100k", "latest-small")  # where the findings were seen
spread = ratings["rating"].std()
if not 0.5 < spread < 2:
    ratings = ratings.assign(rating=ratings["rating"] / spread)
    say(f'A "star" below is **{spread:.3g}** points of your scale.')
split = du.train_test_split_random(ratings, test_size=0.2, seed=SEED)
train = du.RatingsDataset.fit(split.train)  # makes the id maps
held = train.encode(split.test)  # the same maps
print(split.report)
print(f"{train.n_users:,} users x {train.n_items:,} movies")

# %% [markdown]
# `RatingsDataset` holds three **tensors** of equal length: `users` and `items` (row numbers, as
# in lab 01) and `ratings`. A tensor is PyTorch's array, and `.numpy()` gives the same numbers as
# a NumPy array. A movie that was never seen in training has the number $-1$. We
# keep such *cold* rows and answer them as well as we can.
#
# **Rung 0: one number for all.**

# %%
u, i = train.users.numpy(), train.items.numpy()  # (n,)
r = train.ratings.double().numpy()  # (n,) stars
held_u, held_i = held.users.numpy(), held.items.numpy()
held_r = held.ratings.double().numpy()

mu = r.mean()
predicted = {"global mean": np.full(len(held_r), mu)}  # of each model
ladder = {"global mean": rmse(predicted["global mean"], held_r)}
say(f"The mean is {mu:.3f} stars and its RMSE {ladder['global mean']:.3f}.")
print(f"planted world: true mu {truth.mean:.2f}, "
      f"mean of its ratings {world['rating'].mean():.2f}")

# %% [markdown]
# This $\mu$ is an *estimate*, and not of the middle of all opinions: who rates what is no accident
# (lab 01), as the planted world shows.
#
# **Rung 1: the mean of each movie.** First as a loop that anyone can read, over the first
# ten movies. Then for all of them by `np.bincount`, which adds up the `weights` of each group.

# %%
by_loop = []
for movie in range(10):
    stars = [x for x, m in zip(r, i, strict=True) if m == movie]
    by_loop.append(sum(stars) / len(stars))

item_counts = np.bincount(i, minlength=train.n_items)
item_means = np.bincount(i, weights=r, minlength=train.n_items) / item_counts
assert np.allclose(item_means[:10], by_loop)

answers = np.append(item_means, mu)  # index -1, a cold movie, finds mu
predicted["raw movie means"] = answers[held_i]
ladder["raw movie means"] = rmse(answers[held_i], held_r)
print(f"RMSE {ladder['raw movie means']:.3f}")

# %% [markdown]
# Now ask for the best movies of the catalogue:

# %%
titles = movies.set_index("item_id")["title"]
raw_ids = train.item_ids.decode(np.arange(train.n_items))


def five_best(values):
    """Their row numbers, and a table of them."""
    best = np.argsort(-values, kind="stable")[:5]
    return best, pd.DataFrame({
        "title": titles.loc[raw_ids[best]].to_numpy(),
        "mean": item_means[best].round(2), "ratings": item_counts[best]})


best, shown = five_best(item_means)
shown

# %% [markdown]
# Look at the last column. A single top rating is enough to stand above every movie that hundreds of people
# agree on. But the mean of one rating is mostly noise. The cure is **damping**: give each movie
# $\beta$ imaginary ratings that agree with the mean,
#
# $$b_i = \frac{\sum_{u} (r_{ui} - \mu)}{n_i + \beta},$$
#
# where $n_i$ counts the ratings of movie $i$, and the sum runs over its raters. With $n_i = 1$ and
# $\beta = 5$ a sixth of the surprise is believed; with $n_i = 500$ nearly all of it.

# %%
damping = 5
surprise = np.bincount(i, weights=r - mu, minlength=train.n_items)
b_i = surprise / (item_counts + damping)
predicted["damped movie means"] = mu + np.append(b_i, 0)[held_i]
ladder["damped movie means"] = rmse(predicted["damped movie means"], held_r)
top, shown = five_best(b_i)
shown

# %%
few_raw, few_damped = item_counts[best].min(), item_counts[top].min()
counted = (
    "the smallest number of ratings among the five best is "
    f"{few_raw} by raw mean and {few_damped} by damped mean"
)
finding(
    "Damping keeps movies with few ratings from the head of the list",
    few_raw <= 3 < few_damped,
    yes=f"Damping changes the head of the list: {counted}.",
    no=f"Here damping does not keep movies with up to 3 ratings from the head "
    f"of the list, or none stood there: {counted}.",
    control="a count, exact",
    on=SEEN,
)

# %% [markdown]
# {{turn:y022}}
#
# A new rating of a movie comes in. Its ratings are not at hand any more, only its damped
# bias and their number. Write the bias after one more rating.

# %%
# {{answer:y022}}


# %%
check("y022", bias_after_one_more)

# %% [markdown]
# {{ladder:y022}}

# %% tags=["solution"]
solution("y022")

# %% [markdown]
# ### Deeper: where β comes from, and whom it moves
#
# Let the noise of a rating have the variance $\sigma^2$, and let
# biases be drawn around 0 with the variance $\tau^2$, both normal. Then the most probable bias is this
# formula with $\beta = \sigma^2/\tau^2$. A penalty that each row pays *once* reads the same way: it is *noise over
# prior variance* (Salakhutdinov & Mnih 2008). Section 6 comes back to it, and lab 08 takes it at its word.
# (The 5 above is a custom. In a movie's mean the generosity and the taste of its raters are noise too, and more
# noise asks for a larger $\beta$ than the cell below computes from the mood of the day alone.)

# %%
ideal = truth.noise_sd**2 / truth.item_bias.var()
print(f"noise / prior variance in the planted world: {ideal:.1f}")
figure, sentence = factors.shrunken_means(
    item_counts, item_means, mu + b_i, mu
)
plt.show()
say(sentence)
few = np.append(item_counts, 0)[held_i] <= 3
say(f"Of the held-out ratings {few.mean():.1%} are of such movies.")

# %% [markdown]
# A list is headed by the extremes of the catalogue; an RMSE is made of the ratings that people
# give. Where few of those are of such movies, a list can be bad while the RMSE is good. Lab 05 is about that.
#
# ### Is it better?
#
# Is damping better by RMSE as well, and by more than chance? From here on each step is judged in the
# same way: the **difference** of two RMSEs on the same held-out ratings, with an interval. It comes from
# drawing the *users* again, with replacement, 300 times (a bootstrap; lab 03 takes it apart).

# %%
def better(mine, other, on=SEEN, rows=slice(None), where=""):
    """A finding: does `mine` predict held-out ratings better than `other`?"""
    pair = [predicted[name][rows] for name in (mine, other)]
    gap = bootstrap_rmse_difference(
        *pair, held_r[rows], split.test["user_id"].to_numpy()[rows],
        np.random.default_rng(SEED), n_resamples=300, level=0.95,
    )
    one, two = (rmse(answers, held_r[rows]) for answers in pair)
    claim = f"{mine} better than {other}{where}"
    numbers = (f"RMSE {one:.3f} against {two:.3f}, {gap.estimate:+.3f} "
               f"(95 % interval {gap.low:+.3f} to {gap.high:+.3f})")
    finding(
        claim, gap.high < 0,
        yes=f"**{claim}**: {numbers}.",
        no=f"Not shown on these ratings: {claim}: {numbers}.",
        control="interval over resampled users; one split, one fit",
        on=on,
    )


better("damped movie means", "raw movie means", on=["latest-small"])
if few.sum() >= 30:
    better("damped movie means", "raw movie means", rows=few,
           on=SEEN[1:], where=", for movies with up to 3 ratings")

# %% [markdown]
# **Rung 2: who is asked.** Some users give fives freely. The bias $b_u$ is the damped mean of
# what is left after $\mu$ and $b_i$. The package has the same two formulas as `BiasModel`:

# %%
left = r - mu - b_i[i]
user_counts = np.bincount(u, minlength=train.n_users)
b_u = np.bincount(u, weights=left, minlength=train.n_users)
b_u /= user_counts + damping
ours = mu + np.append(b_u, 0)[held_u] + np.append(b_i, 0)[held_i]

package = models.BiasModel(user_damping=damping, item_damping=damping)
theirs = package.fit(train).predict(held.users, held.items).numpy()
assert np.allclose(ours, theirs, atol=1e-4)
predicted["both biases"], ladder["both biases"] = ours, rmse(ours, held_r)
better("both biases", "damped movie means")

# %%
figure, sentence = factors.ladder(ladder)
plt.show()
say(sentence)

# %% [markdown]
# **What just happened?** One mean per user and one per movie, and not one word about taste. Any
# factorization has to beat *this*, not the global mean. In a bias model everyone's list of
# best movies is the same list. What is left in the ratings is taste, noise, and what changes with time and mood;
# the factors are after the first.

# %% [markdown]
# ### Deeper: rung 3, neighbours
#
# Before factors there were neighbours, and no course should skip them: *who has differed from the biases
# in the same way as you?* (Herlocker et al. 1999.) What is left of user $u$'s ratings is a row, zero where
# nothing was rated. Two users are alike as far as the cosine of their rows, shrunk where they share few
# movies; what is left of your rating is the weighted mean of what was left of theirs:
#
# $$\hat r_{ui} = \mu + b_u + b_i + \frac{\sum_v w_{uv}\, e_{vi}}{1 + \sum_{v \text{ rated } i} w_{uv}}$$
#
# The sums run over the 50 users most like $u$. The 50, the 1 and the 10 below are customs, not tuned.
# (Others say *Pearson* or *adjusted cosine*, of two users or of two movies: they, too, compare deviations from what is
# usual, not stars. Libraries also differ in what they sum over. Taken over the shared movies alone, the cosine of two users who share a single
# movie is always 1 or −1, whatever they gave it; hence the zeros, and the shrinking.)

# %%
cells = train.n_users * train.n_items
small_enough = max(cells, train.n_users**2) < 50_000_000  # 200 MB a table
if small_enough:
    e = np.zeros((train.n_users, train.n_items), dtype=np.float32)
    e[u, i] = left - b_u[u]
    seen = np.zeros_like(e)
    seen[u, i] = 1
    length = np.linalg.norm(e, axis=1).clip(min=1e-9)
    shared = seen @ seen.T                              # (n_users, n_users)
    w = (e @ e.T) / np.outer(length, length) * shared / (shared + 10)
    np.fill_diagonal(w, 0)
    cut = np.partition(w, -min(50, len(w)), axis=1)[:, -min(50, len(w))]
    w = np.where(w >= np.maximum(cut, 0)[:, None], w, 0)
    change = np.zeros((train.n_users + 1, train.n_items + 1))  # -1: stranger
    change[:-1, :-1] = (w @ e) / (1 + w @ seen)
    predicted["neighbours"] = ours + change[held_u, held_i]
    ladder["neighbours"] = rmse(predicted["neighbours"], held_r)
    better("neighbours", "both biases", on=SEEN)
else:
    say(f"{cells:,} cells are too many for these tables; passed over.")

# %% [markdown]
# **What just happened?** Neighbours know taste as well, without a single parameter to train. But they
# compare all pairs of users, and keep all ratings at hand to answer. Factors keep what they learn in a few
# numbers a row. The last rungs below tell which of the two reaches further here; lab 09 meets neighbours again, for lists.

# %% [markdown]
# ## 4. `nn.Embedding`: a table that learns
#
# Before the real fit, a toy: 5 users, 5 movies, 2 factors. In PyTorch a table of factors is an
# `nn.Embedding`. It holds a matrix of weights, and calling it with row numbers returns those
# rows. A `torch.Generator` (`du.seeded` makes one) is a source of random numbers that we hand over, so that nothing
# depends on what ran before. A PyTorch function whose name ends in `_` changes its tensor in
# place: `nn.init.normal_` fills the table with normal random numbers.

# %%
from torch import nn

generator = du.seeded(SEED)
toy_users = nn.Embedding(5, 2)  # a (5, 2) matrix in .weight
toy_items = nn.Embedding(5, 2)
for table in (toy_users, toy_items):
    nn.init.normal_(table.weight, std=0.5, generator=generator)

who = torch.tensor([3, 0, 3])  # three ratings, two of them by user 3
toy_users(who)  # (3, 2): rows 3, 0 and 3

# %% [markdown]
# The textbook way to say "user 3" is a one-hot vector: zeros, and a 1 in place 3. Times the
# matrix, it picks a row. The look-up does the same without multiplying by all those
# zeros:
#
# ![Left, the one-hot vector 0 0 0 1 0 times a table of five rows and two columns gives the table's row 3, (0.7, −0.5). Right, the look-up: the number 3 points at row 3 of the same table and takes it.](images/lookup.svg)

# %%
one_hot = nn.functional.one_hot(who, num_classes=5).float()  # (3, 5)
print(one_hot)
assert torch.equal(one_hot @ toy_users.weight, toy_users(who))
print("one-hot product = look-up")

# %% [markdown]
# `toy_users.weight` is an `nn.Parameter`: PyTorch keeps a record of what is computed from it
# (the `grad_fn` that was printed with the rows above). From a loss, a single number,
# `.backward()` walks that computation in reverse and leaves in `.grad` of each parameter how the loss changes with each of its numbers.
#
# **Predict.** Users 3, 0 and 3 rate movies 1, 1 and 4. How many of the 5 *user* rows have
# a gradient that is not zero?

# %%
guess = None  # 0 to 5

# %%
what = torch.tensor([1, 1, 4])
stars = torch.tensor([1.0, -1.0, 0.5])  # above or below the mean
dots = (toy_users(who) * toy_items(what)).sum(-1)  # (3,) dot products
loss = (dots - stars).square().sum()
toy_users.zero_grad()  # so that you can run this cell twice
loss.backward()

print("gradient of the users:\n", toy_users.weight.grad)
touched = (toy_users.weight.grad != 0).any(1)
assert touched.tolist() == [True, False, False, True, False]
if guess is not None:
    print("Right." if guess == touched.sum() else "Look at the rows above.")
say(f"{touched.sum()} of {len(touched)} user rows have one that is not 0.")

# %% [markdown]
# **What just happened?** `.grad` is a table as large as the weights, and zero in every row that was
# not looked up. User 3 came twice, and row 3 got the *sum* of two. Where the gradient is zero, plain
# gradient descent leaves the numbers alone. (Adam, in section 7, lets them coast on for a
# while.) A penalty on *all* weights in every step would pull on them as well: lab 03 measures it.
#
# Keep "the sum" in mind. It comes back in the next section, and as a mistake.

# %% [markdown]
# ### Deeper: the sum, by hand
#
# User 3 came twice. One rating's loss is $(p \cdot q - s)^2$ for $s$ stars, and its derivative by
# $p$ is $2\,(p \cdot q - s)\,q$. Row 3 should hold that for both ratings of user 3:

# %%
with torch.no_grad():  # plain numbers, no record needed
    error = (dots - stars)[:, None]  # None makes a column: (3, 1)
    each = 2 * error * toy_items(what)  # (3, 2)
print("first rating of user 3: ", each[0])
print("second rating of user 3:", each[2])
assert torch.allclose(toy_users.weight.grad[3], each[0] + each[2])

# %% [markdown]
# {{turn:y023}}
#
# Write down what PyTorch has done: from the gradient of each rating, make `.grad` of the
# whole table. The rows are not sorted, and may come up again.

# %%
# {{answer:y023}}


# %%
check("y023", sum_by_row)

# %% [markdown]
# {{ladder:y023}}

# %% tags=["solution"]
solution("y023")

# %% [markdown]
# ## 5. First way: stochastic gradient descent, in NumPy
#
# The model is the planted world's, now with unknowns:
# $\hat r_{ui} = \mu + b_u + b_i + p_u \cdot q_i$. We estimate $\mu$ beforehand, by the
# mean of the training ratings, and look for the rest.
#
# ### The gradient, on paper
#
# ($\partial L / \partial b_u$ is the derivative of $L$ by $b_u$ while all other numbers stay fixed.)
# One rating has the error $e = r_{ui} - \hat r_{ui}$ and the loss
#
# $$L = \tfrac12 e^2 + \tfrac\lambda2 \left(b_u^2 + b_i^2 + \lVert p_u\rVert^2 + \lVert q_i\rVert^2\right).$$
#
# The second part is **regularization**: large numbers cost, so a number grows only as far as ratings
# pay for it. ($\lVert p_u\rVert^2$ is the sum of the squares of $p_u$; $\lambda$ sets the price, `reg` in
# the code.) The halves are there to cancel the 2 of the derivative. Since $\partial \hat r / \partial b_u = 1$ and $\partial \hat r / \partial p_u = q_i$,
#
# $$\frac{\partial L}{\partial b_u} = -e + \lambda b_u \qquad
# \frac{\partial L}{\partial p_u} = -e\, q_i + \lambda p_u \qquad
# \frac{\partial L}{\partial q_i} = -e\, p_u + \lambda q_i$$
#
# and for $b_i$ as for $b_u$. In words: if we predicted too little ($e > 0$), move the user towards the
# movie and the movie towards the user. A step of size $\eta$ (`rate`) against the gradient is Funk's method.

# %%
class FunkSVD:
    """mu + b_u + b_i + p_u . q_i, trained by stochastic gradient descent."""

    def __init__(self, n_users, n_items, n_factors, mean, rng):
        self.mean = mean
        self.b_u, self.b_i = np.zeros(n_users), np.zeros(n_items)
        self.P = rng.normal(0, 0.1, (n_users, n_factors))
        self.Q = rng.normal(0, 0.1, (n_items, n_factors))

    def predict(self, u, i):  # (batch,) and (batch,) -> (batch,)
        match = (self.P[u] * self.Q[i]).sum(-1)
        return self.mean + self.b_u[u] + self.b_i[i] + match

    def gradients(self, u, i, r, reg):
        """Of each rating's loss: b_u, b_i (batch,), p_u, q_i (batch, k)."""
        b_u, b_i, p, q = self.b_u[u], self.b_i[i], self.P[u], self.Q[i]
        e = r - self.predict(u, i)  # (batch,); e[:, None] is (batch, 1)
        on_p, on_q = -e[:, None] * q, -e[:, None] * p
        return -e + reg * b_u, -e + reg * b_i, on_p + reg * p, on_q + reg * q


# %% [markdown]
# (The name "SVD" stuck since Funk's post, although a true singular value decomposition needs a
# matrix without holes.)
#
# ### Is the gradient right?
#
# Never trust a derivation. **Autograd** is a witness: the `.backward()` of section 4. We write only the loss of one
# rating and let PyTorch derive.

# %%
rng = np.random.default_rng(SEED)
small = FunkSVD(train.n_users, train.n_items, 3, mu, rng)
one = u[:1], i[:1], r[:1]  # the first training rating
on_paper = small.gradients(*one, REG)[2][0]  # for the three numbers of p_u
p = torch.tensor(small.P[u[0]], requires_grad=True)  # "derive for this one"
q = torch.tensor(small.Q[i[0]])
e = r[0] - (mu + small.b_u[u[0]] + small.b_i[i[0]] + p @ q)
loss = 0.5 * (e**2 + REG * (p @ p + q @ q))
loss.backward()
print("on paper ", on_paper.round(6))
print("autograd ", p.grad.numpy().round(6))
assert np.allclose(on_paper, p.grad.numpy())

# %% [markdown]
# ### Deeper: finite differences
#
# A second witness needs no PyTorch. **Finite differences**: move one number by a tiny $\varepsilon$ both
# ways and see how the loss changes. We try it on the three numbers of one user's $p_u$.

# %%
def loss_of(model, u, i, r, reg):
    e = r - model.predict(u, i)
    size = model.b_u[u] ** 2 + model.b_i[i] ** 2
    size = size + (model.P[u] ** 2).sum(-1) + (model.Q[i] ** 2).sum(-1)
    return 0.5 * (e**2 + reg * size).sum()


row, eps, slopes = small.P[u[0]], 1e-5, []
for f in range(3):
    row[f] += eps
    above = loss_of(small, *one, REG)
    row[f] -= 2 * eps
    below = loss_of(small, *one, REG)
    row[f] += eps  # back where it was
    slopes.append((above - below) / (2 * eps))

# %%
print("on paper          ", on_paper.round(6))
print("finite differences", np.round(slopes, 6))
assert np.allclose(on_paper, slopes, atol=1e-6)

# %% [markdown]
# ### One rating at a time
#
# The loop in Funk's manner: for each rating, take a step. (He trained one factor after the other;
# we take all at once.) It is easy to read. But one pass over all ratings, an **epoch**, is slow
# in plain Python, and we need many.

# %%
def step_by_step(model, u, i, r, rate, reg):
    for user, item, stars in zip(u, i, r, strict=True):
        # copies: the step for Q needs the p from before its step
        p, q = model.P[user].copy(), model.Q[item].copy()
        b_u, b_i = model.b_u[user], model.b_i[item]
        e = stars - (model.mean + b_u + b_i + p @ q)
        model.b_u[user] += rate * (e - reg * b_u)
        model.b_i[item] += rate * (e - reg * b_i)
        model.P[user] += rate * (e * q - reg * p)
        model.Q[item] += rate * (e * p - reg * q)


# %% [markdown]
# So the lab goes on with the same steps in NumPy, 256 ratings at once, written in the function `sgd`.
#
# ### Deeper: a batch at a time
#
# First, how slow is the loop? We time 2,000 steps.

# %%
slow = FunkSVD(train.n_users, train.n_items, N_FACTORS, mu,
               np.random.default_rng(SEED))
first = slice(0, 2000)
start = time.perf_counter()
step_by_step(slow, u[first], i[first], r[first], 0.05, REG)
slow_seconds = (time.perf_counter() - start) / len(r[first]) * len(r)
print(f"an epoch of {len(r):,} ratings: about {slow_seconds:.1f} s")

# %% [markdown]
# Take 256 ratings, compute all their gradients at once, and add them up row by row. A movie that
# stands in the batch three times gets three gradients, as `nn.Embedding` did. `np.add.at(table,
# rows, values)` does just that: it adds, also where a row comes up again. We *sum* the gradients
# instead of averaging, so a batch moves the tables about as far as its ratings would have
# done one after the other.

# %%
def step(model, u, i, r, rate, reg):
    on_b_u, on_b_i, on_p, on_q = model.gradients(u, i, r, reg)
    np.add.at(model.b_u, u, -rate * on_b_u)
    np.add.at(model.b_i, i, -rate * on_b_i)
    np.add.at(model.P, u, -rate * on_p)
    np.add.at(model.Q, i, -rate * on_q)


def epoch(model, u, i, r, rate, reg, rng, batch_size=256):
    order = rng.permutation(len(r))  # shuffled anew each time
    for begin in range(0, len(r), batch_size):
        batch = order[begin : begin + batch_size]
        step(model, u[batch], i[batch], r[batch], rate, reg)


# %% [markdown]
# To score a model we put its five parts into `FactorTables(mean, b_u, b_i, P, Q)`, which the whole
# course predicts with. It answers the index $-1$ by a row of zeros: a stranger has no bias
# and no taste.

# %%
def tables_of(model):
    parts = (model.b_u, model.b_i, model.P, model.Q)
    tensors = (torch.tensor(part, dtype=torch.float32) for part in parts)
    return models.FactorTables(model.mean, *tensors)


def score(tables, data=held):
    return rmse(tables.predict(data.users, data.items), data.ratings)


def sgd(data, n_factors, reg, seed, epochs=15, rate=0.08):
    u, i = data.users.numpy(), data.items.numpy()
    r = data.ratings.double().numpy()
    rng = np.random.default_rng(seed)
    model = FunkSVD(data.n_users, data.n_items, n_factors, r.mean(), rng)
    for _ in range(epochs):
        epoch(model, u, i, r, rate, reg, rng)
        rate *= 0.87  # large steps first, small ones to settle
    return tables_of(model)


# %% [markdown]
# ### Does taste pay?

# %%
start = time.perf_counter()
fits = {"SGD": sgd(train, N_FACTORS, REG, SEED, epochs=15)}
seconds = (time.perf_counter() - start) / 15
say(f"{seconds:.2f} s an epoch instead of about {slow_seconds:.1f} s.")


def keep(name, tables):
    predicted[name] = tables.predict(held.users, held.items).double().numpy()
    ladder[name] = score(tables)


keep("SGD", fits["SGD"])
better("SGD", "both biases")

# %% [markdown]
# **What just happened?** The first model with taste in it. It has knobs, though: step size, its decay, the
# number of epochs, the batch. The next way has almost none.
#
# A good place for a break.

# %% [markdown]
# ## 6. Second way: alternating least squares
#
# SGD minimizes the sum of $L$ over all training ratings. Twice that sum is
#
# $$\sum_{(u,i)} \left(r_{ui} - \hat r_{ui}\right)^2
# + \lambda \sum_u n_u \left(\lVert p_u\rVert^2 + b_u^2\right)
# + \lambda \sum_i n_i \left(\lVert q_i\rVert^2 + b_i^2\right)$$
#
# where $n_u$ and $n_i$ count the ratings of a user and of a movie: every rating pays for both once, so a row
# with $n_u$ ratings pays $n_u$ times. (This is the *weighted λ* of Zhou et al. 2008.) As a function of everything this is a hilly
# landscape, because $p_u$ and $q_i$ multiply. But **fix the movies**, and it falls apart into one small
# problem per user, and each is a *ridge regression*: least squares with a price on the
# squares of the unknowns, and that has a formula.
#
# User $u$'s unknowns are $x = (p_u, b_u)$. Each rated movie is a row $a_i = (q_i, 1)$ of a matrix $A$, with the
# target $y_i = r_{ui} - \mu - b_i$. The gradient of $\lVert y - A x\rVert^2 + \lambda n_u \lVert x\rVert^2$ is zero
# where
#
# $$\left(A^\top A + \lambda n_u I\right) x = A^\top y,$$
#
# the **normal equations**: $k+1$ equations, $k+1$ unknowns. Solve them for all users, fix the users, solve for all
# movies, and again.
#
# ![A table of three users and three movies with three missing cells, and one factor for each row and column. From random numbers Q, P is solved with Q fixed, then Q with P fixed, and again. The objective falls at every solve.](images/als.svg)

# %%
def solve_row(vectors, stars, ridge):
    """Factors and bias of one row. vectors (n, k + 1), stars r - mu (n,)."""
    A, y = vectors.copy(), stars - vectors[:, -1]  # the other side's biases
    A[:, -1] = 1.0  # our own bias is met by a 1
    gram = A.T @ A + ridge * np.eye(A.shape[1])  # (k + 1, k + 1)
    return np.linalg.solve(gram, A.T @ y)


def solve_slowly(rows, columns, stars, others, reg, n_rows):
    solved = np.zeros((n_rows, others.shape[1]))
    for row in range(n_rows):
        mine = rows == row
        ridge = reg * mine.sum()
        solved[row] = solve_row(others[columns[mine]], stars[mine], ridge)
    return solved


# %%
rng = np.random.default_rng(SEED)
items_at_start = np.zeros((train.n_items, N_FACTORS + 1))  # last column: b_i
items_at_start[:, :-1] = rng.normal(0, 0.1, (train.n_items, N_FACTORS))

start = time.perf_counter()
one_by_one = solve_slowly(u, i, r - mu, items_at_start, REG, train.n_users)
slow_seconds = time.perf_counter() - start
print(f"all users, one by one: {slow_seconds:.2f} s")

# %% [markdown]
# {{turn:y024}}
#
# What did `solve_row` make as small as it can be? Write what one user costs, from the
# formula above: the squares of the errors, and the price of x for each rating. Here `vectors`
# is $A$ itself, with its column of ones, and `stars` is $y$.

# %%
# {{answer:y024}}


# %%
check("y024", cost_of_user)

# %% [markdown]
# {{ladder:y024}}

# %% tags=["solution"]
solution("y024")

# %% [markdown]
# ### Deeper: is that the minimum?
#
# Then the gradient there must vanish. We ask autograd, for the first user:

# %%
x = torch.tensor(one_by_one[0], requires_grad=True)
A = torch.tensor(items_at_start[i[u == 0]])
match = A[:, :-1] @ x[:-1] + x[-1] + A[:, -1]
e = torch.tensor(r[u == 0] - mu) - match
(e.square().sum() + REG * len(e) * x @ x).backward()
print("largest slope left:", f"{x.grad.abs().max():.1e}")
assert x.grad.abs().max() < 1e-8

# %% [markdown]
# ### Deeper: all rows at once
#
# (What follows needs only that `solve_all` does the same, faster.)
#
# $A^\top A$ is called a **Gram matrix**. Each user's is a sum over rated movies, $A^\top A = \sum_i a_i a_i^\top$. Flatten
# every $a_i a_i^\top$ into a row of $(k+1)^2$ numbers. Then *all* users' sums are **one product** with the sparse 0/1 matrix "who has
# seen what". A `csr_matrix` stores only the cells that are filled: row after row their values
# (`.data`) and columns (`.indices`), and the places where each row begins (`.indptr`).
#
# The right side splits in the same way, $A^\top y = \sum_i (r_{ui} - \mu)\, a_i - \sum_i b_i\, a_i$: a product with the
# ratings less one with the 0/1 matrix.

# %%
from scipy.sparse import csr_matrix


def all_grams(seen, A):
    """A^T A of every row at once, (n_rows, d, d)."""
    d = A.shape[1]
    # a column times a row, for each i: (n, d, 1) * (n, 1, d) -> (n, d, d)
    outer = A[:, :, None] * A[:, None, :]  # a_i a_i^T
    return (seen @ outer.reshape(-1, d * d)).reshape(-1, d, d)


def solve_all(R, others, ridge):
    """As solve_row for every row of the sparse R (n_rows, n_columns)."""
    seen = csr_matrix((np.ones_like(R.data), R.indices, R.indptr), R.shape)
    A, bias = others.copy(), others[:, -1:]
    A[:, -1] = 1.0
    gram = all_grams(seen, A) + ridge[:, None, None] * np.eye(A.shape[1])
    target = R @ A - seen @ (bias * A)  # A^T y of every row, (n_rows, d)
    # a stack of systems; solve wants columns: add an axis, drop it again
    return np.linalg.solve(gram, target[..., None])[..., 0]


# %%
R = csr_matrix((r - mu, (u, i)), shape=(train.n_users, train.n_items))
start = time.perf_counter()
together = solve_all(R, items_at_start, REG * user_counts)
fast_seconds = time.perf_counter() - start
assert np.allclose(together, one_by_one)
say(f"The same numbers, {slow_seconds / fast_seconds:.0f} times as fast.")

# %% [markdown]
# Now sweep after sweep. `np.diff(R.indptr)` is the number of stored cells of each row, our $n_u$; the transposed matrix gives $n_i$. A function with `yield` hands over after each sweep, so that we can look on.

# %%
def objective(R, users, items, reg):
    # row and column of each stored cell
    u, i = np.repeat(np.arange(R.shape[0]), np.diff(R.indptr)), R.indices
    match = (users[u, :-1] * items[i, :-1]).sum(1)
    e = R.data - match - users[u, -1] - items[i, -1]
    price = (users[u] ** 2).sum() + (items[i] ** 2).sum()  # once a rating
    return (e**2).sum() + reg * price


def as_tables(users, items, mean):
    users, items = (torch.tensor(x).float() for x in (users, items))
    return models.FactorTables(
        mean, users[:, -1], items[:, -1], users[:, :-1], items[:, :-1]
    )


# %%
def als(data, n_factors, reg, seed, epochs=12):
    """Yields the two tables, and the objective after each half, by sweep."""
    u, i = data.users.numpy(), data.items.numpy()
    r = data.ratings.double().numpy() - data.mean
    R = csr_matrix((r, (u, i)), shape=(data.n_users, data.n_items))
    by_item = R.T.tocsr()
    rng = np.random.default_rng(seed)
    items = np.zeros((data.n_items, n_factors + 1))
    items[:, :-1] = rng.normal(0, 0.1, (data.n_items, n_factors))
    for _ in range(epochs):
        users = solve_all(R, items, reg * np.diff(R.indptr))
        half = objective(R, users, items, reg)
        items = solve_all(by_item, users, reg * np.diff(by_item.indptr))
        whole = objective(R, users, items, reg)
        yield as_tables(users, items, data.mean), (half, whole)


# %% [markdown]
# ### It never goes up
#
# Each half sweep lands on the lowest point of the objective for its side. So the objective can
# never rise, whatever the data: an assertion says so in every run.

# %%
start = time.perf_counter()
sweeps = list(als(train, N_FACTORS, REG, SEED))
seconds = (time.perf_counter() - start) / len(sweeps)
costs = np.array([cost for _, pair in sweeps for cost in pair])
assert (np.diff(costs) <= 1e-9 * costs[0]).all(), "the objective rose"

say(f"{len(costs)} half sweeps, and the objective never rose. "
    f"{seconds:.3f} s a sweep.")
fits["ALS"] = sweeps[-1][0]
keep("ALS", fits["ALS"])
better("ALS", "both biases", on=["sample", "100k"])

# %%
figure, sentence = factors.als_progress(
    costs,
    [score(tables, train) for tables, _ in sweeps],
    [score(tables) for tables, _ in sweeps],
)
plt.show()
say(sentence)

# %% [markdown]
# **What just happened?** No step size and no batch; only the number of sweeps is left to choose. The two curves
# on the right need not go on together: what we minimize and what we want are not the same.
# (Has ALS arrived after 12 sweeps? A Deeper part of section 8 asks the factors.)
#
# ### Deeper: the price of few ratings
#
# Look at the penalty again. A row pays $\lambda n$, in proportion to its ratings, and so weighs the same against them
# whether they are one or five hundred. A movie with a single rating trusts it as much as a famous one trusts
# its many. That is just what *damping* prevented in section 3! The package's `models.ALS` is the same method with
# the damping put back: $\lambda n_u + \delta$ for the factors, and a constant $\delta_b$ for the bias. In the reading
# of section 3 a constant is noise over prior variance; $\lambda n$ is no prior, since what is believed beforehand would
# depend on how many ratings come, but a price that SGD pays by itself.
#
# (The package also multiplies the price of the factors by the standard deviation of the ratings, so that the same λ does
# the same on a scale from 1 to 100.)
#
# Is it better? A fair comparison gives each penalty its own best λ, chosen on a part of the *training* ratings that
# both were not fitted to. ($\delta = 7.1$ and $\delta_b = 3$ stay at the package's defaults. They were
# chosen on validation parts of ML-100K: on that edition a head start, on others none.)

# %%
inner = du.train_test_split_random(split.train, 0.1, seed=SEED)
fitting = du.RatingsDataset.fit(inner.train)
choosing = fitting.encode(inner.test)
tried = {"plain": {}, "damped": {}}
for lam in (0.12, 0.14, 0.16, 0.2):
    fit, _ = list(als(fitting, N_FACTORS, lam, SEED))[-1]  # the last sweep
    tried["plain"][lam] = score(fit, choosing)
for lam in (0.018, 0.036, 0.054, 0.072):
    fit = models.ALS(N_FACTORS, reg_per_rating=lam, seed=SEED).fit(fitting)
    tried["damped"][lam] = score(fit.tables(), choosing)
pd.DataFrame(tried).sort_index().rename_axis("λ").round(4)

# %%
lam = {name: min(scores, key=scores.get) for name, scores in tried.items()}
fit, _ = list(als(train, N_FACTORS, lam["plain"], SEED))[-1]
keep("ALS, best λ", fit)
damped = models.ALS(N_FACTORS, reg_per_rating=lam["damped"], seed=SEED)
keep("ALS, damped", damped.fit(train).tables())
better("ALS, damped", "ALS, best λ")

# %% [markdown]
# We keep the plain penalty with one λ where the three ways are compared, since they are to minimize the same thing. But
# remember the two constants when a list is headed by movies that hardly anyone has rated.
#
# **ALS for clicks.** Often there are no stars, only who watched what. Then the empty cells must count as well: Hu, Koren
# and Volinsky (2008) set the target to 1 where something was watched and to 0 everywhere else, and weight the errors,
# $1 + \alpha$ for a watched cell and 1 for an empty one. Each row is a ridge regression over *all* movies,
# $(Q^\top Q + \alpha \sum_{i\ \text{watched}} q_i q_i^\top + \lambda I)\, x = (1 + \alpha) \sum_{i\ \text{watched}} q_i$, and still cheap: the first Gram matrix is the
# same for all users, and the sum runs over the watched ones. Lab 05 uses it as `models.ImplicitALS`.

# %% [markdown]
# ## 7. Third way: PyTorch
#
# Here we write only the prediction and the loss; autograd derives, an optimizer steps. What we gain is
# freedom: tomorrow's model may be any formula. A model is a class that derives from `nn.Module`. Its
# `__init__` makes the tables, and `nn.Module` registers every parameter it finds there; `forward` is what
# happens when the model is called.
#
# We begin with the bare dot product and add one thing at a time.

# %%
class DotProductMF(nn.Module):
    """p_u . q_i"""

    def __init__(self, n_users, n_items, n_factors, generator):
        super().__init__()
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.item_factors = nn.Embedding(n_items, n_factors)
        for table in (self.user_factors, self.item_factors):
            nn.init.normal_(table.weight, std=0.1, generator=generator)

    def forward(self, users, items):  # (batch,), (batch,) -> (batch,)
        return (self.user_factors(users) * self.item_factors(items)).sum(-1)

    def penalty(self, users, items):  # the rows looked up, as in section 5
        rows = self.user_factors(users), self.item_factors(items)
        return sum(row.square().sum(-1).mean() for row in rows)


# %% [markdown]
# ### Deeper: reading the weights out
#
# To score, we read the weights out of `model.state_dict()`, a dictionary from names to tensors. What a
# model does not have counts as zero.

# %%
def module_tables(model):
    weights = {name: w.cpu() for name, w in model.state_dict().items()}
    P, Q = weights["user_factors.weight"], weights["item_factors.weight"]
    b_u = weights.get("user_bias.weight", torch.zeros(len(P), 1))
    b_i = weights.get("item_bias.weight", torch.zeros(len(Q), 1))
    mean = weights.get("mean", torch.tensor(0.0)).item()
    biases = b_u[:, 0], b_i[:, 0]
    return models.FactorTables(mean, *biases, P.clone(), Q.clone())


# %% [markdown]
# ### Four steps
#
# Training takes four steps a batch, here with names and in lab 03 under the microscope. `Adam` is an
# optimizer that gives each number its own step size (`fused` asks for its quick version), and `.to(device)`
# moves a model or a batch to the GPU where there is one.

# %%
def train_model(model, data, held_out, epochs=5, rate=0.03, reg=REG):
    """Trains in place; held-out RMSE before and after each epoch."""
    model.to(device)
    loader = du.ratings_loader(data, batch_size=2048, seed=SEED)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    curve = [score(module_tables(model), held_out)]
    for _ in range(epochs):
        for batch in loader:
            users, items, stars = (t.to(device) for t in batch)
            errors = stars - model(users, items)  # 1. predict
            loss = errors.square().mean() + reg * model.penalty(users, items)
            optimizer.zero_grad()  # 2. forget the old gradients
            loss.backward()  # 3. derive
            optimizer.step()  # 4. move
        curve.append(score(module_tables(model), held_out))
    return curve


# %% [markdown]
# The mean over the batch of "error squared + λ · (squared rows)" is the objective of the other two, divided by
# the number of ratings. So all three ways minimize the same thing.

# %% [markdown]
# ### Deeper: where to start
#
# A product of two tables has a *saddle point* at zero: flat, and neither a hill nor a valley. If $p_u = q_i = 0$, the
# gradient $-e\,q_i$ is zero as well, and nothing ever moves. So tables start at small *random* numbers. Which ones? Small
# numbers predict about zero stars, and must first find their way to the mean. Where they are all positive, as between 0 and
# 0.05, every product has the right sign from the start, but all rows also start nearly alike. Large numbers predict noise of
# their own. Which of the three is ahead after ten epochs? Guess before you look.

# %%
starts = {
    "normal, sd 0.1": lambda w, g: nn.init.normal_(w, 0, 0.1, generator=g),
    "uniform, 0 to 0.05": lambda w, g: nn.init.uniform_(
        w, 0, 0.05, generator=g
    ),
    "normal, sd 1": lambda w, g: nn.init.normal_(w, 0, 1, generator=g),
}
sizes = (train.n_users, train.n_items, N_FACTORS)
curves = {}
for name, initialize in starts.items():
    generator = du.seeded(SEED)
    model = DotProductMF(*sizes, generator)
    for table in (model.user_factors, model.item_factors):
        initialize(table.weight, generator)
    curves[name] = train_model(model, train, held, epochs=10)

# %%
figure, sentence = factors.learning_curves(
    curves, ladder["global mean"], "global mean"
)
plt.show()
say(sentence)
near_zero, positive, large = (np.array(curves[name]) for name in starts)
ahead = positive - near_zero
say(f"The positive start less the small one: {ahead[1]:+.3f} after one epoch, "
    f"{ahead[10]:+.3f} after ten.")
behind = large - near_zero
finding(
    "Ten epochs nearly make up for a bad start",
    behind[3] > 0.1 and abs(behind[10]) < 0.1 * behind[3],
    yes=f"The large start is {behind[3]:.2f} stars behind the small one "
    f"after 3 epochs, and {behind[10]:+.2f} after 10: it costs time.",
    no=f"The large start is {behind[3]:+.2f} stars behind the small one after "
    f"3 epochs, {behind[10]:+.2f} after 10: not a delay that has nearly gone.",
    control="none: one draw of each start",
    on=SEEN,
)

# %% [markdown]
# ### One delta at a time
#
# The dot product spends its factors on things that have nothing to do with taste: that ratings are
# around a mean far from zero, that some users are generous, that some movies are loved. Give each of these its own
# place. First $\mu$. It is estimated beforehand, by the mean of the training ratings, and not by the optimizer, so it is a
# **buffer**: part of the model, saved with it, without a gradient.

# %%
class MeanMF(DotProductMF):
    """mu + p_u . q_i"""

    def __init__(self, n_users, n_items, n_factors, generator, mean):
        super().__init__(n_users, n_items, n_factors, generator)
        self.register_buffer("mean", torch.tensor(float(mean)))  # New

    def forward(self, users, items):
        return self.mean + super().forward(users, items)  # New: self.mean


# %% [markdown]
# Next the biases: an embedding of width 1 each, since a bias is a table as well, with one number per row. `super()` is the
# class above, so `super().forward` is $\mu + p_u \cdot q_i$ and we only add to it.

# %%
class BiasedMF(MeanMF):
    """mu + b_u + b_i + p_u . q_i"""

    def __init__(self, n_users, n_items, n_factors, generator, mean):
        super().__init__(n_users, n_items, n_factors, generator, mean)
        self.user_bias = nn.Embedding(n_users, 1)  # New: tables of width 1
        self.item_bias = nn.Embedding(n_items, 1)
        for table in (self.user_bias, self.item_bias):
            nn.init.zeros_(table.weight)

    def forward(self, users, items):  # squeeze: (batch, 1) -> (batch,)
        bias = self.user_bias(users) + self.item_bias(items)  # New
        return super().forward(users, items) + bias.squeeze(-1)

    def penalty(self, users, items):
        rows = self.user_bias(users), self.item_bias(items)  # New
        biases = sum(row.square().mean() for row in rows)
        return super().penalty(users, items) + biases


# %%
sizes = (train.n_users, train.n_items, N_FACTORS)
versions = {
    "dot product": DotProductMF(*sizes, du.seeded(SEED)),
    "+ mu": MeanMF(*sizes, du.seeded(SEED), train.mean),
    "+ biases": BiasedMF(*sizes, du.seeded(SEED), train.mean),
}
curves = {}
for name, model in versions.items():
    curves[name] = train_model(model, train, held)
    keep(name, module_tables(model))
fits["PyTorch"] = module_tables(model)  # the last version, the full model
keep("PyTorch", fits["PyTorch"])
del ladder["+ biases"]  # the same model under its other name

# %%
figure, sentence = factors.learning_curves(
    curves, ladder["both biases"], "both biases", top=1.25
)
plt.show()
say(sentence)
better("PyTorch", "both biases")
better("PyTorch", "dot product", where=", after five epochs each")

# %% [markdown]
# **What just happened?** The axis is cut, and a curve may begin above it. Without $\mu$ all predictions
# start at zero stars, and those for a movie that was never rated stay there; with it they start at the global mean. What
# belongs to everyone, to a user or to a movie alone need not be spelled out in factors.

# %% [markdown]
# ### Deeper: lists, and the package's class
#
# How many numbers does the model have?

# %%
total = sum(w.numel() for w in model.parameters())
cells = train.n_users * train.n_items
say(
    f"{total:,} numbers stand for a matrix of {cells:,} cells: "
    f"{cells / total:.0f} times as many. They were learned from "
    f"{len(train):,} ratings."
)

# %% [markdown]
# One more class turns the model into a list: score every movie for one user, drop what the user has
# rated, sort. `torch.no_grad()` says that nobody will ask for gradients here.

# %%
class MatrixFactorization(BiasedMF):
    """mu + b_u + b_i + p_u . q_i, with lists"""

    @torch.no_grad()  # New
    def recommend_for_user(self, user, top_k=10, exclude_rated=()):
        items = torch.arange(self.item_bias.num_embeddings)  # all rows
        items = items[~torch.isin(items, torch.as_tensor(exclude_rated))]
        items = items.to(self.mean.device)
        scores = self(torch.full_like(items, user), items)
        best = scores.argsort(descending=True, stable=True)[:top_k]
        return items[best].cpu(), scores[best].cpu()


# %% [markdown]
# `scripts/models` has the same model, written in one piece and with checked arguments. Same names, so
# the weights of one fit the other. Then all predictions must agree, and so must the stars at the head of
# the lists:

# %%
learned = model.to("cpu").state_dict()
model = MatrixFactorization(*sizes, du.seeded(SEED), train.mean)
twin = models.MatrixFactorization(*sizes)
for same in (model, twin):
    same.load_state_dict(learned)
with torch.no_grad():
    ours = model(train.users, train.items)
    theirs = twin(train.users, train.items)
assert torch.allclose(ours, theirs, atol=1e-5)

rated = train.items[train.users == 0]
items, stars = model.recommend_for_user(0, top_k=5, exclude_rated=rated)
_, twin_stars = twin.recommend_for_user(0, top_k=5, exclude_rated=rated)
assert torch.allclose(stars, twin_stars, atol=1e-5)
names = titles.loc[raw_ids[items.numpy()]].to_numpy()
pd.DataFrame({
    "title": names,
    "predicted stars": stars.numpy().round(2),
    "training ratings": item_counts[items.numpy()],
})

# %% [markdown]
# A first list for the first user. (A prediction may pass the highest rating: the formula does not know where the scale ends.
# Some end it with a sigmoid that is stretched over the scale. Then it does know, and is no longer linear in either side, so
# that ALS cannot solve it.) Look
# at the last column. Whether this is a *good* list is the subject of lab 05.

# %% [markdown]
# ## 8. The same data, three ways: same RMSE? same factors?
#
# One objective, three searches for its minimum. First the easy question.

# %%
by_rmse = sorted(ladder.items(), key=lambda pair: -pair[1])
figure, sentence = factors.ladder(dict(by_rmse))
plt.show()
say(sentence)

# %% [markdown]
# Do the three predict the same for each single rating? And did they find the same numbers? To know what
# "different" means, we add a fourth fit: ALS again, from another random start. Part of a correlation of predictions is
# made by the biases, so we also compare what is left without them: the taste.

# %%
fits["ALS, other start"], _ = list(als(train, N_FACTORS, REG, SEED + 1))[-1]


def taste(fit):
    biases = models.FactorTables.of_biases(*fit[:3])  # mean, b_u, b_i
    pairs = held.users, held.items
    return (fit.predict(*pairs) - biases.predict(*pairs)).double().numpy()


# %%
names = ["SGD", "ALS", "PyTorch"]
whole = np.corrcoef([predicted[name] for name in names]).min()
alone = np.corrcoef([taste(fits[name]) for name in names]).min()
apart = np.ptp([ladder[name] for name in names])
won = ladder["both biases"] - max(ladder[name] for name in names)
numbers = (
    f"their RMSEs differ by {apart:.3f} at most, and the worst differs from "
    f"both biases by {-won:+.3f}; predictions correlate by {whole:.2f} or "
    f"more, tastes by {alone:.2f} or more: the least alike share "
    f"{max(alone, 0) ** 2:.0%} of their variance"
)
finding(
    "Three searches, about equally good",
    apart < won / 2,
    yes=f"The three are about equally good: {numbers}. Equally good need not "
    "be the same.",
    no=f"The three are not equally good here: {numbers}.",
    control="the biases as yardstick; one split, one start",
    on=SEEN,
)

# %% [markdown]
# **Predict.** Now put the factor tables side by side, number by number. The *cosine* of two lists of numbers is 1 where
# one is a positive multiple of the other, and 0 where they are perpendicular. What is it between the tables
# of one ALS run and those of the other?

# %%
guess = None  # between -1 and 1

# %%
def both_sides(fit):
    """Users and movies as rows of one table, (n_users + n_items, k)."""
    return torch.cat([fit.user_factors, fit.item_factors]).numpy()


def cosine(a, b):
    return (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)


reference = both_sides(fits["ALS"])
others = {name: both_sides(fits[name]) for name in fits if name != "ALS"}
as_they_come = {n: cosine(reference, table) for n, table in others.items()}
for name, value in as_they_come.items():
    print(f"ALS and {name}: cosine {value:+.2f}")
if guess is not None:
    off = abs(guess - as_they_come["ALS, other start"])
    print(f"You are {off:.2f} off.")

# %% [markdown]
# A cosine near 0 says little here. Turn all users *and* all movies by the same rotation $W$, and no dot
# product changes: with $p$ and $q$ as rows, $(p W)(q W)^\top = p\, W W^\top q^\top = p\, q^\top$. That is what an *orthogonal*
# matrix is: $W W^\top$ is the identity. Nor does any length change, so the penalty is
# the same. The data cannot tell one rotation from another, and a random start picks one.
#
# **What just happened?** Two fits may predict alike and hold other numbers. The *names* of the factors were never used
# in section 1, and now you see what follows: their *axes* are arbitrary as well. Never compare two fits number by
# number, and give no factor a name because one fit has it.
#
# ### Deeper: a stretch has its price
#
# An arbitrary invertible matrix $M$ on one side and its inverse on the other would leave the products alone as
# well. But it changes lengths, and with them the penalty:

# %%
rng = np.random.default_rng(SEED)
P = fits["ALS"].user_factors.double().numpy()
Q = fits["ALS"].item_factors.double().numpy()
M = rng.normal(size=(N_FACTORS, N_FACTORS))
W = np.linalg.qr(M)[0]  # from any M an orthogonal matrix
prices = []
for name, p, q in [
    ("as fitted", P, Q),
    ("rotated", P @ W, Q @ W),
    ("stretched", P @ M, Q @ np.linalg.inv(M).T),
]:
    assert np.allclose(p @ q.T, P @ Q.T)  # all predictions unchanged
    price = user_counts @ (p**2).sum(1) + item_counts @ (q**2).sum(1)
    print(f"{name:9}  same predictions, penalty {REG * price:9,.0f}")
    prices.append(price)
assert np.isclose(prices[0], prices[1])

# %% [markdown]
# And the three searches: did they come equally far down? Ask the objective that all of them minimize. Its order need
# not be that of the held-out RMSEs.

# %%
def objective_of(fit):
    users = torch.column_stack([fit.user_factors, fit.user_bias]).double()
    items = torch.column_stack([fit.item_factors, fit.item_bias]).double()
    return objective(R, users.numpy(), items.numpy(), REG)


for name in names:
    value = objective_of(fits[name])
    print(f"{name:8} objective {value:8,.0f}, held out {ladder[name]:.3f}")

# %% [markdown]
# ### Deeper: Procrustes, rotate first, then compare
#
# The **singular value decomposition** writes any matrix as $U S V^\top$: the columns of $U$ have length 1 and are
# perpendicular to one another, so have those of $V$, and the diagonal $S$ holds a strength for each, largest first.
#
# Given two tables $X$ and $Y$, which rotation of $Y$ comes closest to $X$? The answer has been known since
# Schönemann (1966): decompose $Y^\top X = U S V^\top$, and rotate by $U V^\top$. (It may
# mirror as well, which changes no dot product either.) SciPy has it as `orthogonal_procrustes`.

# %%
from scipy.linalg import orthogonal_procrustes


def rotated_onto(X, Y):
    U, _, Vt = np.linalg.svd(Y.T @ X)
    return Y @ (U @ Vt)


rotated = {n: rotated_onto(reference, table) for n, table in others.items()}
turn, _ = orthogonal_procrustes(others["SGD"], reference)
gaps = [np.linalg.norm(reference - table)
        for table in (rotated["SGD"], others["SGD"] @ turn)]
assert np.isclose(*gaps, rtol=1e-3)  # the same, smallest, distance

after = {n: cosine(reference, table) for n, table in rotated.items()}
for name, value in after.items():
    print(f"ALS and {name}: {as_they_come[name]:+.2f} -> {value:.2f}")

# %% [markdown]
# Is that much? A rotation chosen to fit makes *any* two tables more alike. As a control we rotate a table whose rows have been
# shuffled, so that each user and movie has the numbers of some other.

# %%
shuffled = rng.permutation(others["ALS, other start"])
by_chance = cosine(reference, rotated_onto(reference, shuffled))
come, turned = max(as_they_come.values(), key=abs), min(after.values())
finding(
    "A rotation is a part of the difference",
    turned > max(abs(come), by_chance) + 0.1,
    yes=f"As they come the cosine farthest from 0 is {come:+.2f}; after one "
    f"rotation all are {turned:.2f} or more: a part of the difference was a "
    "rotation, and not all of it.",
    no=f"As they come the cosine farthest from 0 is {come:+.2f}; after one "
    f"rotation all are {turned:.2f} or more: here a rotation explains little.",
    control=f"a rotated table with shuffled rows reaches {by_chance:.2f}",
    on=SEEN,
)

# %%
figure, sentence = factors.before_and_after_rotation(
    reference,
    others["ALS, other start"],
    rotated["ALS, other start"],
    ("ALS", "the other ALS run"),
)
plt.show()
say(sentence)

# %% [markdown]
# ### Deeper: where is the rest of the difference?
#
# There are two suspects: the *search*, which was stopped before it arrived, and the *data*, which may not decide all factors.
# To tell them apart, we give a fit axes of its own: the singular value decomposition of its $P Q^\top$ sorts them
# by how much of the predictions they carry. Then we compare two fits axis by axis.

# %%
def principal_axes(P, Q):
    """The same products P Q^T on orthogonal axes, the strongest first."""
    left, a = np.linalg.qr(P)  # P = left @ a; columns of left: length 1
    right, b = np.linalg.qr(Q)  # P Q^T = left @ (a b^T) @ right^T
    U, s, Vt = np.linalg.svd(a @ b.T)  # (k, k): the large P Q^T is not made
    root = np.sqrt(s)
    return left @ U * root, right @ Vt.T * root, s


def axis_by_axis(X, Y):
    """Correlation of each column of X with its fellow in Y, (k,)."""
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    sizes = np.linalg.norm(X, axis=0) * np.linalg.norm(Y, axis=0)
    return (X * Y).sum(axis=0) / np.maximum(sizes, 1e-12)  # 0 for no spread


def axes_of(fit):
    return principal_axes(fit.user_factors.numpy(), fit.item_factors.numpy())


def agreement(one, other):
    """The same for two fits, each on its own axes, `other` then rotated."""
    X, Y = (np.concatenate(axes_of(fit)[:2]) for fit in (one, other))
    return axis_by_axis(X, rotated_onto(X, Y))


# %% [markdown]
# **Predict.** The ALS of section 6 made 12 sweeps. Let it go on until nothing moves any more. What will change
# visibly: its held-out RMSE, the agreement of two starts axis by axis, both, or neither?

# %%
guess = None  # "RMSE", "agreement", "both" or "neither"

# %% [markdown]
# When does nothing move any more? `models.ALS` measures by what share of its length the table of movies changes in a sweep,
# and stops below its `tolerance`. (Even this can be fooled: near a saddle point ALS creeps for a while, and then
# goes on.) We take damped ALS, with two starts, after 3, 12 and 50 sweeps, and after as many as it takes.

# %%
def two_starts(data, **stop):
    return [models.ALS(N_FACTORS, seed=seed, **stop).fit(data)
            for seed in (SEED, SEED + 1)]


stops = [{"epochs": n} for n in (3, 12, 50)]
stops.append({"epochs": 1000, "tolerance": 1e-3})
pairs = [two_starts(train, **stop) for stop in stops]
agreements = [agreement(a.tables(), b.tables()) for a, b in pairs]
pd.DataFrame([
    {"sweeps": f"{len(a.changes)} and {len(b.changes)}",
     "last change": a.changes[-1],
     "RMSE": score(a.tables()), "RMSE, other start": score(b.tables()),
     "mean correlation of the axes": by_axis.mean()}
    for (a, b), by_axis in zip(pairs, agreements, strict=True)
]).round(4)

# %% [markdown]
# And the other suspect: two fits that *both* have arrived, each with a random half of the ratings. What they agree on, these
# ratings decide. (A half decides less than the whole would.)

# %%
order = np.random.default_rng(SEED).permutation(len(split.train))
halves = [train.encode(split.train.iloc[order[n::2]]) for n in (0, 1)]
halves = [models.ALS(N_FACTORS, **stops[-1]).fit(half) for half in halves]
by_half = agreement(*(half.tables() for half in halves))
arrived = pairs[-1][0].tables()
strength = axes_of(arrived)[2]
figure, sentence = factors.agreement_by_axis(
    strength,
    {"two starts, 12 sweeps": agreements[1],
     "two starts, arrived": agreements[-1],
     "two halves of the ratings, arrived": by_half},
    "the other fit",
)
plt.show()
say(sentence)

# %%
moved = score(pairs[-1][0].tables()) - score(pairs[1][0].tables())
early, late = agreements[1].mean(), agreements[-1].mean()
went = (f"From 12 sweeps to the end the RMSE moves by {moved:+.4f}, and the "
        f"mean correlation of two starts goes from {early:.2f} to {late:.2f}")
finding(
    "The RMSE arrives long before the factors",
    abs(moved) < 0.005 and late > early + 0.1,
    yes=f"{went}: after 12 the RMSE had arrived, and the factors had not.",
    no=f"{went}: not an RMSE that stands still while the factors still move.",
    control="a second start; the least any axis ends at is "
    f"{agreements[-1].min():.2f}",
    on=SEEN,
)

# %%
# a copy of the fit whose rows have been dealt out at random, as a control
dealt = arrived._replace(
    user_factors=arrived.user_factors[rng.permutation(arrived.n_users)],
    item_factors=arrived.item_factors[rng.permutation(arrived.n_items)],
)
null = agreement(arrived, dealt)
agree = (f"Two starts that arrived agree by {late:.2f} on average over the "
         f"axes, two halves of the ratings by {by_half.mean():.2f}")
finding(
    "Other ratings change the factors more than another start",
    late > by_half.mean() + 0.1,
    yes=f"{agree}, from {by_half[0]:.2f} on the strongest axis to "
    f"{by_half[-1]:.2f} on the weakest.",
    no=f"{agree}: here other ratings do not clearly change more than another "
    "start.",
    control=f"shuffled rows reach {null.max():.2f} on some axis; one pair",
    on=SEEN,
)

# %% [markdown]
# **What just happened?** Three questions, three answers. *Rotation* is arbitrary, always. What the *search* leaves open
# depends on when it stops, and a curve of the RMSE need not show it: many tables predict about equally well. What
# the *data* decide shows only with other data. Before you give a factor a name, let the search arrive, and then ask
# a second sample of ratings whether they know it too.

# %% [markdown]
# ### Deeper: and is it the truth?
#
# In the planted world we can ask. We fit it all three ways, with the same settings, add damped ALS that has arrived, and set
# them beside the oracle: the prediction with the true parameters, as in section 2.

# %%
planted_split = du.train_test_split_random(world, test_size=0.2, seed=SEED)
planted = du.RatingsDataset.fit(planted_split.train)
planted_held = planted.encode(planted_split.test)

module = MatrixFactorization(
    planted.n_users, planted.n_items, N_FACTORS, du.seeded(SEED), planted.mean
)
train_model(module, planted, planted_held)
twins = [fit.tables() for fit in two_starts(planted, **stops[-1])]
found = {
    "SGD": sgd(planted, N_FACTORS, REG, SEED),
    "ALS": list(als(planted, N_FACTORS, REG, SEED))[-1][0],
    "PyTorch": module_tables(module),
    "ALS, damped, arrived": twins[0],
}

# %%
test, seen = planted_split.test, planted_split.train
floor = rmse(truth.predict(test["user_id"], test["item_id"]), test["rating"])
known = rmse(truth.predict(seen["user_id"], seen["item_id"]), seen["rating"])
biases = score(models.BiasModel().fit(planted).tables(), planted_held)
reached = pd.DataFrame({
    "training": {n: score(fit, planted) for n, fit in found.items()},
    "held out": {n: score(fit, planted_held) for n, fit in found.items()},
})
way = (biases - reached["held out"]) / (biases - floor)
reached["of the way from biases to oracle"] = way
reached.loc["oracle"] = [known, floor, 1.0]
reached.round(3)

# %%
by_heart = reached["training"].drop("oracle").idxmin()
seen_best, its_new, _ = reached.loc[by_heart]
new_best = reached["held out"].drop("oracle").min()
finding(
    "Below the oracle in training, above it on new ratings",
    seen_best < known and new_best > floor,
    yes=f"On its own training ratings {by_heart} has {seen_best:.3f}, below "
    f"the oracle's {known:.3f}: it has learned noise by heart. On new ratings "
    f"it has {its_new:.3f}, and no fit is below {new_best:.3f}, where the "
    f"oracle has {floor:.3f}.",
    no=f"In training {by_heart} is lowest with {seen_best:.3f}, where the "
    f"oracle has {known:.3f}; on new ratings the best fit has {new_best:.3f} "
    f"and the oracle {floor:.3f}: not both below it and above it.",
    control="the planted world's own parameters; one split",
    on=SEEN,
)

# %% [markdown]
# Why only part of the way? One suspect: with few ratings per user and movie the parameters cannot be known
# exactly. Then fewer ratings must lead less far. (Another: we fit 8 factors, as before, though this world has 4.)

# %%
def way_with(share):
    """Of the way from biases to oracle, from a share of the ratings."""
    part = planted.encode(seen.sample(frac=share, random_state=SEED))
    damped = models.ALS(N_FACTORS, seed=SEED, **stops[-1])
    start, end = (score(model.fit(part).tables(), planted_held)
                  for model in (models.BiasModel(), damped))
    return (start - end) / (start - floor)


ways = [way_with(share) for share in (0.25, 0.5, 1)]
went = ("From a quarter, a half and all of the ratings damped ALS goes "
        "{:.0%}, {:.0%} and {:.0%} of the way".format(*ways))
finding(
    "Fewer ratings lead less far towards the oracle",
    ways[0] + 0.1 < ways[1] < ways[2] - 0.1,
    yes=f"{went} from biases to oracle: ratings are a part of what it lacks.",
    no=f"{went} from biases to oracle: that it lacks ratings, this does not "
    "show.",
    control="each with biases from the same ratings; one draw of each share",
    on=SEEN,
)

# %% [markdown]
# Now the factors. The true tables are not on the axes that a fit would choose, and a constant in them acts as a
# bias ($p_u \cdot \bar q$, with the mean $\bar q$ of all movies, depends on the user alone). So we take the means off and go to principal axes, as
# above. The fit gets its means taken off, too; of its 8 axes we keep the 4 strongest and rotate them onto the truth.

# %%
def centred(table):
    return table - table.mean(axis=0)


here = np.isin(truth.item_ids, planted.item_ids.raw)  # rated in training
true_users, true_items, true_strength = principal_axes(
    centred(truth.user_factors), centred(truth.item_factors[here])
)
on_truth = np.concatenate([true_users, true_items])


def on_true_axes(P, Q):
    P, Q, _ = principal_axes(centred(P), centred(Q))
    four = np.concatenate([P[:, :4], Q[:, :4]])  # the 4 strongest of 8
    turned = rotated_onto(on_truth, four)
    return turned[: len(P)], turned[len(P) :]


# %%
tables = {n: (fit.user_factors.double().numpy(),
              fit.item_factors.double().numpy()) for n, fit in found.items()}
tables["shuffled rows"] = [rng.permutation(t) for t in tables["ALS"]]
recovered = {}
for name, pair in tables.items():
    fitted = on_true_axes(*pair)
    recovered[f"{name}, users"] = axis_by_axis(true_users, fitted[0])
    recovered[f"{name}, movies"] = axis_by_axis(true_items, fitted[1])

names = [f"axis {n} ({s:.0f})" for n, s in enumerate(true_strength, 1)]
recovered = pd.DataFrame(recovered, names).T
recovered.index.name = "correlation with the truth"
recovered.round(2)

# %%
fitted = recovered[~recovered.index.str.startswith("shuffled")].abs()
chance = recovered.drop(fitted.index).abs().to_numpy().max()
strong, weak = fitted[names[0]].min(), fitted[names[2:]].to_numpy().max()
repeated = agreement(*twins)
finding(
    "Axes can be repeatable and not be there",
    strong > 0.5 > 0.25 > weak and repeated.min() > 0.9,
    yes=f"All fits find the strongest true axis (r ≥ {strong:.2f}), none the "
    f"two weak ones (r ≤ {weak:.2f}). Yet two starts that arrived agree on "
    f"all {N_FACTORS} axes by {repeated.min():.2f} or more.",
    no=f"The strongest true axis is found by r ≥ {strong:.2f}, the weak ones "
    f"by r ≤ {weak:.2f}; two starts agree by {repeated.min():.2f} or more.",
    control=f"shuffled rows reach {chance:.2f}; a second start",
    on=SEEN,
)

# %% [markdown]
# In brackets: the strength of each true axis.
#
# Do the weak axes matter? Ask the oracle to forget
# them. For users, columns 3 and 4 of the table as planted are nearly these axes 3 and 4; the cell prints by how much.

# %%
from dataclasses import replace

same = np.abs(axis_by_axis(true_users, truth.user_factors))
print("planted columns against these axes, correlation:", same.round(2))
strong_only = replace(truth, user_factors=truth.user_factors * [1, 1, 0, 0])
forgetful = rmse(
    strong_only.predict(test["user_id"], test["item_id"]), test["rating"]
)
say(
    f"Without users' tastes on axes 3 and 4 the oracle has {forgetful:.3f} "
    f"instead of {floor:.3f}."
)

# %%
counts = np.bincount(planted.items.numpy(), minlength=planted.n_items)
fitted_items = on_true_axes(*tables["ALS, damped, arrived"])[1]
figure, sentence = factors.truth_against_fit(
    true_items, fitted_items, counts
)
plt.show()
say(sentence)

# %% [markdown]
# **What just happened?** On two of its axes the users of this world hardly differ. Such axes move few ratings and
# drown in the noise, and for the same reason an oracle without them loses little. A fit fills its axes all the same: what
# it does not find it makes of noise, and of the same noise each time, since the ratings are the same. And
# even a strong axis is best known for movies with many ratings: the price of few ratings again.
# *Neither good predictions nor a second run prove that a factor is real.* With real data you would see only those two.

# %% [markdown]
# ## Common mistakes
#
# Each is run here as it is usually written, with its symptom, and then repaired.
#
# ### `+=` on repeated rows
#
# **Common mistake.** NumPy's `P[u] += step` reads all rows, adds, and writes them back. Where a row comes up twice, the second write
# overwrites the first.

# %%
table = np.zeros(3)
rows = np.array([0, 2, 2, 2])
table[rows] += 1.0
print("+=       ", table, "  three steps for row 2, two of them lost")

table = np.zeros(3)
np.add.at(table, rows, 1.0)
print("np.add.at", table)
assert table[2] == 3

# %% [markdown]
# No error, no warning; movies that come up often in a batch just learn too slowly.
#
# ### Deeper: both tables at zero
#
# **Common mistake.** Zero is a fine start for biases. For factors it is a trap: the gradient of each side is a multiple of the other side.

# %%
stuck = BiasedMF(*sizes, du.seeded(SEED), train.mean)
nn.init.zeros_(stuck.user_factors.weight)
nn.init.zeros_(stuck.item_factors.weight)
curve = train_model(stuck, train, held, epochs=3)
size = stuck.user_factors.weight.abs().max().item()
say(
    f"After 3 epochs the largest factor is {size:.1f}, and the RMSE "
    f"{curve[-1]:.3f}: a bias model in disguise (both biases: "
    f"{ladder['both biases']:.3f}). With random factors the RMSE was "
    f"{curves['+ biases'][3]:.3f} by then."
)
assert size == 0

# %% [markdown]
# Any start at *one* number for all is such a trap: the factors of a row get the same gradient and stay equal, and eight
# of them say no more than one.

# %% [markdown]
# ### Deeper: a bias that was not squeezed
#
# **Common mistake.** A bias table has width 1, so a look-up is `(batch, 1)`. Add that to `(batch,)`, and PyTorch makes a
# `(batch, batch)` table of every bias with every dot product.

# %%
batch = torch.arange(4)
with torch.no_grad():
    cpu_model = stuck.to("cpu")
    dots = (cpu_model.user_factors(batch) * cpu_model.item_factors(batch))
    wrong = dots.sum(-1) + cpu_model.user_bias(batch)
    right = dots.sum(-1) + cpu_model.user_bias(batch).squeeze(-1)
print("without squeeze:", tuple(wrong.shape), " with:", tuple(right.shape))
assert wrong.shape == (4, 4)
assert right.shape == (4,)

# %% [markdown]
# The loss of such a table is a number like any other, and training "works". Look at shapes once before you train.
# (`squeeze()` without the `-1` has its own trap: a batch of one loses its only dimension.)
#
# ### Deeper: least squares without the ridge
#
# **Common mistake.** A movie with no more ratings than factors has infinitely many solutions that fit perfectly (its bias is one more
# unknown). With λ near zero the equations pick one of them, whatever it says elsewhere.

# %%
loose, _ = list(als(train, N_FACTORS, 1e-6, SEED, epochs=5))[-1]
ridged = sweeps[4][0]  # five sweeps with lambda, from section 6
inside, outside = score(loose, train), score(loose)
numbers = (
    f"{inside:.3f} in training and {outside:.3f} held out, and with λ "
    f"{score(ridged, train):.3f} and {score(ridged):.3f}"
)
finding(
    "Without λ, worse than one number for all",
    inside < score(ridged, train) and outside > ladder["global mean"],
    yes=f"Without λ {numbers}: better on what it has seen, and on the rest "
    f"worse than one number for all ({ladder['global mean']:.3f}).",
    no=f"Without λ {numbers}; one number for all has "
    f"{ladder['global mean']:.3f}: not both better on what it has seen and "
    "worse than that number on the rest.",
    control="the same start with λ; one split",
    on=SEEN,
)

# %% [markdown]
# Better on what was seen and worse on the rest is called overfitting; lab 03 takes it apart.

# %% [markdown]
# ## Key questions
#
# **1. Why does a rating update only one row of $P$ and one of $Q$?**
#
# <details><summary>Answer</summary>
#
# Its loss contains no other rows. In the language of section 4: the one-hot vector is zero elsewhere, and so is
# the gradient. Only the sum over ratings ties the rows together: users through the movies they share.
#
# </details>
#
# **2. The objective is not convex, yet ALS uses a formula for each row. How?**
#
# <details><summary>Answer</summary>
#
# With one side fixed, the prediction is linear in the other side, so the objective is a quadratic bowl with one
# lowest point. Only both sides *together* make it non-convex. ALS goes to the exact minimum of one half at a time.
#
# </details>
#
# **3. Two runs have the same RMSE and factor tables with a cosine of 0. Is something wrong?**
#
# <details><summary>Answer</summary>
#
# No. Rotating all users and movies together changes neither predictions nor penalty, so a random start picks a
# random rotation. Rotate one onto the other (Procrustes) before comparing coordinates, and compare only fits whose factors have
# stopped changing: a held-out RMSE may stand still long before.
#
# </details>
#
# **4. Why is a bias damped, and what plays that part in SGD and ALS?**
#
# <details><summary>Answer</summary>
#
# A mean of few ratings is mostly noise, so it is pulled to the overall mean as if there were some more ratings
# that agree with it; how many is noise variance over prior variance. In SGD and ALS λ pulls biases and factors
# towards zero, and zero means "like everyone". But where every rating pays, it pulls all rows alike. It takes a constant besides, as in `models.ALS`, to hold back the
# rows with few ratings more than the others.
#
# </details>
#
# **5. When would you take ALS, when SGD or PyTorch?**
#
# <details><summary>Answer</summary>
#
# ALS where the model is linear in each side and the loss is squared: no step size, few sweeps for the
# RMSE (more for the factors), and rows solve in parallel. Autograd where the formula will change: other losses, other
# features, other architectures.
#
# </details>

# %% [markdown]
# ## Checkpoint
#
# You have
#
# - predicted ratings by a dot product, and seen that the names of factors do not matter
# - computed the RMSE that nobody can beat on new ratings, in a world where it is known
# - climbed a ladder of baselines, and damped the movie with one rating
# - derived the gradient of one rating, and checked it by autograd (Deeper: by finite differences)
# - fitted the same model by SGD, by alternating least squares, and by PyTorch
# - told why the axes of the factors are arbitrary (Deeper: what the search leaves open, what the data decide)
#
# ## Further reading
#
# - S. Funk (2006). *Netflix Update: Try This at Home.* <https://sifter.org/~simon/journal/20061211.html>
# - Y. Koren, R. Bell, C. Volinsky (2009). *Matrix Factorization Techniques for Recommender Systems.* Computer 42(8),
#   30–37. doi:10.1109/MC.2009.263
# - Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan (2008). *Large-Scale Parallel Collaborative Filtering for the Netflix
#   Prize.* AAIM 2008, 337–348. doi:10.1007/978-3-540-68880-8_32
# - R. Salakhutdinov, A. Mnih (2008). *Probabilistic Matrix Factorization.* NIPS 20, 1257–1264.
# - Y. Hu, Y. Koren, C. Volinsky (2008). *Collaborative Filtering for Implicit Feedback Datasets.* ICDM 2008, 263–272.
#   doi:10.1109/ICDM.2008.22
# - J. Herlocker, J. Konstan, A. Borchers, J. Riedl (1999). *An Algorithmic Framework for Performing Collaborative
#   Filtering.* SIGIR '99, 230–237. doi:10.1145/312624.312682
# - P. H. Schönemann (1966). *A generalized solution of the orthogonal Procrustes problem.* Psychometrika 31, 1–10.
#   doi:10.1007/BF02289451
# - S. Rendle, L. Zhang, Y. Koren (2019). *On the Difficulty of Evaluating Baselines.* arXiv:1905.01395
# - F. M. Harper, J. A. Konstan (2015). *The MovieLens Datasets: History and Context.* ACM TiiS 5(4), 19.
#   doi:10.1145/2827872
#
# ## Cleanup and next lab
#
# All models of this lab are small. On a GPU, the next cell gives their memory back. Then it lists what this lab has claimed about
# your data, and whether it holds.

# %%
if device.type == "cuda":
    del model, module, stuck, cpu_model, twin
    torch.cuda.empty_cache()
show_findings()

# %% [markdown]
# Where the three ways were compared we took λ, the number of epochs and the step size as given, and looked at the held-out ratings over and over. How
# are such numbers chosen without fooling oneself, and what does the model score in the end?
# [Lab 03: training](03-training.ipynb) finds out.
