# %% [markdown]
# # 05 Recommendations: from predicted stars to a list someone wants
#
# *Does the model that predicts stars better also write the better list? You look, measure,
# repair, and get a list of your own with reasons.*
#
# | | |
# |---|---|
# | **Time** | {{time}} |
# | **Run time, two CPU cores** | under a minute on ML-100K, a quarter of a minute on the bundled sample |
# | **Memory** | 0.7 GB |
# | **Difficulty** | intermediate: one new formula, many decisions |
# | **Builds on** | labs 02 (ALS) and 03 (honest measuring) |
#
# **After this lab you can**
#
# - turn a fitted model into top-10 lists for everyone, in one product;
# - find out what is wrong with a list of the highest predictions, and repair it;
# - measure lists with NDCG, precision, recall, coverage and novelty;
# - fit a model of *what* is watched, and hold it against popularity;
# - answer for new users and movies, and fold yourself in with exact reasons;
# - (Deeper) say how sure a recommendation is, and check who is served badly.
#
# **Prerequisites**: the formula $\hat r_{ui} = \mu + b_u + b_i + p_u \cdot q_i$ of lab
# 02, ridge regression, and the habit of lab 03: validation chooses, test reports.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** Nobody asks a shop for a predicted rating. People see ten
# covers and pick one, or leave. The Netflix Prize was decided by the RMSE of predicted
# stars, and yet Netflix later told how its pages had moved on from stars to ranking (Amatriain
# & Basilico 2012). A good RMSE and a good list are two achievements.
#
# **In plain words.** Ask a friend for the best restaurant in town. One friend names a
# place where he ate once, and it was perfect. Another names the place where a hundred
# people eat gladly. A third knows where *you* would go anyway. The first friend
# maximizes a predicted rating. This lab walks from the first friend to the third, and
# asks what is lost on the way.
#
# What it finds is true of *some* data. So it says what it finds on yours, with what the
# finding rests on, and a table at the end lists them all.

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
import metrics
import recommend as rec
from checks import check, solution
from findings import begin_findings, finding, show_findings
from models import ALS, BayesianMF, BiasModel, ImplicitALS, Popularity
from plots import lists as plots
from reporting import say
from title_search import TitleIndex, UnknownTitle

SEED, TOP_K = 0, 10

# %% [markdown]
# ## 1. A model, and its first list
#
# The split of this lab holds out a quarter of *each movie's* ratings, so that popular
# and obscure movies lose the same share. Everything below learns from `train`; `test`
# only reports.

# %%
DATASET = os.environ.get("MOVIELENS_DATASET", "auto")
ratings, movies = du.download_movielens(DATASET)
begin_findings(du.edition_of(ratings))
split = du.stratified_by_item_split(ratings, test_size=0.25, seed=SEED)
train = du.RatingsDataset.fit(split.train)
test = train.encode(split.test)
counts = rec.support(train).numpy()  # training ratings of a movie, (n_items,)
LOW, HIGH = ratings["rating"].min(), ratings["rating"].max()  # the scale
print(split.report)

# %% [markdown]
# Our first model is ALS with the weighted penalty of lab 02 on its factors: a user or
# movie with $n$ ratings pays $\lambda n$ times the squared length of its vector. The
# biases are left free, as plain means are. `SETTLED` lets it sweep until a sweep changes the
# movies' numbers by less than a hundredth. By the measure of lab 03, is it a good model? Hold it
# against the damped biases.

# %%
SETTLED = {"tolerance": 0.01, "epochs": 300}
biases = BiasModel().fit(train)
first = ALS(n_factors=16, reg_per_rating=0.09, reg_per_row=0,
            bias_reg_per_row=0, seed=SEED, **SETTLED).fit(train)
in_stars = {"biases": biases.predict(test.users, test.items),
            "first ALS": first.predict(test.users, test.items)}
stars_gap = metrics.bootstrap_rmse_difference(
    in_stars["first ALS"], in_stars["biases"], test.ratings, test.users,
    np.random.default_rng(SEED))
rmse = {name: metrics.rmse(predicted, test.ratings)
        for name, predicted in in_stars.items()}
say(f"Test RMSE: biases {rmse['biases']:.3f}, ALS **{rmse['first ALS']:.3f}** "
    f"stars, after {len(first.changes)} sweeps. Difference: {stars_gap}.")

# %% [markdown]
# To recommend, predict *every* movie for a user. Movie by movie that is a loop of dot
# products; together it is one matrix–vector product. The user here is the one with the
# median number of ratings.

