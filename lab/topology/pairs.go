package topology

import (
	"strconv"
	"testing"
	"time"

	"github.com/scsredis/stores/lab/adapters"
)

// Store is what every adapter's Store is.
type Store = adapters.Store

// Pair is an adapter on a topology.
type Pair struct {
	Adapter string // "redigo", "goredis", "rueidis" or "rueian"
	Client  string // the type or setting of the client
	Kind    Kind

	// Open returns a store on the servers over a client of its own, which is
	// closed when the test ends. All waits of the client are Servers.Timeout.
	Open func(tb testing.TB, servers *Servers, prefix string) Store
}

// Name names the pair as a sub-test.
func (p Pair) Name() string { return p.Adapter + "/" + p.Client }

// Timeout is that of servers that have just started.
const Timeout = time.Second

// Pairs are all adapters on all topologies that their clients support.
var Pairs = []Pair{
	{"redigo", "Pool", Standalone, openPool},
	{"redigo", "SentinelPool", Sentinel, openSentinelPool},
	{"redigo", "redisc", Cluster, openRedisc},
	{"goredis", "Client", Standalone, openGoRedis},
	{"goredis", "FailoverClient", Sentinel, openGoRedisFailover},
	{"goredis", "ClusterClient", Cluster, openGoRedisCluster},
	{"goredis", "Ring", Ring, openGoRedisRing},
	{"rueidis", "Client", Standalone, openRueidis},
	{"rueidis", "Sentinel", Sentinel, openRueidis},
	{"rueidis", "Cluster", Cluster, openRueidis},
	{"rueian", "Client", Standalone, openRueian},
	{"rueian", "Sentinel", Sentinel, openRueian},
	{"rueian", "Cluster", Cluster, openRueian},
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
