"""What a help or a shadow price speaks of, as a change of the round that can be solved."""

from domain.ledger import book_id
from matching.scenario import ExtraGoods, ExtraVolunteers, Scenario
from matching.statements import Help, HelpCode, Parameters, PriceKind


def change_of(need_id: str, help_: Help) -> Scenario:  # noqa: PLR0911 - one answer a code
    """Give the change that a help of a need proposes."""
    said = help_.parameters
    match HelpCode(help_.code):
        case HelpCode.RADIUS:
            return Scenario(radius={str(said["volunteer"]): int(said["metres"])})
        case HelpCode.HOURS:
            return Scenario(hours={str(said["volunteer"]): int(said["minutes"])})
        case HelpCode.COVER:
            return Scenario(covers=(str(said["volunteer"]),))
        case HelpCode.LICENCE:
            return Scenario(licences=((str(said["volunteer"]), str(said["licence"])),))
        case HelpCode.TIME:
            return Scenario(windows=((need_id, int(said["start_min"]), int(said["end_min"])),))
        case HelpCode.VOLUNTEER:
            return Scenario(volunteers=(_people(said),))
        case HelpCode.MONEY:
            return Scenario(money={_book(said): int(said["amount_fen"])})
        case HelpCode.CASE_CAP:
            return Scenario(case_caps={_book(said): int(said["amount_fen"])})
        case HelpCode.NEW_MONEY:
            return Scenario(new_money_fen=int(said["amount_fen"]))
        case HelpCode.GOODS:
            return Scenario(goods=(_goods(said),))
        case HelpCode.CONSENT:
            return Scenario(consent=(need_id,))
        case HelpCode.MORE_TIME:
            return Scenario()


def change_to(kind: PriceKind, said: Parameters) -> Scenario:
    """Give the change that a shadow price is about."""
    match kind:
        case PriceKind.VOLUNTEER:
            return Scenario(volunteers=(_people(said),))
        case PriceKind.MONEY:
            return Scenario(money={_book(said): int(said["amount_fen"])})
        case PriceKind.GOODS:
            return Scenario(goods=(_goods(said),))


def _book(said: Parameters) -> str:
    return book_id(str(said["fund"]), str(said["earmark"]) if "earmark" in said else None)


def _people(said: Parameters) -> ExtraVolunteers:
    return ExtraVolunteers(
        region_path=str(said["region_path"]),
        day=int(said["day"]),
        people=int(said["people"]),
        skills=_codes(said["skills"]),
        licences=_codes(said["licences"]),
    )


def _goods(said: Parameters) -> ExtraGoods:
    return ExtraGoods(item=str(said["item"]), unit=str(said["unit"]), quantity=int(said["quantity"]))


def _codes(joined: str | int) -> tuple[str, ...]:
    return tuple(str(joined).split(",")) if joined else ()
