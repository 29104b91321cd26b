"""What can go wrong between a name and two tables: one exception for each cause.

Every message says what was found, what was expected and what to do next. `why` is the
short form that `download_movielens("auto")` prints when it turns to the sample.
"""


class DatasetUnavailable(RuntimeError):
    """The data set cannot be had; the subclass names the cause."""

    why = "it cannot be read"


class UnknownDataset(DatasetUnavailable):
    """No data set goes by this name."""

    why = "no data set has this name"


class HostUnreachable(DatasetUnavailable):
    """The host does not answer, refuses, or breaks off."""

    why = "its host cannot be reached"


class CertificateExpired(DatasetUnavailable):
    """The host's TLS certificate is out of date or does not prove who it is."""

    why = "the certificate of its host is not valid"


class WrongHash(DatasetUnavailable):
    """The bytes are not the published ones."""

    why = "the archive's hash is not the published one"


class BadArchive(DatasetUnavailable):
    """The archive is truncated, damaged, unsafe, or no zip at all."""

    why = "its archive is damaged"


class MissingMember(DatasetUnavailable):
    """The archive or folder lacks a file that it must hold."""

    why = "a file is missing in the local copy"


class UnwritableFolder(DatasetUnavailable):
    """The folder cannot be written to, or its disk is full."""

    why = "the data folder cannot be written to"


class MalformedRow(DatasetUnavailable):
    """A row of a table cannot be read; the message names the file and the line."""

    why = "the local copy holds a row that cannot be read"


class MalformedRatings(MalformedRow):
    """A row of the ratings is not user, movie, rating, timestamp."""


class RatingOutOfScale(MalformedRatings):
    """A rating is not on the data set's scale of stars."""


class NegativeId(MalformedRatings):
    """A user or movie id is below zero."""


class MalformedMovies(MalformedRow):
    """A row of the movies is not id, title, genres."""
