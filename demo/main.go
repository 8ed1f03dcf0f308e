// Demo is a small web application whose sessions are kept by one of the stores
// of this repository: log in with a name, count visits, see and end the
// sessions of one user, and see which are live.
//
// Without flags it brings its own Redis, in memory, and needs nothing installed.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the program in good order, a second one at once.
	context.AfterFunc(ctx, stop)
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", oneLine(err))
		os.Exit(1)
	}
}

// oneLine returns the text of err on one line, whatever it quotes.
func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

// run serves the application until ctx ends.
func run(ctx context.Context) (err error) {
	client := flag.String("client", "goredis", "Redis client and its store: "+clientNames())
	redisURL := flag.String("redis", "", "`URL` of a Redis server, redis://user:password@host:port/db,\nor rediss:// for TLS (default an embedded miniredis)")
	addr := flag.String("addr", "127.0.0.1:8080", "`address` to listen on")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q (-h lists the flags)", flag.Arg(0))
	}
	open, ok := clients[*client]
	if !ok {
		return fmt.Errorf("unknown client %q: -client takes %s", *client, clientNames())
	}
	var server redisServer
	if *redisURL != "" {
		if server, err = parseRedisURL(*redisURL); err != nil {
			return fmt.Errorf("-redis: %w", err)
		}
	}

	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("%w (-addr chooses another address)", err)
	}
	defer listener.Close()

	if *redisURL == "" {
		embedded, stop, err := startEmbedded()
		if err != nil {
			return err
		}
		defer stop()
		server = embedded
	}
	store, closeStore, err := openStore(ctx, open, server)
	if err != nil {
		return err
	}
	defer closeStore()

	fmt.Printf("Serving on http://%s (client %s, sessions in %s). Ctrl-C stops it.\n", listener.Addr(), *client, server)
	logger := log.New(os.Stderr, "demo: ", 0)
	return serve(ctx, listener, newApp(store, logger, *client, server.String()), logger)
}

// shutdownTimeout is how long requests under way may take to end. A browser's
// spare connections, which net/http waits for too, should not hold up a Ctrl-C.
const shutdownTimeout = 2 * time.Second

// serve answers requests until ctx ends.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, logger *log.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ErrorLog:          logger,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	// ctx has ended, but requests under way get time to end.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if server.Shutdown(ending) != nil {
		server.Close()
	}
	<-failed
	return nil
}
