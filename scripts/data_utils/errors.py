"""What can go wrong between a name and two tables: one exception for each cause.

For students who met one. Every message says what was found, what was expected and what
to do next; `why` is the short form that `download_movielens("auto")` prints.
"""


class DatasetUnavailable(RuntimeError):
    """The data set cannot be had; the subclass names the cause."""

    why = "it cannot be read"


class UnknownDataset(DatasetUnavailable):
    why = "no data set has this name"


class HostUnreachable(DatasetUnavailable):
    why = "its host cannot be reached"


class CertificateExpired(DatasetUnavailable):
    why = "the certificate of its host is not valid"


class UntrustedIssuer(DatasetUnavailable):
    why = "this machine cannot tell who signed the certificate of its host"


class WrongHash(DatasetUnavailable):
    why = "the archive's hash is not the published one"


class BadArchive(DatasetUnavailable):
    why = "its archive is damaged"


class MissingMember(DatasetUnavailable):
    why = "a file is missing in the local copy"


class UnwritableFolder(DatasetUnavailable):
    why = "the data folder cannot be written to"


class MalformedRow(DatasetUnavailable):
    """The message names the file and the line."""

    why = "the local copy holds a row that cannot be read"


class MalformedRatings(MalformedRow):
    """A row of the ratings is not user, movie, rating, timestamp."""


class RatingOutOfScale(MalformedRatings):
    """A rating is not on the data set's scale of stars."""


class NegativeId(MalformedRatings):
    """A user or movie id is below zero."""


class MalformedMovies(MalformedRow):
    """A row of the movies is not id, title, genres."""


class MissingMovies(DatasetUnavailable):
    """Movies were rated that the list of movies lacks."""

    why = "its list of movies is incomplete"
