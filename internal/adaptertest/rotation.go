package adaptertest

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

// testRotation: a password changes while a store is in use. While the client has a wrong
// one, every call returns the server's error, without a password in its text.
func testRotation(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{})
	server.AddUser(t, "web on >"+passwords[0]+" ~scs:session:* +@all")
	var password atomic.Int32
	target := a.target(server)
	target.Login = func() (string, string) { return "web", passwords[password.Load()] }
	s := a.open(t, target)
	token := newToken()
	if err := callAll(s, token, "data"); err != nil {
		t.Fatal(err)
	}

	server.AddUser(t, "web >"+passwords[1])
	password.Store(1)
	server.AddUser(t, "web <"+passwords[0])
	if err := callAll(s, token, "data"); err != nil {
		t.Errorf("on connections that logged in before the rotation: %v", err)
	}
	if a.FixedPassword {
		s = a.open(t, target)
	} else {
		server.Do(t, "CLIENT", "KILL", "USER", "web")
	}
	if err := callAll(s, token, "data"); err != nil {
		t.Errorf("on connections that logged in after the rotation: %v", err)
	}

	MustCommit(t, s, token, "data")
	server.AddUser(t, "web >"+passwords[2]+" <"+passwords[1])
	server.Do(t, "CLIENT", "KILL", "USER", "web")
	wantWrongPassword(t, a, s, token)
	password.Store(2)
	if a.FixedPassword {
		s = a.open(t, target)
	}
	wantRecovery(t, s)
	WantFound(t, s, token, "data")
}

var passwords = []string{"first-password", "second-password", "third-password"}

// wantWrongPassword makes all calls several times, because a client may act differently
// after a first failure.
func wantWrongPassword(t *testing.T, a Adapter, s Store, token string) {
	t.Helper()
	for range 3 {
		AllAtOnce(t, s, token, "data", a.Topologies[0].Bound, func(call string, err error) {
			wantError(t, call, err, token, "data")
			if text, ok := a.ServerError(err); !ok || !strings.HasPrefix(text, "WRONGPASS ") {
				t.Errorf("%s = %v (%T); want the client's type for WRONGPASS", call, err, err)
			}
			for _, password := range passwords {
				if err != nil && strings.Contains(err.Error(), password) {
					t.Errorf("%s = %q: the password must not be in it", call, err)
				}
			}
		})
	}
}
