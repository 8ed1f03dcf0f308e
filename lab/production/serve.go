package production

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Unavailable is a SessionManager.ErrorFunc that answers 503.
func Unavailable(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		return // the browser has gone away
	}
	log.Print(err) // a store's errors have neither tokens nor session data
	w.Header().Set("Retry-After", "5")
	http.Error(w, "Please try again in a moment.", http.StatusServiceUnavailable)
}

// Ready answers 503 while the process cannot read sessions.
func Ready(store scs.CtxStore) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if _, _, err := store.FindCtx(ctx, "ready"); err != nil {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
		}
	}
}

// Serve serves until ctx, from signal.NotifyContext, ends. Then it waits for running
// requests, at most the time drain, and calls the closers in order.
func Serve(ctx context.Context, server *http.Server, listener net.Listener, drain time.Duration, closers ...func() error) error {
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.Background(), drain)
		defer cancel()
		stopped <- server.Shutdown(ctx)
	})
	err := server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		err = <-stopped
	}
	for _, closer := range closers {
		err = errors.Join(err, closer())
	}
	return err
}
