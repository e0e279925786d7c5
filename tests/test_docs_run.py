"""Every command line that the documents show is given, in the order of its page, to a shop as the page supposes it.
What cannot be given here stands in ELSEWHERE and BESIDE, with the reason."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tests import terminal
from tests.house import House, made_once, open_house
from tests.sales import COLUMNS, shopee, till
from tests.test_docs import COMMAND, INLINE, PAGES, ROOT, text

PROSE = ("CHANGELOG.md", "CONTRIBUTING.md")
STORIES = [page for page in PAGES if page.name not in PROSE and "decisions" not in page.parts]
SHELL = re.compile(r"^(?:sudo|docker|make|cp|mkdir|cd|curl|source|\.venv/bin/python)\b")
ANSWERS = "ya\n" * 3

ELSEWHERE = {
    r".*…": "stands for whatever one types",
    r"setup\b": "asks at a terminal: tests/bot/test_setup.py answers it at one",
    r"demo\b": "tests/bot/test_demo.py tells the whole story; here it has made the shop",
    r"survey send \d": "asks people, and in the demo all were asked lately: tests/stories/test_surveys.py",
    r"whatsapp templates --create": "is for Twilio: tests/bot/test_whatsapp_templates.py has a stand-in",
    r"follow\b": "runs until it is stopped: tests/bot/test_following.py",
    r"(?:import|restore|resume|forget|say|dispatch|serve|export)$": "the command's name; elsewhere it is shown whole",
    r"serve --role \w+$": "needs PostgreSQL: tests/bot/test_processes.py opens several",
}
"""What of ours is not given here: how it begins, and why. That it can be parsed tests/test_docs.py sees to."""

BESIDE = {
    r"sudo|cd /opt": "changes the computer: tests/test_deploy.py reads the units",
    r"docker": "needs Docker and a network; its services and profiles are looked up below",
    r"make (?:setup|test|check|bench|demo)": "is what runs this, or takes minutes; looked up in the Makefile below",
    r"source": "makes a word known to a shell",
    r"\.venv/bin/python -m pytest": "a test that `make test` runs; looked up below",
}
"""What of others is not given here."""

NOT_WELL = re.compile(r"doctor|status|mine --stop$")
"""These say with 1 that something is missing, or nothing is to be stopped, and in these shops it is so."""


@dataclass(frozen=True)
class Supposed:
    """What a page takes for granted: whose shop, what was typed before or after a line, and who is meant."""

    own: bool = False
    before: tuple[str, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict)
    then: Mapping[str, str] = field(default_factory=dict)


WAITING = "launch picks to all tomorrow 9am --yes"
HISTORY = ("import penjualan.csv", "mine")
SUPPOSED = {
    "backup.md": Supposed(own=True, before=HISTORY[:1], means={"/mnt/usb/langganan": "elsewhere"}),
    "campaigns.md": Supposed(before=("launch picks to all --draft",), means={"9": "4"}),
    "commands.md": Supposed(
        before=(
            WAITING, "launch picks to all --draft",
            *(step for role, name in (("manager", "budi"), ("staff", "tini"))
              for step in (f"owner-code --role {role}", f"say --as {name} CODE")),
        ),
        means={
            "11": "4", "progress 3": "progress 1", "resume 3": "resume 4", "cancel 3": "cancel 4",
            "approve 3": "approve 5",
        },
    ),
    "counter.md": Supposed(
        means={
            "7HK-QM3-XWD": "VOUCHER", "Sari": "CUSTOMER", "K123": "SALE", "Kopi Gayo": "Kopi Gayo Arabika 250 g",
        },
    ),
    "import.md": Supposed(own=True, means={"FILE": "jual.csv"}),
    "linking.md": Supposed(own=True, before=HISTORY[:1]),
    "privacy.md": Supposed(own=True, before=HISTORY[:1]),
    "questions.md": Supposed(before=("say --as dewi 'kopi gayo 250 gram masih ada?'",), means={"12": "1"}),
    "operating.md": Supposed(before=(WAITING, "pause 4"), means={"resume 3": "resume 4", "cancel 3": "cancel 4"}),
    "quickstart.md": Supposed(
        own=True,
        means={"pause 1": "pause 2", "resume 1": "resume 2", "cancel 1": "cancel 2"},
        then={"langganan report 1": WAITING},
    ),
    "README.md": Supposed(own=True, means={"FILE": "penjualan.csv"}),
    "encryption.md": Supposed(own=True, before=HISTORY[:1]),
    "fairness.md": Supposed(means={"audit 12": "audit 1"}),
    "surveys.md": Supposed(
        before=(WAITING,),
        means={
            "pause 3": "pause 4", "survey preview 3": "survey preview 5",
            "loyal customers": "premium_loyal",
            "answers.csv": str(ROOT / "tests/engine/surveys/answers.csv"),
            "model.toml": str(ROOT / "tests/engine/surveys/model.toml"),
        },
    ),
    "words.md": Supposed(
        means={
            "ulasan.csv": str(ROOT / "tests/engine/words/messages.tsv"),
            "voices done 12": "voices done COMPLAINT", "cek.csv": str(ROOT / "tests/engine/words/own.tsv"),
        },
    ),
    "seeing.md": Supposed(means={"at_risk": "SEGMENT", "Sari": "CUSTOMER", "report 3": "report 1"}),
}  # fmt: skip


@dataclass
class Story:
    """A folder in which the lines of one page are given one after the other."""

    folder: Path
    supposed: Supposed
    opened: ExitStack
    said: str = ""
    house: House | None = None

    def give(self, line: str) -> None:
        """One command as it is shown, with who is meant by its example. Raises AssertionError if it fails."""
        words = self._meant(line.removeprefix("$ "))
        if not COMMAND.match(line):
            self._others(words)
        elif re.match(r"serve\b", words):
            self.open("--demo" in words)
        else:
            self._ours(words)

    def open(self, is_demo: bool) -> None:
        """`langganan serve`, once for the page, and closed at its end by a signal."""
        if self.house is None:
            self.house = self.opened.enter_context(open_house(self.folder / "data", *(["--demo"] if is_demo else [])))

    def _ours(self, line: str) -> None:
        words = shlex.split(line, comments=True)
        ended = terminal.run(words, self.folder, self._environment(), ANSWERS)
        self.said = ended.stdout
        well = {0, 1} if NOT_WELL.match(line) else {0}
        assert ended.returncode in well, f"langganan {line}\n{ended.stdout[-800:]}\n{ended.stderr[-800:]}"
        assert "Traceback" not in ended.stderr
        if words == ["new-key"]:
            # As the page says: into .env, a newer one before the older.
            settings = self.folder / ".env"
            older = settings.read_text().strip().removeprefix("ENCRYPTION_KEY=")
            settings.write_text(f"ENCRYPTION_KEY={','.join(filter(None, (ended.stdout.strip(), older)))}\n")

    def _others(self, line: str) -> None:
        if line.startswith("curl"):
            self.open(is_demo=not self.supposed.own)
            assert self.house is not None
            line = line.replace("localhost:8080", f"127.0.0.1:{self.house.port}").replace("curl", "curl -fsS", 1)
        if line.startswith("curl") and shutil.which("curl") is None:
            return
        ended = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 0, f"{line}\n{ended.stderr}"

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {"DATA_DIR": str(self.folder / "data")}

    def _meant(self, line: str) -> str:
        for example, here in self.supposed.means.items():
            line = line.replace(example, here)
        for name, look in LOOKED_UP.items():
            if name in line:
                line = line.replace(name, look(self))
        return line.removeprefix(".venv/bin/").removeprefix("langganan").strip() if COMMAND.match(line) else line


def _one(story: Story, sql: str) -> str:
    with closing(sqlite3.connect(next((story.folder / "data").glob("*.db")))) as database:
        return str(database.execute(sql).fetchone()[0])


def _voucher(story: Story) -> str:
    unused = "SELECT body FROM messages JOIN vouchers ON message_id = id WHERE redeemed_at IS NULL AND expires_at > 0"
    found = re.search(r"\b\w{3}-\w{3}-\w{3}\b", _one(story, unused))
    assert found is not None
    return found[0]


def _customer(story: Story) -> str:
    return shlex.quote(_one(story, "SELECT name FROM customers WHERE name <> '' GROUP BY name HAVING count(*) = 1"))


def _said(pattern: str) -> Callable[[Story], str]:
    def look(story: Story) -> str:
        found = re.search(pattern, story.said)
        assert found is not None, story.said
        return found[0]

    return look


def _newest(story: Story) -> str:
    return str(max((story.folder / "data" / "backups").glob("*.db")))


COMPLAINED = """
    SELECT min(question_id) FROM question_lines JOIN voices USING (interaction_id)
    WHERE is_urgent AND done_at IS NULL
