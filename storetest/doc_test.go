package storetest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// documented is how doc.go states a check's rule.
func documented(ck check) string {
	mark := ""
	if ck.ctxOnly {
		mark = " (Ctx only)"
	}
	return fmt.Sprintf("%s%s. %s.", ck.name, mark, ck.rule)
}

func TestDocStatesEveryRule(t *testing.T) {
	src, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	doc, _, _ := strings.Cut(string(src), "\npackage ")
	sections := make(map[string]string)
	for _, section := range strings.Split(doc, "\n// # ") {
		title, text, _ := strings.Cut(section, "\n")
		sections[title] = strings.Join(strings.Fields(strings.ReplaceAll(text, "\n//", " ")), " ")
	}
	if !strings.Contains(sections["Methods"], methodsRule) {
		t.Errorf("doc.go does not state, under Methods: %s", methodsRule)
	}
	for _, g := range append(slices.Clone(groups), managerGroup) {
		rest := sections[g.name]
		for _, ck := range g.checks {
			_, after, ok := strings.Cut(rest, "- "+documented(ck))
			if !ok {
				t.Errorf("doc.go does not state, under %s and in the order of the checks: %s", g.name, documented(ck))
				continue
			}
			rest = after
		}
		if strings.Contains(rest, "- ") {
			t.Errorf("doc.go states a rule under %s that no check has: %s", g.name, rest)
		}
	}
}
