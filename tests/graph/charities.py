"""What a charity holds besides its fund: a row of each label."""

from tests.builders import NOW, World


def what_charities_hold(world: World, name: str, city: str) -> None:
    """What a charity holds besides its fund."""
    _gifts(world, name, city)
    of_fund = {"fund_id": f"{name}-fund", "region_path": city, "version": 1}
    of_holder = {"organisation_id": f"{name}-org", "region_path": city, "version": 1}
    world.add("Earmark", id=f"{name}-earmark", kind="DONOR", name=name, **of_fund)
    world.add(
        "PurposeVersion",
        id=f"{name}-purpose",
        owner_id=f"{name}-fund",
        number=1,
        state="PROPOSED",
        ground="AGREEMENT",
        effective_from=NOW.date(),
        proposed_by=f"{name}-clerk",
        proposed_at=NOW,
        **of_fund,
    )
    world.add("Programme", id=f"{name}-programme", name=name, **of_holder)
    world.add(
        "FundTransfer",
        id=f"{name}-transfer",
        kind="BUDGET",
        state="PROPOSED",
        from_fund_id=f"{name}-fund",
        to_fund_id=f"{name}-fund",
        to_earmark_id=f"{name}-earmark",
        amount_fen=1,
        proposed_by=f"{name}-clerk",
        proposed_at=NOW,
        **of_holder,
    )
    world.add(
        "Expense",
        id=f"{name}-expense",
        fund_id=f"{name}-fund",
        cost_class="ACTIVITY",
        title=name,
        amount_fen=1,
        spent_on=NOW.date(),
        reference="r",
        state="RECORDED",
        recorded_by=f"{name}-clerk",
        recorded_at=NOW,
        **of_holder,
    )
    world.add(
        "CharityYear",
        id=f"{name}-year",
        year=2026,
        charity_class="FOUNDATION",
        income_last_year_fen=1,
        net_assets_fen=1,
        averaged=False,
        payout_floor_fen=1,
        management_ceiling_fen=1,
        rules_id="r",
        recorded_by=f"{name}-clerk",
        recorded_at=NOW,
        **of_holder,
    )
    world.add(
        "StockLine",
        id=f"{name}-line",
        offer_id=f"{name}-stock",
        kind="ADDED",
        quantity=1,
        recorded_by=f"{name}-clerk",
        at=NOW,
        region_path=city,
    )
    world.add(
        "DisclosurePack",
        id=f"{name}-pack",
        period_kind="MONTH",
        first_day=NOW.date().replace(day=1),
        end_day=NOW.date().replace(day=28),
        state="PUBLISHED",
        content="{}",
        digest="d",
        heads="[]",
        entries=1,
        generated_by=f"{name}-clerk",
        generated_at=NOW,
        published_at=NOW,
        **of_holder,
    )
    world.need(f"{name}-cash", path=city, amount_fen=1)


def _gifts(world: World, name: str, city: str) -> None:
    """A gift whose purpose somebody wants to change."""
    world.donation(f"{name}-donation", f"{name}-fund", donor_id=f"{name}-org", donor_name=name, path=city)
    world.add(
        "PurposeChange",
        id=f"{name}-change",
        donation_id=f"{name}-donation",
        state="PENDING",
        ground="DONOR_CONSENT",
        from_fund_id=f"{name}-fund",
        to_fund_id=f"{name}-fund",
        reason=name,
        asked_by=f"{name}-clerk",
        asked_at=NOW,
        region_path=city,
        version=1,
    )


def money_on_its_way(world: World, name: str, city: str, town: str) -> None:
    """A gift on its way, who approved it, what shows that it arrived, and the duty to tell of it."""
    of_gift = {"allocation_id": f"{name}-allocation", "at": NOW, "region_path": town}
    world.add(
        "Allocation",
        id=f"{name}-allocation",
        need_id=f"{name}-need",
        fund_id=f"{name}-fund",
        proposal_id=f"{name}-MONEY",
        organisation_id=f"{name}-org",
        subject_id=f"{name}-household",
        amount_fen=1,
        approvals_wanted=1,
        state="DISBURSED",
        requested_by=f"{name}-clerk",
        reserved_at=NOW,
        region_path=town,
        version=1,
    )
    world.add("Approval", id=f"{name}-yes", decision="APPROVED", approver_id=f"{name}-approver", **of_gift)
    world.add(
        "Evidence",
        id=f"{name}-paper",
        kind="RECEIPT",
        reference=name,
        recorded_by=f"{name}-clerk",
        **of_gift,
    )
    world.add(
        "Disclosure",
        id=f"{name}-disclosure",
        kind="PROJECT",
        state="DUE",
        organisation_id=f"{name}-org",
        allocation_id=f"{name}-allocation",
        fund_id=f"{name}-fund",
        amount_fen=1,
        due_on=NOW.date(),
        region_path=city,
        version=1,
    )
