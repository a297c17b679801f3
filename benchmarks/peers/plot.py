"""Pictures of the bench: seconds against cost above the best, a dot a peer; run in the peers' environment."""

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt

LEAST_PERCENT = 0.001
LEAST_S = 0.001


def main() -> None:
    """Read the rows of a run (JSON) and write one SVG a size into a folder."""
    rows = json.loads(Path(sys.argv[1]).read_text("utf-8"))["rows"]
    plt.rcParams["svg.hashsalt"] = "zhulian"  # the same rows give the same file
    for size in dict.fromkeys(row["size"] for row in rows):
        here = [row for row in rows if row["size"] == size and row["judged"]]
        best = min(row["judged"]["cost"] for row in here)
        figure, axes = plt.subplots(figsize=(7, 4))
        for row in here:
            above = max(100 * (row["judged"]["cost"] / best - 1), LEAST_PERCENT)
            seconds = max(row["build_s"] + row["solve_s"], LEAST_S)
            colour = "#b3261e" if row["peer"] == "zhulian" else "#1f4e79"
            axes.plot(seconds, above, "x" if row["bound"] is None else "o", color=colour)
            axes.annotate(
                row["peer"], (seconds, above), textcoords="offset points", xytext=(5, 4), color=colour
            )
        axes.set(
            xscale="log", yscale="log", xlabel="seconds to build and solve",
            ylabel=f"% above the best cost ({LEAST_PERCENT}: none)",
        )  # fmt: skip
        axes.set_title(f"{size}: dots state a bound, crosses none")
        axes.grid(visible=True, alpha=0.3)
        figure.tight_layout()
        figure.savefig(Path(sys.argv[2], f"peers-{size}.svg"), metadata={"Date": None})
        plt.close(figure)


if __name__ == "__main__":
    main()
