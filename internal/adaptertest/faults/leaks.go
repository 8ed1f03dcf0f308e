package faults

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// leakTime is how long a client's goroutines and connections may outlive it.
const leakTime = 15 * time.Second

// findLeaks reports new goroutines, and connections to the servers, after the clients
// have been closed.
func (r *Report) findLeaks(s System, before map[string]string, within time.Duration) {
	deadline := time.Now().Add(within)
	servers := s.Nodes
	if s.Sentinel != nil {
		servers = append(servers[:len(servers):len(servers)], s.Sentinel.Sentinels...)
	}
	for what, left := range map[string]func() []string{
		"goroutines": func() []string { return newGoroutines(before) },
		"connections": func() (left []string) {
			for _, server := range servers {
				left = append(left, connections(r.tb, server)...)
			}
			return left
		},
	} {
		leaked := left()
		for len(leaked) > 0 && time.Now().Before(deadline) {
			time.Sleep(100 * time.Millisecond)
			leaked = left()
		}
		if s.LosesConnections {
			leaked = slices.DeleteFunc(leaked, func(l string) bool { return !strings.Contains(l, "github.com/scsredis/stores/") })
		}
		if len(leaked) > 0 {
			r.violated(leak, "%d %s of closed clients, one of them:\n%s", len(leaked), what, leaked[0])
		}
	}
}

// goroutines returns the stacks of all goroutines, by their numbers.
func goroutines() map[string]string {
	buf := make([]byte, 16<<20)
	buf = buf[:runtime.Stack(buf, true)]
	stacks := make(map[string]string)
	for _, stack := range strings.Split(string(buf), "\n\n") {
		number, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		stacks[number] = stack
	}
	return stacks
}

// newGoroutines returns those that are not in before, except those of servers and
// proxies.
func newGoroutines(before map[string]string) []string {
	var stacks []string
	for number, stack := range goroutines() {
		if before[number] == "" && !strings.Contains(stack, "internal/redistest.") && !strings.Contains(stack, "os/exec.") {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}

// connections returns the connections to a server, except those of sentinels, of other
// servers, and its own.
func connections(tb testing.TB, s *redistest.Server) []string {
	var left []string
	for line := range strings.Lines(s.Do(tb, "CLIENT", "LIST").(string)) {
		field := func(name string) string {
			_, value, _ := strings.Cut(" "+line, " "+name+"=")
			value, _, _ = strings.Cut(value, " ")
			return strings.TrimSpace(value)
		}
		switch {
		case strings.HasPrefix(field("name"), "sentinel-"), field("cmd") == "client|list":
		case strings.ContainsAny(field("flags"), "SM"): // replicas and primaries
		case strings.HasPrefix(field("cmd"), "restore"): // MIGRATE keeps it for 10 seconds
		default:
			left = append(left, strings.TrimSpace(line))
		}
	}
	return left
}
