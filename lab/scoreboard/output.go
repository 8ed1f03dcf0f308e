package main

import (
	"regexp"
	"strings"
)

var (
	resultLine  = regexp.MustCompile(`^\s*--- (PASS|FAIL|SKIP): (\S+) \(`)
	messageLine = regexp.MustCompile(`^ +[a-z_]+\.go:\d+: (.*)`)
	crashLine   = regexp.MustCompile(`^(panic: |fatal error: |unexpected fault address )`)
)

// parse reads the output of go test -v for a test and its parents. A skipped test has no
// runs.
func parse(out, test string) (res result) {
	var block []string // the lines of a message, the first one without file and line
	message := ""      // the first message of the current run
	failed := func(message string) {
		res.Runs, res.Failed = res.Runs+1, res.Failed+1
		if res.Message == "" {
			res.Message = message
		}
	}
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		if crashLine.MatchString(line) {
			failed("the test process crashed: " + line)
			return res
		}
		if m := resultLine.FindStringSubmatch(line); m != nil {
			if m[2] != test {
				continue
			}
			if m[1] == "PASS" {
				res.Runs++
			} else if m[1] == "FAIL" {
				failed(message)
			}
			block, message = nil, ""
			continue
		}
		if m := messageLine.FindStringSubmatch(line); m != nil {
			block = []string{m[1]}
			continue
		}
		// A rule ends each failure of storetest. A message without one is a note, or a
		// failure of the test itself.
		if strings.HasPrefix(strings.TrimSpace(line), "rule: ") {
			if message == "" {
				message = strings.Join(block, "\n")
			}
			block = nil
		} else if block != nil && strings.HasPrefix(line, "        ") {
			block = append(block, strings.TrimPrefix(line, "        "))
		}
	}
	if res.Failed == 0 && !strings.Contains(out, "\nPASS\n") {
		failed("the test did not begin, or ended without a word")
	}
	return res
}

// listedNames finds the names of checks in storetest's error about an unknown name.
func listedNames(out string) (names []string) {
	for _, m := range regexp.MustCompile(`(?m)^\s+((?:Plain|Ctx)/\w+/\w+|Manager/\w+|Methods)$`).FindAllStringSubmatch(out, -1) {
		names = append(names, m[1])
	}
	return names
}
