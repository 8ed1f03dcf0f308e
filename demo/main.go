// Demo is a small web application whose sessions are kept by one of the stores
// of this repository: log in with a name, count visits, log out, and see which
// sessions are live.
//
// Without flags it brings its own Redis, in memory, and needs nothing installed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
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
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", oneLine(err))
		os.Exit(1)
	}
}

// oneLine returns the text of err on one line, whatever it quotes.
func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

// run serves the application until ctx ends. It writes where it serves to
// stdout, and the failures of single requests to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error says it all; the usage would bury it
	client := flags.String("client", "goredis", "Redis client and its store: "+clientNames())
	redisURL := flags.String("redis", "", "`URL` of a Redis server, redis://user:password@host:port/db,\nor rediss:// for TLS (default an embedded miniredis)")
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(stdout, "Usage of demo:")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil
	case err != nil:
		return fmt.Errorf("%w (-h lists the flags)", err)
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q (-h lists the flags)", flags.Arg(0))
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
	if ctx.Err() != nil && err != nil {
		return nil // stopped while it was still connecting
	}
	if err != nil {
		return err
	}
	defer closeStore()

	fmt.Fprintf(stdout, "Serving on %s (client %s, sessions in %s). Ctrl-C stops it.\n",
		visitURL(listener.Addr()), *client, server)
	logger := log.New(stderr, "demo: ", 0)
	return serve(ctx, listener, newApp(store, logger, *client, server.String()), logger)
}

// visitURL returns what to type into a browser on this machine.
func visitURL(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", tcp.Port)
	}
	return "http://" + addr.String()
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
	// ctx has ended, and the requests get their time nevertheless.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if server.Shutdown(ending) != nil {
		server.Close()
	}
	<-failed
	return nil
}