# %%
activity = torch.bincount(train.users, minlength=train.n_users)
user = int(activity.argsort()[train.n_users // 2])  # an index, not a raw id
USER_ID = train.user_ids.raw[user]
mean, b_user, b_item, P, Q = first.tables()

loop = [mean + b_user[user] + b_item[i] + P[user] @ Q[i]
        for i in range(train.n_items)]
product = mean + b_user[user] + b_item + Q @ P[user]  # (n_items,)

rounding = 1e-4 * float(HIGH - LOW)
assert torch.allclose(torch.stack(loop), product, atol=rounding)
assert torch.allclose(product, first.scores([user])[0], atol=rounding)
print(f"{train.n_items:,} predictions for user {USER_ID}, three ways, equal")

# %% [markdown]
# Then leave out what the user has rated, and sort. `recommend_for_user_id` does that and
# looks up the titles. First what the user liked:

# %%
page = rec.recommend_for_user_id(first, train, movies, USER_ID, TOP_K)
print(page.note)
page.liked

# %% [markdown]
# **Predict.** Next come ten new titles, those with the highest predictions. How many
# training ratings does the typical one of these ten movies have? (The median over all
# movies is printed below.)

# %%
guess = None  # your number
print(f"median over all movies: {np.median(counts):.0f} ratings, "
      f"largest: {counts.max()}")

# %%
page.new.round(2)

# %%
of_liked = counts[train.item_ids.encode(page.liked.index)]
say("Training ratings of the typical movie of this list: "
    f"**{page.new['ratings'].median():.0f}**; of the typical movie that user "
    f"{USER_ID} liked: {np.median(of_liked):.0f}.")
if guess is not None:
    say(f"You guessed {guess}.")

# %% [markdown]
# **What just happened?** Nobody told the model to prefer obscure movies, or famous ones. It was asked for the
# *highest* predictions, wherever they are. A prediction may exceed the top of the scale:
# the formula knows no ceiling, and a ranking needs none. Cut there, all movies above it
# would tie.
#
# Is it this one user? We need everybody's lists.

# %% [markdown]
# ## 2. Lists for everyone, in one product
#
# All users at once: $\hat R = \mu + b_u + b_i + P Q^\top$, a users × movies matrix. Two
# traps wait. The matrix may not fit into memory, so it is made for a chunk of users at
# a time. And the movies already rated must go: not by a second matrix of the same size,
# but by writing $-\infty$ into just those cells.

# %%
scores = first.scores(range(train.n_users))      # (n_users, n_items)
scores[train.users, train.items] = -torch.inf    # one cell per training rating
order = scores.argsort(descending=True, stable=True)  # row by row
lists_by_hand = order[:, :TOP_K].numpy()         # (n_users, 10)
print(lists_by_hand[user])

# %% [markdown]
# These are the indices of the ten movies that you saw. `stable=True` keeps movies with
# equal scores in the order of the catalogue. Without it the order of ties is
# undefined, and two machines may show two lists.
#
# `top_k_for_everyone` does the same in chunks of users, for everyone in one call.


# %%
def top(model, min_ratings=0):
    """The ten best unseen movies of every user, indices (n_users, 10)."""
    return rec.top_k_for_everyone(model, train, TOP_K, min_ratings).items


start = time.perf_counter()
first_lists = top(first)
seconds = time.perf_counter() - start
same = (first_lists == lists_by_hand).mean()
say(f"{train.n_users:,} lists in {seconds:.3f} s. {same:.1%} of the places "
    "are the same by hand.")

# %% [markdown]
# Now the question: is it this one user? Call the number of training ratings behind a
# movie its **support**, and compare three typical movies: one of the catalogue, one that
# is recommended, and one that is rated. Then ask every user: is the typical movie of my
# list better or less well known than the typical movie that I rated?

# %%
typical = {"catalogue": np.median(counts),
           "lists": np.median(counts[first_lists]),
           "ratings": np.median(counts[train.items])}
rare = {"catalogue": (counts <= 5).mean(),
        "lists": (counts[first_lists] <= 5).mean()}
in_list = np.median(counts[first_lists], axis=1)              # by user
in_past = pd.Series(counts[train.items]).groupby(train.users.numpy()).median()
below = in_list < in_past.reindex(range(train.n_users)).to_numpy()

# %%
say("Typical support: " + ", ".join(f"{v:.0f} in the {k}"
                                    for k, v in typical.items())
    + f". Movies with five ratings or fewer are {rare['catalogue']:.0%} of "
    f"the catalogue and **{rare['lists']:.0%}** of the places in the lists.")
finding(
    "The first lists are more obscure than what people choose",
    below.mean() > 0.5 and typical["lists"] < typical["ratings"],
    yes=f"For **{below.mean():.0%}** of the users the typical movie of the "
    "list is less known than the typical movie that they rated: it is not "
    "this one user.",
    no=f"For {below.mean():.0%} of the users the typical movie of the list "
    "is less known than the typical movie that they rated: here the highest "
    "predictions are no more obscure than people's own choices.",
    control="each user against their own ratings; one split",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# {{turn:y051}}
#
# The last cell said how many places of the first lists go to movies with five ratings or
# fewer. Write that as a function for any table of lists. A user who has rated nearly everything
# gets a shorter list; its empty places are marked -1.

# %%
# {{answer:y051}}

# %%
check("y051", rare_share)

# %% [markdown]
# {{ladder:y051}}

# %% tags=["solution"]
solution("y051")

# %% [markdown]
# ## 3. The winner's curse
#
# Why would the top of a list be obscure? A movie's bias $b_i$ is a mean of what its $n$
# viewers said beyond expectation. The mean of $n$ noisy numbers has the variance
# $\sigma^2 / n$. So movies with few ratings spread widest around their true value, to both
# sides, and sorting picks the lucky end: the **winner's curse**. How much of a list it
# fills depends on how many such movies there are.
#
# The cure is to believe a mean in proportion to its evidence. Suppose that the true movie
# biases scatter around $m_0$ with variance $\tau^2$. Then the best linear estimate from
# $n$ ratings with mean $m$ is
#
# $$\hat b = m_0 + \frac{n}{n + \delta}\,(m - m_0), \qquad \delta = \sigma^2 / \tau^2 .$$
#
# $\delta$ counts imaginary ratings that say $m_0$. ALS, and lab 02, take $m_0 = 0$, the mean
# over *ratings*. That is a convention: the mean over *movies* may lie elsewhere, for people
# choose what they rate. The data tell all three numbers, here from movies whose mean is
# trustworthy.

# %%
rest = split.train["rating"] - train.mean
by_movie = rest.groupby(split.train["item_id"]).agg(["mean", "var", "size"])
known = by_movie[by_movie["size"] >= min(20, by_movie["size"].quantile(0.9))]
known = known[known["size"] > 1]
noise = known["var"].mean()                       # σ²
between = known["mean"].var() - (known["var"] / known["size"]).mean()
between = max(between, 1e-3 * noise)  # τ², an estimate that must be positive
delta = noise / between
say(f"{len(known):,} movies: σ² = {noise:.2f}, τ² = {between:.2f}, about "
    f"**δ = {delta:.1f}** imaginary ratings. m₀: the mean of these movies "
    f"lies at {known['mean'].mean():+.2f} stars from μ, that of all "
    f"{len(by_movie):,} at {by_movie['mean'].mean():+.2f}.")

# %%
table = pd.DataFrame({"ratings": [1, 3, 10, 100], "mean": 1.5})
n = table["ratings"]
table["believed"] = n / (n + delta) * table["mean"]  # with m₀ = 0
table.round(2)  # stars above average

# %% [markdown]
# `ALS` has this as `bias_reg_per_row` for the biases, and `reg_per_row` adds a constant to
# $\lambda n$ for the factors. As in lab 02, both constants come with a smaller λ. (User biases
# and factors explain a part of what counts as noise here, so ALS may need a smaller δ than
# ours.) The movie biases of both models:

# %%
damped = ALS(n_factors=16, seed=SEED, **SETTLED).fit(train)
print(damped)
bias = {"free": first.tables().item_bias.numpy(),
        "damped": damped.tables().item_bias.numpy()}
figure, sentence = plots.bias_funnel(counts, bias["free"], bias["damped"])
plt.show()
say(sentence)

# %%
highest = {name: np.median(counts[np.argsort(-b, kind="stable")[:20]])
           for name, b in bias.items()}
finding(
    "The highest free biases rest on few ratings",
    highest["free"] < typical["catalogue"],
    yes=f"The typical support of the twenty highest free biases is "
    f"**{highest['free']:.0f}**, that of a movie of the catalogue "
    f"{typical['catalogue']:.0f}. So few ratings deserve "
    f"{highest['free'] / (highest['free'] + delta):.0%} of belief, by the "
    "formula above; the rest of such a bias is luck, on average.",
    no=f"The typical support of the twenty highest free biases is "
    f"{highest['free']:.0f}, that of a movie of the catalogue "
    f"{typical['catalogue']:.0f}: here luck does not fill the top.",
    control=f"the same twenty places, damped: {highest['damped']:.0f}",
    on=["100k", "latest-small"])

# %% [markdown]
# A curse can be tested: what sorting promised, the held-out ratings must keep. Take the
# test ratings with the highest two per cent of predictions, by either model.


# %%
def broken_promise(model, top=torch.inf):
    """Prediction, cut at `top`, − rating at the highest ones, mean by user."""
    predicted = model.predict(test.users, test.items)
    high = predicted >= predicted.quantile(0.98)
    excess = (predicted.clamp(max=top) - test.ratings)[high].numpy()
    return pd.Series(excess).groupby(test.users[high].numpy()).mean()


# %%
promised = {"first": broken_promise(first), "damped": broken_promise(damped),
            "cut": broken_promise(first, top=float(HIGH))}
too_much = {name: metrics.paired_difference(e, 0 * e)
            for name, e in promised.items()}
finding(
    "The highest free predictions promise too much",
    too_much["first"].low > max(0, too_much["damped"].mean),
    yes="Where the first ALS predicts most, it predicts "
    f"**{too_much['first'].mean:.2f}** stars more than is then given; the "
    f"damped one {too_much['damped'].mean:+.2f}.",
    no="Where the first ALS predicts most, its excess over what is then "
    f"given is {too_much['first'].mean:+.2f} stars, the damped one's "
    f"{too_much['damped'].mean:+.2f}: that it promises too much, and more "
    "than the damped one, these ratings do not show.",
    control=f"95 % interval over {too_much['first'].n} users: "
    f"{too_much['first'].low:+.2f} to {too_much['first'].high:+.2f}. No "
    f"rating is above {HIGH:g}: with the first ALS cut there "
    f"{too_much['cut'].mean:+.2f}. One split",
    on=["sample", "100k", "latest-small"])

# %%
better = rec.recommend_for_user_id(damped, train, movies, USER_ID, TOP_K)
damped_lists = top(damped)
say(f"Typical support in all lists: {typical['lists']:.0f} before, "
    f"**{np.median(counts[damped_lists]):.0f}** after.")
better.new.round(2)

# %% [markdown]
# **What just happened?** A movie now needs evidence to reach the top. But "looks better to me" is how bad
# recommenders get shipped. Next: numbers.

# %% [markdown]
# ## 4. Measure lists, not stars
#
# Hide ratings, make lists from the rest, and look whether the hidden movies appear. Here
# *every* held-out movie counts as **relevant**, whatever its stars: the user did choose
# to watch it. A relevant movie in the list is a **hit**. **Precision** is the share of the
# ten places that are hits, **recall** the share of the relevant movies that are hits.
#
# Neither asks *where* in the list the hits are, and people look at the top first. So the
# standard measure is **NDCG**, normalized discounted cumulative gain: a hit at rank $r$
# earns $1/\log_2(r+1)$, less the further down it is, and the sum is divided by that of a
# perfect list, which begins with nothing but hits.
#
# ![A list of five with relevant movies at ranks 1 and 3. A hit at rank 1 is worth 1, at rank 2 0.631, at rank 3 0.500, and less below. The list earns 1.500, a perfect list with its three relevant movies first 2.131, so NDCG is 0.70. Precision is 2 of 5 and recall 2 of 3.](images/ndcg.svg)
#
# By hand, for a user with few hits and for the one with the most:


# %%
def ndcg_by_hand(shown, wanted):
    """shown: movie indices, best first; wanted: the set of relevant movies."""
    dcg = 0.0
    for rank, movie in enumerate(shown, start=1):
        if movie in wanted:
            dcg += 1 / np.log2(rank + 1)
    ideal = sum(1 / np.log2(rank + 1)
                for rank in range(1, min(len(shown), len(wanted)) + 1))
    return dcg / ideal


told = (test.users >= 0) & (test.items >= 0)  # -1: not in the training part
wanted = (pd.Series(test.items[told].numpy())
          .groupby(test.users[told].numpy()).agg(set))
hits = pd.Series({one: len(liked & set(damped_lists[one]))
                  for one, liked in wanted.items()})
for one in (hits.where(hits > 0, len(hits)).idxmin(), hits.idxmax()):
    ranks = [rank for rank, movie in enumerate(damped_lists[one], start=1)
             if movie in wanted[one]]
    print(f"user {train.user_ids.raw[one]}: hits at ranks {ranks}, "
          f"{len(wanted[one])} relevant movies, "
          f"NDCG {ndcg_by_hand(damped_lists[one], wanted[one]):.3f}")


# %% [markdown]
# The library does this for all users, from a sparse matrix that is nonzero where a movie
# is relevant. Users with nothing relevant cannot be served well or badly; the standard
# is to leave them out and say how many.

# %%
from scipy.sparse import csr_array  # stores the nonzero cells only


def relevant_in(part, least=-np.inf):
    """(n_users, n_items): 1 where a held-out movie got `least` stars."""
    kept = part.ratings >= least
    kept &= (part.users >= 0) & (part.items >= 0)  # unknown to the model
    pairs = part.users[kept].numpy(), part.items[kept].numpy()
    ones = np.ones(len(pairs[0]))
    return csr_array((ones, pairs), shape=(part.n_users, part.n_items))


relevant = relevant_in(test)
by_user = metrics.per_user_scores(damped_lists, relevant)["ndcg"]
ndcg_of_all = [ndcg_by_hand(damped_lists[one], wanted[one])
               for one in by_user.index]
assert np.allclose(by_user, ndcg_of_all)  # every user, twice the same number
print(metrics.score_lists(damped_lists, relevant, counts))

# %% [markdown]
# {{turn:y052}}
#
# NDCG you have seen by hand. Write the two simpler measures for one list, which is never empty,
# and one set of relevant movies.

# %%
# {{answer:y052}}

# %%
check("y052", precision_and_recall)

# %% [markdown]
# {{ladder:y052}}

# %% tags=["solution"]
solution("y052")

# %% [markdown]
# Accuracy is not all. **Coverage** is the share of the catalogue that is ever shown, and
# **novelty** the surprise at seeing a movie: $-\log_2$ of its share of all training
# ratings, so one bit more is a movie half as often rated. The **popularity rank** says how
# far down the charts the lists reach.


# %%
def measure(lists):
    found = metrics.score_lists(lists, relevant, counts)
    names = "ndcg", "precision", "recall", "coverage", "novelty"
    return {name: getattr(found, name) for name in names} | {
        "popularity rank": found.mean_popularity_rank,
        "popularity lift": popularity_lift(lists)}


# %% [markdown]
# And the **popularity lift** compares the mean audience of what is shown with that of what
# people chose themselves: above 1, the lists favour the famous more than people do.


# %%
def popularity_lift(lists):
    shown = lists[lists >= 0]  # -1: a list that is shorter than ten
    return counts[shown].mean() / counts[test.items[told]].mean()


# %% [markdown]
# **Predict.** The simplest list of all: the ten most rated movies that you have not
# rated, the same for everyone. Is its NDCG below or above that of the damped ALS, and
# by which factor?

# %%
guess = None  # 0.5 means: popularity has half the NDCG of the damped ALS

# %%
stronger = ALS(16, reg_per_rating=0.13, reg_per_row=0, bias_reg_per_row=0,
               seed=SEED, **SETTLED).fit(train)
shown = {
    "popularity": top(Popularity().fit(train)),
    "biases": top(biases),
    "first ALS": first_lists,
    "stronger λ": top(stronger),
    "damped": damped_lists,
}
landscape = pd.DataFrame(
    {name: measure(lists) for name, lists in shown.items()}).T
landscape.round(3)

# %%
def ratio(a, b):
    """`a` as a multiple of `b`, in words: a model without a hit has 0."""
    return f"{a / b:.2f} times" if b > 0 else "no ratio to 0"


ndcg = landscape["ndcg"]
say(f"The NDCG of popularity is {ndcg['popularity']:.3f}, that of the damped "
    f"ALS {ndcg['damped']:.3f}: **{ratio(ndcg['popularity'], ndcg['damped'])}"
    "**.")
if guess is not None:
    say(f"You guessed {guess}.")

# %% [markdown]
# Here is the question of the first lines. The first ALS and the biases differ in RMSE, and
# they differ in NDCG: in the same direction? Both lists go to the same users, so compare
# user by user, as in lab 03.


# %%
def gap_by_user(a, b, relevant=relevant):
    """NDCG of the lists `a` minus that of `b`, paired by user."""
    pair = [metrics.per_user_scores(lists, relevant)["ndcg"]
            for lists in (a, b)]
    return metrics.paired_difference(*pair, lower_is_better=False)


# %%
list_gap = gap_by_user(shown["first ALS"], shown["biases"])
finding(
    "The better RMSE writes the worse list",
    stars_gap.high < 0 and list_gap.high < 0,
    yes="From the biases to the first ALS the RMSE falls by "
    f"{-stars_gap.estimate:.3f} stars, and the NDCG falls too, from "
    f"{ndcg['biases']:.3f} to **{ndcg['first ALS']:.3f}**: better stars, a "
    "worse list.",
    no="From the biases to the first ALS the RMSE changes by "
    f"{stars_gap.estimate:+.3f} stars and the NDCG by {list_gap.mean:+.3f}: "
    "on these data the two measures do not contradict each other beyond "
    "doubt.",
    control=f"RMSE by bootstrap of users ({stars_gap}); NDCG by user "
    f"({list_gap})",
    on=["sample", "100k"])

# %% [markdown]
# **What just happened?** The RMSE averages over movies as they are *rated*, and a list is drawn
# from the extremes of the movies as they *exist*. So the one need not foretell the other.
#
# And popularity? It knows nothing about you. Its strength, where it has any, lies in the question.
# The models of stars answer: *if* you watched it, how would you rate it? The test asks: what *will*
# you watch? Lab 01 saw, in a world whose truth is known, that *which* movies are rated can depend on
# what people think of them: *that* a movie is rated may say something too. We need a model of
# the second question. Section 5 has one.

# %% [markdown]
# ### Deeper: which damping does it?
#
# The damped ALS differs from the first in three settings. Take them apart: add only the
# factors' constant, or only the biases'; and let λ grow instead.

# %%
parts = {
    "factors damped": ALS(16, 0.09, damped.reg_per_row, 0, seed=SEED,
                          **SETTLED),
    "biases damped": ALS(16, 0.09, 0, damped.bias_reg_per_row, seed=SEED,
                         **SETTLED),
}
apart = {name: top(model.fit(train)) for name, model in parts.items()}
compared = {"first ALS": first, "stronger λ": stronger, **parts,
            "damped": damped}
lists_of = shown | apart
pd.DataFrame({name: {
    "RMSE": metrics.rmse(model.predict(test.users, test.items), test.ratings),
    "NDCG": metrics.ndcg_at_k(lists_of[name], relevant),
    "places with ≤ 5": (counts[lists_of[name]] <= 5).mean(),
} for name, model in compared.items()}).T.round(3)

# %%
which = gap_by_user(apart["biases damped"], apart["factors damped"])
alone = gap_by_user(apart["factors damped"], shown["first ALS"])
finding(
    "The free biases spoil the list",
    which.low > 0 and which.mean > abs(alone.mean),
    yes="Damping the biases alone gains more than damping the factors alone: "
    f"{which.mean:+.3f} NDCG between the two. While the biases are free, a "
    f"penalty on the factors changes the NDCG by {alone.mean:+.3f}.",
    no="Damping the biases alone and the factors alone differ by "
    f"{which.mean:+.3f} NDCG: on these data it is not shown that the free "
    "biases spoil the list.",
    control=f"by user, settled fits, one split: {which}",
    on=["100k", "latest-small"])

# %% [markdown]
# A larger λ, however large, falls on the factors and leaves the biases free: whatever the
# free biases do to a list, it cannot undo.

# %% [markdown]
# ### Deeper: tune the opponent too
#
# So far each model of stars had settings that were chosen for its *stars*. A fair
# opponent is tuned for what it will be judged by. **Validation chooses**: a quarter of
# each movie's *training* ratings plays the test.


# %%
inner = du.stratified_by_item_split(split.train, test_size=0.25, seed=SEED + 1)
inside = du.RatingsDataset.fit(inner.train)
hidden = relevant_in(inside.encode(inner.test))


def validated(model, min_ratings=0, data=inside, hidden=hidden):
    """NDCG on the validation part, of a model fitted on the rest."""
    lists = rec.top_k_for_everyone(model, data, TOP_K, min_ratings).items
    return metrics.ndcg_at_k(lists, hidden)


# %% [markdown]
# For each kind of model a walk begins at the usual settings, tries each of them three times
# as large and a third as large, moves to the best, and ends where no neighbour gains half a
# per cent, or after about `most` fits.


# %%
def walk(score, start, most=16):
    """The settings with the best score found, and how many were tried."""
    found, best, ahead = {}, None, (0,) * len(start)  # steps: powers of three

    def ask(steps):
        if steps not in found:
            found[steps] = score(*at(steps))
        return found[steps]

    def at(steps):
        return tuple(s * 3.0**k for s, k in zip(start, steps, strict=True))

    while best is None or (len(found) < most
                           and ask(ahead) > 1.005 * ask(best)):
        best = ahead
        near = [tuple(k + d * (j == place) for j, k in enumerate(best))
                for place in range(len(best)) for d in (1, -1)]
        ahead = max(near, key=ask)
    best = max(found, key=found.get)
    return at(best), len(found)


# %% [markdown]
# The opponents: ALS with both constants tuned; damped biases, with the movies' damping tuned; and
# the first ALS with a **minimum support**, the rule "recommend nothing with fewer than so many
# ratings". It needs no walk, only a few thresholds that leave fifty movies or more.


# %%
def stars_for_lists(d, d_bias, **sweeps):
    return ALS(16, reg_per_row=d, bias_reg_per_row=d_bias, seed=SEED, **sweeps)


(d, d_bias), tried = walk(
    lambda *both: validated(stars_for_lists(*both, epochs=10).fit(inside)),
    (7.1, 3.0))
(d_item,), also = walk(
    lambda one: validated(BiasModel(5, one).fit(inside)), (5.0,))
say(f"ALS: {d:.3g} for the factors, **{d_bias:.3g}** for the biases, after "
    f"{tried} fits. Biases: the movies' damping **{d_item:.5g}**, after "
    f"{also}.")

# %%
rough = ALS(16, 0.09, 0, 0, epochs=10, seed=SEED).fit(inside)
seen_by = rec.support(inside)
supports = pd.DataFrame([
    (least, int((seen_by >= least).sum()), validated(rough, least))
    for least in (0, 5, 10, 20, 50, 100, 150, 200)
    if least == 0 or (seen_by >= least).sum() >= 50
], columns=["minimum support", "movies left", "validation NDCG"])
least = supports.loc[supports["validation NDCG"].idxmax(), "minimum support"]
min_ratings = round(least * len(train) / len(inside))  # train has more ratings
supports.round(3)

# %%
shown |= {
    "minimum support": top(first, min_ratings),
    "ALS for lists": top(stars_for_lists(d, d_bias, **SETTLED).fit(train)),
    "biases for lists": top(BiasModel(5, d_item).fit(train)),
}
landscape = pd.DataFrame(
    {name: measure(lists) for name, lists in shown.items()}).T
figure, sentence = plots.list_landscape(landscape)
plt.show()
say(sentence)

# %%
ndcg = landscape["ndcg"]
best_stars = ndcg.drop("popularity").idxmax()  # on *test*: in their favour
fame = gap_by_user(shown["popularity"], shown[best_stars])
finding(
    "Popularity beats every model of stars",
    fame.low > 0,
    yes=f"Popularity, {ndcg['popularity']:.3f}, beats the best model of "
    f"stars, {best_stars} with {ndcg[best_stars]:.3f}, even after tuning.",
    no=f"Popularity, {ndcg['popularity']:.3f}, does not clearly beat the "
    f"best model of stars, {best_stars} with {ndcg[best_stars]:.3f}.",
    control="the opponents tuned on validation, the best taken on test; by "
    f"user, one split: {fame}",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** Look at what tuning for lists does to a model of stars. A bias with a huge
# damping $\delta$ is
# $\sum (r - \mu) / (n + \delta) \approx n\,(m/\delta)$: the number of ratings times how good they
# are. A high minimum support leaves few but famous movies. Both are popularity by another door, and
# the walk tells on your data how far through that door it pays to go. Ask of each what it
# costs in RMSE and in coverage.

# %% [markdown]
# ## 5. The other question: what will you watch?
#
# Forget the stars. Let $s_{ui} = 1$ where $u$ has rated $i$, else 0, and factorize this
# full matrix, with a weight: an observed 1 counts $1 + \alpha$, a silent 0 counts 1,
# because silence may only mean "never heard of it". Nobody said "I like it"; we only saw
# what was done. So this is called **implicit** feedback (Hu, Koren & Volinsky 2008):
#
# $$\sum_{u,i} c_{ui}\,(s_{ui} - p_u \cdot q_i)^2
#   + \lambda \Big(\sum_u \lVert p_u \rVert^2 + \sum_i \lVert q_i \rVert^2\Big),
# \qquad c_{ui} = 1 + \alpha s_{ui} .$$
#
# The sum runs over *every* cell. A user's ridge regression seems to need all movies.
# It does not: split the weight into 1 for everything and $\alpha$ for the few,
#
# $$\sum_i c_{ui}\, q_i q_i^\top = \underbrace{Q^\top Q}_{\text{same for all users}}
#   + \alpha \sum_{i \text{ rated}} q_i q_i^\top .$$
#
# The right side of the regression is $(1 + \alpha) \sum q_i$ over the rated movies alone,
# because a silent movie has the target 0. And λ is here one price for everybody, not
# $\lambda n$: its size cannot be compared with that of the first ALS.

# %%
alpha = 4.0
table = torch.randn(train.n_items, 8, generator=du.seeded(SEED))  # some Q
rated = train.items[train.users == user]

weight = torch.ones(train.n_items)
weight[rated] += alpha
slow = (table.T * weight) @ table                     # all movies
quick = table.T @ table + alpha * table[rated].T @ table[rated]
assert torch.allclose(slow, quick, rtol=1e-3, atol=1e-2)
say(f"The same 8 × 8 matrix from {train.n_items:,} movies and from "
    f"{len(rated)}. Over all users: {train.n_users * train.n_items:,} cells "
    f"against {len(train):,} ratings.")

# %% [markdown]
# {{turn:y053}}
#
# You have the matrix, the right side and λ. Put them together: the vector $p_u$ of one user, from
# the movies that this user has rated.

# %%
# {{answer:y053}}

# %%
check("y053", implicit_user)

# %% [markdown]
# {{ladder:y053}}

# %% tags=["solution"]
solution("y053")

# %% [markdown]
# `ImplicitALS` does this for all users, then for all movies, and again. Two numbers must be chosen,
# λ and α. **Validation chooses**: a quarter of each movie's *training* ratings plays the test.
# `walk` (under *Deeper* above: run its cells) begins at usual settings, tries each number three times
# as large and a third as large, moves to the best, and ends where nothing is gained. The models of
# stars had the same: some of them were tuned for their lists, not for their stars, and the best of
# all stands beside it.


# %%
def implicit_walk(known, hidden, learned):
    """λ and α by validation; the model learns from `learned` alone."""
    return walk(lambda lam, alpha: validated(
        ImplicitALS(16, lam, alpha, seed=SEED).fit(learned),
        data=known, hidden=hidden), (30.0, 4.0))


(lam, alpha), tried = implicit_walk(inside, hidden, inside)
implicit = ImplicitALS(16, lam, alpha, seed=SEED).fit(train)
rises = np.diff(implicit.objective) / implicit.objective[0]
assert rises.max() < 1e-5  # it never rises; rounding aside
shown["implicit ALS"] = top(implicit)
landscape.loc["implicit ALS"] = measure(shown["implicit ALS"])
say(f"Chosen after {tried} fits: λ = {lam:.3g}, α = {alpha:.3g}.")
landscape.loc[["popularity", best_stars, "implicit ALS"]].round(3)

# %%
ndcg = landscape["ndcg"]
of_stars = gap_by_user(shown["implicit ALS"], shown[best_stars])
finding(
    "A model of what is watched writes better lists than any model of stars",
    of_stars.low > 0,
    yes=f"Implicit ALS has **{ndcg['implicit ALS']:.3f}** and {best_stars}, "
    f"the best model of stars, {ndcg[best_stars]:.3f}: "
    f"**{ratio(ndcg['implicit ALS'], ndcg[best_stars])}**.",
    no=f"Implicit ALS has {ndcg['implicit ALS']:.3f} and {best_stars}, the "
    f"best model of stars, {ndcg[best_stars]:.3f}: no clear lead.",
    control="the models of stars tuned on validation too; by user, one split: "
    f"{of_stars}",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# And popularity? The answer may well be another one. The interval says what *other users* would
# change, with this split and these fits. What another split would change is not in it, so
# three more splits stand beside it, with the settings found above.

# %%
over_fame = gap_by_user(shown["implicit ALS"], shown["popularity"])
elsewhere = []
for seed in (1, 2, 3):
    other = du.stratified_by_item_split(ratings, test_size=0.25, seed=seed)
    data = du.RatingsDataset.fit(other.train)
    wanted_there = relevant_in(data.encode(other.test))
    elsewhere.append([
        validated(model.fit(data), data=data, hidden=wanted_there)
        for model in (ImplicitALS(16, lam, alpha, seed=SEED), Popularity())])

# %%
both = ndcg["implicit ALS"], ndcg["popularity"]
finding(
    "A model of what is watched beats popularity",
    over_fame.low > 0 and all(a > b for a, b in elsewhere),
    yes=f"Implicit ALS has an NDCG of {both[0]:.3f}, popularity {both[1]:.3f} "
    f"(**{ratio(*both)}**): taste adds to fame.",
    no=f"Implicit ALS has an NDCG of {both[0]:.3f}, popularity {both[1]:.3f} "
    f"({ratio(*both)}): taste adds nothing to fame here that can be seen.",
    control=f"by user: {over_fame}; three other splits: "
    + ", ".join(ratio(*pair) for pair in elsewhere),
    on=["100k", "latest-small"])

# %% [markdown]
# On ML-100K the benchmark of the *Recommenders* library (75/25 stratified by item, NDCG@10; the
# table in its README of 2023) has .044 for Spark's rating-trained ALS, .096 for Surprise's SVD,
# .396 for neural collaborative filtering and .475 for BiVAE. It lists no popularity: with ML-100K
# you have just seen what that row would look like. In the bundled sample fame decides nearly alone
# who watches what, by construction, so little is left for a model of taste to find. A baseline's
# strength is a property of the data.
#
# **What just happened?** The same people, the same ratings, another question, another model. The
# split, and what counts as relevant, are the **protocol** of a measurement. An NDCG without its
# protocol is not a result. Note also what is *not* measured: a movie that you would have loved
# and never met counts as a miss. Offline tests reward guessing what people did anyway.

# %% [markdown]
# ### Deeper: a leak?
#
# Compare the NDCG on validation with that on test. Whoever sees a test score well above the
# validation score should suspect a leak, and look. The lists of the validation stage may
# hold movies that the user *did* watch, but that lie in the outer test: there they count
# as misses. So ask the *same* fit, made on the inner training part, the test's question:
# the inner hidden movies off the shelf, the test movies as hits.

# %%
small = ImplicitALS(16, lam, alpha, seed=SEED).fit(inside)
outer = relevant_in(inside.encode(split.test))
places = rec.top_k_for_everyone(small, inside, TOP_K).items
taken = metrics.per_user_scores(places, outer)["precision"].mean()
raw_scores = small.scores(range(inside.n_users))
raw_scores[inside.users, inside.items] = -torch.inf
raw_scores[hidden.nonzero()] = -torch.inf
on_test = metrics.ndcg_at_k(raw_scores.topk(TOP_K).indices.numpy(), outer)
on_validation = metrics.ndcg_at_k(places, hidden)

# %%
per_user = {"validation": hidden.sum() / inside.n_users,
            "test": relevant.sum() / train.n_users}
finding(
    "The step from validation to test is in the question",
    on_test - on_validation > 0.5 * (ndcg["implicit ALS"] - on_validation) > 0,
    yes=f"{on_validation:.3f} on validation, {ndcg['implicit ALS']:.3f} on "
    f"test, and no leak is needed: the same fit has **{on_test:.3f}** on the "
    f"test's question. On validation {taken:.0%} of the places go to movies "
    "of the outer test, counted as misses, and a user has "
    f"{per_user['validation']:.0f} movies to find instead of "
    f"{per_user['test']:.0f}. (The model for the test has also a third more "
    "ratings to learn from.)",
    no=f"{on_validation:.3f} on validation, {ndcg['implicit ALS']:.3f} on "
    f"test, and {on_test:.3f} when the same fit is asked the test's "
    "question: there is no step up, or the question is not most of it.",
    control="one fit, two questions: nothing else differs",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# ### Deeper: a second protocol, closer to life
#
# A random split lets a model peek into the user's future. So hold out the *newest* fifth
# of each user's ratings, and call relevant only what was **liked**: three quarters up the scale or
# more, which is 4 stars of 5, or the upper quarter of the ratings where hardly any is as high, as
# with counts. (Other users' future still leaks in.) If liking is the goal, learn
# from liked movies: the same model, fitted on liked ratings, and popularity counted among
# them too. The settings are chosen again, on the newest fifth of the training part. All this
# needs dates; without them the next cells say so and pass.

# %%
DATED = "timestamp" in ratings
LIKED = min(LOW + 0.75 * (HIGH - LOW), ratings["rating"].quantile(0.75))
if DATED:
    later = du.train_test_split_by_time(ratings, test_size=0.2, per_user=True)
    past = du.RatingsDataset.fit(later.train)
    liked_later = relevant_in(past.encode(later.test), LIKED)
    liked = past.encode(later.train[later.train["rating"] >= LIKED])
    nearer = du.train_test_split_by_time(later.train, test_size=0.2,
                                         per_user=True)
    known = du.RatingsDataset.fit(nearer.train)
    (lam_2, alpha_2), tried = implicit_walk(
        known, relevant_in(known.encode(nearer.test), LIKED),
        known.encode(nearer.train[nearer.train["rating"] >= LIKED]))
    say(f"Liked: {LIKED:g} or more. Chosen after {tried} fits: λ = "
        f"{lam_2:.3g}, α = {alpha_2:.3g}. {later.report}")
else:
    say("These ratings have no dates, so the second protocol is passed over.")

# %%
if DATED:
    rivals = {
        "popularity": Popularity().fit(liked),  # of liked movies, too
        "biases": BiasModel().fit(past),
        "damped": ALS(16, seed=SEED, **SETTLED).fit(past),
        "implicit ALS": ImplicitALS(16, lam_2, alpha_2, seed=SEED).fit(liked),
    }
    in_time = {name: rec.top_k_for_everyone(model, past, TOP_K).items
               for name, model in rivals.items()}
    both = pd.DataFrame({
        "any held-out movie": ndcg[list(rivals)],
        "liked later": {name: metrics.ndcg_at_k(lists, liked_later)
                        for name, lists in in_time.items()},
    })
    figure, sentence = plots.two_protocols(both)
    plt.show()
    say(sentence)

# %%
if DATED:
    ahead = gap_by_user(in_time["implicit ALS"], in_time["popularity"],
                        liked_later)
    behind = gap_by_user(in_time["popularity"], in_time["damped"], liked_later)
    finding(
        "Under the second protocol: implicit ALS, popularity, damped ALS",
        ahead.low > 0 and behind.low > 0,
        yes="Under the second protocol implicit ALS is ahead of "
        "popularity and popularity ahead of the damped ALS.",
        no="Under the second protocol implicit ALS, popularity and the "
        "damped ALS do not stand clearly in this order: the protocol may "
        "decide who wins.",
        control=f"by user: {ahead}; {behind}. These star models were not "
        "tuned for it",
        on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** Each protocol gives its own numbers, for the same people and the same kinds
# of model. Whoever compares two papers compares their protocols first.

# %% [markdown]
# ## 6. Strangers
#
# A user or movie without training ratings has no row in the tables. The formula still
# says what to do: leave out what is unknown.
#
# | user | movie | prediction |
# |---|---|---|
# | known | known | $\mu + b_u + b_i + p_u \cdot q_i$ |
# | new | known | $\mu + b_i$ |
# | known | new | $\mu + b_u$ |
# | new | new | $\mu$ |

# %%
movie_id = better.new.index[0]
asked = {
    "known, known": (USER_ID, movie_id),
    "new user": (10**9, movie_id),
    "new movie": (USER_ID, 10**9),
    "both new": ("who?", None),
}
for name, pair in asked.items():
    stars, case = rec.safe_predict(damped, train, *pair)
    print(f"{name:13} {stars:.2f} stars   {case}")

# %% [markdown]
# ### Deeper: is the movie's bias worth it?
#
# Why $\mu + b_i$ and not just $\mu$ for a new user? Take a tenth of the users away
# entirely, train on the others, and predict the strangers' ratings both ways.

# %%
rng = np.random.default_rng(SEED)
raw = train.user_ids.raw
strangers = rng.choice(raw, max(2, len(raw) // 10), replace=False)
away = split.train["user_id"].isin(strangers)
members = du.RatingsDataset.fit(split.train[~away])
model = ALS(16, seed=SEED, **SETTLED).fit(members)
theirs = members.encode(split.train[away])
assert (theirs.users == -1).all()  # -1: unknown to the map

# %%
answers = model.predict(theirs.users, theirs.items)  # μ + b_i
means = torch.full_like(answers, members.mean)
whose = split.train.loc[away, "user_id"].to_numpy()
saved = metrics.bootstrap_rmse_difference(
    answers, means, theirs.ratings, whose, np.random.default_rng(SEED))
finding(
    "A stranger is better served by the movie's bias than by the mean",
    saved.high < 0,
    yes=f"Ratings of {len(strangers)} strangers: the movie's bias lowers the "
    f"RMSE by **{-saved.estimate:.3f}** stars from "
    f"{metrics.rmse(means, theirs.ratings):.3f} with the global mean.",
    no=f"Ratings of {len(strangers)} strangers: the movie's bias changes the "
    f"RMSE by {saved.estimate:+.3f} stars; these movies differ too little, "
    "or are rated too rarely, for their biases to help beyond doubt.",
    control=f"bootstrap of the strangers: {saved}",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# And the user's bias? $b_u$ is the same for every movie, so it moves all scores of a user together. It matters
# for *stars*, and cannot change a *list*. Give everybody another $b_u$:

# %%
scores = first.scores(range(train.n_users)).double()
shift = torch.randn(train.n_users, 1, generator=du.seeded(SEED))
kept = scores.topk(TOP_K).values
again = scores.gather(1, (scores + shift).topk(TOP_K).indices)
assert torch.allclose(kept, again)   # the same ten scores, in the same order
print("Another b_u, and the same lists.")

# %% [markdown]
# ## 7. You
#
# Ten ratings are enough to stop being a stranger. By default you are someone with a
# simple taste, shown on well-known movies: one genre is loved, the rest is not. (Where
# the data have no genres, five movies are loved.) **Edit the two cells**: give your own stars,
# or your own titles.

# %%
MY_GENRE = "Action"
charts = ratings["item_id"].value_counts().index
famous = movies.set_index("item_id").loc[charts].head(100)
fits = famous["genres"].str.split("|").map(lambda genres: MY_GENRE in genres)
if not fits.any():
    fits = pd.Series(np.arange(len(famous)) < 5, famous.index)
loved, other = famous[fits].head(5), famous[~fits].head(5)
mine = dict.fromkeys(other["title"], int(LOW + (HIGH - LOW) / 4 + 0.5))
mine = dict.fromkeys(loved["title"], float(HIGH)) | mine

# %%
mine |= {
    # "a title as you would say it": 4,
}
mine

# %% [markdown]
# Or click. Below are your movies and the most rated ones beside the list that follows from your
# stars, each place with the rating that speaks most for it. Give one movie one star, then five: what
# leaves the list, and what comes? (To go on with what you clicked, write `mine = clicks.ratings` in a
# new cell below it.)

# %%
from play import rate_movies

clicks = rate_movies(damped, train, movies, mine)
clicks

# %% [markdown]
# In ALS a user is the solution of a ridge regression on the movies' fixed vectors. So you
# need no training, only that one solve.
#
# ![Five ratings of a newcomer, less what was expected, meet the fixed factors of those five movies. One ridge regression gives the newcomer's two factors, and these rank four movies that the newcomer has not seen. Nothing is trained.](images/fold-in.svg)
#
# With your movies' vectors $v_j = (q_j, 1)$ as the
# rows of $V$, and what you said beyond expectation as targets $t_j = r_j - \mu - b_j$:
#
# $$\begin{pmatrix} p \\ b \end{pmatrix}
# = \big(V^\top V + D\big)^{-1} V^\top t .$$
#
# $D$ is the **ridge**: a diagonal matrix with the price of each coordinate. It must be the one
# that ALS used: $s(\lambda n + \delta)$ for each factor, with the standard deviation $s$ of the
# ratings (`train.unit`), and $\delta_b$ for the bias.

# %%
titles = TitleIndex(movies, ratings)
start = time.perf_counter()
you = rec.fold_in(damped, train, titles, mine)
milliseconds = 1000 * (time.perf_counter() - start)

mean, _, b_item, _, Q = damped.tables()
V = torch.cat([Q[you.items], torch.ones(len(mine), 1)], dim=1).double()
target = you.stars - mean - b_item[you.items]            # (n,)
price = damped.reg_per_rating * len(mine) + damped.reg_per_row
D = torch.full((V.shape[1],), train.unit * price)
D[-1] = damped.bias_reg_per_row
you_by_hand = torch.linalg.solve(V.T @ V + D.diag(), V.T @ target)
assert torch.allclose(you_by_hand, you.vector, atol=rounding)  # (17,)
say(f"Folded in from {len(mine)} ratings in {milliseconds:.1f} ms. {you.note}")

# %% [markdown]
# And your list, from the damped model of stars:

# %%
yours = rec.recommend_for_user_id(damped, train, movies, you, TOP_K)
yours.new.round(2)

# %%
anyone = rec.recommend_for_user_id(damped, train, movies, 10**9, TOP_K)
share = {name: page.new["genres"].str.contains(MY_GENRE).mean()
         for name, page in {"anyone": anyone, "you": yours}.items()}
new = set(yours.new.index) - set(anyone.new.index)
say(f"{len(new)} of your {len(yours.new)} movies are not on the list of an "
    f"average user. {MY_GENRE} makes {share['anyone']:.0%} of that list and "
    f"{share['you']:.0%} of yours.")

# %% [markdown]
# Ten ratings move the list only so far. The ridge pulls someone with little evidence
# towards zero, and so each prediction towards $\mu + b_i$. That is the cure of section 3, for
# users: it keeps off the winner's curse, and keeps your list closer to everyone's.

# %% [markdown]
# ### Deeper: two questions about folding in
#
# What if you mistype a title? Titles are matched without case, article or accent, and a year in
# parentheses chooses among movies of one name. A typing error gets a suggestion instead of a guess:

# %%
typo = next(iter(mine))[:-1] + "qu"
try:
    print(titles.find(typo).label)
except UnknownTitle as error:
    print(error)

# %% [markdown]
# Is a folded-in user treated as everyone else is? Fold in a *training* user from their
# own ratings: it should give nearly their own row. (Not exactly: each sweep of ALS solves
# the users first and then moves the movies once more.)

# %%
again = rec.fold_in_user(damped, train, USER_ID)
gap = (again.scores() - damped.scores([user])[0]).abs().max()
width = damped.scores([user]).std()
say(f"Largest difference over all movies: {gap:.3f} stars, where this user's "
    f"predictions scatter by {width:.2f}.")

# %% [markdown]
# ### Reasons that are arithmetic
#
# Write the solve as a sum over your ratings: $\sum_j (V^\top V + D)^{-1} v_j
# t_j$. Multiply by the vector of movie $i$, and your prediction falls apart into one term
# for each movie you rated:
#
# $$\hat r_i = \underbrace{\mu + b_i}_{\text{average user}}
# + \sum_j \underbrace{v_i^\top (V^\top V + D)^{-1} v_j\, t_j}_{
# \text{because you rated } j} .$$

# %%
movie_id = yours.new.index[0]
reasons = rec.explain(you, train, movies, movie_id)
head = yours.new.iloc[0]
assert np.isclose(reasons["contribution"].sum(), head["predicted"])
figure, sentence = plots.reasons_waterfall(reasons, head["title"])
plt.show()
say(sentence)

# %% [markdown]
# The terms sum to the prediction exactly; "because you liked …" is no story made up
# afterwards. But it is the *model's* arithmetic. A contribution can be odd where the
# factors are, and it says nothing about why you liked the movie.

# %% [markdown]
# {{turn:y054}}
#
# Write the terms of the sum: for one movie, what each of your ratings adds. One solve is enough for
# all of them.

# %%
# {{answer:y054}}

# %%
check("y054", contributions)

# %% [markdown]
# {{ladder:y054}}

# %% tags=["solution"]
solution("y054")

# %% [markdown]
# ### Deeper: what changes when one rating changes?
#
# A prediction is linear in your stars: rating $j$ adds
# $(V^\top V + D)^{-1} v_j\, t_j$ to your vector, the $j$-th term of the sum above, which
# is `you.steps[j]`. So turn your first rating around and compare the lists.

# %%
title = next(iter(mine))
turn = LOW if mine[title] > (LOW + HIGH) / 2 else HIGH
flipped = mine | {title: float(turn)}
turned = rec.fold_in(damped, train, titles, flipped)
moved = turned.scores() - you.scores()                    # (n_items,)
change = flipped[title] - mine[title]
expected = you.item_vectors @ you.steps[0] * change       # linear, so
assert torch.allclose(moved * target[0], expected, rtol=1e-4, atol=1e-6)

after = rec.recommend_for_user_id(damped, train, movies, turned, TOP_K).new
left = yours.new.index.difference(after.index)
names = ", ".join(movies.set_index("item_id")["title"][left]) or "nothing"
say(f"“{title}” at {flipped[title]:g} instead of {mine[title]:g}: "
    f"predictions move by {moved.min():+.2f} to {moved.max():+.2f} stars. "
    f"Off your list go: {names}.")

# %% [markdown]
# The implicit model can be asked the same way. It ignores your stars and reads only
# *which* movies you rated; its `predicted` is a preference near 0 to 1.

# %%
watcher = rec.fold_in(implicit, train, titles, mine)
rec.recommend_for_user_id(implicit, train, movies, watcher, 5).new.round(2)

# %% [markdown]
# ## 8. Deeper: how sure is the list?
#
# ALS solves for *one* best table of factors. Many others fit the ratings nearly as well.
# Lab 08 draws such tables at random, one per sweep. The better a table fits the ratings, and
# the less extreme its vectors, the more often it comes up (that is Bayes' rule; what the draws
# are from is called the **posterior**). Each draw predicts, and the spread of the predictions
# says how much the ratings leave open. The first sweeps, the `burn_in`, are thrown away: they
# still remember the random start. For our user, the ten movies with the highest mean:

# %%
bayes = BayesianMF(n_factors=8, epochs=150, burn_in=50, max_samples=50,
                   seed=SEED).fit(train)
best = rec.recommend_for_user_id(bayes, train, movies, USER_ID, TOP_K).new
chosen = train.item_ids.encode(best.index.to_numpy())
center, std = bayes.predict([user] * len(chosen), chosen, return_std=True)
best = best.assign(mean=center.numpy(), std=std.numpy())
figure, sentence = plots.spread_of_predictions(best)
plt.show()
say(sentence)

# %% [markdown]
# Does the spread deserve belief? It can be held against errors. A prediction with the spread $s$
# should miss a *rating* by about $\sqrt{s^2 + \sigma^2}$, for a rating scatters around its mean by
# a further σ, which the model samples too. Sort the test ratings by their spread, into fifths,
# and compare what was predicted with what happened.

# %%
expected, spread = bayes.predict(test.users, test.items, return_std=True)
place = pd.Series(spread).rank(method="first")
fifth = pd.qcut(place, 5, labels=False).to_numpy()
rng = np.random.default_rng(SEED)
observed = [
    metrics.bootstrap_rmse(expected[fifth == k], test.ratings[fifth == k],
                           test.users[fifth == k], rng) for k in range(5)]
total = (spread.square() + bayes.noise_sd**2).numpy()
held = pd.DataFrame({
    "spread": [spread[fifth == k].mean().item() for k in range(5)],
    "predicted RMSE": [total[fifth == k].mean() ** 0.5 for k in range(5)],
    "observed RMSE": [o.estimate for o in observed],
    "from": [o.low for o in observed],
    "to": [o.high for o in observed],
}, index=["surest fifth", "second", "third", "fourth", "least sure"])
held.round(3)

# %%
finding(
    "Where the model is less sure, its errors are larger",
    observed[-1].low > observed[0].high,
    yes=f"RMSE {observed[0].estimate:.3f} in the surest fifth and "
    f"**{observed[-1].estimate:.3f}** in the least sure: the spread tells a "
    "difficult rating from an easy one.",
    no=f"RMSE {observed[0].estimate:.3f} in the surest fifth and "
    f"{observed[-1].estimate:.3f} in the least sure: no clear difference "
    "here.",
    control="90 % intervals by bootstrap of users, not overlapping",
    on=["sample", "100k", "latest-small"])
promise = held["predicted RMSE"].iloc[-1] / held["predicted RMSE"].iloc[0]
fact = held["observed RMSE"].iloc[-1] / held["observed RMSE"].iloc[0]
finding(
    "The errors differ more than the spread says",
    observed[-1].low / observed[0].high > promise,
    yes=f"From surest to least sure the predicted error grows {promise:.2f} "
    f"times and the observed one **{fact:.2f} times**. One σ for everybody "
    "may be too simple, or the spread too narrow; this cell does not say.",
    no=f"From surest to least sure the predicted error grows {promise:.2f} "
    f"times and the observed one {fact:.2f} times: not clearly more than "
    "predicted.",
    control="the ratio that the ends of the two 90 % intervals leave at least",
    on=["100k", "latest-small"])

# %% [markdown]
# Is σ itself an estimate to quote? Only if the chain has forgotten its start. Compare the
# first half of the kept sweeps with the second: while they differ, σ is a number on its way.
# (Lab 08 asks how long is long enough.)

# %%
kept = [row["noise_sd"] for row in bayes.trace[bayes.burn_in:]]
half = len(kept) // 2
say(f"σ in the first half of the kept sweeps {np.mean(kept[:half]):.3f}, in "
    f"the second {np.mean(kept[half:]):.3f} stars.")

# %% [markdown]
# With a spread there is a choice that a single number cannot offer. A **cautious** list sorts by
# mean − spread. An **exploring** one sorts by mean + spread, the upper confidence bound of
# bandit algorithms: it shows what *might* be excellent. For about a hundred users, straight
# from the samples:

# %%
some = torch.arange(0, train.n_users, max(1, train.n_users // 100))
draws = torch.stack([sample.scores(some) for sample in bayes.samples])
assert draws.shape == (len(bayes.samples), len(some), train.n_items)
center, std = draws.mean(0), draws.std(0, correction=0)
assert torch.allclose(center, bayes.scores(some), atol=10 * rounding)
own = torch.isin(train.users, some)
row = torch.searchsorted(some, train.users[own])
center[row, train.items[own]] = -torch.inf  # rated
ranked = {"cautious": center - std, "mean": center, "exploring": center + std}
depth = {name: np.median(counts[s.topk(TOP_K).indices])
         for name, s in ranked.items()}
say("Typical ratings behind a recommended movie: "
    + ", ".join(f"{name} {value:.0f}" for name, value in depth.items()) + ".")

# %% [markdown]
# Exploring is said to pay by what the answers teach. That can be tried. Half of the held-out
# ratings are answers that can be asked for; each list asks each user for three of them, ALS
# learns from the answers too, and the other half judges. Beside the lists, *spread*
# asks only where the model knows least, and *random* draws.

# %%
rng = np.random.default_rng(SEED)
pool = rng.random(len(test)) < 0.5
asked = pd.DataFrame({
    "user": test.users, "stars": test.ratings, "cautious": expected - spread,
    "mean": expected, "exploring": expected + spread, "spread": spread,
    "random": rng.random(len(test))})[pool & told.numpy()]
judge = train.encode(split.test[~pool])
answers, stars = {}, {}
for name in asked.columns[2:]:
    three = asked.sort_values(name, ascending=False).groupby("user").head(3)
    stars[name] = three.groupby("user")["stars"].mean()
    data = train.encode(pd.concat([split.train, split.test.iloc[three.index]]))
    taught = ALS(16, epochs=20, seed=SEED).fit(data)
    answers[name] = taught.predict(judge.users, judge.items)

# %%
pd.DataFrame({name: {
    "stars given": stars[name].mean(),
    "RMSE afterwards": metrics.rmse(answers[name], judge.ratings),
} for name in answers}).T.round(4)

# %%
cost = metrics.paired_difference(stars["mean"], stars["spread"])
learned = metrics.bootstrap_rmse_difference(
    answers["exploring"], answers["mean"], judge.ratings, judge.users, rng)
finding(
    "Asking only where the model is unsure costs stars",
    cost.low > 0,
    yes=f"A user gives the three movies of the mean list **{cost.mean:.2f}** "
    "stars more than the three about which the model is least sure.",
    no=f"A user gives the three movies of the mean list {cost.mean:+.2f} "
    "stars more than the three about which the model is least sure: no "
    "clear cost.",
    control=f"by user: {cost.low:+.2f} to {cost.high:+.2f} (95 %)",
    on=["sample", "100k", "latest-small"])
finding(
    "Three answers from an exploring list teach more",
    learned.high < 0,
    yes=f"After its three answers the RMSE is {-learned.estimate:.4f} lower "
    "than after those of the mean list: exploring pays.",
    no=f"After its three answers the RMSE differs by {learned.estimate:+.4f} "
    "stars from that after those of the mean list: no gain that can be seen "
    "at this size.",
    control=f"bootstrap of users: {learned}; one draw of the halves")

# %% [markdown]
# (Only movies that people chose to rate could be asked for. A live system can ask about any
# movie, and that is where bandits are meant to work.)

# %% [markdown]
# ## 9. Deeper: who is served badly, and what a list does to the world
#
# One RMSE is an average over ratings. The same test ratings, grouped by how active their user is;
# and, as a control, the same for a model without any factors. If both lines go the same way,
# then it is not the factors alone: such users are harder, or easier, for the biases too.

# %%
predicted = damped.predict(test.users, test.items)
known = metrics.training_counts(test.users, train.users)
groups, control = (metrics.error_by_group(p, test.ratings, known, n_groups=5)
                   for p in (predicted, in_stars["biases"]))
overall = metrics.rmse(predicted, test.ratings)
figure, sentence = plots.error_by_activity(groups, overall, control)
plt.show()
say(sentence)

# %% [markdown]
# Each group has as many test ratings, but not as many *people*. Whoever wants to know how people
# fare must average over people: a user's own mean of squared errors first, then a mean over
# users. Compare the less active half of the users with the more active half.


# %%
def by_person(predicted):
    """Each user's squared errors: their mean, sum and number."""
    squares = pd.Series((predicted - test.ratings).square().numpy())
    return squares.groupby(test.users.numpy()).agg(["mean", "sum", "size"])


def halves(predicted):
    """RMSE of the quiet and the busy half; gap of the squares, margin."""
    own = by_person(predicted)["mean"]
    quiet = own.index.isin(quiet_half)
    parts = own[quiet], own[~quiet]
    margin = 1.96 * sum(part.var() / len(part) for part in parts) ** 0.5
    return *(part.mean() ** 0.5 for part in parts), \
        parts[0].mean() - parts[1].mean(), margin


quiet_half = activity.argsort()[: train.n_users // 2].numpy()
quiet, busy, gap, margin = halves(predicted)
quiet_2, busy_2, gap_2, margin_2 = halves(in_stars["biases"])

# %%
finding(
    "Quiet users are harder, with factors and without",
    gap > margin and gap_2 > margin_2,
    yes=f"The less active half of the users has an RMSE of **{quiet:.3f}**, "
    f"the other half {busy:.3f}; with biases alone {quiet_2:.3f} and "
    f"{busy_2:.3f}. The gap is there without any factors.",
    no=f"The less active half of the users has an RMSE of {quiet:.3f}, the "
    f"other half {busy:.3f}; with biases alone {quiet_2:.3f} and "
    f"{busy_2:.3f}. The gap is not clear in both models.",
    control=f"squared error, 95 % over users: {gap:+.3f} ± {margin:.3f}, "
    f"with biases alone {gap_2:+.3f} ± {margin_2:.3f}",
    on=["100k", "latest-small"])

# %%
weight = np.isin(test.users.numpy(), quiet_half).mean()
each = by_person(predicted)
again = np.random.default_rng(SEED).integers(len(each), size=(500, len(each)))
mean_of, sum_of, size_of = (each[c].to_numpy()[again] for c in each)
shift = np.sqrt(mean_of.mean(1)) - np.sqrt(sum_of.sum(1) / size_of.sum(1))
low, high = np.quantile(shift, [0.05, 0.95])
alike = each["mean"].mean() ** 0.5
finding(
    "By person the error is larger than by rating",
    low > 0,
    yes=f"The less active half of the users gives {weight:.0%} of the test "
    f"ratings, and has only that weight in the RMSE of {overall:.3f}. With "
    f"every user weighted alike it is **{alike:.3f}**: the average over "
    "ratings hides who pays.",
    no=f"The less active half of the users gives {weight:.0%} of the test "
    f"ratings, and has only that weight in the RMSE of {overall:.3f}. With "
    f"every user weighted alike it is {alike:.3f}: that this is larger, "
    "these data do not show.",
    control=f"bootstrap of users, 90 % interval of the difference {low:+.3f} "
    f"to {high:+.3f}",
    on=["100k", "latest-small"])

# %% [markdown]
# ### The loop
#
# A list also *changes* the data. Suppose that everyone watches the first few of their
# list, the model learns from it, and so on: five rounds. Beside it two controls: a world in
# which people choose for themselves (as many new ratings, drawn from the held-out ones as far as these go), and
# one in which the model is fitted once, never learns from what it has shown, and goes down
# its first list. All fits make the same number of sweeps.

# %%
ROUNDS = 5
ACCEPTED = int(np.clip(len(test) // (ROUNDS * train.n_users), 1, 4))


def four_best(logged, seed, top_k=ACCEPTED):
    """What everyone is shown by a model of `logged`, (n_users, top_k)."""
    data = train.encode(logged)
    model = ImplicitALS(16, lam, alpha, epochs=8, seed=seed).fit(data)
    return rec.top_k_for_everyone(model, data, top_k).items


def watched(lists):
    """The log of everyone who watches what they are shown."""
    rows, places = np.nonzero(lists >= 0)
    return pd.DataFrame({
        "user_id": train.user_ids.raw[rows], "rating": float(HIGH),
        "item_id": train.item_ids.decode(lists[rows, places])})


# %%
def two_worlds(seed):
    """Movies with someone new after each round: (one fixed list, the loop)."""
    once = four_best(split.train, seed, ROUNDS * ACCEPTED)
    logged, rounds, seen = split.train, [], set()
    for number in range(1, ROUNDS + 1):
        lists = four_best(logged, seed)
        logged = pd.concat([logged, watched(lists)])
        seen |= {*lists[lists >= 0].tolist()}
        fixed = once[:, : number * ACCEPTED]
        rounds.append((len(np.unique(fixed[fixed >= 0])), len(seen)))
    return np.array(rounds) / train.n_items


fixed, looped = two_worlds(SEED).T
assert fixed[0] == looped[0]  # nothing has been learned yet
other_fixed, other_looped = two_worlds(SEED + 1).T

# %%
own = split.test.sample(frac=1, random_state=SEED)["item_id"].to_numpy()
drawn = [own[: n * ACCEPTED * train.n_users] for n in range(1, ROUNDS + 1)]
worlds = pd.DataFrame({
    "own choice": [len(np.unique(d)) / train.n_items for d in drawn],
    "one fixed list": fixed, "the loop": looped}, index=range(1, ROUNDS + 1))
figure, sentence = plots.audience_growth(worlds)
plt.show()
say(f"{ACCEPTED} movies per person and round; {len(drawn[-1]):,} own choices, "
    f"{ROUNDS * ACCEPTED * train.n_users:,} from lists. {sentence}")

# %%
parts = [fixed[-1] - looped[-1], other_fixed[-1] - other_looped[-1]]
finding(
    "A list reaches fewer movies than people's own choices",
    max(fixed[-1], other_fixed[-1]) < worlds["own choice"].iloc[-1],
    yes=f"With one fixed list {fixed[-1]:.0%} of the movies find someone new, "
    f"with {len(drawn[-1]):,} choices of people's own "
    f"**{worlds['own choice'].iloc[-1]:.0%}**. That is the list, not the "
    "loop.",
    no=f"With one fixed list {fixed[-1]:.0%} of the movies find someone new, "
    f"with {len(drawn[-1]):,} choices of people's own "
    f"{worlds['own choice'].iloc[-1]:.0%}: these lists narrow nothing.",
    control=f"another seed: {other_fixed[-1]:.0%}",
    on=["sample", "100k", "latest-small"])
finding(
    "Learning from its own lists narrows them further",
    min(parts) > 0,
    yes=f"The loop ends at {looped[-1]:.1%}, {100 * parts[0]:.1f} points "
    "below the fixed list: that is its own part.",
    no=f"The loop ends at {looped[-1]:.1%}, the fixed list at "
       f"{fixed[-1]:.1%}: "
    "no part of its own that both seeds show.",
    control="equal sweeps, equal first rounds; another seed: "
    f"{100 * parts[1]:.1f} points",
    on=["100k", "latest-small"])

# %% [markdown]
# **What just happened?** There are two distances in the figure. That between own choice and the fixed list is the list's:
# look at the first round, when nothing has been learned. That between the fixed list and
# the loop is the loop's own part: a model that learns from what it has shown, against one that
# does not. In such a world what is not shown is not watched, and what is not watched is not learned.
# Nothing in NDCG warns of it.

# %% [markdown]
# ## Common mistakes
#
# **Common mistake 1: the rated movies are not masked.** The list holds what the user knows, and a movie
# from training is never a hit.

# %%
raw_scores = implicit.scores(range(train.n_users))
unmasked = raw_scores.topk(TOP_K).indices.numpy()          # broken
masked = raw_scores.clone()
masked[train.users, train.items] = -torch.inf              # repaired
for name, lists in {"broken": unmasked,
                    "repaired": masked.topk(TOP_K).indices.numpy()}.items():
    print(f"{name:9} NDCG {metrics.ndcg_at_k(lists, relevant):.3f}")

# %% [markdown]
# **Common mistake 2: masked with 0 instead of $-\infty$.** Zero is no "worst score". Where scores are
# centred, as here in stars above the mean, a strict user's scores may all lie below zero,
# and then the rated movies win.

# %%
tastes = damped.scores(range(train.n_users)) - train.mean
has_rated = torch.zeros(train.n_users, train.n_items, dtype=torch.bool)
has_rated[train.users, train.items] = True  # small data: a mask will do
for name, worst in {"broken": 0.0, "repaired": -torch.inf}.items():
    masked = tastes.masked_fill(has_rated, worst)
    hit = has_rated.gather(1, masked.topk(TOP_K).indices)
    share = hit.any(dim=1).double().mean()
    print(f"{name:9} lists that hold a rated movie: {share:.1%}")

# %% [markdown]
# **Common mistake 3: filtered after the cut.** Take the best ten, then drop the rated ones, and the list
# is short. Compare all users with the most active tenth.

# %%
best_ten = raw_scores.topk(TOP_K).indices
short = (~has_rated.gather(1, best_ten)).sum(1).double()  # broken
full = (shown["implicit ALS"] >= 0).sum(1)                # repaired
most = activity >= activity.double().quantile(0.9)
print(f"broken    movies left in a list: {short.mean():.1f} on average, "
      f"{short[most].mean():.1f} for the most active tenth of the users")
print(f"repaired  movies left in a list: {full.mean():.1f} on average")

# %% [markdown]
# **Common mistake 4: −1 as an index.** An unknown user is marked −1, and in Python that is the *last*
# row: the stranger gets someone else's taste.

# %%
mean, b_user, b_item, P, Q = damped.tables()
movie = int(train.item_ids.encode([movie_id])[0])
broken = mean + b_user[-1] + b_item[movie] + P[-1] @ Q[movie]
repaired = damped.predict([-1], [movie])  # the tables answer -1 with zeros
last = damped.predict([train.n_users - 1], [movie])
assert torch.isclose(broken, last, atol=rounding)
print(f"broken    {broken:.2f} stars, the opinion of user {raw[-1]}")
print(f"repaired  {repaired.item():.2f} stars, μ + b_i")

# %% [markdown]
# ## What held on your data

# %%
show_findings()

# %% [markdown]
# ## Key questions
#
# **1. Why may the highest predicted stars belong to obscure movies?**
#
# <details>
# <summary>Answer</summary>
#
# A mean of $n$ ratings has variance $\sigma^2/n$: few ratings, wide spread. Sorting picks
# the upper end of the spread, so luck is selected with quality. Shrinking by
# $n/(n+\delta)$ takes off as much as is luck on average.
#
# </details>
#
# **2. How can popularity, which predicts no stars at all, beat a model with a good RMSE?**
#
# <details>
# <summary>Answer</summary>
#
# RMSE judges predictions on movies that people chose to rate. The list test asks which
# movies they choose. A model of stars was never trained on that question; popularity is
# the simplest answer to it.
#
# </details>
#
# **3. Why does implicit ALS not need time proportional to users × movies?**
#
# <details>
# <summary>Answer</summary>
#
# Every cell has weight at least 1. Their part of the normal equations, $Q^\top Q$, is the
# same for all users and is computed once. Only the extra weight $\alpha$ of the rated
# cells differs by user, and there are only as many of those as ratings.
#
# </details>
#
# **4. Someone new gives ten ratings. Why is no training needed, and which ridge is
# right?**
#
# <details>
# <summary>Answer</summary>
#
# With the movies fixed, a user is the solution of a small ridge regression, so one solve
# suffices. The ridge (the price of each coordinate) is the one that ALS applied to users with ten ratings: then newcomers
# and members are treated alike.
#
# </details>
#
# **5. A colleague reports "NDCG .31". What do you ask?**
#
# <details>
# <summary>Answer</summary>
#
# On which split; what counts as relevant; at which cut; are rated movies excluded; who is
# left out; what popularity scores under the same code; and whether the settings were
# chosen on the test set.
#
# </details>
#
# **6. What would a recommender have to do to escape its feedback loop?**
#
# <details>
# <summary>Answer</summary>
#
# Show some movies because little is known of them (explore), log what was *shown* and not
# only what was watched, and weigh the log by the chance of having been shown. Whether that
# pays, only an experiment with answers can say.
#
# </details>

# %% [markdown]
# ## Checkpoint
#
# You have
#
# - turned a fitted model into top-10 lists for everyone, in one product;
# - found out what is wrong with a list of the highest predictions, and repaired it;
# - measured lists with NDCG, precision, recall, coverage and novelty;
# - fitted a model of *what* is watched, and held it against popularity;
# - answered for new users and movies, and folded yourself in with exact reasons;
# - (Deeper) said how sure a recommendation is, and checked who is served badly.
#
# ## Further reading
#
# - Y. Hu, Y. Koren & C. Volinsky 2008, *Collaborative Filtering for Implicit Feedback
#   Datasets*, ICDM, doi:10.1109/ICDM.2008.22. The objective, the Gram trick, and the
#   explanations.
# - Y. Koren, R. Bell & C. Volinsky 2009, *Matrix Factorization Techniques for Recommender
#   Systems*, Computer 42(8), doi:10.1109/MC.2009.263.
# - K. Järvelin & J. Kekäläinen 2002, *Cumulated Gain-Based Evaluation of IR Techniques*,
#   ACM TOIS 20(4), doi:10.1145/582415.582418. (They divide by $\log_2 r$ from rank 2 on; $\log_2(r+1)$
#   is the later custom.)
# - P. Cremonesi, Y. Koren & R. Turrin 2010, *Performance of Recommender Algorithms on Top-N
#   Recommendation Tasks*, RecSys, doi:10.1145/1864708.1864721.
# - Y. Zhou, D. Wilkinson, R. Schreiber & R. Pan 2008, *Large-Scale Parallel Collaborative
#   Filtering for the Netflix Prize*, AAIM, doi:10.1007/978-3-540-68880-8_32.
# - *Recommenders*, Microsoft and contributors, the benchmark table of the README,
#   https://github.com/recommenders-team/recommenders. Read its protocol first.
# - X. Amatriain & J. Basilico 2012, *Netflix Recommendations: Beyond the 5 Stars*,
#   Netflix Technology Blog.
# - A. J. B. Chaney, B. M. Stewart & B. E. Engelhardt 2018, *How Algorithmic Confounding in
#   Recommendation Systems Increases Homogeneity and Decreases Utility*, RecSys,
#   doi:10.1145/3240323.3240370.
# - F. M. Harper & J. A. Konstan 2015, *The MovieLens Datasets*, ACM TiiS 5(4),
#   doi:10.1145/2827872.
#
# **Clean up.** Nothing is left behind: no file was written and no GPU used.
#
# **Next**: data, factors, training, neighbours, lists: can you build them without the
# page? [Lab 06](06-exercises.ipynb) checks.
