"""
How large a document may be, measured in one pass before it is validated.

Each fragment is measured once and its figures are taken over wherever it is spread, so that a document which
spreads fragments within fragments is refused by the size it would grow to, in time linear in its text. The size of
the answer hangs on the variables too: it is measured with each request, as the objects that its pages could hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from graphql_api.connections import DEFAULT_PAGE, LARGEST_PAGE
from graphql_api.refusals import Refusal
from graphql_api.settings import ApiSettings

_INTROSPECTION = frozenset({"__schema", "__type"})
_INTROSPECTION_DEPTH = 20
"""Deep by its nature: a type inside a list inside a list; the validation rules bound what it may list."""

_INLINE_PER_LEVEL = 2

PAGED = frozenset(
    {
        "alerts",
        "comparisonLines",
        "comparisons",
        "coverageTasks",
        "statusEnds",
        "riskMembers",
        "allocations",
        "books",
        "certificates",
        "charityShops",
        "charityYears",
        "claims",
        "claimsAtRisk",
        "conferences",
        "dataRequests",
        "disclosurePacks",
        "disclosures",
        "donations",
        "earmarks",
        "expenses",
        "fundEntries",
        "fundTransfers",
        "funds",
        "hours",
        "householdDifferences",
        "issuedCredentials",
        "linkReviews",
        "needDifferences",
        "personProposals",
        "personDecisions",
        "needSeries",
        "needs",
        "notices",
        "openNeeds",
        "organisationReviews",
        "outcomes",
        "overdueNeeds",
        "overdueVisits",
        "planLines",
        "programmes",
        "proposals",
        "purposeVersions",
        "qualifyingNeeds",
        "recognitionAgreements",
        "recognitionCases",
        "reconciliationDifferences",
        "reconciliationMonths",
        "regions",
        "removedLines",
        "rounds",
        "servicePlans",
        "slotHoldings",
        "slotOffers",
        "starNotices",
        "stations",
        "stock",
        "unmetNeeds",
        "volunteerOutcomes",
        "volunteers",
        "waitingList",
        "workOrders",
    }
)
"""Fields that take ``first``; a test holds the set equal to the schema's."""

_DIGITS_OF_A_PAGE = 9


@dataclass(slots=True)
class Size:
    """
    What a selection grows to with every fragment spread out.

    ``depth`` counts levels of fields, ``nesting`` also those of fragments; ``aliases`` counts fields that are
    renamed and fields that are asked for again beside themselves; ``names`` are those of the first level.
    """

    fields: int = 0
    aliases: int = 0
    depth: int = 0
    nesting: int = 0
    introspection_depth: int = 0
    root_fields: int = 0
    names: set[str] = field(default_factory=set[str])


def check_document(document: DocumentNode, settings: ApiSettings) -> Refusal | None:
    """Give why a document is too large, or None."""
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    uses = {name: _spreads(node.selection_set) & fragments.keys() for name, node in fragments.items()}
    try:
        order = list(TopologicalSorter(uses).static_order())
    except CycleError:
        return Refusal(name="fragment_cycle")
    sizes: dict[str, Size] = {}
    for name in order:
        sizes[name] = _measure(fragments[name].selection_set, sizes)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            is_mutation = node.operation is OperationType.MUTATION
            refusal = _judge(_measure(node.selection_set, sizes), settings, is_mutation=is_mutation)
            if refusal is not None:
                return refusal
    unused = max((size.nesting for size in sizes.values()), default=0)
    return _beyond("too_deep", unused, _INLINE_PER_LEVEL * _INTROSPECTION_DEPTH)


