package redissession

import (
	"context"
	"fmt"
)

// guarded is a Client whose panics are errors. Clients make room for as many
// bytes as a reply announces, and panic if there cannot be so many; during a
// listing that would be on a goroutine that no caller can recover.
type guarded struct {
	Client
}

func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the client panicked: %v", p)
	}
}

func guard(f func() error) (err error) {
	defer recovered(&err)
	return f()
}

func (g guarded) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	defer recovered(&err)
	return g.Client.Get(ctx, key)
}

func (g guarded) Set(ctx context.Context, key string, value []byte, pxat int64) (err error) {
	defer recovered(&err)
	return g.Client.Set(ctx, key, value, pxat)
}

func (g guarded) Del(ctx context.Context, key string) (err error) {
	defer recovered(&err)
	return g.Client.Del(ctx, key)
}

func (g guarded) EachShard(ctx context.Context, visit func(context.Context, Shard) error) (err error) {
	defer recovered(&err)
	return g.Client.EachShard(ctx, func(ctx context.Context, shard Shard) error {
		return visit(ctx, guardedShard{shard})
	})
}

type guardedShard struct {
	Shard
}

func (g guardedShard) ClusterNodes(ctx context.Context) (reply string, err error) {
	defer recovered(&err)
	return g.Shard.ClusterNodes(ctx)
}

func (g guardedShard) Scan(ctx context.Context, cursor uint64, pattern string, count int) (page ScanPage, err error) {
	defer recovered(&err)
	return g.Shard.Scan(ctx, cursor, pattern, count)
}

func (g guardedShard) GetMany(ctx context.Context, keys []string) (values [][]byte, err error) {
	defer recovered(&err)
	return g.Shard.GetMany(ctx, keys)
}
