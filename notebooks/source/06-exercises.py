# %% [markdown]
# # 06 Exercises: prove it
#
# *Sixteen questions on labs 01 to 05, 09 and 10. A check tells you not only that an
# answer is wrong, but often also which mistake you made.*
#
# | | |
# |---|---|
# | **Time** | {{time}} |
# | **Run time, two CPU cores** | under half a minute untouched, under a minute solved |
# | **Memory** | 0.7 GB |
# | **Difficulty** | from one line of arithmetic to a repair shop |
# | **Builds on** | labs 01 to 05; part 5 on labs 09 and 10, and can wait for them |
#
# **After this lab you can**
#
# - prepare ratings without a leak: ids, splits and means;
# - derive and code a gradient step, an ALS step and a loss for order;
# - measure and choose honestly: RMSE, number of factors, penalty;
# - turn vectors into neighbours, measure a list, and say what sampling does to it;
# - give a vector to a user, and to a movie, that the model has never seen;
# - find bugs that raise no error.
#
# **Prerequisites**: Python functions, a little NumPy, pandas and PyTorch. You need
# not have finished all of the labs: each question names the one it belongs to.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** Recommender code rarely crashes when it is wrong. A leak in
# the split, a λ without its count, an RMSE averaged over batches: each runs to the
# end and prints a number, sometimes a better one than the truth. Nor does a baseline
# crash that nobody tuned: many published gains vanished once the baselines were set up
# with care (Rendle, Zhang & Koren 2019). The skill is to notice.
#
# **In plain words.** A sudoku tells you at the end whether you solved it. A good
# teacher looks over your shoulder and says: "you added that column twice". The checks
# of this lab know the usual wrong answers, and give each its name.

# %%
import gc
import os
import sys
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
from checks import check, example, hint, passed, scoreboard, solution
from findings import begin_findings, finding, show_findings
from models import BiasModel, MatrixFactorization
from plots import exercises as plots
from reporting import say
from training import evaluate, fit_standardized

DATASET = os.environ.get("MOVIELENS_DATASET", "auto")
SEED, EPOCHS, FEWER = 0, 8, 6

# %% [markdown]
# ## How this lab works
#
# For each question you write one function. The stub names its arguments, and its
# docstring says what it returns; replace the `...`. Then run the check below it.
#
# | call | what it does |
# |---|---|
# | `check("q01", sparsity)` | runs your function on fresh inputs and judges it |
# | `example("q01")` | shows one call: its arguments and the expected result |
# | `hint("q01")` | gives the next hint; `hint("q01", 3)` gives the third |
# | `solution("q01")` | shows a worked answer, folded |
# | `scoreboard("06")` | says how many are done |
#
# A check has four outcomes: **correct**, **not yet** (with the arguments, your result
# and the expected one, and the name of the mistake if it is a known one), **not
# attempted**, and **raised** (with the line of your code that raised). It sees only
# what you pass to it, so a function must work from its arguments alone. To repeat the
# call that failed: `outcome = check("q01", sparsity)`, then
# `sparsity(*outcome.arguments)`.
#
# The hints are also folded below each question, where you can read them without running
# anything, and after them comes a folded cell that shows the solution when you run it. Try
# first; then read one hint at a time.
#
# The checks bring their own inputs. Three questions also have an experiment, which runs
# *your* function on the ratings that are loaded below. What it finds is true of *some*
# data: it says what it finds on yours, and a table near the end lists it.

# %%
ratings, movies = du.download_movielens(DATASET)
begin_findings(du.edition_of(ratings))
known = du.train_test_split_random(ratings, test_size=0.2, seed=SEED).train
split = du.train_test_split_random(known, test_size=0.1, seed=SEED)
train = du.RatingsDataset.fit(split.train)
validation = train.encode(split.test)
say(f"**{len(train):,}** ratings to train on, **{len(validation):,}** to "
    "validate. The test part is not used.")
if du.edition_of(ratings) is None:
    say('Where this lab says "stars", read the unit of your table. (Of counts '
        "with a long tail take logarithms first, as lab 12 does.)")

# %% [markdown]
# ## Common mistakes
#
# Three mistakes that have nothing to do with recommenders, each with broken code, its
# symptom, and its repair.
#
# **1. The function is called instead of passed.** The check then gets a number,
# and cannot try other inputs.


# %%
def filled(n_users, n_items, n_ratings):
    return n_ratings / (n_users * n_items)


check("q01", filled(4, 5, 6))  # broken: parentheses after the name

