"""Imports point one way, each dependency has one place, and nothing grows too long."""

import sys
from collections.abc import Callable, Iterable

from tests.source import FIRST_PARTY, GATEWAYS, Import, Module, is_within, modules

COMMON = ("chalicelib.errors", "chalicelib.resources", "chalicelib.findings", "chalicelib.json_values")
AWS = ("chalicelib.aws", "chalicelib.notify", "chalicelib.exposure", "chalicelib.repeated_keys", "chalicelib.modes")
RECORDS = ("chalicelib.exemptions", "chalicelib.journal", "chalicelib.investigation.inquiry")
DECISIONS = ("chalicelib.approvals", "chalicelib.limits", "chalicelib.flapping", "chalicelib.investigation.ask")

MAY_IMPORT = {
    "tests": ("bench", "sandbox", "ddaws", "app", "chalicelib"),
    "bench": ("sandbox", "ddaws", "app", "chalicelib"),
    "sandbox": ("ddaws", "chalicelib"),
    "ddaws": ("chalicelib",),
    "app": ("chalicelib",),
    "chalicelib.wiring": ("chalicelib",),
    "chalicelib.investigation": ("chalicelib.pipeline", "chalicelib.rules", *RECORDS, *AWS, *COMMON),
    "chalicelib.slack": ("chalicelib.aws", "chalicelib.notify", "chalicelib.foreign", "chalicelib.urls", *COMMON),
    "chalicelib.pipeline": (*DECISIONS, "chalicelib.rules", *RECORDS, *AWS, *COMMON),
    "chalicelib.undo": ("chalicelib.rules", "chalicelib.journal", *COMMON),
    "chalicelib.approvals": (*RECORDS, *AWS, *COMMON),
    "chalicelib.limits": ("chalicelib.aws", *COMMON),
    "chalicelib.flapping": ("chalicelib.investigation.ask", *AWS, *COMMON),
    "chalicelib.investigation.ask": ("chalicelib.investigation.overwritten", *RECORDS, *AWS, *COMMON),
    "chalicelib.investigation.overwritten": (
        "chalicelib.investigation.actors",
        "chalicelib.rules",
        *RECORDS,
        *AWS,
        *COMMON,
    ),
    "chalicelib.investigation.actors": ("chalicelib.rules", *RECORDS, *AWS, *COMMON),
    "chalicelib.rules": (*RECORDS, *AWS, *COMMON),
    "chalicelib.exemptions": (*AWS, *COMMON),
    "chalicelib.journal": ("chalicelib.aws", "chalicelib.notify", "chalicelib.repeated_keys", *COMMON),
    "chalicelib.investigation.inquiry": COMMON,
    "chalicelib.notify": ("chalicelib.aws", "chalicelib.errors"),
    "chalicelib.exposure": ("chalicelib.repeated_keys", *COMMON),
    "chalicelib.aws": COMMON,
    "chalicelib.findings": ("chalicelib.json_values", "chalicelib.errors"),
    "chalicelib.json_values": ("chalicelib.repeated_keys", "chalicelib.errors"),
    "chalicelib.settings": (
        "chalicelib.variables",
        "chalicelib.per_rule",
        "chalicelib.modes",
        "chalicelib.urls",
        "chalicelib.errors",
    ),
    "chalicelib.variables": ("chalicelib.errors",),
    "chalicelib.per_rule": ("chalicelib.errors",),
    "chalicelib.modes": (),
    "chalicelib.urls": (),
    "chalicelib.repeated_keys": (),
    "chalicelib.resources": (),
    "chalicelib.logs": ("chalicelib.foreign",),
    "chalicelib.foreign": (),
    "chalicelib.errors": (),
    "chalicelib.chalice_cli": (),
}
"""The parts of our code, highest first, and for each the parts below it that it may import."""

THIRD_PARTY = {
    "app": ("chalice",),
    "chalicelib.chalice_cli": ("chalice",),
    **dict.fromkeys(GATEWAYS, ("boto3", "botocore", "slack_sdk")),
}
"""The only libraries, except Python's own, that code on Lambda imports."""

