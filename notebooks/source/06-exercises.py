# %% [markdown]
# # 06 Exercises: prove it
#
# *Sixteen questions on labs 01 to 05. A check tells you not only that an answer is
# wrong, but also which mistake you made.*
#
# | | |
# |---|---|
# | **Reading and doing time** | about 3 hours; each question states its minutes |
# | **Run time, two CPU cores** | under half a minute untouched, under a minute solved |
# | **Memory** | 0.7 GB |
# | **Difficulty** | from one line of arithmetic to a repair shop |
# | **Builds on** | labs 01 to 05 |
#
# **Objectives.** After this lab you can
#
# - [ ] prepare ratings without a leak: ids, splits and means;
# - [ ] derive and code a gradient step and an ALS step;
# - [ ] measure and choose honestly: RMSE, epoch, number of factors, penalty;
# - [ ] turn vectors into neighbours, lists and a measure of lists;
# - [ ] predict for users and movies that the model has never seen;
# - [ ] find bugs that raise no error.
#
# **Prerequisites**: Python functions, a little NumPy, pandas and PyTorch. You need
# not have finished all five labs: each question names the lab it belongs to.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** Recommender code rarely crashes when it is wrong. A leak in
# the split, a λ without its count, an RMSE averaged over batches: each runs to the
# end and prints a number, often a better one than the truth. It happens in papers too:
# many published gains vanished once the baselines were set up with care (Rendle,
# Zhang & Koren 2019). The skill is to notice.
#
# **In plain words.** A sudoku tells you at the end whether you solved it. A good
# teacher looks over your shoulder and says: "you added that column twice". The checks
# of this lab were written by collecting the wrong answers first.

# %%
import os
import sys
from pathlib import Path

home = next(p for p in [Path.cwd(), *Path.cwd().parents]
            if (p / "scripts" / "data_utils").is_dir())
sys.path.insert(0, str(home / "scripts"))

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

from checks import check, hint, passed, scoreboard, solution
from data_utils import RatingsDataset, download_movielens
from models import BiasModel, MatrixFactorization
from plots import exercises as plots
from reporting import say
from training import evaluate, fit

DATASET = os.environ.get("MOVIELENS_DATASET", "auto")
SEED, EPOCHS, LONG = 0, 5, 8

# %% [markdown]
# ## How this lab works
#
# For each question you write one function. The stub names its arguments, and its
# docstring says what it returns; replace the `...`. Then run the check below it.
#
# | call | what it does |
# |---|---|
# | `check("q01", sparsity)` | runs your function on fresh inputs and judges it |
# | `hint("q01")` | gives the next hint; `hint("q01", 3)` gives the third |
# | `solution("q01")` | shows a worked answer, folded |
# | `scoreboard("06")` | says how many are done |
#
# A check has four outcomes: **correct**, **not yet** (with the arguments, your result
# and the expected one, and the name of the mistake if it is a known one), **not
# attempted**, and **raised** (with the line of your code that raised). It sees only
# what you pass to it, so a function must work from its arguments alone.
#
# Hints and solutions are also folded below each question, where you can read them
# without running anything. Try first; then read one hint at a time.

# %%
from data_utils import train_test_split_random

ratings, movies = download_movielens(DATASET)
known = train_test_split_random(ratings, test_size=0.2, seed=SEED).train
split = train_test_split_random(known, test_size=0.1, seed=SEED)
train = RatingsDataset.fit(split.train)
validation = train.encode(split.test)
say(f"**{len(train):,}** ratings to train on, **{len(validation):,}** to "
    "validate. The test part is not used.")

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
# {{hints:q01}}

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
# {{hints:q02}}

# %% tags=["solution"]
solution("q02")

# %% [markdown]
# {{head:q03}}
#
# `ratings` has the columns `user_id, item_id, rating, timestamp`, in no order. Cut it
# so that nothing in the training part is newer than anything in the test part.

# %%
# {{answer:q03}}


# %%
check("q03", split_by_time)

# %% [markdown]
# {{hints:q03}}

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
# {{hints:q04}}

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
# {{hints:q05}}

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
# {{hints:q06}}

# %% tags=["solution"]
solution("q06")

