# %% [markdown]
# # 03 Training: learning, overfitting, and an honest number
#
# *You will train a factorization until it fails, find out why, and repair it. Then you will
# put one number on it that you could defend in front of someone who doubts you.*
#
# | | |
# |---|---|
# | **Time** | {{time}} |
# | **Run time, two CPU cores** | under two minutes on ML-100K, under half a minute on the bundled sample |
# | **Memory** | under 1 GB |
# | **Difficulty** | medium: a loop, a derivative, a mean with its spread |
# | **Builds on** | [lab 01](01-data-exploration.ipynb), [lab 02](02-matrix-factorization-from-scratch.ipynb) |
#
# **After this lab you can**
#
# - feed a model in batches, and say what each of the four steps of training changes
# - recognize overfitting in a curve, and stop in time without looking at the test set
# - tell two penalties apart that look alike, and choose the strength of both together
# - report one honest number: chosen by nothing it measures, with an interval, under a named split
# - (Deeper) compare learning rates, batch sizes, factors and optimizers in seconds, not in epochs
# - (Deeper) save a run, take it up again, and reach the same digits
#
# **Prerequisites**: labs 01 and 02; what a mean and a standard deviation are.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** In 2019 Rendle, Zhang and Koren went back to an extensively studied benchmark, ten million
# MovieLens ratings. Matrix factorization, a method of 2006, had been the weak baseline
# of five years of papers. They trained it with care, and it did better than the methods that had
# been published as its successors. Their explanation is not fraud: it is hard to run a baseline well.
#
# **In plain words.** A student who learns last year's exam by heart scores full marks on last
# year's exam. To find out what was *learned*, ask new questions. And ask them once: whoever
# may repeat an exam until the mark is good has shown patience, not knowledge. Training
# ratings are last year's exam. Validation ratings are the mock exam. Test ratings are the
# real one.

# %%
import gc
import os
import sys
import tempfile
import time
from pathlib import Path

home = next((p for p in [Path.cwd(), *Path.cwd().parents]
             if (p / "scripts" / "data_utils").is_dir()), None)
if home is None:
    raise SystemExit("This notebook needs its project: open it in the folder "
                     "notebooks/ there. In Colab, clone the project first.")
sys.path.insert(0, str(home / "scripts"))
gc.set_threshold(100_000, 20, 20)  # rarer garbage collection: quicker imports

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

DATASET = os.environ.get("MOVIELENS_DATASET", "auto")
SEED, EPOCHS = 0, 20
DRAWER = 3  # the seed of this lab's split; labs 01 and 02 have 0
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# %% [markdown]
# From our own package come the data and the splits of lab 01, the models of lab 02, and, new in this lab,
# `training` and `metrics`. `check` looks at your answers under "Your turn".

# %%
from checks import check, solution
from data_utils import (
    RatingsDataset,
    download_movielens,
    edition_of,
    ratings_loader,
    split_report,
    train_test_split_by_time,
    train_test_split_random,
)
from findings import begin_findings, finding, show_findings
from metrics import paired_difference, rmse
from models import ALS, BiasModel, GlobalMean, MatrixFactorization
from plots import training as plots
from reporting import say
from training import evaluate, fit, fit_standardized

# %% [markdown]
# ## 1. From a table to batches
#
# Three parts, three jobs. **Train** is what the model learns from. **Validation** is what *we*
# learn from: which settings, how many epochs. **Test** goes into a drawer, and stays there until
# section 8. All three are drawn at random: the question is how well a gap in the table is filled.
# So every "validation RMSE" below is one of a *random* split, of a tenth of what is not in the drawer.
#
# ![A bar of all ratings is cut into 72 % train, 8 % validate and 20 % test, which goes into a drawer. Three models are fitted on train, the one with the lowest RMSE on validation, 0.93, is chosen and fitted again on both parts. Then the drawer is opened once, for a single number, 0.95.](images/drawer.svg)

# %%
ratings, movies = download_movielens(DATASET)
begin_findings(edition_of(ratings))
DATED = "timestamp" in ratings
known, drawer, _ = train_test_split_random(ratings, 0.2, seed=DRAWER)
part = train_test_split_random(known, 0.1, seed=DRAWER)
train = RatingsDataset.fit(part.train)  # makes the id maps, from train alone
validation = train.encode(part.test)  # other ratings, the same maps
say(
    f"**{len(train):,}** ratings to train on, **{len(validation):,}** to "
    f"validate, and **{len(drawer):,}** in the drawer."
)
assert len(train) + len(validation) + len(drawer) == len(ratings)
if not DATED:
    say("These data have no dates: what asks about time is passed over.")

# %% [markdown]
# A drawer is worth what its lock is worth. Lab 02 scored its held-out part many times, so that part
# can judge nothing any more; this lab draws another one. And whoever looks into it signs for it. From
# here on every prediction for the drawer is made by this function:

# %%
opened = []  # who has looked into the drawer, and what for


def drawer_predictions(model, data, why):
    """Predictions (stars) for the drawer, noted in `opened`."""
    opened.append(why)
    test = data.encode(drawer)  # cold users and movies stay in
    return model.predict(test.users, test.items)


earlier = train_test_split_random(ratings, 0.2, seed=0).test
shared = drawer.index.isin(earlier.index).mean()
say(f"Opened {len(opened)} times so far. {shared:.0%} of its ratings were "
    "also in the part that lab 02 held out: two random draws overlap.")

# %% [markdown]
# A PyTorch **`Dataset`** answers two questions: how many examples there are, `len(data)`, and
# what example number `n` is, `data[n]`. Ours holds three tensors of equal length.

# %%
user, item, stars = train[0]
print("examples:", f"{len(train):,}")
print("train[0]: user row", user.item(), " movie row", item.item(),
      " stars", stars.item())

# %% [markdown]
# A **`DataLoader`** deals the examples out like cards: shuffled anew each epoch, a hand at a
# time. A hand is called a **batch**. One pass through the whole deck is an **epoch**.

# %%
loader = ratings_loader(train, batch_size=1024, seed=SEED)
users, items, stars = next(iter(loader))  # the first hand
print("users ", tuple(users.shape), users.dtype)
print("items ", tuple(items.shape), items.dtype)
print("stars ", tuple(stars.shape), stars.dtype)
print(len(loader), "batches an epoch")

# %% [markdown]
# `ratings_loader` makes a standard `DataLoader` that asks the data set for a whole batch at once.
#
# ### Deeper: what a call for each rating costs
#
# The loader as it comes asks for one rating after the other, and then glues 1,024 small tensors
# together. Both deal the same cards.
#
# **Predict.** How many times as long does the rating-by-rating loader take for the same ratings?

# %%
guess = None  # for example 2

# %%
from torch.utils.data import DataLoader, TensorDataset

some = train.encode(part.train[:10_000])  # enough to time an epoch
columns = TensorDataset(some.users, some.items, some.ratings)
one_by_one = DataLoader(columns, batch_size=1024, shuffle=True)
loader = ratings_loader(some, batch_size=1024, seed=SEED)


def one_pass(loader):
    """Seconds for an epoch of doing nothing, and the sum of all stars."""
    start, total = time.perf_counter(), 0.0
    for _, _, stars in loader:
        total += stars.sum().item()
    return time.perf_counter() - start, total


# %%
slow, slow_sum = one_pass(one_by_one)
fast, fast_sum = min(one_pass(loader) for _ in range(3))
assert abs(slow_sum - fast_sum) <= 1e-4 * abs(fast_sum)  # the same ratings
finding(
    "A call for each rating is at least 5 times as slow", slow > 5 * fast,
    yes=f"Rating by rating {slow:.2f} s, {slow / len(some) * 1e6:.0f} µs a "
        f"rating; batch by batch {fast * 1000:.1f} ms: **{slow / fast:.0f} "
        "times** as long.",
    no=f"Rating by rating {slow:.3f} s, batch by batch {fast:.3f} s: only "
       f"{slow / fast:.1f} times as long, on this machine and these data.",
    control="this machine: one slow pass, the best of three quick ones",
    on=["sample", "100k", "latest-small"],
)
if guess is not None:
    print(f"You said {guess}.")

# %% [markdown]
# **What just happened?** Nothing was learned in these passes; it is all overhead. Looking up one
# rating takes a handful of Python calls: three tensors to index, and later three lists to glue.
# Indexing with a whole batch of row numbers is *one* call, and the loop over the rows runs in C.
# This rule holds for the rest of the course: **no Python call per rating**.

# %% [markdown]
# ## 2. The four steps, one at a time
#
# The model is that of lab 02,
#
# $$\hat r_{ui} = \mu + b_u + b_i + p_u \cdot q_i$$
#
# and the loss of a batch is its mean squared error. A batch takes four steps, and each changes
# something else:
#
# ![A table of five numbers after each step of training. Predict and measure sets the loss. zero_grad sets the gradients to zero. backward writes new gradients, −8 and −2. Only step moves the factors, p from 0.5 to 0.9 and q from 2.0 to 2.1. An arrow leads back to the start for the next batch.](images/training-step.svg)
#
# We go through *one* batch by hand, and look after each step at what has changed. (`.to(device)` moves tensors to the GPU if there is one;
# `.detach()` gives the numbers of a parameter without their ties to the training; `fused=True` lets
# Adam update a whole table in one call, to the same result up to rounding, in less time.)

# %%
def new_model(n_factors, init_sd=0.05, mean=0.0, seed=SEED):
    model = MatrixFactorization(
        train.n_users, train.n_items, n_factors, mean, init_sd, seed
    )
    return model.to(device)


# %%
model = new_model(n_factors=16, mean=train.mean)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02, fused=True)
start = model.item_factors.weight.detach().clone()  # a copy, to compare
users, items, stars = (t.to(device) for t in (users, items, stars))


