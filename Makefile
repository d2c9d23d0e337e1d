# Every word does its own set-up in a fresh clone.
#   make run      start a broker on 127.0.0.1:9092 (ARGS="--port 0 --memory" for more)
#   make test     unit, property, crash and end-to-end tests
#   make check    formatting, lint, types, import contracts
#   make compat   stock clients against a started broker, kafka-python's own tests, and Apache Kafka's answers
#   make crash    1,000 SIGKILLs under load, and whether all that was acknowledged is there (ARGS="--cycles 100")
#   make bench    speed, beside bare loops and, where Java is, Apache Kafka
#   make format   put the code into shape

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check compat compat-ci crash bench format clean

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Compiled here, the first start takes no longer than the next.
$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable .
	$(BIN)/python -m compileall -q broker
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/.run

run: $(VENV)/.run
	@exec $(BIN)/kawa serve $(ARGS)

test: $(VENV)/.dev
	$(BIN)/pytest $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# All that the machine has: clients whose tool-chain it lacks are reported as not run, and without Java nothing is
# compared with Apache Kafka (status 2: a line has said so).
compat: $(VENV)/.dev
	$(BIN)/python -m compat run $(ARGS)
	$(BIN)/python -m compat upstream
	$(BIN)/python -m compat differential || test $$? -eq 2
	$(BIN)/python -m compat witnesses || test $$? -eq 2

# What takes few minutes and few tool-chains. Java has to be there.
compat-ci: $(VENV)/.dev
	$(BIN)/python -m compat run --language Python --language JavaScript --client kcat --client java
	$(BIN)/python -m compat upstream
	$(BIN)/python -m compat differential
	$(BIN)/python -m compat witnesses

crash: $(VENV)/.dev
	$(BIN)/python -m compat crash $(ARGS)

bench: $(VENV)/.dev
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .*_cache .hypothesis
