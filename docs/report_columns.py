"""The end of docs/reports.md: what each column of each report means, as the reports themselves say it."""

from pathlib import Path

from server.reports.kinds import REPORTS, Report

PAGE = "docs/reports.md"
HEADING = "## What each column means"


def page(root: Path) -> str:
    """The whole page, with its last part as the code has it."""
    text = (root / PAGE).read_text(encoding="utf-8").partition(HEADING)[0]
    return f"{text}{HEADING}\n{_before()}\n{chr(10).join(map(_report, REPORTS.values()))}"


def _before() -> str:
    names = "Names on paper and on the screen; in brackets the key in JSON, CSV and Parquet."
    return f"{names} `make schemas` writes this part.\n"


def _report(report: Report) -> str:
    words = "".join(f"{name}: {says}\n\n" for name, says in report.definitions)
    own = {column.key for column in report.columns}
    grouped = [measure.column for measure in report.measures if measure.column.key not in own]
    rows = "\n".join(
        f"| {column.head} (`{column.key}`) | {column.definition} |" for column in (*report.columns, *grouped)
    )
    return f"### {report.name}\n{words}| column | meaning |\n|---|---|\n{rows}\n"
