# %% [markdown]
# # 09 Ranking: learn the order, and measure it
#
# *One model has many scores, and which one you report is a choice. You make the choice
# visible, train for order instead of stars, and put seven rivals on one board.*
#
# | | |
# |---|---|
# | **Time** | {{time}} |
# | **Run time, two CPU cores** | under a minute on ML-100K, a quarter of a minute on the bundled sample |
# | **Memory** | 0.8 GB |
# | **Difficulty** | intermediate: two new losses, one matrix inverse |
# | **Builds on** | labs 02 (the model), 03 (training) and 05 (lists, NDCG, implicit ALS) |
#
# **After this lab you can**
#
# - say which protocol a figure belongs to, and why another one gives another figure;
# - work out NDCG, precision, recall, MAP, MRR and hit rate on one list by hand;
# - train the model of lab 02 for order, by BPR and by a softmax;
# - fit neighbours, EASE and a small network, and compare them fairly;
# - say what an implicit score is not, and use a dislike as a *no*;
# - (Deeper) buy variety for accuracy, and name the price.
#
# **Prerequisites**: the model $\hat r_{ui} = \mu + b_u + b_i + p_u \cdot q_i$ of lab 02,
# a training loop, and the lists of lab 05.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** Two papers report the same model on the same ratings: one an
# NDCG of .1, the other of .4, and both are right. They rank against different movies and
# call different ones relevant. Teams choose models by such figures, and a figure whose
# protocol is unknown chooses at random.
#
# **In plain words.** You are told that a runner finished third. Among three, or among a
# thousand? A rank says little until you know who ran. Half of this lab asks who ran. The
# other half trains runners: not to predict a time, but to be ahead.

# %%
import json
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

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F

import data_utils as du
import metrics
import ranking
from checks import check, example, hint, solution
from findings import begin_findings, finding, show_findings

# %%
from models import (
    EASE,
    NCF,
    DotProductMF,
    ImplicitALS,
    ItemKNN,
    MatrixFactorization,
    Popularity,
    UserKNN,
)
from plots import ranking as plots
from reporting import say

SEED, K = 0, 10
MOST_MOVIES = 3000  # section 4 inverts a matrix of all pairs of movies

# %% [markdown]
# ## 1. One model, seven numbers
#
# The split of lab 05: a quarter of each movie's ratings is held out. Two models learn
# from the rest, an implicit ALS and plain popularity. Of a catalogue of more than
# `MOST_MOVIES` movies the lab keeps the most rated ones: that is part of its protocol.

# %%
DATASET = os.environ.get("MOVIELENS_DATASET", "auto")
ratings, movies = du.download_movielens(DATASET)
begin_findings(du.edition_of(ratings))
famous = ratings["item_id"].value_counts().index[:MOST_MOVIES]
ratings = ratings[ratings["item_id"].isin(famous)]
split = du.stratified_by_item_split(ratings, test_size=0.25, seed=SEED)
train = du.RatingsDataset.fit(split.train)
test = train.encode(split.test)
support = torch.bincount(train.items, minlength=train.n_items).numpy()
LIKED = float(ratings["rating"].quantile(0.5))  # the better half: "liked"
popularity = Popularity().fit(train)
als = ImplicitALS(32, seed=SEED).fit(train)
print(split.report)

# %% [markdown]
# A **protocol** says three things: how train and test were parted, which held-out movies
# are relevant, and *against which movies they are ranked*. Here a protocol is a small
# object that prints its name.

# %%
full = metrics.FullCatalogue()
protocols = {
    "full catalogue, @10": (full, 10),
    "full catalogue, @5": (full, 5),
    "full catalogue, @50": (full, 50),
    "full, only liked ones relevant, @10": (
        metrics.FullCatalogue(at_least=LIKED), 10),
    "100 sampled movies, @10": (metrics.SampledNegatives(), 10),
    "held-out movies only, liked, @10": (
        metrics.TestItemsOnly(at_least=LIKED), 10),
    "held-out movies only, @10": (metrics.TestItemsOnly(), 10),
}
for protocol in dict.fromkeys(p for p, _ in protocols.values()):
    print(protocol.name)

# %% [markdown]
# **Predict.** The same fitted model, the same held-out ratings. What is the lowest and
# what the highest NDCG among the seven?

# %%
guess = None  # for example (0.2, 0.8)

# %%
seven = pd.DataFrame({
    label: {name: p.measure(model, train, test, k)["ndcg"].mean()
            for name, model in (("implicit ALS", als),
                                ("popularity", popularity))}
    for label, (p, k) in protocols.items()}).T
figure, sentence = plots.protocol_ladder(seven)
plt.show()
say(sentence)
if guess is not None:
    say(f"You guessed {guess}.")

