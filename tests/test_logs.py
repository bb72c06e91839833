"""Text that others wrote can neither forge a line of the log, nor hide in one, nor fill it."""

import ast
import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app
from chalicelib.logs import LONGEST, SafeRecord
from tests.source import PROJECT

HOSTILE = "x\n[ERROR]\tforged\r\nSTART RequestId: 1\x1b[2J\x00\x9b\u202e\u200b\u2028\ud800"
FORMAT = "[%(levelname)s]\t%(message)s"
LINE = re.compile(r'\[(?:INFO|ERROR|WARNING)\]\t|[\s|]*(?:File "|Traceback |Exception Group |\+-|\w+(?:\.\w+)*: |-+$)')


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The output of a handler with Lambda's format, for a logger of another library."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(FORMAT))
    logger = logging.getLogger("somebody.elses")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)


def lines_of(written: io.StringIO) -> list[str]:
    return written.getvalue().splitlines()


def test_the_app_makes_every_record_safe() -> None:
    assert app.make_safe
    assert logging.getLogRecordFactory() is SafeRecord


@pytest.mark.parametrize(("message", "arguments"), [("%s", (HOSTILE,)), (HOSTILE, ()), ("%s %r", (HOSTILE, HOSTILE))])
def test_a_message_is_one_line_in_which_nothing_is_hidden(
    message: str, arguments: tuple[str, ...], written: io.StringIO
) -> None:
    logging.getLogger("somebody.elses").warning(message, *arguments)
    [line] = lines_of(written)
    assert line.startswith("[WARNING]\tx\\n[ERROR]\\tforged\\r\\n")
    assert line.replace("\t", "").isprintable()


def test_an_exceptions_text_forges_no_line_of_a_traceback(written: io.StringIO) -> None:
    failure = ExceptionGroup(HOSTILE, [RuntimeError(HOSTILE), ExceptionGroup("inner", [OSError(HOSTILE)])])
    try:
        raise failure from ValueError(HOSTILE)
    except ExceptionGroup:
        logging.getLogger("somebody.elses").exception("failed: %s", HOSTILE)
    assert len(lines_of(written)) > 8
    assert not [line for line in lines_of(written) if "forged" in line and not LINE.match(line)]
    assert all(line.replace("\t", "").isprintable() for line in lines_of(written))


def test_a_long_text_is_cut_and_counted(written: io.StringIO) -> None:
    logging.getLogger("somebody.elses").info("%s", "x" * 1_000_000)
    assert len(written.getvalue()) < LONGEST + 100
    assert "(1,000,000 characters in all)" in written.getvalue()


def test_json_stays_json(written: io.StringIO) -> None:
    logging.getLogger("somebody.elses").info(json.dumps({"resource": HOSTILE}))
    assert json.loads(written.getvalue().partition("\t")[2]) == {"resource": HOSTILE}


@given(st.text())
def test_any_text_is_one_line(text: str) -> None:
    record = SafeRecord("name", logging.INFO, "file", 1, "%s", (text,), None)
    message = record.getMessage()
    assert len(message.splitlines()) <= 1
    message.encode()


@pytest.mark.parametrize("package", ["app.py", "chalicelib"])
def test_nothing_is_written_but_by_logging(package: str) -> None:
    path = PROJECT / package
    files = [path] if path.is_file() else path.rglob("*.py")
    for file in (each for each in files if each.stem != "chalice_cli"):  # not used by any function
        for node in ast.walk(ast.parse(file.read_text())):
            assert not (isinstance(node, ast.Name) and node.id == "print"), file
            assert not (isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr")), file
