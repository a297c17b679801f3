"""
Charts as SVG, drawn here.

Colours and type come from the style sheet by class, since the page allows no inline style. Every chart stands
beside the figures it shows, so it is hidden from screen readers or carries a label of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH = 240.0
_RING_RADIUS = 54.0
_GAUGE_WIDTH = 480

_RECT = Markup('<rect class="{css}" x="{x:.2f}" width="{width:.2f}" height="12"/>')
_BAR = Markup(
    '<svg class="bar" viewBox="0 0 240 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
    "{drawn}</svg>"
)
_ARC = Markup(
    '<circle class="ring-{css}" cx="66" cy="66" r="54" stroke-dasharray="{length:.2f} {rest:.2f}"'
    ' transform="rotate({turned:.3f} 66 66)"/>'
)
_RING = Markup(
    '<svg class="ring" viewBox="0 0 132 132" role="img" aria-label="{label}">'
    '<circle class="ring-track" cx="66" cy="66" r="54"/>{drawn}'
    '<text class="ring-figure" x="66" y="70">{figure}</text>'
    '<text class="ring-caption" x="66" y="88">{caption}</text></svg>'
)
_TICK = Markup('<line class="tick" x1="{x}" x2="{x}" y1="27" y2="31"/>')
_GAUGE = Markup(
    '<svg class="gauge" viewBox="-2 0 484 34" role="img" aria-label="{label}">'
    '<rect class="track" y="9" width="480" height="16" rx="2"/>'
    '<rect class="full" y="9" width="{reached:.2f}" height="16" rx="2"/>{ticks}'
    '<path class="bound" d="M480 2 V31"/></svg>'
)


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
    drawn = [_RECT.format(css="track", x=0.0, width=whole)]
    x = 0.0
    for part in _kept(parts):
        width = whole * part.share
        drawn.append(_RECT.format(css=part.css, x=x, width=width))
        x += width
    return _BAR.format(drawn=Markup("").join(drawn))


def ring(parts: Sequence[Part], *, figure: str, caption: str, label: str) -> Markup:
    """Draw a ring of shares with a figure in its middle; ``label`` is what a screen reader says."""
    around = 2 * math.pi * _RING_RADIUS
    drawn: list[Markup] = []
    turned = -90.0
    for part in _kept(parts):
        length = around * part.share
        drawn.append(_ARC.format(css=part.css, length=length, rest=around - length, turned=turned))
        turned += 360 * part.share
    return _RING.format(label=label, drawn=Markup("").join(drawn), figure=figure, caption=caption)


def gauge(share: float, *, label: str) -> Markup:
    """Draw how far a value reaches towards its proven bound, which is the right end."""
    ticks = Markup("").join(_TICK.format(x=_GAUGE_WIDTH * k // 10) for k in range(11))
    return _GAUGE.format(label=label, reached=_GAUGE_WIDTH * min(max(share, 0.0), 1.0), ticks=ticks)
