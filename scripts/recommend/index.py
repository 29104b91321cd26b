"""Two towers and an index: the dot product in the form in which it is served.

For students: lab 10. One function makes a user's vector, another a movie's; they meet
only in a dot product. So the movies' vectors can be made beforehand, and a request is a
search for the largest products.
"""

import torch

from models.arguments import check_count
from models.tables import FactorTables, as_indices

ROWS_AT_ONCE = 1 << 20
"""Scores are made for chunks of users, at most this many users × movies at a time."""


class VectorIndex:
    """Vectors of movies, searched exactly: every query meets every vector.

    An approximate index, as one needs from millions of movies on, compares a query with
    a part of the vectors and may miss some of the best; this one never does.

    items: whole numbers (n,), what the search answers with; vectors: (n, d). Raises
    `ValueError` for sizes that do not match, and for a movie given twice.

    >>> index = VectorIndex([4, 7], torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    >>> index.add([9], torch.tensor([[2.0, 0.0]]))  # a movie that came today
    >>> items, scores = index.search(torch.tensor([[1.0, 0.5]]), k=2)
    >>> items.tolist(), scores.tolist()
    ([[9, 4]], [[2.0, 1.0]])
    """

    def __init__(self, items, vectors: torch.Tensor):
        self.items = torch.empty(0, dtype=torch.int64)
        self.vectors = vectors.new_empty(0, vectors.shape[-1])
        self.add(items, vectors)

    def __len__(self) -> int:
        """How many movies there are."""
        return len(self.items)

    def add(self, items, vectors: torch.Tensor) -> None:
        """Put more movies in; nothing else changes. Raises as the constructor."""
        items = torch.as_tensor(items, dtype=torch.int64)
        if vectors.shape != (len(items), self.vectors.shape[1]):
            raise ValueError(
                f"{len(items)} movies came with vectors of shape "
                f"{tuple(vectors.shape)}; expected ({len(items)}, "
                f"{self.vectors.shape[1]})."
            )
        both = torch.cat([self.items, items])
        if len(both.unique()) < len(both):
            raise ValueError("A movie is in the index twice: give each movie once.")
        self.items, self.vectors = both, torch.cat([self.vectors, vectors])

    def search(self, queries: torch.Tensor, k: int = 10) -> tuple:
        """The k movies with the largest products, best first, and these products.

        queries: (n, d). Returns items (n, k), int64, and scores (n, k), with fewer
        columns where the index holds fewer movies. Raises `ValueError` for a `k` below
        1.
        """
        check_count("k", k, at_least=1, example=10)
        size = max(1, ROWS_AT_ONCE // max(1, len(self)))
        found = [
            (part @ self.vectors.T).topk(min(k, len(self)), dim=1)
            for part in queries.split(size)
        ]
        places = torch.cat([top.indices for top in found])
        return self.items[places], torch.cat([top.values for top in found])


def item_tower(tables: FactorTables, items=None) -> torch.Tensor:
    """Vectors of movies for an index, (n, k + 1): q_i with b_i behind it.

    items: indices; by default all movies.

    >>> tables = FactorTables(3.0, torch.tensor([0.5]), torch.tensor([0.25, -1.0]),
    ...                       torch.tensor([[1.0]]), torch.tensor([[0.5], [2.0]]))
    >>> item_tower(tables, [1]).tolist()
    [[2.0, -1.0]]
    """
    items = range(tables.n_items) if items is None else items
    items = as_indices(items, tables.n_items, "item")
    return torch.cat([tables.item_factors, tables.item_bias[:, None]], 1)[items]


def user_tower(tables: FactorTables, users) -> torch.Tensor:
    """Queries of users, (n, k + 1): p_u with a 1 behind it, which meets b_i.

    μ + b_u is the same for every movie, so no order depends on it, and it is left out.

    >>> tables = FactorTables(3.0, torch.tensor([0.5]), torch.tensor([0.25, -1.0]),
    ...                       torch.tensor([[1.0]]), torch.tensor([[0.5], [2.0]]))
    >>> index = VectorIndex([0, 1], item_tower(tables))
    >>> items, scores = index.search(user_tower(tables, [0]), k=1)
    >>> (3.0 + 0.5 + scores[0]).tolist(), tables.predict([0], items[0]).tolist()
    ([4.5], [4.5])
    """
    users = as_indices(users, tables.n_users, "user")
    ones = torch.ones(len(users), 1, dtype=torch.float32)
    return torch.cat([tables.user_factors[users], ones], 1)
