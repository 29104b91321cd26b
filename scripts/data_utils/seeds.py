"""One way to seed: a whole number, from which each part makes its own generator.

For students. The same number gives the same digits on one machine, whatever ran before
it: no result depends on the global random state of torch or NumPy.
"""

from numbers import Integral

import torch


def seeded(seed: int) -> torch.Generator:
    """A fresh generator on the CPU, started from `seed`.

    Raises `ValueError` for a seed that is not a whole number of 0 or more.

    >>> torch.rand(2, generator=seeded(7)).equal(torch.rand(2, generator=seeded(7)))
    True
    """
    if not isinstance(seed, Integral) or seed < 0:
        raise ValueError(
            f"seed={seed!r} was given; a seed is a whole number, 0 or more, for "
            "example 42. The same seed gives the same result again."
        )
    return torch.Generator().manual_seed(int(seed))
