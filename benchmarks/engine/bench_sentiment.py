"""How well, how soon and with how little memory messages are judged: what ships, and what is learnt from SmSA.

SmSA (IndoNLU): 11,000 comments to learn from, 1,260 to check with, of which the published logistic regression on
counts judges .8746 right, macro F1 .8384. And 310 messages to small shops of our own that nothing was tuned on.
"""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.measuring import arguments, leave, timed  # noqa: E402 - the project's folder must be findable first
from engine.words.measuring import Measures, measure  # noqa: E402
from engine.words.sentiment import LABELS, Sentiment  # noqa: E402
from engine.words.training import train  # noqa: E402

DATA = ROOT.parent / "shared/data"
OWN = ROOT / "tests/engine/words"
LEAST_ACCURACY, LEAST_MACRO_F1 = 0.90, 0.86
LEAST_SHIPPED = 0.88
"""Of our own messages."""
MOST_MILLISECONDS_EACH = 5.0
"""Of the processor, for a comment of thirty words."""
MOST_LOADING_SECONDS, MOST_MEGABYTES = 0.3, 16.0
MOST_FILE_BYTES = 2_000_000
SMALL = 400
ALONE = """
import sys, time
def megabytes():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) / 1024
before, began = megabytes(), time.process_time()
from engine.words.sentiment import Sentiment
judging = Sentiment.read(open(sys.argv[1], "rb").read()) if len(sys.argv) > 1 else Sentiment.shipped()
judging.judge("gk bgs bgt")
print(time.process_time() - began, megabytes() - before)
"""

Rows = list[tuple[str, int]]


def smsa(part: str) -> Rows:
    path = DATA / f"indonlu_smsa_{part}.tsv.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(text, LABELS.index(label)) for text, label in rows]  # type: ignore[arg-type]


def ours(name: str) -> Rows:
    with (OWN / name).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(each["text"], LABELS.index(each["label"])) for each in rows]  # type: ignore[arg-type]


def judged(name: str, judging: Sentiment, rows: Rows) -> tuple[Measures, float]:
    """Prints how well and how soon."""
    with timed() as taken:
        found = [judging.judge(text) for text, _ in rows]
    told, each = measure(found, [label for _, label in rows]), taken.worked / len(rows) * 1_000
    (low, high), (least, most) = told.accuracy_interval, told.macro_f1_interval
    print(
        f"{name:>30} n {told.n:5,}  accuracy {told.accuracy:.4f} ({low:.3f}–{high:.3f})  "
        f"macro F1 {told.macro_f1:.4f} ({least:.3f}–{most:.3f})  off {told.off:.3f}  "
        f"unsure {told.unsure:.3f}, right of the others {told.right_of_sure:.3f}  {each:.2f} ms"
    )
    return told, each


def alone(*file: str) -> tuple[float, float]:
    """Seconds of the processor and megabytes that a process of its own needs to judge its first message."""
    said = subprocess.run([sys.executable, "-c", ALONE, *file], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, said.stdout.split())
    print(f"{'trained' if file else 'shipped':>30} loaded and first judged in {seconds:.3f} s, {megabytes:.1f} MB")
    return seconds, megabytes


def main() -> None:
    said = arguments(__doc__)
    learning, checking = smsa("train"), smsa("valid")
    if not checking:
        print(f"SmSA is not at {DATA}: our own sentences take its place, and nothing is said of it.")
        learning, checking = ours("own.tsv"), ours("messages.tsv")
    if said.small:
        learning, checking = learning[:SMALL], checking[:SMALL]
    known = {text for text, _ in checking}
    learning = [row for row in dict.fromkeys(learning) if row[0] not in known]
    shipped, each_shipped = judged("shipped, on our messages", Sentiment.shipped(), ours("messages.tsv"))
    judged("shipped, on messages by another hand", Sentiment.shipped(), ours("fresh.tsv"))
    judged("shipped, on the check", Sentiment.shipped(), checking)
    with timed() as taken:
        learnt = train([text for text, _ in learning], [label for _, label in learning])
    written = replace(learnt.weights, about={"sure": learnt.sure}).written()
    trained = Sentiment.read(written)
    print(f"learnt from {len(learning):,} in {taken.worked:.1f} s of the processor, {len(written):,} bytes")
    checked, each_trained = judged("trained, on the check", trained, checking)
    judged("trained, on our messages", trained, ours("messages.tsv"))
    print("sure from: " + ", ".join(f"{t.sure:.2f} {t.labelled:.0%} → {t.right:.0%}" for t in learnt.trades[::2]))
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "sentiment.words"
        kept.write_bytes(written)
        costs = [alone(), alone(str(kept))]
    leave(
        is_well=(checked.accuracy >= LEAST_ACCURACY and checked.macro_f1 >= LEAST_MACRO_F1)
        and shipped.accuracy >= LEAST_SHIPPED
        and max(each_shipped, each_trained) <= MOST_MILLISECONDS_EACH
        and len(written) <= MOST_FILE_BYTES
        and all(seconds <= MOST_LOADING_SECONDS and megabytes <= MOST_MEGABYTES for seconds, megabytes in costs),
        is_small=said.small,
    )


if __name__ == "__main__":
    main()
