"""What the record and the answers of a form say about the patient, as findings: each reader takes one kind of resource."""
