package adaptertest

import (
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testSettings: settings of the client need the permissions that README.md names for
// them beside the rule for one server, and no others.
func testSettings(t *testing.T, a Adapter) {
	p := pair{Adapter: a, topology: a.Topologies[0]}
	if p.topology.Rule == "" {
		t.Skip("another topology has the same rule")
	}
	for permission, set := range map[string]func(*Target){
		"select":         func(target *Target) { target.Database = 1 },
		"client|setname": func(target *Target) { target.ClientName = "web" },
	} {
		t.Run(permission, func(t *testing.T) {
			server := redistest.Start(t, redistest.Options{})
			target := a.target(server).As(user, password)
			set(&target)
			var needed []string
			if strings.Contains(a.readme(t), "`+"+permission+"`") {
				needed = []string{"+" + permission}
			}
			rule := append(p.rule(t, p.topology.Rule), needed...)
			p.checkRule(t, rule, needed, []*redistest.Server{server}, func(t *testing.T) error {
				s, err := a.Open(t, target)
				if err != nil {
					return err
				}
				return s.Commit(newToken(), []byte("data"), time.Now().Add(time.Hour))
			})
		})
	}
}
