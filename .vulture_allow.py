"""Names that a framework, a protocol or somebody outside the packages calls; one group a reason."""

# What exists by the words of the field. The graph keeps each field (tests/architecture/test_schema.py); rows of the
# graph pass through importers and workflows as columns, so most of these are named by tests and readers alone.
Fund, Donation, InKindOffer, ServiceOffer, Organisation, Station, ServicePoint  # noqa: B018, F821
Resident, Household, Volunteer, SocialWorker, Region  # noqa: B018, F821
is_restricted, allows, area_code, organisation_code, check_born_by  # noqa: B018, F821
UnitMismatchError, AuditChainBrokenError  # noqa: B018, F821

# What tests and the API's look-ups by id read; no screen of its own.
fund_by_id, volunteer_by_id, proposals_of_rounds, cell_of, pieces_per_unit, county_points  # noqa: B018, F821

# Entry points: pyproject names main, strawberry calls process_errors.
main, process_errors, execution_context  # noqa: B018, F821

# What tests compare: digests of graphs, faults that the generator put in.
graph_digest, readable, REFUSING  # noqa: B018, F821

# Files of models, problems and plans: written and read by commands, tests and peers; zipfile reads compress_type.
compress_type, read_plan, write_problem  # noqa: B018, F821

# Instances that benchmarks and tests make.
generalised_assignment  # noqa: B018, F821

# A pool calls a context's Process; tests kill processes of a pool by their pids.
Process, pids  # noqa: B018, F821

# Counts of jobs, printed by their names.
holdings_lapsed, holdings_warned, offers_expired, invitations_closed, asked_to_confirm, marked_at_risk  # noqa: B018, F821
offered_to_waiting, offered_in_waves, postponed  # noqa: B018, F821

# A check-in asks it in its own unit of work; tests look into the outbox.
require_valid_now, count_messages  # noqa: B018, F821

# What holders, partners and other registries do with what is ours: tests play them.
envelop, read_record, unmerge  # noqa: B018, F821
