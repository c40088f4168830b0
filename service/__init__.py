"""Claudication CDS: ankle-brachial index, claudication differential and next steps, as FHIR R4."""

__version__ = "0.1.0"
