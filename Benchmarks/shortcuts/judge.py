"""What an alarm said, against what is true of the model."""

from plant import CUES

#: Points by which the class's accuracy falls without the cue, or by which others become the class with it, for the model to lean on it.
LEANS = 0.1


def touches(place, boxes):
    """Whether a finding's place is where the cue is: they share half of the smaller, and it is no place that holds everything."""
    x, y, width, height = (place[key] for key in ("x", "y", "width", "height"))

    def shared(box):
        left, top, right, bottom = box
        across = min(right, x + width) - max(left, x)
        down = min(bottom, y + height) - max(top, y)
        return max(0, across) * max(0, down) / min(width * height, (right - left) * (bottom - top))

    return width * height <= 1 / 3 and sum(map(shared, boxes)) >= 0.5


def names(finding, cue):
    """A border has its place in its name, and what covers the picture or lies anywhere has none."""
    if finding["kind"] not in cue.kinds:
        return False
    return not cue.places or finding["kind"] == "border" or "place" in finding and touches(finding["place"], cue.places)


def judged(truth, alarm):
    """Of one case: `leans`, `found`, `named`, `others` (findings for other classes), and `false_alarm`."""
    findings = alarm["interventions"]["findings"]
    if truth["cue"] is None:
        return {"leans": False, "found": False, "named": False, "others": len(findings), "false_alarm": bool(findings)}
    own = [finding for finding in findings if finding["class"] == truth["class"]]
    return {
        "leans": truth["leans"],
        "found": bool(own),
        "named": any(names(finding, CUES[truth["cue"]]) for finding in own),
        "others": len(findings) - len(own),
        "false_alarm": bool(findings) and not truth["leans"],
    }
