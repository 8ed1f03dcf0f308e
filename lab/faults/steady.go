package main

import (
	"context"
	"fmt"
)

// readSteady finds a session that lives throughout.
func (w *worker) readSteady() {
	token := w.tokens[w.rand.IntN(len(w.tokens))]
	var (
		b     []byte
		found bool
	)
	_, _, err := w.timed("Find", w.bound.call, func(ctx context.Context) (err error) {
		b, found, err = w.findIn(ctx, token)
		return err
	})
	switch data, _, _ := read(string(b)); {
	case err != nil && (found || b != nil):
		w.report(violation{foundInError, fmt.Sprintf("    Find = %s, %t, %v\n", number(string(b)), found, err)})
	case err == nil && !found:
		w.report(violation{notFound, "    Find = nil, false, <nil> of a session that lives throughout and is never written\n"})
	case err == nil && data != token:
		w.report(violation{wrongSession, fmt.Sprintf("    Find = the data of %.20q\n", data)})
	case err == nil && string(b) != w.steady[token]:
		w.report(violation{noOrder, "    Find = other data than that of a session that is never written\n"})
	}
	w.pause(err)
}

// list lists all sessions, with All and with Each.
func (w *worker) list() error {
	all := make(map[string]string)
	err := w.listed("All", func(ctx context.Context) error {
		sessions, err := w.store.AllCtx(ctx)
		if err != nil && sessions != nil {
			w.report(violation{foundInError, fmt.Sprintf("    All = %d sessions, %v\n", len(sessions), err)})
		}
		for token, b := range sessions {
			all[token] = string(b)
		}
		return err
	}, all)
	w.pause(err)
	if err != nil {
		return err
	}
	each := make(map[string]string)
	return w.listed("Each", func(ctx context.Context) error {
		return w.store.Each(ctx, func(token string, b []byte) error {
			each[token] = string(b)
			return nil
		})
	}, each)
}

// listed makes a call that lists the sessions into all: everything that lives, or
// an error.
func (w *worker) listed(name string, f func(ctx context.Context) error, all map[string]string) error {
	began, _, err := w.timed(name, w.bound.list, f)
	missing := 0
	for token, data := range w.steady {
		if all[token] != data {
			missing++
		}
	}
	if err == nil && missing > 0 {
		w.report(violation{part, fmt.Sprintf("    %s showed %d sessions without %d of the %d that live throughout, and no error\n", name, len(all), missing, len(w.steady))})
	}
	for token, data := range all {
		named, expiry, _ := read(data)
		if named != token {
			w.report(violation{wrongSession, fmt.Sprintf("    %s showed a session with the data of %.20q\n", name, named)})
		} else if began.Sub(expiry) > w.bound.late {
			w.report(violation{pastExpiry, fmt.Sprintf("    %s showed a session %v after its expiry\n", name, began.Sub(expiry))})
		}
	}
	return err
}
