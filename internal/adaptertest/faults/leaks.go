package faults

import (
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// leakTime is how long a client's goroutines and connections may outlive it.
const leakTime = 15 * time.Second

// findLeaks reports new goroutines, and connections to the servers, after the clients
// have been closed.
func (r *Report) findLeaks(s System, before map[string]string, within time.Duration) {
	servers := s.Nodes
	if s.Sentinel != nil {
		servers = append(servers[:len(servers):len(servers)], s.Sentinel.Sentinels...)
	}
	deadline := time.Now().Add(within)
	leaked := r.left(servers, before)
	for ; len(leaked) > 0 && time.Now().Before(deadline); leaked = r.left(servers, before) {
		time.Sleep(100 * time.Millisecond)
	}
	for _, l := range leaked {
		if !s.LosesConnections || strings.Contains(l, "github.com/scsredis/stores/") {
			r.violated(leak, "of a closed client:\n%s", l)
		}
	}
}

// othersConnection matches the lines of CLIENT LIST for sentinels, other servers, and the
// connection that asks. MIGRATE keeps its connection for 10 seconds.
var othersConnection = regexp.MustCompile(` name=sentinel-| flags=\w*[SM]| cmd=(client\|list|restore)`)

// left returns the goroutines that are not in before, except those of servers and
// proxies, and the clients' connections to the servers.
func (r *Report) left(servers []*redistest.Server, before map[string]string) (left []string) {
	for number, stack := range goroutines() {
		if before[number] == "" && !strings.Contains(stack, "internal/redistest.") && !strings.Contains(stack, "os/exec.") {
			left = append(left, stack)
		}
	}
	for _, server := range servers {
		for line := range strings.Lines(server.Do(r.tb, "CLIENT", "LIST").(string)) {
			if !othersConnection.MatchString(line) {
				left = append(left, line)
			}
		}
	}
	return left
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
