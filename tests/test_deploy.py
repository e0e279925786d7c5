"""What the shop is installed with: the image, compose, systemd. No engine is needed: what can be wrong is read."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from dotenv import dotenv_values

from bot.cli import app
from bot.serving import CLOSING_SECONDS
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
UNITS = sorted(path for path in (ROOT / "deploy").iterdir() if path.suffix in (".service", ".timer"))
COMMANDS = ROOT / "deploy/langganan.sh"
OTHERS = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PATH", "MALLOC_ARENA_MAX"}
"""What is set in the environment for others than us."""


def instructions() -> Iterator[tuple[str, str]]:
    """The Dockerfile's lines, joined where they go on: ("COPY", "bot bot")."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield word, rest


def composed() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def unit(path: Path) -> Mapping[str, Mapping[str, str]]:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(path)
    return {name: dict(read[name]) for name in read.sections()}


def fits(words: list[str]) -> bool:
    """Whether our command line takes these words; nothing is done."""
    known = typer.main.get_command(app)
    name, *rest = words
    command = known.commands[name]  # type: ignore[attr-defined]
    with command.make_context(name, rest):
        return True


def settings_named() -> set[str]:
    return {name.upper() for name in Settings.model_fields}


def test_everything_the_image_copies_is_there_and_not_ignored() -> None:
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    wanted = {name for names in copied for name in names}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert wanted == kept
    assert [name for name in wanted if not (ROOT / name).exists()] == []


def test_the_image_takes_every_room_of_the_house_and_nothing_of_a_shops_data() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"bot", "campaigns", "engine", "ledger", "templates"} <= kept
    assert not kept & {".env", "data", "tests", ".git", ".venv"}
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


def test_the_image_runs_as_nobody_special_and_knows_whether_it_lives() -> None:
    said = dict(instructions())
    assert said["USER"] == "langganan"
    assert "/healthz" in said["HEALTHCHECK"]
    assert fits([*yaml.safe_load(said["CMD"])])
    assert yaml.safe_load(said["VOLUME"]) == ["/data", "/backups"]


def test_what_is_set_in_the_image_is_a_setting() -> None:
    names = {name for word, rest in instructions() if word == "ENV" for name in re.findall(r"(\w+)=", rest)}
    assert names - OTHERS - settings_named() == set()


def test_compose_sets_only_what_is_a_setting_and_its_commands_are_ours() -> None:
    services = composed()["services"]
    ours = {name: each for name, each in services.items() if name != "database"}
    for each in ours.values():
        assert set(each["environment"]) - settings_named() == set()
        assert fits(each["command"])
        assert each["depends_on"]["database"]["condition"] == "service_healthy"
    assert fits(services["worker"]["healthcheck"]["test"][2:])
    assert "pg_isready" in services["database"]["healthcheck"]["test"]


def test_compose_names_only_volumes_it_declares_and_keeps_no_secret() -> None:
    read = composed()
    used = {volume.split(":")[0] for each in read["services"].values() for volume in each["volumes"]}
    assert used == set(read["volumes"])
    text = (ROOT / "compose.yaml").read_text()
    assert set(re.findall(r"PASSWORD: (\S+)", text)) == {"${POSTGRES_PASSWORD:?write"}
    assert all(each.startswith("127.0.0.1:") for one in read["services"].values() for each in one.get("ports", ()))


def test_the_shop_is_given_more_time_to_close_than_it_takes() -> None:
    services = composed()["services"]
    assert int(services["shop"]["stop_grace_period"].removesuffix("s")) > CLOSING_SECONDS
    service = unit(ROOT / "deploy/langganan.service")["Service"]
    assert int(service["TimeoutStopSec"]) > CLOSING_SECONDS
    assert (service["Restart"], service["NoNewPrivileges"], service["ProtectSystem"]) == ("always", "yes", "strict")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_units_command_is_ours_and_what_it_sets_is_a_setting(path: Path) -> None:
    service = unit(path).get("Service", {})
    for line in filter(None, (service.get("ExecStart"),)):
        program, *words = shlex.split(line)
        assert program.endswith("/langganan")
        assert fits(words)
    names = {each.partition("=")[0] for each in shlex.split(service.get("Environment", ""))}
    assert names - OTHERS - settings_named() == set()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_understands_every_line_of_a_unit(path: Path, tmp_path: Path) -> None:
    for each in UNITS:
        text = each.read_text().replace("/opt/langganan/.venv/bin/langganan", "/bin/true")
        (tmp_path / each.name).write_text(text.replace("User=langganan", "User=root").replace("Group=langganan", ""))
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(tmp_path / path.name)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    ours = [line for line in said.stderr.splitlines() if path.name in line]
    assert ours == []


