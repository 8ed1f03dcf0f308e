package redigostore_test

import (
	"crypto/tls"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/redigostore"
)

// Over TLS with a client certificate, as an ACL user whose password is rotated.
func Example_tls() {
	var (
		config   *tls.Config            // with RootCAs and Certificates, as your server wants
		password func() (string, error) // the one that is valid now
	)
	pool := &redis.Pool{
		MaxIdle: 10,
		// Called for each new connection. Those that are open stay logged in.
		Dial: func() (redis.Conn, error) {
			secret, err := password()
			if err != nil {
				return nil, err
			}
			return redis.Dial("tcp", "redis.example.com:6379",
				redis.DialUseTLS(true), redis.DialTLSConfig(config),
				redis.DialUsername("web"), redis.DialPassword(secret),
				redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second), redis.DialWriteTimeout(time.Second))
		},
	}
	sessions := scs.New()
	sessions.Store = redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 2 * time.Second})
}
