package main

import (
	"bytes"
	"fmt"
	"strings"
)

// page is docs/scoreboard.md.
func (b *board) page() []byte {
	var w bytes.Buffer
	fmt.Fprintf(&w, `# Scoreboard

[storetest](../storetest/README.md) over scs's own session stores that need no server but
Redis, and over those of this repository. `+"`make scoreboard`"+` writes this page; the run that it
shows took %s with %s on %s.

Each check runs in a process of its own, so that a store that crashes loses one run and not the
others: %d times those of Concurrent, Linearizable and All/Many, %d times those of Fault, %d
times all others. A failure that happens rarely may be missing here.

buntdbstore and leveldbstore are not here: `+"`go list -m "+
		`github.com/alexedwards/scs/buntdbstore@latest`+"`"+` did not find them when the page was made.

## Summary

| store | versions | checks | failed |
|---|---|---|---|
`, b.Took, b.Go, b.System, concurrentRuns, faultRuns, runs)
	for _, c := range columns {
		tried, failed := b.count(c.key)
		fmt.Fprintf(&w, "| %s | %s | %d | %d |\n", c.name, b.versions(c), tried, failed)
	}

	w.WriteString("\nWhat each was given:\n\n")
	for _, c := range columns {
		fmt.Fprintf(&w, "- %s. %s\n", c.name, c.with)
	}

	w.WriteString("\n## What a user sees\n\nEach failure was judged by hand, from its message and the store's source.\n\n")
	for _, c := range columns {
		for i := range judgements {
			if checks := b.failedOf(c.key, &judgements[i]); len(checks) > 0 {
				fmt.Fprintf(&w, "- **%s**: %s (%s)\n", c.name, judgements[i].user, several(checks))
			}
		}
	}

	w.WriteString("\n## Check by check\n\n`fails`: in every run. Empty: the check is not for this store, because it has no such method,\nno other process or no fault.\n\n| |")
	for _, c := range columns {
		fmt.Fprintf(&w, " %s |", c.name)
	}
	w.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, check := range b.Checks {
		fmt.Fprintf(&w, "| %s |", check)
		for _, c := range columns {
			fmt.Fprintf(&w, " %s |", b.Results[c.key][check].cell())
		}
		w.WriteString("\n")
	}

	w.WriteString("\n## What storetest said\n\nThe first message of each check that failed. Tokens are numbered in place of their letters.\n")
	for _, c := range columns {
		if _, failed := b.count(c.key); failed == 0 {
			continue
		}
		fmt.Fprintf(&w, "\n### %s\n\n", c.name)
		for _, check := range b.Checks {
			if r := b.Results[c.key][check]; r.Failed > 0 {
				fmt.Fprintf(&w, "%s, %d of %d\n\n```\n%s\n```\n\n", check, r.Failed, r.Runs, r.Message)
			}
		}
	}
	return append(bytes.TrimSpace(w.Bytes()), '\n')
}

func (r result) cell() string {
	switch {
	case r.Runs == 0:
		return ""
	case r.Crashed > 0:
		return fmt.Sprintf("**crashed the test process**, %d of %d", r.Crashed, r.Runs)
	case r.Failed == r.Runs:
		return "**fails**"
	case r.Failed > 0:
		return fmt.Sprintf("**%d of %d**", r.Failed, r.Runs)
	}
	return "ok"
}

func (b *board) count(store string) (tried, failed int) {
	for _, check := range b.Checks {
		r := b.Results[store][check]
		if r.Runs > 0 {
			tried++
		}
		if r.Failed > 0 {
			failed++
		}
	}
	return tried, failed
}

func (b *board) versions(c column) string {
	var all []string
	for _, module := range c.modules {
		version := b.Modules[module]
		if strings.HasPrefix(module, here) {
			continue
		}
		all = append(all, "`"+strings.TrimPrefix(module, "github.com/")+" "+version+"`")
	}
	return strings.Join(all, "<br>")
}

// failedOf returns the checks that a store failed and that a judgement is about.
func (b *board) failedOf(store string, j *judgement) (checks []string) {
	for _, check := range b.Checks {
		if b.Results[store][check].Failed > 0 && judgementOf(store, check) == j {
			checks = append(checks, check)
		}
	}
	return checks
}

func several(checks []string) string {
	const most = 6
	if len(checks) <= most {
		return strings.Join(checks, ", ")
	}
	return fmt.Sprintf("%s and %d others", strings.Join(checks[:most], ", "), len(checks)-most)
}
