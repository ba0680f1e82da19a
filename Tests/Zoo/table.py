"""Writes the table of docs/importing.md: every network by library with the differences of logits, map and gradient.

    GAZE_SERVER_COMMAND=".build/release/gaze serve" python Tests/Zoo/table.py [PART OF A NAME ...] > table.md"""

import shutil
import sys
import tempfile
from pathlib import Path

import make
import networks

sys.path.insert(0, str(Path(__file__).parent.parent / "Browser"))

from conftest import Store
from own_service import server_command


def short(number):
    return "–" if number is None else f"{number:.0e}".replace("e-0", "e-")


def main():
    wanted = sys.argv[1:]
    print("| network | library | its name | logits | map | gradient |")
    print("| --- | --- | --- | --- | --- | --- |")
    for library, name, facts in networks.networks():
        if wanted and not any(text in name for text in wanted):
            continue
        folder = Path(tempfile.mkdtemp())
        try:
            store = Store(server_command()[0], folder / "store")
            weights, npz = make.make(library, name, folder, **networks.arguments(facts))
            manifest, _ = store.imported(weights, "--network", facts["gaze"], "--verify", npz)
            proof = manifest["verification"]
            numbers = [short(proof.get(key)) for key in ("logits", "map", "gradient")]
        except Exception as error:
            print(f"{library} {name}: {str(error)[:300]}", file=sys.stderr)
            numbers = ["not read", "", ""]
        finally:
            shutil.rmtree(folder)
        variant = f" ({facts['variant']})" if "variant" in facts else ""
        print(f"| {facts['gaze']} | {library} | `{name}`{variant} | {' | '.join(numbers)} |", flush=True)


if __name__ == "__main__":
    main()
