package redissession

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// page is some sessions of one primary. A value is nil if its key is gone since it was
// listed, or has another type.
type page struct {
	tokens []string
	values [][]byte
}

// listing reads the sessions of all primaries. The primaries are read at the
// same time, each by a goroutine that ends before the listing does.
type listing struct {
	store *Store
	pages chan page

	// handling is locked while the caller's function runs, and locked for reading during
	// every round trip. So the listing uses no connection while the function runs, and
	// the function may use the store on a pool of one connection.
	handling sync.RWMutex
}

// eachPage calls handle with the sessions of every primary, page by page, on the
// calling goroutine: a panic in it is the caller's, not the process's.
func (s *Store) eachPage(ctx context.Context, handle func(page) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &listing{store: s, pages: make(chan page)}
	var readErr error // written before pages is closed
	go func() {
		defer close(l.pages)
		readErr = l.read(ctx)
	}()
	defer func() {
		cancel()
		for range l.pages { // until no goroutine reads a primary
		}
	}()
	for p := range l.pages {
		if err := l.handle(p, handle); err != nil {
			return err
		}
	}
	return readErr
}

func (l *listing) handle(p page, handle func(page) error) error {
	l.handling.Lock()
	defer l.handling.Unlock()
	return handle(p)
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
		if len(p.before) == 0 {
			return nil // not a Cluster: nothing moves
		}
		if survey.add(p.before, p.after); survey.pending == 0 {
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

	mu            sync.Mutex
	visits        int
	before, after []node // what the primaries of a Cluster say of their slots
}

func (p *pass) run(ctx context.Context) error {
	visits, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := p.store.client.EachPrimary(visits, func(ctx context.Context, primary Primary) error {
		err := p.visit(ctx, primary)
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
	case len(p.before) != 0 && len(p.before) != p.visits:
		return fmt.Errorf("%d of %d primaries are nodes of a Cluster", len(p.before), p.visits)
	}
	return nil
}

var errNoPrimary = errors.New("the client knows no primary")

// visit reads one primary. On a Cluster it asks the primary for its slots before and
// after that.
func (p *pass) visit(ctx context.Context, primary Primary) error {
	r := reader{pass: p, primary: primary}
	cluster, err := r.begin(ctx)
	if err != nil {
		return err
	}
	var before, after node
	if cluster {
		if before, err = r.slots(ctx); err != nil {
			return err
		}
	}
	if err := r.scan(ctx, cluster); err != nil {
		return err
	}
	if cluster {
		if after, err = r.slots(ctx); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.visits++
	if cluster {
		p.before, p.after = append(p.before, before), append(p.after, after)
	}
	return nil
}
