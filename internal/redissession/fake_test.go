package redissession

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// fake is a Client over maps, one for each server. The keys are spread over them. It
// records the commands.
type fake struct {
	mu     sync.Mutex
	shards []map[string][]byte // nil: a key of another type
	sent   []string

	restarts int    // of every server
	mode     string // redis_mode of every server

	fail   error                            // what every command returns
	onSent func(command string)             // called for every command, before it is done
	answer func(shard int, c Command) Reply // of a command in a pipeline that the fake does not know

	change func(commands []Command, replies []Reply) ([]Reply, error) // what a pipeline returns
}

// serverError is an error that a server answered.
type serverError struct{ text string }

func (e *serverError) Error() string { return e.text }

func (f *fake) ServerError(err error) (string, bool) {
	var answered *serverError
	if !errors.As(err, &answered) {
		return "", false
	}
	return answered.text, true
}

func newFake(shards int) *fake {
	f := &fake{mode: "standalone"}
	for range shards {
		f.shards = append(f.shards, make(map[string][]byte))
	}
	return f
}

func (f *fake) shard(key string) map[string][]byte {
	sum := 0
	for i := range len(key) {
		sum += int(key[i])
	}
	return f.shards[sum%len(f.shards)]
}

func (f *fake) send(ctx context.Context, command string) error {
	f.mu.Lock()
	f.sent = append(f.sent, command)
	f.mu.Unlock()
	if f.onSent != nil {
		f.onSent(command)
	}
	if f.fail != nil {
		return f.fail
	}
	return ctx.Err()
}

// commands returns what was sent since the last call.
func (f *fake) commands() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	sent := strings.Join(f.sent, ", ")
	f.sent = nil
	return sent
}

func (f *fake) lookup(key string) ([]byte, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	value := f.shard(key)[key]
	return slices.Clone(value), value != nil
}

func (f *fake) put(key string, value []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shard(key)[key] = value
}

func (f *fake) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if err := f.send(ctx, "GET "+key); err != nil {
		return nil, false, err
	}
	value, found := f.lookup(key)
	return value, found, nil
}

func (f *fake) Set(ctx context.Context, key string, value []byte, _ time.Time) error {
	if err := f.send(ctx, "SET "+key); err != nil {
		return err
	}
	f.put(key, append([]byte{}, value...))
	return nil
}

func (f *fake) Del(ctx context.Context, key string) error {
	if err := f.send(ctx, "DEL "+key); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.shard(key), key)
	return nil
}

func (f *fake) Eval(context.Context, ...Call) ([]any, error) {
	return nil, errors.New("the fake runs no scripts")
}

func (f *fake) EachPrimary(ctx context.Context, visit func(context.Context, Primary) error) error {
	shards := make([]int, len(f.shards))
	for i := range shards {
		shards[i] = i
	}
	return Concurrently(shards, func(i int) error { return visit(ctx, fakePrimary{f, i}) })
}

type fakePrimary struct {
	*fake
	index int
}

func (p fakePrimary) Pipeline(ctx context.Context, commands ...Command) ([]Reply, error) {
	replies := make([]Reply, len(commands))
	for i, c := range commands {
		if err := p.send(ctx, c[0]); err != nil {
			return nil, err
		}
		switch c[0] {
		case "INFO":
			p.mu.Lock()
			replies[i].Value = fmt.Sprintf("# Server\r\nredis_mode:%s\r\nrun_id:%d\r\ntcp_port:6379\r\n", p.mode, p.restarts)
			p.mu.Unlock()
		case "SCAN":
			replies[i].Value = p.scan(c[1], c[3])
		case "MGET":
			values := make([]any, len(c)-1)
			for j, key := range c[1:] {
				if value, ok := p.lookup(key); ok {
					values[j] = value
				}
			}
			replies[i].Value = values
		default:
			replies[i] = p.answer(p.index, c)
		}
	}
	if p.change != nil {
		return p.change(commands, replies)
	}
	return replies, nil
}

// scan shows a key on every page on which Redis could: cursors count buckets of
// keys, and the page of a bucket repeats the one before.
func (p fakePrimary) scan(cursor, pattern string) any {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, _ := strconv.Atoi(cursor)
	keys := []any{}
	for key := range p.shards[p.index] {
		bucket := (len(key) + int(key[len(key)-1])) % buckets
		if bucket != n && bucket+1 != n {
			continue
		}
		// path.Match reads the patterns of these tests as Redis does.
		if ok, _ := path.Match(pattern, key); ok {
			keys = append(keys, key)
		}
	}
	return []any{strconv.Itoa((n + 1) % buckets), keys}
}

const buckets = 10
