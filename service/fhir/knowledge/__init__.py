"""What this service knows, published as FHIR: definitions, code systems, plans, the literature behind them."""
