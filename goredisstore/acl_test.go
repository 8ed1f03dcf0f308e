package goredisstore_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/redistest"
)

// readmeRule returns the rule for one server in the README.
func readmeRule(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "# one server, Sentinel\nACL SETUSER web ")
	rule, _, ok := strings.Cut(rest, "\n")
	if !ok {
		t.Fatal("README.md has no rule for one server")
	}
	return strings.Fields(rule)
}

// TestPrivilegesOfSettings: what settings of the client need beside the README's
// rule, which it says below that.
func TestPrivilegesOfSettings(t *testing.T) {
	t.Parallel()
	rule := readmeRule(t)
	for _, test := range []struct {
		permission string
		opts       redis.Options
	}{
		{"select", redis.Options{DB: 1}},
		{"client|setname", redis.Options{ClientName: "sessions"}},
	} {
		t.Run(test.permission, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, redistest.Options{})
			for _, granted := range []bool{false, true} {
				user := append([]string{"ACL", "SETUSER", "web"}, rule...)
				if granted {
					user = append(user, "+"+test.permission)
				}
				server.Do(t, user...)
				opts := test.opts
				opts.Addr, opts.Username, opts.Password = server.Addr, "web", "secret"
				client := redis.NewClient(&opts)
				defer client.Close()
				s := goredisstore.New(client)
				err := s.Commit("token", []byte("data"), time.Now().Add(time.Hour))
				if granted != (err == nil) {
					t.Errorf("Commit, +%s granted: %v = %v", test.permission, granted, err)
				}
			}
		})
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, permission := range []string{"+select", "+client|setname", "+ping"} {
		if !strings.Contains(string(text), "`"+permission+"`") {
			t.Errorf("README.md does not name %s", permission)
		}
	}
}

// TestMissingPermission: All and Each name the permission that the user lacks, and
// the calls on one session need none of theirs.
func TestMissingPermission(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Options{})
	client := redis.NewClient(&redis.Options{Addr: server.Addr, Username: "web", Password: "secret"})
	defer client.Close()
	s := goredisstore.New(client)
	for _, permission := range []string{"+scan", "+info", "+mget"} {
		rule := slices.DeleteFunc(readmeRule(t), func(word string) bool { return word == permission })
		server.Do(t, append([]string{"ACL", "SETUSER", "web", "reset"}, rule...)...)
		server.Do(t, "SET", "scs:session:token", "data")
		want := "All and Each need the permission " + permission
		for name, call := range list(s) {
			if _, err := call(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s without %s = %v; want %q in it", name, permission, err, want)
			}
		}
		if permission == "+mget" {
			continue // Find needs it too
		}
		for name, err := range map[string]error{"Commit": s.Commit("token", []byte("data"), time.Now().Add(time.Hour)), "Delete": s.Delete("token")} {
			if err != nil {
				t.Errorf("%s without %s = %v; want <nil>", name, permission, err)
			}
		}
		if _, found, err := s.Find("token"); found || err != nil {
			t.Errorf("Find without %s = %v, %v; want false, <nil>", permission, found, err)
		}
	}
}
