"""
Steps from one version of the stored schema to the next.

Each step is a module ``vNNNN_<name>.py`` with ``async def up(store)``. A step may stop midway and be run
again, so it is idempotent; once released it is never edited, for every store that has it keeps its checksum.
"""

from graph.migrations.runner import Migration, MigrationPlan, catalogue, migrate, plan, schema_version

__all__ = ["Migration", "MigrationPlan", "catalogue", "migrate", "plan", "schema_version"]
