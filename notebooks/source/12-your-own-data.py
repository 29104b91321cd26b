# %% [markdown]
# # 12 Your own data: a project
#
# *A table that nobody has cleaned for you, a split with a reason, three models, a page of
# findings, and a file that answers raw ids in a few milliseconds.*
#
# | | |
# |---|---|
# | **Time** | {{time}} |
# | **Run time, two CPU cores** | under a minute on ML-100K, a quarter of a minute on the bundled sample |
# | **Memory** | 0.8 GB |
# | **Difficulty** | intermediate: little that is new, all of it together |
# | **Builds on** | labs 01 (data), 02 (models), 03 (honest numbers), 05 (lists, fold-in), 08 (Bayesian) and 09 (protocols) |
#
# **After this lab you can**
#
# - say on one page what a table of ratings is worth, and what has to be decided first;
# - choose a split by the question that it answers;
# - compare a point model, a Bayesian one and a ranking one with what is free;
# - save a model so that another process can answer raw ids, and nothing in the file is run;
# - fold in a user and an item, and go on training with new ratings;
# - write down what you found, so that somebody else can check it.
#
# **Prerequisites**: $\hat r_{ui} = \mu + b_u + b_i + p_u \cdot q_i$, ridge regression, and the
# fold-in of lab 05.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** In a course the table is clean, and the notebook is the product. At
# work somebody hands you an export: ids are texts, a test account has bought everything,
# nobody remembers what the number means. And the product is not a notebook but an answer,
# each time a page is opened, also for the customer who came five minutes ago. This lab is
# about these two ends; the models in between are those of the labs before.
#
# **In plain words.** You have learned to cook with measured ingredients. Now you do the
# shopping, and at the end there are guests at the table, some of whom nobody invited.
#
# **Your table.** Any file of ratings will do: who, what, how much, and perhaps when. If you
# have none, the course writes one for you. Set `DATASET` below to
#
# - the path of your own CSV, TSV or Parquet file;
# - `"books"`: scores from 1 to 10, ids of text;
# - `"shop"`: a log of purchases, with no number at all;
# - `"songs"`: how often each song was played, without dates.
#
# Left as it is, the lab goes through MovieLens. Do that first, then change one word.

# %%
import gc
import inspect
import json
import os
import subprocess
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

DATASET = os.environ.get("MOVIELENS_DATASET", "auto")
SEED = 0
OUT = home / "build" / "my-data"

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

import data_utils as du
import metrics
from checks import check, example, hint, solution
from data_utils.own_worlds import WORLDS, write_world
from data_utils.quality import constant_users, data_quality, what_numbers_are
from findings import begin_findings, finding, show_findings
from findings_page import write_page

# %%
from models import (
    ALS,
    BayesianMF,
    BiasModel,
    GlobalMean,
    ImplicitALS,
    Popularity,
)
from plots import exploration
from reporting import say
from serving import (
    Recommender,
    RecommenderServer,
    load_recommender,
    measure_load,
    save_recommender,
)
from serving.service import answer

# %% [markdown]
# ## 1. What is in the table?
#
# `load_ratings` says which columns it took for what. Read that line: a column of prices taken
# for ratings would run through the whole lab without an error. Where the guess is wrong, name
# the columns yourself: `du.load_ratings(path, user=…, item=…, rating=…, time=…)`.

# %%
if DATASET in WORLDS:
    DATASET = str(write_world(DATASET, OUT, SEED))
ratings, items = du.download_movielens(DATASET)
if what_numbers_are(ratings) == "always the same":
    say("All numbers of this table are equal, so it says who took what, and "
        "no more: lab 09 is about that. This lab goes on with `songs`.")
    DATASET = str(write_world("songs", OUT, SEED))
    ratings, items = du.load_ratings(DATASET)
edition = du.edition_of(ratings)
begin_findings(edition)
title = items.set_index("item_id")["title"]
ratings.head(3)

# %% [markdown]
# **Predict.** Some user has the most ratings. How many times as many as the median user?

# %%
guess = None  # for example 5

# %%
quality = data_quality(ratings, items)
if guess is not None:
    times = quality.loc["the busiest user, in medians", "here"]
    say(f"You said {guess}; it is {times}.")
quality

# %% [markdown]
# Each row is a question that somebody will ask you, and the last column says why it matters.

# %%
per_user = ratings["user_id"].value_counts()
per_item = ratings["item_id"].value_counts()
figure, sentence = exploration.activity_histograms(per_user, per_item, "item")
plt.show()
say(sentence)

