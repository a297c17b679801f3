"""A volunteer who came from elsewhere, one who takes their record along, and the month settled for both."""

from datetime import timedelta

from tests.builders import NOW, World


def recognised(world: World, name: str, town: str) -> None:
    """A row of each label that recognition and its settlement have."""
    world.add(
        "RecognitionCase",
        id=f"{name}-case",
        volunteer_id=f"{name}-volunteer",
        state="REVIEW",
        issuer=f"https://{name}.example",
        credential_id=f"{name}-their-credential",
        from_region=f"{name}-region",
        agreement_id=f"{name}-agreement",
        agreement_version=1,
        holder="h",
        claims="{}",
        holder_doubtful=True,
        opened_by=f"{name}-clerk",
        opened_at=NOW,
        due_on=NOW.date(),
        region_path=town,
        version=1,
    )
    world.add(
        "IssuedCredential",
        id=f"{name}-credential",
        volunteer_id=f"{name}-volunteer",
        state="VALID",
        list=0,
        place=0,
        holder="h",
        minutes=0,
        issued_by=f"{name}-clerk",
        issued_at=NOW,
        expires_at=NOW + timedelta(days=365),
        region_path=town,
        version=1,
    )

    shared = {"agreement_id": f"{name}-agreement", "issuer": f"https://{name}.example", "region_path": town}
    world.add(
        "ReconciliationMonth",
        id=f"{name}-month",
        partner=f"{name}-region",
        month="2026-02",
        kind="recognised",
        state="ANSWERED",
        reconciliation_id=f"{name}-held",
        opened_at=NOW,
        due_on=NOW.date(),
        **shared,
    )
    world.add(
        "Reconciliation", id=f"{name}-held", period="2026-02", direction="issued", made_at=NOW, **shared
    )
    world.add(
        "ReconciliationTask",
        id=f"{name}-difference",
        reconciliation_id=f"{name}-held",
        state="OPEN",
        kind="REVOKED",
        credential_id=f"{name}-their-credential",
        subject=f"{name}-s1",
        ours_min=60,
        theirs_min=0,
        due_on=NOW.date(),
        opened_at=NOW,
        region_path=town,
        version=1,
    )