# %% [markdown]
# *Repair*: pass the function itself, `check("q01", filled)`.
#
# **2. A variable of the notebook instead of an argument.** The function below is
# right for one matrix, and wrong for every other.

# %%
n_cells = 4 * 5  # of the example on paper


def empty_share(n_users, n_items, n_ratings):
    return 1 - n_ratings / n_cells  # broken: whose cells are these?


check("q01", empty_share)

# %% [markdown]
# *Repair*: compute it from the arguments, `n_cells = n_users * n_items`, inside the
# function.
#
# **3. An argument is changed in place.** The caller's tensor is changed too, so the
# second call starts from other scores.


# %%
def best_unseen(scores, seen):
    scores[seen] = -torch.inf  # broken: these are the caller's scores
    return scores.argmax().item()


scores = torch.tensor([3.1, 4.8, 4.2])
first, second = best_unseen(scores, [1]), best_unseen(scores, [2])
say(f"Without movie 1 the best is movie {first}. Without movie 2 it should be "
    f"movie 1, and is **movie {second}**.")
assert second != 1

# %% [markdown]
# *Repair*: work on a copy, `scores = scores.clone()`. A check passes copies of its
# inputs; when the result is right, it also mentions an argument that was changed. Now it
# is your turn.

# %% [markdown]
# ## Part 1: what is in the matrix?
#
# {{head:q01}}
#
# How much of a rating matrix is empty? Lab 01 printed it; here you compute it.

# %%
# {{answer:q01}}


# %%
check("q01", sparsity)

# %% [markdown]
# {{ladder:q01}}

# %% tags=["solution"]
solution("q01")

# %% [markdown]
# {{head:q02}}
#
# Raw ids have gaps; the rows of a table do not. Write the translation from one to the
# other, and say honestly which ids you do not know. The ids are whole numbers, in lists.

# %%
# {{answer:q02}}


# %%
check("q02", encode)

# %% [markdown]
# {{ladder:q02}}

# %% tags=["solution"]
solution("q02")

# %% [markdown]
# {{head:q03}}
#
# The check's `ratings` have the columns `user_id, item_id, rating, timestamp`, in no
# order. Cut them so that nothing in the training part is newer than anything in the test part.

# %%
# {{answer:q03}}


# %%
check("q03", split_by_time)

# %% [markdown]
# {{ladder:q03}}

# %% tags=["solution"]
solution("q03")

# %% [markdown]
# {{head:q04}}
#
# The simplest prediction for a movie is the mean of its ratings. Which ratings may
# be part of it, and what is the prediction for a movie without any?

# %%
# {{answer:q04}}


# %%
check("q04", predict_item_means)

# %% [markdown]
# {{ladder:q04}}

# %% tags=["solution"]
solution("q04")

# %% [markdown]
# ## Part 2: the mathematics of one row
#
# {{head:q05}}
#
# Stochastic gradient descent looks at one rating at a time. Derive the gradient on
# paper, then code it. The vectors are tensors of shape (k,).

# %%
# {{answer:q05}}


# %%
check("q05", gradient_of_one_rating)

# %% [markdown]
# {{ladder:q05}}

# %% tags=["solution"]
solution("q05")

# %% [markdown]
# {{head:q06}}
#
# With the movies fixed, the best vector of a user has a closed form: a ridge
# regression on the movies that this user rated.

# %%
# {{answer:q06}}


# %%
check("q06", als_user_step)

# %% [markdown]
# {{ladder:q06}}

# %% tags=["solution"]
solution("q06")

# %% [markdown]
# ## Part 3: training and an honest number
#
# {{head:q07}}
#
# A loader yields batches, and the last one may be smaller. The RMSE is over ratings,
# whatever the batches are.

# %%
# {{answer:q07}}


# %%
check("q07", rmse_of_batches)

# %% [markdown]
# {{ladder:q07}}

# %% tags=["solution"]
solution("q07")

# %% [markdown]
# {{head:q08}}
#
# `fit` stands for a whole training run: it takes the number of factors and returns
# two RMSEs, those of the run's best epoch. The check passes a quick stand-in; the
# experiment below passes the real thing.

# %%
# {{answer:q08}}


# %%
check("q08", sweep_factors)

# %% [markdown]
# {{ladder:q08}}

# %% tags=["solution"]
solution("q08")

# %% [markdown]
# **Predict.** The next cells run *your* sweep over 2 to 256 factors, without a penalty.
# Every size trains for the same eight epochs, and is judged at its *own* best one. Before
# you run it: does the training RMSE fall throughout? Which size wins? Which is at its
# best first?

