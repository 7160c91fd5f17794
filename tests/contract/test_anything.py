"""Whatever is asked, the API answers as its document says: no 5xx, nothing off the schema.

Each operation is asked at the edges of its schema and at random, within the schema and beside
it, with ids of what is there and of what is not.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.main import bare_app

CHECKED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
N_EDGES = 40
N_RANDOM = 8
THERE: dict[str, st.SearchStrategy[Any]] = {
    "issue_id": st.integers(1, 8),
    "story_id": st.integers(1, 16),
    "subscriber_id": st.integers(1, 4),
    "paste_id": st.integers(1, 2),
    "import_id": st.integers(1, 2),
    "slug": st.sampled_from(["ai", "devops", "security"]),
    "key_id": st.integers(2, 3),
}

OPERATIONS = [
    (path, method) for path, methods in bare_app().openapi()["paths"].items() for method in methods
]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answer_is_as_documented_whatever_is_asked(
    inhabited: FastAPI, headers: dict[str, str], path: str, method: str
) -> None:
    operation = schemathesis.openapi.from_asgi("/openapi.json", inhabited)[path][method]
    modes = list(GenerationMode)

    for case in _edges(operation, modes):
        case.call_and_validate(headers=headers, checks=CHECKED)

    @settings(
        max_examples=N_RANDOM,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes)),
        there=st.fixed_dictionaries({name: THERE[name] for name in THERE if f"{{{name}}}" in path}),
        is_there=st.booleans(),
    )
    def ask(case: Case[Any], there: dict[str, Any], is_there: bool) -> None:  # noqa: FBT001 - hypothesis gives it by name
        if is_there:
            case.path_parameters = {**(case.path_parameters or {}), **there}
        case.call_and_validate(headers=headers, checks=CHECKED)

    ask()


def _edges(operation: Any, modes: list[GenerationMode]) -> Iterable[Case[Any]]:
    schema = operation.schema
    cases = schema.iter_coverage_cases(
        operation,
        generation_modes=modes,
        generation_config=schema.config.generation_for(operation=operation),
    )
    return islice(cases, N_EDGES)
