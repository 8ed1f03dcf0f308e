package storetest

import (
	_ "embed"
	"regexp"
	"strings"
)

// documentation states every rule, under the names of its group and its checks. Failures
// quote the rules from there.
//
//go:embed doc.go
var documentation string

// A rule names its source and, after a colon, says what a store must do.
type rule struct {
	text    string
	ctxOnly bool // it is about contexts, so Plain does not check it
}

// rules maps names of a group and a check, such as "Find/Missing", to their rules.
var rules = parseRules(documentation)

// shared is the group of the rules that hold in several groups.
const shared = "Several groups"

var ruleForm = regexp.MustCompile(`(?m)^//   - ([\w, ]+?)( \(Ctx only\))?\. (.*(?:\n//     .*)*)\.$`)

func parseRules(doc string) map[string]rule {
	rules := make(map[string]rule)
	for _, section := range strings.Split(doc, "\n// # ") {
		group, text, _ := strings.Cut(section, "\n")
		for _, m := range ruleForm.FindAllStringSubmatch(text, -1) {
			for _, check := range strings.Split(m[1], ", ") {
				rules[group+"/"+check] = rule{text: strings.ReplaceAll(m[3], "\n//     ", " "), ctxOnly: m[2] != ""}
			}
		}
	}
	return rules
}

// ruleOf returns the rule of a check.
func ruleOf(group, check string) rule {
	if r, ok := rules[group+"/"+check]; ok {
		return r
	}
	return rules[shared+"/"+check]
}
