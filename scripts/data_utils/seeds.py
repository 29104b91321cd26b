"""One way to seed: a whole number, from which each part makes its own generator.

For students. The same number gives the same digits on one machine, whatever ran before
it: no result depends on the global random state of torch or NumPy.
"""

from numbers import Integral

import torch

LARGEST = 2**64 - 1
"""PyTorch's generators keep a seed in 64 bits."""


def seeded(seed: int) -> torch.Generator:
    """A fresh generator on the CPU, started from `seed`.

    Raises `ValueError` for a seed that is not a whole number from 0 to 2**64 - 1.

    >>> torch.rand(2, generator=seeded(7)).equal(torch.rand(2, generator=seeded(7)))
    True
    """
    return torch.Generator().manual_seed(check_seed(seed))


def check_seed(seed: int) -> int:
    """`seed` as an `int`; raises `ValueError` as `seeded` does."""
    if not isinstance(seed, Integral) or not 0 <= seed <= LARGEST:
        raise ValueError(
            f"seed={seed!r} was given; a seed is a whole number from 0 to {LARGEST:,}, "
            "for example 42. The same seed gives the same result again."
        )
    return int(seed)
