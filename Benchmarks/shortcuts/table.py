"""The results as Markdown."""

import sys

BEGIN = "<!-- shortcuts: written by Benchmarks/shortcuts/run.py -->"
END = "<!-- /shortcuts -->"
SETS = (("dev", "cues that the alarm was tuned on"), ("held-out", "cues that were kept back"), ("clean", "clean models"))


def points(share):
    return f"{100 * share:+.0f}"


def line(result):
    """One case, while it runs."""
    text = f"{result['case']}: accuracy without the cue {result['accuracy_without']:.3f}"
    if result["cue"] is not None:
        text += (f"; lost {points(result['lost'])}, won {points(result['won'])}: "
                 + ("leans" if result["leans"] else "ignores"))
    if "findings" in result:
        text += "; " + (" | ".join(finding["sentence"] for finding in result["findings"]) or "nothing found")
    return text


def of(part, whole):
    return f"{part} of {whole}" + (f" ({100 * part / whole:.0f} %)" if whole else "")


def summary(results):
    lines = [
        "| | cases | the model leans on it | found | found and named | the model ignores it, or there is none | false alarms "
        "| findings for other classes, where it leans |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for names, title in [*(({name}, title) for name, title in SETS), ({name for name, _ in SETS}, "all")]:
        cases = [result for result in results if result["set"] in names]
        if not cases:
            continue
        leaning = [result for result in cases if result["leans"]]
        rest = [result for result in cases if not result["leans"]]
        lines.append(
            f"| {title} | {len(cases)} | {len(leaning)} | {of(sum(r['found'] for r in leaning), len(leaning))} "
            f"| {of(sum(r['named'] for r in leaning), len(leaning))} | {len(rest)} "
            f"| {of(sum(r['false_alarm'] for r in rest), len(rest))} | {sum(r['others'] > 0 for r in leaning)} |")
    return lines


def verdict(result):
    if result["leans"]:
        return "named" if result["named"] else "found, not named" if result["found"] else "**missed**"
    return "**false alarm**" if result["false_alarm"] else "silent"


def detail(results):
    lines = [
        "| case | accuracy without the cue | lost | won | | alarm |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    order = {name: index for index, (name, _) in enumerate(SETS)}
    for result in sorted(results, key=lambda result: order[result["set"]]):
        if result["cue"] is None:
            truth = "- | - | clean"
        else:
            truth = f"{points(result['lost'])} | {points(result['won'])} | {'leans' if result['leans'] else 'ignores'}"
        lines.append(f"| {result['case']} | {100 * result['accuracy_without']:.1f} % | {truth} | {verdict(result)} |")
    return lines


def publish(results, file):
    text = "\n".join([*summary(results), "", *detail(results)])
    if file is None:
        print(text)
        return
    before, mark, rest = file.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        sys.exit(f"{file} has no lines '{BEGIN}' and '{END}' to put the table between.")
    file.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