# %%
SIZES = [2, 4, 16, 64, 256]
FEW, MANY = 4, 256
guess = None  # the number of factors with the best validation RMSE

# %%
runs, curves = {}, {}  # by number of factors: the model, its history


def new_model(n_factors, kind=MatrixFactorization):
    """A model with the same random start on every call."""
    return kind(train.n_users, train.n_items, n_factors, seed=SEED)


def fit_unpenalized(n_factors):
    """(training RMSE, validation RMSE) of this size's best epoch."""
    model = new_model(n_factors)
    history = fit_standardized(model, train, validation, epochs=EPOCHS,
                               seed=SEED, show_progress=False)
    runs[n_factors], curves[n_factors] = model, pd.DataFrame(history.epochs)
    return evaluate(model, train)["rmse"], evaluate(model, validation)["rmse"]


# %%
if passed("q08"):
    table, best = sweep_factors(SIZES, fit_unpenalized)
    table = table.reset_index(drop=True).sort_values("factors")
    figure, sentence = plots.sweep_histories(
        {size: curves[size] for size in (FEW, 16, MANY)})
    plt.show()
    say(sentence)
else:
    say('The experiment waits for your answer to q08; `hint("q08", 3)` draws '
        "the curve to expect.")

# %%
if passed("q08"):
    figure, sentence = plots.sweep_curve(table)
    plt.show()
    say(sentence)
    if guess is not None:
        print(f"Your guess: {guess}. Measured: {best}.")
    after = {size: curve["validation_rmse"].iloc[-1]
             for size, curve in curves.items()}
    own = table.set_index("factors")["validation_rmse"]
    say(f"Had all sizes been read after epoch {EPOCHS}, **{MANY}** factors "
        f"would have {after[MANY]:.3f} and {FEW} would have {after[FEW]:.3f}; "
        f"each at its own best epoch, they have {own[MANY]:.3f} and "
        f"{own[FEW]:.3f}.")

# %% [markdown]
# (In the first figure the training RMSE is an average while the epoch ran and the weights moved;
# in the second it is measured afterwards.) Two claims, each with what it rests on. The second is
# a difference: other users would give another one, and the margin says by how much.


# %%
def lead(predicted_a, predicted_b, data):
    """RMSE of a minus RMSE of b, and its 95 % margin over users."""
    a, b = ((p - data.ratings).double() for p in (predicted_a, predicted_b))
    gains = pd.Series((a.square() - b.square()).numpy())
    by_user = gains.groupby(data.users.numpy()).agg(["sum", "size"])
    spread = by_user["sum"] - by_user["size"] * gains.mean()
    roots = a.square().mean().sqrt() + b.square().mean().sqrt()  # a² − b²
    margin = 1.96 * spread.pow(2).sum() ** 0.5 / len(gains)
    return gains.mean() / roots.item(), margin / roots.item()


# %%
if passed("q08"):
    turn = {size: 1 + int(curve["validation_rmse"].argmin())
            for size, curve in curves.items()}
    rise = after[MANY] - own[MANY]
    finding(
        "With many factors the validation RMSE turns sooner",
        turn[MANY] < turn[FEW],
        yes=f"With {MANY} factors the validation RMSE is best after epoch "
        f"**{turn[MANY]}** and then rises by {rise:.3f} stars; with {FEW} it "
        f"is best after epoch {turn[FEW]}.",
        no=f"With {MANY} factors the validation RMSE is best after epoch "
        f"{turn[MANY]}, with {FEW} after epoch {turn[FEW]}: no sooner.",
        control=f"best epochs with {', '.join(map(str, SIZES))} factors: "
        + ", ".join(str(turn[size]) for size in SIZES)
        + "; one split, one start",
        on=["sample", "100k", "latest-small"])

# %%
if passed("q08"):
    predicted = {size: runs[size].predict(validation.users, validation.items)
                 for size in (FEW, MANY)}
    more, margin = lead(predicted[MANY], predicted[FEW], validation)
    finding(
        "Without a penalty many factors are no better than a few",
        more > -margin,
        yes=f"Each at its best epoch, {MANY} factors have {own[MANY]:.3f} and "
        f"{FEW} have {own[FEW]:.3f}: the added ones bring no gain.",
        no=f"Each at its best epoch, {MANY} factors have {own[MANY]:.3f} and "
        f"{FEW} have {own[FEW]:.3f}: here the added ones find something.",
        control=f"difference {more:+.3f} ± {margin:.3f}, 95 % over users; the "
        "epochs were chosen on the same ratings",
        on=["sample", "100k", "latest-small"])
    numbers = (train.n_users + train.n_items) * MANY
    say(f"{MANY} factors are {numbers:,} numbers for {len(train):,} ratings.")

