"""
How large a document may be, measured in one pass before it is validated.

Each fragment is measured once and its figures are taken over wherever it is spread, so that a document which
spreads fragments within fragments is refused by the size it would grow to, in time linear in its text.
"""

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from graphql_api.refusals import Refusal
from graphql_api.settings import ApiSettings

_INTROSPECTION = frozenset({"__schema", "__type"})
_INTROSPECTION_DEPTH = 20
"""Deep by its nature: a type inside a list inside a list; the validation rules bound what it may list."""

_INLINE_PER_LEVEL = 2


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
