"""The error tree: one root, one code a class, and nothing lost between processes."""

import pickle

import pytest

from domain import errors
from domain.errors import PlatformError


def tree(root: type[PlatformError] = PlatformError) -> list[type[PlatformError]]:
    return [root, *(leaf for branch in root.__subclasses__() for leaf in tree(branch))]


OURS = [kind for kind in tree() if kind.__module__ == "domain.errors"]


def test_every_error_of_the_project_stands_in_one_module():
    assert {kind.__module__ for kind in tree()} == {"domain.errors"}


def test_each_class_has_a_code_of_its_own():
    codes = [kind.code for kind in OURS]
    assert len(set(codes)) == len(codes)
    assert all("code" in vars(kind) for kind in OURS)


def test_every_branch_is_one_of_six_families():
    families = {kind.__name__ for kind in PlatformError.__subclasses__()}
    assert families == {
        "InvalidInputError",
        "NotFoundError",
        "ConflictError",
        "NotPermittedError",
        "UnavailableError",
        "InvariantError",
    }


def test_builtin_families_stay_what_callers_expect():
    assert issubclass(errors.InvalidInputError, ValueError)
    assert issubclass(errors.NotFoundError, LookupError)


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.code)
def test_an_error_crosses_a_process_with_its_context(kind: type[PlatformError]):
    sent = kind("it went wrong", need="need-1", row=7, share=0.5, reason=None)
    received = pickle.loads(pickle.dumps(sent))  # noqa: S301 - our own bytes
    assert type(received) is kind
    assert (received.message, str(received)) == ("it went wrong", "it went wrong")
    assert received.context == {"need": "need-1", "row": 7, "share": 0.5, "reason": None}
