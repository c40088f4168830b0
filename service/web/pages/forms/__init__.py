"""The forms for clinicians and patients, made from their FHIR Questionnaires."""
