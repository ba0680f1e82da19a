"""What the groups of measurements leave behind, and how it is kept between runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Row:
    """A line of a group's table, and what the issue asks of it."""

    cells: list[str]
    # What was reached, for the list of targets: a ratio or a quantity; None where nothing is asked.
    value: float | None = None
    # The target; reached if the value is at most this, or at least where `at_least`.
    target: float | None = None
    at_least: bool = False
    # What the target is about, in words.
    work: str = ""


@dataclass
class Group:
    """The result of one group of measurements."""

    name: str
    title: str
    columns: list[str]
    rows: list[Row] = field(default_factory=list)
    # Sentences below the table.
    notes: list[str] = field(default_factory=list)
    # When, on what load, and whether it was a quick try.
    made: str = ""
    quick: bool = False
    # Rounds of each comparison.
    rounds: list[int] = field(default_factory=list)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.json").write_text(json.dumps(asdict(self), indent=1))

    @staticmethod
    def load(folder: Path, name: str) -> Group | None:
        path = folder / f"{name}.json"
        if not path.exists():
            return None
        fields = json.loads(path.read_text())
        return Group(**{**fields, "rows": [Row(**row) for row in fields["rows"]]})
