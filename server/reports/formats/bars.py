"""A small bar chart as SVG: ink, direct labels, zero baseline. Upright bars for time, lying ones for names."""

from html import escape
from zoneinfo import ZoneInfo

from server.reports.table import Chart, Value
from server.reports.words import said

WIDTH = 680
HIGH, BASE, LABELS = 96.0, 118.0, 18.0
ROW, NAME, FIGURE = 18.0, 150.0, 90.0
FIGURES_ON = 14
"""More upright bars than this have no room for a figure each: then the highest has one."""

INK, INK_2, LINE = "#14171c", "#484c54", "#d2cec5"
"""Of the look's tokens; the document's style does not reach into an SVG."""
_STYLES = {
    "all": f'fill="{INK}" font-family="Inter, Liberation Sans, DejaVu Sans, sans-serif" font-size="9.5"',
    "figure": 'font-weight="500"',
    "label": f'fill="{INK_2}"',
}


def bars(chart: Chart) -> str:
    """The chart as an SVG element, with a sentence for those who do not see it."""
    return (
        _lying(chart)
        if chart.title.partition(",")[0].endswith(("vehicle", "team", "driver", "fence"))
        else _upright(chart)
    )


def _upright(chart: Chart) -> str:
    top, count = _top(chart), len(chart.bars)
    slot = WIDTH / count
    wide = min(36.0, slot * 0.7)
    every = max(1, -(-count * 52 // WIDTH))
    drawn = []
    for number, (label, value) in enumerate(chart.bars):
        x, high = slot * (number + 0.5), HIGH * _size(value) / top
        drawn.append(f'<rect x="{x - wide / 2:.1f}" y="{BASE - high:.1f}" width="{wide:.1f}" height="{high:.1f}"/>')
        if _size(value) and (count <= FIGURES_ON or _size(value) == top):
            drawn.append(_text(x, BASE - high - 5, _figure(chart, value), "middle", "figure"))
        if number % every == 0:
            drawn.append(_text(x, BASE + 14, label, "middle", "label"))
    drawn.append(f'<line x1="0" x2="{WIDTH}" y1="{BASE}" y2="{BASE}" stroke="{LINE}"/>')
    return _svg(chart, BASE + LABELS, drawn)


def _lying(chart: Chart) -> str:
    top, room = _top(chart), WIDTH - NAME - FIGURE
    drawn = []
    for number, (label, value) in enumerate(chart.bars):
        y, wide = ROW * number, room * _size(value) / top
        drawn.append(_text(NAME - 8, y + 12.5, label if len(label) < 25 else f"{label[:23]}…", "end", "label"))
        drawn.append(f'<rect x="{NAME:.1f}" y="{y + 3:.1f}" width="{max(wide, 0.5):.1f}" height="12"/>')
        drawn.append(_text(NAME + wide + 6, y + 12.5, _figure(chart, value), "start", "figure"))
    return _svg(chart, ROW * len(chart.bars), drawn)


def _svg(chart: Chart, high: float, drawn: list[str]) -> str:
    says = escape(f"{chart.title}: " + ", ".join(f"{label} {_figure(chart, value)}" for label, value in chart.bars))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{says}" '
        f'viewBox="0 0 {WIDTH} {high:.0f}" width="100%" {_STYLES["all"]}>{"".join(drawn)}</svg>'
    )


def _text(x: float, y: float, words: str, anchor: str, name: str) -> str:
    return f'<text {_STYLES[name]} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _top(chart: Chart) -> float:
    return max((_size(value) for _, value in chart.bars), default=0) or 1


def _size(value: Value) -> float:
    return value if isinstance(value, int | float) else 0


def _figure(chart: Chart, value: Value) -> str:
    return said(chart.column, value if value is not None else 0, ZoneInfo("UTC"))
