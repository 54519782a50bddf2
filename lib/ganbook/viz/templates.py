"""The look of reports: pages that need nothing but themselves."""

import jinja2


def environment(**filters: object) -> jinja2.Environment:
    """Templates of the library. Everything that is put into a page is escaped; a name that nobody gave is an error."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("ganbook", "."), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    made.filters |= filters
    return made
