package storetest

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// parseHistory reads a line for each call: goroutine, beginning, end, C (Commit), D
// (Delete), E (final Delete) or F (Find), then the data, - for none or ! for an error. C
// !x is a failed Commit of x.
func parseHistory(t *testing.T, text string) history {
	t.Helper()
	var ops []op
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		number := func(s string) int64 { return int64(slices.Index(strings.Split("0123456789abcdefghijklmnop", ""), s)) }
		o := op{client: int(number(f[0])), begin: number(f[1]), end: number(f[2])}
		o.text = func() string { return strings.Join(f[3:], " ") }
		kind, value := f[3], f[4]
		if v, ok := strings.CutPrefix(value, "!"); ok {
			o.err, value = errors.New("failed"), v
		}
		o.method = map[string]string{"F": "Find", "C": "Commit", "D": "Delete", "E": "Delete"}[kind]
		o.final = kind == "E"
		if value != "-" && o.method != "Delete" {
			o.after = register{true, value}
		}
		ops = append(ops, o)
	}
	return newHistory(ops)
}

func TestHistory(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       porcupine.CheckResult
		few        string // the calls that minimise keeps
	}{
		{"no calls", "", porcupine.Ok, ""},
		{"nothing there at first", "1 1 2 F -", porcupine.Ok, ""},
		{"what nobody committed", "1 1 2 F x", illegal, "F x"},
		{"one after the other", "1 1 2 C x\n1 3 4 F x\n1 5 6 D -\n1 7 8 F -", porcupine.Ok, ""},
		{"a lost commit", "1 1 2 C x\n2 3 4 F x\n1 5 6 F -", illegal, "C x; F -"},
		{"a stale find", "1 1 2 C x\n2 3 4 C y\n3 5 6 F y\n1 7 8 F x", illegal, "C x; C y; F x"},
		{"at the same time, either way", "1 1 4 C x\n2 2 3 C y\n1 5 6 F y\n2 7 8 F y", porcupine.Ok, ""},
		{"at the same time, both ways", "1 1 4 C x\n2 2 3 C y\n1 5 6 F y\n2 7 8 F x", illegal, "C x; C y; F y; F x"},
		{"a find before it is done", "1 1 4 C x\n2 2 3 F x\n2 5 6 F x", porcupine.Ok, ""},
		{"a find that sees it, then one that does not", "1 1 6 C x\n2 2 3 F x\n2 4 5 F -", illegal, "C x; F x; F -"},
		{"a delete that comes back", "1 1 2 C x\n1 3 4 D -\n2 5 6 F x", illegal, "C x; D -; F x"},
		{"a delete in between is not needed", "1 1 2 C w\n1 3 4 D -\n1 5 6 C x\n2 7 8 F -", illegal, "C x; F -"},
		{"a delete that has its effect twice", "1 1 2 C x\n1 3 8 D -\n2 4 5 F -\n2 6 7 C y\n2 9 a F -", illegal, "C x; D -; F -; C y; F -"},
		{"two deletes at the same time", "1 1 2 C x\n1 3 8 D -\n3 3 8 D -\n2 4 5 F -\n2 6 7 C y\n2 9 a F -", porcupine.Ok, ""},
		{"one delete for two commits", "1 1 2 C x\n1 3 4 D -\n2 5 6 C y\n2 7 8 F -", illegal, "C y; F -"},
		{"a failed commit, later", "1 1 2 C !x\n1 3 4 F -\n1 5 6 C y\n1 7 8 F y\n1 9 a F x", porcupine.Ok, ""},
		{"a failed commit, twice", "1 1 2 C !x\n1 3 4 F x\n1 5 6 C y\n1 7 8 F y\n1 9 a F x", illegal, "C !x; F x; C y; F x"},
		{"a failed commit, never", "1 1 2 C !x\n1 3 4 F -", porcupine.Ok, ""},
		{"a failed commit, before it was made", "2 1 2 F x\n1 3 4 C !x", illegal, "F x"},
		{"a failed delete, later", "1 1 2 C x\n1 3 4 D !\n1 5 6 F x\n1 7 8 F -", porcupine.Ok, ""},
		{"a failed delete, twice", "1 1 2 C x\n1 3 4 D !\n1 5 6 F -\n1 7 8 C y\n1 9 a F -", illegal, "D !; C x; F -; C y; F -"},
		{"a delete for good", "1 1 2 C x\n1 3 4 E -\n2 5 6 C y\n2 7 8 F -", porcupine.Ok, ""},
		{"a commit after a delete for good", "1 1 2 C x\n1 3 4 E -\n2 5 6 C y\n2 7 8 F y", illegal, "E -; C y; F y"},
		{"a commit before a delete for good, found after it", "1 1 8 C x\n1 2 3 E -\n2 4 5 F x", illegal, "C x; E -; F x"},
		{"a delete for good, then one that is none", "1 1 2 E -\n1 3 4 D -\n2 5 6 C y\n2 7 8 F y", illegal, "E -; C y; F y"},
		{"a failed delete for good, later", "1 1 2 C x\n1 3 4 E !\n1 5 6 F x\n1 7 8 F -\n1 9 a C y\n1 b c F -", porcupine.Ok, ""},
		{"a failed delete for good, not for good", "1 1 2 C x\n1 3 4 E !\n1 5 6 F -\n1 7 8 C y\n1 9 a F y", illegal, "C x; E !; F -; C y; F y"},
		{"a failed find says nothing", "1 1 2 C x\n1 3 4 F !", porcupine.Ok, ""},
	} {
		h := parseHistory(t, tt.text)
		if got := h.check(time.Minute); got != tt.want {
			t.Errorf("%s: %v; want %v", tt.name, got, tt.want)
			continue
		}
		if tt.want != illegal {
			continue
		}
		few := h.minimise()
		var calls []string
		for _, o := range few {
			calls = append(calls, o.text())
		}
		wanted := strings.Split(tt.few, "; ")
		slices.Sort(wanted)
		slices.Sort(calls)
		if !slices.Equal(calls, wanted) {
			t.Errorf("%s: minimised to %q; want %q", tt.name, calls, wanted)
		}
		if got := few.check(time.Minute); got != illegal {
			t.Errorf("%s: minimised it is %v", tt.name, got)
		}
	}
}

