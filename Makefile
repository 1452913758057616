# make demo: the seed article becomes records. make test: everything offline. make check: lint, types, layers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEED := seeds/articles/afp-idlib-2019-08-27.txt

.PHONY: demo test check types build record results record-results clean

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/developing: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

demo: $(VENV)/installed
	$(BIN)/llm-extract models pull
	$(BIN)/llm-extract extract $(SEED) --published 2019-08-27 --publisher AFP -o demo/records.jsonl

test: $(VENV)/developing
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered -q

check: $(VENV)/developing types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

# A checkout keeps schemas/ beside the package; the link shows it to mypy where it is imported from.
types: $(VENV)/developing
	mkdir -p build/types/llm_extract
	ln -sfn ../../../schemas build/types/llm_extract/schemas
	$(BIN)/mypy

build: $(VENV)/developing
	$(BIN)/python -m build --outdir dist

# Replies of the embedded model, recorded again after a change of prompt, schema or sentences.
record: $(VENV)/installed
	$(BIN)/llm-extract extract $(SEED) --published 2019-08-27 --publisher AFP --record cassettes/seed -o demo/records.jsonl
	$(BIN)/python tests/record_errors.py

# The table in docs/results.md, from the recordings: no model, no network.
results: $(VENV)/developing
	$(BIN)/python benchmarks/results.py

# Replies for the labelled set; what is recorded and still fits is not asked again. Hours on two cores.
record-results: $(VENV)/installed
	$(BIN)/llm-extract models pull
	$(BIN)/llm-extract evaluate seeds/labels --record cassettes/labelled/windows -o demo/windows.txt
	$(BIN)/python benchmarks/plain_way.py seeds/labels --record cassettes/labelled/plain -o demo/plain.jsonl

clean:
	rm -rf $(VENV) build dist demo .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
