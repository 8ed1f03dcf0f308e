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

// On a Cluster with IPv6 addresses, or one whose servers name no host.
func Example_clusterAddresses() {
	cluster := &redisc.Cluster{
		StartupNodes: []string{"redis.example.com:6379"},
		DialOptions: []redis.DialOption{
			redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second), redis.DialWriteTimeout(time.Second),
		},
		CreatePool: func(addr string, options ...redis.DialOption) (*redis.Pool, error) {
			addr = dialable(addr, "redis.example.com")
			return &redis.Pool{
				MaxIdle: 10,
				Dial:    func() (redis.Conn, error) { return redis.Dial("tcp", addr, options...) },
			}, nil
		},
	}
	sessions := scs.New()
	sessions.Store = redigostore.NewWithOptions(cluster, redigostore.Options{Timeout: 2 * time.Second})
}

// dialable corrects an address that redisc got from a server: an IPv6 address has no
// brackets, and with cluster-preferred-endpoint-type unknown-endpoint there is no host.
func dialable(addr, host string) string {
	i := strings.LastIndexByte(addr, ':')
	if h := strings.Trim(addr[:i], "[]"); h != "" {
		host = h
	}
	return net.JoinHostPort(host, addr[i+1:])
}