# %% [markdown]
# ## Part 3: training and an honest number
#
# {{head:q07}}
#
# A loader yields batches, and the last one is smaller. The RMSE is over ratings,
# whatever the batches are.

# %%
# {{answer:q07}}


# %%
check("q07", rmse_of_batches)

# %% [markdown]
# {{hints:q07}}

# %% tags=["solution"]
solution("q07")

# %% [markdown]
# {{head:q08}}
#
# A training run is over. Its history is a table, with more columns than you should
# look at.

# %%
# {{answer:q08}}


# %%
check("q08", choose_epoch)

# %% [markdown]
# {{hints:q08}}

# %% tags=["solution"]
solution("q08")

# %% [markdown]
# {{head:q09}}
#
# `fit` stands for a whole training run: it takes the number of factors and returns
# two RMSEs. The check passes a quick stand-in; the experiment below passes the real
# thing.

# %%
# {{answer:q09}}


# %%
check("q09", sweep_factors)

# %% [markdown]
# {{hints:q09}}

# %% tags=["solution"]
solution("q09")

# %% [markdown]
# **Predict.** The next cell runs *your* sweep over 16, 32, 64, 128 and 256 factors,
# without a penalty. Before you run it: does the training RMSE fall throughout? Does
# the validation RMSE? Which size wins?

# %%
guess = None  # the number of factors with the best validation RMSE


# %%
def new_model(n_factors, kind=MatrixFactorization):
    """A model with the same random start on every call."""
    return kind(train.n_users, train.n_items, n_factors, mean=train.mean,
                seed=SEED)


def fit_unpenalized(n_factors):
    """(training RMSE, validation RMSE) after EPOCHS epochs."""
    model = new_model(n_factors)
    fit(model, train, epochs=EPOCHS, seed=SEED, show_progress=False)
    return evaluate(model, train)["rmse"], evaluate(model, validation)["rmse"]


# %%
if passed("q09"):
    table, best = sweep_factors([16, 32, 64, 128, 256], fit_unpenalized)
    table = table.reset_index(drop=True).sort_values("factors")
    assert table["gap"].iloc[-1] > table["gap"].iloc[0], (
        "With 256 factors the gap should be wider than with 16. Did "
        "you change sweep_factors after its check? Run the check again.")
    figure, sentence = plots.sweep_curve(table)
    plt.show()
    say(sentence)
    if guess is not None:
        print(f"Your guess: {guess}. Measured: {best}.")
else:
    say('The experiment waits for your answer to q09; `hint("q09", 3)` draws '
        "the curve to expect.")

# %% [markdown]
# **What just happened?** The model has two vectors of k numbers to fit each user's
# few dozen ratings. With enough factors it can memorize the training ratings, and the
# training RMSE says so. What it memorizes does not help with new ratings: the gap
# between the two curves is overfitting, and it grows with k. The cure is not to keep
# k small, but to make large numbers costly. That is the next question.

# %% [markdown]
# {{head:q10}}
#
# Weight decay shrinks *every* row at *every* step. The penalty of the literature
# charges a row each time one of its ratings is used. Write the second one.

# %%
# {{answer:q10}}


# %%
check("q10", frequency_penalty)

# %% [markdown]
# {{hints:q10}}

# %% tags=["solution"]
solution("q10")

# %% [markdown]
# **Predict.** The next cells train 32 factors with four strengths of weight decay and
# four of *your* penalty. Which kind reaches the lower validation RMSE, and which has
# the smaller gap at its best? Guess before you look.


# %%
class WithYourPenalty(MatrixFactorization):
    """The model of lab 02; only the penalty is replaced by your function."""

    def penalty(self, users, items):
        return frequency_penalty(
            self.user_factors.weight, self.item_factors.weight,
            self.user_bias.weight[:, 0], self.item_bias.weight[:, 0],
            self.mean, users, items)


def fit_penalized(kind, strength):
    """A row of the comparison: one run, in batches of 2,048 for speed."""
    decay = kind == "weight decay"
    model = new_model(32, WithYourPenalty)
    adam = torch.optim.Adam(model.parameters(), lr=0.01, fused=True,
                            weight_decay=strength if decay else 0)
    fit(model, train, epochs=LONG, optimizer=adam, seed=SEED,
        reg_per_rating=0 if decay else strength, batch_size=2048,
        show_progress=False)
    return {"penalty": kind, "strength": strength,
            "train_rmse": evaluate(model, train)["rmse"],
            "validation_rmse": evaluate(model, validation)["rmse"]}


