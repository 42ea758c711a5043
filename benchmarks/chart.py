"""
A picture of the comparison: horizontal bars, one group for each column, as SVG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

BAR, GAP, LEFT, WIDTH, TOP = 14, 16, 104, 520, 56

COLOURS = {"sslpool": "#1f6feb", "hitch": "#9aa4ad", "haproxy": "#b7bfc6", "nginx": "#cfd5da", "stunnel": "#e3e7ea"}


def bars(
    title: str, ratios: Mapping[str, Mapping[str, float]], titles: Mapping[str, tuple[str, str]], notes: Sequence[str]
) -> str:
    """
    Return an SVG document.

    @param ratios: for each column, each program's figure divided by the best peer's.
    @param titles: what a column measures, and its unit.
    @param notes: lines below the bars.
    """
    scale = WIDTH / min(3.0, max(value for column in ratios.values() for value in column.values()))
    parts, y = [], TOP
    for column, programs in ratios.items():
        heading, unit = titles[column]
        parts.append(_text(8, y + BAR, heading, "bold"))
        parts.append(_text(8, y + 2 * BAR + 4, unit, "small"))
        for name, ratio in programs.items():
            width = min(ratio * scale, WIDTH)
            parts.append(
                f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{COLOURS.get(name, "#ccc")}"/>'
            )
            parts.append(_text(LEFT + width + 6, y + BAR - 4, f"{name} {ratio:.2f}", "small"))
            y += BAR
        y += GAP
    bottom = y
    one = LEFT + scale
    parts.append(f'<line x1="{one:.1f}" y1="{TOP - 6}" x2="{one:.1f}" y2="{bottom - GAP + 4}" class="best"/>')
    parts.append(_text(one - 30, TOP - 10, "best peer", "small"))
    for note in notes:
        parts.append(_text(8, y, note, "small"))
        y += 15
    total = LEFT + WIDTH + 120
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{y}" viewBox="0 0 {total} {y}">
<style>text {{ font: 12px sans-serif; fill: #1c2733 }} .bold {{ font-weight: bold }} .title {{ font-size: 16px }}
.small {{ font-size: 10.5px; fill: #4a5663 }} .best {{ stroke: #d1242f; stroke-dasharray: 4 3 }}</style>
<rect width="100%" height="100%" fill="#ffffff"/>
{_text(8, 24, title, "title")}
{chr(10).join(parts)}
</svg>
"""


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}">{escape(text)}</text>'
