"""Files that Chalice reads for each stage, rendered from one source per function, because Chalice substitutes nothing.

``.chalice/policies/<function>.json`` holds ``${Stage}``. ``.chalice/policies/<stage>/<function>.json`` is the policy
that `.chalice/config.json` names, so that plain ``chalice deploy`` works as well. ``.chalice/package/<stage>.json`` is
for ``chalice package --merge-template``: it gives functions and roles the names that ``chalice deploy`` gives them, on
which policies, alarms and Config rules rely.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from chalice.utils import to_cfn_resource_name

from chalicelib.errors import BadInput
from chalicelib.settings import APP

POLICIES = Path(".chalice/policies")
PACKAGE = Path(".chalice/package")
PLACEHOLDER = "${Stage}"


def render(project_dir: Path, stages: Sequence[str]) -> list[Path]:
    """Write the policies and the merge templates of `stages`; a file that is up to date is not written.

    Returns
    -------
    list of Path
        The written files.

    Raises
    ------
    BadInput
        A source is not JSON, or does not use ${Stage}: its policy would apply to every stage.
    """
    stale = [(path, text) for path, text in _wanted(project_dir, stages) if _differs(path, text)]
    for path, text in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [path for path, _ in stale]


def drift(project_dir: Path) -> list[Path]:
    """The rendered files that differ from their source, are missing, or no longer have a source.

    The stages are those that have a folder.
    """
    folders = sorted(path for path in (project_dir / POLICIES).iterdir() if path.is_dir())
    wanted = dict(_wanted(project_dir, [folder.name for folder in folders]))
    folders.append(project_dir / PACKAGE)
    orphans = [path for folder in folders for path in sorted(folder.glob("*")) if path not in wanted]
    return [path for path, text in wanted.items() if _differs(path, text)] + orphans


def _wanted(project_dir: Path, stages: Iterable[str]) -> Iterator[tuple[Path, str]]:
    sources = {path.name: _source(path) for path in sorted((project_dir / POLICIES).glob("*.json"))}
    for stage in stages:
        for name, text in sources.items():
            yield project_dir / POLICIES / stage / name, text.replace(PLACEHOLDER, stage)
        functions = [name.removesuffix(".json") for name in sources]
        yield project_dir / PACKAGE / f"{stage}.json", _merge_template(functions, stage)


def _merge_template(functions: Sequence[str], stage: str) -> str:
    """The names of functions and roles, by the logical IDs that Chalice gives them."""
    resources: dict[str, object] = {}
    for function in functions:
        name, logical_id = f"{APP}-{stage}-{function}", to_cfn_resource_name(function)
        resources[logical_id] = {"Properties": {"FunctionName": name}}
        resources[f"{logical_id}Role"] = {"Properties": {"RoleName": name}}
    return json.dumps({"Resources": resources}, indent=2) + "\n"


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