# %%
STRENGTHS = {"weight decay": (1e-5, 1e-4, 3e-4, 1e-3),
             "frequency-weighted L2": (0.02, 0.05, 0.1, 0.2)}

if passed("q10"):
    rows = [fit_penalized(kind, strength)
            for kind, strengths in STRENGTHS.items() for strength in strengths]
    figure, sentence = plots.penalty_plane(pd.DataFrame(rows))
    plt.show()
    say(sentence)
    table = pd.DataFrame(rows)
    best = table.groupby("penalty")["validation_rmse"].min()
    assert abs(best.diff().iloc[-1]) < 0.02, (
        "At their best both kinds should be close. Did you change "
        "frequency_penalty after its check? Run the check again.")
    assert best.max() < rows[0]["validation_rmse"] - 0.05, (
        "Either kind, at its best, should clearly beat the weakest weight "
        "decay. Does train_rmse fall at all in `table`?")
else:
    say('The experiment waits for your answer to q10; `hint("q10", 3)` draws '
        "the curve to expect.")

# %% [markdown]
# And how much of the result is due to the grid?

# %%
for kind, tried in table.groupby("penalty") if passed("q10") else ():
    tried = tried.sort_values("validation_rmse")
    chosen, second = tried["strength"].iloc[0], tried.iloc[1]
    if chosen in (min(STRENGTHS[kind]), max(STRENGTHS[kind])):
        say(f"The best strength of {kind}, {chosen:g}, is at the edge of the "
            "grid: beyond it there may be a better one.")
    else:
        say(f"Had the grid left out {chosen:g}, the best of {kind} would have "
            f"been {second['validation_rmse']:.3f}.")

# %% [markdown]
# **What just happened?** A penalty that is too weak lets the model memorize; one that
# is too strong lets it learn little. At its best strength either kind does well, and on
# other data the other kind may be the better one. They differ in which rows they press.
# Weight decay charges every row the same price, however few its ratings, and so holds
# the rare movies nearest to zero. The penalty on looked-up rows arrives together with a
# rating. Mind the grid as well: a strength that nobody tried may be the best of its
# kind, and then the grid chose the winner.

# %% [markdown]
# ## Part 4: from vectors to lists
#
# {{head:q11}}
#
# Lab 04 looked for similar movies. The vectors are the rows of a tensor.

# %%
# {{answer:q11}}


# %%
check("q11", cosine_neighbours)

# %% [markdown]
# {{hints:q11}}

# %% tags=["solution"]
solution("q11")

# %% [markdown]
# {{head:q12}}
#
# One user, one score per movie, and a list of movies that this user has rated.

# %%
# {{answer:q12}}


# %%
check("q12", top_unseen)

# %% [markdown]
# {{hints:q12}}

# %% tags=["solution"]
solution("q12")

# %% [markdown]
# {{head:q13}}
#
# A list is good when what people like is at its top. Measure it twice: by the
# discounted gain, and by its share of the best possible gain.

# %%
# {{answer:q13}}


# %%
check("q13", dcg_and_ndcg)

# %% [markdown]
# {{hints:q13}}

# %% tags=["solution"]
solution("q13")

# %% [markdown]
# {{head:q14}}
#
# `user` and `item` are row numbers, or -1 for a user or a movie that is not in the
# training data, as in q02.

# %%
# {{answer:q14}}


# %%
check("q14", predict_safely)

# %% [markdown]
# {{hints:q14}}

# %% tags=["solution"]
solution("q14")

# %% [markdown]
# {{head:q15}}
#
# Somebody has just rated a few movies. Nothing is trained again: one small linear
# system gives a bias and a vector.

# %%
# {{answer:q15}}


# %%
check("q15", fold_in)

# %% [markdown]
# {{hints:q15}}

# %% tags=["solution"]
solution("q15")

# %% [markdown]
# ## Part 5: the repair shop
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
# {{hints:q16}}

# %% tags=["solution"]
solution("q16")

# %% [markdown]
# **Predict.** With all seven repaired, the next cells put your trainer to work on the
# real ratings. Will it end below the bias baseline, and after how many epochs is it
# at its best?

