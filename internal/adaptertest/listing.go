package adaptertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

func commitMany(t *testing.T, s Store, n int) map[string]string {
	t.Helper()
	sessions := make(map[string]string, n)
	for i := range n {
		token := newToken()
		sessions[token] = fmt.Sprint("data ", i)
		MustCommit(t, s, token, sessions[token])
	}
	return sessions
}

// testAllRestart: if a server restarts between two pages, with all its data, the listing
// fails: the cursor means nothing to the new process, which would leave sessions out.
func testAllRestart(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{Durable: true})
	s := a.open(t, a.target(server))
	const n = 5000
	for i := range n {
		server.Do(t, "SET", fmt.Sprint(prefix, "token", i), "data", "EX", "3600")
	}
	seen := make(map[string]bool)
	err := s.Each(context.Background(), func(token string, _ []byte) error {
		if len(seen) == 0 {
			server.Restart(t)
			wantRecovery(t, s)
		}
		seen[token] = true
		return nil
	})
	if err == nil && len(seen) < n {
		t.Errorf("Each showed %d of %d sessions across a restart, <nil>; want all, or an error", len(seen), n)
	}
	// One more, because wantRecovery has committed a session.
	if all, err := s.All(); len(all) != n+1 || err != nil {
		t.Errorf("All afterwards = %d sessions, %v; want %d", len(all), err, n+1)
	}
}