# %%
protocol_span = np.ptp(seven["implicit ALS"])
model_span = abs(seven.iloc[0, 0] - seven.iloc[0, 1])
finding(
    "The protocol changes the figure more than the model does",
    protocol_span > model_span,
    yes=f"Seven protocols move one model by **{protocol_span:.2f}** NDCG; "
    f"from popularity to this model it is {model_span:.2f}.",
    no=f"Seven protocols move one model by {protocol_span:.2f} NDCG, less "
    f"than the {model_span:.2f} from popularity to this model.",
    control="the gap of the two models under the first protocol; one split",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# ### "My precision is 1"
#
# The last protocol ranks only what the user rated in the test part, and calls all of it
# relevant. Then every order is perfect. That is arithmetic, so it is an `assert`:

# %%
only = metrics.TestItemsOnly()
assert np.allclose(only.measure(als, train, test)["ndcg"], 1)
assert np.allclose(only.measure(popularity, train, test)["ndcg"], 1)
print("NDCG of any model among its own relevant movies: 1")

# %% [markdown]
# Nobody would do that on purpose. It happens when a test *table* is sorted by predicted
# score, because the unrated movies are not in the table.
#
# ### Leave one out, and a hundred others
#
# A protocol of many papers: hold out *one* rating of each user, the last where there are
# dates, and rank it among 100 movies that the user has not rated. It is quick. Is it also
# harmless? Five models, under the full catalogue and among a hundred:

# %%
DATED = "timestamp" in ratings
last = (du.leave_last_out_split(ratings) if DATED
        else du.leave_one_out_split(ratings, SEED))
say("Held out: each user's last rating." if DATED else
    "These ratings have no dates, so one rating of each user is held out at "
    "random, and nothing here is about the future.")
before = du.RatingsDataset.fit(last.train)
after = before.encode(last.test)
one_out = metrics.FullCatalogue("one rating of each user")
hundred = metrics.SampledNegatives("one rating of each user")
wanted = one_out.relevant(after)
rivals = {
    "popularity": Popularity(), "implicit ALS": ImplicitALS(32, seed=SEED),
    "item-kNN": ItemKNN(), "75 neighbours": UserKNN(75, 0.5),
    "5 neighbours": UserKNN(5),
}

# %%
hits, sampled = {}, {}
for name, model in rivals.items():
    model.fit(before)
    lists = one_out.lists(model, before, after, K)
    hits[name] = metrics.hit_at(metrics.first_ranks(lists, wanted))
    lists = hundred.lists(model, before, after, 101)
    sampled[name] = metrics.first_ranks(lists, wanted)
table = pd.DataFrame({
    "full": {n: h.mean() for n, h in hits.items()},
    "among 100": {n: metrics.hit_at(r).mean() for n, r in sampled.items()}})
table.round(3)  # hit rate at 10

# %% [markdown]
# The order may differ between the columns. Whether a difference is more than luck, only a
# paired interval says. For each pair of models that turns round, both differences:


# %%
def gap(a, b):
    """Mean of a - b over users, with its 95 % interval."""
    return metrics.paired_difference(a, b, lower_is_better=False)


turned = []
names = list(rivals)
for i, a in enumerate(names):
    for b in names[:i]:
        among_all = gap(hits[a], hits[b])
        among_few = gap(*(metrics.hit_at(sampled[n]) for n in (a, b)))
        if among_all.mean * among_few.mean < 0:
            turned.append({
                "pair": f"{a} - {b}", "full": among_all.mean,
                "low": among_all.low, "high": among_all.high,
                "among 100": among_few.mean, "low ": among_few.low,
                "high ": among_few.high})
columns = ["pair", "full", "low", "high", "among 100", "low ", "high "]
turned = pd.DataFrame(turned, columns=columns).set_index("pair")
turned.round(3)

# %%
certain = turned[(turned["low"] * turned["high"] > 0)
                 & (turned["low "] * turned["high "] > 0)]
finding(
    "A pair of models turns round between all movies and a hundred",
    len(certain) > 0,
    yes=f"**{' and '.join(certain.index)}**: the full catalogue and a hundred "
    "sampled movies prefer different models, and neither is luck.",
    no=f"Pairs that change their order: {len(turned)}; pairs for which both "
    "intervals exclude zero: none. This data set cannot decide whether "
    "sampling turns a pair round.",
    control="95 % over users on both sides, paired; ten pairs were looked at",
    on=["100k"])

# %% [markdown]
# **What just happened?** Where models change places, this can be why: among a hundred
# sampled movies, "in the first ten" means "in the first tenth of all". That is a question
# about the *middle* of a ranking, and a shop asks about its top. A model can be good at the one
# and not at the other: with few neighbours, most movies have no score at all, so below the
# first places there is no order.
#
# ### A correction
#
# Krichene & Rendle (2020) ask what a sampled rank says about the full one. If the movie
# has rank $r$ among $n$, the number of sampled movies above it is a random number with a
# known distribution. So one can look for a value $f(\tilde r)$ of each *sampled* rank whose
# mean comes close to the full measure for every $r$. `metrics.corrected` solves that least
# squares problem.

# %%
activity = torch.bincount(before.users, minlength=before.n_users)
candidates = int(before.n_items - activity.double().median())
m = min(100, candidates - 1)
value = metrics.corrected(metrics.hit_at, candidates, m)
print("a sampled rank of 1, 2, 3, 10 is worth",
      value[[0, 1, 2, 9]].round(3))
table["corrected"] = [value[np.minimum(r, m + 1).astype(int) - 1].mean()
                      for r in sampled.values()]
table.round(3)

# %%
off = (table[["among 100", "corrected"]].sub(table["full"], axis=0)
       .abs().mean())
finding(
    "The correction brings the sampled figure near the full one",
    off["corrected"] < off["among 100"] / 2,
    yes="Uncorrected the sampled hit rate is off by "
    f"{off['among 100']:.3f} on average, corrected by "
    f"**{off['corrected']:.3f}**.",
    no=f"Uncorrected the sampled hit rate is off by {off['among 100']:.3f} on "
    f"average, corrected by {off['corrected']:.3f}: no real help here.",
    control="the full catalogue itself, five models",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** The correction works on the mean and pays in spread: as the printed
# values show, a few ranks carry nearly all the weight. Where the full ranking can be computed, and for a few thousand
# movies it takes milliseconds, compute it.

# %% [markdown]
# ## 2. Six measures on one list
#
# Ten places, five relevant movies in the world, hits at ranks 2, 3 and 7. By hand:

# %%
shown = np.arange(10)                  # the list: movies 0 to 9
relevant = [1, 2, 6, 10, 11]           # what the user wants
ranks = np.array([2, 3, 7])            # where the hits are

precision = 3 / 10                     # hits / places
recall = 3 / 5                         # hits / relevant
reciprocal = 1 / 2                     # 1 / rank of the first hit
hit = 1                                # at least one
average = (1/2 + 2/3 + 3/7) / 5        # precision at each hit
dcg = (1 / np.log2(ranks + 1)).sum()
ideal = (1 / np.log2(np.arange(1, 6) + 1)).sum()
by_hand = [dcg / ideal, precision, recall, average, reciprocal, hit]

# %%
from scipy.sparse import csr_array  # stores the nonzero cells only

one_user = csr_array((np.ones(5), ([0] * 5, relevant)), shape=(1, 12))
by_code = metrics.per_user_measures([shown], one_user, 10)
assert np.allclose(by_code.iloc[0], by_hand)
by_code.round(3)

# %% [markdown]
# **Graded NDCG** lets a hit be worth more: a gain of $2^{\text{stars}} - 1$ says that five
# stars are worth about twice four. Then a list must not only find the relevant movies but
# put the best ones first.

# %%
gains = csr_array((2.0 ** np.array([1, 5, 3, 4, 2]) - 1,
                   ([0] * 5, relevant)), shape=(1, 12))
better = shown.copy()
better[[1, 2]] = better[[2, 1]]        # the five stars one place further up
for name, one_list in {"as shown": shown, "exchanged": better}.items():
    print(f"{name:10} graded {metrics.graded_ndcg_at_k([one_list], gains):.3f}"
          f"   binary {metrics.ndcg_at_k([one_list], one_user):.3f}")

# %% [markdown]
# {{turn:y091}}
#
# Write the mean reciprocal rank for a table of hits, one row per user. `metrics.mrr_at_k` gives
# the same number.

# %%
# {{answer:y091}}

# %%
check("y091", mean_reciprocal_rank)

# %% [markdown]
# {{ladder:y091}}

# %% tags=["solution"]
solution("y091")

# %% [markdown]
# ## 3. The loss changes
#
# The model of lab 02 learned stars: $(r - \hat r)^2$ over what was rated. A list needs
# something else: what the user *chose* above what the user left out. **BPR** (Bayesian
# personalized ranking, Rendle et al. 2009) takes a user $u$, a rated movie $i$, an unrated
# movie $j$, and asks
#
# $$-\log \sigma(x), \qquad x = s_{ui} - s_{uj}, \qquad \sigma(x) = \frac{1}{1 + e^{-x}} .$$

# %%
figure, sentence = plots.loss_curves()
plt.show()
say(sentence)

# %% [markdown]
# Its slope is $-(1 - \sigma(x))$. On paper, by finite differences, and by autograd:

# %%
x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)


def cost(x):
    return -torch.log(torch.sigmoid(x))


cost(x).backward()
on_paper = -(1 - torch.sigmoid(x.detach()))
step = 1e-5
differences = (cost(x.detach() + step) - cost(x.detach() - step)) / (2 * step)
assert torch.isclose(x.grad, on_paper)
assert torch.isclose(differences, on_paper, atol=1e-6)
print(f"slope at 0.7: {x.grad:.4f}, three ways")

# %% [markdown]
# That is what autograd is for: the loss changed, the class did not, and nobody derives the
# gradients of four tables again. One step of training, written out:

# %%
model = MatrixFactorization(train.n_users, train.n_items, 32, seed=SEED)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
unseen = ranking.UnseenMovies(train)            # draws what was not rated
generator = du.seeded(SEED)

rows = torch.randint(len(train), (1024,), generator=generator)
users, liked = train.users[rows], train.items[rows]
others = unseen.draw(users, 1, generator)[:, 0]  # (1024,)
x = model(users, liked) - model(users, others)
loss = -torch.nn.functional.logsigmoid(x).mean()
optimizer.zero_grad()
loss.backward()
optimizer.step()
print(f"loss of the first batch: {loss.item():.4f}, log 2 = {np.log(2):.4f}")

# %% [markdown]
# **What just happened?** The first loss is about $\log 2$: an untrained model is as often
# right as wrong.
#
# All epochs, by the same steps, are `ranking.fit_ranking`.


# %%
def order_model(**settings):
    """The model of lab 02 trained for order; (model, seconds)."""
    fresh = MatrixFactorization(train.n_users, train.n_items, 32, seed=SEED)
    start = time.perf_counter()
    ranking.fit_ranking(fresh, train, seed=SEED, reg_per_row=1.0, **settings)
    return fresh, time.perf_counter() - start


def ndcg_of(model, protocol=full):
    return protocol.measure(model, train, test, K)["ndcg"]


bpr, bpr_seconds = order_model(epochs=12)
bpr_ndcg = ndcg_of(bpr)
over = gap(bpr_ndcg, ndcg_of(popularity))
finding(
    "BPR writes better lists than popularity",
    over.low > 0,
    yes=f"NDCG@10 of BPR is **{bpr_ndcg.mean():.3f}**, {over.mean:+.3f} "
    "beside popularity.",
    no=f"NDCG@10 of BPR is {bpr_ndcg.mean():.3f}, {over.mean:+.3f} beside "
    "popularity: here it does not clearly beat it.",
    control=f"95 % over users: {over.low:+.3f} to {over.high:+.3f}; one split",
    on=["100k"])

# %% [markdown]
# ### Negatives
#
# An unrated movie is not a disliked one. Some negatives are movies that the user will
# rate: **false negatives**. We know some of them, because they are in the test part. And where
# most movies are obscure, so are most negatives drawn alike: against them it is enough to know
# the famous. Drawing in proportion to popularity asks a harder question.
#
# **Predict.** Which kind of negatives hits more false ones, and by which factor?

# %%
guess = None  # 3 means: by popularity three times as many

# %%
everyone = torch.arange(train.n_users)
known = everyone[unseen.can_draw]
future = metrics.protocols.rated_by(everyone, test)  # (n_users, n_items)
false = {}
for by in ranking.NEGATIVES:
    drawn = ranking.UnseenMovies(train, by).draw(known, 200, du.seeded(SEED))
    false[by] = future[known[:, None], drawn].double().mean().item()
say(f"Drawn alike, **{false['uniform']:.1%}** of the negatives are movies "
    f"that the user rates in the test part; by popularity "
    f"**{false['popularity']:.1%}**.")
if guess is not None:
    say(f"You guessed a factor of {guess}.")

# %%
popular_ndcg = ndcg_of(order_model(epochs=12, negatives="popularity")[0])
which = gap(popular_ndcg, bpr_ndcg)
finding(
    "Popular negatives make worse lists than those drawn alike",
    which.high < 0,
    yes=f"With negatives by popularity NDCG@10 is {popular_ndcg.mean():.3f}, "
    f"**{which.mean:+.3f}** beside those drawn alike.",
    no=f"With negatives by popularity NDCG@10 is {popular_ndcg.mean():.3f}, "
    f"{which.mean:+.3f} beside those drawn alike.",
    control=f"95 % over users: {which.low:+.3f} to {which.high:+.3f}; equal "
    "epochs and penalty, neither tuned",
    on=["100k"])

# %% [markdown]
# ### All movies at once
#
# Why draw at all? With one product $P Q^\top$ every movie is a candidate, and the loss is
# that of a classifier: $-\log \operatorname{softmax}(s_u)_i$ for each rated movie $i$. A
# batch is then a batch of *users*, and an epoch a handful of products.

# %%
start = time.perf_counter()
softmax = DotProductMF(train.n_users, train.n_items, 128, seed=SEED)
ranking.fit_softmax(softmax, train, epochs=30, reg_per_row=6.0,
                    batch_size=64, seed=SEED)
softmax_seconds = time.perf_counter() - start
softmax_ndcg = ndcg_of(softmax)
more = gap(softmax_ndcg, bpr_ndcg)
finding(
    "The full softmax beats BPR",
    more.low > 0,
    yes=f"NDCG@10 {softmax_ndcg.mean():.3f} against {bpr_ndcg.mean():.3f}: "
    f"**{more.mean:+.3f}**.",
    no=f"NDCG@10 {softmax_ndcg.mean():.3f} against {bpr_ndcg.mean():.3f}: "
    f"{more.mean:+.3f}, not clearly more.",
    control=f"95 % over users: {more.low:+.3f} to {more.high:+.3f}; the "
    f"softmax has 128 factors, BPR 32; {softmax_seconds:.1f} and "
    f"{bpr_seconds:.1f} s",
    on=["100k"])

# %% [markdown]
# BPR draws its pairs without looking where the movies stand; a softmax pulls hardest on those that
# stand too high, and they are the ones that fill a list. Between the two lies the **sampled softmax**:
# `ranking.sampled_softmax_loss` with a few negatives. With one negative it is BPR:

# %%
a, b = torch.randn(8), torch.randn(8, 1)
assert torch.isclose(ranking.sampled_softmax_loss(a, b),
                     ranking.bpr_loss(a, b))

# %% [markdown]
# {{turn:y092}}
#
# Negatives *in the batch*: in a batch of pairs, the other users' movies serve as negatives, and
# one product gives all scores. Write the loss.
#
# Such negatives come in proportion to popularity, and some are movies that the user has rated.
# Subtracting each movie's log share of the ratings from its column undoes the first.

# %%
# {{answer:y092}}

# %%
check("y092", in_batch_loss)

# %% [markdown]
# {{ladder:y092}}

# %% tags=["solution"]
solution("y092")

# %% [markdown]
# ## 4. Rivals that need no gradient
#
# **Neighbours.** *Item-kNN* adds up how similar a movie's audience is to those of the
# movies that the user has rated; *user-kNN* adds up the similar users who have rated it.
#
# **EASE** (Steck 2019) asks for one matrix $B$ with which histories explain themselves,
# $X \approx X B$, where no movie may explain itself. With $P = (X^\top X + \lambda I)^{-1}$
# the answer is $B_{ij} = -P_{ij} / P_{jj}$ and zero on the diagonal. Five lines:

# %%
X = torch.zeros(train.n_users, train.n_items, dtype=torch.float64)
X[train.users, train.items] = 1
P = torch.linalg.inv(X.T @ X + 500 * torch.eye(train.n_items))
B = -P / P.diagonal()
B.fill_diagonal_(0)
by_hand = (X @ B).float()              # (n_users, n_items) scores

start = time.perf_counter()
ease = EASE(reg_per_row=500).fit(train)
ease_seconds = time.perf_counter() - start
assert torch.allclose(ease.scores(range(train.n_users)), by_hand, atol=1e-3)
print(f"EASE twice, equal; the package takes {ease_seconds:.2f} s")

# %% [markdown]
# The matrix has a row and a column per movie: fine for some thousands, impossible for a
# million. `EASE` says so before the memory runs out. And unlike similarities, its weights
# may be negative:

# %%
weights = ease.tables().item_rows
negative = (weights < 0).double().mean()
say(f"{negative:.0%} of the weights of EASE are negative: having rated one "
    "movie may speak against another. No similarity of audiences says that.")

# %% [markdown]
# **A small network.** NCF (He et al. 2017) puts a learned function beside the dot product.
# Rendle et al. (2020) tuned both and found the dot product hard to beat. Ours is small and
# trained briefly; its penalty came from an inner split of ML-100K. The board of section 6
# shows it with more epochs too.

# %%
start = time.perf_counter()
ncf = NCF(train.n_users, train.n_items, 16, seed=SEED)
ranking.fit_ranking(ncf, train, ranking.logistic_loss, n_negatives=4,
                    epochs=12, learning_rate=0.003, reg_per_row=0.5,
                    seed=SEED)
ncf_seconds = time.perf_counter() - start
ncf_ndcg = ndcg_of(ncf)
product = gap(ncf_ndcg, softmax_ndcg)
finding(
    "The small network does not beat the dot product",
    product.high < 0,
    yes=f"NCF reaches {ncf_ndcg.mean():.3f}, the dot product under a softmax "
    f"{softmax_ndcg.mean():.3f}.",
    no=f"NCF reaches {ncf_ndcg.mean():.3f}, the dot product under a softmax "
    f"{softmax_ndcg.mean():.3f}: no clear win for the product.",
    control=f"NDCG@10, 95 % over users: {product.low:+.3f} to "
    f"{product.high:+.3f}; the losses differ too",
    on=["100k"])

# %% [markdown]
# ## 5. Implicit beyond 0 and 1
#
# Implicit ALS takes each rating as a *yes*. Two refinements change only what a cell says:
#
# - **Counts.** Someone listened forty times: $c = 1 + \alpha r$, or, since forty is not
#   forty times as sure as one, $c = 1 + \alpha \log(1 + r)$.
# - **Dislikes.** A low rating is a *confident no*: the target is 0, the confidence that of
#   a yes. Silence remains an unsure no.
#
# Whether dislikes help depends on the question. Under "every held-out movie is relevant" a
# disliked movie is a hit. Under "liked ones only" it is not. Here the lowest quarter of the
# stars counts as disliked. Both protocols, for both models:

# %%
liked_only = metrics.FullCatalogue(at_least=LIKED)
DISLIKED = float(ratings["rating"].quantile(0.25))  # below it: a no
with_no = ImplicitALS(32, seed=SEED, dislikes_below=DISLIKED).fit(train)
both = pd.DataFrame({
    protocol.name.split("; ")[1]: {
        "every rating a yes": ndcg_of(als, protocol).mean(),
        "dislikes a confident no": ndcg_of(with_no, protocol).mean()}
    for protocol in (full, liked_only)})
both.round(3)

# %%
helps = gap(ndcg_of(with_no, liked_only), ndcg_of(als, liked_only))
costs = gap(ndcg_of(with_no), ndcg_of(als))
finding(
    "Dislikes do better where only liked movies are relevant",
    helps.mean > costs.mean,
    yes=f"Counted as a no, dislikes bring {helps.mean:+.3f} where only liked "
    f"movies are relevant, and {costs.mean:+.3f} where all are: what a "
    "refinement is worth, the protocol decides.",
    no=f"Counted as a no, dislikes bring {helps.mean:+.3f} where only liked "
    f"movies are relevant, and {costs.mean:+.3f} where all are.",
    control=f"95 % over users: {helps.low:+.3f} to {helps.high:+.3f} and "
    f"{costs.low:+.3f} to {costs.high:+.3f}",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# ### What a score is not
#
# It is no star and no probability, and it cannot be compared between users. BPR does not
# change when all scores of a user grow by a constant:

# %%
a, b = bpr(users, liked), bpr(users, others)[:, None]
shift = torch.randn(len(a))            # another constant for each pair's user
assert torch.isclose(ranking.bpr_loss(a, b),
                     ranking.bpr_loss(a + shift, b + shift[:, None]),
                     atol=1e-5)
spread = als.scores(range(train.n_users))
say(f"Scores of implicit ALS go from {spread.min():.2f} to "
    f"{spread.max():.2f}, though its targets are 0 and 1.")

# %% [markdown]
# ## 6. One board
#
# All models, one protocol, paired over users, seconds beside it. The dashed line is
# popularity; a model whose interval touches it has shown nothing.


# %%
def timed(model):
    start = time.perf_counter()
    return model.fit(train), time.perf_counter() - start


fits = {
    "popularity": timed(Popularity()), "item-kNN": timed(ItemKNN()),
    "user-kNN": timed(UserKNN()), "EASE": (ease, ease_seconds),
    "implicit ALS": timed(ImplicitALS(32, seed=SEED)),
    "BPR": (bpr, bpr_seconds), "full softmax": (softmax, softmax_seconds),
    "NCF": (ncf, ncf_seconds),
}
scores = {name: ndcg_of(model) for name, (model, _) in fits.items()}
against = {name: gap(s, scores["popularity"]) for name, s in scores.items()}
rows = {name: {"ndcg": scores[name].mean(), "gap": g.mean, "low": g.low,
               "high": g.high, "seconds": fits[name][1]}
        for name, g in against.items()}
figure, sentence = plots.board(pd.DataFrame(rows).T)
plt.show()
say(f"{full.name}. {sentence}")

# %%
order = sorted(scores, key=lambda name: -scores[name].mean())
lead = gap(scores[order[0]], scores[order[1]])
free = max(scores[n].mean() for n in ("item-kNN", "user-kNN", "EASE"))
trained = max(scores[n].mean() for n in ("BPR", "full softmax", "NCF"))
finding(
    "A model without any gradient is as good as those trained by one",
    free >= trained,
    yes=f"The best of kNN and EASE has **{free:.3f}**, the best of the "
    f"trained ones {trained:.3f}.",
    no=f"The best of kNN and EASE has {free:.3f}, the best of the trained "
    f"ones {trained:.3f}.",
    control=f"one split, settings from ML-100K; first against second: {lead}",
    on=["100k"])

# %% [markdown]
# The settings here are quick ones. With settings chosen for each model on an inner split,
# and three seeds of the outer one, `scripts/tools/rank_board.py` has measured ML-100K:

# %%
saved = json.loads((home / "scripts/tools/rank_board.json").read_text())
measured = {name.split("; ")[-1].split(", ")[-1]: part
            for name, part in saved["parts"].items() if "by movie" in name}
tuned = pd.DataFrame({seed: {name: row["ndcg"] for name, row in part.items()}
                      for seed, part in measured.items()})
say(f"Measured on {saved['edition']}, {saved['measured']}: NDCG@10")
tuned.assign(mean=tuned.mean(axis=1)).sort_values("mean", ascending=False)

# %% [markdown]
# ### How much does a list change with the seed?
#
# Fit the same model from another random start. NDCG hardly moves. Does the list?

# %%
other = ImplicitALS(32, seed=SEED + 1).fit(train)
first, second = (full.lists(m, train, test, K) for m in (als, other))
shared = np.array([len(np.intersect1d(a[a >= 0], b)) for a, b
                   in zip(first, second, strict=True)]) / K
moved = gap(ndcg_of(other), ndcg_of(als))
finding(
    "Another seed changes the list more than its score",
    1 - shared.mean() > 0.05 and abs(moved.mean) < 0.02,
    yes=f"**{1 - shared.mean():.0%}** of the places go to other movies, and "
    f"NDCG moves by {moved.mean:+.3f}: equal scores are not equal lists.",
    no=f"{1 - shared.mean():.0%} of the places go to other movies, and NDCG "
    f"moves by {moved.mean:+.3f}.",
    control="one pair of seeds, equal sweeps; NDCG 95 % over users "
    f"{moved.low:+.3f} to {moved.high:+.3f}",
    on=["100k"])

# %% [markdown]
# {{turn:y093}}
#
# The last cell counted places that two seeds share. Write the share that changes, for any two
# tables of lists. Then try it on EASE, which draws nothing and so has no seed: how much of *its*
# lists changes when λ goes from 500 to 1,000? A setting that NDCG cannot tell apart may still
# decide what people see.

# %%
# {{answer:y093}}

# %%
check("y093", changed_share)

# %% [markdown]
# {{ladder:y093}}

# %% tags=["solution"]
solution("y093")

# %% [markdown]
# ## 7. Deeper: popularity, a remedy and its price
#
# A discounted score makes the famous pay:
#
# $$s'_{ui} = z(s_{ui}) - \gamma \, z(\log(1 + n_i)),$$
#
# where $n_i$ is the number of training ratings and $z$ brings both to mean 0 and spread 1,
# per user and over movies. What does each $\gamma$ cost?


# %%
class Discounted:
    """A model whose popular movies pay; only `scores` is needed."""

    def __init__(self, model, strength):
        self.model, self.strength = model, strength
        self.price = torch.log1p(torch.from_numpy(support).float())
        self.price = (self.price - self.price.mean()) / self.price.std()

    def scores(self, users):
        s = self.model.scores(users)
        mean, sd = s.mean(1, keepdim=True), s.std(1, keepdim=True)
        return (s - mean) / sd.clamp(min=1e-9) - self.strength * self.price


# %%
curve, lists_at = {}, {}
for strength in (0.0, 0.25, 0.5, 1.0):
    cheaper = Discounted(als, strength)
    lists_at[strength] = full.lists(cheaper, train, test, K)
    curve[strength] = {
        "ndcg": ndcg_of(cheaper).mean(),
        "rank": metrics.mean_popularity_rank(lists_at[strength], support),
        "coverage": metrics.coverage(lists_at[strength], train.n_items),
        "long tail": metrics.long_tail_share(lists_at[strength], support)}
curve = pd.DataFrame(curve).T
figure, sentence = plots.price_curve(curve)
plt.show()
say(sentence)

# %%
loss_of = gap(ndcg_of(Discounted(als, 0.5)), ndcg_of(als))
finding(
    "Less popular lists cost accuracy",
    loss_of.high < 0 and curve["rank"].is_monotonic_increasing,
    yes=f"A discount of 0.5 costs **{-loss_of.mean:.3f}** NDCG@10 and moves "
    f"the mean popularity rank from {curve['rank'][0.0]:.0f} to "
    f"{curve['rank'][0.5]:.0f}.",
    no=f"A discount of 0.5 changes NDCG@10 by {loss_of.mean:+.3f}, and the "
    f"mean popularity rank from {curve['rank'][0.0]:.0f} to "
    f"{curve['rank'][0.5]:.0f}.",
    control=f"95 % over users: {loss_of.low:+.3f} to {loss_of.high:+.3f}; "
    "held-out ratings are themselves biased to the famous",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** The control has a sting: the held-out ratings come from a world in which the famous were
# shown more. A measure made of them must prefer the famous. Only an experiment with
# answers could say what people would have liked.
#
# ### Who pays?
#
# Compare the less active half of the users with the more active half.

# %%
drop = ndcg_of(Discounted(als, 0.5)) - ndcg_of(als)
own = torch.bincount(train.users, minlength=train.n_users).numpy()
quiet = own[drop.index] <= np.median(own[drop.index])
parts = drop[quiet], drop[~quiet]
difference = parts[0].mean() - parts[1].mean()
margin = 1.96 * sum(part.var() / len(part) for part in parts) ** 0.5
finding(
    "The two halves of the users pay differently",
    abs(difference) > margin,
    yes=f"The discount changes NDCG@10 by {parts[0].mean():+.3f} for the less "
    f"active half and by {parts[1].mean():+.3f} for the other.",
    no=f"The discount changes NDCG@10 by {parts[0].mean():+.3f} for the less "
    f"active half and by {parts[1].mean():+.3f} for the other: no clear "
    "difference.",
    control=f"95 %: {difference:+.3f} ± {margin:.3f}")

# %% [markdown]
# Where the edition says who its users are, the same question can be asked of any grouping: by sex, by age.
# A difference between groups is a fact about *these* people; it says nothing of why.

# %%
from IPython.display import display

people = du.load_users(du.edition_of(ratings))
if people is None:
    say("These data say nothing of their users: passed over.")
else:
    people = people.set_index("user_id").loc[train.user_ids.decode(drop.index)]
    served = pd.DataFrame({"NDCG@10": ndcg_of(als)[drop.index].to_numpy(),
                           "the discount": drop.to_numpy()})
    for kind in ("sex", "age"):
        groups = served.groupby(people[kind].to_numpy())
        table = groups.mean().round(3)
        table["± 95 %"] = (1.96 * groups["NDCG@10"].sem()).round(3)
        table["people"] = groups.size()
        display(table.rename_axis(kind))

# %% [markdown]
# ### Variety inside a list
#
# **Intra-list diversity** is one minus the mean cosine of the genres of two movies of a
# list. Does the discount also make lists more varied?

# %%
flags = (movies.drop_duplicates("item_id").set_index("item_id")["genres"]
         .reindex(train.item_ids.raw).fillna("").str.get_dummies())
if flags.shape[1] > 1:
    varied = {strength: metrics.intra_list_diversity(lists, flags)
              for strength, lists in lists_at.items()}
    say("Mean diversity of the lists by strength of the discount: "
        + ", ".join(f"{s:g}: {d:.3f}" for s, d in varied.items()) + ".")
else:
    say("These movies have no genres, so the variety of a list is not "
        "measured.")

# %% [markdown]
# ## Common mistakes
#
# **1. The relevant movie comes first in the list of candidates, and ties keep their
# order.** A model that knows nothing is then perfect.

# %%
knows_nothing = torch.zeros(101)                      # one score for all
candidates_first = torch.arange(101)                  # 0 is the relevant one
broken = knows_nothing.argsort(descending=True, stable=True)
mixed = candidates_first[torch.randperm(101, generator=du.seeded(SEED))]
repaired = mixed[knows_nothing.argsort(descending=True, stable=True)]
print(f"broken    rank {int((broken == 0).nonzero()) + 1} of 101")
print(f"repaired  rank {int((repaired == 0).nonzero()) + 1} of 101")

# %% [markdown]
# **2. Negatives that the user has rated.** Drawn from all movies, some of them are what the
# model is to put on top.

# %%
drawn = torch.randint(train.n_items, (len(train),), generator=generator)
seen = X.bool()
safe = unseen.draw(train.users[unseen.can_draw[train.users]], 1, generator)
owners = train.users[unseen.can_draw[train.users]]
print(f"broken    {seen[train.users, drawn].double().mean():.1%} of the "
      "negatives were rated")
print(f"repaired  {seen[owners, safe[:, 0]].double().mean():.1%}")

# %% [markdown]
# **3. Scores mixed between users.** The highest scores of everybody, in one table, are
# those of a few users.

# %%
best_cells = spread.flatten().topk(100).indices // train.n_items
own_best = spread.topk(1, dim=1).indices
print(f"broken    the 100 highest scores belong to "
      f"{len(best_cells.unique())} of {train.n_users} users")
print(f"repaired  one list for each user: {len(own_best)} lists")

# %% [markdown]
# ## What held on your data

# %%
show_findings()

# %% [markdown]
# ## Key questions
#
# **1. A colleague reports a hit rate of .6 at 10. What do you ask?**
#
# <details>
# <summary>Answer</summary>
#
# Among how many movies was the relevant one ranked; how was the test part made; what is
# relevant; what does popularity have under the same code. Among a hundred sampled movies
# .6 may be .09 in the full catalogue.
#
# </details>
#
# **2. Why can sampling change the order of two models, and not only their figures?**
#
# <details>
# <summary>Answer</summary>
#
# The first ten of a hundred are the first tenth of all. A model that is sharp on top and
# poor in the middle loses there, and one that is good on average wins.
#
# </details>
#
# **3. What does BPR not learn?**
#
# <details>
# <summary>Answer</summary>
#
# The level of a user's scores, stars, and probabilities: only differences within one user
# enter the loss. So its scores cannot be compared between users.
#
# </details>
#
# **4. Why does EASE need its zero diagonal?**
#
# <details>
# <summary>Answer</summary>
#
# Without it, and with a small λ, the best $B$ is the identity: each movie explains itself,
# and nothing is recommended.
#
# </details>
#
# **5. An unrated movie as a negative: when is that wrong?**
#
# <details>
# <summary>Answer</summary>
#
# When the user has just not met it. Some negatives are later ratings; among popular movies
# there are more of them. A loss over many negatives bears a few such errors.
#
# </details>

# %% [markdown]
# ## Checkpoint
#
# You have
#
# - said which protocol a figure belongs to, and why another one gives another figure;
# - worked out NDCG, precision, recall, MAP, MRR and hit rate on one list by hand;
# - trained the model of lab 02 for order, by BPR and by a softmax;
# - fitted neighbours, EASE and a small network, and compared them fairly;
# - said what an implicit score is not, and used a dislike as a *no*;
# - (Deeper) bought variety for accuracy, and named the price.
#
# ## Further reading
#
# - W. Krichene & S. Rendle 2020, *On Sampled Metrics for Item Recommendation*, KDD,
#   doi:10.1145/3394486.3403226.
# - S. Rendle, C. Freudenthaler, Z. Gantner & L. Schmidt-Thieme 2009, *BPR: Bayesian
#   Personalized Ranking from Implicit Feedback*, UAI, arXiv:1205.2618.
# - H. Steck 2019, *Embarrassingly Shallow Autoencoders for Sparse Data*, WWW,
#   doi:10.1145/3308558.3313710.
# - M. Deshpande & G. Karypis 2004, *Item-Based Top-N Recommendation Algorithms*, ACM TOIS
#   22(1), doi:10.1145/963770.963776.
# - X. He et al. 2017, *Neural Collaborative Filtering*, WWW, doi:10.1145/3038912.3052569.
# - S. Rendle, W. Krichene, L. Zhang & J. Anderson 2020, *Neural Collaborative Filtering vs.
#   Matrix Factorization Revisited*, RecSys, doi:10.1145/3383313.3412488.
# - Y. Hu, Y. Koren & C. Volinsky 2008, *Collaborative Filtering for Implicit Feedback
#   Datasets*, ICDM, doi:10.1109/ICDM.2008.22.
# - H. Abdollahpouri, R. Burke & B. Mobasher 2017, *Controlling Popularity Bias in
#   Learning-to-Rank Recommendation*, RecSys, doi:10.1145/3109859.3109912.
#
# **Clean up.** Nothing is left behind: no file was written and no GPU used.
#
# **Next**: everything here needs ratings of a movie. What about one that nobody has rated?
# That is the question of [lab 10](10-features-and-new-movies.ipynb).