# %% [markdown]
# **What just happened?** The model has k numbers for each user, and k for each movie,
# which all users share. With enough of them it can memorize the training ratings, and the
# training RMSE says so. The gap between the two curves is not overfitting: a model may
# know what it has seen by heart and still predict new ratings well. Overfitting is when the
# *validation* curve rises while the training curve falls. When that begins may depend on k.
# Then sizes that are compared after the same epoch are compared at different stages, and
# the number of epochs may decide which one wins. (A size whose best epoch is the last one
# may not be at its best yet.) And mind the grid: a size at its edge has won only against
# the sizes that were tried. Few factors and few epochs are two cures for overfitting. A
# third makes large numbers costly: that is the next question. Compare its RMSEs with these.

# %% [markdown]
# {{head:q09}}
#
# Weight decay pulls *every* row towards zero at *every* step. The penalty of the
# literature charges a row each time one of its ratings is used. Write the second one.

# %%
# {{answer:q09}}


# %%
check("q09", frequency_penalty)

# %% [markdown]
# {{ladder:q09}}

# %% tags=["solution"]
solution("q09")

# %% [markdown]
# **Predict.** The next cells train 32 factors with four strengths of weight decay and
# four of *your* penalty, each kept at its own best epoch. Which kind reaches the lower
# validation RMSE? And which holds the vectors of rarely rated movies shorter? Guess
# before you look.


# %%
class WithYourPenalty(MatrixFactorization):
    """The model of lab 02; only the penalty is replaced by your function."""

    def penalty(self, users, items):
        return frequency_penalty(
            self.user_factors.weight, self.item_factors.weight,
            self.user_bias.weight[:, 0], self.item_bias.weight[:, 0],
            self.mean, users, items)


STRENGTHS = {"weight decay": (1e-5, 1e-4, 3e-4, 1e-3),
             "frequency-weighted L2": (0.02, 0.05, 0.1, 0.2)}
penalized = {}  # the fitted models, by (kind, strength)


# %%
def fit_penalized(kind, strength):
    """A row of the comparison: one run, kept at its best epoch."""
    decay = kind == "weight decay"
    model = new_model(32, WithYourPenalty)
    adam = torch.optim.Adam(model.parameters(), lr=0.01, fused=True,
                            weight_decay=strength if decay else 0)
    fit_standardized(model, train, validation, epochs=FEWER, optimizer=adam,
                     seed=SEED, reg_per_rating=0 if decay else strength,
                     batch_size=2048, show_progress=False)
    penalized[kind, strength] = model
    return {"penalty": kind, "strength": strength,
            "train_rmse": evaluate(model, train)["rmse"],
            "validation_rmse": evaluate(model, validation)["rmse"]}


# %%
if passed("q09"):
    table = pd.DataFrame([
        fit_penalized(kind, strength)
        for kind, strengths in STRENGTHS.items() for strength in strengths])
    figure, sentence = plots.penalty_plane(table)
    plt.show()
    say(sentence)
else:
    say('The experiment waits for your answer to q09; `hint("q09", 3)` draws '
        "the curve to expect.")

# %% [markdown]
# The numbers beside the points have different units: the one is charged per step, the
# other per rating. So 0.1 is not a higher price than 0.001; a strength can only be
# compared with others of its kind. And
# `torch.optim.Adam(weight_decay=w)` is not what the name says: it adds w · row to the
# *gradient*, as L2 would, and Adam then divides each gradient by its usual size. Shrinking
# the weights beside the gradient step is `torch.optim.AdamW` (Loshchilov & Hutter 2019).
#
# How much of the result is due to the grid?

# %%
for kind, tried in table.groupby("penalty") if passed("q09") else ():
    tried = tried.sort_values("validation_rmse")
    chosen, second = tried["strength"].iloc[0], tried.iloc[1]
    if chosen in (min(STRENGTHS[kind]), max(STRENGTHS[kind])):
        say(f"The best strength of {kind}, {chosen:g}, is at the edge of the "
            "grid: beyond it there may be a better one.")
    else:
        say(f"Had the grid left out {chosen:g}, the best of {kind} would have "
            f"been {second['validation_rmse']:.3f}.")

# %%
if passed("q09"):
    stars = {key: model.predict(validation.users, validation.items)
             for key, model in penalized.items()}
    lowest = table.groupby("penalty")["validation_rmse"].idxmin()
    chosen = {kind: table["strength"][lowest[kind]] for kind in STRENGTHS}