def check_answer(
    document: DocumentNode, operation_name: str | None, variables: Mapping[str, object], settings: ApiSettings
) -> Refusal | None:
    """
    Give why the answer to one operation could hold too much, or None.

    Every object that is asked for counts as often as the pages above it have rows: with the size that each
    page asks for, a variable by its value.

    Parameters
    ----------
    document
        One that ``check_document`` lets pass, so that no fragment contains itself.
    """
    fragments = {
        node.name.value: node.selection_set
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and operation_name in (
            None,
            node.name and node.name.value,
        ):
            given = {
                each.variable.name.value: _literal(each.default_value)
                for each in node.variable_definitions or ()
                if each.default_value is not None
            } | dict(variables)
            found = _Answer(fragments, given).objects(node.selection_set)
            return _beyond("too_many_objects", found, settings.object_limit)
    return None


class _Answer:
    """Counts the objects of selections, each fragment once."""

    def __init__(self, fragments: Mapping[str, SelectionSetNode], variables: Mapping[str, object]) -> None:
        self._fragments = fragments
        self._variables = variables
        self._counted: dict[str, int] = {}

    def objects(self, selections: SelectionSetNode) -> int:
        """Give how many objects a selection could answer with."""
        total = 0
        for node in selections.selections:
            if isinstance(node, FieldNode) and node.selection_set is not None:
                rows = self._rows(node)
                total += rows + rows * self.objects(node.selection_set)
            elif isinstance(node, InlineFragmentNode):
                total += self.objects(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment(node.name.value)
        return total

    def _fragment(self, name: str) -> int:
        if name not in self._counted:
            selections = self._fragments.get(name)
            self._counted[name] = 0 if selections is None else self.objects(selections)
        return self._counted[name]

    def _rows(self, node: FieldNode) -> int:
        if node.name.value not in PAGED:
            return 1
        asked = next((each.value for each in node.arguments or () if each.name.value == "first"), None)
        size = self._variables.get(asked.name.value) if isinstance(asked, VariableNode) else _literal(asked)
        if size is None:
            return DEFAULT_PAGE
        if isinstance(size, int) and 0 <= size <= LARGEST_PAGE:
            return size
        return LARGEST_PAGE  # any other size is refused when it is read


def _literal(value: ValueNode | None) -> object:
    """Give a whole number of the document, None where nothing stands, and else what is no number."""
    if value is None:
        return None
    if isinstance(value, IntValueNode) and len(value.value) <= _DIGITS_OF_A_PAGE:
        return int(value.value)
    return ""


def uses_field(document: DocumentNode, names: frozenset[str]) -> bool:
    """Whether a field of one of the names stands anywhere at the first level of an operation or a fragment."""
    waiting = [
        node.selection_set
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode) and node.name.value in names:
                return True
            if isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
    return False


def _judge(size: Size, settings: ApiSettings, *, is_mutation: bool) -> Refusal | None:
    deepest = max(settings.depth_limit, size.introspection_depth)
    return (
        _beyond("too_deep", size.depth, settings.depth_limit)
        or _beyond("too_deep", size.introspection_depth, _INTROSPECTION_DEPTH)
        or _beyond("too_many_aliases", size.aliases, settings.alias_limit)
        or _beyond("too_many_fields", size.fields, settings.field_limit)
        or _beyond("too_many_mutations", size.root_fields if is_mutation else 0, settings.mutation_limit)
        or _beyond("too_deep", size.nesting, _INLINE_PER_LEVEL * deepest)
    )


def _beyond(name: str, found: int, limit: int) -> Refusal | None:
    return Refusal(name=name, parameters={"limit": limit}) if found > limit else None


def _spreads(selections: SelectionSetNode) -> set[str]:
    found: set[str] = set()
    waiting = [selections]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FragmentSpreadNode):
                found.add(node.name.value)
            elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set is not None:
                waiting.append(node.selection_set)
    return found


def _measure(selections: SelectionSetNode, sizes: dict[str, Size]) -> Size:
    """Measure a selection whose fragments are measured already; an unknown fragment counts nothing."""
    total = Size()
    waiting = [(selections, 0, 0, False, total.names)]
    while waiting:
        current, depth, nesting, introspects, names = waiting.pop()
        for node in current.selections:
            if isinstance(node, FieldNode):
                name = (node.alias or node.name).value
                inside = introspects or node.name.value in _INTROSPECTION
                total.fields += 1
                total.aliases += (node.alias is not None) + (name in names)
                total.root_fields += depth == 0
                names.add(name)
                _deepen(total, depth + 1, introspects=inside)
                total.nesting = max(total.nesting, nesting + 1)
                if node.selection_set is not None:
                    waiting.append((node.selection_set, depth + 1, nesting + 1, inside, set()))
            elif isinstance(node, InlineFragmentNode):
                waiting.append((node.selection_set, depth, nesting + 1, introspects, names))
            elif isinstance(node, FragmentSpreadNode) and node.name.value in sizes:
                part = sizes[node.name.value]
                _add(total, part, depth, nesting, introspects=introspects)
                total.aliases += len(part.names & names)
                names |= part.names
    return total


def _deepen(total: Size, depth: int, *, introspects: bool) -> None:
    if introspects:
        total.introspection_depth = max(total.introspection_depth, depth)
    else:
        total.depth = max(total.depth, depth)


def _add(total: Size, part: Size, depth: int, nesting: int, *, introspects: bool) -> None:
    total.fields += part.fields
    total.aliases += part.aliases
    total.nesting = max(total.nesting, nesting + 1 + part.nesting)
    total.root_fields += part.root_fields if depth == 0 else 0
    if part.introspection_depth:
        total.introspection_depth = max(total.introspection_depth, depth + part.introspection_depth)
    if part.depth:
        _deepen(total, depth + part.depth, introspects=introspects)
