"""For authors: the question on the gradient of one rating, from lab 02."""

import torch

from checks.questions.gradients import is_not_a_tensor, same_tensor
from checks.questions.question import Question, recognized_by
from checks.questions.workbench import gradients_only


def gradient_of_one_rating(p, q, rating, baseline, reg_per_rating):
    """The gradients of the loss below with respect to p and to q.

    (rating - baseline - p·q)² + reg_per_rating · (p·p + q·q)

    `baseline` is μ + b_u + b_i, a number. p and q are tensors of shape (k,),
    and so are the two gradients: return (gradient of p, gradient of q).
    """
    error = rating - baseline - p @ q
    gradient_p = -2 * error * q + 2 * reg_per_rating * p
    gradient_q = -2 * error * p + 2 * reg_per_rating * q
    return gradient_p, gradient_q


def sign_of_the_gradient(p, q, rating, baseline, reg_per_rating):
    """The sign is reversed: this points downhill. The gradient points uphill, and the
    descent step subtracts it."""
    uphill = gradient_of_one_rating(p, q, rating, baseline, reg_per_rating)
    return -uphill[0], -uphill[1]


def sign_of_the_error_only(p, q, rating, baseline, reg_per_rating):
    """The error term has the wrong sign; the penalty has the right one. The inner
    derivative of (rating - baseline - p·q) is -q, and its minus was lost."""
    error = rating - baseline - p @ q
    return (
        2 * error * q + 2 * reg_per_rating * p,
        2 * error * p + 2 * reg_per_rating * q,
    )


def factor_of_two(p, q, rating, baseline, reg_per_rating):
    """The factor 2 is missing: the derivative of x² is 2x. Many texts hide it in the
    learning rate, but here the loss is given without a ½."""
    full = gradient_of_one_rating(p, q, rating, baseline, reg_per_rating)
    return full[0] / 2, full[1] / 2


def residual_left_out(p, q, rating, baseline, reg_per_rating):
    """The residual is missing: the gradient begins with -2 · error · q. Without the
    error, the step for a perfect prediction is as large as the step for a bad one."""
    return -2 * q + 2 * reg_per_rating * p, -2 * p + 2 * reg_per_rating * q


def mean_forgotten(p, q, rating, baseline, reg_per_rating):
    """The baseline is missing from the prediction, so the factors would have to learn
    the mean rating as well."""
    return gradient_of_one_rating(p, q, rating, 0.0, reg_per_rating)


def penalty_forgotten(p, q, rating, baseline, reg_per_rating):
    """The gradient of the penalty is missing: reg_per_rating · (p·p + q·q) has one
    too."""
    return gradient_of_one_rating(p, q, rating, baseline, 0.0)


def user_and_item_swapped(p, q, rating, baseline, reg_per_rating):
    """The two gradients are in the wrong order: return that of p first, then that of q.
    Or p and q were swapped throughout."""
    gradient_p, gradient_q = gradient_of_one_rating(
        p, q, rating, baseline, reg_per_rating
    )
    return gradient_q, gradient_p


def update_for_gradient(p, q, rating, baseline, reg_per_rating):
    """This is the step of the update rule, error · q - reg_per_rating · p: it points
    downhill, and the factor 2 is hidden in the learning rate. The question asks for the
    gradient, which points uphill: -2 times that."""
    full = gradient_of_one_rating(p, q, rating, baseline, reg_per_rating)
    return -full[0] / 2, -full[1] / 2


def twice_the_error_alone(p, q, rating, baseline, reg_per_rating):
    """The penalty's factor 2 is missing: p·p is a sum of squares as well, and its
    derivative is 2p."""
    return gradient_of_one_rating(p, q, rating, baseline, reg_per_rating / 2)


def penalty_subtracted(p, q, rating, baseline, reg_per_rating):
    """The penalty has the wrong sign: it is added to the loss, so its gradient is + 2 ·
    reg_per_rating · p."""
    return gradient_of_one_rating(p, q, rating, baseline, -reg_per_rating)


def products_not_summed(p, q, rating, baseline, reg_per_rating):
    """`p * q` gives k products; the dot product is their sum, one number: `p @ q`. The
    error of one rating is one number too."""
    error = rating - baseline - p * q
    return (
        -2 * error * q + 2 * reg_per_rating * p,
        -2 * error * p + 2 * reg_per_rating * q,
    )


def own_vector_in_place_of_the_other(p, q, rating, baseline, reg_per_rating):
    """The error is multiplied by the wrong vector: the derivative of p·q with respect
    to p is q, and with respect to q it is p."""
    error = rating - baseline - p @ q
    return (
        -2 * error * p + 2 * reg_per_rating * p,
        -2 * error * q + 2 * reg_per_rating * q,
    )


def penalty_without_its_vector(p, q, rating, baseline, reg_per_rating):
    """The penalty's gradient is the number 2 · reg_per_rating in every position. The
    derivative of reg_per_rating · p·p is 2 · reg_per_rating · p: multiply by the
    vector."""
    error = rating - baseline - p @ q
    return -2 * error * q + 2 * reg_per_rating, -2 * error * p + 2 * reg_per_rating


def penalty_of_the_other(p, q, rating, baseline, reg_per_rating):
    """The penalty's gradients are swapped: with respect to p it is 2 · reg_per_rating ·
    p, and with respect to q it is 2 · reg_per_rating · q."""
    error = rating - baseline - p @ q
    return (
        -2 * error * q + 2 * reg_per_rating * q,
        -2 * error * p + 2 * reg_per_rating * p,
    )


