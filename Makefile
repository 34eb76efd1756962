# `make help` lists the targets. The first two, demo and test, are all that a new machine with Rust needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := target/release/semola-pipe
OUT ?= runs

.PHONY: help build dist demo test fuzz bench bench-torch study study-random schema docs site lint check-cuda test-cuda clean-runs

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

build: ## Build the program
	cargo build --release --locked

dist: ## Pack a stripped program with completions, documentation and licences: target/dist/*.tar.gz
	scripts/dist.py

demo: build ## Discover the rotation symmetry of simulated two-body orbits (under a minute after the build)
	$(BIN) run pipelines/two_body.yaml --out $(OUT)/two_body
	@echo "The tables are in $(OUT)/two_body/*/tables, the report is $(OUT)/two_body/*/report.html"

test: ## Run all tests
	cargo test --release --locked --workspace

TORCH ?= target/torch/bin/python
FUZZ_SECONDS ?= 3600
fuzz: ## Give the program inputs changed at random for FUZZ_SECONDS (an hour; see fuzz/README.md)
	SEMOLA_FUZZ_SECONDS=$(FUZZ_SECONDS) SEMOLA_FUZZ_SEED=$${SEMOLA_FUZZ_SEED:-$$RANDOM} cargo test --release --locked --workspace --test it -- --nocapture mutated

bench: ## Measure the kernels against stock dfdx operations, and preparation on two threads against one
	cargo bench --locked

bench-torch: ## Training steps and kernels in turns with PyTorch, one thread: the table in docs/performance.md
	@test -x $(TORCH) || { python3 -m venv target/torch && target/torch/bin/pip install -q -r benches/requirements-torch.txt; }
	$(TORCH) benches/against_torch.py --compile --out docs/performance.md

study: build ## The studies behind docs/results.md (long)
	scripts/study.py --data "$${SEMOLA_STUDY_DATA:-../shared/data}"
	scripts/dial.py
	scripts/comparison.py
	scripts/ablate.py
	scripts/spaces.py --data "$${SEMOLA_STUDY_DATA:-../shared/data}"
	scripts/modalities.py --data "$${SEMOLA_STUDY_DATA:-../shared/data}"

FIRST ?= 1
LAST ?= 100
JOBS ?= 2
study-random: build ## Discovery on random tasks, seeds FIRST to LAST (1 to 999 for work, from 100000 for reports)
	scripts/random_study.py $(FIRST) $(LAST) --jobs $(JOBS) --out $(OUT)/random
	scripts/random_summary.py $(OUT)/random/results.csv

schema: build ## Write docs/schema.json from the types
	$(BIN) schema > docs/schema.json

docs: ## Build the API documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" cargo doc --release --locked --workspace --no-deps --document-private-items

site: ## The documents as pages: site/index.html (needs pip install mkdocs)
	mkdocs build -q --strict

lint: ## Format and clippy, warnings denied
	git ls-files -z '*.rs' | xargs -0 rustfmt --check --edition 2024
	cargo clippy --release --locked --workspace --all-targets -- -D warnings

check-cuda: ## Compile and link with CUDA, no GPU needed (downloads nvcc)
	scripts/check-cuda.sh

test-cuda: ## On a machine with an NVIDIA GPU: device tests, and the demo on the GPU
	OUT=$(OUT) scripts/check-cuda.sh test

clean-runs: ## Remove all results
	rm -rf $(OUT)
