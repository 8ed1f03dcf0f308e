package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/lab/topology"
)

// leakTimeout is how long a client's goroutines and connections may outlive it.
const leakTimeout = 15 * time.Second

// watchLeaks remembers the goroutines there are. The function that it returns
// reports those that there are in addition, and connections to the servers, when
// the clients have been closed.
func watchLeaks(servers *topology.Servers) func(tb testing.TB, within time.Duration, report func(violation)) {
	ignored := []goleak.Option{
		goleak.IgnoreCurrent(),
		// Those of proxies, and of servers that were started again.
		goleak.IgnoreAnyFunction("github.com/scsredis/stores/internal/redistest.(*Proxy).forward"),
		goleak.IgnoreAnyFunction("github.com/scsredis/stores/internal/redistest.(*Proxy).forward.func2"),
		goleak.IgnoreAnyFunction("github.com/scsredis/stores/internal/redistest.(*Server).launch.func1"),
		goleak.IgnoreAnyFunction("os/exec.(*Cmd).writerDescriptor.func1"),
	}
	return func(tb testing.TB, within time.Duration, report func(violation)) {
		deadline := time.Now().Add(within)
		err := goleak.Find(ignored...)
		for err != nil && time.Now().Before(deadline) {
			err = goleak.Find(ignored...)
		}
		if err != nil {
			report(violation{leak, indent(err.Error(), 40)})
		}
		nodes := servers.Nodes
		if servers.Sentinel != nil {
			nodes = append(nodes[:len(nodes):len(nodes)], servers.Sentinel.Sentinels...)
		}
		for _, node := range nodes {
			left := connections(tb, node)
			for len(left) > 0 && time.Now().Before(deadline) {
				time.Sleep(100 * time.Millisecond)
				left = connections(tb, node)
			}
			if len(left) > 0 {
				report(violation{leak, fmt.Sprintf("    %d connections of a closed client:\n%s", len(left), indent(strings.Join(left, "\n"), 3))})
			}
		}
	}
}

// connections returns those of a server that are neither of sentinels, nor of
// other servers, nor this one.
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

// indent returns the first lines of text.
func indent(text string, most int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("and %d more", len(lines)-most))
	}
	return "    " + strings.Join(lines, "\n    ") + "\n"
}
