"""Our Questionnaires, for clinicians and for patients, and what is made of the answers to them."""
