package main

import (
	"time"

	"github.com/scsredis/stores/lab/topology"
)

// bound is how long a call on one session, and one that lists, may take, and how
// long past its expiry a session may be listed.
type bound struct{ call, list, late time.Duration }

// slack is for what the clients' documentation does not count: scheduling, the
// network, and pauses between attempts of up to half a second.
const slack = time.Second

// boundOf returns the worst that the documentation of a client says of a server
// that hangs, with all of its waits set to topology.Timeout.
func boundOf(p topology.Pair) bound {
	// waits are how many timeouts a call may wait for, one after the other.
	waits := map[string]int{
		// The store's Timeout, and TestOnBorrow's PING on a few idle connections.
		"redigo/Pool": 4,
		// Also the dial of a new connection, which asks sentinels.
		"redigo/SentinelPool": 6,
		// Also a refresh of the slots, and the redirected attempt.
		"redigo/redisc": 8,
		// Two attempts (MaxRetries 1): PoolTimeout (ReadTimeout and a second),
		// HELLO on a new connection, the command.
		"goredis/Client": 8,
		"goredis/Ring":   8,
		// Also the dial, which asks sentinels.
		"goredis/FailoverClient": 10,
		// Four attempts (MaxRedirects 3), and a reload of the slots.
		"goredis/ClusterClient": 15,
		// An attempt that times out is not repeated; those that break are, with
		// pauses of 1.3 seconds in total. A client that reconnects dials first.
		"rueidis/Client":   4,
		"rueidis/Sentinel": 8,
		"rueidis/Cluster":  6,
		"rueian/Client":    4,
		"rueian/Sentinel":  8,
		"rueian/Cluster":   6,
	}
	call := time.Duration(waits[p.Name()])*topology.Timeout + slack
	// A listing is several round trips, of which one meets the fault.
	b := bound{call: call, list: call + 2*topology.Timeout, late: late}
	if p.Kind == topology.Cluster {
		b.late = lateMoved
	}
	return b
}
