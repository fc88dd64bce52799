"""`python -m bench`: measure, show the tables, keep the results."""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from bench import base_tests, burst, forks, memory, overhead, row, table
from bench.row import Row
from bench.table import Progress

RESULTS = Path(__file__).with_name("results.json")
NAMES = ("burst", "memory", "adds", "base-tests", "forks")
"""In this order: the last leave the disk at work for a while."""


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed and memory, as ratios from one run.")
    parser.add_argument("--only", choices=NAMES, help="one part; the results are then shown and not kept")
    parser.add_argument("-n", "--runs", type=int, default=7, help="runs of each kind; their median counts (default: 7)")
    arguments = parser.parse_args()
    wanted = (arguments.only,) if arguments.only else NAMES
    console = Console(width=None if sys.stdout.isatty() else 120)
    load = os.getloadavg()[0]
    rows = asyncio.run(_measured(console, wanted, arguments.runs))
    console.print(table.results(rows))
    if load > 0.5 * (os.cpu_count() or 1):
        console.print(f"This machine was busy when it began (load {load:.1f}): the times are too long.", style="yellow")
    if not arguments.only:
        row.write(rows, RESULTS)


async def _measured(console: Console, wanted: tuple[str, ...], runs: int) -> list[Row]:
    progress, rows = Progress(console), []
    with tempfile.TemporaryDirectory(prefix="honk-bench-") as directory, progress.shown():
        root = Path(directory)
        if "burst" in wanted:
            rows += await burst.rows(root, progress)
        if "memory" in wanted:
            rows += await memory.rows(root, progress)
        if "adds" in wanted:
            for each in await overhead.measure(root, runs, progress):
                rows += each.rows()
                console.print(each.parts(), "")
        if "base-tests" in wanted:
            rows += await base_tests.rows(root / "base-tests", runs, progress)
        if "forks" in wanted:
            rows += await forks.rows(root, runs, progress)
    return rows


if __name__ == "__main__":
    main()
