"""Whole conversations in both languages, played line by line on both databases."""

from pathlib import Path

import pytest

from tests.stories.conftest import Story
from tests.stories.playing import HERE, play

TRANSCRIPTS = sorted(HERE.glob("*.txt"))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda file: file.stem)
def test_the_conversation_goes_as_written(story: Story, transcript: Path, tmp_path: Path) -> None:
    play(story, transcript, tmp_path)


def test_every_conversation_is_told_in_both_languages() -> None:
    told = {
        language: {file.stem.split(".")[0] for file in HERE.glob(f"*.{language}.txt")} for language in ("id", "en")
    }
    assert told["id"] == told["en"] != set()


def test_a_conversation_that_goes_otherwise_is_named_with_its_line(sqlite_story: Story, tmp_path: Path) -> None:
    strange = tmp_path / "strange.txt"
    strange.write_text("sari > Halo\n < Selamat datang di pasar\n")
    with pytest.raises(AssertionError, match=r"strange.txt, line 2"):
        play(sqlite_story, strange, tmp_path)
