"""The drawings of the course: `DRAWINGS` has them by the name of their file.

For authors. `scripts/tools/make_drawings.py` writes each to `notebooks/images/`, and a
notebook shows it by `![description](images/NAME.svg)`. A drawing is a function that
returns a `Sheet`; whatever it says in numbers, it computes.
"""

from collections.abc import Callable
from typing import NamedTuple

from drawings import (
    course,
    data,
    factors,
    features,
    learning,
    lists,
    scale,
    serving,
)
from drawings.canvas import Sheet


class Drawing(NamedTuple):
    """How it is made, the title on top of it, and what someone hears who cannot see."""

    make: Callable[[], Sheet]
    title: str
    description: str

    def svg(self) -> str:
        """The text of the SVG file."""
        return self.make().svg(self.title, self.description)


DRAWINGS = {
    "course-map": Drawing(
        course.course_map,
        "Thirteen labs, one story",
        "Map of the course. Labs 00 to 05 are the course: start here, data, factors, "
        "training, vectors, lists. Labs 06 and 07 examine it: exercises and SVD++. "
        "Labs 08 to 11 go beyond: Bayesian, ranking, features, scale. Lab 12 is a "
        "project on your own data. Arrows lead from each lab to the next.",
    ),
    "ids-to-rows": Drawing(
        data.ids_to_rows,
        "Ids are names: a map gives each a row",
        "The raw ids 7, 12, 40, 41 and 300 lead by arrows to rows 0, 1, 2, 3 and 4. "
        "The id 99, which has no training rating, leads to −1. Used as row numbers, "
        "the raw ids need 301 rows, of which 296 stay empty; with the map 5 rows are "
        "enough.",
    ),
    "three-splits": Drawing(
        data.three_splits,
        "Which fifth is hidden decides what is asked",
        "Four users' ratings on a time line, three times, with 5 of 25 hidden for the "
        "test. Random: hidden ratings lie anywhere among the others. Per user in time: "
        "the newest of each user. Globally in time: all that come after one date, "
        "among them all four ratings of Dev, who joined last and is therefore cold.",
    ),
    "table-and-factors": Drawing(
        factors.table_and_factors,
        "A table with holes, and two thin tables that fill it",
        "Left, a table R of four viewers and five movies in which 10 of 20 cells are "
        "missing. Right, a table P with two numbers for each viewer times a table Q "
        "transposed with two numbers for each movie. 3 plus this product has a number "
        "in every cell, for Ana and Alien 3 + 1.2 × 1.0 + (−0.3) × (−0.4) = 4.32.",
    ),
    "lookup": Drawing(
        factors.lookup,
        "Taking a row is a product that skips the zeros",
        "Left, the one-hot vector 0 0 0 1 0 times a table of five rows and two columns "
        "gives the table's row 3, (0.7, −0.5). Right, the look-up: the number 3 points "
        "at row 3 of the same table and takes it.",
    ),
    "als": Drawing(
        factors.als,
        "Alternating least squares goes to and fro",
        "A table of three users and three movies with three missing cells, and one "
        "factor for each row and column. From random numbers Q, P is solved with Q "
        "fixed, then Q with P fixed, and again. The objective falls at every solve.",
    ),
    "training-step": Drawing(
        learning.training_step,
        "Four steps, and what each changes",
        "A table of five numbers after each step of training. Predict and measure sets "
        "the loss. zero_grad sets the gradients to zero. backward writes new "
        "gradients, −8 and −2. Only step moves the factors, p from 0.5 to 0.9 and q "
        "from 2.0 to 2.1. An arrow leads back to the start for the next batch.",
    ),
    "drawer": Drawing(
        data.drawer,
        "Validation chooses, the test's drawer opens once",
        "A bar of all ratings is cut into 72 % train, 8 % validate and 20 % test, "
        "which goes into a drawer. Three models are fitted on train, the one with the "
        "lowest RMSE on validation, 0.93, is chosen and fitted again on both parts. "
        "Then the drawer is opened once, for a single number, 0.95.",
    ),
    "cosine": Drawing(
        lists.cosine,
        "Which is nearer to A: it depends on the measure",
        "Three arrows from the origin: A = (3, 4), B = (6, 8) in the same direction "
        "and twice as long, C = (12, 5) longer and at an angle. The dot product with A "
        "is 50 for B and 56 for C; the cosine is 1.00 for B and 0.86 for C.",
    ),
    "fold-in": Drawing(
        lists.fold_in,
        "A newcomer: five ratings, one solve, a list",
        "Five ratings of a newcomer, less what was expected, meet the fixed factors of "
        "those five movies. One ridge regression gives the newcomer's two factors, and "
        "these rank four movies that the newcomer has not seen. Nothing is trained.",
    ),
    "ndcg": Drawing(
        lists.ndcg,
        "A list, and what its hits are worth",
        "A list of five with relevant movies at ranks 1 and 3. A hit at rank 1 is "
        "worth 1, at rank 2 0.631, at rank 3 0.500, and less below. The list earns "
        "1.500, a perfect list with its three relevant movies first 2.131, so NDCG is "
        "0.70. Precision is 2 of 5 and recall 2 of 3.",
    ),
    "svdpp-bag": Drawing(
        learning.svdpp_bag,
        "SVD++: what was rated moves the user",
        "Four movies in Ana's history have a vector each. Their sum (0.8, 0.4), "
        "divided by the root of 4, is (0.4, 0.2). Added to the user's own row (0.4, "
        "0.3) it gives (0.8, 0.5), which meets the movie's row (0.5, −0.2) in a dot "
        "product of 0.30.",
    ),
    "mean-plus-noise": Drawing(
        learning.mean_plus_noise,
        "ALS takes the mean, Gibbs sampling draws",
        "Twice the same bell curve around 0.60 with a spread of 0.20. ALS always takes "
        "the mean, 0.60. Gibbs sampling takes the mean plus noise, here 0.36, 0.70, "
        "0.62 and 0.86, a new number each time.",
    ),
    "ranking-loss": Drawing(
        lists.ranking_loss,
        "A ranking loss wants liked above unseen",
        "Two pairs of a liked and an unseen movie on a scale of scores. In the right "
        "order, 1.2 above 0.4, the loss is 0.37 and the push 0.31. In the wrong order, "
        "0.3 below 1.0, the loss is 1.10 and the push 0.67: the liked movie is pushed "
        "up and the unseen one down.",
    ),
    "feature-rows": Drawing(
        features.feature_rows,
        "A movie is its own row plus its features' rows",
        "Heat, rated by many: own row (0.3, 0.2) plus the rows of Crime (0.4, −0.1), "
        "Thriller (0.2, 0.3) and 1990s (−0.1, 0.2) gives (0.8, 0.6). A new movie with "
        "the same features and an own row of zeros gets (0.5, 0.4) from the same three "
        "rows.",
    ),
    "two-towers": Drawing(
        features.two_towers,
        "Two towers meet in one dot product",
        "The user tower turns a user's row and recent ratings into the vector (0.6, "
        "0.8), the movie tower a movie's row, genres and year into (0.5, 0.5). Their "
        "dot product is 0.70. The movie tower runs once for all movies; the user tower "
        "runs when the user comes.",
    ),
    "gram-two-ways": Drawing(
        scale.gram_two_ways,
        "One Gram matrix, two ways",
        "Three vectors, (1, 2), (3, 1) and (2, 2). Left, each becomes a row of its "
        "products, 1 2 4, 9 3 1 and 4 4 4, and the rows are added to 14 9 9. Right, "
        "the three vectors side by side times the same three one under another give "
        "the matrix 14 9, 9 9 at once. With k = 50 the left way moves 1,275 numbers "
        "for each rating, the right way 50.",
    ),
    "equal-lengths": Drawing(
        scale.equal_lengths,
        "One more coordinate makes all vectors equally long",
        "Three movies with the vectors (4, 3), (0, 4) and (3, 0), of length 5, 4 and "
        "3. A third coordinate, the root of 25 less the square of the length, is 0, 3 "
        "and 4. With it all three are 5 long. The user's vector gets a 0 there, so no "
        "product changes.",
    ),
    "recommender-file": Drawing(
        serving.recommender_file,
        "What has to stay together, in one file",
        "In the notebook: vectors of users and items, their ids in the order of the "
        "rows, titles, and ratings. All go into one file of numbers and texts, with a "
        "format number and a hash, and no code. In another process a raw id finds its "
        "row, the row its vector and scores, and these ten titles.",
    ),
    "newcomer-and-crowd": Drawing(
        serving.newcomer_and_crowd,
        "A newcomer begins as the crowd, and leaves it",
        "One number of a newcomer on a scale, with the crowd's mean at 0.2 and what "
        "the ratings alone say at 1.0. With 0 ratings it is 0.20, with 1 rating 0.36, "
        "with 4 ratings 0.60, with 20 ratings 0.87.",
    ),
}
"""Name of the file without `.svg` → the drawing, in the order of the labs."""
