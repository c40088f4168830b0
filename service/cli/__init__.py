"""The command line: assess a file, print the evidence, serve HTTP, work on jobs, look after the record."""

from __future__ import annotations

import click

from service import __version__
from service.cli.assess import assess
from service.cli.audit import audit
from service.cli.callbacks import callbacks
from service.cli.clients import clients
from service.cli.ehr_key import ehr_key
from service.cli.evidence import evidence
from service.cli.expire import expire
from service.cli.hooks import hooks
from service.cli.operator import operator
from service.cli.replay import replay
from service.cli.report import report
from service.cli.reseal import reseal
from service.cli.serve import serve
from service.cli.worker import worker


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="claudication")
def main() -> None:
    """Ankle-brachial index, claudication differential and proposed orders, from FHIR R4.

    Support for clinicians who can review its basis; not a diagnosis.
    """


main.add_command(assess)
main.add_command(audit)
main.add_command(callbacks)
main.add_command(clients)
main.add_command(ehr_key)
main.add_command(evidence)
main.add_command(hooks)
main.add_command(expire)
main.add_command(operator)
main.add_command(replay)
main.add_command(report)
main.add_command(reseal)
main.add_command(serve)
main.add_command(worker)
