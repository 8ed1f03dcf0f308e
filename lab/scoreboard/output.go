package main

import (
	"fmt"
	"regexp"
	"strings"
)

// An outcome is what the output of one process says about a check.
type outcome struct {
	passed, failed int
	message        string // of the first failure
	crash          string // how the process ended, if it did not end by itself
}

var (
	resultLine  = regexp.MustCompile(`^\s*--- (PASS|FAIL|SKIP): (\S+) \(`)
	messageLine = regexp.MustCompile(`^ +[a-z_]+\.go:\d+: (.*)`)
	crashLine   = regexp.MustCompile(`^(panic: |fatal error: |unexpected fault address )`)
)

// parse reads the output of go test -v of a test and what it is a part of.
func parse(out, test string) (o outcome) {
	var block []string // the lines of a message, the first one without its place
	message := ""      // of the run, as of now
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		if m := crashLine.FindString(line); m != "" {
			o.crash = "the test process crashed: " + normalise(line)
			return o
		}
		if m := resultLine.FindStringSubmatch(line); m != nil {
			if m[2] != test {
				continue
			}
			switch m[1] {
			case "PASS":
				o.passed++
			case "FAIL":
				o.failed++
				if o.message == "" {
					o.message = normalise(message)
				}
			}
			block, message = nil, ""
			continue
		}
		if m := messageLine.FindStringSubmatch(line); m != nil {
			block = []string{m[1]}
			continue
		}
		// The rule ends what storetest says; what has none is a note, or a
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
	return o
}

var (
	shownToken = regexp.MustCompile(`"[\w-]{4}…"`)
	address    = regexp.MustCompile(`0x[0-9a-f]+`)
	port       = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	place      = regexp.MustCompile(`(?m)^picture of all: .*\n?`)
)

// normalise takes out what differs from run to run and tells nothing.
func normalise(message string) string {
	tokens := make(map[string]string)
	message = shownToken.ReplaceAllStringFunc(message, func(token string) string {
		if tokens[token] == "" {
			tokens[token] = fmt.Sprintf(`"token%d"`, len(tokens)+1)
		}
		return tokens[token]
	})
	message = address.ReplaceAllString(message, "0x…")
	message = port.ReplaceAllString(message, "127.0.0.1:…")
	return strings.TrimSpace(place.ReplaceAllString(message, ""))
}

// listedNames finds the names in what storetest says of a name that is none.
func listedNames(out string) (names []string) {
	for _, m := range regexp.MustCompile(`(?m)^\s+((?:Plain|Ctx)/\w+/\w+|Manager/\w+|Methods)$`).FindAllStringSubmatch(out, -1) {
		names = append(names, m[1])
	}
	return names
}
