"""The repository's Python as the architecture tests read it: parsed, never imported."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

PROJECT = Path(__file__).parent.parent
GATEWAYS = (
    "chalicelib.aws",
    "chalicelib.approvals.store",
    "chalicelib.exemptions.store",
    "chalicelib.flapping.store",
    "chalicelib.investigation.queue",
    "chalicelib.investigation.read",
    "chalicelib.journal.index",
    "chalicelib.journal.store",
    "chalicelib.limits.store",
    "chalicelib.notify.topic",
    "chalicelib.rules.inventories",
    "chalicelib.rules.live",
    "chalicelib.rules.s3_bucket.read",
    "chalicelib.rules.security_group.prefix_lists",
    "chalicelib.rules.security_group.read",
    "chalicelib.slack.bot",
    "chalicelib.slack.channel",
    "chalicelib.slack.post",
    "chalicelib.slack.rate_store",
    "chalicelib.slack.store",
    "chalicelib.slack.webhook",
)
"""The only modules that call AWS or Slack."""
FIRST_PARTY = ("app", "chalicelib", "ddaws", "sandbox", "bench", "tests")


@dataclass(frozen=True)
class Import:
    """One imported module.

    Attributes
    ----------
    module : str
        Its full name; of ``from a import b`` that is ``a.b`` where there is such a module, else ``a``.
    line : int
        Where it is imported.
    at_start : bool
        Whether the import runs as soon as the importing module is imported: not in a function, nor for type checkers.
    """

    module: str
    line: int
    at_start: bool


@dataclass(frozen=True)
class Module:
    """A Python file."""

    name: str
    path: Path

    @property
    def imports(self) -> list[Import]:
        return list(_imports(_parsed(self.path), self, at_start=True))

    def names_of(self, *names: str) -> Iterator[tuple[int, str]]:
        """Where one of `names`, with its dots, is used: the line, and the name."""
        for node in ast.walk(_parsed(self.path)):
            if isinstance(node, ast.Name | ast.Attribute) and (name := ast.unparse(node)) in names:
                yield node.lineno, name

    @property
    def package(self) -> str:
        return self.name if self.path.stem == "__init__" else self.name.rpartition(".")[0]

    @property
    def length(self) -> int:
        return len(self.path.read_text().splitlines())


def modules(*packages: str) -> list[Module]:
    """Every module of the packages, or all of the repository's."""
    files = (file for name in packages or FIRST_PARTY for file in _files(name))
    return [Module(_name(file), file) for file in sorted(files)]


def is_within(module: str, *packages: str) -> bool:
    """Whether a module is one of `packages` or stands in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _files(package: str) -> Iterator[Path]:
    single = PROJECT / f"{package}.py"
    return iter([single]) if single.exists() else (PROJECT / package).rglob("*.py")


def _name(file: Path) -> str:
    parts = file.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def _imports(node: ast.AST, within: Module, at_start: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, at_start) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (Import(_imported(child, alias.name, within), child.lineno, at_start) for alias in child.names)
        else:
            deferred = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or _is_for_type_checkers(child)
            yield from _imports(child, within, at_start and not deferred)


def _imported(statement: ast.ImportFrom, name: str, within: Module) -> str:
    package = statement.module or ""
    if statement.level:
        package = resolve_name("." * statement.level + package, within.package)
    file = PROJECT.joinpath(*package.split("."), name)
    return f"{package}.{name}" if file.with_suffix(".py").exists() or file.is_dir() else package


def _is_for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
