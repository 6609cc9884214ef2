# `make test` installs what the tests need (into this folder) and runs all of them.

PYTHON ?= python3
VERIFIERS := tests/verifiers
CLIENTS := tests/clients

.PHONY: test check lint build release bench

# What is installed waits for the network, the lint for processors: side by side. Each shows what it says once it is done.
test:
	$(MAKE) --jobs 2 --output-sync=target lint verifiers receivers packages clients pages
	cargo test --workspace --exclude lanehook-signature
	cargo test -p lanehook-signature --all-features
	cd $(WEB) && LANEHOOK=$(BINARY) npm run --silent e2e

# The dashboard: what is committed of it is what its sources make, its tests hold, and its first page is small. Browsers are tried last, on
# the server that the tests have built.
WEB := web
BINARY := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)/debug/lanehook
.PHONY: pages
pages: $(WEB)/node_modules/installed
	cd $(WEB) && npm run --silent verify
	git diff --exit-code --stat -- $(WEB)/dist || { echo "web/dist is not what web/src makes: commit what \`npm run build\` wrote"; exit 1; }

$(WEB)/node_modules/installed: $(WEB)/package.json $(WEB)/package-lock.json
	cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

# What takes longer: each crate built and tested alone, with the features that it asks for itself; many simulated worlds; many kills.
CRATES := bench egress filter schema script signature template
SIM_SEEDS ?= 20000
KILLS ?= 1000

check: test
	for crate in $(CRATES); do cargo test -p lanehook-$$crate || exit 1; done
	SIM_SEEDS=$(SIM_SEEDS) cargo test --test sim
	KILLS=$(KILLS) cargo test --test it kills::

lint:
	cargo fmt --all --check
	cargo clippy --workspace --exclude lanehook-signature --all-targets -- -D warnings
	cargo clippy -p lanehook-signature -- -D warnings
	cargo clippy -p lanehook-signature --no-default-features -- -D warnings
	cargo clippy -p lanehook-signature --all-targets --all-features -- -D warnings

build:
	cargo build --release

# A tarball with its checksum, in dist/.
release: build
	packaging/release.sh target/release/lanehook

bench: build
	cargo build --release -p lanehook-bench
	target/release/lanehook-bench

# Libraries in other languages that verify what lanehook has signed.
.PHONY: verifiers
verifiers: .venv/installed $(VERIFIERS)/node_modules/installed

.venv/installed: $(VERIFIERS)/requirements.txt $(CLIENTS)/requirements.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet $(foreach list,$^,--requirement $(list))
	touch $@

$(VERIFIERS)/node_modules/installed: $(VERIFIERS)/package.json $(VERIFIERS)/package-lock.json
	cd $(VERIFIERS) && npm ci --no-audit --no-fund --loglevel=error
	touch $@

# What the signature crate's receivers are tried in and with: frameworks, and the libraries of those who send.
RECEIVERS := crates/signature/tests/official

.PHONY: receivers
receivers: $(RECEIVERS)/.venv/installed $(RECEIVERS)/node_modules/installed

$(RECEIVERS)/.venv/installed: $(RECEIVERS)/requirements.txt
	$(PYTHON) -m venv $(RECEIVERS)/.venv
	$(RECEIVERS)/.venv/bin/pip install --quiet --requirement $<
	touch $@

$(RECEIVERS)/node_modules/installed: $(RECEIVERS)/package.json $(RECEIVERS)/package-lock.json
	cd $(RECEIVERS) && npm ci --no-audit --no-fund --loglevel=error
	touch $@

# Debian's packages for the tests, where root runs this: servers that the signature crate remembers messages in, languages of
# its receivers, the checker of alert rules, and a browser. The tests start servers of their own; RUNLEVEL=1 keeps the packages from starting any. What is not there is
# skipped by its tests, which say so.
NEEDED := redis-server $(firstword $(wildcard /usr/lib/postgresql/*/bin/initdb) initdb) go php ruby promtool chromium
PACKAGES := redis-server postgresql golang-go php-cli ruby prometheus chromium

.PHONY: packages
packages:
	@if (for program in $(NEEDED); do command -v $$program >/dev/null || exit 1; done); then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; \
	  { apt-get update -qq && apt-get install -qq -y --no-install-recommends $(PACKAGES) >/dev/null; } || \
	  echo "SKIPPED: not all of $(PACKAGES) could be installed; nor is what needs them tried"; \
	else echo "SKIPPED: not all of $(PACKAGES) are here; nor is what needs them tried"; fi

# Generators of clients, and checkers, that are tried on the API's description. They are to run nothing when they are installed.
.PHONY: clients
clients: .venv/installed $(CLIENTS)/node_modules/installed

$(CLIENTS)/node_modules/installed: $(CLIENTS)/package.json $(CLIENTS)/package-lock.json
	cd $(CLIENTS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@
