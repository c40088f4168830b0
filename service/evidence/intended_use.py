"""What the service is for, in the one line that every text it writes carries; docs/intended-use.md has the whole of it."""

INTENDED_USE = "Support for clinicians who can review its basis; not a diagnosis."