def run_lead(one, other):
    """`lead` of one run over another, both named by (kind, strength)."""
    return lead(stars[one], stars[other], validation)


# %%
if passed("q09"):
    gains = {kind: run_lead((kind, chosen[kind]), (kind, min(STRENGTHS[kind])))
             for kind in STRENGTHS}
    finding(
        "The best strength beats the weakest, for either penalty",
        all(gain < -margin for gain, margin in gains.values()),
        yes="The best strength lowers the RMSE of the weakest by "
        + " and ".join(f"**{-gain:.3f}** stars ({kind})"
                       for kind, (gain, _) in gains.items()) + ".",
        no="The best strength changes the RMSE of the weakest by "
        + " and ".join(f"{gain:+.3f} stars ({kind})"
                       for kind, (gain, _) in gains.items())
        + ": not beyond doubt for both.",
        control="95 % over users: " + "; ".join(
            f"{gain:+.3f} ± {margin:.3f}" for gain, margin in gains.values())
        + ". The best of four was chosen on the same ratings",
        on=["sample", "100k", "latest-small"])

# %%
if passed("q09"):
    decay, ours = STRENGTHS
    apart, margin = run_lead((decay, chosen[decay]), (ours, chosen[ours]))
    ahead = decay if apart < 0 else ours
    finding(
        "One penalty is ahead of the other, each at its best",
        abs(apart) > margin,
        yes=f"Here {ahead} is ahead by {abs(apart):.3f} stars. On other "
        "ratings it may be the other one.",
        no=f"The two are {abs(apart):.3f} stars apart, no more than other "
        "users could change.",
        control=f"difference {apart:+.3f} ± {margin:.3f}, 95 % over users; "
        "one split, four strengths each",
        on=["sample"])

# %% [markdown]
# Equal errors do not make equal models. The length |q| of a movie's vector, by how
# many training ratings the movie has, each penalty at its best strength:

# %%
counts = np.bincount(train.items, minlength=train.n_items)
groups = pd.cut(counts, [0, 2, 9, 49, np.inf],
                labels=["1 or 2", "3 to 9", "10 to 49", "50 or more"])


def lengths(key):
    """The mean |q| of each group of movies under one run."""
    norms = penalized[key].tables().item_factors.norm(dim=1)
    return pd.Series(norms).groupby(groups, observed=True).mean()


def rare_to_known(key):
    """Mean |q| of the least rated group, over that of the most rated."""
    return lengths(key).iloc[0] / lengths(key).iloc[-1]


if passed("q09"):
    rows = pd.DataFrame({kind: lengths((kind, chosen[kind]))
                         for kind in STRENGTHS}).rename_axis("ratings")
    rows.insert(0, "movies", pd.Series(groups).value_counts())
    print(rows.round(2))

