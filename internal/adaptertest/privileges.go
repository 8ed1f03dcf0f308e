package adaptertest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// User and Password are what the rules in the adapters' README files are for.
const (
	User     = "web"
	Password = "secret"
)

// testLeastPrivilege: the ACL rule in the adapter's README is for its sessions
// and for nothing else.
func testLeastPrivilege(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	endpoint := server.Endpoint().As(User, Password)
	Privileges(t, "README.md", "one server", []*redistest.Server{server}, func(tb testing.TB) (Store, error) {
		return a.Open(tb, endpoint, prefix)
	})
	denied, token := a.open(t, endpoint, "other:"), newToken()
	wantError(t, "Commit", denied.Commit(token, []byte("data"), time.Now().Add(time.Hour)), token, "data")
}

// Privileges checks the ACL rule in an adapter's README for a setting, in which
// these servers have the sessions. open returns a store of User.
func Privileges(t *testing.T, readme, setting string, servers []*redistest.Server, open func(tb testing.TB) (Store, error)) {
	checkRule(t, readRule(t, readme, setting), servers, nil, func(t *testing.T) error {
		s, err := open(t)
		if err != nil {
			return err
		}
		return useAll(t, s, servers)
	})
}

// SentinelPrivileges is Privileges on the servers that the sentinels at addrs look
// after. It uses the README's rule for these, too: they must have refused nothing.
func SentinelPrivileges(t *testing.T, readme, setting string, open func(tb testing.TB, addrs []string) (Store, error)) {
	s := redistest.StartSentinel(t, redistest.Options{}, time.Hour)
	grant(t, readRule(t, readme, "the sentinels"), s.Sentinels)
	Privileges(t, readme, setting, s.Servers, func(tb testing.TB) (Store, error) { return open(tb, s.Addrs()) })
	for _, sentinel := range s.Sentinels {
		if refused := sentinel.Do(t, "ACL", "LOG").([]any); len(refused) != 0 {
			t.Errorf("a sentinel refused %v; want nothing refused", refused)
		}
	}
}

// ClusterPrivileges is Privileges on a Cluster that has a node at each of addrs,
// and in which slots move. Nothing fails without those that are not needed.
func ClusterPrivileges(t *testing.T, readme string, open func(tb testing.TB, addrs []string) (Store, error), unneeded ...string) {
	ClusterPrivilegesOf(t, readme, "Cluster", open, unneeded...)
}

// ClusterPrivilegesOf is ClusterPrivileges in a setting of its own.
func ClusterPrivilegesOf(t *testing.T, readme, setting string, open func(tb testing.TB, addrs []string) (Store, error), unneeded ...string) {
	nodes := redistest.StartCluster(t)
	slot := nodes[0].KeySlot(t, "{moving}")
	from := owner(slot)
	checkRule(t, readRule(t, readme, setting), nodes, unneeded, func(t *testing.T) error {
		s, err := open(t, (&redistest.Cluster{Primaries: nodes}).Addrs())
		if err != nil {
			return err
		}
		if err := useAll(t, s, nodes); err != nil {
			return err
		}
		token, to := "{moving}"+newToken(), (from+1)%len(nodes)
		mustCommit(t, s, token, "data")
		m := redistest.StartMigration(t, nodes, slot, nodes[from], nodes[to])
		from = to
		defer m.Finish(t)
		for m.MoveKeys(t, 100) > 0 { // the client is sent after them
		}
		return useOne(s, token)
	})
}

// readRule returns what the README sets the user to in this setting, which it
// names in a comment, with others or not, above the rule.
func readRule(t *testing.T, readme, setting string) []string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines[:len(lines)-1] {
		title, ok := strings.CutPrefix(line, "# ")
		rule, found := strings.CutPrefix(lines[i+1], "ACL SETUSER "+User+" on >"+Password+" ")
		if ok && found && slices.Contains(strings.Split(title, ", "), setting) {
			return append([]string{"on", ">" + Password}, strings.Fields(rule)...)
		}
	}
	t.Fatalf("%s has no ACL rule for %q", readme, setting)
	return nil
}

func grant(t *testing.T, rule []string, servers []*redistest.Server) {
	t.Helper()
	for _, server := range servers {
		server.Do(t, append([]string{"ACL", "SETUSER", User}, rule...)...)
	}
}

// checkRule checks that use succeeds under a rule on these servers, and fails
// under one that lacks any of its permissions, but those that are not needed.
func checkRule(t *testing.T, rule []string, servers []*redistest.Server, unneeded []string, use func(t *testing.T) error) {
	t.Run("sufficient", func(t *testing.T) {
		grant(t, rule, servers)
		if err := use(t); err != nil {
			t.Errorf("under %q: %v", rule, err)
		}
	})
	for i, word := range rule {
		permission, ok := strings.CutPrefix(word, "+")
		if !ok {
			continue
		}
		t.Run("without "+permission, func(t *testing.T) {
			grant(t, slices.Delete(slices.Clone(rule), i, i+1), servers)
			err := use(t)
			t.Log(err)
			if needed := !slices.Contains(unneeded, permission); needed != (err != nil) {
				t.Errorf("without +%s: %v; needed: %v", permission, err, needed)
			}
		})
	}
	grant(t, rule, servers)
}

// useAll makes all calls of a store. It is an error if those on one session cost
// a connection or a refused command each.
func useAll(t *testing.T, s Store, servers []*redistest.Server) error {
	t.Helper()
	if err := callAll(s, newToken(), "data"); err != nil {
		return err
	}
	const n = 20
	refused, connections := spent(t, servers)
	for range n {
		token := newToken()
		if err := s.Commit(token, []byte("data"), time.Now().Add(time.Hour)); err != nil {
			return err
		}
		if err := useOne(s, token); err != nil {
			return err
		}
	}
	refusedThen, connectionsThen := spent(t, servers)
	// A client may have an idle connection refused now and then.
	if made, refused := connectionsThen-connections, refusedThen-refused; made > 2*n || refused > 2*n {
		return fmt.Errorf("4 calls on each of %d sessions cost %d connections and %d refused commands", n, made, refused)
	}
	return nil
}

// useOne finds a session, changes it and deletes it. A client that is refused
// what it needs may try for as long as the context lasts.
func useOne(s Store, token string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if b, found, err := s.FindCtx(ctx, token); string(b) != "data" || !found || err != nil {
		return fmt.Errorf("find = %q, %v, %w", b, found, err)
	}
	if err := s.Commit(token, []byte("more"), time.Now().Add(time.Hour)); err != nil {
		return fmt.Errorf("commit = %w", err)
	}
	if err := s.Delete(token); err != nil {
		return fmt.Errorf("delete = %w", err)
	}
	return nil
}

// spent returns how many commands the servers have refused to users that may not
// run them, and how many connections they have accepted.
func spent(t *testing.T, servers []*redistest.Server) (refused, connections int) {
	t.Helper()
	for _, server := range servers {
		n, _ := strconv.Atoi(strings.TrimPrefix(server.Info(t, "errorstats", "errorstat_NOPERM"), "count="))
		refused += n
		n, _ = strconv.Atoi(server.Info(t, "stats", "total_connections_received"))
		connections += n
	}
	return refused, connections
}
