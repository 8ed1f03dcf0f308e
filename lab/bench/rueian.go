// Code generated from lab/bench/rueidis.go by scripts/generate.sh; DO NOT EDIT.

package main

import (
	"context"
	"time"

	"github.com/rueian/rueidis"

	"github.com/scsredis/stores/rueidisstore/rueian"
)

// openRueian opens a client of rueidis under its first path with its own defaults, unless set changes
// them, and our store with cache as its Options.Cache.
func openRueian(t target, cache time.Duration, set func(*rueidis.ClientOption)) (*client, error) {
	opts := rueidis.ClientOption{InitAddress: t.addrs}
	if set != nil {
		set(&opts)
	}
	c, err := rueidis.NewClient(opts)
	if err != nil {
		return nil, err
	}
	store := rueidisstore.NewWithOptions(c, rueidisstore.Options{Cache: cache})
	return &client{"rueian", []way{ofStore(store), {
		via: viaBare,
		find: func(ctx context.Context, s session) ([]byte, bool, error) {
			b, err := c.Do(ctx, c.B().Get().Key(s.key).Build()).AsBytes()
			if rueidis.IsRedisNil(err) {
				return nil, false, nil
			}
			return b, err == nil, err
		},
		commit: func(ctx context.Context, s session, b []byte, expiry time.Time) error {
			return c.Do(ctx, c.B().Set().Key(s.key).Value(rueidis.BinaryString(b)).
				PxatMillisecondsTimestamp(expiry.UnixMilli()).Build()).Error()
		},
		delete: func(ctx context.Context, s session) error {
			return c.Do(ctx, c.B().Del().Key(s.key).Build()).Error()
		},
		all: func(ctx context.Context) (map[string][]byte, error) {
			sessions := make(map[string][]byte)
			for _, node := range c.Nodes() {
				if t.cluster { // replicas are nodes too
					role, err := node.Do(ctx, node.B().Role().Build()).ToArray()
					if err != nil {
						return nil, err
					}
					if name, err := role[0].ToString(); name != "master" || err != nil {
						continue
					}
				}
				if err := scanRueian(ctx, node, sessions); err != nil {
					return nil, err
				}
			}
			return sessions, nil
		},
	}}, c.Close}, nil
}

// scanRueian is a loop as one would write it by hand.
func scanRueian(ctx context.Context, c rueidis.Client, sessions map[string][]byte) error {
	for cursor := uint64(0); ; {
		page, err := c.Do(ctx, c.B().Scan().Cursor(cursor).Match(prefix+"*").Count(1000).Build()).AsScanEntry()
		if err != nil {
			return err
		}
		cmds := make([]rueidis.Completed, len(page.Elements))
		for i, key := range page.Elements {
			cmds[i] = c.B().Get().Key(key).Build()
		}
		for i, resp := range c.DoMulti(ctx, cmds...) {
			b, err := resp.AsBytes()
			if rueidis.IsRedisNil(err) {
				continue
			}
			if err != nil {
				return err
			}
			sessions[page.Elements[i][len(prefix):]] = b
		}
		if cursor = page.Cursor; cursor == 0 {
			return nil
		}
	}
}
