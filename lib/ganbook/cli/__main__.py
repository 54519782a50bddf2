"""`python -m ganbook.cli`."""

from ganbook.cli.main import app

app()
