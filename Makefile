.DEFAULT_GOAL := help
N ?= 3
SEED ?= 1

.PHONY: prove prove-security seed-large bench-large bench-worst help run dev test test-fast check lint generate build sim migrate shots pictures fuzz

tool := go tool -modfile=tools/go.mod
shots_folder := $(CURDIR)/shots

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## portal, simulator and a private PostgreSQL with people and sales to look at (FRESH=1 starts anew)
	@tools/need.sh go $(if $(GUICHET_DATABASE_URL),,postgres)
	@go build -o bin/demo ./cmd/demo
	@exec bin/demo

dev: ## the same on http://127.0.0.1:7331, built anew and reloaded in the browser whenever a file is saved
	@tools/need.sh go postgres
	@exec tools/dev.sh

test: ## everything that must hold; PKG=./internal/booking: the tests of one package
	@tools/test.sh $(PKG)

test-fast: ## what needs no browser and no patience, without the race detector; what did not change is not run again
	@tools/test.sh -fast

FUZZTIME ?= 1m
# A run that finds something leaves it in testdata/fuzz, where it is a test from
# then on; the other targets are run all the same.
fuzz: ## each fuzz target for a minute (FUZZTIME=10m for longer); what it finds becomes a test
	@tools/need.sh go postgres
	@list=$$(go test -list '^Fuzz' ./...) || { echo "$$list"; exit 1; }; \
	found=; \
	for one in $$(echo "$$list" | awk '/^Fuzz/ { name[++n] = $$1 } /^ok/ { for (i = 1; i <= n; i++) print $$2 ":" name[i]; n = 0 }'); do \
		echo "$$one"; \
		go test -run '^$$' -fuzz "^$${one#*:}\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 2s "$${one%:*}" || found="$$found $$one"; \
	done; \
	[ -z "$$found" ] || { echo "found something:$$found"; exit 1; }

prove: ## kill the portal at every named point, let everything go wrong, leave out each guard (N rounds, SEED of the mixes; under 30 minutes)
	@tools/need.sh go postgres
	@cd tools/prove && go build -tags prove -o ../../bin/prove .
	@bin/prove -root . -n $(N) -seed $(SEED)

prove-security: ## leave out each guard that SECURITY.md names and see its test go red (MUTANT=REGEX for some; under 60 minutes)
	@tools/need.sh go postgres
	@cd tools/prove && go build -tags prove -o ../../bin/prove .
	@bin/prove -root . -only security -mutant '$(MUTANT)'

check: lint build ## the quick part of test: format, lint, vet, build

lint: ## format, vet and lint (imports included)
	@$(tool) golangci-lint run ./...

generate: ## write the generated files anew
	@$(tool) templ generate -log-level warn

build: ## the commands, into bin/
	@CGO_ENABLED=0 go build -trimpath -o bin/ ./cmd/...

sim: ## the supplier's simulator alone, on 127.0.0.1:8090
	@go run ./cmd/simulator

migrate: ## bring the database of GUICHET_DATABASE_URL up to this version
	@go run ./cmd/portal migrate

seed-large: ## a million bookings of 200 agencies in .data/large (a few minutes), and 10,000 beside them
	@tools/need.sh go postgres
	@cd tools/bench && go build -o ../../bin/bench .
	@bin/bench seed
	@bin/bench seed -n 10000 -dir .data/large-10k

bench-large: ## how fast pages and exports are with them, and what a sale costs
	@cd tools/bench && go build -o ../../bin/bench .
	@bin/bench pages -beside .data/large-10k
	@bin/bench export
	@bin/bench sales

bench-worst: ## what the worst request of each kind adds to the process and to PostgreSQL, and how long it takes
	@tools/need.sh go postgres
	@go test -count=1 -run TestWorstRequestsAreBounded -v ./internal/server | sed -n 's/^ *worst_test.go:[0-9]*: |/|/p'

shots: ## pictures of the pages, into shots/
	@tools/need.sh go postgres chromium
	@rm -rf $(shots_folder)
	@GUICHET_SHOTS=$(shots_folder) go test -tags shots -count=1 -run Shots ./internal/e2e

pictures: ## the two pictures of the README, from the demo, into .github/
	@tools/need.sh go postgres chromium
	@go build -o bin/demo ./cmd/demo
	@GUICHET_SHOTS=$(CURDIR)/.github GUICHET_DEMO=$(CURDIR)/bin/demo go test -tags shots -count=1 -run Pictures ./internal/e2e
