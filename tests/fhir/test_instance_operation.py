"""What a request at one patient may hold."""

from __future__ import annotations

import pytest

from service.errors import BadRequest, Unprocessable
from service.fhir.instance_operation import InstanceRequest, read_instance_request


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
