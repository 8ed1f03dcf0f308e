package main

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/alicebob/miniredis/v2"
)

// redisServer is where sessions are kept, in terms that all clients know. The
// URL parsers of the clients disagree on what a URL may leave out, and on TLS.
type redisServer struct {
	addr, username, password string

	db       int
	tls      *tls.Config // nil: a plain connection
	embedded bool
}

// String says what the server is, without the password.
func (s redisServer) String() string {
	switch {
	case s.embedded:
		return "an embedded miniredis"
	case s.tls != nil:
		return fmt.Sprintf("rediss://%s/%d", s.addr, s.db)
	}
	return fmt.Sprintf("redis://%s/%d", s.addr, s.db)
}

// parseRedisURL reads redis://user:password@host:port/db. All but the scheme may
// be left out. Its errors quote nothing that may be a part of a password.
func parseRedisURL(raw string) (redisServer, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return redisServer{}, errors.New("not a URL like redis://user:password@host:port/db (in a password, write / ? # @ % as %2F %3F %23 %40 %25)")
	}
	var s redisServer
	switch u.Scheme {
	case "redis":
	case "rediss":
		s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	default:
		return redisServer{}, errors.New("the URL must begin with redis:// or rediss://")
	}
	if u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" {
		return redisServer{}, errors.New("the URL has more in it than redis://user:password@host:port/db")
	}
	host, port := u.Hostname(), u.Port()
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = "6379"
	}
	s.addr = net.JoinHostPort(host, port)
	if u.User != nil {
		password, ok := u.User.Password()
		if !ok {
			return redisServer{}, errors.New("the URL has a user without a password (for a password alone, write redis://:password@host)")
		}
		s.username, s.password = u.User.Username(), password
	}
	if db := strings.TrimPrefix(u.Path, "/"); db != "" {
		if s.db, err = strconv.Atoi(db); err != nil || s.db < 0 {
			return redisServer{}, errors.New("the URL's path must be the number of a database, as in redis://host:port/0")
		}
	}
	return s, nil
}

// startEmbedded starts a Redis server inside this process.
func startEmbedded() (server redisServer, stop func(), err error) {
	m := miniredis.NewMiniRedis()
	// By default time stands still in a miniredis, and no session would expire.
	m.ClockTTL(true)
	// It listens on a port, and tokens are nothing for the machine's other users.
	password := rand.Text()
	m.RequireAuth(password)
	if err := m.Start(); err != nil {
		return redisServer{}, nil, fmt.Errorf("embedded miniredis: %w", err)
	}
	return redisServer{addr: m.Addr(), password: password, embedded: true}, m.Close, nil
}
