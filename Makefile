# The everyday commands. Each is one line; the work is in scripts/.
.PHONY: run test bench fmt check clean

run: ## build, load the demonstration city on first start, serve
	@scripts/run.sh

test: ## everything that must hold before a change lands
	@scripts/test.sh

bench: ## measure at full size and compare with the limits
	@scripts/bench.sh

fmt: ## put all code into its one form
	@cargo fmt --all

check: ## the quick part of `make test`: lints and house rules
	@cargo clippy --workspace --all-targets -- -D warnings && cargo xtask tidy

clean: ## remove everything that can be built again (never data/)
	@cargo clean && rm -rf assets/node_modules assets/dist e2e/node_modules e2e/results
