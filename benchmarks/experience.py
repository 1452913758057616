"""Make llm_extract/runs/experience.json: what recorded articles cost, for ``extract --plan``.

python benchmarks/experience.py            # replays the recordings; no model, no network
python benchmarks/experience.py --check    # exit 1 if the file is not what comes out
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from results import LABELS, TAPES, lines

from llm_extract.evaluate_command import recorded
from llm_extract.labels.files import load_labels
from llm_extract.profiles import PROFILES
from llm_extract.record_type import find_record_type
from llm_extract.runs.planning import opening

FILE = Path(__file__).parents[1] / "llm_extract" / "runs" / "experience.json"


def rows(way: str) -> list[list[float]]:
    """Return one row an article: the fields of ``planning.Experience``."""
    labels = recorded(load_labels(LABELS), TAPES / way)
    cost: dict[str, list[float]] = {}
    for line in lines(labels, way):
        spent = cost.setdefault(line["article_id"], [0, 0, 0, 0.0])
        for attempt in line["attempts"]:
            spent[0] += 1
            spent[1] += attempt["usage"]["prompt_tokens"] or 0
            spent[2] += attempt["usage"]["completion_tokens"] or 0
            spent[3] += attempt["seconds"]
    found = []
    for label in labels:
        types = [find_record_type(name) for name in label.file.record_types]
        first = opening(label.article, types, PROFILES[way])
        if first.questions and label.id in cost:
            *counts, seconds = cost[label.id]
            found.append([first.questions, first.characters, *counts, round(seconds, 1)])
    return sorted(found)


def text() -> str:
    """Return the file's content."""
    profiles = {way: rows(way) for way in PROFILES if (TAPES / way).is_dir()}
    about = (
        "what articles of the labelled set cost with the embedded model: benchmarks/experience.py"
    )
    listed = ",\n".join(
        f'  "{way}": [\n' + ",\n".join(f"   {json.dumps(row)}" for row in found) + "\n  ]"
        for way, found in sorted(profiles.items())
    )
    return f'{{\n "about": "{about}",\n "profiles": {{\n{listed}\n }}\n}}\n'


def main() -> int:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true")
    made = text()
    if parser.parse_args().check:
        return int(FILE.read_text(encoding="utf-8") != made)
    FILE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