def error_squared(p, q, rating, baseline, reg_per_rating):
    """The error is still squared. The derivative of e² is 2e times the derivative of
    e."""
    square = (rating - baseline - p @ q) ** 2
    return (
        -2 * square * q + 2 * reg_per_rating * p,
        -2 * square * p + 2 * reg_per_rating * q,
    )


def error_without_its_two(p, q, rating, baseline, reg_per_rating):
    """The error's factor 2 is missing, while the penalty has its own: the derivative of
    e² is 2e."""
    error = rating - baseline - p @ q
    return -error * q + 2 * reg_per_rating * p, -error * p + 2 * reg_per_rating * q


def error_without_its_sign(p, q, rating, baseline, reg_per_rating):
    """The error was made positive. Its sign says in which direction the prediction is
    off: leave out `abs`."""
    error = abs(rating - baseline - p @ q)
    return (
        -2 * error * q + 2 * reg_per_rating * p,
        -2 * error * p + 2 * reg_per_rating * q,
    )


def loss_for_gradient(p, q, rating, baseline, reg_per_rating):
    """This is the loss, one number. The question asks for its derivatives with respect
    to p and to q, two vectors."""
    return (rating - baseline - p @ q) ** 2 + reg_per_rating * (p @ p + q @ q)


def gradient_of_p_alone(p, q, rating, baseline, reg_per_rating):
    """This is only the gradient of p. Return both: `gradient_p, gradient_q`."""
    return gradient_of_one_rating(p, q, rating, baseline, reg_per_rating)[0]


def _gradient_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for k, reg_per_rating in ((2, 0.1), (5, 0.02), (16, 0.5)):
        p = torch.randn(k, generator=draw)
        q = torch.randn(k, generator=draw)
        rating, baseline = 1 + 4 * torch.rand(2, generator=draw, dtype=torch.float64)
        cases.append((p, q, rating.item(), baseline.item(), reg_per_rating))
    return cases


def _gradient_edges():
    p, q = torch.tensor([1.0, 2.0, 0.5]), torch.tensor([3.0, -1.0, 2.0])
    one = torch.tensor([0.5]), torch.tensor([-2.0])
    return [
        ("", (p, q, 4.0, 3.5, 0.25)),  # three numbers must not pass for a pair
        ("where there is only one factor", (*one, 4.0, 3.0, 0.3)),
        ("where there is no penalty", (p, q, 2.0, 3.0, 0.0)),
        ("where the prediction has no error", (p, q, 5.5, 3.5, 0.1)),
    ]


def product_left_out(p, q, rating, baseline, reg_per_rating):
    """p·q is missing from the error: it is rating - baseline - p·q."""
    error = rating - baseline
    return (
        -2 * error * q + 2 * reg_per_rating * p,
        -2 * error * p + 2 * reg_per_rating * q,
    )


def baseline_added(p, q, rating, baseline, reg_per_rating):
    """The baseline has the wrong sign: the error is rating - baseline - p·q."""
    return gradient_of_one_rating(p, q, rating, -baseline, reg_per_rating)


def product_added(p, q, rating, baseline, reg_per_rating):
    """p·q has the wrong sign: the error is rating - baseline - p·q."""
    error = rating - baseline + p @ q
    return (
        -2 * error * q + 2 * reg_per_rating * p,
        -2 * error * p + 2 * reg_per_rating * q,
    )


def penalty_on_p_alone(p, q, rating, baseline, reg_per_rating):
    """The penalty's gradient is missing for q. Both vectors are penalized."""
    error = rating - baseline - p @ q
    return -2 * error * q + 2 * reg_per_rating * p, -2 * error * p


def vectors_after_a_step(p, q, rating, baseline, reg_per_rating):
    """These are the vectors after a step, p minus the gradient. The question asks for
    the gradients themselves."""
    full = gradient_of_one_rating(p, q, rating, baseline, reg_per_rating)
    return p - full[0], q - full[1]


def vectors_after_a_small_step(p, q, rating, baseline, reg_per_rating):
    """These are the vectors after a step with a learning rate of 0.01. The question
    asks for the gradients themselves."""
    full = gradient_of_one_rating(p, q, rating, baseline, reg_per_rating)
    return p - 0.01 * full[0], q - 0.01 * full[1]


def _is_for_tensors(given, p, q, rating, baseline, reg_per_rating):
    return is_not_a_tensor(given)


@recognized_by(_is_for_tensors)
def gradients_without_torch(p, q, rating, baseline, reg_per_rating):
    """The gradients are not tensors, as p and q are. A step p - 0.01 * gradient needs
    tensors: compute with p and q themselves."""
    full = gradient_of_one_rating(p, q, rating, baseline, reg_per_rating)
    return full[0].numpy(), full[1].numpy()


QUESTIONS = (
    Question(
        "q05",
        gradient_of_one_rating,
        _gradient_cases,
        (
            sign_of_the_gradient,
            sign_of_the_error_only,
            factor_of_two,
            residual_left_out,
            mean_forgotten,
            penalty_forgotten,
            user_and_item_swapped,
            update_for_gradient,
            twice_the_error_alone,
            penalty_subtracted,
            products_not_summed,
            own_vector_in_place_of_the_other,
            penalty_without_its_vector,
            penalty_of_the_other,
            error_squared,
            error_without_its_two,
            error_without_its_sign,
            loss_for_gradient,
            gradient_of_p_alone,
            product_left_out,
            baseline_added,
            product_added,
            penalty_on_p_alone,
            vectors_after_a_step,
            vectors_after_a_small_step,
            gradients_without_torch,
        ),
        differ=same_tensor,
        drive=gradients_only,
        edges=_gradient_edges,
        parts=("the gradient of p", "the gradient of q"),
    ),
)
