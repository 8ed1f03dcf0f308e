package redissession

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// session is a session that a primary has.
type session struct {
	token string
	data  []byte
}

// listing reads the sessions of all primaries. The primaries are read at the
// same time, each by a goroutine that ends before the listing does.
type listing struct {
	store *Store
	pages chan []session

	// handling is locked while the caller's function runs, and locked for reading during
	// every round trip. So the listing uses no connection while the function runs, and
	// the function may use the store on a pool of one connection.
	handling sync.RWMutex
}

// list calls fn for every session of every primary, on the calling goroutine: a panic in
// fn is the caller's, not the process's.
func (s *Store) list(ctx context.Context, fn func(token string, b []byte) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &listing{store: s, pages: make(chan []session)}
	var readErr error // written before pages is closed
	go func() {
		defer close(l.pages)
		readErr = guard(func() error { return l.read(ctx) })
	}()
	defer func() {
		cancel()
		for range l.pages { // until no goroutine reads a primary
		}
	}()
	for page := range l.pages {
		if err := l.handle(page, fn); err != nil {
			return err
		}
	}
	return readErr
}

func (l *listing) handle(page []session, fn func(token string, b []byte) error) error {
	l.handling.Lock()
	defer l.handling.Unlock()
	for _, s := range page {
		if err := fn(s.token, s.data); err != nil {
			return err
		}
	}
	return nil
}

// While slots of a Cluster move, a listing makes up to maxPasses passes. The pauses
// between them double: nodes tell each other of a move within a second.
const (
	maxPasses  = 8
	firstPause = 10 * time.Millisecond
)

// read sends the sessions of every primary to pages.
func (l *listing) read(ctx context.Context) error {
	survey := newSurvey(l.store.keys)
	for n := range maxPasses {
		if n > 0 {
			if err := l.introduce(ctx, survey); err != nil {
				return err
			}
			if err := sleep(ctx, firstPause<<(n-1)); err != nil {
				return err
			}
		}
		p := pass{listing: l}
		if n > 0 {
			p.seen = &survey.seen
		}
		if err := p.run(ctx); err != nil {
			return err
		}
		if len(p.nodes) == 0 {
			return nil // not a Cluster: nothing moves
		}
		if survey.add(p.nodes); survey.pending == 0 {
			return nil
		}
	}
	return survey.err()
}

// introduce makes the client send a command for a slot that no pass has seen. So a client
// that does not know the slot's primary learns of it. Some clients learn of it in no
// other way.
func (l *listing) introduce(ctx context.Context, survey *survey) error {
	key, ok := l.store.keys.keyIn(func(slot int) bool { return !survey.seen[slot] })
	if !ok {
		return nil
	}
	l.handling.RLock()
	defer l.handling.RUnlock()
	_, _, err := l.store.client.Get(ctx, key)
	if text, ok := l.store.client.ServerError(err); ok && Kind(text) == "MOVED" {
		return Note("is the client one for a Cluster?", err)
	}
	return err
}

// pass reads every primary once, for the slots that have not been seen.
type pass struct {
	*listing
	seen *[slotCount]bool // nil in the first pass, so that most listings compute no slot

	mu     sync.Mutex
	visits int
	nodes  [][2]*node // what each primary of a Cluster says of its slots before and after
}

func (p *pass) run(ctx context.Context) error {
	visits, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := p.store.client.EachPrimary(visits, func(ctx context.Context, primary Primary) error {
		err := guard(func() error { return p.visit(ctx, primary) })
		if err != nil {
			cancel(err) // ends the other visits, because the listing has failed
		}
		return err
	})
	switch cause := context.Cause(visits); {
	case err != nil && cause != nil:
		return cause // err may come from a visit that was cancelled
	case err != nil:
		return err
	case p.visits == 0:
		return errNoPrimary
	case len(p.nodes) != 0 && len(p.nodes) != p.visits:
		return fmt.Errorf("%d of %d primaries are nodes of a Cluster", len(p.nodes), p.visits)
	}
	return nil
}

var errNoPrimary = errors.New("the client knows no primary")

// visit reads one primary. On a Cluster it asks the primary for its slots before and
// after that.
func (p *pass) visit(ctx context.Context, primary Primary) error {
	r := reader{pass: p, primary: primary}
	if err := r.begin(ctx); err != nil {
		return err
	}
	before, err := r.slots(ctx)
	if err != nil {
		return err
	}
	if err := r.scan(ctx); err != nil {
		return err
	}
	after, err := r.slots(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.visits++
	if r.cluster {
		p.nodes = append(p.nodes, [2]*node{before, after})
	}
	return nil
}
