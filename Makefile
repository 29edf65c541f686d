# The everyday commands. Each is one line; the work is in scripts/.
.PHONY: run test bench fuzz fmt check clean

run: ## build, load the demonstration city on first start, serve
	@scripts/run.sh

test: ## everything that must hold before a change lands
	@scripts/test.sh

bench: ## measure at full size and compare with the limits
	@scripts/bench.sh

fuzz: ## feed the file readers with random changes of test files: SECONDS=60 for each, TARGETS="xls csv" only these
	@scripts/fuzz.sh $(or $(SECONDS),60) $(TARGETS)

fmt: ## put all code into its one form
	@cargo fmt --all

check: ## the quick part of `make test`: lints and house rules
	@scripts/install.sh run && cargo clippy --workspace --all-targets -- -D warnings && cargo xtask tidy

clean: ## remove everything that can be built again (never data/)
	@cargo clean && rm -rf assets/node_modules assets/dist e2e/node_modules e2e/results