PRINTS = "ddaws.terminal"
"""The only module that prepares text of others for a terminal."""
BEFORE_IT_CAN = ("ddaws", "ddaws.__main__", "ddaws.deploy.app_model")
"""Modules that print before anything can be imported, or from one of our processes to another."""
WAYS_TO_PRINT = ("print", "pprint", "sys.stdout", "sys.stderr", "click.confirm", "click.prompt", "click.echo")

LONGEST_FILE = 500


def test_no_part_may_import_one_above_it() -> None:
    parts = list(MAY_IMPORT)
    upward = [
        f"{part} -> {other}"
        for part, others in MAY_IMPORT.items()
        for other in others
        if other != "chalicelib" and parts.index(other) < parts.index(part)
    ]
    assert not upward


def test_imports_point_one_way() -> None:
    def is_upward(module: Module, imported: Import) -> bool:
        part = part_of(module.name)
        return is_within(imported.module, *FIRST_PARTY) and not is_within(imported.module, part, *MAY_IMPORT[part])

    wrong = imports_that(is_upward, modules())
    assert not wrong


def test_what_lambda_runs_depends_on_three_libraries_each_in_its_place() -> None:
    def is_out_of_place(module: Module, imported: Import) -> bool:
        allowed = next((names for part, names in THIRD_PARTY.items() if is_within(module.name, part)), ())
        return not is_within(imported.module, *FIRST_PARTY, *sys.stdlib_module_names, *allowed)

    wrong = imports_that(is_out_of_place, modules("app", "chalicelib"))
    assert not wrong


def test_slack_sdk_is_loaded_only_when_a_message_is_sent() -> None:
    def is_early(_: Module, imported: Import) -> bool:
        return imported.at_start and is_within(imported.module, "slack_sdk")

    wrong = imports_that(is_early, modules("app", "chalicelib"))
    assert not wrong


def test_only_settings_can_read_the_environment() -> None:
    def could_read(module: Module, imported: Import) -> bool:
        return is_within(imported.module, "os") and module.name != "chalicelib.settings"

    wrong = imports_that(could_read, modules("app", "chalicelib"))
    assert not wrong


def test_only_one_module_of_the_command_line_prints() -> None:
    def could_print(module: Module, imported: Import) -> bool:
        return is_within(imported.module, "rich", "getpass", "curses") and module.name != PRINTS

    wrong = imports_that(could_print, modules("ddaws"))
    wrong += [
        f"{module.name}, line {line}: {name}"
        for module in modules("ddaws")
        if module.name not in (PRINTS, *BEFORE_IT_CAN)
        for line, name in module.names_of(*WAYS_TO_PRINT)
    ]
    assert not wrong


def test_no_evaluation_depends_on_a_clock_or_on_chance() -> None:
    def is_impure(module: Module, imported: Import) -> bool:
        pure = is_within(module.name, "chalicelib.exposure", "chalicelib.rules", "chalicelib.undo")
        pure = pure and not is_within(module.name, *GATEWAYS, "chalicelib.exposure.trail_events")
        return pure and is_within(imported.module, "time", "datetime", "random", "secrets", "uuid")

    wrong = imports_that(is_impure, modules("chalicelib"))
    assert not wrong


def test_no_file_is_too_long() -> None:
    too_long = {module.name: module.length for module in modules() if module.length > LONGEST_FILE}
    assert not too_long


def part_of(module: str) -> str:
    parts = [part for part in MAY_IMPORT if is_within(module, part)]
    assert parts, f"{module} has no place in the architecture: give it one in MAY_IMPORT"
    return max(parts, key=len)


def imports_that(offend: Callable[[Module, Import], bool], among: Iterable[Module]) -> list[str]:
    return [
        f"{module.name}, line {imported.line}: {imported.module}"
        for module in among
        for imported in module.imports
        if offend(module, imported)
    ]
