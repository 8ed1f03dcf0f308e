# make demo and make test are all that a newcomer needs.

# Modules are found by their go.mod files, adapters by their adapter_test.go.
MODULES  := $(patsubst ./%/go.mod,%,$(sort $(shell find . -name go.mod -not -path '*/.*')))
ADAPTERS := $(patsubst ./%/adapter_test.go,%,$(sort $(shell find . -name adapter_test.go -not -path '*/.*')))

.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' Makefile)

# make -s print-MODULES: what a workflow builds its matrix from.
print-%:
	@echo '$($*)'

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 14

demo: ## run the demo application (no Redis needed): ARGS='-client rueidis -redis redis://127.0.0.1:6379'
	@cd demo && go build -o ../dist/ . && exec ../dist/demo $(ARGS)

test: setup ## install a Redis server if there is none, run the short tests on the newest and the lowest clients (5 minutes)
	$(MAKE) test-newest TESTFLAGS=-short
	$(MAKE) -j3 test-lowest TESTFLAGS=-short

test-long: setup ## the same tests, and those that are not short: failovers, moving slots, faults (half an hour)
	$(MAKE) test-newest TESTFLAGS='-timeout 30m'
	$(MAKE) -j3 test-lowest TESTFLAGS='-timeout 30m -skip ^TestFaults$$'

setup: ## install a Redis server if there is none
	@sh scripts/setup.sh

# The workspace resolves every client to the newest version that demo and lab
# require. Each module's tests start many servers, so only two modules run at a time. The
# adapters come first, because they take longest.
test-newest: ## run the tests on the newest clients, with the race detector
	go test -race -p 2 $(TESTFLAGS) $(patsubst %,./%/...,$(filter $(ADAPTERS),$(MODULES)) $(filter-out $(ADAPTERS),$(MODULES)))

# Outside the workspace an adapter has the client that it declares, the lowest.
test-lowest: $(ADAPTERS:%=test-lowest/%) ## run the adapters' tests on the lowest clients
test-lowest/%:
	cd $* && GOWORK=off go test $(TESTFLAGS) .

# The adapters on the installed server, then on each that scripts/servers.sh has
# fetched. A failure does not keep the servers after it from their turn.
SERVERS := $(CURDIR)/dist/servers
test-servers: setup ## the adapters on the installed server and on newer ones, which it fetches (10 minutes)
	@SERVERS='$(SERVERS)' sh scripts/servers.sh
	@status=0; for server in "$$REDIS_SERVER" $$(ls '$(SERVERS)'/*/*-server 2>/dev/null); do \
		echo "test-servers: $${server:-the installed server}"; \
		REDIS_SERVER="$$server" go test -short -p 1 $(ADAPTERS:%=./%) || status=1; \
	done; exit $$status

# make bench PACKAGES=./redigostore BENCH=//op=Find ROUNDS=20 runs a part: see the script.
bench: setup ## the stores beside bare calls and scs's stores, into dist/bench (20 minutes)
	@sh scripts/bench.sh

# Without it, the tests run the seeds and what is kept in testdata/fuzz, which is
# where a finding is written.
FUZZTIME := 2m
fuzz: setup ## run each fuzz test in turn: FUZZTIME=2m each
	@grep -o '^func Fuzz[A-Za-z]*' -r --include='*_test.go' internal $(ADAPTERS) | while IFS=: read -r file test; do \
		echo "fuzz: $$file $${test#func }"; \
		go test -run '^$$' -fuzz "^$${test#func }\$$" -fuzztime $(FUZZTIME) -parallel 2 "./$$(dirname $$file)" </dev/null || exit 1; \
	done

# UPDATE=1 writes the lists of modules in testdata/consumer, PUSH=1 releases: see the script.
release: ## try the release of VERSION=v0.1.0 in a clone, and build an application on each adapter
	@sh scripts/release.sh "$(VERSION)"

check-release: ## test scripts/release.sh and scripts/rename.sh on a clone (1 minute)
	@sh scripts/check-release.sh

# make faults ARGS='-run TestFaults/Ring -faults.time 10m -faults.seed 7' runs a part.
# Without -faults.time a test tries each kind of fault once: so make test-long does.
faults: setup ## every adapter and topology under faults, into dist/faults.txt (20 minutes)
	@mkdir -p dist
	@go test -v -p 1 -timeout 0 -run '^TestFaults$$' $(ADAPTERS:%=./%) \
		-faults.time 1m -faults.seed $$(date +%s) $(ARGS) >dist/faults.txt 2>&1; status=$$?; \
	[ $$status -eq 0 ] || cat dist/faults.txt; \
	sed -n 's/^ *|/|/p' dist/faults.txt | awk '!seen[$$0]++'; exit $$status

# A failure that nobody has judged yet ends it: see lab/scoreboard/judgements_test.go.
# make scoreboard STORES='pgxstore|boltstore' runs a part, and keeps the others' results.
STORES := .*
scoreboard: ## storetest over scs's own stores, into docs/scoreboard.md (7 minutes)
	@sh scripts/setup.sh scoreboard
	@cd lab/scoreboard && go test -timeout 0 -run '^TestScoreboard$$' -stores '$(STORES)'

lint: ## formatting, vet, staticcheck, tidy and generated files
	@sh scripts/lint.sh $(MODULES)

generate: ## write the generated files
	@sh scripts/generate.sh
