"""The files that a round leaves for ``zhulian check``."""

from pathlib import Path

from app.settings import Settings
from matching.files.round import write_round
from workflows.rounds.running import RoundOutcome


def keep_round(settings: Settings, outcome: RoundOutcome, gap: float, folder: Path | None = None) -> Path:
    """Write problem, model and plan into a folder or the data directory, and give the plan's path."""
    where = folder or settings.data_dir / "rounds" / outcome.round.id
    return write_round(where, outcome.problem, outcome.solved, outcome.plan, gap=gap)
