"""What a request at one patient may hold."""

from __future__ import annotations

import pytest

from service.errors import BadRequest, Unprocessable
from service.fhir.exchange.instance_operation import InstanceRequest, read_instance_request


def test_nothing_has_to_be_said() -> None:
    assert read_instance_request(None, {}) == InstanceRequest()


def test_another_resource_is_named_with_the_remedy() -> None:
    with pytest.raises(Unprocessable, match="send no body, or Parameters with the options"):
        read_instance_request({"resourceType": "Patient"}, {})
    with pytest.raises(BadRequest, match="an array"):
        read_instance_request([], {})


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(BadRequest) as told:
        read_instance_request({"resourceType": "Bundle"}, {"writeback": ["yes"], "as_of": ["x"], "output": ["a", "b"]})
    assert len(told.value.problems) == 5


def test_options_stand_in_parameters_and_then_not_beside_them() -> None:
    asked = {"resourceType": "Parameters", "parameter": [{"name": "writeback", "valueBoolean": True}]}
    assert read_instance_request(asked, {}) == InstanceRequest(writeback=True)
    with pytest.raises(BadRequest) as told:
        read_instance_request(asked, {"setting": ["primary-care"]})
    assert [problem.expression for problem in told.value.problems] == ["setting"]


def test_one_of_us_writes() -> None:
    with pytest.raises(BadRequest, match="one of us writes it"):
        read_instance_request(None, {"writeback": ["true"], "output": ["transaction"]})
