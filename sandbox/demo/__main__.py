"""``python -m sandbox.demo``: watch dd-aws fix a sandbox account, from deployment to verification."""

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.text import Text

from sandbox import Sandbox, SandboxError
from sandbox.demo.screen import Screen
from sandbox.demo.story import Story
from sandbox.launch import launch
from sandbox.project import STAGE
from sandbox.state import State


@click.command()
@click.option("--keep", is_flag=True, help="Leave the sandbox running and print how to explore it.")
@click.option("--save-svg", type=click.Path(path_type=Path, dir_okay=False), help="Write the output as an SVG picture.")
def main(*, keep: bool, save_svg: Path | None) -> None:
    """Deploy dd-aws into a local AWS account and watch it find and fix three exposed resources."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: sys.exit(128 + received))
    screen, started = Screen(), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="dd-aws-demo-"))
    try:
        with _sandbox(folder / "sandbox", screen, keep=keep) as box:
            story = Story(box, folder / "project", screen)
            story.tell()
            if keep:
                _show_how_to_explore(box.state, story.project, screen)
    except SandboxError as error:
        screen.console.print(Text(f"\n{error}", "bold red"))
        sys.exit(f"The demo failed; the sandbox's logs are in {folder / 'sandbox'}")
    except SystemExit:
        shutil.rmtree(folder)
        raise
    if not keep:
        shutil.rmtree(folder)
    screen.show("", f"[bold green]Done in {time.monotonic() - started:.0f} seconds.[/]")
    if save_svg:
        screen.save_picture(save_svg)


@contextmanager
def _sandbox(folder: Path, screen: Screen, *, keep: bool) -> Iterator[Sandbox]:
    """A sandbox that is taken down at the end, also after an error, unless `keep` is set."""
    screen.chapter("A local AWS account")
    with screen.working("starting the sandbox"):
        box = _started(folder, keep=keep)
    screen.show("The account exists only on this machine. IAM is enforced: every call needs a permission.")
    try:
        yield box
    except BaseException:
        box.stop()
        raise
    if not keep:
        with screen.working("taking the sandbox down"):
            box.stop()


def _started(folder: Path, *, keep: bool) -> Sandbox:
    """A sandbox that ends with this process at the latest; with `keep`, one that stays up for exploration."""
    if not keep:
        return Sandbox.start(folder)
    launch(State.at(folder), with_parent=False)
    return Sandbox.attach(folder)


def _show_how_to_explore(state: State, project: Path, screen: Screen) -> None:
    screen.chapter("Explore the sandbox")
    for line in (
        f'eval "$(python -m sandbox status --state {state.folder} | grep ^export)"  # sets the variables of your shell',
        f"export DDAWS_STAGE={STAGE} DDAWS_PROJECT_DIR={project}",
        "ddaws status",
        f"python -m sandbox down --state {state.folder}",
    ):
        screen.console.print(line, soft_wrap=True)


if __name__ == "__main__":
    main()
