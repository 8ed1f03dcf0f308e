package adaptertest

import (
	"cmp"
	"context"
	"errors"
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
// needed. So are the rule and what README.md adds to it for the options.
func testPrivileges(t *testing.T, p pair) {
	if p.topology.Rule == "" {
		t.Skip("another topology has the same rule")
	}
	servers := p.start(t)
	var sentinels []*redistest.Server
	if servers.Sentinel != nil {
		sentinels = servers.Sentinel.Sentinels
		grant(t, p.rule(t, "the sentinels"), sentinels)
	}
	title := p.topology.Rule
	if newer := p.topology.NewerRule; newer != "" && version(t, servers.Nodes[0]) >= 8 {
		title = newer
	}
	for _, p.options = range []setting{plain, tombstone, users} {
		t.Run(p.options.name, func(t *testing.T) {
			rule := p.rule(t, title)
			words := rule
			if p.options != plain {
				words = p.rule(t, "in addition for "+p.options.name)
				rule = append(rule, words...)
			}
			target := p.on(servers).As(user, password)
			p.checkRule(t, rule, words, servers.Nodes, func(t *testing.T) error { return p.useAll(t, target, servers.Nodes) })
		})
	}
	for _, sentinel := range sentinels {
		for _, refused := range sentinel.Do(t, "ACL", "LOG").([]any) {
			// Sentinels from 7.2 on have this command, and older ones have no permission
			// for it. Clients accept the refusal.
			if !slices.Contains(refused.([]any), any("client|setinfo")) {
				t.Errorf("a sentinel refused %v; want nothing refused", refused)
			}
		}
	}
	p.options = plain
	target := p.on(servers).As(user, password)
	target.Prefix = "other:"
	token := newToken()
	err := p.open(t, target).Commit(token, []byte("data"), time.Now().Add(time.Hour))
	wantError(t, "Commit", err, token, "data")
}

// rule returns the ACL rule in the adapter's README.md for a topology. A comment above
// the rule names the topology, alone or with others.
func (a Adapter) rule(t *testing.T, topology string) []string {
	t.Helper()
	lines := strings.Split(a.readme(t), "\n")
	for i, line := range lines[:len(lines)-1] {
		title, ok := strings.CutPrefix(line, "# ")
		rule, found := strings.CutPrefix(lines[i+1], "ACL SETUSER "+user+" ")
		if ok && found && slices.Contains(strings.Split(title, ", "), topology) {
			return strings.Fields(rule)
		}
	}
	t.Fatalf("README.md has no ACL rule for %q", topology)
	return nil
}

func (a Adapter) readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(cmp.Or(a.README, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func grant(t *testing.T, rule []string, servers []*redistest.Server) {
	t.Helper()
	for _, server := range servers {
		server.Do(t, append([]string{"ACL", "SETUSER", user}, rule...)...)
	}
}

// checkRule checks that use succeeds under a rule on these servers, and fails if one of
// the permissions among these words of the rule is missing, except those that are not
// needed.
func (p pair) checkRule(t *testing.T, rule, words []string, servers []*redistest.Server, use func(t *testing.T) error) {
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
	if p.topology.Kind == Ring && p.options == plain {
		for _, server := range servers { // a ring gives up a shard after three failures
			redistest.Poll(t, "the ring sends heartbeats", func() bool { return heartbeats(t, server) >= 5 })
		}
	}
	data := sessionOf(t, "anna")
	if err := callAll(s, newToken(), data); err != nil { // then the client is connected
		return err
	}
	const n = 20
	refused, connections := spent(t, servers)
	for range n {
		if err := callInOrder(s, newToken(), data, "Commit", "Find", "Delete"); err != nil {
			return err
		}
	}
	refusedThen, connectionsThen := spent(t, servers)
	// A client may have an idle connection refused now and then.
	if made, refused := connectionsThen-connections, refusedThen-refused; made > 2*n || refused > 2*n {
		return fmt.Errorf("3 calls on each of %d sessions cost %d connections and %d refused commands", n, made, refused)
	}
	switch {
	case p.options.userKey != "":
		return useOfUser(t, s, data)
	case p.topology.Kind == Cluster && p.options == plain: // with options TRYAGAIN is an error
		return useMoving(t, s, servers, data)
	}
	return nil
}

// useMoving makes all calls on a session whose slot moves. Then it moves the slot back.
func useMoving(t *testing.T, s Store, nodes []*redistest.Server, data string) error {
	token := newToken()
	slot := nodes[0].KeySlot(t, prefix+token)
	from, to := nodes[owner(slot)], nodes[(owner(slot)+1)%3]
	move := redistest.StartMigration(t, nodes, slot, from, to)
	defer redistest.MoveSlot(t, nodes, slot, to, from)
	defer move.Finish(t)
	// A client that lacks a permission may try until the context ends.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, _, err := s.FindCtx(ctx, token); err != nil {
		return err
	}
	return callAll(s, token, data)
}

// useOfUser makes the calls on the sessions of a user.
func useOfUser(t *testing.T, s Store, data string) error {
	err := s.Commit(newToken(), []byte(data), time.Now().Add(time.Hour))
	if err := errors.Join(err, s.IndexUserSessions(t.Context())); err != nil {
		return err
	}
	if sessions, err := s.UserSessions(t.Context(), "anna"); len(sessions) == 0 || err != nil {
		return fmt.Errorf("%d sessions of a user, %w", len(sessions), err)
	}
	_, err = s.DeleteUserSessions(t.Context(), "anna")
	return err
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