// A history with an order must keep it when calls are left out. Otherwise minimise would
// show calls that prove nothing.
func TestHistoryLeavesOut(t *testing.T) {
	for _, text := range []string{
		"1 1 2 C x\n2 3 4 C y\n3 5 6 F y\n1 7 8 D -\n2 9 a F -\n1 b c C z\n2 d e F z",
		"1 1 8 D -\n2 2 3 C x\n3 4 5 F x\n2 6 7 C y\n3 9 a F -\n2 b c C z",
		"1 1 2 C x\n1 3 4 D !\n2 5 6 F x\n2 7 8 C y\n2 9 a F -\n1 b c C !z\n2 d e F z",
		"1 1 2 C x\n1 3 8 E -\n2 4 5 F x\n2 9 a C y\n2 b c F -\n1 d e E -\n1 f g C z\n2 h i F -",
	} {
		h := parseHistory(t, text)
		for set := range 1 << len(h) {
			rest := h
			for i, o := range slices.Backward(h) {
				if set>>i&1 == 1 {
					rest = rest.without(o)
				}
			}
			if got := rest.check(time.Minute); got != porcupine.Ok {
				t.Fatalf("%s\n%v without some calls:\n%s", text, got, rest.account())
			}
		}
		for _, o := range h {
			if got := h.until(o.end).check(time.Minute); got != porcupine.Ok {
				t.Errorf("%s\n%v until %d", text, got, o.end)
			}
		}
	}
}

func TestPicture(t *testing.T) {
	h := parseHistory(t, "1 1 2 C x\n2 3 4 C !y\n2 5 6 F y\n1 7 8 F x")
	name, ok := strings.CutPrefix(h.picture(), "picture of all: ")
	if !ok {
		t.Fatalf("%s; want a file", name)
	}
	html, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(html), "F x") {
		t.Errorf("%v, %d bytes in %s; want the calls in it", err, len(html), name)
	}
}