# %%
guess = None  # the epoch with the lowest validation RMSE


# %%
from data_utils import drop_cold

_, warm_rows = drop_cold(split.train, split.test)  # the model has rows for all
warm = train.encode(warm_rows)


def train_with_yours(epochs):
    """The validation RMSE after each epoch, and the best by your trainer."""
    model, draw = new_model(32), torch.Generator().manual_seed(SEED)
    adam = torch.optim.Adam(model.parameters(), lr=0.01, fused=True)
    curve = []

    def run_epoch(model):
        model.train()
        for rows in minibatches(len(train), 2048, draw):
            train_step(model, adam, train.users[rows], train.items[rows],
                       train.ratings[rows], 0.1)

    def validate(model):
        curve.append(evaluate_rmse(model, warm.users, warm.items,
                                   warm.ratings, 4096))
        return curve[-1]

    return curve, fit_and_keep_best(model, run_epoch, validate, epochs)


# %%
if passed("q16"):
    curve, best = train_with_yours(LONG)
    baseline = evaluate(BiasModel().fit(train), warm)["rmse"]
    assert best == min(curve), (
        "fit_and_keep_best should return the lowest RMSE that it has seen.")
    assert best < baseline, (
        "The trainer should end below the bias baseline. All seven lights are "
        "green: did you change the functions after the check?")
    figure, sentence = plots.repaired_curve(curve, baseline)
    plt.show()
    say(sentence)
    if guess is not None:
        print(f"Your guess: {guess}. Measured: {curve.index(best) + 1}.")
else:
    say('The trainer is not repaired yet; `hint("q16", 7)` draws the curve '
        "to expect.")

# %% [markdown]
# **What just happened?** Seven repairs, and no error message pointed to any of
# them. A batch that is left out, gradients that pile up, a broadcast, a penalty on
# the wrong rows, a mean of roots, the wrong mode, an alias instead of a copy: each
# changes a number slightly. Tests on tiny inputs, where the right result is known,
# find them; looking at the final RMSE does not.

# %% [markdown]
# ## How far have you come?

# %%
scoreboard("06")

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
# <summary>2. Which mistakes of this lab make the reported number better?</summary>
#
# Test ratings in the means, the epoch chosen on the test part, a random split in
# place of one in time, relevance from predicted stars, a list that is not cut.
# Leaks flatter; that is why they survive.
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
# <summary>5. Why is a missing rating not a zero?</summary>
#
# Zero stars would be the strongest dislike there is, given by everybody to nearly
# everything. A missing rating only says that nobody gave one.
#
# </details>

# %% [markdown]
# ## Checkpoint
#
# - [x] You prepared ratings without a leak: ids, splits and means (q01 to q04).
# - [x] You derived and coded a gradient step and an ALS step (q05, q06).
# - [x] You measured and chose honestly: RMSE, epoch, factors, penalty (q07 to q10).
# - [x] You turned vectors into neighbours, lists and a measure of lists (q11 to q13).
# - [x] You predicted for users and movies that the model has never seen (q14, q15).
# - [x] You found bugs that raise no error (q16).
#
# ## Further reading
#
# - S. Rendle, L. Zhang, Y. Koren: *On the Difficulty of Evaluating Baselines: A Study
#   on Recommender Systems*, 2019, [arXiv:1905.01395](https://arxiv.org/abs/1905.01395).
# - Y. Koren, R. Bell, C. Volinsky: *Matrix Factorization Techniques for Recommender
#   Systems*, Computer 42(8), 2009, doi:10.1109/MC.2009.263.
# - Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan: *Large-Scale Parallel Collaborative
#   Filtering for the Netflix Prize*, AAIM 2008, doi:10.1007/978-3-540-68880-8_32.
# - K. Järvelin, J. Kekäläinen: *Cumulated Gain-Based Evaluation of IR Techniques*,
#   ACM TOIS 20(4), 2002, doi:10.1145/582415.582418.
#
# There is nothing to clean up: all tensors of this lab are in main memory.
#
# **Next**: SVD++ adds what a user rated to how they rated it. Does it help?
# [Lab 07](07-svdpp-challenge.ipynb) builds it in steps and decides.
