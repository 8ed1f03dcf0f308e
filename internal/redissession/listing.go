package redissession

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// page is some sessions of one shard. A value is nil where the key has gone
// since it was listed, or never was a session's.
type page struct {
	tokens []string
	values [][]byte
}

// scanCount is the number of keys the server looks at for one page: enough to
// make round trips rare, few enough not to hold up other clients.
const scanCount = 1000

// eachPage calls handle with the sessions of every primary, page by page, from
// the calling goroutine: a panic in it is the caller's, not the process's.
func (s *Store) eachPage(ctx context.Context, handle func(page) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan page)
	defer func() {
		cancel()
		for range pages { // until no shard is being read any more
		}
	}()
	var scanErr error // written before pages is closed
	go func() {
		defer close(pages)
		scanErr = s.scan(ctx, pages)
	}()
	for p := range pages {
		if err := handle(p); err != nil {
			return err
		}
	}
	return scanErr
}

// A listing of a Cluster whose slots are moving is made in up to maxPasses
// passes, with pauses between them that double: nodes tell each other of a move
// within a second.
const (
	maxPasses  = 8
	firstPause = 10 * time.Millisecond
)

// scan sends the sessions of every primary to pages.
func (s *Store) scan(ctx context.Context, pages chan<- page) error {
	survey := newSurvey()
	for n := range maxPasses {
		if n > 0 {
			if err := sleep(ctx, firstPause<<(n-1)); err != nil {
				return err
			}
		}
		p := pass{store: s, pages: pages}
		if n > 0 {
			p.seen = &survey.seen
		}
		if err := p.run(ctx); err != nil {
			return err
		}
		if len(p.before) == 0 {
			return nil // not a Cluster: nothing moves
		}
		if survey.add(p.before, p.after); survey.pending == 0 {
			return nil
		}
	}
	return errSlots
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pass reads every primary once, for the slots that have not been seen.
type pass struct {
	store *Store
	seen  *[slotCount]bool // nil: nothing, so that most listings compute no slot
	pages chan<- page

	mu            sync.Mutex
	visits        int
	before, after []node // what a Cluster's primaries said
}

func (p *pass) run(ctx context.Context) error {
	visits, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := p.store.client.EachShard(visits, func(ctx context.Context, shard Shard) error {
		err := p.visit(ctx, shard)
		if err != nil {
			cancel(err) // the other visits: there will be no listing
		}
		return err
	})
	switch cause := context.Cause(visits); {
	case err != nil && cause != nil:
		return cause // err may be that of a visit that was cancelled
	case err != nil:
		return err
	case p.visits == 0:
		return errNoPrimary
	case len(p.before) != 0 && len(p.before) != p.visits:
		return fmt.Errorf("%d of %d primaries are a Cluster's", len(p.before), p.visits)
	}
	return nil
}

func (p *pass) visit(ctx context.Context, shard Shard) error {
	before, err := shard.ClusterNodes(ctx)
	if err != nil {
		return err
	}
	if err := p.scanShard(ctx, shard); err != nil {
		return err
	}
	var nodes [2]node
	if before != "" {
		after, err := shard.ClusterNodes(ctx)
		if err != nil {
			return err
		}
		for i, reply := range []string{before, after} {
			if nodes[i], err = parseNode(reply); err != nil {
				return err
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.visits++
	if before != "" {
		p.before, p.after = append(p.before, nodes[0]), append(p.after, nodes[1])
	}
	return nil
}

// scanShard scans the shard, and is an error if that was not one process of a
// server all the time: a cursor means nothing to the same server after a restart,
// nor to the one that has taken its place, and SCAN would leave sessions out.
func (p *pass) scanShard(ctx context.Context, shard Shard) error {
	var process string
	for cursor, first := uint64(0), true; ; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		scanned, err := shard.Scan(ctx, cursor, p.store.keys.pattern, scanCount)
		if err != nil {
			return err
		}
		if id := runID(scanned.Info); first {
			process = id
		} else if id != process {
			return errReplaced
		}
		page, err := p.load(ctx, shard, scanned.Keys)
		if err != nil {
			return err
		}
		if len(page.tokens) > 0 {
			p.pages <- page // eachPage receives until the end, whatever happens
		}
		if cursor = scanned.Next; cursor == 0 {
			return nil
		}
	}
}

var errReplaced = errors.New("the server was restarted or replaced meanwhile")

// runID returns what tells the process that gave this reply to INFO from every
// other, or an empty string if it has no such thing.
func runID(info string) string {
	for line := range strings.Lines(info) {
		if id, ok := strings.CutPrefix(line, "run_id:"); ok {
			return strings.TrimSpace(id)
		}
	}
	return ""
}

// load fetches the sessions among keys, a page of shard.
func (p *pass) load(ctx context.Context, shard Shard, keys []string) (page, error) {
	var loaded page
	own := keys[:0]
	for _, key := range keys {
		if token, ok := p.store.keys.token(key); ok && (p.seen == nil || !p.seen[slot(key)]) {
			loaded.tokens = append(loaded.tokens, token)
			own = append(own, key)
		}
	}
	if len(own) == 0 {
		return loaded, nil
	}
	if err := ctx.Err(); err != nil {
		return page{}, err
	}
	var err error
	loaded.values, err = shard.GetMany(ctx, own)
	if err == nil && len(loaded.values) != len(own) {
		err = fmt.Errorf("%d replies to %d commands", len(loaded.values), len(own))
	}
	return loaded, err
}
