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

	goredis "github.com/redis/go-redis/v9"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("demo: ")
	if err := run(); err != nil {
		log.Fatal(oneLine(err))
	}
}

// oneLine returns the text of err on one line, whatever it quotes.
func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

// run serves the application until a signal ends it.
func run() error {
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
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("%w (-addr chooses another address)", err)
	}

	var server *goredis.Options
	where := "an embedded miniredis" // for people to read
	if *redisURL == "" {
		server, err = startEmbedded()
	} else if server, err = parseRedisURL(*redisURL); err == nil {
		where = fmt.Sprintf("%s, database %d", server.Addr, server.DB)
	}
	if err != nil {
		return err
	}
	store, closeStore, err := open(server)
	if err == nil { // two of the clients connect only when they are first used
		_, _, err = store.FindCtx(context.Background(), "none")
	}
	if err != nil {
		return fmt.Errorf("cannot use %s: %w", where, err)
	}
	defer closeStore()

	// Until here a signal ends the program at once, because not every client can be told to
	// stop connecting. From here on the first one ends it in good order.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	url := "http://" + listener.Addr().String()
	if at := listener.Addr().(*net.TCPAddr); at.IP.IsUnspecified() { // which no browser opens
		url = fmt.Sprint("http://localhost:", at.Port)
	}
	fmt.Printf("Serving on %s (client %s, sessions in %s). Ctrl-C stops it.\n", url, *client, where)
	serve(ctx, listener, newApp(store, *client, where))
	return nil
}

// serve answers requests until ctx ends.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	go func() {
		if err := server.Serve(listener); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	<-ctx.Done()
	// Requests under way get time to end. It is short, because Shutdown also waits for
	// connections that a browser has opened and not used.
	ending, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	server.Shutdown(ending)
}
