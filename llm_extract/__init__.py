"""Read news articles, write incident, ceasefire-agreement and displacement records."""

from pathlib import Path

# A wheel carries schemas/ and prompts/ inside this package; a checkout keeps them beside it.
if not (Path(__file__).parent / "schemas").is_dir():
    __path__.append(str(Path(__file__).parents[1]))
