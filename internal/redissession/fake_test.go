package redissession

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// fake is a Client over maps: a small Redis cluster whose keys are spread over
// its shards. Commands it is sent are recorded.
type fake struct {
	mu     sync.Mutex
	shards []map[string]entry
	sent   []string

	restarts int // of every server

	fail   error                // what every command returns
	onSent func(command string) // called for every command, before it is done
}

type entry struct {
	value []byte // nil: a key of another type
	pxat  int64
}

func newFake(shards int) *fake {
	f := new(fake)
	for range shards {
		f.shards = append(f.shards, make(map[string]entry))
	}
	return f
}

func (f *fake) shard(key string) map[string]entry {
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

func (f *fake) lookup(key string) ([]byte, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, ok := f.shard(key)[key]
	switch {
	case !ok || e.pxat < time.Now().UnixMilli():
		return nil, false, nil
	case e.value == nil:
		return nil, false, errors.New("WRONGTYPE Operation against a key holding the wrong kind of value")
	}
	return slices.Clone(e.value), true, nil
}

func (f *fake) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if err := f.send(ctx, "GET "+key); err != nil {
		return nil, false, err
	}
	return f.lookup(key)
}

func (f *fake) Set(ctx context.Context, key string, value []byte, pxat int64) error {
	if err := f.send(ctx, "SET "+key); err != nil {
		return err
	}
	f.put(key, append([]byte{}, value...), pxat)
	return nil
}

func (f *fake) put(key string, value []byte, pxat int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shard(key)[key] = entry{value, pxat}
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

func (s fakeShard) GetMany(ctx context.Context, keys []string) ([][]byte, error) {
	if err := s.send(ctx, "GETMANY"); err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i], _, _ = s.lookup(key)
	}
	return values, nil
}

func (f *fake) EachShard(ctx context.Context, visit func(context.Context, Shard) error) error {
	errs := make(chan error)
	for i := range f.shards {
		go func() { errs <- visit(ctx, fakeShard{f, i}) }()
	}
	var first error
	for range f.shards {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return first
}

type fakeShard struct {
	*fake
	index int
}

func (s fakeShard) ClusterNodes(context.Context) (string, error) { return "", nil }

// Scan shows a key on every page on which Redis could: cursors count buckets of
// keys, and the page of a bucket repeats the one before.
func (s fakeShard) Scan(ctx context.Context, cursor uint64, pattern string, count int) (ScanPage, error) {
	if err := s.send(ctx, "SCAN"); err != nil {
		return ScanPage{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := []string{}
	for key := range s.shards[s.index] {
		bucket := uint64(len(key)+int(key[len(key)-1])) % buckets
		if bucket != cursor && bucket+1 != cursor {
			continue
		}
		// path.Match reads the patterns of these tests as Redis does.
		if ok, err := path.Match(pattern, key); err != nil {
			return ScanPage{}, err
		} else if ok {
			keys = append(keys, key)
		}
	}
	info := fmt.Sprintf("# Server\r\nrun_id:%d\r\ntcp_port:6379\r\n", s.restarts)
	return ScanPage{Keys: keys, Next: (cursor + 1) % buckets, Info: info}, nil
}

const buckets = 10

// commands returns what was sent since the last call.
func (f *fake) commands() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	sent := strings.Join(f.sent, ", ")
	f.sent = nil
	return sent
}
