"""docs/reports.md ends with what the reports themselves say of their columns, and its limits are the true ones."""

from docs import report_columns
from server.reports.kinds import REPORTS
from server.reports.write import FORMS
from tests.docs.pages import page
from tests.support.real import ROOT


def test_the_columns_are_those_of_the_reports() -> None:
    """A definition that is not true is worse than none."""
    assert page(report_columns.PAGE) == report_columns.page(ROOT), "run `make schemas`"


def test_every_limit_is_that_of_its_format() -> None:
    """People plan by them."""
    for line in page(report_columns.PAGE).partition("## Formats")[2].partition("##")[0].splitlines():
        for name, form in FORMS.items():
            if line.lower().startswith((f"| {name} ", f"| {name},")):
                assert f"{form.most_rows:,} rows" in line


def test_figures_of_every_report_have_a_meaning() -> None:
    """The definition is one tap away, so there has to be one."""
    for kind, report in REPORTS.items():
        bare = [column.key for column in report.columns if column.kind != "text" and not column.definition]
        assert set(bare) <= {"lon", "lat", "from_lon", "from_lat", "to_lon", "to_lat"}, kind
