"""The house's rules that no linter knows."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "campaigns", "ledger", "engine")
FILES = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "versions" not in path.parts]


def calls(path: Path) -> list[str]:
    """Every name called in a file, as written: "datetime.now", "session.exec"."""
    return [ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def names(path: Path) -> set[str]:
    """Every dotted name a file uses."""
    return {ast.unparse(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}


def where(found: list[Path]) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in found)


def test_the_environment_is_read_only_in_the_settings() -> None:
    readers = [path for path in FILES if names(path) & {"os.environ", "os.getenv", "os.environb"}]
    assert where(readers) == [] or where(readers) == ["bot/settings.py"]


def test_the_time_is_asked_only_by_the_clock() -> None:
    asking = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.today"}
    assert where([path for path in FILES if asking & set(calls(path))]) == ["bot/clock.py"]


def test_offers_leave_the_house_through_one_call_and_answers_through_another() -> None:
    senders = [
        path for path in FILES for call in calls(path) if re.search(r"channels?\b.*\.send$|^channel\.send$", call)
    ]
    assert where(senders) == ["bot/sending.py", "campaigns/sending/dispatching.py"]


def test_nothing_that_only_some_systems_have_is_needed_to_begin() -> None:
    only_some = {"fcntl", "grp", "msvcrt", "posix", "pwd", "resource", "termios", "tty"}
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        for each in ast.parse(path.read_text()).body
        if isinstance(each, ast.Import | ast.ImportFrom)
        for name in [getattr(each, "module", None), *(alias.name for alias in each.names)]
        if name in only_some
    }
    assert found == set()


def test_templates_are_compiled_only_by_composing() -> None:
    compiling = {"from_string", "get_template"}
    found = [path for path in FILES for call in calls(path) if call.rsplit(".", 1)[-1] in compiling]
    assert set(where(found)) == {"campaigns/words/composing.py"}


def test_the_ledger_and_the_engine_count_kinds_alike() -> None:
    from engine.frames import Kind as EngineKind
    from ledger.tables import Kind as LedgerKind

    assert [kind.name for kind in LedgerKind] == [kind.name for kind in EngineKind]
    assert [kind.value for kind in EngineKind] == list(range(len(EngineKind)))


@pytest.mark.parametrize("module", ["bot.cli", "bot.app", "campaigns.insights", "campaigns.outcomes.results"])
def test_answering_people_does_not_load_the_engines_libraries(module: str) -> None:
    heavy = ("numpy", "scipy", "sklearn", "polars", "pandas", "mlxtend", "alembic", "telegram", "twilio", "requests")
    script = f"import {module}, sys; print([name for name in {heavy!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"
