package adaptertest

import (
	"cmp"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testSettings: settings of the client need the permissions that README.md names for
// them beside the rule for one server, and no others.
func testSettings(t *testing.T, a Adapter) {
	if a.Topologies[0].Rule == "" {
		t.Skip("another topology has the same rule")
	}
	readme, err := os.ReadFile(cmp.Or(a.README, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for permission, set := range map[string]func(*Target){
		"select":         func(target *Target) { target.Database = 1 },
		"client|setname": func(target *Target) { target.ClientName = "web" },
	} {
		server := redistest.Start(t, redistest.Options{})
		target := a.target(server).As(user, password)
		set(&target)
		needed := strings.Contains(string(readme), "`+"+permission+"`")
		for _, granted := range []bool{false, true} {
			rule := a.rule(t, a.Topologies[0].Rule)
			if granted {
				rule = append(rule, "+"+permission)
			}
			grant(t, rule, []*redistest.Server{server})
			s, err := a.Open(t, target)
			if err == nil {
				err = s.Commit(newToken(), []byte("data"), time.Now().Add(time.Hour))
			}
			if want := granted || !needed; want != (err == nil) {
				t.Errorf("Commit with +%s granted: %v = %v; README.md names it: %v", permission, granted, err, needed)
			}
		}
	}
}
