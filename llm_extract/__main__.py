"""``python -m llm_extract`` is the command ``llm-extract``."""

from llm_extract.cli import main

main()
