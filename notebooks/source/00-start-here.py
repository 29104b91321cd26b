# %% [markdown]
# # 00 Start here: five movies, and a list of your own
#
# *Learn how a notebook works, see where the course leads, and get recommendations of your
# own, all within ten minutes.*
#
# | | |
# |---|---|
# | **Time** | {{time}} |
# | **Run time, two CPU cores** | under 15 seconds, on either data set |
# | **Memory** | 0.5 GB |
# | **Difficulty** | none: you click and read |
# | **Builds on** | nothing |
#
# **After this lab you can**
#
# - run, change and restart a notebook;
# - say which data your copy of the course has found;
# - find your way through the labs, and find help when you are stuck;
# - get a list of movies from a few stars.
#
# **Prerequisites**: none for this page. The labs ask for Python functions, loops and
# dictionaries, and some of them for a little linear algebra.

# %% [markdown]
# ## Why it matters
#
# **Real-world context.** Open any video service, music player or shop, and the first thing
# that you see was chosen for you. Behind it stands a table of who liked what. Most of its
# cells are empty, because nobody can try everything. The course is about filling them in,
# and about how far that can be done honestly.
#
# **In plain words.** You and a stranger love the same four movies. The stranger loves a
# fifth one, which you have not seen. It is a good bet that you will like it too. With a
# thousand strangers the bet gets better, and somebody has to do the sums.
#
# ## How a notebook works
#
# A notebook is a list of **cells**: text, like this, and code, like the cell below. Click on
# the code and press **Shift+Enter**. The cell runs, what it prints appears underneath, and
# the next cell is chosen. Run the cells from top to bottom, for each one builds on those before it.
#
# This first one prints nothing. It finds the folder `scripts/`, where the course's own code
# is. Every lab begins with it.

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

# %% [markdown]
# Now a cell to change. Put your name between the quotes and run the cell again. Nothing
# can break: a cell may be run as often as you like, and the newest output counts.

# %%
my_name = "you"
print(f"Hello, {my_name}. Python {sys.version.split()[0]} is listening.")

# %% [markdown]
# ## Which data were found?
#
# The labs run on [MovieLens](https://movielens.org), stars that real people gave to movies
# (Harper & Konstan 2015). If they cannot be found or downloaded, the course takes its own sample
# instead: invented people and invented movies, so do not look for titles that you know.
# The next cell says which one it took, and why. Its imports take a few seconds.

# %%
import data_utils as du
from models import ALS
from play import rate_movies
from reporting import say

DATASET = os.environ.get("MOVIELENS_DATASET", "auto")
ratings, movies = du.download_movielens(DATASET)
say(f"**{len(ratings):,} ratings** of {ratings['item_id'].nunique():,} movies "
    f"by {ratings['user_id'].nunique():,} people.")

# %% [markdown]
# ## Your list
#
# A model learns from all these ratings; that takes a second or two. What it learns is the
# subject of the course, so for now it is a black box.

# %%
train = du.RatingsDataset.fit(ratings)
model = ALS(seed=0).fit(train)

# %% [markdown]
# Run the next cell and **rate five movies** that you know: click on the stars, or reach them
# with the Tab key and press Space. The cross takes a rating back. Movies that you miss can be
# added by their title. (In the sample you know none; choose by the sound of the title.)
#
# **Predict.** The list beside the stars is for now the one for an average person. Will five
# ratings change half of it?

# %%
my_stars = {
    # "a title as you would say it": 5,
}
my_page = rate_movies(model, train, movies, my_stars, min_ratings=20)
my_page

# %% [markdown]
# No stars to click on? Then you are reading a saved page, or no kernel is running. The table shows
# the list without you. Write titles and stars into the dictionary `my_stars` and run the cell:
# that does the same as clicking.
#
# Did half of the list change? The next cell counts, and can be run again after more ratings.

