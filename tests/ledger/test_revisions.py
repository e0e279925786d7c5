"""What is said of the tables' form is what Alembic says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from ledger import revisions
from ledger.database import MIGRATIONS, Database

ROOT = Path(__file__).parents[2]
SCRIPT = "from alembic import op\n\nrevision{typed} = {number}\ndown_revision{typed} = {before}\n\n\n{rest}"
REST = "def upgrade():\n    revision = 'of a sentence'\n"


def alembics(scripts_at: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(scripts_at))
    return ScriptDirectory.from_config(config)


def written(folder: Path, *scripts: tuple[str, str], typed: str = "") -> Path:
    """Migrations of such numbers, each with what it is made from, as they stand in a file."""
    (folder / "versions").mkdir()
    for place, (number, before) in enumerate(scripts):
        text = SCRIPT.format(number=number, before=before, typed=typed, rest=REST)
        (folder / "versions" / f"{place}.py").write_text(text, encoding="utf-8")
    return folder


def test_the_forms_of_this_program_are_those_alembic_reads() -> None:
    scripts = alembics(MIGRATIONS)
    assert revisions.newest(MIGRATIONS) == set(scripts.get_heads())
    assert revisions.known(MIGRATIONS).keys() == {each.revision for each in scripts.walk_revisions()}


@pytest.mark.parametrize("typed", ["", ": str | None"])
def test_branches_and_where_they_meet_are_read_as_alembic_reads_them(tmp_path: Path, typed: str) -> None:
    place = written(
        tmp_path, ("'a'", "None"), ("'b'", '"a"'), ('"c"', "'a'"), ("'d'", "('b', 'c')"), ("'e'", "'a'"), typed=typed
    )
    assert revisions.newest(place) == set(alembics(place).get_heads()) == {"d", "e"}
    assert revisions.known(place)["d"] == {"b", "c"}


def test_the_form_of_a_database_is_the_one_alembic_finds(database: Database, tmp_path: Path) -> None:
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
        assert revisions.found(connection) == set(found) == revisions.newest(MIGRATIONS)
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}", secret=b"k" * 32)
    with empty.engine.connect() as connection:
        assert revisions.found(connection) == set()
    empty.close()


def test_a_database_that_is_up_to_date_is_opened_without_alembic(sqlite_database: Database) -> None:
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    script = (
        f"import sys; from ledger.database import Database; Database({url!r}, secret=b'k' * 32).migrate(); "
        "print([each for each in ('alembic', 'mako') if each in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "[]"
