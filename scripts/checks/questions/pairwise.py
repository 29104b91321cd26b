"""For authors: the question on BPR's loss and its gradient, from lab 09."""

import numpy as np
import torch
from torch.nn import functional as F

from checks.comparing import plain
from checks.questions.question import Question, recognized_by


def bpr_loss_and_gradient(p, Q, liked, others):
    """BPR's loss over pairs of movies of one user, and its gradient for p.

    p: (k,), the user's vector. Q: (n_items, k). The score of a movie is p · q.
    Pair n says that movie liked[n] belongs above movie others[n], and x is
    the first one's score minus the second one's. The loss is the mean over
    the pairs of -log σ(x). Return (loss, gradient of p, of shape (k,)).
    """
    apart = Q[liked] - Q[others]  # (n, k)
    x = apart @ p
    loss = -torch.nn.functional.logsigmoid(x).mean()
    wrong = torch.sigmoid(-x)  # 1 - σ(x): near 0 where the pair is right
    return loss, -(wrong[:, None] * apart).mean(0)


def _pairs(p, Q, liked, others):
    """Q[liked] - Q[others], (n, k), and the differences of the scores, (n,)."""
    apart = Q[liked] - Q[others]
    return apart, apart @ p


def step_for_gradient(p, Q, liked, others):
    """The gradient's sign is reversed: this points downhill. The gradient points
    uphill, and the step of training subtracts it."""
    loss, gradient = bpr_loss_and_gradient(p, Q, liked, others)
    return loss, -gradient


def right_pairs_weigh_most(p, Q, liked, others):
    """In the gradient a pair weighs σ(x), so that pairs in the right order pull most.
    The derivative of -log σ(x) is -(1 - σ(x)): pairs in the wrong order pull most."""
    apart, x = _pairs(p, Q, liked, others)
    loss = F.softplus(-x).mean()
    return loss, -(torch.sigmoid(x)[:, None] * apart).mean(0)


def all_pairs_weigh_alike(p, Q, liked, others):
    """In the gradient all pairs weigh alike: the factor 1 - σ(x) is missing. The chain
    rule multiplies the derivative of x by that of -log σ."""
    apart, x = _pairs(p, Q, liked, others)
    return F.softplus(-x).mean(), -apart.mean(0)


def liked_vector_alone(p, Q, liked, others):
    """The gradient takes the liked movies' vectors alone. x has two scores in it, so
    its derivative with respect to p is q of the one minus q of the other."""
    _, x = _pairs(p, Q, liked, others)
    loss = F.softplus(-x).mean()
    return loss, -(torch.sigmoid(-x)[:, None] * Q[liked]).mean(0)


def sum_over_the_pairs(p, Q, liked, others):
    """These are sums over the pairs. Take the means: a learning rate then means the
    same for any number of pairs."""
    loss, gradient = bpr_loss_and_gradient(p, Q, liked, others)
    return loss * len(liked), gradient * len(liked)


def pairs_turned_round(p, Q, liked, others):
    """The pairs are turned round: this puts the other movies on top. x is the score of
    the liked movie minus that of the other."""
    return bpr_loss_and_gradient(p, Q, others, liked)


def probability_without_its_logarithm(p, Q, liked, others):
    """The logarithm is missing: this loss is the mean of 1 - σ(x). It is that of -log
    σ(x)."""
    apart, x = _pairs(p, Q, liked, others)
    right, wrong = torch.sigmoid(x), torch.sigmoid(-x)
    return wrong.mean(), -((right * wrong)[:, None] * apart).mean(0)


def minus_the_probability(p, Q, liked, others):
    """The logarithm is missing: this loss is minus the mean of σ(x). It is the mean of
    -log σ(x)."""
    loss, gradient = probability_without_its_logarithm(p, Q, liked, others)
    return loss - 1, gradient


