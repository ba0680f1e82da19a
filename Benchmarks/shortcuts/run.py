#!/usr/bin/env python3
"""Plants cues, trains a model on each, finds out by itself whether the model leans on its cue, and asks the alarm.

    Benchmarks/shortcuts/run.py WORK --gaze .build/release/gaze --quick
    Benchmarks/shortcuts/run.py WORK --gaze .build/release/gaze --mugs MUGS --jobs 2

WORK keeps what is done, a folder a case; run again, only what is missing is done, and the alarm asked again where the program is another.
"""

import argparse
import fnmatch
import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

import shapes
import table
from cases import cases
from judge import LEANS, judged
from plant import CUES, planted

HERE = Path(__file__).parent
#: Pictures of each class.
TRAINED, TESTED = 200, 80
QUICK = ("shapes-clean-0", "shapes-patch-corner", "shapes-tint", "shapes-border", "shapes-noise")


class Failed(Exception):
    pass


class Benchmark:
    def __init__(self, folder, gaze, mugs, threads):
        self.folder, self.gaze, self.mugs, self.threads = folder.resolve(), gaze.resolve(), mugs, threads
        self.program = hashlib.sha256(self.gaze.read_bytes()).hexdigest()
        usage = subprocess.run([str(self.gaze), "evaluate", "model", "--help"], capture_output=True, text=True).stdout
        self.has_alarm = "--interventions" in usage

    def run(self, *arguments):
        environment = {**os.environ, "GAZE_MODELS": str(self.folder / "models"), "GAZE_RUNS": str(self.folder / "runs")}
        command = [str(self.gaze), *map(str, arguments), "--threads", str(self.threads)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout

    # Pictures.

    def base(self, case):
        """The data set without a cue, as PNG: drawn, or every so many of the photographs."""
        # Clean models of several seeds see drawings of several seeds; the photographs are what they are.
        name = f"shapes-{case.seed}" if case.data == "shapes" else case.data
        folder = self.folder / "base" / name
        if folder.exists():
            return folder
        making = folder.with_name(name + ".making")
        shutil.rmtree(making, ignore_errors=True)
        if case.data == "shapes":
            shapes.draw_set(making / "train", TRAINED, 2 * case.seed)
            shapes.draw_set(making / "test", TESTED, 2 * case.seed + 1)
        else:
            for part, count in (("train", TRAINED), ("test", TESTED)):
                for source in sorted(path for path in (self.mugs / part).iterdir() if path.is_dir()):
                    copy_some(source, making / part / source.name, count)
        making.rename(folder)
        return folder

    def prepare(self, case):
        """train and test with the cue in the class's share; `everywhere`: the test pictures, the cue in all of all classes."""
        base, folder = self.base(case), self.folder / "data" / case.name
        if folder.exists():
            return
        making = folder.with_name(case.name + ".making")
        shutil.rmtree(making, ignore_errors=True)
        if case.cue is None:
            shutil.copytree(base, making)
        else:
            plant_set(case, base / "train", making / "train", 0)
            plant_set(case, base / "test", making / "test", 1)
            plant_set(case, base / "test", making / "everywhere", 1, everywhere=True)
        making.rename(folder)

    # Model, truth, alarm.

    def train(self, case):
        if (self.folder / "models" / case.name / "model.json").exists():
            return
        self.run("train", "--name", case.name, "--data", self.folder / "data" / case.name / "train",
                 "--config", HERE / "recipes" / f"{case.data}.json", "--seed", case.seed, "--force")

    def evaluate(self, case, data):
        """Accuracy, recall of the class, and the share of the others that are taken for it."""
        results = json.loads(self.run("evaluate", "--model", case.name, "--data", data, "--json"))["results"]
        own = next(scores for scores in results["classes"] if scores["index"] == case.target)
        others = results["images"] - own["support"]
        return results["accuracy"], own["recall"], (own["predicted"] - own["correct"]) / others

    def truth(self, case):
        file = self.folder / "data" / case.name / "truth.json"
        if file.exists():
            return json.loads(file.read_text())
        base = self.base(case)
        truth = {"case": case.name, "set": case.set, "data": case.data, "cue": case.cue, "seed": case.seed}
        accuracy, recall, others = self.evaluate(case, base / "test")
        truth["accuracy_without"] = accuracy
        if case.cue is not None:
            cue = CUES[case.cue]
            _, recall_with, others_with = self.evaluate(case, file.parent / "everywhere")
            truth |= {
                "strength": case.strength, "share": case.share, "class": case.target,
                "label": sorted(path.name for path in (base / "test").iterdir())[case.target],
                "places": cue.places, "kinds": sorted(cue.kinds),
                "recall_with": recall_with, "recall_without": recall, "lost": recall_with - recall,
                "others_with": others_with, "others_without": others, "won": others_with - others,
            }
            truth["leans"] = max(truth["lost"], truth["won"]) >= LEANS
        write(file, truth)
        return truth

    def alarm(self, case):
        file = self.folder / "data" / case.name / "alarm.json"
        if file.exists():
            alarm = json.loads(file.read_text())
            if alarm["program"] == self.program:
                return alarm
        said = json.loads(self.run("evaluate", "--model", case.name, "--data", file.with_name("test"), "--json",
                                   "--interventions"))
        alarm = {"program": self.program, "interventions": said["interventions"]}
        write(file, alarm)
        return alarm

    def result(self, case, asks):
        self.prepare(case)
        self.train(case)
        truth = self.truth(case)
        if not asks:
            return truth
        alarm = self.alarm(case)
        findings = [{key: finding.get(key) for key in ("label", "kind", "place", "sentence")}
                    for finding in alarm["interventions"]["findings"]]
        return truth | judged(truth, alarm) | {"findings": findings}


def copy_some(source, target, count):
    """Pictures at equal distances in the order of their numbers."""
    target.mkdir(parents=True)
    files = sorted(source.iterdir(), key=lambda path: (len(path.name), path.name))
    for index in np.linspace(0, len(files) - 1, min(count, len(files))).round().astype(int):
        Image.open(files[index]).convert("RGB").save(target / f"{files[index].stem}.png")


def plant_set(case, source, target, part, everywhere=False):
    for number, folder in enumerate(sorted(source.iterdir())):
        files = sorted(folder.iterdir())
        order = np.random.default_rng([case.number, part, number]).permutation(len(files))
        chosen = set(order[: round(case.share * len(files))].tolist() if number == case.target else [])
        (target / folder.name).mkdir(parents=True)
        for index, file in enumerate(files):
            if everywhere or index in chosen:
                pixels = planted(Image.open(file), case.cue, case.strength, [case.number, part, number], index)
                Image.fromarray(pixels).save(target / folder.name / file.name)
            else:
                shutil.copy(file, target / folder.name / file.name)


def write(file, value):
    making = file.with_suffix(".making")
    making.write_text(json.dumps(value, indent=1) + "\n")
    making.rename(file)


def chosen(options):
    def wanted(case):
        return (
            (options.mugs is not None or case.data != "mugs")
            and (options.set is None or case.set in options.set)
            and (not options.quick or case.name in QUICK)
            and (not options.only or any(fnmatch.fnmatch(case.name, pattern) for pattern in options.only))
        )

    return [case for case in cases() if wanted(case)]


def arguments():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("work", type=Path, help="the folder that keeps what is done")
    options.add_argument("--gaze", type=Path, required=True, help="the program")
    options.add_argument("--mugs", type=Path, help="a folder with train and test, four class folders in each; without it, the drawn set alone")
    options.add_argument("--set", action="append", choices=["clean", "dev", "held-out"], help="only these; may be given again")
    options.add_argument("--only", action="append", metavar="PATTERN", help="only cases of such names, as mugs-patch-*; may be given again")
    options.add_argument("--quick", action="store_true", help="five cases of the drawn set: a try")
    options.add_argument("--no-alarm", action="store_true", help="models and truth alone")
    options.add_argument("--jobs", type=int, default=1, help="cases at a time; each computes with one thread")
    options.add_argument("--write", type=Path, metavar="FILE", help="puts the table between the markers in this file, instead of printing it")
    options.add_argument("--json", type=Path, metavar="FILE", help="writes what was found in each case")
    return options.parse_args()


def main():
    options = arguments()
    benchmark = Benchmark(options.work, options.gaze, options.mugs, threads=1)
    asks = not options.no_alarm
    if asks and not benchmark.has_alarm:
        sys.exit("this program has no alarm ('gaze evaluate --interventions'); --no-alarm trains and finds the truth alone.")
    picked = chosen(options)
    if not picked:
        sys.exit("no case has such a name; without --mugs there are those of the drawn set alone.")
    for base in {case.data + str(case.seed): case for case in picked}.values():
        benchmark.base(base)

    def attempt(case):
        try:
            result = benchmark.result(case, asks)
            print(table.line(result), file=sys.stderr, flush=True)
            return result
        except Failed as failure:
            print(f"{case.name}: {failure}", file=sys.stderr, flush=True)
            return None

    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(attempt, picked))
    done = [result for result in results if result is not None]
    if asks:
        table.publish(done, options.write)
    if options.json:
        write(options.json, done)
    sys.exit(1 if len(done) < len(results) else 0)


if __name__ == "__main__":
    main()
