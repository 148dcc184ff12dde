# mltop. `make help` lists what there is.
SHELL := /bin/bash
GO    ?= go
# What the tests need besides Go and gcc: a program or a file, and its Debian
# package.
NEEDS := tmux:tmux python3:python3 sqlite3:sqlite3 /usr/lib/python3/dist-packages/sqlalchemy:python3-sqlalchemy \
	/usr/bin/redis-server:redis-server \
	/usr/lib/postgresql/15/bin/postgres:postgresql-15 \
	/usr/share/postgresql/15/extension/hypopg.control:postgresql-15-hypopg \
	/usr/sbin/mariadbd:mariadb-server /usr/sbin/pgbouncer:pgbouncer \
	/usr/bin/faketime:faketime /usr/sbin/haproxy:haproxy
ifeq ($(MLTOP_TEST_SERVERS),none)
NEEDS := tmux:tmux python3:python3 sqlite3:sqlite3 /usr/lib/python3/dist-packages/sqlalchemy:python3-sqlalchemy /usr/sbin/haproxy:haproxy
endif
FUZZTIME ?= 60s
LINTER   := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help build test check fuzz bench bench-servers bench-many bench-advisor bench-gateway lint golden screenshots demo deps gcc

help: ## list these
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: gcc ## build ./bin/mltop (the first build compiles SQLite for about a minute, silently)
	$(GO) build -o bin/mltop ./cmd/mltop

test: gcc deps check ## what CI runs: format, vet, arrows, all tests
	@[ "$(MLTOP_TEST_SERVERS)" != none ] || echo "left out: the tests on servers, in internal/db/{dbtest,mysql,postgres}, bench/{advisor/tpch,many} and cmd/mltop (MLTOP_TEST_SERVERS=none)"
	@GO=$(GO) .ci/test -timeout 30m

check:
	@bad=$$(gofmt -l .); [ -z "$$bad" ] || { echo "not formatted; run gofmt -w on:"; echo "$$bad"; exit 1; }
	$(GO) vet ./...

deps: ## install what the tests need (as root on Debian), or say how
	@.ci/deps $(NEEDS)

gcc:
	@command -v $${CC:-gcc} >/dev/null || { echo "mltop builds SQLite from C: install gcc (Debian: apt-get install gcc libc6-dev)"; exit 1; }

fuzz: gcc ## every fuzz target for FUZZTIME (60s) each
	@.ci/fuzz $(FUZZTIME)

bench: gcc ## benchmarks, and the scripts under bench/ that compare with other programs
	@.ci/bench

bench-servers: gcc ## what a server loses to mltop, in 30 pairs of runs: half an hour, on a calm machine (ROUNDS=3: and its tools' cost)
	@ROUNDS=$${ROUNDS:-0} bench/servers.sh

bench-many: build ## mltop on servers with 5,000 sessions and with 100,000 tables: what a look costs, and whether it is right (8 GB, ten minutes; ARGS='-engines mariadb' less)
	$(GO) run ./bench/many -mltop bin/mltop $(ARGS)

bench-advisor: gcc ## the advice on forty statements of a web application, on three databases, beside published advisors (half an hour on a calm machine; ARGS='-peers=false' less; ARGS='-workload tpch': the 22 queries)
	$(GO) run ./bench/advisor $(ARGS)

bench-gateway: gcc ## the gateway beside HAProxy, nginx and Caddy, its cache beside Varnish: some five minutes (ROUNDS=3 SECONDS_EACH=2 less; ARGS='-logs': their access logs too)
	@bench/gateway.sh $(ARGS)

lint: check ## vet for the other platforms, and golangci-lint, which it installs where it is missing
	GOOS=darwin CGO_ENABLED=0 $(GO) vet ./...
	GOARCH=arm64 CGO_ENABLED=0 $(GO) vet ./advisor/... ./collectors/... ./internal/stat ./internal/sqltext ./internal/term ./internal/db ./internal/diagnose ./ui/...
	GOARCH=386 CGO_ENABLED=0 $(GO) build ./...
	@lint=$$(command -v golangci-lint || echo "$$($(GO) env GOPATH)/bin/golangci-lint"); \
	[ -x "$$lint" ] || { echo "installing $(LINTER)"; $(GO) install $(LINTER); } && "$$lint" run

golden: gcc ## write the golden files anew; look at the difference before you commit it
	@.ci/golden

screenshots: gcc ## make the README's pictures anew from the real demo (about ten minutes, needs tmux, MariaDB and PostgreSQL)
	$(GO) run ./screenshots

demo: gcc ## the sample deployment with the dashboard attached
	$(GO) run ./cmd/mltop demo
