package storetest

import (
	_ "embed"
	"regexp"
	"strings"
)

// documentation states every rule, under the name of its group and of its check. The
// rules stand nowhere else: a failure quotes them from there.
//
//go:embed doc.go
var documentation string

// A rule says where it comes from, a colon, and what a store has to do.
type rule struct {
	text    string
	ctxOnly bool // it is about contexts, so Plain has no check of it
}

// rules are by the names of their group and check, such as "Find/Missing".
var rules = parseRules(documentation)

var ruleForm = regexp.MustCompile(`(?m)^//   - (\w+)( \(Ctx only\))?\. (.*(?:\n//     .*)*)\.$`)

func parseRules(doc string) map[string]rule {
	rules := make(map[string]rule)
	for _, section := range strings.Split(doc, "\n// # ") {
		group, text, _ := strings.Cut(section, "\n")
		for _, m := range ruleForm.FindAllStringSubmatch(text, -1) {
			rules[group+"/"+m[1]] = rule{text: strings.ReplaceAll(m[3], "\n//     ", " "), ctxOnly: m[2] != ""}
		}
	}
	return rules
}
