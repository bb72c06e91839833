"""What `chalice package` makes: the size of what Lambda gets, zipped."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from rich.table import Table

from bench.environment import PROJECT, isolated

LIMIT = 1_000_000
"""Bytes. A larger package contains files that Lambda already has or does not need."""


def table() -> Table:
    """The package's size, and the largest things in it."""
    with TemporaryDirectory() as folder:
        archive = _packaged(Path(folder))
        size = archive.stat().st_size
        parts = _parts(archive)
    shown = Table(title="Deployment package, zipped", title_justify="left")
    shown.add_column("Part")
    shown.add_column("Size", justify="right")
    for part, bytes_ in sorted(parts.items(), key=lambda item: -item[1]):
        shown.add_row(part, _kilobytes(bytes_))
    shown.add_section()
    shown.add_row(f"Whole package (limit {_kilobytes(LIMIT)})", _kilobytes(size))
    if size >= LIMIT:
        raise SystemExit(f"the deployment package is {_kilobytes(size)}: it must stay below {_kilobytes(LIMIT)}")
    return shown


def _packaged(folder: Path) -> Path:
    """Package a copy of what Chalice packages, so that the project's own folder stays as it is."""
    copy = folder / "project"
    shutil.copytree(PROJECT / "chalicelib", copy / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PROJECT / ".chalice", copy / ".chalice", ignore=shutil.ignore_patterns("deploy*", "venv"))
    for file in ("app.py", "requirements.txt"):
        shutil.copy(PROJECT / file, copy)
    command = [str(Path(sys.executable).with_name("chalice")), "package", "--stage", "prod", str(folder / "packaged")]
    done = subprocess.run(command, cwd=copy, env=isolated(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"chalice package failed:\n{done.stdout}{done.stderr}")
    return folder / "packaged" / "deployment.zip"


def _parts(archive: Path) -> dict[str, int]:
    parts: dict[str, int] = {}
    with ZipFile(archive) as packed:
        for entry in packed.infolist():
            part = entry.filename.split("/")[0]
            parts[part] = parts.get(part, 0) + entry.compress_size
    return parts


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.0f} kB"
