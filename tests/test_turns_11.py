"""The small exercises of lab 11 must say what the course's own code does.

If these fail, a learner is taught another formula than the lab around it uses.
"""

import pytest
import torch

from checks import solution
from models import MatrixFactorization
from models.gram import RatingRows


def test_padded_blocks_give_the_matrices_of_als():
    """The learner's block would not be the one that a sweep multiplies."""
    rows, columns = torch.tensor([0, 0, 0, 1, 2, 2]), torch.tensor([1, 3, 4, 0, 2, 4])
    V = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    index = torch.tensor([[1, 3, 4], [0, -1, -1], [2, 4, -1]])
    given = solution("y112")(V, index)
    for part, gram, _ in RatingRows(rows, columns, torch.ones(6), 3, 5).grams(V):
        assert torch.allclose(given[part], gram, atol=1e-5)


def test_among_equal_lengths_the_largest_product_is_the_largest_cosine():
    """An index for cosines would otherwise find other movies than the products do."""
    draw = torch.Generator().manual_seed(0)
    V, user = torch.randn(40, 4, generator=draw), torch.randn(4, generator=draw)
    longer = solution("y113")(V)
    cosines = torch.cosine_similarity(longer, torch.cat([user, torch.zeros(1)]), dim=1)
    assert (V @ user).argsort().tolist() == cosines.argsort().tolist()


def test_adam_keeps_what_the_exercise_counts():
    """The bytes on paper would be of another optimizer than PyTorch's."""
    model = MatrixFactorization(20, 30, n_factors=4)
    factors = [model.user_factors.weight, model.item_factors.weight]
    optimizer = torch.optim.Adam(factors)
    model(torch.tensor([1, 2]), torch.tensor([3, 4])).sum().backward()
    optimizer.step()
    bytes_of = 0
    for weight in factors:
        state = [v for v in optimizer.state[weight].values() if v.ndim]
        written = sum(t.numel() * t.element_size() for t in [weight, *state])
        read = written + weight.grad.numel() * weight.grad.element_size()
        bytes_of += read + written
    assert solution("y111")(20, 30, 4, 2, False) == pytest.approx(bytes_of)
