"""The environment variables that are settings, and the check for misspelled ones.

A misspelled `RULE_MODES` would enforce every rule. Lambda and people's shells have many other variables. Therefore,
every variable that the project declares for a stage must be a known name; this is checked where the project is
available (`ddaws`, `chalice deploy`). Variables of a process may have any name that does not resemble a setting's.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from chalicelib.errors import BadInput

VARIABLES = (
    "STAGE",
    "ENABLE_AUTO_RESPONSE",
    "COORDINATOR_POLL_SECONDS",
    "MAX_FIXES_PER_HOUR",
    "FLAP_ACTION",
    "RULE_MODES",
    "GRACE_MINUTES",
    "ALLOW_EXEMPT_TAG",
    "SLACK_API_URL",
)
"""Every setting; its field in `Settings` has the same name in lower case."""
PER_RULE = ("RULE_MODES", "GRACE_MINUTES")
NOT_OURS = re.compile(r"(AWS_|LAMBDA_|PYTHON|_).*|(HTTPS?|NO|ALL)_PROXY|TZ", re.IGNORECASE)
"""Variables that the AWS SDK, Lambda and Python read: a stage may declare them."""
ALIKE = 0.7
SECTIONS = ("environment_variables", "lambda_functions")
"""The sections of `.chalice/config.json` that declare variables."""
SIMILAR, FAINTLY_SIMILAR = 0.8, 0.4
CONFIG = Path(".chalice/config.json")
RULES = Path("infrastructure/config_rules.yaml")
_RULE = re.compile(r"""^["']?([A-Za-z0-9][\w-]*)["']?\s*:""", re.MULTILINE)


def demand_no_typo(environ: Mapping[str, str]) -> None:
    """BadInput if a variable is not a setting, but its name resembles one."""
    for name, value in environ.items():
        if name not in VARIABLES and not NOT_OURS.fullmatch(name):
            for meant in get_close_matches(name.upper().replace("-", "_"), VARIABLES, 1, SIMILAR):
                raise BadInput(name, value, f"no such variable; the setting is {meant}")


def check(project: Path, stage: str, environ: Mapping[str, str]) -> None:
    """Check the names and types of the variables that a project declares for a stage, and the rules that they name.

    Nothing is checked if there is no project, as in Lambda.

    Parameters
    ----------
    environ : Mapping
        The variables of the process; they override the declared ones.

    Raises
    ------
    BadInput
        The error names the place, the value and the most similar name.
    """
    if not (project / CONFIG).is_file():
        return
    config = json.loads((project / CONFIG).read_text(), object_pairs_hook=_unique)
    _demand_sections(config, stage)
    declared: dict[str, str] = {}
    for where, variables in _declared(config, stage):
        for name, value in variables.items():
            place = f"{CONFIG}: {where}environment_variables.{name}"
            if not isinstance(value, str):
                raise BadInput(place, value, 'a text, in quotes: "50"')
            if name not in VARIABLES and not NOT_OURS.fullmatch(name):
                raise BadInput(place, value, f"a setting{_nearest(name, VARIABLES)}")
            if name in VARIABLES and "lambda_functions" in where:
                raise BadInput(place, value, "no setting of a single function: declare it for the whole stage")
        declared |= variables
    if (project / RULES).is_file():
        rules = _RULE.findall((project / RULES).read_text())
        for setting in PER_RULE:
            text = environ.get(setting, declared.get(setting, ""))
            named = [entry.rpartition("=")[0].strip() for entry in text.split(",")] if "=" in text else []
            demand_rules(setting, filter(None, named), rules)


def demand_rules(setting: str, named: Iterable[str], rules: Iterable[str]) -> None:
    """BadInput if a setting names a rule that does not exist."""
    known = list(rules)
    for name in named:
        if name not in known:
            raise BadInput(setting, name, f"a rule of {RULES}{_nearest(name, known)}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of the configuration; BadInput if a key occurs twice: Chalice would use the last value."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadInput(f"{CONFIG}: {name}", value, "each key once in an object")
        found[name] = value
    return found


def _demand_sections(config: Mapping[str, Any], stage: str) -> None:
    """BadInput if a section's name resembles one that declares variables: Chalice would ignore it."""
    part = config.get("stages", {}).get(stage, {})
    functions = part.get("lambda_functions", {})
    for where, section in (("", config), (f"stages.{stage}.", part), *((f"{f}.", functions[f]) for f in functions)):
        for name in section:
            for meant in get_close_matches(name.lower(), SECTIONS, 1, ALIKE):
                if name != meant:
                    raise BadInput(f"{CONFIG}: {where}{name}", section[name], f"the name {meant}")


def _declared(config: Mapping[str, Any], stage: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each place that declares variables for the stage, with its variables."""
    stages = config.get("stages", {})
    for where, part in (("", config), (f"stages.{stage}.", stages.get(stage, {}))):
        yield where, part.get("environment_variables", {})
        for function, of_function in part.get("lambda_functions", {}).items():
            yield f"{where}lambda_functions.{function}.", of_function.get("environment_variables", {})


def _nearest(name: str, known: Iterable[str]) -> str:
    """A hint: the known name that is most similar, else all names."""
    names = list(known)
    upper = {each.upper(): each for each in names}
    for meant in get_close_matches(name.upper(), upper, 1, FAINTLY_SIMILAR):
        return f" (did you mean {upper[meant]}?)"
    return f": one of {', '.join(names)}"
