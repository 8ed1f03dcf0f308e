# make demo and make test are all that a newcomer needs.

ADAPTERS := redigostore goredisstore rueidisstore rueidisstore/rueian
MODULES  := internal storetest $(ADAPTERS) demo lab

.PHONY: help demo test setup test-newest test-lowest bench consumer scoreboard lint generate

help:
	@echo 'make demo      run the demo application (no Redis needed)'
	@echo 'make test      install a Redis server if there is none, run all tests'
	@echo 'make lint      formatting, vet, staticcheck, tidy and generated files'
	@echo 'make bench     each store beside the bare calls of its client'
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
# require.
test-newest:
	go test -race $(MODULES:%=./%/...)

# Outside the workspace an adapter has the client that it declares, the lowest.
# make test-lowest/lab runs another module's tests so.
test-lowest: $(ADAPTERS:%=test-lowest/%)
test-lowest/%:
	cd $* && GOWORK=off go test ./...

bench:
	@for adapter in $(ADAPTERS); do go test -run '^$$' -bench . ./$$adapter || exit 1; done

consumer:
	@sh scripts/consumer.sh

# A failure that nobody has judged yet ends it: see lab/scoreboard/judgements.go.
scoreboard: setup
	@go run ./lab/scoreboard

lint:
	@sh scripts/lint.sh $(MODULES)

generate:
	@sh scripts/generate.sh
