"""Pictures of the bench: seconds against cost above the best, a dot a peer; run in the peers' environment."""

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt


def main() -> None:
    """Read the rows of a run (JSON) and write one SVG a size into a folder."""
    rows = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    plt.rcParams["svg.hashsalt"] = "zhulian"  # the same rows give the same file
    for size in dict.fromkeys(row["size"] for row in rows):
        here = [row for row in rows if row["size"] == size and row["cost"] is not None]
        best = min(row["cost"] for row in here)
        figure, axes = plt.subplots(figsize=(7, 4))
        for row in here:
            above = 100 * (row["cost"] / best - 1)
            seconds = max(row["seconds"], 0.001)
            axes.plot(seconds, max(above, 0.001), "o" if row["bound"] else "x", color="#1f4e79")
            axes.annotate(
                row["peer"], (seconds, max(above, 0.001)), textcoords="offset points", xytext=(5, 4)
            )
        axes.set(xscale="log", yscale="log", xlabel="seconds", ylabel="% above the best cost (0.001: none)")
        axes.set_title(f"{size}: dots prove a bound, crosses do not")
        axes.grid(visible=True, alpha=0.3)
        figure.tight_layout()
        figure.savefig(Path(sys.argv[2], f"peers-{size}.svg"), metadata={"Date": None})
        plt.close(figure)


if __name__ == "__main__":
    main()