# %%
tenth = per_item.iloc[:max(1, len(per_item) // 10)].sum() / len(ratings)
half = len(per_user) // 2
quiet = per_user.iloc[half:].sum() / len(ratings)
finding(
    "The ratings are spread unevenly over items and users",
    tenth > 0.3 and quiet < 0.3,
    yes=f"The most rated tenth of the items holds **{tenth:.0%}** of the "
    f"ratings, and the quieter half of the users {quiet:.0%}. A mean over "
    "ratings speaks for the busy ones.",
    no=f"The most rated tenth of the items holds {tenth:.0%} of the ratings, "
    f"and the quieter half of the users {quiet:.0%}: this table is more even "
    "than most.",
    control="counts, exact; equal shares would be 10 % and 50 %",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# {{turn:y121}}
#
# Somebody who gives a ten to everything has told you nothing about books, and a machine that
# plays one song all night is no listener. Find the users who always give the same number.

# %%
# {{answer:y121}}

# %%
check("y121", always_the_same)

# %% [markdown]
# {{ladder:y121}}

# %% tags=["solution"]
solution("y121")

# %% [markdown]
# ### Decide, and write it down
#
# Two decisions are due now. Both change what every later number means, so they go onto the
# page that this lab will write.
#
# 1. **Who is left out?** Here: users who always give the same number. Among counts a 1
#    everywhere is no oddity: such a user took each thing once, and so has said a good deal.
#    A rule finds what it asks for, and no more: look at the highest number that is left, and
#    at whose it is. Where you know of a test account, add its id to `dropped`.
# 2. **What is the unit?** A scale has two ends, and a step means about the same everywhere.
#    Counts have a long tail: the error of a squared loss would be that of a few
#    enthusiasts. For counts we take the logarithm of 1 + count, in which each doubling of
#    1 + count is the same step.
#
# **Neither rule knows a model or its errors.** Both do see ratings that will be held out
# later, so they are fixed here, before there is a test part.

# %%
decisions = []
dropped = constant_users(ratings)
KIND = what_numbers_are(ratings[~ratings["user_id"].isin(dropped)])
if KIND == "counts":
    number = ratings.groupby("user_id")["rating"].first()
    dropped = [user for user in dropped if number[user] != 1]
if len(dropped) > len(per_user) / 10:  # so many are no machines
    dropped = []
ratings = ratings[~ratings["user_id"].isin(dropped)].reset_index(drop=True)
decisions.append("Left out, for they always give the same number: "
                 f"{len(dropped)} of {len(per_user):,} users.")
print(f"The highest number left is {ratings['rating'].max():g}.")
UNIT = "stars" if edition else "points"
if KIND == "counts":
    ratings["rating"] = np.log1p(ratings["rating"])
    UNIT = "log(1 + count)"
decisions.append(f"The numbers are {KIND}; errors are in {UNIT}.")
print("\n".join(decisions))

# %% [markdown]
# ## 2. A split with a reason
#
# Which split is right? The one that asks what the product will be asked.
#
# | the product will meet | so hold out | it needs |
# |---|---|---|
# | users whom it knows, tomorrow | the newest ratings of each user | dates |
# | everything, from a day on | all ratings after that day | dates, and patience with cold rows |
# | users whom it knows, some other item | a random part | nothing |
# | items that are new | all ratings of some items (lab 10) | features |
#
# With dates we ask the first question, without them the third. The random split lets a model
# look at what a user did later. (The first one does not, but it still shows what *others*
# did later; only the second is free of that.)

# %%
dated = "timestamp" in ratings
if dated:
    split = du.train_test_split_by_time(ratings, 0.2, per_user=True)
    reason = ("the newest fifth of each user's ratings is held out, since the "
              "product will meet users whom it knows")
else:
    split = du.train_test_split_random(ratings, 0.2, seed=SEED)
    reason = ("a random fifth is held out: there are no dates, so nothing is "
              "said about tomorrow")
decisions.append(f"Split: {reason}.")
train = du.RatingsDataset.fit(split.train)
test = train.encode(split.test)
print(str(split.report).replace("movie", "item"))

# %% [markdown]
# **Validation chooses.** What has to be chosen is chosen on random parts of `split.train`. The
# test part is used from section 3 on, and chooses nothing.

# %%
SETTINGS = (1, 2, 4, 8, 16)
errors = np.empty((len(SETTINGS), 5))
for part, fold in enumerate(du.random_folds(split.train, 5, seed=SEED)):
    inner = du.RatingsDataset.fit(fold.train)
    held = inner.encode(fold.test)
    for row, k in enumerate(SETTINGS):
        model = ALS(k, seed=SEED).fit(inner)
        predicted = model.predict(held.users, held.items)
        errors[row, part] = metrics.rmse(predicted, held.ratings)
table = pd.DataFrame(errors.round(4), SETTINGS).rename_axis("factors")
print(table.rename_axis("part", axis=1).to_string())
print("lowest mean at", SETTINGS[errors.mean(1).argmin()], "factors")

# %% [markdown]
# {{turn:y122}}
#
# The lowest mean may be luck: the five errors of a row spread. A common rule takes the
# cheapest setting that is within one standard error of the best. Write it. The lab then goes
# on with what the rule chooses.

# %%
# {{answer:y122}}

# %%
check("y122", cheapest_of_the_best)

# %% [markdown]
# {{ladder:y122}}

# %% tags=["solution"]
solution("y122")

# %%
best_k = SETTINGS[solution("y122")(errors, np.array(SETTINGS))]
decisions.append(f"Factors of ALS: {best_k}, the fewest within a standard "
                 "error of the lowest mean of five random parts.")
print(decisions[-1])

# %% [markdown]
# ## 3. Baselines first
#
# Three numbers that cost nothing. Whatever comes later is measured against them: the mean, the
# biases, and for lists the most rated items.
#
# For lists every held-out item counts as relevant, and all items are candidates that the user
# has not rated in training. That is a protocol (lab 09), so it is printed.

# %%
protocol = metrics.FullCatalogue(split=reason.partition(",")[0])
print(protocol.name.replace("movie", "item"))


def rmse(model):
    """Test RMSE, in the unit of the ratings; cold rows are kept."""
    return metrics.rmse(model.predict(test.users, test.items), test.ratings)


def ndcg(model):
    """NDCG@10 of each user with a held-out item."""
    return protocol.measure(model, train, test)["ndcg"]


biases, popularity = BiasModel().fit(train), Popularity().fit(train)
free = {"mean": rmse(GlobalMean().fit(train)), "biases": rmse(biases)}
popular = ndcg(popularity)
say(f"RMSE of the mean {free['mean']:.3f} {UNIT}, of the biases "
    f"**{free['biases']:.3f}**. NDCG@10 of popularity "
    f"**{popular.mean():.3f}**.")

# %% [markdown]
# ## 4. Three models
#
# - **A point model**, ALS, with the number of factors chosen above.
# - **A Bayesian one**: it draws its penalties with everything else, so we choose none. The
#   average over the draws is the prediction. Its eight factors were not chosen here.
# - **A ranking one**, implicit ALS. It never tries to predict a number: it asks who takes
#   what. For counts it believes a large one more. Lab 09 has others to put beside it.
#
# **Predict.** By how many percent is the RMSE of the Bayesian model below that of the biases?

# %%
guess = None  # percent, for example 5

# %%
als = ALS(best_k, seed=SEED).fit(train)
bayes = BayesianMF(8, epochs=60, burn_in=20, seed=SEED).fit(train)
confidence = "counts" if KIND == "counts" else "same"
implicit = ImplicitALS(confidence=confidence, seed=SEED).fit(train)
found = free | {"ALS": rmse(als), "Bayesian": rmse(bayes)}
lists = {"popularity": popular, "implicit ALS": ndcg(implicit),
         "ALS, by predicted rating": ndcg(als)}
board = pd.concat([
    pd.DataFrame({f"RMSE ({UNIT})": found}),
    pd.DataFrame({"NDCG@10": {n: s.mean() for n, s in lists.items()}})])
board.round(3).astype(object).where(board.notna(), "")

# %%
def less(a, b):
    """RMSE of a minus RMSE of b, with a 95 % interval over users."""
    pair = (m.predict(test.users, test.items) for m in (a, b))
    users = split.test["user_id"].to_numpy()
    return metrics.bootstrap_rmse_difference(*pair, test.ratings, users,
                                             SEED, 500, 0.95)


gain = less(bayes, biases)
percent = -gain.estimate / found["biases"]
if guess is not None:
    say(f"You said {guess} %; it is {percent:.1%}.")

# %%
finding(
    "The Bayesian model predicts better than damped biases",
    gain.high < 0,
    yes=f"The Bayesian model errs by **{percent:.1%}** less than the biases "
    f"({-gain.estimate:.3f} {UNIT}; 95 % {-gain.high:.3f} to "
    f"{-gain.low:.3f}). It has factors, and it learns from the data how far "
    "to believe a bias: the gain may be due to either.",
    no=f"Bayesian less biases is {gain.estimate:+.3f} {UNIT} (95 % "
    f"{gain.low:+.3f} to {gain.high:+.3f}): these data do not show a "
    "gain. Then the biases are the model to use.",
    control="the same users drawn again; one split, one chain",
    on=["sample", "100k", "latest-small"])

# %%
ranked = metrics.paired_difference(lists["implicit ALS"], popular)
finding(
    "The ranking model finds more than popularity does",
    ranked.low > 0,
    yes=f"NDCG@10 of implicit ALS is {lists['implicit ALS'].mean():.3f}, "
    f"popularity's {popular.mean():.3f}; the difference is "
    f"**{ranked.mean:+.3f}** (95 % {ranked.low:+.3f} to {ranked.high:+.3f}).",
    no=f"NDCG@10 of implicit ALS less popularity's is {ranked.mean:+.3f} "
    f"(95 % {ranked.low:+.3f} to {ranked.high:+.3f}): here a list that is "
    "the same for everyone does as well. Say so before you build more.",
    control="paired over users; one split, settings not tuned here",
    on=["100k", "latest-small"])

# %%
stars_alone = lists["ALS, by predicted rating"]
apart = metrics.paired_difference(stars_alone, popular)
finding(
    "Lists by predicted rating find less than popularity does",
    apart.high < 0,
    yes=f"Lists by predicted rating have an NDCG of {stars_alone.mean():.3f}, "
    f"**{-apart.mean:.3f}** below popularity (95 % {-apart.high:.3f} to "
    f"{-apart.low:.3f}). They ask what will be liked if taken, not what "
    "will be taken.",
    no=f"Lists by predicted rating less popularity: {apart.mean:+.3f} (95 % "
    f"{apart.low:+.3f} to {apart.high:+.3f}). Here a high number and being "
    "taken go together.",
    control="paired over users; one split",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** Who predicts ratings best and who fills lists best are two questions, as
# in lab 10. Which one is yours depends on what the product shows: a number beside an item, or a
# list. Say which, and report that measure. If an interval touches zero, the honest sentence is that these data cannot decide.

# %% [markdown]
# ## 5. Look at lists
#
# No measure replaces looking. Take three users, a busy one, a middling one and a quiet one.
# On the left is what each liked best, on the right what two models would show them.

# %%
def names(rows):
    """Titles of item indices."""
    return [title[i] for i in train.item_ids.decode(np.asarray(rows))]


def looked_at(user, n=5):
    """What a user (index) liked best, beside the first n of two lists."""
    own = train.users == user
    rated = train.items[own]
    liked = rated[train.ratings[own].argsort(descending=True)[:n]]
    shown = {name: model.recommend_for_user(user, n, rated)[0]
             for name, model in (("Bayesian", bayes), ("implicit", implicit))}
    columns = {"liked best": names(liked)} | {
        name: names(rows) for name, rows in shown.items()}
    table = pd.DataFrame({k: pd.Series(v) for k, v in columns.items()})
    return table.fillna("")


by_activity = torch.bincount(train.users).argsort(descending=True)
three = by_activity[[0, len(by_activity) // 2, -1]].tolist()
pd.concat({name: looked_at(user) for name, user in
           zip(("busy", "middling", "quiet"), three, strict=True)})

# %%
top = {name: protocol.lists(model, train, test) for name, model in
       (("Bayesian", bayes), ("implicit", implicit), ("popular", popularity))}


def shared(a, b):
    """The share of list places that two models have in common."""
    pairs = zip(top[a], top[b], strict=True)
    return np.mean([len(np.intersect1d(x[x >= 0], y)) / max(1, (x >= 0).sum())
                    for x, y in pairs])


together = shared("Bayesian", "implicit")
finding(
    "The Bayesian and the ranking model show different lists",
    together < 0.5,
    yes=f"The two lists share **{together:.0%}** of their places. The "
    f"ranking model shares {shared('implicit', 'popular'):.0%} with "
    f"popularity, the Bayesian one {shared('Bayesian', 'popular'):.0%}.",
    no=f"The two lists share {together:.0%} of their places: what is rated "
    "highly and what is taken are much the same here.",
    control="a count over all users; one split",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# Write down what you see, one sentence per list. Is a list all of one kind? Is it only what
# everyone knows? Is there an item that no shop would show? These sentences go onto the page.

# %%
notes = []  # for example ["Quiet user: five sequels of what they liked."]

# %% [markdown]
# ## 6. A file that answers
#
# A fitted model is a few tables of numbers. Alone they are useless tomorrow: row 17 of $Q$ is
# nobody's name. What has to stay together?
#
# ![In the notebook: vectors of users and items, their ids in the order of the rows, titles, and ratings. All go into one file of numbers and texts, with a format number and a hash, and no code. In another process a raw id finds its row, the row its vector and scores, and these ten titles.](images/recommender-file.svg)
#
# **Concept.** `save_recommender` writes vectors, ids, titles and training ratings into one
# file: the ids, so that a raw id finds its row; the ratings, so that nobody is shown what
# they have. (So the file holds what people did. Guard it as you guard the table.)
#
# **The file is safe to open.** It is a line with a format number and a hash, then arrays and
# JSON. Nothing in it is code. A file that is damaged or of another version is refused with a
# sentence. A pickle, in contrast, runs what its author wants when you open it; see *Common
# mistakes*.

# %%
file = OUT / "recommender"
shop = save_recommender(file, bayes, train, items)
print(shop)
print(f"{file.relative_to(home)}: {file.stat().st_size / 1e6:.1f} MB")

# %% [markdown]
# **Another process** knows nothing of this notebook. It opens the file, gets a raw id, and
# answers. The clock runs there.

# %%
CODE = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from serving import load_recommender
start = time.perf_counter()
shop = load_recommender(sys.argv[2])
opened = time.perf_counter() - start
user, item = json.loads(sys.argv[3])
took = []
for ask in (lambda: shop.recommend(user, 5), lambda: shop.predict(user, item)):
    ask()
    start = time.perf_counter()
    answer = ask()
    took.append(1000 * (time.perf_counter() - start))
    print(answer)
print(json.dumps([opened, *took]))
"""
user_id = train.user_ids.raw[three[1]]
asked = [user_id, train.item_ids.raw[0]]
asked = json.dumps(asked, default=int)
arguments = [str(home / "scripts"), str(file), asked]
run = subprocess.run([sys.executable, "-c", CODE, *arguments],
                     capture_output=True, text=True, check=True)

# %%
*lines, timed = run.stdout.splitlines()
opened, list_ms, one_ms = json.loads(timed)
answered = shop.recommend(user_id, 5)
assert lines[0] == str(answered)  # the same list there and here
for place in answered:
    print(f"{place.score:6.2f}  {place.title}")
say(f"The other process opened the file in {opened:.2f} s and gave the list "
    f"of user {user_id} in **{list_ms:.1f} ms**, one prediction in "
    f"{one_ms:.1f} ms.")

# %% [markdown]
# **What just happened?** The list there is the list here, to the last digit. The second
# process imported PyTorch, but not this notebook, its data or its ids: all that it needed was
# in the file.

# %% [markdown]
# ## 7. A newcomer, and a new item
#
# **Concept.** In lab 05 a newcomer was one ridge regression, with the penalty that ALS was
# trained with. A file should not care which model it holds. So the penalty is read off the
# *rows* of the model. All users' vectors together are a crowd, with a mean $m$ and a
# covariance $\Sigma$. Before a newcomer has rated anything, the best guess is $m$. Ratings
# pull away from it:
#
# $$\hat x = \arg\min_x \sum_{i} \big(t_i - x \cdot (q_i, 1)\big)^2
#   + (x - m)^\top R\, (x - m), \qquad R = \sigma^2\, \Sigma^{-1},$$
#
# where $t_i$ is the rating less $\mu + b_i$, and $\sigma$ the noise of a rating. That is
# Bayes' rule with the crowd as the prior, as if the items' vectors were known exactly. For a
# new *item* the same formula holds with the two sides exchanged.
#
# ![One number of a newcomer on a scale, with the crowd's mean at 0.2 and what the ratings alone say at 1.0. With 0 ratings it is 0.20, with 1 rating 0.36, with 4 ratings 0.60, with 20 ratings 0.87.](images/newcomer-and-crowd.svg)

# %% [markdown]
# {{turn:y123}}
#
# Solve for $x$: set the gradient to zero, and let `torch.linalg.solve` do the rest.

# %%
# {{answer:y123}}

# %%
check("y123", folded_row)

# %% [markdown]
# {{ladder:y123}}

# %% tags=["solution"]
solution("y123")

# %% [markdown]
# Now somebody comes who likes the three most rated items: each gets a number that one rating in
# ten reaches. By hand for one of the model's draws,
# then by the file's own code: the same vector.

# %%
much = float(np.quantile(train.ratings, 0.9))
mine = dict.fromkeys(per_item.index[:3].tolist(), much)
known = shop.rated.item_ids.encode(list(mine))
q = shop.vectors.items[known, 0].double()               # (3, k + 1)
V = torch.cat([q[:, :-1], torch.ones(3, 1)], dim=1)
t = torch.tensor(list(mine.values())) - shop.vectors.mean[0] - q[:, -1]
m, R = (part[0].double() for part in shop.rule.users)
by_hand = torch.linalg.solve(V.T @ V + R, V.T @ t + R @ m)

texts = train.user_ids.of_text
new_id = "newcomer" if texts else int(train.user_ids.raw.max()) + 1
shop.add_user(new_id, mine)
row = int(shop.rated.user_ids.encode([new_id])[0])
assert torch.allclose(shop.vectors.users[row, 0].double(), by_hand, atol=1e-4)
pd.DataFrame(shop.recommend(new_id, 5)).round(2)

# %% [markdown]
# **Does it help?** Take sixty users and sixty items that have many ratings away, with all of
# them. Train on the rest. Then each comes with half of its ratings, and the other half is
# predicted. Without a fold-in, each gets the mean row $m$ of its side.
# `continue_training` (section 8) folds in all of them at once, and then moves the known rows
# that they touch as well.

# %%
draw = np.random.default_rng(SEED)


def some(column):
    """Up to sixty ids of the half that has more training ratings."""
    counts = split.train[column].value_counts()
    more = np.sort(counts.index[:len(counts) // 2].to_numpy())
    return draw.choice(more, min(60, len(more) // 4), replace=False)


away = {column: split.train[column].isin(some(column))
        for column in ("user_id", "item_id")}
rest = split.train[~away["user_id"] & ~away["item_id"]]
small = du.RatingsDataset.fit(rest)
start_from = ALS(best_k, seed=SEED).fit(small)

# %%
def helped(column, other):
    """RMSE on newcomers with half of their ratings, less that without."""
    both = away[column] & split.train[other].isin(rest[other])
    part = split.train[both].sample(frac=1, random_state=SEED)
    first = part.groupby(column).cumcount() % 2 == 0
    given, held = part[first], part[~first]
    fresh = Recommender.of(start_from, small, items)
    without = fresh.predict_pairs(held)
    fresh.continue_training(given, rounds=1)
    after = fresh.predict_pairs(held)
    return metrics.bootstrap_rmse_difference(
        after, without, held["rating"].to_numpy(), held[column].to_numpy(),
        SEED, 500, 0.95)


newcomers = helped("user_id", "item_id")
new_items = helped("item_id", "user_id")

# %%
finding(
    "Half of a newcomer's ratings improve the prediction of the other half",
    newcomers.high < 0,
    yes=f"Folding in lowers the error on new users by "
    f"**{-newcomers.estimate:.3f}** {UNIT} (95 % {-newcomers.high:.3f} to "
    f"{-newcomers.low:.3f}).",
    no=f"On new users folding in changes the error by "
    f"{newcomers.estimate:+.3f} {UNIT} (95 % {newcomers.low:+.3f} to "
    f"{newcomers.high:+.3f}): no help can be claimed.",
    control=f"without a fold-in; {newcomers.n_groups} newcomers drawn again",
    on=["sample", "100k", "latest-small"])
finding(
    "Half of a new item's ratings improve the prediction of the other half",
    new_items.high < 0,
    yes=f"On new items it lowers the error by **{-new_items.estimate:.3f}** "
    f"{UNIT} (95 % {-new_items.high:.3f} to {-new_items.low:.3f}).",
    no=f"On new items folding in changes the error by "
    f"{new_items.estimate:+.3f} {UNIT} (95 % {new_items.low:+.3f} to "
    f"{new_items.high:+.3f}).",
    control=f"without a fold-in; {new_items.n_groups} items drawn again",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# ## 8. A day's new ratings
#
# **Concept.** At night new ratings have come in. There are three things to do: nothing; train
# anew on everything; or go on from where the vectors are. To go on, take the rows that the new
# ratings touch and move them. A row's old vector becomes the mean $m$ of the formula above,
# and its old ratings count in $R$, so that a row with many ratings moves little. First the
# users, then the items, twice.
#
# We try it with half of the held-out ratings, and predict the other half.
#
# **Predict.** Training anew improves that prediction by some amount. What share of that amount
# does going on get?

# %%
guess = None  # a share, for example 0.5

# %%
# Half of the held-out ratings, with dates the earlier, came in overnight.
halves = du.train_test_split_by_time(split.test, 0.5, per_user=True) if dated \
    else du.train_test_split_random(split.test, 0.5, seed=SEED)
night, later = halves.train, halves.test
stale = load_recommender(file)
moved = load_recommender(file)
few = night.sample(len(night) // 100, random_state=SEED)
both = du.RatingsDataset.fit(pd.concat([split.train, night]))
anew = BayesianMF(8, epochs=60, burn_in=20, seed=SEED)


# %%
def own_seconds(call):
    """Seconds of this process that a call takes."""
    start = time.process_time()
    call()
    return time.process_time() - start


other = load_recommender(file)
took = {
    "going on with all of them": lambda: moved.continue_training(night),
    "going on with a hundredth": lambda: other.continue_training(few),
    "training anew": lambda: anew.fit(both)}
print(f"{len(night):,} new ratings of {night['user_id'].nunique():,} users")
took = {name: own_seconds(call) for name, call in took.items()}
print(pd.Series(took).round(2).to_string())
anew = Recommender.of(anew, both, items)

# %%
said = {name: r.predict_pairs(later) for name, r in
        (("stale", stale), ("moved", moved), ("anew", anew))}
stars = later["rating"].to_numpy()
at = {name: metrics.rmse(torch.tensor(p), torch.tensor(stars))
      for name, p in said.items()}
step = metrics.bootstrap_rmse_difference(
    said["moved"], said["stale"], stars, later["user_id"].to_numpy(),
    SEED, 500, 0.95)
amount = at["stale"] - at["anew"]
share = "no share, for training anew gained nothing"
if amount > 0:
    share = f"{(at['stale'] - at['moved']) / amount:.0%}"
if guess is not None:
    say(f"You said {guess}; it is {share}.")

# %%
finding(
    "Going on from the old vectors is better than leaving them",
    step.high < 0,
    yes=f"RMSE on the other half: {at['stale']:.3f} as it was, "
    f"**{at['moved']:.3f}** after going on (95 % of the difference "
    f"{step.low:.3f} to {step.high:.3f}), {at['anew']:.3f} trained anew.",
    no=f"RMSE on the other half: {at['stale']:.3f} as it was, "
    f"{at['moved']:.3f} after going on (95 % of the difference "
    f"{step.low:+.3f} to {step.high:+.3f}), {at['anew']:.3f} trained anew. "
    "These new ratings show no gain.",
    control="the same other half; users drawn again; one chain each",
    on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** With half of the held-out ratings at once most rows move: the dearest
# case for going on, and training anew may be quicker then. Compare the time for a hundredth
# of them. A part of it does not shrink: the whole table is checked and indexed anew. What
# going on never changes: the number of factors, the crowd's mean and price, and $\mu$. When
# these age, train anew.

# %% [markdown]
# ## 9. A service
#
# **Concept.** A web page asks over HTTP and wants JSON. The standard library is enough for a
# first trial. Here is all that decides an answer; the rest reads and writes bytes.

# %%
print(inspect.getsource(answer))

# %%
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

with RecommenderServer(shop) as server:
    good = f"/recommend?user={quote(str(user_id))}&top_k=2"
    with urlopen(server.address + good) as reply:
        print(reply.status, json.load(reply))
    for bad in ("/recommend?user=987654321", "/recommend?user=",
                f"/recommend?user={quote(str(user_id))}&top_k=many"):
        try:
            urlopen(server.address + bad)
        except HTTPError as error:
            print(error.code, json.load(error)["error"])
    load = measure_load(server.address, [good], requests=300)
say(f"{load}.")

# %% [markdown]
# **What just happened?** A bad id is no crash and no empty list. It is a sentence, with the
# status 404 or 400, so the page that asked can do something sensible. The load test ran in this
# very process, which had to ask and to answer. For a figure to report, keep them apart:
#
#     python scripts/tools/serve.py build/my-data/recommender --measure 5000
#
# On the internet a service also needs encryption, limits, logs, and somebody who is woken up.
# Frameworks exist for that; what `answer` does stays the same.

# %% [markdown]
# ## 10. The page that stays
#
# A notebook is read by whoever runs it. A page is read by everybody else. It holds what was
# decided, what was measured, and what it rests on.

# %%
if not notes:
    notes = ["Nobody has looked at the lists yet."]
parts = {
    "The table": quality,
    "What was decided": decisions,
    "What was measured": board.astype(object).where(board.notna(), ""),
    "How lists are judged": protocol.name.replace("movie", "item"),
    "What a person saw in the lists": notes,
}
page = OUT / "findings.md"
name = edition or Path(DATASET).stem
text = write_page(page, f"What we found in {name}", parts)
print(f"{page.relative_to(home)}: {len(text.split()):,} words")
print("\n".join(text.splitlines()[:8]))

# %% [markdown]
# **A check list for yourself.** Before you hand the page on:
#
# - Could somebody repeat each number from the page alone: table, split, protocol, seed?
# - Does every comparison have an interval, and every claim a control?
# - Was anything chosen by looking at the test part? Then say so.
# - Is a number there that the biases or popularity reach as well?
# - Has a person looked at lists of people who are not like them?
# - Does the file open in a fresh process? What does it say to an unknown id?
# - Who is in the file who would not want to be?
#
# **A rubric.** For teachers, and for whoever wants to know what counts:
#
# | | 0 | 1 | 2 |
# |---|---|---|---|
# | table | taken as it came | oddities named | decisions made, with reasons |
# | split | random, no word | fits the data | fits the question, its weakness named |
# | baselines | none | mean or popularity | both, beside every model |
# | models | one, by default settings | three | three, chosen on validation, with intervals |
# | lists | none shown | shown | read by a person, in sentences |
# | findings | numbers | claims | claims with controls, and one that failed |
# | file | none | opens in another process | newcomer, new item, bad id, new ratings |
#
# Fourteen points. A finding that does *not* hold, honestly told, is worth as much as one that
# does.

# %% [markdown]
# ## Common mistakes
#
# **Common mistake 1.** Opening a pickle that somebody sent. It runs whatever its author put in,
# before you see anything:

# %%
import pickle


class Model:
    def __reduce__(self):
        return print, ("This line ran because a file was opened.",)


sent = pickle.dumps(Model())
pickle.loads(sent)

# %% [markdown]
# Here it only prints. It could have deleted your files. `load_recommender` opens arrays and JSON;
# `torch.load` is safe with `weights_only=True`, its default since version 2.6.
#
# **Common mistake 2.** Saving the weights without the ids. The row of a user is the user's place
# in the training ids. Fit the map again without one user, and all later rows shift:

# %%
one = du.IdMap.fit(train.user_ids.raw)
other = du.IdMap.fit(train.user_ids.raw[1:])  # one user less
last = train.user_ids.raw[-1:]
print("the row of user", last[0], "before and after:",
      one.encode(last)[0], other.encode(last)[0])

# %% [markdown]
# The repair: ids and weights in one file, written together.
#
# **Common mistake 3.** Cleaning with the test part in view: dropping "outliers" by their errors,
# or items with few ratings *in the whole table*. The test then holds only what is easy. Decide
# by a rule that looks at one row or one user, or at the training part, and before the first score.
#
# **Common mistake 4.** Counts as stars. A squared error on plays is mostly the error of the
# few largest numbers. Look at the tail first, and take logarithms or the ranking model.
#
# **Common mistake 5.** A file of another version, opened in the hope that it will do:

# %%
whole = file.read_bytes()
older = OUT / "older"
older.write_bytes(whole.replace(b"format 1", b"format 9", 1))
try:
    load_recommender(older)
except RuntimeError as error:
    print(str(error).replace(str(home), "…"))
older.unlink(missing_ok=True)

# %% [markdown]
# ## Key questions
#
# **1. Why does the file hold the training ratings?**
#
# <details>
# <summary>Answer</summary>
#
# A list leaves out what the user has rated, and going on training needs what a row has learned
# from: its old ratings count in the precision. The price is that the file has to be guarded.
#
# </details>
#
# **2. What is a newcomer before the first rating, and after a thousand?**
#
# <details>
# <summary>Answer</summary>
#
# Before it, the mean $m$ of the crowd. After a thousand, nearly the ratings' own least squares:
# $V^\top V$ grows with each rating, and $R$ stays.
#
# </details>
#
# **3. Which split would you take for a shop that adds items every week?**
#
# <details>
# <summary>Answer</summary>
#
# A global split by date, with the cold rows kept and reported apart, for that is what next week
# looks like. And a second test with held-out items, as in lab 10, since those are the ones that
# the first test has few of.
#
# </details>
#
# **4. Going on is not training anew. What stays as it was?**
#
# <details>
# <summary>Answer</summary>
#
# Rows that no new rating touches stay as they are, though their neighbours have moved. And what
# all rows share stays: μ, the crowd, the number of factors.
#
# </details>
#
# **5. Why logarithms for counts?**
#
# <details>
# <summary>Answer</summary>
#
# The squared error of a row with ten thousand plays can outweigh that of all others. In the
# logarithm of 1 + count a step is a factor: going from 1 play to 3 is as much as from 49 to 99,
# since 1 + count doubles.
#
# </details>
#
# **6. Should a list leave out what the user already has?**
#
# <details>
# <summary>Answer</summary>
#
# A movie, as a rule; soap, no. Where things are used up, keep them on the list, and let the test
# part hold purchases of things bought before: a protocol that leaves them out calls the best
# answer a miss.
#
# </details>

# %% [markdown]
# ## Checkpoint
#
# You have
#
# - said on one page what a table of ratings is worth, and what had to be decided first;
# - chosen a split by the question that it answers;
# - compared a point model, a Bayesian one and a ranking one with what is free;
# - saved a model, and had another process answer raw ids;
# - folded in a user and an item, and gone on training with new ratings;
# - written down what you found, so that somebody else can check it.
#
# ## Further reading
#
# - Y. Hu, Y. Koren & C. Volinsky 2008, *Collaborative Filtering for Implicit Feedback Datasets*,
#   ICDM, doi:10.1109/ICDM.2008.22. What counts say.
# - S. Rendle & L. Schmidt-Thieme 2008, *Online-Updating Regularized Kernel Matrix Factorization
#   Models for Large-Scale Recommender Systems*, RecSys, doi:10.1145/1454008.1454047. New users
#   and items without training anew.
# - L. Breiman, J. Friedman, R. Olshen & C. Stone 1984, *Classification and Regression Trees*,
#   §3.4.3. The rule of one standard error.
# - D. Sculley et al. 2015, *Hidden Technical Debt in Machine Learning Systems*, NeurIPS. What
#   stands around the model.
# - T. Gebru et al. 2021, *Datasheets for Datasets*, doi:10.1145/3458723. A page for every table.
# - F. M. Harper & J. A. Konstan 2015, *The MovieLens Datasets*, doi:10.1145/2827872.
#
# This is the last lab. What next? Set `DATASET` at the top to a table that means something to
# you, and write its page.
#
# ## What held on your data

# %%
show_findings()
