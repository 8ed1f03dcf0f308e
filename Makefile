# make demo and make test are all that a newcomer needs.

ADAPTERS := redigostore goredisstore rueidisstore rueidisstore/rueian
MODULES  := internal storetest $(ADAPTERS) demo lab

.PHONY: help demo test setup test-newest test-lowest test-topologies bench consumer faults fuzz scoreboard lint generate

help:
	@echo 'make demo      run the demo application (no Redis needed)'
	@echo 'make test      install a Redis server if there is none, run all tests but the slow'
	@echo 'make test-topologies  the slow: failovers, moving slots, storetest on each topology (25 minutes)'
	@echo 'make lint      formatting, vet, staticcheck, tidy and generated files'
	@echo 'make bench     the stores beside bare calls and scs'"'"'s stores, into dist/bench (6 minutes)'
	@echo 'make faults    every adapter and topology under faults, into docs/faults.md (15 minutes)'
	@echo 'make fuzz      each fuzz test in turn, FUZZTIME=2m each'
	@echo 'make consumer  build an application on each adapter, from a tagged clone'
	@echo 'make scoreboard  storetest over scs'"'"'s own stores, into docs/scoreboard.md (minutes)'
	@echo 'make generate  write the generated files'

# make demo ARGS='-client rueidis -redis redis://127.0.0.1:6379'
demo:
	@cd demo && go run . $(ARGS)

test: setup test-newest test-lowest

setup:
	@sh scripts/setup.sh

# The workspace resolves every client to the newest version that demo and lab
# require. One module's tests at a time: each starts servers enough for a machine.
test-newest:
	go test -race -p 1 -parallel 8 -skip 'TestMutants|TestLegalStores|$(SLOW)' $(patsubst %,./%/...,$(filter-out lab,$(MODULES)))
	go test -p 1 -skip '$(SLOW)' ./lab/...
	go test -run 'TestMutants|TestLegalStores' ./storetest

# Outside the workspace an adapter has the client that it declares, the lowest.
# make test-lowest/lab runs another module's tests so.
test-lowest: $(ADAPTERS:%=test-lowest/%)
test-lowest/%:
	cd $* && GOWORK=off go test -parallel 8 -skip '$(SLOW)' ./...

# Tests that take long, most of them because servers have to agree on something:
# make test-topologies runs them.
SLOW := Failover|Halfway|Migration|NewPrimary|OwnReads|ReadOnlyDemotion|ReplicaDown|SentinelsKill|SQLite|Staleness|StartSentinel|TestFaults

# Failovers, moving slots and the like on the newest and the lowest clients, and
# storetest on one server, Sentinel, Cluster and Ring, as the client allows.
test-topologies: setup
	go test -race -p 1 -timeout 20m -run '$(SLOW)' $(MODULES:%=./%/...)
	@set -e; for adapter in $(ADAPTERS); do \
		(cd $$adapter && GOWORK=off go test -timeout 20m -run '$(SLOW)' .); \
	done
	go test -tags topologies -timeout 20m -run 'TestConformance|TestAdapter' ./lab/topology ./lab/goredis
	@sh scripts/lowest.sh -tags topologies -timeout 20m -run TestConformance ./topology

# make bench PACKAGES=./redigostore BENCH=op=Find ROUNDS=20 runs a part: see the script.
bench: setup
	@sh scripts/bench.sh

# make fuzz FUZZTIME=10s. Without it, make test runs the seeds and what is kept in
# testdata/fuzz, which is where a finding is written.
FUZZTIME := 2m
fuzz: setup
	@for module in internal/redissession $(ADAPTERS); do \
		for test in $$(grep -ho '^func Fuzz[A-Za-z]*' $$module/*_test.go | cut -c6-); do \
			echo "fuzz: $$module $$test"; \
			go test -run '^$$' -fuzz "^$$test\$$" -fuzztime $(FUZZTIME) -parallel 2 ./$$module || exit 1; \
		done; \
	done

consumer:
	@sh scripts/consumer.sh

# make faults ARGS='-run goredis/Ring -time 10m -seed 7' prints its table and writes no
# page. A violation ends it with exit status 1 and is shown.
faults: setup
	@go run ./lab/faults $(if $(ARGS),,-out docs/faults.md) $(ARGS)

# A failure that nobody has judged yet ends it: see lab/scoreboard/judgements.go.
scoreboard: setup
	@go run ./lab/scoreboard

lint:
	@sh scripts/lint.sh $(MODULES)

generate:
	@sh scripts/generate.sh