def test_a_command_means_the_shop_that_the_service_keeps_open() -> None:
    """The same user, folder and program; and neither sets anything that the other would not know of."""
    text, service = COMMANDS.read_text(), unit(ROOT / "deploy/langganan.service")["Service"]
    backup = unit(ROOT / "deploy/langganan-backup.service")["Service"]
    for each in (service, backup):
        assert f"--user={each['User']} " in text
        assert f"cd {each['WorkingDirectory']} " in text
        assert f"exec {each['ExecStart'].split()[0]} " in text
        assert "EnvironmentFile" not in each
        assert not settings_named() & {name.partition("=")[0] for name in each.get("Environment", "").split()}


def test_a_command_is_run_in_the_shops_folder_with_its_words_as_they_are(tmp_path: Path) -> None:
    shop = tmp_path / "a shop"
    for name, does in {"sudo": 'shift; exec "$@"', "langganan": 'pwd; for each; do echo "<$each>"; done'}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    shop.mkdir()
    text = COMMANDS.read_text().replace("/opt/langganan/.venv/bin/langganan", str(tmp_path / "langganan"))
    script = tmp_path / "script"
    script.write_text(text.replace("cd /var/lib/langganan", f'cd "{shop}"'))
    said = subprocess.run(
        ["/bin/sh", str(script), "launch", "picks to all", "$HOME"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip
    assert said.stdout.splitlines() == [str(shop), "<launch>", "<picks to all>", "<$HOME>"]


def test_every_setting_of_the_example_is_one_and_every_one_stands_there() -> None:
    assert set(dotenv_values(ROOT / ".env.example")) == settings_named()


@pytest.mark.slow
def test_the_wheel_alone_is_a_whole_program(tmp_path: Path) -> None:
    """Built of what the image copies; beside it only the libraries, which stand in the tests' environment."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    for name in ("bot", "campaigns", "engine", "ledger", "templates"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = f"from hatchling.build import build_wheel; print(build_wheel(r'{tmp_path}'))"
    found = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=False)
    if "No module named 'hatchling'" in found.stderr:
        pytest.skip("needs hatchling, which only pip brings when it builds")
    wheel = tmp_path / found.stdout.split()[-1]
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    wanted = {"templates/catalog.toml", "templates/words/id/operating.toml", "ledger/migrations/script.py.mako"}
    wanted |= {str(path.relative_to(ROOT)) for path in (ROOT / "ledger/migrations/versions").glob("*.py")}
    wanted |= {str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.j2")}
    assert wanted - names == set()
    place = tmp_path / "installed"
    venv.create(place, system_site_packages=False, with_pip=False)
    (library,) = place.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(library)
    here = next(Path(each) for each in sys.path if each.endswith("site-packages"))
    (library / "libraries.pth").write_text(str(here) + "\n")
    program = "import bot.cli, sys; sys.argv = ['langganan', *sys.argv[1:]]; print(bot.cli.__file__); bot.cli.main()"
    for words in (["--help"], ["say", "--as", "sari", "halo"], ["status", "--json"]):
        done = subprocess.run(
            [str(place / "bin/python"), "-c", program, *words],
            cwd=tmp_path, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, check=False,
        )  # fmt: skip
        assert str(library) in done.stdout.splitlines()[0]
        assert done.returncode == (1 if words[0] == "status" else 0), done.stderr
