"""Commands out of Markdown."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def blocks(page, language):
    """The fenced blocks of a language, each under the heading that it stands below."""
    heading, found = "", []
    text = (PROJECT / page).read_text()
    for match in re.finditer(r"^#+ ([^\n]+)$|^```(\w*)\n(.*?)^```$", text, re.M | re.S):
        if match[1]:
            heading = match[1]
        elif match[2] == language:
            found.append((heading, match[3]))
    return found
