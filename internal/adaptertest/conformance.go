package adaptertest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/storetest"
)

// Conformance runs storetest on every topology, with a second store on a client
// of its own as another process, and with servers that fail. It does so again with the
// options for logouts, except on variants. Under -short it runs on one server only, without options.
// The methods without a context are tried on the first topology only: what they call is
// the same everywhere.
func Conformance(t *testing.T, a Adapter) {
	t.Parallel()
	var runs []subtest
	add := func(name string, p pair, opts ...storetest.Option) {
		runs = append(runs, subtest{name, func(t *testing.T) {
			if p.topology.Kind != Standalone || p.topology.Variant || p.options.userKey != "" || p.cache > 0 {
				Long(t)
			}
			conform(t, p, opts...)
		}})
	}
	const elsewhere = "another run tries it"
	add("Plain", pair{Adapter: a, topology: a.Topologies[0]}, storetest.Skip("Ctx", elsewhere), storetest.Skip("Manager", elsewhere))
	withContext := storetest.Skip("Plain", elsewhere)
	for _, topology := range a.Topologies {
		add(topology.Name, pair{Adapter: a, topology: topology}, withContext)
		if !topology.Variant {
			add(topology.Name+"UserKey", pair{Adapter: a, topology: topology, options: users}, withContext, storetest.FinalDelete(),
				storetest.Skip("Ctx/Prefix/Braces", "the options refuse a prefix with {}"))
		}
	}
	if a.Cache {
		skips := []storetest.Option{withContext}
		for _, check := range []string{"SeesOverwrite", "SeesDelete", "Linearizable"} {
			skips = append(skips, storetest.Skip("Ctx/Peer/"+check,
				"another process may find what was cached, for as long as Options.Cache"))
		}
		add("Cache", pair{Adapter: a, topology: a.Topologies[0], cache: cachedBriefly}, skips...)
	}
	atOnce(t, 8, runs)
}

// conform runs storetest on servers of its own. A single server is killed and comes back
// with all acknowledged writes. Several servers refuse connections, and none is replaced,
// because a replica may lack acknowledged writes of its primary.
func conform(t *testing.T, p pair, opts ...storetest.Option) {
	servers := StartServers(t, p.topology.Kind, redistest.Options{Proxied: p.topology.Kind != Standalone, Durable: true}, time.Hour)
	fault := func(tb testing.TB, _ scs.Store) (heal func()) {
		if servers.Kind != Standalone {
			return servers.Refuse()
		}
		servers.Nodes[0].Stop(tb)
		return func() { servers.Nodes[0].Restart(tb) }
	}
	var (
		prefixes sync.Map // of the stores
		last     atomic.Int64
	)
	open := func(tb testing.TB, prefix string) scs.Store {
		target := p.on(servers)
		target.Prefix = prefix
		target.Timeout = 5 * time.Second // no server hangs, but the machine may be busy
		s := p.open(tb, target)
		prefixes.Store(scs.Store(s), prefix)
		return s
	}
	newStore := func(tb testing.TB) scs.Store { return open(tb, fmt.Sprintf("test%d:", last.Add(1))) }
	// It has a client of its own, as another process has, or the same one later.
	second := func(tb testing.TB, s scs.Store) scs.Store {
		prefix, _ := prefixes.Load(s)
		return open(tb, prefix.(string))
	}
	storetest.Run(t, newStore, append(opts, storetest.Peer(second), storetest.Reopen(second),
		storetest.Prefix(open), storetest.Fault(fault))...)
}

// Long skips a test under -short: it starts many servers, or waits for them.
func Long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes long")
	}
}