# %%
if passed("q09"):
    share = {kind: [rare_to_known((kind, one)) for one in STRENGTHS[kind]]
             for kind in STRENGTHS}
    at_best = {k: share[k][STRENGTHS[k].index(chosen[k])] for k in share}
    finding(
        "Weight decay holds the rare movies' vectors shorter",
        max(share[decay]) < min(share[ours]),
        yes="The vectors of the least rated movies have "
        f"**{at_best[decay]:.2f}** times the length of the most rated ones' "
        f"under weight decay, {at_best[ours]:.2f} times under the other.",
        no="The vectors of the least rated movies have "
        f"{at_best[decay]:.2f} times the length of the most rated ones' under "
        f"weight decay, {at_best[ours]:.2f} times under the other: **not** "
        "shorter at every strength.",
        control="all four strengths: " + "; ".join(
            f"{kind} {min(s):.2f} to {max(s):.2f}"
            for kind, s in share.items()),
        on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** A penalty that is too weak lets the model memorize; one that
# is too strong lets it learn little. At its best strength either kind may do well. They
# differ in which rows they press. The penalty on looked-up rows arrives together with a
# rating, so that penalty and error grow alike with a row's ratings. Weight decay arrives
# at every step, also at the many steps that look up no rating of a rare movie. There it is
# the whole gradient, and Adam, which divides by the gradient's usual size, makes more of it
# than its strength says. Mind the grid as well: a strength that nobody tried may be the
# best of its kind, and then the grid chose the winner.

# %% [markdown]
# ## Part 4: from vectors to lists
#
# {{head:q10}}
#
# Lab 04 looked for similar movies. The vectors are the rows of a tensor, and what is
# asked for are row numbers.

# %%
# {{answer:q10}}


# %%
check("q10", cosine_neighbours)

# %% [markdown]
# {{ladder:q10}}

# %% tags=["solution"]
solution("q10")

# %% [markdown]
# {{head:q11}}
#
# A list is good when what people like is at its top. Measure it twice: by the
# discounted gain, and by its share of the best possible gain. Mind the protocol: this
# question orders one user's *test* movies, whose stars are known. Lab 05 orders *all*
# movies that the user has not rated, which is harder, so the two NDCGs must not be
# compared. What to say of a user without a relevant movie is the same in both: nothing.

# %%
# {{answer:q11}}


# %%
check("q11", dcg_and_ndcg)

# %% [markdown]
# {{ladder:q11}}

# %% tags=["solution"]
solution("q11")

# %% [markdown]
# {{head:q12}}
#
# Somebody has just rated a few movies. Nothing is trained again: one small linear
# system gives a bias and a vector. The ridge is that of ALS in labs 02 and 05, so that a
# newcomer is treated as everyone else is: a price that grows with the ratings and one
# that does not for the vector, and a price of its own for the bias.

# %%
# {{answer:q12}}


# %%
check("q12", fold_in)

# %% [markdown]
# {{ladder:q12}}

# %% tags=["solution"]
solution("q12")

# %% [markdown]
# ## Part 5: order, and new movies
#
# These three questions are on labs 09 and 10. If you have not done those yet, go on with
# part 6 and come back later: nothing below depends on them.
#
# {{head:q13}}
#
# A list needs an order, not stars. BPR learns it from pairs of movies. The chain rule is
# that of q05, with another loss on top. Pairs may be far in the wrong order: the loss is
# then large, but still a number.

# %%
# {{answer:q13}}


# %%
check("q13", bpr_loss_and_gradient)

# %% [markdown]
# {{ladder:q13}}

# %% tags=["solution"]
solution("q13")

# %% [markdown]
# {{head:q14}}
#
# Ranking one relevant movie among a hundred sampled ones is quick, and it flatters. By how
# much can be worked out: no draw is needed, only the chances. The full ranks are given;
# what would somebody who samples have to expect?

# %%
# {{answer:q14}}


# %%
check("q14", expected_hit_rate)

# %% [markdown]
# {{ladder:q14}}

# %% tags=["solution"]
solution("q14")

# %% [markdown]
# {{head:q15}}
#
# A factorization has a row for every movie of the catalogue, but ratings have trained only
# some of them. What the trained rows have to do with the movies' features can be learned, and
# then said of the others. Lab 10 does that with `FeatureMapping`, which also trusts a movie the
# more, the more ratings it has; here all movies with ratings count alike.

# %%
# {{answer:q15}}


# %%
check("q15", vectors_with_new_movies)

# %% [markdown]
# {{ladder:q15}}

# %% tags=["solution"]
solution("q15")

# %% [markdown]
# ## Part 6: the repair shop
#
# {{head:q16}}
#
# The next four cells are a complete trainer. It runs, it prints numbers, and it has
# **seven bugs**. None of them raises an error in everyday use. Repair the functions in
# place and run the check as often as you like: each bug has its own light, which turns
# green when that bug is repaired, whatever the state of the others.

# %%
# {{broken:q16.minibatches}}

# %% tags=["instructor"]
# Repaired: the last, smaller batch is no longer left out.
# {{repaired:q16.minibatches}}

# %%
# {{broken:q16.train_step}}

# %% tags=["instructor"]
# Repaired: gradients set to zero, equal shapes, penalty on the batch's rows.
# {{repaired:q16.train_step}}

# %%
# {{broken:q16.evaluate_rmse}}

# %% tags=["instructor"]
# Repaired: evaluation mode, and one root over all ratings.
# {{repaired:q16.evaluate_rmse}}

# %%
# {{broken:q16.fit_and_keep_best}}

# %% tags=["instructor"]
# Repaired: a copy of the best weights, not the weights themselves.
# {{repaired:q16.fit_and_keep_best}}

# %%
check("q16", (minibatches, train_step, evaluate_rmse, fit_and_keep_best))

# %% [markdown]
# {{ladder:q16}}

# %% tags=["solution"]
solution("q16")

# %% [markdown]
# **Predict.** With all seven repaired, the next cells put your trainer to work on the
# ratings loaded above. Will it end below the bias baseline? And then one bug at a time is put
# back. Which of the seven would you see in the RMSE, and which not?

# %%
guess = None  # how many of the seven bugs leave the RMSE as it was


# %%
_, warm_rows = du.drop_cold(split.train, split.test)  # train knows these
warm = train.encode(warm_rows)
unit = train.unit  # the trainer sees ratings in this unit, we read stars
learned, asked = (d.standardized(train.mean, unit) for d in (train, warm))
baseline = evaluate(BiasModel().fit(train), warm)["rmse"]


# %%
def train_with(trainer, epochs=FEWER, size=2048):
    """The model that is kept, the RMSE of each epoch, and the best."""
    minibatches, train_step, evaluate_rmse, fit_and_keep_best = trainer
    model, draw = new_model(32), torch.Generator().manual_seed(SEED)
    adam = torch.optim.Adam(model.parameters(), lr=0.01, fused=True)
    curve = []

    def run_epoch(model):
        model.train()
        for rows in minibatches(len(learned), size, draw):
            train_step(model, adam, learned.users[rows], learned.items[rows],
                       learned.ratings[rows, None], 0.1)  # a column, (n, 1)

    def validate(model):
        curve.append(evaluate_rmse(model, asked.users, asked.items,
                                   asked.ratings, 1000))
        return curve[-1]

    best = fit_and_keep_best(model, run_epoch, validate, epochs)
    return model, unit * np.array(curve), unit * best


# %%
if passed("q16"):
    model, curve, best = train_with(
        (minibatches, train_step, evaluate_rmse, fit_and_keep_best))
    assert best == curve.min()
    figure, sentence = plots.repaired_curve(curve.tolist(), baseline)
    plt.show()
    say(sentence)
else:
    say('The trainer is not repaired yet; `hint("q16", 7)` draws the curve '
        "to expect.")

# %%
if passed("q16"):
    below, margin = lead(
        train.mean + unit * model.predict(warm.users, warm.items),
        BiasModel().fit(train).predict(warm.users, warm.items), warm)
    finding(
        "The repaired trainer ends below the bias baseline",
        below < -margin,
        yes=f"Its best model is **{-below:.3f}** stars better than biases "
        "alone.",
        no=f"Its best model is {below:+.3f} stars from biases alone: here "
        "factors gain nothing beyond doubt.",
        control=f"difference {below:+.3f} ± {margin:.3f}, 95 % over users",
        on=["sample", "100k", "latest-small"])

# %% [markdown]
# Now each bug alone, in a trainer that is right otherwise. *Reported* is the RMSE that
# the trainer returns, *true* that of the model it leaves, over all ratings at once.

# %%
from checks.single_bugs import BUGS, trainer_with


def outcome(model, curve, best):
    """A row of the table; the model still predicts in units."""
    return {"epoch 1": curve[0], "last epoch": curve[-1], "reported": best,
            "true": unit * evaluate(model, asked)["rmse"]}


if passed("q16"):
    alone = {"none": outcome(model, curve, best)}
    for bug in BUGS:
        # A square of errors is slow: small ones, and one epoch shows it.
        less = {"epochs": 1, "size": 512} if "square" in bug else {}
        alone[bug] = outcome(*train_with(trainer_with(bug), **less))
    alone = pd.DataFrame(alone).T.rename_axis("bug")
    print(alone.round(4))

# %%
if passed("q16"):
    right, gain = alone["true"]["none"], baseline - alone["true"]["none"]
    with_bug = alone["true"].drop("none")
    ruined = with_bug.index[with_bug > baseline]
    unseen = with_bug.index[(with_bug - right).abs() < 0.1 * gain]
    if guess is not None:
        print(f"Your guess: {guess}. Measured: {len(unseen)}.")
    finding(
        "Some bugs ruin the model, and others leave its RMSE as it was",
        len(ruined) > 0 and len(unseen) > 0,
        yes=f"Worse than biases alone: {'; '.join(ruined)}. Within a tenth of "
        f"what the factors gain: **{'; '.join(unseen)}**.",
        no=f"Worse than biases alone: {'; '.join(ruined) or 'none'}. Within a "
        f"tenth of what the factors gain ({gain:+.3f} stars): "
        f"{'; '.join(unseen) or 'none'}.",
        control=f"the right trainer has {right:.3f}, biases {baseline:.3f}; "
        "one start",
        on=["sample", "100k", "latest-small"])

# %% [markdown]
# **What just happened?** No error message points to any of the seven. Some of them
# can ruin the model: gradients that pile up, and targets that broadcast, which leave nothing
# to learn but the mean. Those you see, if you look at the whole curve. A penalty on
# all rows may cost something, but the number alone does not tell you that it should be
# lower. A batch that is left out may change hardly anything, a mean of roots changes
# the number that is *reported* (and which epoch is kept, where two are close), and an alias
# changes something only where the last epoch is not the best. The wrong mode changes nothing at all here, because this model
# has no dropout; the check's hidden model predicts something else while it is being
# trained, as a model with dropout does. Tests on tiny inputs, where the right result is
# known, find all seven; looking at the final RMSE finds some.

# %% [markdown]
# ## How far have you come?

# %%
scoreboard("06")

# %% [markdown]
# ## What held on your data
#
# The experiments of q08, q09 and q16 claimed this; an experiment that still waits for
# its answer has claimed nothing.

# %%
show_findings()

# %% [markdown]
# ## Key questions
#
# <details>
# <summary>1. Why does a check call your function several times?</summary>
#
# One result can be right by accident: equal batches hide a mean of batch RMSEs,
# row numbers above 0 hide a test for truth, sorted rows hide a missing sort. Other
# sizes, other seeds and edge cases separate the rule from the example.
#
# </details>
#
# <details>
# <summary>2. Which mistakes of this lab can make the reported number better?</summary>
#
# Test ratings in the means (q04), a random split in place of one in time (q03), relevance
# read from predicted stars and a list longer than its k places, which finds more hits
# (both q11), a hit rate among sampled movies that is read as one among all (q14), and, in
# q16, a mean of roots where the last batch is a lucky one. Mistakes that flatter survive.
#
# </details>
#
# <details>
# <summary>3. Why is λ multiplied by the number of ratings?</summary>
#
# SGD with a penalty on looked-up rows charges a row once per rating, so over an epoch
# the row pays λ · n times its squared norm. ALS with the same weighting minimizes the
# same objective (Zhou et al. 2008), and one λ serves both.
#
# </details>
#
# <details>
# <summary>4. What is left of a prediction for a new user?</summary>
#
# The mean and the movie's bias. The user's own bias and the dot product need ratings;
# with a few of them, folding in supplies both.
#
# </details>
#
# <details>
# <summary>5. Why is holding out ratings not holding out movies?</summary>
#
# A random tenth of the ratings leaves nearly every movie some others to learn from. Such a
# test asks about known movies, and a model without a word on new ones may do well in it.
# To ask about new movies, hold out movies, with all their ratings.
#
# </details>

# %% [markdown]
# ## Checkpoint
#
# - You prepared ratings without a leak: ids, splits and means (q01 to q04).
# - You derived and coded a gradient step, an ALS step and a loss for order (q05, q06, q13).
# - You measured and chose honestly: RMSE, factors, penalty (q07 to q09).
# - You turned vectors into neighbours, measured a list, and said what sampling does to it
#   (q10, q11, q14).
# - You gave a vector to a user, and to a movie, that the model has never seen (q12, q15).
# - You found bugs that raise no error (q16).
#
# ## Further reading
#
# - S. Rendle, L. Zhang, Y. Koren: *On the Difficulty of Evaluating Baselines: A Study
#   on Recommender Systems*, 2019, [arXiv:1905.01395](https://arxiv.org/abs/1905.01395).
# - I. Loshchilov, F. Hutter: *Decoupled Weight Decay Regularization*, ICLR 2019,
#   [arXiv:1711.05101](https://arxiv.org/abs/1711.05101).
# - Y. Koren, R. Bell, C. Volinsky: *Matrix Factorization Techniques for Recommender
#   Systems*, Computer 42(8), 2009, doi:10.1109/MC.2009.263.
# - Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan: *Large-Scale Parallel Collaborative
#   Filtering for the Netflix Prize*, AAIM 2008, doi:10.1007/978-3-540-68880-8_32.
# - K. Järvelin, J. Kekäläinen: *Cumulated Gain-Based Evaluation of IR Techniques*,
#   ACM TOIS 20(4), 2002, doi:10.1145/582415.582418.
# - S. Rendle, C. Freudenthaler, Z. Gantner, L. Schmidt-Thieme: *BPR: Bayesian
#   Personalized Ranking from Implicit Feedback*, UAI 2009, arXiv:1205.2618 (q13).
# - W. Krichene, S. Rendle: *On Sampled Metrics for Item Recommendation*, KDD 2020,
#   doi:10.1145/3394486.3403226 (q14).
# - Z. Gantner et al.: *Learning Attribute-to-Feature Mappings for Cold-Start
#   Recommendations*, ICDM 2010, doi:10.1109/ICDM.2010.129 (q15).
#
# There is nothing to clean up: all tensors of this lab are in main memory.
#
# **Next**: SVD++ adds what a user rated to how they rated it. Does it help?
# [Lab 07](07-svdpp-challenge.ipynb) builds it in steps and decides.