def look(after):
    """How many movies have a gradient, and how many have moved."""
    table = model.item_factors.weight
    slopes = 0 if table.grad is None else (table.grad != 0).any(1).sum()
    moved = (table != start).any(1).sum()
    print(f"after {after:<10} movies with a gradient {slopes:5}, "
          f"moved {moved:5}, of {len(table):,}")


# %% [markdown]
# **Step 1: predict, and measure.** Calling the model runs its `forward`. PyTorch notes down every
# operation on the way, so that it can go back later.

# %%
errors = model(users, items) - stars  # (1024,)
loss = errors.square().mean()  # one number
look("predict")
print(f"loss {loss.item():.3f} stars², an RMSE of {loss.sqrt().item():.3f}")

# %% [markdown]
# Nothing has changed yet: no gradient, no movement. `.item()` takes the Python number out of a
# tensor of one.
#
# **Step 2: `zero_grad`.** Gradients are *added* to what is there. Forget the old ones first. (In the
# first batch there is nothing to forget. We shall see what happens if you do not.)
#
# **Step 3: `backward`.** PyTorch goes back through its notes with the chain rule, and writes into
# every parameter's `.grad` how the loss changes if that number grows.

# %%
optimizer.zero_grad()
look("zero_grad")
loss.backward(retain_graph=True)  # the notes stay: you can run this twice
look("backward")
print(f"movies in the batch: {len(items.unique())}")

# %% [markdown]
# A gradient for the movies that the batch holds, and zero for the others. Still nothing has
# moved.
#
# **Step 4: `step`.** The optimizer moves every number a little against its gradient. Plain gradient
# descent moves by `lr × gradient`. **Adam** moves along a running mean of the gradients, divided by a
# running estimate of their usual size. In the first step the two are equal, so it is about `lr` long for
# every number whose gradient is not zero, however small. Later steps are shorter wherever the gradients do
# not agree.

# %%
optimizer.step()
look("step")
with torch.no_grad():  # only looking: take no notes
    after = (model(users, items) - stars).square().mean()
print(f"the same batch, before {loss.item():.3f}, after {after.item():.3f}")
longest = (model.item_factors.weight - start).abs().max().item()
print(f"longest move {longest:.4f}, with lr = 0.02")

# %% [markdown]
# And without `zero_grad`? The same batch, backward twice:

# %%
slope = []
optimizer.zero_grad()
for _ in range(2):
    (model(users, items) - stars).square().mean().backward()
    slope.append(model.item_factors.weight.grad.norm().item())
print(f"length of the gradient {slope[0]:.4f}, then {slope[1]:.4f}")
assert abs(slope[1] - 2 * slope[0]) <= 1e-3 * slope[1]

# %% [markdown]
# Twice as long, with no error message: the old gradient was still there. In training every step
# would carry *all* batches so far.
#
# Now all batches, in a loop. `train_epoch` in `scripts/training.py` is this function with a penalty,
# which we need in section 5; from section 3 on we use the package's. (`forget` is there to be switched
# off once.)

# %%
def my_train_epoch(model, loader, optimizer, forget=True):
    """One pass; the mean squared error as it went by."""
    total = 0.0
    for batch in loader:
        users, items, stars = (t.to(device) for t in batch)
        errors = model(users, items) - stars
        loss = errors.square().mean()
        if forget:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(stars)  # the last batch is smaller
    return total / len(loader.dataset)


# %% [markdown]
# {{turn:y031}}
#
# Gradients that add up are no flaw. A batch can be too large for the memory of a GPU. Then it is
# dealt out in pieces, and the model still has to take *one* step, the same as if the batch had come
# whole. Write that step. The pieces have unequal sizes, and the loss is the mean over all ratings.

# %%
# {{answer:y031}}


# %%
check("y031", step_in_pieces)

# %% [markdown]
# {{ladder:y031}}

# %% tags=["solution"]
solution("y031")

# %% [markdown]
# ### Deeper: the package's loop, and a run without `zero_grad`
#
# One pass with the lines above and one with the package's must agree:

# %%
from training import train_epoch


def an_epoch_each(one_epoch, epochs=1, **how):
    """The losses, and the movies' factors at the end; always one start."""
    model = new_model(n_factors=16, mean=train.mean)
    loader = ratings_loader(train, 1024, seed=SEED)  # the same order
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02, fused=True)
    losses = [one_epoch(model, loader, optimizer, **how)
              for _ in range(epochs)]
    return losses, model.item_factors.weight.detach()


(mine, my_factors), (package, factors) = map(
    an_epoch_each, (my_train_epoch, train_epoch))
print(f"mine {mine[0]:.6f}   the package's {package[0]:.6f}")
assert abs(mine[0] / package[0] - 1) < 1e-4
assert torch.allclose(my_factors, factors, rtol=1e-3, atol=1e-4)

# %% [markdown]
# **What just happened?** One pass with the lab's lines and one with the package's ended at the same
# loss and the same factors: nothing in the package's is hidden.
#
# And four epochs without `zero_grad`:

