"""A benchmark that a change has broken is noticed: each goes through all of it with little, and judges nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BENCHMARKS = sorted(str(each.relative_to(ROOT)) for each in (ROOT / "benchmarks").glob("**/bench_*.py"))


@pytest.mark.parametrize("path", BENCHMARKS)
def test_a_benchmark_runs_with_little(path: str) -> None:
    said = subprocess.run(
        [sys.executable, path, "--small"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert said.returncode == 0, said.stderr or said.stdout
    assert "no budget judged" in said.stdout
