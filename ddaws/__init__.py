"""The operator's command line: `ddaws --help`."""

import sys

RUNTIME = (3, 13)

if sys.version_info[:2] != RUNTIME:  # checked before any import: an older Python cannot parse the other modules
    sys.stderr.write(
        "error: Python: expected 3.13, since Chalice deploys the Python that it runs under; got {}.{}. "
        "dd-aws runs in its virtual environment: run 'make venv', then 'source .venv/bin/activate'.\n".format(
            *sys.version_info[:2]
        )
    )
    sys.exit(2)
