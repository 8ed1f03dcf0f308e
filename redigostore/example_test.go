package redigostore_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/scsredis/stores/redigostore"
)

// On one server. Logouts are final, and a user can log out in all other browsers.
func Example() {
	pool := &redis.Pool{
		MaxIdle: 10,
		Dial: func() (redis.Conn, error) {
			return redis.Dial("tcp", "localhost:6379",
				redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second), redis.DialWriteTimeout(time.Second))
		},
	}
	store := redigostore.NewWithOptions(pool, redigostore.Options{
		Timeout:   2 * time.Second,
		Tombstone: 5 * time.Minute, // longer than the longest request
		UserKey:   "userID",        // as in sessions.Put(ctx, "userID", id) at login
	})
	sessions := scs.New()
	sessions.Store = store

	http.HandleFunc("POST /logout-others", func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if _, err := store.DeleteUserSessions(ctx, sessions.GetString(ctx, "userID"), sessions.Token(ctx)); err != nil {
			http.Error(w, "Please try again.", http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe("localhost:4000", sessions.LoadAndSave(http.DefaultServeMux)))
}

// On a primary that sentinels look after.
func Example_sentinel() {
	sentinels := []string{"sentinel1:26379", "sentinel2:26379", "sentinel3:26379"}
	pool := &redis.Pool{
		MaxIdle: 10,
		Dial: func() (redis.Conn, error) {
			return dialPrimary(sentinels, "mymaster",
				redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second), redis.DialWriteTimeout(time.Second))
		},
		// A primary that has become a replica still answers a Find.
		TestOnBorrow: func(c redis.Conn, lastUsed time.Time) error {
			if time.Since(lastUsed) < time.Second {
				return nil
			}
			return checkPrimary(c)
		},
	}
	sessions := scs.New()
	sessions.Store = redigostore.NewWithOptions(pool, redigostore.Options{Timeout: 2 * time.Second})
}

// dialPrimary connects to the server that a sentinel calls the primary, and that
// agrees. It asks the sentinels in turn: one may be down or behind the others.
func dialPrimary(sentinels []string, name string, options ...redis.DialOption) (redis.Conn, error) {
	var errs []error
	for _, addr := range sentinels {
		conn, err := dialPrimaryOf(addr, name, options...)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, fmt.Errorf("sentinel %s: %w", addr, err))
	}
	return nil, errors.Join(errs...)
}

func dialPrimaryOf(sentinelAddr, name string, options ...redis.DialOption) (redis.Conn, error) {
	sentinel, err := redis.Dial("tcp", sentinelAddr, options...)
	if err != nil {
		return nil, err
	}
	defer sentinel.Close()
	addr, err := redis.Strings(sentinel.Do("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name))
	if err != nil {
		return nil, err
	}
	conn, err := redis.Dial("tcp", net.JoinHostPort(addr[0], addr[1]), options...)
	if err != nil {
		return nil, err
	}
	if err := checkPrimary(conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func checkPrimary(conn redis.Conn) error {
	reply, err := redis.Values(conn.Do("ROLE"))
	if err != nil {
		return err
	}
	if role, _ := redis.String(reply[0], nil); role != "master" {
		return errors.New("not the primary any more, or not yet")
	}
	return nil
}

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
