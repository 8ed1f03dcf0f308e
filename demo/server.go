package main

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
)

// redisServer is where sessions are kept, in terms that all clients know.
type redisServer struct {
	name                     string // for people to read
	addr, username, password string

	db  int
	tls *tls.Config // nil: a plain connection
}

// String does not show the password.
func (s redisServer) String() string { return s.name }

// parseRedisURL reads redis://user:password@host:port/db, of which all but the
// scheme may be left out. Its error does not quote the URL, which may have a
// password in it.
func parseRedisURL(raw string) (redisServer, error) {
	o, err := goredis.ParseURL(raw)
	if err != nil || o.Network != "tcp" || o.DB < 0 {
		return redisServer{}, errors.New("not a URL like redis://user:password@host:port/database, or rediss:// for TLS " +
			"(in a password, write / ? # @ % as %2F %3F %23 %40 %25)")
	}
	name := fmt.Sprintf("%s, database %d", o.Addr, o.DB)
	return redisServer{name, o.Addr, o.Username, o.Password, o.DB, o.TLSConfig}, nil
}

// startEmbedded starts a Redis server inside this process.
func startEmbedded() (server redisServer, stop func(), err error) {
	m := miniredis.NewMiniRedis()
	// By default time stands still in a miniredis, and no session would expire.
	m.ClockTTL(true)
	// It listens on a port, and the machine's other users must not read tokens.
	password := rand.Text()
	m.RequireAuth(password)
	if err := m.Start(); err != nil {
		return redisServer{}, nil, fmt.Errorf("embedded miniredis: %w", err)
	}
	return redisServer{name: "an embedded miniredis", addr: m.Addr(), password: password}, m.Close, nil
}
