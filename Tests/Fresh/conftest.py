"""Prints at the end what was timed."""

from test_fresh import notes


def pytest_terminal_summary(terminalreporter):
    if notes:
        terminalreporter.section("on a fresh machine")
        for note in notes:
            terminalreporter.write_line(note)
