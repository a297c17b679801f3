"""
Charts as SVG, drawn here.

Colours and type come from the style sheet by class, since the page allows no inline style. Every chart stands
beside the figures it shows, so it is hidden from screen readers or carries a label of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH = 240.0
_HEIGHT = 12.0
_RING_RADIUS = 54.0
_RING_SIZE = 132


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A share of a whole, 0 to 1, and the class that colours it."""

    share: float
    css: str


def _kept(parts: Sequence[Part]) -> list[Part]:
    """Shares inside 0 to 1 whose sum is at most 1: a rounding error never draws outside the frame."""
    kept: list[Part] = []
    left = 1.0
    for part in parts:
        share = min(max(part.share, 0.0), left)
        left -= share
        if share > 0:
            kept.append(Part(share=share, css=part.css))
    return kept


def bar(parts: Sequence[Part], *, scale: float = 1.0) -> Markup:
    """
    Draw a horizontal bar of stacked shares on a track.

    Parameters
    ----------
    scale
        Length of the track as a share of the column, for bars of one table whose wholes differ.
    """
    whole = _WIDTH * min(max(scale, 0.02), 1.0)
    drawn: list[str] = [f'<rect class="track" width="{whole:.2f}" height="{_HEIGHT}" rx="2"/>']
    x = 0.0
    for part in _kept(parts):
        width = whole * part.share
        drawn.append(f'<rect class="{escape(part.css)}" x="{x:.2f}" width="{width:.2f}" height="{_HEIGHT}"/>')
        x += width
    return Markup(
        f'<svg class="bar" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" preserveAspectRatio="none"'
        f' aria-hidden="true" focusable="false">{"".join(drawn)}</svg>'
    )


def ring(parts: Sequence[Part], *, figure: str, caption: str, label: str) -> Markup:
    """Draw a ring of shares with a figure in its middle; ``label`` is what a screen reader says."""
    around = 2 * math.pi * _RING_RADIUS
    middle = _RING_SIZE / 2
    circle = f'cx="{middle}" cy="{middle}" r="{_RING_RADIUS}"'
    drawn = [f'<circle class="ring-track" {circle}/>']
    turned = -90.0
    for part in _kept(parts):
        length = around * part.share
        drawn.append(
            f'<circle class="ring-{escape(part.css)}" {circle} stroke-dasharray="{length:.2f} {around - length:.2f}"'
            f' transform="rotate({turned:.3f} {middle} {middle})"/>'
        )
        turned += 360 * part.share
    return Markup(
        f'<svg class="ring" viewBox="0 0 {_RING_SIZE} {_RING_SIZE}" role="img" aria-label="{escape(label)}">'
        f'{"".join(drawn)}<text class="ring-figure" x="{middle}" y="{middle + 4}">{escape(figure)}</text>'
        f'<text class="ring-caption" x="{middle}" y="{middle + 22}">{escape(caption)}</text></svg>'
    )


def gauge(share: float, *, label: str) -> Markup:
    """Draw how far a value reaches towards its proven bound, which is the right end."""
    width, height, top = 480.0, 34.0, 9.0
    reached = width * min(max(share, 0.0), 1.0)
    ticks = "".join(
        f'<line class="tick" x1="{width * k / 10:.1f}" x2="{width * k / 10:.1f}" y1="{top + 18:.0f}" y2="{top + 22:.0f}"/>'
        for k in range(11)
    )
    return Markup(
        f'<svg class="gauge" viewBox="-2 0 {width + 4:.0f} {height:.0f}" role="img" aria-label="{escape(label)}">'
        f'<rect class="track" y="{top}" width="{width}" height="16" rx="2"/>'
        f'<rect class="full" y="{top}" width="{reached:.2f}" height="16" rx="2"/>{ticks}'
        f'<path class="bound" d="M{width} 2 V{top + 22:.0f}"/></svg>'
    )
