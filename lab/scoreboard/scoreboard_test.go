package main

import (
	"fmt"
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
		"    find.go:19: Find(\"Ab-_…\") = nil, false, error \"dial\"; want nil\n" +
		"        \tmore\n" +
		"        rule: scs.Store.Find: a rule\n" + printed +
		"--- PASS: " + test + " (0.00s)\n"
	for _, tt := range []struct {
		out  string
		want result
	}{
		{out, result{2, 1, "Find(\"Ab-_…\") = nil, false, error \"dial\"; want nil\n\tmore"}},
		{"--- PASS: " + test + " (0.00s)\nunexpected fault address 0x7f00\nfatal error: fault\n", result{2, 1, "the test process crashed: unexpected fault address 0x7f00"}},
		{"--- SKIP: " + test + " (0.00s)\nPASS\n", result{}},
		{"    sql_test.go:90: no server\n--- FAIL: TestStore (0.00s)\nFAIL\n", result{1, 1, "the test did not begin, or ended without a word"}},
	} {
		if got := parse(tt.out, test); got != tt.want {
			t.Errorf("parse(%q) = %+v; want %+v", tt.out, got, tt.want)
		}
	}
}

func TestCheckJudgements(t *testing.T) {
	defer func(b, l []judgement) { bugs, limits = b, l }(bugs, limits)
	limits, bugs = nil, []judgement{{stores: "memstore|boltstore", always: "Plain/Find/.*", rarely: "Methods", user: "what"}}
	failed, passed := result{Runs: 3, Failed: 1, Message: "why"}, result{Runs: 3}
	always := result{Runs: 3, Failed: 3}
	for _, tt := range []struct {
		boltstore map[string]result
		want      string
	}{
		{map[string]result{"Plain/Find/Missing": always, "Methods": failed}, ""},
		{map[string]result{"Plain/Find/Missing": failed}, "boltstore: Plain/Find/Missing failed 1 of 3; judgements.go says always"},
		{map[string]result{"Methods": passed}, "boltstore: no check is Plain/Find/.*, which judgements.go names"},
		{map[string]result{"Plain/Find/Missing": always, "Manager/Login": failed}, "boltstore: Manager/Login failed 1 of 3 and is not in judgements.go: why"},
	} {
		b := &board{Checks: []string{"Methods", "Plain/Find/Missing", "Manager/Login"}, Results: map[string]map[string]result{
			"memstore": {"Plain/Find/Missing": always}, "boltstore": tt.boltstore}}
		if got := fmt.Sprint(b.checkJudgements()); got != tt.want && (tt.want != "" || got != "<nil>") {
			t.Errorf("checkJudgements() of %v = %s; want %q", tt.boltstore, got, tt.want)
		}
	}
}
