"""`claudication operator`: the entry of somebody who may look at the dashboard."""

from __future__ import annotations

import click


@click.command()
@click.argument("name")
def operator(name: str) -> None:
    """Ask for a password and print the entry of NAME for the file that CLAUDICATION_OPERATORS_FILE names.

    The password is not shown and stands in no file; the entry has its scrypt hash. Running services read the file when they start.
    """
    # Nobody who asks for another command waits for these.
    from marshmallow import ValidationError

    from service.web.operators import entry

    password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        click.echo(entry(name, password), nl=False)
    except ValidationError as error:
        said = (
            "; ".join(error.messages)
            if isinstance(error.messages, list)
            else "; ".join(f"{key} {' '.join(value)}" for key, value in error.messages.items())
        )
        raise click.ClickException(said) from None
