package main

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	rueian "github.com/rueian/rueidis"

	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/redistest"
)

// A setting is what a user may turn on beneath our store. The first one of a
// client is what the others are compared with.
type setting struct {
	client string
	name   string
	open   func(t target) (*client, error)
}

// settings are those that are measured.
var settings = []setting{
	redigoSetting("`MaxIdle: 256`", 256, 0),
	redigoSetting("`MaxIdle: 10`", 10, 0),
	redigoSetting("`MaxIdle: 10, MaxActive: 10, Wait: true`", 10, 10),
	redigoSetting("`MaxIdle: 32, MaxActive: 32, Wait: true`", 32, 32),

	goredisSetting("defaults", nil, nil),
	goredisSetting("`PoolSize: 256`", func(o *goredis.Options) { o.PoolSize = 256 }, nil),
	goredisSetting("`AutoPipeline()`", nil, func(c *goredis.Client) (goredisstore.Client, error) { return c.AutoPipeline() }),
	goredisSetting("`AutoPipelineWithOptions`, `FullDuplex: true`", nil, func(c *goredis.Client) (goredisstore.Client, error) {
		opts := goredis.DefaultBlockingAutoPipelineOptions()
		opts.FullDuplex = true
		return c.AutoPipelineWithOptions(opts)
	}),
	goredisSetting("`ClientSideCacheConfig`", func(o *goredis.Options) {
		o.Protocol, o.ClientSideCacheConfig = 3, &goredis.CacheConfig{}
	}, nil),

	rueidisSetting("defaults", 0, nil),
	rueidisSetting("`PipelineMultiplex: -1`", 0, func(o *rueidis.ClientOption) { o.PipelineMultiplex = -1 }),
	rueidisSetting("`PipelineMultiplex: 2`", 0, func(o *rueidis.ClientOption) { o.PipelineMultiplex = 2 }),
	rueidisSetting("`PipelineMultiplex: 3`", 0, func(o *rueidis.ClientOption) { o.PipelineMultiplex = 3 }),
	rueidisSetting("`AlwaysPipelining: true`", 0, func(o *rueidis.ClientOption) { o.AlwaysPipelining = true }),
	rueidisSetting("`DisableAutoPipelining: true`", 0, func(o *rueidis.ClientOption) { o.DisableAutoPipelining = true }),
	rueidisSetting("our `Options{Cache: time.Second}`", time.Second, nil),

	rueianSetting("defaults", 0, nil),
	rueianSetting("`PipelineMultiplex: -1`", 0, func(o *rueian.ClientOption) { o.PipelineMultiplex = -1 }),
	rueianSetting("`PipelineMultiplex: 2`", 0, func(o *rueian.ClientOption) { o.PipelineMultiplex = 2 }),
	rueianSetting("`AlwaysPipelining: true`", 0, func(o *rueian.ClientOption) { o.AlwaysPipelining = true }),
	rueianSetting("our `Options{Cache: time.Second}`", time.Second, nil),
}

func redigoSetting(name string, idle, active int) setting {
	return setting{"redigo", name, func(t target) (*client, error) {
		return openRedigo(t, func(p *redis.Pool) { p.MaxIdle, p.MaxActive, p.Wait = idle, active, active > 0 })
	}}
}

func goredisSetting(name string, set func(*goredis.Options), over func(*goredis.Client) (goredisstore.Client, error)) setting {
	return setting{"go-redis", name, func(t target) (*client, error) { return openGoRedis(t, set, over) }}
}

func rueidisSetting(name string, cache time.Duration, set func(*rueidis.ClientOption)) setting {
	return setting{"rueidis", name, func(t target) (*client, error) { return openRueidis(t, cache, set) }}
}

func rueianSetting(name string, cache time.Duration, set func(*rueian.ClientOption)) setting {
	return setting{"rueian", name, func(t target) (*client, error) { return openRueian(t, cache, set) }}
}

// A settingResult is what a setting does to our store.
type settingResult struct {
	Client, Setting string
	Calls           []settingCall
	Writes, Stale   int // own writes, and those of them that Find did not return right afterwards
}

type settingCall struct {
	Operation   string
	Goroutines  int
	Nanoseconds float64 // per call, of all goroutines together
	Throughput  ratio   // to that of the client's first setting
}

// settings measures every setting beside the first of its client.
func (b *bench) settings() {
	server := redistest.Start(b.tb, redistest.Options{})
	defer server.Stop(b.tb)
	t := target{addrs: []string{server.Addr}}
	load := newLoader(t.addrs, false)
	f := b.field(load, 1024)
	load.close()
	for _, o := range clients {
		var openers []opener
		var results []*settingResult
		for _, s := range settings {
			if s.client == o.name && b.cfg.client(o.name) {
				openers = append(openers, opener{s.client, s.open})
				results = append(results, &settingResult{Client: s.client, Setting: s.name})
			}
		}
		opened := b.open(t, openers)
		for _, operation := range []string{findHit, commit} {
			for _, goroutines := range b.cfg.goroutines {
				b.setting(f, opened, results, operation, goroutines)
			}
		}
		for i, c := range opened {
			results[i].Writes = b.cfg.ownWrites
			results[i].Stale = b.stale(c)
			b.report.Settings = append(b.report.Settings, *results[i])
		}
		closeAll(opened)
	}
}

func (b *bench) setting(f *field, opened []*client, results []*settingResult, operation string, goroutines int) {
	// Few calls: a pool that keeps few connections dials for the others, and each
	// takes a port for a while.
	contest := &contest{goroutines: goroutines, rounds: b.cfg.settingRounds, length: b.cfg.slice, most: 1024}
	for i, c := range opened {
		contest.entries = append(contest.entries, &entry{name: results[i].Setting, call: f.through(c.way(viaStore), operation)})
	}
	if err := contest.run(b.tb.Context()); err != nil {
		b.tb.Fatalf("%s at %d goroutines with settings of %s: %v", operation, goroutines, results[0].Client, err)
	}
	for i, e := range contest.entries {
		results[i].Calls = append(results[i].Calls, settingCall{
			operation, goroutines, median(e.times), ratioOf(contest.entries[0].times, e.times),
		})
	}
}

// stale counts the Finds that do not return what the Commit before them, of the
// same goroutine on a session of its own, has stored.
func (b *bench) stale(c *client) int {
	const goroutines, each = 8, 16 // sessions of a goroutine
	w, expiry := c.way(viaStore), time.Now().Add(lifetime)
	var (
		wg    sync.WaitGroup
		stale [goroutines]int
		errs  [goroutines]error
	)
	for g := range goroutines {
		own, data := newSessions(each), dataOf(100)
		wg.Go(func() {
			ctx, cancel := context.WithCancel(b.tb.Context())
			defer cancel()
			for i := range b.cfg.ownWrites / goroutines {
				binary.BigEndian.PutUint64(data, uint64(i))
				if errs[g] = w.commit(ctx, own[i%each], data, expiry); errs[g] != nil {
					return
				}
				got, found, err := w.find(ctx, own[i%each])
				if errs[g] = err; err != nil {
					return
				}
				if !found || binary.BigEndian.Uint64(got) != uint64(i) {
					stale[g]++
				}
			}
		})
	}
	wg.Wait()
	total := 0
	for g := range goroutines {
		if errs[g] != nil {
			b.tb.Fatalf("own writes with settings of %s: %v", c.name, errs[g])
		}
		total += stale[g]
	}
	return total
}
