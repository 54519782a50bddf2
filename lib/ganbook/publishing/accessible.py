"""What the theme's pages lack for readers with a screen reader or a voice instead of a mouse:
names that fit, roles that are known.
"""

import re

SEARCH = re.compile(r'(<button class="btn search-button-field[^>]*?) aria-label="[^"]*"')
FOLDED = re.compile(r'<summary aria-label="Toggle hidden content">')
TOGGLE = re.compile(r'(<a class="[^"]*"[^>]*>)([^<]*)(</a><details[^>]*><summary)(?=><span class="toctree-toggle")')
REFERENCE = re.compile(r'(<div class="citation"[^>]*) role="doc-biblioentry"')


def mended(page: str) -> str:
    """The page, HTML, with

    - buttons and folds named by the text that they show (a label of another text hides it from voice control);
    - the toggles of the sidebar named by what they unfold;
    - the entries of reference lists as items of a list, in place of a role that WAI-ARIA has given up.
    """
    page = SEARCH.sub(r"\1", page)
    page = FOLDED.sub("<summary>", page)
    page = TOGGLE.sub(r'\1\2\3 aria-label="\2: pages below"', page)
    return REFERENCE.sub(r'\1 role="listitem"', page)
