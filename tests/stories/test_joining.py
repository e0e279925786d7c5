"""Customers join, refuse, change their minds and leave by talking."""

from tests.stories.conftest import Story


def test_sari_allows_both_and_then_leaves(story: Story) -> None:
    asked = story.hear("sari", "Halo")
    assert "Boleh Toko Ratna mengirim penawaran" in asked.replies[0].text
    assert [button.says for button in asked.replies[0].buttons] == ["ya", "tidak"]
    assert asked.standing.offers is None

    first = story.hear("sari", "Ya, boleh")
    assert "riwayat belanja" in first.replies[0].text
    assert (first.standing.offers, first.standing.profiling) == (True, None)

    second = story.hear("sari", "iyaaa")
    assert (second.standing.offers, second.standing.profiling) == (True, True)

    left = story.hear("sari", "Stoppp!!")
    assert "Sudah berhenti" in left.replies[0].text
    assert (left.standing.offers, left.standing.profiling) == (False, False)