"""

LOOKED_UP: Mapping[str, Callable[[Story], str]] = {
    "VOUCHER": _voucher,
    "CUSTOMER": _customer,
    "COMPLAINT": lambda story: _one(story, COMPLAINED),
    "SEGMENT": lambda story: _one(story, 'SELECT "key" FROM segments'),
    "SALE": _said(r"\bK\d+\b"),
    "CODE": _said(r"\b\w{4}-\w{4}\b"),
    "backups/langganan-20261122-023000.db": _newest,
}


def shown(page: Path) -> Iterator[tuple[str, bool]]:
    """Every command in the order of the page, and whether it has a line of its own."""
    fenced = False
    for line in text(page).splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or re.match(r" {4,}", line):
            if COMMAND.match(line.strip()) or SHELL.match(line.strip()):
                yield line.strip(), True
        else:
            yield from ((each, False) for each in INLINE.findall(line) if COMMAND.match(each))


def excused(line: str) -> str | None:
    """The pattern by which a line is not given here, if there is one."""
    words = re.sub(r"^(?:\.venv/bin/)?langganan ?", "", line)
    away = ELSEWHERE if COMMAND.match(line) else BESIDE
    return next((pattern for pattern in away if re.match(pattern, words)), None)


def lines(page: Path) -> list[str]:
    """What of a page is given here, each line once."""
    names = {"langganan", "langganan serve"}
    return list(dict.fromkeys(
        line for line, is_own in shown(page) if excused(line) is None and (is_own or line not in names)
    ))  # fmt: skip


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return made_once((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo-data")


@pytest.mark.parametrize("page", [page for page in STORIES if lines(page)], ids=lambda page: str(page.name))
def test_what_a_page_says_to_type_can_be_typed(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    supposed = SUPPOSED.get(page.name, Supposed())
    if supposed.own:
        (tmp_path / "data").mkdir()
    else:
        shutil.copytree(request.getfixturevalue("demo"), tmp_path / "data")
    (tmp_path / ".env").write_text("")
    for name in ("penjualan.csv", "jual.csv"):
        is_others = page.name == "import.md" and name == "penjualan.csv"
        till(tmp_path / name, ("Hari", "no hp", "Siapa", *COLUMNS[3:]) if is_others else COLUMNS)
    shopee(tmp_path / "Order.all.xlsx")
    with ExitStack() as opened:
        story = Story(tmp_path, supposed, opened)
        for line in (*(f"langganan {each}" for each in supposed.before), *lines(page)):
            story.give(line)
            if line in supposed.then:
                story.give(f"langganan {supposed.then[line]}")


def beside(beginning: str) -> set[str]:
    """The lines of all pages that begin so."""
    return {line for page in PAGES for line, _ in shown(page) if line.startswith(beginning)}


def test_nothing_is_excused_that_no_page_shows() -> None:
    used = {excused(line) for page in STORIES for line, _ in shown(page)}
    assert {*ELSEWHERE, *BESIDE} - used == set()


def test_what_make_is_told_to_make_it_can() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = {target for line in beside("make") for target in line.partition("#")[0].split()[1:]}
    assert told - targets == set()


def test_what_docker_is_told_to_start_stands_in_the_compose_file() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    profiles = {name for each in services.values() for name in each.get("profiles", ())}
    told = " ".join(beside("docker"))
    assert set(re.findall(r"--profile (\w+)", told)) <= profiles
    assert {*re.findall(r"--scale (\w+)=", told), *re.findall(r"run (?:--rm )?(\w+)", told)} <= set(services)


def test_files_that_are_installed_or_tested_are_there() -> None:
    told = re.findall(r"(?:deploy|tests)/[\w./-]+|\.env\.example", " ".join(beside("sudo") | beside(".venv")))
    assert [name for name in told if not (ROOT / name).exists()] == []
