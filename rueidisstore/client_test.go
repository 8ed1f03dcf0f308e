package rueidisstore_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
)

// quick returns options with timeouts of a second, as README.md has them.
func quick(addrs ...string) rueidis.ClientOption {
	dialer := net.Dialer{Timeout: time.Second, KeepAlive: time.Second}
	return rueidis.ClientOption{
		InitAddress: addrs, Dialer: dialer, ConnWriteTimeout: time.Second,
		Sentinel: rueidis.SentinelOption{Dialer: dialer},
	}
}

func connect(tb testing.TB, opts rueidis.ClientOption) rueidis.Client {
	tb.Helper()
	client, err := rueidis.NewClient(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client
}

// both returns a store, and one that caches.
func both(client rueidis.Client) []*rueidisstore.Store {
	return []*rueidisstore.Store{
		rueidisstore.New(client),
		rueidisstore.NewWithOptions(client, rueidisstore.Options{Prefix: "cached:", Cache: time.Minute}),
	}
}

// spy keeps the value of the last SET. The client's writer may keep it too after a
// command has failed.
type spy struct {
	rueidis.Client
	value string
}

func (s *spy) Do(ctx context.Context, cmd rueidis.Completed) rueidis.RedisResult {
	s.value = cmd.Commands()[2]
	return s.Client.Do(ctx, cmd)
}

// TestFailedCommitKeepsItsValue: after a Commit that failed, neither its caller
// nor a later Commit changes the bytes that may still be on their way.
func TestFailedCommitKeepsItsValue(t *testing.T) {
	client := connect(t, quick(redistest.Start(t, redistest.Options{}).Addr))
	client.Close()
	spy := &spy{Client: client}
	s := rueidisstore.New(spy)
	b := []byte("first")
	if err := s.Commit("token", b, time.Now().Add(time.Hour)); err == nil {
		t.Fatal("Commit on a closed client = nil")
	}
	first := spy.value
	copy(b, "XXXXX")
	s.Commit("token", []byte("other"), time.Now().Add(time.Hour))
	if first != "first" {
		t.Errorf("the value of the failed SET became %q; want %q", first, "first")
	}
}

// TestTwoPrimaries: while two servers say that they are the primary, All fails.
func TestTwoPrimaries(t *testing.T) {
	t.Parallel()
	primary, replica := redistest.Start(t, redistest.Options{}), redistest.Start(t, redistest.Options{})
	opts := quick(primary.Addr)
	opts.Standalone.ReplicaAddress = []string{replica.Addr}
	opts.SendToReplicas = func(cmd rueidis.Completed) bool { return cmd.IsReadOnly() }
	if all, err := rueidisstore.New(connect(t, opts)).All(); err == nil {
		t.Errorf("All = %d sessions, nil; want an error", len(all))
	}
}