def logarithm_of_the_mean(p, Q, liked, others):
    """This is the logarithm of the mean of σ(x). The loss is the mean of the
    logarithms: take -log σ pair by pair, and the mean at the end."""
    apart, x = _pairs(p, Q, liked, others)
    right, wrong = torch.sigmoid(x), torch.sigmoid(-x)
    slope = ((right * wrong)[:, None] * apart).mean(0)
    return -right.mean().log(), -slope / right.mean()


def each_movie_by_itself(p, Q, liked, others):
    """Each movie was judged by itself, as a yes or a no: that is the logistic loss. BPR
    sees only the *difference* of two scores, and takes the σ of that."""
    yes, no = Q[liked] @ p, Q[others] @ p
    loss = (F.softplus(-yes) + F.softplus(no)).mean()
    pull = torch.sigmoid(-yes)[:, None] * Q[liked]
    push = torch.sigmoid(no)[:, None] * Q[others]
    return loss, (push - pull).mean(0)


def hinge_for_the_logistic(p, Q, liked, others):
    """This is the hinge loss, max(0, 1 - x). BPR's is -log σ(x), which also pulls a
    little at pairs that are far apart already."""
    apart, x = _pairs(p, Q, liked, others)
    return F.relu(1 - x).mean(), -((x < 1).to(x)[:, None] * apart).mean(0)


def _is_not_finite(given, *case):
    return not all(np.isfinite(plain(part)).all() for part in given)


@recognized_by(_is_not_finite)
def logarithm_of_a_rounded_zero(p, Q, liked, others):
    """Where a pair is far in the wrong order, σ(x) is rounded to 0, and its logarithm
    is minus infinity. `logsigmoid(x)`, or `-softplus(-x)`, does both at once and stays
    finite."""
    _, x = _pairs(p, Q, liked, others)
    gradient = bpr_loss_and_gradient(p, Q, liked, others)[1]
    return -torch.log(torch.sigmoid(x)).mean(), gradient


def one_gradient_for_each_pair(p, Q, liked, others):
    """These are the gradients of the single pairs, one under another. The loss is a
    mean over the pairs, and so is its gradient: `.mean(0)`."""
    apart, x = _pairs(p, Q, liked, others)
    return F.softplus(-x).mean(), -torch.sigmoid(-x)[:, None] * apart


def _bpr_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [_bpr_case(draw, k, n) for k, n in ((2, 3), (3, 5), (5, 8))]


def _bpr_case(draw, k, n):
    """Pairs in either order; some movies are in several of them."""
    p, Q = torch.randn(k, generator=draw), torch.randn(9, k, generator=draw)
    liked = torch.randint(0, 5, (n,), generator=draw)
    others = torch.randint(5, 9, (n,), generator=draw)
    if (Q[liked[0]] - Q[others[0]]) @ p > 0:
        liked[0], others[0] = others[0].clone(), liked[0].clone()
    return p, Q, liked, others


def _bpr_edges():
    p = torch.tensor([1.0, 2.0, -1.0])
    Q = torch.tensor([[1.0, 0.0, 0.5], [0.5, 1.0, 0.0], [2.0, -1.0, 1.0]])
    pairs = torch.tensor([0, 1, 1]), torch.tensor([2, 2, 0])
    both = torch.tensor([0, 1]), torch.tensor([1, 0])  # a pair, and its reverse
    return [
        ("", (p, Q, *pairs)),
        ("where a pair is far in the wrong order", (100 * p, Q, *both)),
    ]


QUESTIONS = (
    Question(
        "q13",
        bpr_loss_and_gradient,
        _bpr_cases,
        (
            step_for_gradient,
            right_pairs_weigh_most,
            all_pairs_weigh_alike,
            liked_vector_alone,
            sum_over_the_pairs,
            pairs_turned_round,
            probability_without_its_logarithm,
            minus_the_probability,
            logarithm_of_the_mean,
            each_movie_by_itself,
            hinge_for_the_logistic,
            logarithm_of_a_rounded_zero,
            one_gradient_for_each_pair,
        ),
        edges=_bpr_edges,
        parts=("the loss", "the gradient of p"),
    ),
)
