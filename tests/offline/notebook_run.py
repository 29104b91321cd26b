"""The rules of the notebooks' run under nbval: a plugin, `pytest -p notebook_run`."""

import socket

import pytest


def pytest_configure(config):
    """Refuse to start where the network is open: the run is the offline proof."""
    try:
        socket.getaddrinfo("example.org", 443)
    except OSError as error:
        if "offline run" in str(error):
            return
    raise pytest.UsageError(
        "The notebooks must run without network. Put tests/offline on PYTHONPATH, "
        "as `make test` does."
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    """Count an expected failure as a failure.

    After a cell has timed out nbval marks all later cells "expected to fail", and the
    summary would look green.
    """
    report = yield
    if hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.name}: not run properly. {report.wasxfail}"
        del report.wasxfail
    return report
