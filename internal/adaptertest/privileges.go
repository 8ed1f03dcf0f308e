package adaptertest

import (
	"cmp"
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

// user and password are those of the rules in the adapters' README files.
const (
	user     = "web"
	password = "secret"
)

// testPrivileges: the ACL rule for the topology in the adapter's README.md is enough for
// all calls, allows only the store's own sessions, and has no permission that is not
// needed.
func testPrivileges(t *testing.T, p pair) {
	if p.topology.Rule == "" {
		t.Skip("another topology has the same rule")
	}
	if p.topology.Kind == Cluster {
		testClusterPrivileges(t, p)
		return
	}
	servers := StartServers(t, p.topology.Kind, redistest.Options{}, time.Hour)
	var sentinels []*redistest.Server
	if servers.Sentinel != nil {
		sentinels = servers.Sentinel.Sentinels
		grant(t, p.rule(t, "the sentinels"), sentinels)
	}
	target := p.on(servers).As(user, password)
	p.checkRule(t, p.topology.Rule, servers.Nodes, func(t *testing.T) error {
		return p.useAll(t, target, servers.Nodes)
	})
	p.checkOptions(t, target, servers.Nodes)
	for _, sentinel := range sentinels {
		for _, refused := range sentinel.Do(t, "ACL", "LOG").([]any) {
			// Sentinels from 7.2 on have this command, and older ones have no permission
			// for it. Clients accept the refusal.
			if !slices.Contains(refused.([]any), any("client|setinfo")) {
				t.Errorf("a sentinel refused %v; want nothing refused", refused)
			}
		}
	}
	target.Prefix = "other:"
	token := newToken()
	err := p.open(t, target).Commit(token, []byte("data"), time.Now().Add(time.Hour))
	wantError(t, "Commit", err, token, "data")
}

// testClusterPrivileges is testPrivileges on a Cluster in which slots move.
func testClusterPrivileges(t *testing.T, p pair) {
	cluster := startPrimaries(t)
	nodes := cluster.Primaries
	slot := nodes[0].KeySlot(t, "{moving}")
	from := owner(slot)
	target := p.at(cluster.Addrs()...).As(user, password)
	p.checkRule(t, p.topology.Rule, nodes, func(t *testing.T) error {
		if err := p.useAll(t, target, nodes); err != nil {
			return err
		}
		s, err := p.Open(t, target)
		if err != nil {
			return err
		}
		token, to := "{moving}"+newToken(), (from+1)%len(nodes)
		if err := s.Commit(token, []byte("data"), time.Now().Add(time.Hour)); err != nil {
			return err
		}
		m := redistest.StartMigration(t, nodes, slot, nodes[from], nodes[to])
		from = to
		defer m.Finish(t)
		for m.MoveKeys(t, 100) > 0 { // the client has to follow them
		}
		return useOne(s, token)
	})
	p.checkOptions(t, target, nodes)
}

// checkOptions checks what the adapter's README.md adds to the rule of the topology
// for the options Tombstone and UserKey.
func (p pair) checkOptions(t *testing.T, target Target, servers []*redistest.Server) {
	for _, set := range []setting{tombstone, users} {
		t.Run(set.name, func(t *testing.T) {
			more := p.rule(t, "in addition for "+set.name)
			rule := append(p.topologyRule(t, p.topology.Rule, servers), more...)
			p.checkWords(t, rule, more, servers, func(t *testing.T) error { return p.useOptions(t, target, set) })
		})
	}
}

// useOptions opens a store with options and makes the calls that these change.
func (p pair) useOptions(t *testing.T, target Target, set setting) error {
	target.Tombstone, target.UserKey = set.tombstone, set.userKey
	s, err := p.Open(t, target)
	if err != nil {
		return err
	}
	data, tokens := sessionOf(t, "anna"), []string{newToken(), newToken()}
	for _, token := range tokens {
		if err := callAll(s, token, data); err != nil { // up to its Delete
			return err
		}
		if err := s.Commit(token, []byte(data), time.Now().Add(time.Hour)); err != nil {
			return err
		}
	}
	if set.userKey == "" {
		return nil
	}
	if err := s.Commit(newToken(), []byte(data), time.Now().Add(time.Hour)); err != nil {
		return err
	}
	if err := s.IndexUserSessions(t.Context()); err != nil {
		return err
	}
	if sessions, err := s.UserSessions(t.Context(), "anna"); len(sessions) == 0 || err != nil {
		return fmt.Errorf("%d sessions of a user, %w", len(sessions), err)
	}
	_, err = s.DeleteUserSessions(t.Context(), "anna")
	return err
}

// rule returns the ACL rule in the adapter's README.md for a topology. A comment above
// the rule names the topology, alone or with others.
func (a Adapter) rule(t *testing.T, topology string) []string {
	t.Helper()
	readme := cmp.Or(a.README, "README.md")
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines[:len(lines)-1] {
		title, ok := strings.CutPrefix(line, "# ")
		rule, found := strings.CutPrefix(lines[i+1], "ACL SETUSER "+user+" ")
		if ok && found && slices.Contains(strings.Split(title, ", "), topology) {
			return strings.Fields(rule)
		}
	}
	t.Fatalf("%s has no ACL rule for %q", readme, topology)
	return nil
}

func grant(t *testing.T, rule []string, servers []*redistest.Server) {
	t.Helper()
	for _, server := range servers {
		server.Do(t, append([]string{"ACL", "SETUSER", user}, rule...)...)
	}
}

// topologyRule is rule for the version of these servers.
func (p pair) topologyRule(t *testing.T, topology string, servers []*redistest.Server) []string {
	if newer := p.topology.NewerRule; newer != "" && version(t, servers[0]) >= 8 {
		topology = newer
	}
	return p.rule(t, topology)
}

// checkRule checks that use succeeds under the rule for a topology on these servers, and
// fails if one of the rule's permissions is missing, except those that are not needed.
func (p pair) checkRule(t *testing.T, topology string, servers []*redistest.Server, use func(t *testing.T) error) {
	rule := p.topologyRule(t, topology, servers)
	p.checkWords(t, rule, rule, servers, use)
}

// checkWords is checkRule for the permissions among these words of a rule.
func (p pair) checkWords(t *testing.T, rule, words []string, servers []*redistest.Server, use func(t *testing.T) error) {
	t.Run("sufficient", func(t *testing.T) {
		grant(t, rule, servers)
		if err := use(t); err != nil {
			t.Errorf("under %q: %v", rule, err)
		}
	})
	for _, word := range words {
		permission, ok := strings.CutPrefix(word, "+")
		if !ok {
			continue
		}
		t.Run("without "+permission, func(t *testing.T) {
			grant(t, slices.DeleteFunc(slices.Clone(rule), func(w string) bool { return w == word }), servers)
			err := use(t)
			t.Log(err)
			if needed := !slices.Contains(p.topology.Unneeded, permission); needed != (err != nil) {
				t.Errorf("without +%s: %v; needed: %v", permission, err, needed)
			}
		})
	}
	grant(t, rule, servers)
}

// useAll opens a store and makes all calls. It returns an error if each call on a session
// costs a connection or a refused command.
func (p pair) useAll(t *testing.T, target Target, servers []*redistest.Server) error {
	t.Helper()
	for _, server := range servers {
		server.Do(t, "CONFIG", "RESETSTAT")
	}
	s, err := p.Open(t, target)
	if err != nil {
		return err
	}
	if p.topology.Kind == Ring {
		for _, server := range servers { // a ring gives up a shard after three failures
			redistest.Poll(t, "the ring sends heartbeats", func() bool { return heartbeats(t, server) >= 5 })
		}
	}
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

// useOne finds a session, changes it and deletes it. A client that lacks a permission may
// try until the context ends.
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

// heartbeats returns how many PINGs the server has answered or refused.
func heartbeats(tb testing.TB, node *redistest.Server) int {
	var calls, rejected int
	var total, each float64
	fmt.Sscanf(node.Info(tb, "commandstats", "cmdstat_ping"), "calls=%d,usec=%f,usec_per_call=%f,rejected_calls=%d",
		&calls, &total, &each, &rejected)
	return calls + rejected
}

// version returns the major version of a server, of Redis or Valkey.
func version(t *testing.T, server *redistest.Server) int {
	t.Helper()
	text := server.Info(t, "server", "valkey_version") // Valkey's redis_version is the one that it is compatible with
	if text == "" {
		text = server.Info(t, "server", "redis_version")
	}
	major, _, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		t.Fatalf("INFO server has the version %q", text)
	}
	return n
}
