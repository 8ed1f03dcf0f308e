package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// lifetime is that of the sessions here: longer than a run.
const lifetime = 24 * time.Hour

// newSessions makes sessions with tokens like scs's.
func newSessions(n int) []session {
	sessions := make([]session, n)
	b := make([]byte, 32)
	for i := range sessions {
		rand.Read(b)
		token := base64.RawURLEncoding.EncodeToString(b)
		sessions[i] = session{token, prefix + token}
	}
	return sessions
}

func dataOf(size int) []byte { return bytes.Repeat([]byte("x"), size) }

// A loader fills servers, many commands at a time.
type loader struct {
	redis.UniversalClient
}

func newLoader(addrs []string, cluster bool) loader {
	return loader{redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: addrs, IsClusterMode: cluster, ReadTimeout: time.Minute,
	})}
}

func (l loader) close() { l.Close() }

const loadBatch = 1000

// sessions stores the sessions, with data of that size.
func (l loader) sessions(ctx context.Context, sessions []session, size int) error {
	data, expiry := dataOf(size), time.Now().Add(lifetime).UnixMilli()
	for len(sessions) > 0 {
		n := min(loadBatch, len(sessions))
		_, err := l.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, s := range sessions[:n] {
				pipe.Do(ctx, "set", s.key, data, "pxat", expiry)
			}
			return nil
		})
		if err != nil {
			return err
		}
		sessions = sessions[n:]
	}
	return nil
}

// foreign stores n keys that are nobody's sessions, on one server.
func (l loader) foreign(ctx context.Context, n int) error {
	for i := 0; i < n; i += loadBatch {
		args := []any{"mset"}
		for k := i; k < min(n, i+loadBatch); k++ {
			args = append(args, fmt.Sprintf("catalogue:item:%d", k), "0123456789")
		}
		if err := l.Do(ctx, args...).Err(); err != nil {
			return err
		}
	}
	return nil
}
