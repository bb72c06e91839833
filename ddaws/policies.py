"""IAM policies: one source per function, and one rendering per stage and function, because Chalice substitutes nothing.

``.chalice/policies/<function>.json`` holds ``${Stage}``; ``.chalice/policies/<stage>/<function>.json`` is what
`.chalice/config.json` names, so that plain ``chalice deploy`` works as well.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from chalicelib.errors import BadInput

POLICIES = Path(".chalice/policies")
PLACEHOLDER = "${Stage}"


def render(project_dir: Path, stages: Sequence[str]) -> list[Path]:
    """Write the policies of `stages`; a file that is as it should be is left alone.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    BadInput
        A source is not JSON, or names no stage: its policy would reach into every stage.
    """
    stale = [(path, text) for path, text in _wanted(project_dir, stages) if _differs(path, text)]
    for path, text in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [path for path, _ in stale]


def drift(project_dir: Path) -> list[Path]:
    """The rendered policies that are not as their source says, are missing, or have no source any more.

    The stages are those that have a folder.
    """
    folders = sorted(path for path in (project_dir / POLICIES).iterdir() if path.is_dir())
    wanted = dict(_wanted(project_dir, [folder.name for folder in folders]))
    orphans = [path for folder in folders for path in sorted(folder.iterdir()) if path not in wanted]
    return [path for path, text in wanted.items() if _differs(path, text)] + orphans


def _wanted(project_dir: Path, stages: Iterable[str]) -> Iterator[tuple[Path, str]]:
    sources = {path.name: _source(path) for path in sorted((project_dir / POLICIES).glob("*.json"))}
    for stage in stages:
        for name, text in sources.items():
            yield project_dir / POLICIES / stage / name, text.replace(PLACEHOLDER, stage)


def _source(path: Path) -> str:
    text = path.read_text()
    try:
        json.loads(text)
    except ValueError as error:
        raise BadInput(str(path), str(error), "JSON") from error
    if PLACEHOLDER not in text:
        raise BadInput(str(path), text, f"a policy for one stage, named by {PLACEHOLDER}")
    return text


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text() != text
