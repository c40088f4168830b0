"""Run in .venv-clients by benchmarks/hooks.py: a HealthChain service that parses the prefetch into R4 models and answers with one card. Nothing is assessed."""

from __future__ import annotations

from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.models.requests.cdsrequest import CDSRequest
from healthchain.models.responses.cdsresponse import CDSResponse

service = CDSHooksService()


@service.hook("patient-view", id="claudication")
def answer(request: CDSRequest) -> CDSResponse:
    parsed = [parse(value) for value in (request.prefetch or {}).values() if value is not None]
    card = {"summary": f"{len(parsed)} keys were read", "indicator": "info", "source": {"label": "benchmark"}}
    return CDSResponse(cards=[card])


def parse(resource: dict[str, Any]) -> Any:
    return get_fhir_model_class(resource["resourceType"]).model_validate(resource)


app = HealthChainAPI()
app.register_service(service)