# %%
with_it, without = (
    np.sqrt(an_epoch_each(my_train_epoch, 4, forget=forget)[0])
    for forget in (True, False)
)
said = ", ".join(f"{x:.2f}" for x in without)
finding(
    "Without zero_grad the error of an epoch grows",
    without[-1] > without[0] > with_it[0],
    yes=f"RMSE of the four epochs without `zero_grad`: {said}. With it the "
        f"fourth has {with_it[-1]:.2f}. No error message, only a training "
        "that runs away: each step carries all gradients since the start.",
    no=f"RMSE of the four epochs without `zero_grad`: {said}; with it the "
       f"fourth has {with_it[-1]:.2f}. Every step carries all gradients "
       "since the start, but here four epochs do not run away.",
    control="the same start and order with zero_grad; one seed",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# ## 3. Progress, history, and a curve that looks fine
#
# `fit` runs epochs, scores the validation part after each, shows its progress, and returns a
# `History`. The recipe is that of a textbook that many learn from, *Dive into Deep Learning* (chapter "Matrix
# Factorization"): 30 factors that start at $N(0, 0.01^2)$, Adam with a learning rate of 0.002 and
# `weight_decay=1e-5`, batches of 512, 20 epochs. (Our model adds μ, and the book halves the squared error.)
# The `checkpoint` is a file that holds all a run needs to go on later.

# %%
folder = tempfile.TemporaryDirectory()
checkpoint = Path(folder.name) / "recipe.pt"


def recipe(seed=SEED):
    """The model and the optimizer of the textbook's recipe."""
    model = new_model(30, 0.01, mean=train.mean, seed=seed)
    optimizer = torch.optim.Adam(
        model.parameters(), lr=0.002, weight_decay=1e-5, fused=True
    )
    return {"model": model, "optimizer": optimizer, "batch_size": 512}


data = {"train": train, "validation": validation}
history = fit(**recipe(), **data, epochs=5, checkpoint=checkpoint)
history.frame().round(3)

# %%
biases = BiasModel().fit(train)
bias_score = evaluate(biases, validation)["rmse"]
mean_score = evaluate(GlobalMean().fit(train), validation)["rmse"]
frame = history.frame()
say(
    f"After {len(frame)} epochs the training RMSE is "
    f"{frame['train_rmse'].iloc[-1]:.3f}, and the validation RMSE "
    f"**{frame['validation_rmse'].iloc[-1]:.3f}**. Damped biases alone, "
    f"without factors, have {bias_score:.3f}, the mean {mean_score:.3f}."
)

# %% [markdown]
# `train_rmse` is averaged over the epoch *as it went by*, while the model was changing;
# `validation_rmse` is measured after it. That is why the training error can look the larger of the
# two at first.
#
# Five epochs are done, and the recipe has twenty.
#
# **Predict.** Where will the validation RMSE be after epoch 20?

# %%
guess = None  # stars

# %% [markdown]
# ## 4. Overfitting on purpose
#
# `resume=True` reads the checkpoint and goes on where we stopped. And because one run proves little, a
# second one with another start and another order.

# %%
history = fit(
    **recipe(), **data, epochs=EPOCHS, checkpoint=checkpoint, resume=True
)
frame = history.frame()
last = frame.iloc[-1]
if guess is not None:
    off = abs(guess - last["validation_rmse"])
    print(f"You said {guess}; you are {off:.2f} off.")

# %%
figure, sentence = plots.learning_curves(frame)
plt.show()
say(sentence)

# %% [markdown]
# ### Early stopping
#
# If the validation error turns while the training error goes on falling, the model has stopped learning
# what people like, and learns *these* ratings by heart. The repair needs a validation part and two habits.
# **Stop** when the validation error has not improved for `patience` epochs. **Keep** the weights of the best
# epoch: `fit` copies them at each new best, and puts them back at the end.

# %%
stopped = recipe(seed=1)
early = fit(**stopped, **data, epochs=EPOCHS, patience=3, seed=1,
            show_progress=False)
kept = evaluate(stopped["model"], validation)["rmse"]
assert abs(kept - early.best_rmse) < 1e-4 * kept
say(
    f"Another seed stopped after {len(early.epochs)} of {EPOCHS} epochs, in "
    f"{early.epochs[-1]['seconds']:.1f} s instead of {last['seconds']:.1f} s. "
    f"The model in memory is that of epoch {early.best_epoch}: {kept:.3f}."
)

# %%
worse = last["validation_rmse"] / history.best_rmse - 1
then = frame["train_rmse"].iloc[history.best_epoch - 1]  # at its best
best_epochs = f"{history.best_epoch} and {early.best_epoch}"
finding(
    "The recipe overfits within its epochs",
    worse > 0.05 and early.best_epoch < len(early.epochs)
    and last["train_rmse"] < then,
    yes=f"**Overfitting.** Two seeds are best after epochs {best_epochs}; "
        f"after epoch {EPOCHS} the first is {worse:.0%} worse than at its "
        f"best, while the training error went from {then:.2f} to "
        f"{last['train_rmse']:.2f}.",
    no=f"Overfitting is not clear in both seeds: they are best after epochs "
       f"{best_epochs}, and after epoch {EPOCHS} the first is {worse:.0%} "
       "worse than at its best. With more epochs it may yet come.",
    control="two seeds; one split",
    on=["sample", "100k", "latest-small"],
)

# %%
n_numbers = sum(p.numel() for p in recipe()["model"].parameters())
means = (f"{n_numbers:,} numbers for {len(train):,} ratings, "
         f"**{n_numbers / len(train):.1f} numbers per rating**. After epoch "
         f"{EPOCHS} it predicts known ratings to {last['train_rmse']:.2f} "
         f"stars, and new ones to {last['validation_rmse']:.2f}")
finding(
    "At the end of the recipe biases alone are better",
    last["validation_rmse"] > bias_score,
    yes=f"{means}: worse than biases without any factor ({bias_score:.2f}).",
    no=f"{means}; biases without any factor have {bias_score:.2f}.",
    control="one seed; the same validation ratings",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# The book draws this curve too, for the *test* set; the page we read reports a test RMSE of 1.061 after the
# last epoch (and averages it over batches, see "Common mistakes"). Others report the lowest point of such a curve
# (one of them stands in the table of section 8). That is **peeking**. The test set chose the epoch, so it can no longer tell how good the choice
# was. And unless the weights of that epoch were kept, the number describes a model that nobody has.
#
# Early stopping is a brake, not a cure. It chooses one moment for all rows: for the user with 500 ratings and for the
# one with 5. A penalty treats the cause.

# %% [markdown]
# {{turn:y032}}
#
# `fit` did the counting for you. Now do it yourself, on a list of validation errors: after which epoch
# does training stop, and the weights of which epoch are kept? Only an epoch with a *lower* error than
# the best so far starts the count anew.

# %%
# {{answer:y032}}


# %%
check("y032", stop_and_keep)

# %% [markdown]
# {{ladder:y032}}

# %% tags=["solution"]
solution("y032")

# %% [markdown]
# ## 5. Regularization that works
#
# A penalty puts a price on large numbers, so that a factor must earn its size by what it explains. Two
# prices are in use, and they look alike:
#
# $$\text{per rating:}\qquad
# \sum_{(u,i)} \Big[ (r_{ui}-\hat r_{ui})^2 + \lambda \big(\lVert p_u\rVert^2 + \lVert q_i\rVert^2 + b_u^2 + b_i^2\big) \Big]$$
#
# $$\text{per row:}\qquad
# \sum_{(u,i)} (r_{ui}-\hat r_{ui})^2 \;+\; \delta \Big(\sum_u \lVert p_u\rVert^2 + \sum_i \lVert q_i\rVert^2\Big)$$
#
# In the first the sum runs over *ratings*: a row pays once for each of its ratings (`reg_per_rating`). In the second it
# runs over *rows*: someone with 500 ratings pays as much as someone with 20 (`reg_per_row`; in `fit` the biases are
# exempt). Is the first really what a penalty on looked-up rows adds up to? A naive loop over the users, then one
# look-up of all rows:

# %%
model = stopped["model"].cpu()
counts = torch.bincount(train.users, minlength=train.n_users)
total = 0.0
for user, row in enumerate(model.user_factors.weight.detach()):
    total += counts[user].item() * (row @ row).item()  # n_u |p_u|^2
by_row = total / len(train)
looked_up = model.user_factors(train.users).square().sum(-1).mean().item()
print(f"row by row {by_row:.6f}   over all look-ups {looked_up:.6f}")
assert abs(by_row - looked_up) <= 1e-4 * by_row

# %% [markdown]
# `model.penalty(users, items)` is that mean for both sides and the biases. Only rows in the batch are looked
# up, so only they have a gradient from it. The second is what optimizers call **weight decay**. It reaches *every*
# row at every step.
#
# ### Deeper: both prices, looked at closely
#
# First the package's penalty, by four look-ups:

# %%
of_all = looked_up
for table, rows in [(model.item_factors, train.items),
                    (model.user_bias, train.users),
                    (model.item_bias, train.items)]:
    of_all += table(rows).square().sum(-1).mean().item()
by_package = model.penalty(train.users, train.items).item()
print(f"all four tables {of_all:.6f}   model.penalty {by_package:.6f}")
assert abs(of_all - by_package) <= 1e-4 * by_package

# %% [markdown]
# And weight decay: `weight_decay=w` adds $w$ × the number itself to each gradient. Where the loss is a mean over $N$ ratings, that is what a price per row
# of $\delta = wN/2$ adds. How far does Adam move the movies that are *not* in a batch, at its first step, and after an epoch or two?

# %%
def moves(decay, epochs=2):
    """Mean move of a movie's factors at each step: in the batch, not in."""
    model, rows = new_model(n_factors=16, mean=train.mean), []
    optimizer = torch.optim.Adam(
        model.parameters(), lr=0.005, weight_decay=decay, fused=True
    )
    loader = ratings_loader(train, 1024, seed=SEED)
    for batch in [batch for _ in range(epochs) for batch in loader]:
        users, items, stars = (t.to(device) for t in batch)
        before = model.item_factors.weight.detach().clone()
        optimizer.zero_grad()
        (model(users, items) - stars).square().mean().backward()
        optimizer.step()
        move = (model.item_factors.weight.detach() - before).abs().mean(1)
        absent = torch.ones(train.n_items, dtype=bool, device=device)
        absent[items] = False
        rows.append((move[~absent].mean().item(), move[absent].mean().item()))
    return pd.DataFrame(rows, columns=["in the batch", "absent"])


# %%
plain, decayed = moves(0.0), moves(1e-5)
both = pd.concat({"no decay": plain, "decay 1e-5": decayed}, axis=1)
first, later = decayed.iloc[0], decayed.iloc[-1]
extra = later["absent"] / plain["absent"].iloc[-1] - 1
finding(
    "A tiny decay moves absent rows in full at first, hardly later",
    first["absent"] > 0.5 * first["in the batch"] and abs(extra) < 0.1,
    yes="In the first step a decay of one in a hundred thousand moves "
        f"movies that are *not in the batch* by {first['absent']:.4f}, those "
        f"that are by {first['in the batch']:.4f}. At the last step it "
        f"changes the move of absent movies by {extra:+.0%}.",
    no=f"First step: {first['absent']:.4f} for absent movies, "
       f"{first['in the batch']:.4f} for the others. At the last step the "
       f"decay changes the move of absent movies by {extra:+.0%}.",
    control="the same steps without decay; one seed",
    on=["sample", "100k", "latest-small"],
)
both.iloc[[0, len(both) // 2, -1]].rename(lambda n: f"step {n + 1}").round(5)

# %% [markdown]
# **What just happened?** Adam divides each gradient by its usual size. In the first step the only gradient of an absent
# row is the decay, and it is divided by its own size. Later Adam remembers the row's real gradients beside it. (Look at
# the column without decay: Adam's running mean moves absent rows anyway.) What differs for
# good is in the formulas: *who pays, and how often*. (`AdamW` keeps the decay out of the division; it, too,
# reaches every row at every step.)
#
# ### Which price, and how high?
#
# Validation decides. We train for 8 epochs with each, quickly: 16 factors and batches of
# 4,096. First each price alone. (Mind the unit. Factors meet in a product, so ‖p‖² has the unit of the stars and the squared
# errors have its square: λ for 1 to 5 stars is another λ for 1 to 100. `fit_standardized` is `fit` with the ratings
# measured in their own standard deviation, and turned back to stars at the end. `ALS` does the same.)

# %%
def try_out(reg_per_rating=0.0, reg_per_row=0.0, seed=SEED, parts=None,
            **changes):
    """The history of a quick run at these two prices."""
    settings = {"n_factors": 16, "learning_rate": 0.02, "batch_size": 4096,
                "epochs": 8} | changes
    parts = parts or data
    sizes = parts["train"].n_users, parts["train"].n_items
    model = MatrixFactorization(
        *sizes, settings.pop("n_factors"), seed=seed).to(device)
    return fit_standardized(
        model, **parts, reg_per_rating=reg_per_rating,
        reg_per_row=reg_per_row, seed=seed, show_progress=False, **settings)


LAMBDAS, DELTAS = (0.03, 0.06, 0.12, 0.24), (2.5, 5.0, 10.0, 20.0)
tried = {(x, 0.0): try_out(x, 0.0) for x in LAMBDAS}
tried |= {(0.0, x): try_out(0.0, x) for x in DELTAS}

# %%
strengths = pd.DataFrame(
    [("λ, per rating", x, tried[x, 0.0]) for x in LAMBDAS]
    + [("δ, per row", x, tried[0.0, x]) for x in DELTAS],
    columns=["kind", "strength", "run"])
strengths["best"] = [run.best_rmse for run in strengths["run"]]
strengths["last"] = [run.epochs[-1]["validation_rmse"]
                     for run in strengths["run"]]
figure, sentence = plots.regularization_curves(strengths)
plt.show()
say(sentence)

# %% [markdown]
# Read each panel from left to right. A penalty that is too weak shows as a last epoch (dashed) far above the
# best one (solid); one that is too strong as two lines that meet, but high up. Good is where both lines are low
# *and* together: there little is lost by training on to the last epoch.
#
# Each point of these lines is a whole training run. Move the slider through the λ and watch where the ring, the best
# epoch, goes, and what happens to the gap between the two curves.

# %%
from play import training_curves


def errors_of(run, part):
    return [epoch[f"{part}_rmse"] for epoch in run.epochs]


training_curves(
    {f"{x:g}": (errors_of(tried[x, 0.0], "train"),
                errors_of(tried[x, 0.0], "validation")) for x in LAMBDAS},
    key="lab03-curves", name="λ")

# %%
lowest = strengths.loc[strengths.groupby("kind")["best"].idxmin()]
gap = (lowest["last"] - lowest["best"]).max()
weak = strengths.groupby("kind", sort=False).first()
weak = (weak["last"] - weak["best"]).max()
finding(
    "At the best penalty the brake has little left to do",
    gap < 0.5 * weak,
    yes=f"At its best strength neither price loses more than {gap:.3f} stars "
        f"from the best epoch to the last; the weakest loses {weak:.3f}.",
    no=f"From the best epoch to the last {gap:.3f} stars are lost even at "
       f"the best strength, against {weak:.3f} at the weakest: less than half "
       "of the loss is saved.",
    control="one seed, a coarse grid",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# ### Both together
#
# Under λ alone the price grows with the evidence: someone with 500 ratings pays 25 times as much as someone with 20. Under
# δ alone both pay the same, so the one with 20, who has less evidence to set against it, is held closer to zero. One may charge both:
# $\lambda n_u + \delta$ for the factors of a user with $n_u$ ratings. Then they have to be tuned *together*, on a map.

# %% [markdown]
# {{turn:y033}}
#
# Put both prices into one line of code: what does each user's row of factors pay? Give `counts` and
# both strengths their place; a user without any rating is in the table, too.

# %%
# {{answer:y033}}


# %%
check("y033", prices_of_rows)

# %% [markdown]
# {{ladder:y033}}

# %% tags=["solution"]
solution("y033")

# %% [markdown]
# **Predict.** At the lowest point of the map, will λ be as high as the best λ alone?

# %%
guess = None  # "as high", "lower" or "higher"

# %%
tried |= {(x, y): try_out(x, y) for x in LAMBDAS[1:3] for y in DELTAS[:3]}
tried[0.0, 0.0] = try_out()
grid = pd.Series({prices: run.best_rmse for prices, run in tried.items()})
figure, sentence = plots.penalty_map(grid.unstack())
plt.show()
say(sentence)
best_lambda = min(LAMBDAS, key=lambda x: grid[x, 0.0])
best_delta = min(DELTAS, key=lambda x: grid[0.0, x])
print(f"λ alone: {best_lambda:g}; on the map: {grid.idxmin()[0]:g}.",
      "" if guess is None else f"You said {guess}.")

# %% [markdown]
# Six pairs were tried and eight single prices, and the best of many owes something to luck: a small lead on this map may
# not be there with another seed. What the winner is worth, ratings that chose nothing will say, in section 8.

# %%
reg_per_rating, reg_per_row = grid.idxmin()
say(f"The lab goes on with the lowest point of the map: **λ = "
    f"{reg_per_rating:g}, δ = {reg_per_row:g}**.")

# %% [markdown]
# ### Deeper: which of these numbers travels?
#
# A strength that is found on one data set is soon used on another. Here the other one is a quarter of our users, with
# about as many steps of training as before. We take over the best λ alone, the best δ alone, and the best `weight_decay` alone,
# which is $\delta$ in another unit: $w = 2\delta/N$, so the *same* $w$ is a quarter of δ there. How much RMSE does each cost,
# compared with the best of half, the same and double the λ or δ?

# %%
some = np.random.default_rng(SEED).permutation(train.n_users)
some = torch.tensor(some[: max(train.n_users // 4, 1)])
ids = part.train["user_id"].unique()
quarter = np.sort(ids)[np.sort(some.numpy())]
small = [rows[rows["user_id"].isin(quarter)] for rows in part[:2]]
small_train = RatingsDataset.fit(small[0])
parts = {"train": small_train, "validation": small_train.encode(small[1])}
steps = {"parts": parts, "batch_size": 1024}
by_lambda = {x: try_out(x, 0.0, **steps).best_rmse
             for x in (best_lambda / 2, best_lambda, 2 * best_lambda)}
same_w = best_delta * len(small_train) / len(train)
by_delta = {x: try_out(0.0, x, **steps).best_rmse
            for x in (same_w, best_delta / 2, best_delta, 2 * best_delta)}

# %%
price = {
    "λ": by_lambda[best_lambda] - min(by_lambda.values()),
    "δ": by_delta[best_delta] - min(by_delta.values()),
    "weight_decay": by_delta[same_w] - min(by_delta.values()),
}
costs = ", ".join(f"{name} {x:+.4f}" for name, x in price.items())
finding(
    "λ and δ travel to a quarter of the users better than weight decay",
    price["weight_decay"] > max(price["λ"], price["δ"]),
    yes=f"Cost of taking over the strength, in stars: {costs}. A price per "
        "rating or per row keeps its meaning; a `weight_decay` has the size "
        "of the data in it.",
    no=f"Cost of taking over the strength, in stars: {costs}. Here "
       "`weight_decay` is not the one that costs most, though its meaning "
       "changes with the size of the data.",
    control="one draw of users, one seed, half and double each strength",
    on=["sample", "100k"],
)

# %% [markdown]
# ## 6. Deeper: learning rate, batch size and factors, in seconds
#
# An epoch is not a unit of anything you pay for: with small batches the same epoch can take much longer. So we
# put **time** on the axis. But a clock is a noisy instrument: on a machine that does something else as well, one
# and the same epoch takes now longer, now shorter. So each line is drawn at the pace of its *quickest* epoch, and the
# spread of the others is printed. The middle value in each legend is the run of section 5, used again. Batches of 512 get
# only 2 epochs.

# %%
def at_best_prices(**changes):
    return try_out(reg_per_rating, reg_per_row, **changes)


middle = tried[reg_per_rating, reg_per_row]
panels = {
    "learning rate": {
        "0.005": at_best_prices(learning_rate=0.005),
        "0.02": middle,
        "0.2": at_best_prices(learning_rate=0.2),
    },
    "batch size": {
        "512": at_best_prices(batch_size=512, epochs=2),
        "4,096": middle,
        "16,384": at_best_prices(batch_size=16_384),
    },
    "factors": {
        "4": at_best_prices(n_factors=4),
        "16": middle,
        "64": at_best_prices(n_factors=64),
    },
}


# %%
def paced(run):
    """The history, as if each epoch had been as quick as the quickest."""
    frame = run.frame()
    pace = np.diff(frame["seconds"], prepend=0.0).min()
    return frame.assign(seconds=pace * frame["epoch"])


figure, sentence = plots.small_multiples(
    {name: {value: paced(run) for value, run in runs.items()}
     for name, runs in panels.items()}
)
plt.show()
say(sentence)
epochs = np.diff(middle.frame()["seconds"], prepend=0.0)
say(f"The clock: the {len(epochs)} epochs of the middle run, all with the "
    f"same work, took from {epochs.min():.3f} to {epochs.max():.3f} s. "
    "Differences in time that are smaller than that mean nothing.")

# %%
spread = {name: max(r.best_rmse for r in runs.values())
          - min(r.best_rmse for r in runs.values())
          for name, runs in panels.items()}
said = ", ".join(f"{name} {x:.3f}" for name, x in spread.items())
said += " (batches of 512 had 2 epochs)"
finding(
    "Within 8 epochs the learning rate decides more than the factors",
    spread["learning rate"] > spread["factors"],
    yes=f"From the best to the worst value of each panel, in stars: {said}. "
        "Of the three the number of factors is *not* the one to worry about "
        "first.",
    no=f"From the best to the worst value of each panel, in stars: {said}. "
       "Here the number of factors decides more than the learning rate.",
    control="one seed; the three values of each panel",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# The three are not independent. A larger batch has a less noisy gradient, and makes fewer steps in an epoch. Does it
# bear a larger learning rate? Two more runs:

# %%
fast = {rate: at_best_prices(batch_size=16_384, learning_rate=rate).best_rmse
        for rate in (0.06, 0.18)}
large = panels["batch size"]["16,384"].best_rmse
finding(
    "A larger batch bears a larger learning rate", min(fast.values()) < large,
    yes=f"Batches of 16,384 have {large:.3f} at 0.02, and "
        f"{min(fast.values()):.3f} at {min(fast, key=fast.get):g}: turn one "
        "knob at a time to *understand*, but tune them together.",
    no=f"Batches of 16,384 have {large:.3f} at 0.02, and a larger rate does "
       f"not help: {min(fast.values()):.3f}.",
    control="one seed; rates 0.02, 0.06 and 0.18",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# When steps are far too long there is no curve at all. `fit` notices that the loss is no longer a number, and says
# so instead of going on.

# %%
from training import TrainingDiverged

model = new_model(n_factors=16)
too_fast = torch.optim.SGD(model.parameters(), lr=1e6)
try:
    fit_standardized(model, **data, optimizer=too_fast, show_progress=False)
except TrainingDiverged as error:
    print(error)

# %% [markdown]
# ## 7. Deeper: SGD, Adam, ALS against the clock
#
# Three ways down the *same* hill. In `ALS` the factors pay $\lambda n + \delta$ and a bias pays a fixed price, 3. A race
# would compare prices and not algorithms if the others paid anything else. So SGD and Adam get exactly this
# objective: a `penalty` without the biases, and a price per row for each table.

# %%
class SameObjective(MatrixFactorization):
    """Per rating only the factors pay, as in ALS."""

    def penalty(self, users, items):
        p, q = self.user_factors(users), self.item_factors(items)
        return p.square().sum(-1).mean() + q.square().sum(-1).mean()


per_row = {"user_factors": reg_per_row, "item_factors": reg_per_row,
           "user_bias": 3.0, "item_bias": 3.0}


def objective(model):
    """Squared errors and prices, for each training rating (stars²)."""
    table = model.tables()
    errors = train.ratings - model.predict(train.users, train.items)
    total = errors.square().sum()
    for rows, factors, bias in (
            (train.users, table.user_factors, table.user_bias),
            (train.items, table.item_factors, table.item_bias)):
        price = reg_per_rating * torch.bincount(rows) + reg_per_row
        total += train.unit * (price @ factors.square().sum(1))
        total += 3.0 * bias.square().sum()
    return total.item() / len(train)


# %% [markdown]
# Both have batches of 1,024. Adam runs at the rate of section 5; SGD at the largest of the rates below at which it
# does not diverge. Plain SGD needs rates of another size: the loss is a mean over the batch, so the gradient of a row
# that occurs once in it is divided by 1,024, and nothing scales it up
# again as Adam does. Both rates fall to zero over the run (`anneal=True`), so that the noise of the batches dies out.

# %%
def descend(epochs=10, rate=None, **settings):
    """(history, model) of the same objective, by SGD at `rate` or Adam."""
    model = SameObjective(train.n_users, train.n_items, 16).to(device)
    settings["reg_per_row"] = per_row
    if rate is not None:
        groups = [{"params": table, "weight_decay": 2 / len(train)
                   * settings["reg_per_row"][name.removesuffix(".weight")]}
                  for name, table in model.named_parameters()]
        settings["optimizer"] = torch.optim.SGD(groups, lr=rate)
        del settings["reg_per_row"]
    run = fit_standardized(
        model, **data, epochs=epochs, batch_size=1024, anneal=True,
        show_progress=False, reg_per_rating=reg_per_rating, **settings)
    return run, model


# %%
for rate in (80.0, 40.0, 20.0, 10.0, 1.0):
    try:
        sgd, sgd_model = descend(rate=rate)
    except TrainingDiverged:
        print(f"SGD diverges at a rate of {rate:g}.")
    else:
        print(f"SGD at {rate:g}: {sgd.best_rmse:.3f}")
        break
adam, adam_model = descend(learning_rate=0.02)

# %% [markdown]
# An epoch of ALS is one sweep over both sides, and it does not score itself on the way. So each of its points is a fit
# of its own, with so many epochs, timed from the start. (A first fit, not timed, pays for what PyTorch sets up only once.)
# Scoring the validation part is timed in all three.

# %%
als_curve = []
ALS(16, reg_per_rating, reg_per_row, epochs=1).fit(train)  # not timed
for epochs in (1, 2, 4, 8, 30):
    start = time.perf_counter()
    fitted = ALS(16, reg_per_rating, reg_per_row, epochs=epochs).fit(train)
    reached = evaluate(fitted, validation)["rmse"]
    als_curve.append((time.perf_counter() - start, reached))
als_curve = pd.DataFrame(als_curve, columns=["seconds", "validation_rmse"])
ends = {"SGD": objective(sgd_model), "Adam": objective(adam_model),
        "ALS": objective(fitted)}
assert abs(ends["ALS"] * len(train) / fitted.objective[-1] - 1) < 1e-3

# %%
curves = {"SGD": sgd.frame(), "Adam": adam.frame(), "ALS": als_curve}
figure, sentence = plots.race(curves)
plt.show()
say(sentence)
goal = 1.02 * min(curve["validation_rmse"].min() for curve in curves.values())
arrival = {
    name: curve["seconds"][curve["validation_rmse"] <= goal].min()
    for name, curve in curves.items()}  # nan: it has not arrived
rivals = np.nanmin([arrival["SGD"], arrival["Adam"], np.inf])
them = f"{rivals:.2g} s" if rivals < np.inf else "more than they had"
finding(
    "ALS is within 2 % of the best in half the time of the others or less",
    2 * arrival["ALS"] <= rivals,
    yes=f"ALS needs {arrival['ALS']:.2g} s, the quicker of the others {them}. "
        "It solves each row exactly, all small systems in one batched call; "
        "the others feel their way.",
    no=f"ALS needs {arrival['ALS']:.2g} s, the quicker of the others {them}: "
       "no clear lead on these data and this machine.",
    control="one objective for all three; one run each, by the clock",
    on=["sample", "100k", "latest-small"],
)

# %%
end = {"SGD": sgd.best_rmse, "Adam": adam.best_rmse,
       "ALS": als_curve["validation_rmse"].iloc[-1]}
said = "; ".join(f"{name} {x:.3f} and {end[name]:.4f}"
                 for name, x in ends.items())
finding(
    "ALS gets furthest down the common objective",
    ends["ALS"] == min(ends.values()),
    yes=f"Objective for each rating (stars²), and validation RMSE: {said}. "
        "Thirty sweeps of ALS stand lowest on what all three minimize; "
        f"{min(end, key=end.get)} has the lowest validation RMSE. The others "
        "made ten epochs: do they come closer with `epochs=40`?",
    no=f"Objective for each rating (stars²), and validation RMSE: {said}. "
       "Thirty sweeps of ALS are not the lowest here: it has met another "
       "valley, or is still on its way.",
    control="one objective, one seed; SGD and Adam at the best of ten epochs",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# **What just happened?** All three went down the same hill, so what differs is the way. ALS solves each row exactly. Then why
# learn the others? Because ALS works only while the loss is squared and each row, with all else held fixed, is a small problem of its
# own. In lab 07 it no longer is, and the loop of section 2 still stands.

# %% [markdown]
# ## 8. One honest number
#
# ### Choose, then open the drawer
#
# All choices are made on validation. MF by Adam was tried at 15 pairs of prices; ALS gets the same ones (but for 0, 0, where
# its equations need not have a solution), and the same 16 factors, so that neither wins by more prices. (Adam's best epoch
# is chosen as well; ALS makes 8 sweeps.) We write each candidate as a function from training data to a
# fitted model, so that we can fit it again on other parts.

# %%
als_grid = pd.Series({
    prices: evaluate(ALS(16, *prices, epochs=8).fit(train), validation)["rmse"]
    for prices in tried if prices != (0.0, 0.0)})
als_prices = als_grid.idxmin()
say(f"ALS is best at λ = {als_prices[0]:g}, δ = {als_prices[1]:g}: "
    f"{als_grid.min():.4f}; Adam at λ = {reg_per_rating:g}, δ = "
    f"{reg_per_row:g}: {grid.min():.4f}.")


# %%
def fit_biases(data, seed):
    return BiasModel().fit(data)


def fit_mf(data, seed):
    model = MatrixFactorization(data.n_users, data.n_items, 16, seed=seed)
    fit_standardized(
        model.to(device), data, epochs=middle.best_epoch, learning_rate=0.02,
        batch_size=4096, reg_per_rating=reg_per_rating,
        reg_per_row=reg_per_row, seed=seed, show_progress=False)
    return model


def fit_als(data, seed):
    return ALS(16, *als_prices, epochs=8, seed=seed).fit(data)


# %%
from metrics import bootstrap_rmse, bootstrap_rmse_difference

candidates = {"biases": fit_biases, "MF, Adam": fit_mf, "ALS": fit_als}
guesses = {
    name: fit_it(train, SEED).predict(validation.users, validation.items)
    for name, fit_it in candidates.items()
}
choice = pd.Series({name: rmse(guess, validation.ratings)
                    for name, guess in guesses.items()})
chosen, second = choice.nsmallest(2).index
lead = bootstrap_rmse_difference(
    guesses[chosen], guesses[second], validation.ratings,
    part.test["user_id"], level=0.95)
say(f"Validation chooses **{chosen}**. Its lead over {second}: {lead}. "
    "To choose is not to prove: someone has to be first.")
choice.round(4).to_frame("validation RMSE")

# %% [markdown]
# The choice is made. Now fit it on everything that is not test (train and validation together), and open
# the drawer. (How clean is it? No cell of this lab chooses by it. But whoever writes a lab runs it many times, and knows from
# other splits of the same data which range of λ is worth a try. No author has seen your own data.)
#
# Predictions may fall below the lowest star or above the highest. *Clipping* moves them to the ends of the scale, and
# can only lower the RMSE. We do not clip, and say so.

# %%
everything = RatingsDataset.fit(known)
actual = drawer["rating"].to_numpy()
final = candidates[chosen](everything, SEED)
predicted = drawer_predictions(final, everything, f"the score of {chosen}")
honest = rmse(predicted, actual)
say(f"Test RMSE of {chosen}, random split, unclipped: **{honest:.3f}**.")

# %% [markdown]
# ### How sure is it?
#
# Other users would have given another number. How different? We have no other users, but we can draw from ours: a
# new "test set" of as many users, drawn *with replacement*, a thousand times. That is a **bootstrap**, and the
# middle 95 % of the thousand results are the interval. The fitted model stays as it is: what another *training* set
# would have changed is not covered. The biases are scored on the drawer too, to compare.

# %%
who = drawer["user_id"].to_numpy()
base = drawer_predictions(
    fit_biases(everything, SEED), everything, "the biases, to compare")
interval = bootstrap_rmse(predicted, actual, who, level=0.95)
difference = bootstrap_rmse_difference(
    predicted, base, actual, who, level=0.95)
alone = bootstrap_rmse(  # each rating drawn by itself
    predicted, actual, np.arange(len(actual)), n_resamples=300,
    level=0.95)
say(f"RMSE {interval}.")
finding(
    "What validation chose beats the biases on the drawer",
    difference.high < 0,
    yes=f"{chosen} less the biases, on the same users: {difference}.",
    no=f"Validation chose {chosen}. Less the biases: {difference}. That is "
       "no proof that factors help on these data.",
    control="95 % bootstrap over users; the drawer chose nothing",
    on=["sample", "100k", "latest-small"],
)

# %%
width = interval.high - interval.low
narrower = difference.high - difference.low
finding(
    "Paired comparisons are sharper than single numbers", narrower < width,
    yes=f"The number is uncertain by {width:.3f} from end to end, the "
        f"*difference* to the biases only by {narrower:.3f}: what makes a "
        "user hard is hard for both.",
    no=f"The number is uncertain by {width:.3f} from end to end, the "
       f"difference to the biases by {narrower:.3f}: here pairing gains "
       "nothing.",
    control="both from a thousand draws of users",
    on=["sample", "100k", "latest-small"],
)
single_draws = alone.high - alone.low
say(
    f"Why users and not ratings? One user's ratings share that user's "
    f"quirks. Had we drawn single ratings, the interval would be "
    f"{single_draws:.3f} wide instead of {width:.3f}. (Ratings of one movie "
    f"have something in common, too; that is left out here.)"
)
say(f"The drawer has been opened {len(opened)} times: for "
    + ", and for ".join(opened) + ". Neither chose anything.")

# %% [markdown]
# {{turn:y034}}
#
# Often two models are scored on the same few parts of the data, called folds. Pair them there, too:
# take the differences, fold by fold, and return their mean with its **standard error**, which is the
# standard deviation of the differences divided by the root of their number.

# %%
# {{answer:y034}}


# %%
check("y034", paired_lead)

# %% [markdown]
# {{ladder:y034}}

# %% tags=["solution"]
solution("y034")

# %% [markdown]
# ### Deeper: five folds
#
# One split is one draw of the cards. ML-100K comes with five published folds, *u1* to *u5*; each rating is tested in one
# of them. They are no random draw but blocks of its file, in which low user ids come earlier: *u1* tests users 1 to 462
# only. Other data have no published folds, and we draw five at random. The ratings of the drawer go back into the pack:
# nothing is chosen any more, and the number above stays as it is.

# %%
from data_utils import official_folds, random_folds

try:
    folds, kind = official_folds(ratings), "official"
except ValueError:  # not ML-100K
    folds, kind = random_folds(ratings, 5, seed=DRAWER), "random"

scores = pd.DataFrame(index=range(1, 6), columns=[*candidates], dtype=float)
for number, fold in enumerate(folds, start=1):
    fold_train = RatingsDataset.fit(fold.train)
    fold_test = fold_train.encode(fold.test)
    for name, fit_it in candidates.items():
        fitted = fit_it(fold_train, number)
        scores.loc[number, name] = evaluate(fitted, fold_test)["rmse"]
say(f"Means over the five {kind} folds: " + ", ".join(
    f"{name} {value:.4f}" for name, value in scores.mean().items()) + ".")

# %%
figure, sentence = plots.fold_scores(scores)
plt.show()
say(sentence)
better = min(["MF, Adam", "ALS"], key=scores.mean().get)
gain, rival = (
    paired_difference(scores[better], scores[other], test_train_ratio=0.25)
    for other in ("biases", "ALS" if better == "MF, Adam" else "MF, Adam"))
finding(
    "Factors beat biases on the five folds", gain.high < 0,
    yes=f"{better} less the biases, paired by fold: {gain}. {better} less "
        f"its rival with factors: {rival}.",
    no=f"Five folds do not prove that factors help: {better} less the "
       f"biases {gain}.",
    control="95 % interval over five folds, Nadeau and Bengio's correction",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# `test_train_ratio`, here a fifth of the ratings against four fifths, widens the interval: any two folds share most of
# their training ratings, so five folds are less than five independent experiments (Nadeau & Bengio 2003). Take it as a rule of
# thumb. They derived it for *random* parts that are drawn anew each time; our folds are disjoint, and the
# official ones are not random. It is no bootstrap: five scores are too few to draw from, so it comes from their mean and
# spread. And the prices of MF and ALS were chosen on ratings that the folds test; the
# biases were not tuned here.

# %% [markdown]
# ### Deeper: is it the model, or the seed?
#
# Another source of luck is the random start. Watch somebody "improve" on the biases: an ALS with λ
# alone, and λ is raised until the new model wins, with five seeds and an interval that does not contain zero. (On a random
# split of its own, for the drawer stays as it is.)

# %%
def parts_of(split):
    """Training ratings, test ratings, and the RMSE of the biases on these."""
    data = RatingsDataset.fit(split.train)
    held = data.encode(split.test)
    return data, held, evaluate(BiasModel().fit(data), held)["rmse"]


def one_seed(parts, reg, seed=0):
    """RMSE of ALS with λ alone minus that of the biases, on one split."""
    data, held, base = parts
    fitted = ALS(16, reg, 0.0, epochs=8, seed=seed).fit(data)
    return evaluate(fitted, held)["rmse"] - base


def five_seeds(parts, reg):
    """The same over five seeds, with an interval."""
    gains = [one_seed(parts, reg, seed) for seed in range(5)]
    return paired_difference(gains, [0.0] * len(gains))


# %%
at_random = train_test_split_random(ratings, 0.2, seed=DRAWER + 1)
random_parts = parts_of(at_random)
for reg in (0.06, 0.065, 0.08, 0.1, 0.12, 0.16):
    if one_seed(random_parts, reg) < 0:  # worth a look
        on_random = five_seeds(random_parts, reg)
        if on_random.high < 0:
            break
else:
    on_random = five_seeds(random_parts, reg)
say(f"λ = {reg:g}, random split: ALS less biases {on_random}.")

# %% [markdown]
# If the interval lies below zero, a report could end at this point.
#
# **Predict.** We hold out each user's *newest* ratings instead of random ones, and change nothing else. Is the new
# model surely better there?

# %%
guess = None  # "yes" or "no"

# %%
if DATED:
    newest = train_test_split_by_time(ratings, 0.2, per_user=True)
    newest_parts = parts_of(newest)
    on_newest = five_seeds(newest_parts, reg)
    finding(
        "A gain with an interval vanishes under another split",
        on_random.high < 0 <= on_newest.high,
        yes=f"Each user's newest ratings: {on_newest}. On the random split "
            f"it was {on_random}. The same two models, the same data, and "
            "**the split decides**.",
        no=f"Each user's newest ratings: {on_newest}; on the random split "
           f"{on_random}. Here no sure gain is lost by the other split.",
        control="95 % interval over five seeds on either split",
        on=["100k", "latest-small"],
    )
    stays = "yes" if on_newest.high < 0 else "no"
    if guess is not None:
        print("Your guess:", guess, "- right" if guess == stays else "- no")

# %% [markdown]
# **What just happened?** A random split asks for gaps *between* known ratings; in time a model has to go *beyond* them.
# Those are two questions, and a model may answer one better than the other. The interval over seeds is right about the question
# that it was asked, "is it the seed?", and about no other. **An interval covers only what was varied.**
#
# To be fair: this λ was picked for the lesson. Here is one a little smaller, and one a little larger, each with one seed:

# %%
if DATED:
    edges = pd.DataFrame({
        name: {f"{x:.3f}": one_seed(parts, x)
               for x in (0.8 * reg, 1.3 * reg)}
        for name, parts in (("random", random_parts),
                            ("newest", newest_parts))
    }).rename_axis("λ")
    print(edges.round(4).to_string())

# %% [markdown]
# Below zero the new model is better. Where both numbers of a row have the same sign, the split does not decide. A gain
# as small as the one above can hang on the λ that was picked.

# %% [markdown]
# ### Deeper: what others report
#
# All figures below are RMSE on ML-100K. "Measured": by `python scripts/tools/benchmark.py --peers`, single runs on one
# core (`scripts/tools/peers.json` has versions and settings); "tuned" is on validation parts of all five training folds.
# The rest is as published by the source. *u1* is one of the five official folds; the biases find it the hardest.
#
# | method | RMSE | protocol | source |
# |---|---|---|---|
# | biases, those of this course | .9439 | official folds, mean | measured |
# | | .9575 | u1 | measured |
# | biases, Surprise `BaselineOnly` | .944 | random 5-fold | Surprise, README |
# | Surprise SVD, defaults (k=100, 20 epochs) | .9398 | official folds, mean | measured |
# | | .934 | random 5-fold | Surprise, README |
# | Surprise SVD, tuned (k=100, 80 epochs) | .9121 | official folds, mean | measured |
# | Surprise SVD++, defaults (k=20) | .9200 | official folds, mean | measured |
# | | .919 | random 5-fold | Surprise, README |
# | LensKit ALS, tuned (k=200) | .9180 | official folds, mean | measured |
# | Cornac MF, tuned (k=100, 50 epochs) | .9063 | official folds, mean | measured |
# | | .9172 | u1 | measured |
# | MyMediaLite BiasedMF (k=40) | .9076 | random 5-fold, its best plain MF | MyMediaLite, website |
# | MyMediaLite SVD++ (k=50) | .9065 | random 5-fold, *sees which movies the test fold rates* | MyMediaLite, website |
# | MyMediaLite user-asymmetric (k=5), its best | .8906 | random 5-fold, *sees which movies the test fold rates* | MyMediaLite, website |
# | GC-MC (graph network) | .910 | u1 | van den Berg et al. 2017 |
# | myFM, Bayesian MF (rank 10, 300 sweeps) | .8971 | official folds, mean | measured |
# | | .9065 | u1 | measured |
# | IMC-GAE (graph network) | .8967 | u1 | Shen et al. 2021 |
# | GLocal-K | .8889 | u1, *lowest of all test epochs* | Han et al. 2021 |
# | myFM, timeSVD++ flipped (with dates) | .889 | u1 | myFM, documentation |
#
# Read the third column first. The same biases score .9439 on the folds and .9575 on u1: .014 apart, as much as from
# GC-MC to IMC-GAE, four years of papers. Two figures may be compared if their protocols agree. Two rows
# are given the test fold's user–movie pairs (not the stars); lab 07 says why that helps. "Lowest of all test
# epochs" is the peeking of section 4, in print. `make bench` prints the same table for the models of this course, with
# the settings in `scripts/recipes.py`; the models of this lab have fewer epochs and prices of their own.

# %%
say("Ours: " + ", ".join(f"{name} {scores[name].mean():.4f}"
                         for name in scores)
    + f"; mean of five {kind} folds, 16 factors, unclipped, cold rows kept.")

# %% [markdown]
# ## 9. The same model under three splits
#
# Lab 01 scored a constant and biases under its splits. Now models with factors join them, under three of the four. **Cold**
# is the share of test ratings whose user or movie has no training rating. The dashed line stands for a target that
# somebody might set without naming the split: 0.84 standard deviations of the ratings, which is 0.95 on ML-100K.

# %%
target = round(0.844 * train.unit, 2)
splits = {"random": at_random}
if DATED:
    splits |= {"each user in time": newest,
               "all in time": train_test_split_by_time(ratings, 0.2)}
contenders = {"mean": lambda data, seed: GlobalMean().fit(data)} | candidates
table, cold = {}, {}
for name, split in splits.items():
    split_train = RatingsDataset.fit(split.train)
    split_test = split_train.encode(split.test)
    cold[name] = split.report.cold_rating_share
    table[name] = {
        model: evaluate(fit_it(split_train, SEED), split_test)["rmse"]
        for model, fit_it in contenders.items()
    }
table = pd.DataFrame(table)
table.round(3)

# %%
figure, sentence = plots.scores_by_split(table, cold, target)
plt.show()
say(sentence)
if DATED:
    models = table.loc[[*candidates]]
    by_model = (models.max() - models.min()).max()
    by_split = (models.max(axis=1) - models.min(axis=1)).min()
    finding(
        "The split moves the number more than the model does",
        by_split > by_model,
        yes=f"Between two splits even the steadiest model moves by "
            f"{by_split:.3f} stars; between two models, biases included, no "
            f"split shows more than {by_model:.3f}.",
        no=f"Between two splits the steadiest model moves by {by_split:.3f} "
           f"stars; between two models a split shows up to {by_model:.3f}.",
        control="one seed; the same models and settings throughout",
        on=["sample", "100k", "latest-small"],
    )

# %%
if DATED:
    close = models.max() - models.min()
    finding(
        "Among strangers the factors have little to say",
        close["all in time"] < 0.5 * close["random"],
        yes=f"All in time, {cold['all in time']:.0%} of the test ratings are "
            f"cold, and from the best model to the worst it is only "
            f"{close['all in time']:.3f} stars, where the random split has "
            f"{close['random']:.3f}.",
        no=f"All in time, {cold['all in time']:.0%} of the test ratings are "
           f"cold; the models lie {close['all in time']:.3f} stars apart, on "
           f"the random split {close['random']:.3f}.",
        control="one seed, one cut in time",
        on=["sample", "100k", "latest-small"],
    )

# %% [markdown]
# **What just happened?** Nothing about the models changed, only the question. *Random*: fill a gap in what we know.
# *Each user in time*: what will a known user think next? *All in time*: what will tomorrow's visitors think? A stranger
# has no factors, so there every model falls back on what it knows about the movie, or on the mean.
#
# None of the three is wrong. What is wrong is a number without its split. (And if your question is about tomorrow, the
# validation part should lie in the future of the training part, too: what is best for gaps need not be best for that.)

# %% [markdown]
# ## 10. Deeper: save, load, resume, with the same digits
#
# A model is its numbers. `state_dict()` is a dictionary from names to tensors; `torch.save` writes it. To load, make a
# model of the same shape and put the numbers in. `weights_only=True` refuses anything but plain data: a file from a
# stranger could otherwise run code.

# %%
path = Path(folder.name) / "model.pt"
model = stopped["model"].cpu()
torch.save(model.state_dict(), path)

copy = MatrixFactorization(train.n_users, train.n_items, n_factors=30)
copy.load_state_dict(torch.load(path, weights_only=True))
before = model.predict(validation.users, validation.items)
after = copy.predict(validation.users, validation.items)
assert torch.equal(before, after)
print("largest difference:", (before - after).abs().max().item())
print(f"file: {path.stat().st_size / 1e6:.1f} MB,",
      ", ".join(model.state_dict()))

# %% [markdown]
# To *predict*, the weights are enough. To *go on training*, they are not. Adam remembers the usual size of each
# gradient, and the shuffling stands at some point of its random sequence. A checkpoint of `fit` holds both. Four
# epochs in one go, and two and two:

# %%
quick = {"batch_size": 4096, "show_progress": False}
path = Path(folder.name) / "resume.pt"
whole, half, rest, model = (new_model(8, mean=train.mean) for _ in range(4))
whole = fit(whole, **data, **quick, epochs=4)
fit(half, **data, **quick, epochs=2, checkpoint=path)
resumed = fit(rest, **data, **quick, epochs=4, checkpoint=path, resume=True)

fit(model, **data, **quick, epochs=2)
weights_only = fit(model, **data, **quick, epochs=2)  # a fresh Adam
for name, run in [("in one go", whole), ("two and two", resumed),
                  ("weights alone", weights_only)]:
    print(f"{name:14} {run.epochs[-1]['validation_rmse']:.6f}")
same = [run.epochs[-1]["validation_rmse"] for run in (whole, resumed)]
assert abs(same[0] / same[1] - 1) < 1e-6

# %% [markdown]
# **What just happened?** With the checkpoint, two and two make four. With the weights alone, training goes on with another
# Adam, and the shuffling starts anew. That need not be worse, but it is another run. (So may be the same seed with
# another number of threads: they add up in another order, and last digits differ.)

# %% [markdown]
# ## Common mistakes
#
# Each is shown here as it is usually written, with its symptom, and then repaired. None of them raises an error by
# itself.
#
# ### The global bias starts at zero
#
# **Common mistake 1.** Without μ the model predicts about zero stars at first. Biases and factors must make up for it, one step at a time.

# %%
quick = {"epochs": 3, "learning_rate": 0.005, "show_progress": False}
zero, right = (fit(new_model(16, mean=mean), **data, **quick).frame()
               ["validation_rmse"] for mean in (0.0, train.mean))
for name, run in [("mean=0", zero), ("mean=train.mean", right)]:
    print(f"{name:16} validation RMSE after each epoch:",
          ", ".join(f"{x:.3f}" for x in run))
finding(
    "A bias that starts at zero costs the first epoch",
    zero[0] > mean_score > right[0],
    yes=f"The symptom: a first epoch ({zero[0]:.2f}) that is worse than "
        f"predicting the mean ({mean_score:.2f}). With μ put in it has "
        f"{right[0]:.2f}.",
    no=f"After one epoch {zero[0]:.2f} without μ, {right[0]:.2f} with it; "
       f"predicting the mean has {mean_score:.2f}.",
    control="the same start and order with μ; one seed",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# μ can be estimated before training starts, by the mean of the *training* ratings. Put it in.
#
# ### `(N, 1)` against `(N,)`
#
# **Common mistake 2.** A column minus a row is not an error. It is a table of every prediction against every rating.

# %%
predicted = biases.predict(validation.users, validation.items)
actual = validation.ratings
few = slice(0, 5000)  # the table has as many cells as their square
column = predicted[few][:, None]  # (N, 1), as a Linear layer returns it
table_of_errors = column - actual[few]
wrong = table_of_errors.square().mean().sqrt().item()
right = (column.squeeze(-1) - actual[few]).square().mean().sqrt().item()
print("shape of the errors:", tuple(table_of_errors.shape))
print(f"wrong {wrong:.3f}   right {right:.3f}   the mean {mean_score:.3f}")

# %% [markdown]
# In a *score* the symptom is a number near that of the mean or above it. The repair is `squeeze(-1)`: it drops the last
# dimension of size one.
#
# #### Deeper: the column in training
#
# And in training? Two epochs, with the column and without:

# %%
class Column(MatrixFactorization):
    def forward(self, users, items):
        return super().forward(users, items)[:, None]


def epochs_of(kind):
    """Validation RMSE after each of 2 epochs of the naive loop."""
    model = kind(train.n_users, train.n_items, 8, train.mean)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    loader, scores = ratings_loader(train, 512, seed=SEED), []
    for _ in range(2):
        my_train_epoch(model, loader, optimizer)
        with torch.no_grad():
            guess = model.tables().predict(validation.users, validation.items)
        scores.append(rmse(guess, actual))
    return np.array(scores)


# %%
broken, sound = epochs_of(Column), epochs_of(MatrixFactorization)
finding(
    "With a column of predictions training learns only the mean",
    abs(broken[-1] / mean_score - 1) < 0.02 and sound.min() < broken.min(),
    yes=f"Validation RMSE with the column: {broken[0]:.3f}, and "
        f"{broken[-1]:.3f} an epoch later, where the mean has "
        f"{mean_score:.3f}; without it {sound.min():.3f} at best. The best "
        "single answer to *all* ratings at once is their mean.",
    no=f"Validation RMSE with the column: {broken[0]:.3f}, then "
       f"{broken[-1]:.3f}; without it {sound.min():.3f} at best; the mean "
       f"has {mean_score:.3f}.",
    control="the same loop and start without the column; one seed",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# The package refuses the shape:

# %%
column = Column(train.n_users, train.n_items, 4, mean=train.mean)
try:
    fit(column, train, epochs=1, show_progress=False)
except ValueError as error:
    print(error)
else:
    raise AssertionError("this should have been refused")

# %% [markdown]
# ### A mean of batch RMSEs
#
# **Common mistake 3.** The mean of roots is not the root of the mean. For batches of equal size it is never larger, and the more the batches
# differ, the smaller it is. So the order of the ratings and the batch size change the "result", though every prediction is
# the same.

# %%
order = validation.users.argsort()  # the rows of one user together
squares = (predicted - actual).double().square()[order]
squares = squares[: len(squares) // 16 * 16]  # equal batches of 1, 4, 16
right = squares.mean().sqrt().item()
for size in (16, 4, 1):
    wrong = squares.view(-1, size).mean(1).sqrt().mean().item()
    print(f"mean of batch RMSEs, batches of {size:2}: {wrong:.4f}")
    assert wrong <= right + 1e-9
print(f"RMSE over the same ratings:          {right:.4f}")

errors = torch.tensor([0.5] * 8 + [4.0])  # a small last batch can go wrong
mean_of_two = (errors[:8].square().mean().sqrt() + errors[8]) / 2
print(f"batches of 8 and 1: {mean_of_two:.2f}, over ratings "
      f"{errors.square().mean().sqrt():.2f}")

# %% [markdown]
# With equal batches: the smaller, the "better" the model. With a small last one the number may also be too large. Add
# up squared errors and counts; divide and take the root at the very end.
#
# ### Peeking at the test set
#
# **Common mistake 4.** Twelve runs that differ only in their seed; report the one that scores best on the test set. To see what that does without
# opening the drawer again, we play with validation: an eighth of it is the "test set" that we peek at, the rest is fresh.
# And as one such draw proves nothing, we play it 200 times.

# %%
errors = torch.stack([
    (run.predict(validation.users, validation.items) - actual).square()
    for run in (ALS(8, epochs=4, seed=s).fit(train) for s in range(12))])
rng, leads = np.random.default_rng(SEED), []
for _ in range(200):
    mixed = torch.tensor(rng.permutation(len(validation)))
    parts = mixed[: len(mixed) // 8], mixed[len(mixed) // 8 :]
    peeked, fresh = (errors[:, rows].mean(1).sqrt() for rows in parts)
    best = peeked.argmin()
    leads.append([(s.mean() - s[best]).item() for s in (peeked, fresh)])
leads = pd.DataFrame(leads, columns=["peeked", "fresh"])
lost = 1 - leads["fresh"].mean() / leads["peeked"].mean()
finding(
    "Most of a winner's lead is lost on fresh ratings",
    lost > 0.5 and leads["peeked"].mean() > 1e-4 * train.unit,
    yes=f"The winner's lead over the average run: {leads['peeked'].mean():.4f}"
        f" where we peeked, {leads['fresh'].mean():.4f} on fresh ratings. "
        f"{min(lost, 1):.0%} of it was luck, and luck does not travel.",
    no=f"The winner's lead over the average run: {leads['peeked'].mean():.4f}"
       f" where we peeked, {leads['fresh'].mean():.4f} on fresh ratings: the "
       "seeds differ in earnest here, or hardly at all.",
    control="200 random draws of the part that is peeked at",
    on=["sample", "100k", "latest-small"],
)

# %% [markdown]
# The repair is the drawer: choose on validation, score the test part when everything is chosen.
#
# ### A random split, where the question is about tomorrow
#
# **Common mistake 5.** We want to know how well we predict the newest ratings. To get "more training data", someone lets a random half of them
# into training. The other half is the test, the *same* ratings in both cases.

# %%
if DATED:
    past = splits["all in time"]
    half = train_test_split_random(past.test, 0.5, seed=SEED)
    leaky = pd.concat([past.train, half.train])
    told = {}
    for name, rows in [("leaky", leaky), ("honest", past.train)]:
        data_then = RatingsDataset.fit(rows)
        held = data_then.encode(half.test)
        told[name] = evaluate(fit_als(data_then, SEED), held)["rmse"]
        share = split_report(rows, half.test).leakage_share
        print(f"{name:7} RMSE {told[name]:.3f}; older than their user's "
              f"newest training rating: {share:.0%}")
    finding(
        "Ratings from tomorrow make the test too easy",
        told["leaky"] < 0.98 * told["honest"],
        yes=f"The symptom is a number that is too good, {told['leaky']:.3f} "
            f"instead of {told['honest']:.3f}, and nothing else. The model "
            "has met tomorrow's users, tomorrow.",
        no=f"{told['leaky']:.3f} with ratings from tomorrow, "
           f"{told['honest']:.3f} without: little was gained here by what "
           "nobody could have known.",
        control="the same test ratings in both cases; one cut, one seed",
        on=["sample", "100k", "latest-small"],
    )

# %% [markdown]
# Ask of every training rating: would I have had it, on the day of the prediction?

# %% [markdown]
# ## Key questions
#
# **1. What would happen if you left out `zero_grad`? And what if you called it between `backward` and `step`?**
#
# <details><summary>Answer</summary>
#
# Without it, gradients add up: every step carries all batches so far, and training can run away (see what section 2 printed). Between `backward` and
# `step` it deletes what was just computed: nothing moves, and the loss stays where it is.
#
# </details>
#
# **2. The training error falls, the validation error rises. Name three repairs, and what each costs.**
#
# <details><summary>Answer</summary>
#
# Early stopping costs a validation part, and it stops all rows at one moment, also those that were still learning. A penalty costs a search for its strength. Fewer
# factors cost what the dropped ones could have explained.
#
# </details>
#
# **3. Why is λ per rating not the same as Adam's `weight_decay`?**
#
# <details><summary>Answer</summary>
#
# Per rating, a row pays as often as it has ratings, when it is in the batch. `weight_decay` charges every row in every
# step, however few its ratings: δ per row, in the unit $w = 2\delta/N$, so the same $w$ means another δ wherever the number of
# ratings is another. The two answer different worries, and can be charged together.
#
# </details>
#
# **4. Someone reports "RMSE 0.92 on MovieLens". Which questions do you ask?**
#
# <details><summary>Answer</summary>
#
# Which MovieLens, which split, and how many cold rows were dropped? Was the epoch chosen on the test set? Over ratings, or a mean
# of batches or users? Clipped? How many seeds and folds, and what does a well-tuned baseline score under the same protocol?
#
# </details>
#
# **5. Two models differ by 0.004 on one test set, and each has an interval of ±0.010. May one be called better?**
#
# <details><summary>Answer</summary>
#
# The two intervals do not tell. Compare *paired*, on the same users or folds: what is hard for one is often hard for both, and then
# the interval of the difference is narrower (section 8 prints both). Look whether it contains zero, and whether the order holds under another split.
#
# </details>
#
# **6. Why do we draw users in the bootstrap, and not ratings?**
#
# <details><summary>Answer</summary>
#
# The ratings of one user share that user's quirks, so they carry less information than as many independent ones. Drawing
# single ratings pretends otherwise; section 8 prints how wide each interval is.
#
# </details>

# %% [markdown]
# ## Checkpoint
#
# You have
#
# - fed a model in batches, and seen what each of the four steps of training changes
# - recognized overfitting in a curve, and stopped in time without looking at the test set
# - told two penalties apart that look alike, and chosen the strength of both together
# - reported one honest number: chosen by nothing it measures, with an interval, under a named split
# - (Deeper) compared learning rates, batch sizes, factors and optimizers in seconds
# - (Deeper) saved a run, taken it up again, and reached the same digits
#
# ## Further reading
#
# - S. Rendle, L. Zhang, Y. Koren (2019). *On the Difficulty of Evaluating Baselines: A Study on Recommender Systems.*
#   arXiv:1905.01395
# - A. Zhang, Z. C. Lipton, M. Li, A. J. Smola (2023). *Dive into Deep Learning.* Cambridge University Press; chapter
#   "Recommender Systems", d2l.ai
# - D. P. Kingma, J. Ba (2015). *Adam: A Method for Stochastic Optimization.* ICLR. arXiv:1412.6980
# - I. Loshchilov, F. Hutter (2019). *Decoupled Weight Decay Regularization.* ICLR. arXiv:1711.05101
# - Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan (2008). *Large-Scale Parallel Collaborative Filtering for the Netflix
#   Prize.* AAIM 2008, 337–348. doi:10.1007/978-3-540-68880-8_32
# - C. Nadeau, Y. Bengio (2003). *Inference for the Generalization Error.* Machine Learning 52, 239–281.
#   doi:10.1023/A:1024068626366
# - A. C. Davison, D. V. Hinkley (1997). *Bootstrap Methods and their Application.* Cambridge University Press.
# - R. van den Berg, T. N. Kipf, M. Welling (2017). *Graph Convolutional Matrix Completion.* arXiv:1706.02263
# - W. Shen et al. (2021). *Inductive Matrix Completion Using Graph Autoencoder.* CIKM. arXiv:2108.11124
# - S. C. Han et al. (2021). *GLocal-K: Global and Local Kernels for Recommender Systems.* CIKM. arXiv:2108.12184
# - F. M. Harper, J. A. Konstan (2015). *The MovieLens Datasets: History and Context.* ACM TiiS 5(4), 19.
#   doi:10.1145/2827872
# - N. Hug (2020). *Surprise: A Python library for recommender systems.* JOSS 5(52), 2174. doi:10.21105/joss.02174
# - Z. Gantner, S. Rendle, C. Freudenthaler, L. Schmidt-Thieme (2011). *MyMediaLite: A Free Recommender System Library.*
#   RecSys, 305–308. doi:10.1145/2043932.2043989
#
# ## Cleanup, next lab, and what was found
#
# The temporary folder goes; on a GPU, so does the memory of the models.

# %%
folder.cleanup()
if device.type == "cuda":
    del model, optimizer, stopped, final
    torch.cuda.empty_cache()
print("Done.")

# %% [markdown]
# You have factors, and a number that says how well they predict. But what *are* they? Is there a direction for
# science fiction, or did we only hope for one? [Lab 04: embedding analysis](04-embedding-analysis.ipynb) looks inside.
#
# And here is what this lab has claimed about the data, and what each claim rests on.

# %%
show_findings()
