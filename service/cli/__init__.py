"""The command line: assess a file, print the evidence, make keys, serve HTTP."""

from __future__ import annotations

import click

from service import __version__
from service.cli.assess import assess
from service.cli.ehr_key import ehr_key
from service.cli.evidence import evidence
from service.cli.serve import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="claudication")
def main() -> None:
    """Ankle-brachial index, claudication differential and proposed orders, from FHIR R4.

    Support for clinicians who can review its basis; not a diagnosis.
    """


main.add_command(assess)
main.add_command(ehr_key)
main.add_command(evidence)
main.add_command(serve)