# %%
anyone = rate_movies(model, train, movies, min_ratings=20).new  # no ratings
gone = anyone.index.difference(my_page.new.index)
say(f"You have rated {len(my_page.ratings)} movies. Of the {len(anyone)} "
    f"movies for an average person, **{len(gone)}** are not on your list. (A "
    "movie that you have rated leaves it in any case.)")

# %% [markdown]
# **What just happened?** You gave a few stars. The model had never met you, and nothing was
# trained again, and yet it has an opinion about every movie in the table, with the rating of
# yours that speaks for it most. Change one rating from the highest to the lowest level and
# watch the column on the right.
#
# **So how does it do that?** How can five numbers from you say anything about a movie that
# you did not mention? And when should you not believe it? That is the question of the course.

# %% [markdown]
# ## The way through the labs
#
# ![A map of the course: the labs as stations, in the order in which they build on one another.](images/course-map.svg)
#
# | lab | its question | time without what goes *deeper* |
# |---|---|---|
# | [01 Data exploration](01-data-exploration.ipynb) | What is in the table, and what is missing? | {{time:01}} minutes |
# | [02 Matrix factorization from scratch](02-matrix-factorization-from-scratch.ipynb) | How are numbers found that explain the stars? | {{time:02}} minutes |
# | [03 Training](03-training.ipynb) | How well does it predict, honestly? | {{time:03}} minutes |
# | [04 Embedding analysis](04-embedding-analysis.ipynb) | What did the model learn about movies? | {{time:04}} minutes |
# | [05 Recommendations](05-recommendations.ipynb) | What makes a list that someone wants? | {{time:05}} minutes |
# | [06 Exercises](06-exercises.ipynb) | Can you do it yourself? | {{time:06}} minutes |
# | [07 The SVD++ challenge](07-svdpp-challenge.ipynb) | How far can the error be brought down? | {{time:07}} minutes |
# | [08 Bayesian matrix factorization](08-bayesian-matrix-factorization.ipynb) | How sure is the model? | {{time:08}} minutes |
# | [09 Ranking](09-ranking.ipynb) | How does a model learn an order, and who says that it is good? | {{time:09}} minutes |
# | [10 Features and new movies](10-features-and-new-movies.ipynb) | What can be said of a movie that nobody has rated? | {{time:10}} minutes |
# | [11 All of MovieLens](11-all-of-movielens.ipynb) | What becomes of thirty million ratings on two cores? | {{time:11}} minutes |
# | [12 Your own data](12-your-own-data.ipynb) | What do *your* ratings say, and how are they served? | {{time:12}} minutes |
#
# Labs 01 to 05 are the course, and 06 examines it. The others go further; each says at its top which
# labs it builds on. What is marked *Deeper* may be left unread; run its cells all the same. No lab has to be done in one sitting: *Run All Cells* takes a minute or two, and then
# you are back where you were.

# %% [markdown]
# ## When you are stuck
#
# | what you see | what to do |
# |---|---|
# | `NameError: name … is not defined` | a cell above has not been run: menu *Run*, *Run All Above Selected Cell* |
# | a cell has `[*]` beside it and does not finish | menu *Kernel*, *Interrupt Kernel* |
# | nothing makes sense any more | menu *Kernel*, *Restart Kernel and Run All Cells* |
# | a lab is beyond repair | in a terminal, `make reset NB=03` puts lab 03 back and keeps your copy |
# | no data, no network, a missing package | in a terminal, `make check-env` says what is wrong |
# | an exercise resists | `hint(...)` beside it, then a worked answer in `solutions/` |
# | a question that is none of these | [Questions people ask](questions.ipynb): by subject, with the section that answers each |
#
# ## Checkpoint
#
# You have
#
# - run, changed and, if you wished, restarted a notebook;
# - seen which data your copy of the course has found;
# - seen the way through the labs, and where help is;
# - got a list of movies from a few stars.
#
# ## Further reading
#
# - F. M. Harper & J. A. Konstan 2015, *The MovieLens Datasets: History and Context*, ACM TiiS
#   5(4), doi:10.1145/2827872.
#
# **Next**: before any model, the table itself: [lab 01](01-data-exploration.ipynb).
