package main

import (
	"strings"
	"testing"
)

const printed = `=== RUN   TestStore
--- FAIL: TestStore (0.00s)
    --- FAIL: TestStore/x/Find/Missing (0.00s)
`

func TestParse(t *testing.T) {
	const test = "TestStore/x/Find/Missing"
	out := "=== NAME  " + test + "\n" +
		"    all.go:165: 3200 sessions\n" +
		"    find.go:19: Find(\"Ab-_…\") = nil, false, error \"dial 127.0.0.1:4711\"; want nil\n" +
		"        \tmore about 0xc000123\n" +
		"        rule: scs.Store.Find: a rule\n" + printed +
		"--- PASS: " + test + " (0.00s)\n"
	o := parse(out, test)
	want := "Find(\"token1\") = nil, false, error \"dial 127.0.0.1:…\"; want nil\n\tmore about 0x…"
	if o.passed != 1 || o.failed != 1 || o.message != want || o.crash != "" {
		t.Errorf("parse = %+v; want 1 passed, 1 failed, message %q", o, want)
	}
	o = parse("--- PASS: "+test+" (0.00s)\nunexpected fault address 0x7f00\nfatal error: fault\n", test)
	if want := "unexpected fault address 0x…"; o.passed != 1 || !strings.Contains(o.crash, want) {
		t.Errorf("parse of a crash = %+v; want 1 passed, crash %q", o, want)
	}
}

func TestJudged(t *testing.T) {
	b := func(r result) *board {
		results := map[string]map[string]result{}
		for _, j := range judgements {
			results[j.store] = map[string]result{}
		}
		results["memstore"] = map[string]result{"Methods": r}
		return &board{Checks: []string{"Methods"}, Results: results}
	}
	if err := b(result{Runs: 5, Failed: 1, Message: "why"}).judged(); err == nil || !strings.Contains(err.Error(), "memstore: Methods failed 1 of 5") {
		t.Errorf("a failure without a judgement: %v", err)
	}
	if err := b(result{Runs: 5}).judged(); err == nil || !strings.Contains(err.Error(), "boltstore: no check is Plain/Commit/ZeroTime") {
		t.Errorf("a judgement without its failure: %v", err)
	}
}
