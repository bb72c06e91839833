"""Which tests of the end-to-end tier stay together when several workers run it: those that share a sandbox."""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling


class BySandbox(LoadScopeScheduling):  # type: ignore[misc]  # xdist's schedulers are not typed
    """The chapters of the story are one unit of work; so are the tests of any other file, except the crash points."""

    def _split_scope(self, nodeid: str) -> str:
        return piece(nodeid)


def piece(nodeid: str) -> str:
    """The unit of work that a test belongs to.

    Examples
    --------
    >>> piece("tests/e2e/test_modes.py::test_what_is_approved_is_fixed")
    'tests/e2e'
    >>> piece("tests/sandbox/test_trail.py::test_it")
    'tests/sandbox/test_trail.py'
    >>> piece("tests/crash/test_chain.py::test_it[a group]")
    'tests/crash/test_chain.py::test_it[a group]'
    """
    file = PurePosixPath(nodeid.partition("::")[0])
    match file.parent.name:
        case "crash":
            return nodeid
        case "e2e":
            return str(file.parent)
        case _:
            return str(file)
