package redisc_test

import (
	"net"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/mna/redisc"

	"github.com/scsredis/stores/redigostore"
)

// On a Cluster.
func Example_cluster() {
	cluster := &redisc.Cluster{
		// More than one: a client that starts while one is down needs another.
		StartupNodes: []string{"node1:6379", "node2:6379", "node3:6379"},
		// redisc asks for the nodes with these options. Without them it waits for ever
		// for a node that hangs.
		DialOptions: []redis.DialOption{
			redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second), redis.DialWriteTimeout(time.Second),
		},
		PoolWaitTime: time.Second, // for a connection, where MaxActive is set
		CreatePool: func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			addr = dialable(addr, "node1")
			return &redis.Pool{
				MaxIdle: 10,
				Dial:    func() (redis.Conn, error) { return redis.Dial("tcp", addr, options...) },
			}, nil
		},
	}
	sessions := scs.New()
	// A node has half of the timeout to answer; the rest is for asking another.
	sessions.Store = redigostore.NewWithOptions(cluster, redigostore.Options{Timeout: 2 * time.Second})
}

// dialable corrects an address that redisc got from a server, which is needed in two
// cases. An IPv6 address has no brackets. With the option cluster-preferred-endpoint-type
// unknown-endpoint there is no host.
func dialable(addr, host string) string {
	i := strings.LastIndexByte(addr, ':')
	if h := strings.Trim(addr[:i], "[]"); h != "" {
		host = h
	}
	return net.JoinHostPort(host, addr[i+1:])
}
