package adaptertest

import (
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// Fuzz is the body of an adapter's fuzz test: any token, as a cookie may carry it, and
// any data, on a real server. What is committed is found byte for byte and listed under
// its token. A malformed token is refused.
func Fuzz(f *testing.F, a Adapter) {
	const token = "1hVQ3qCzJPPnuDxVCKMXYwBMpkcDkLmIqnUJOnRtOJY"
	f.Add(token, []byte("data"))
	f.Add(token, []byte(nil))
	f.Add("", []byte("data"))
	f.Add("admin:"+token, []byte("data"))
	f.Add(":", []byte{})
	f.Add(": ", []byte("data"))
	f.Add("*", []byte("$-1\r\n"))
	f.Add("\r\nDEL x\r\n", []byte("\r\n+OK\r\n:1\r\n"))
	f.Add("\x00\xff{tag}", []byte{0, 0xff, '\n'})
	f.Add("{00", []byte("0"))

	s := a.open(f, a.target(redistest.Start(f, redistest.Options{})))
	f.Fuzz(func(t *testing.T, token string, data []byte) {
		if strings.Contains(token, ":") {
			testRefusedToken(t, s, token, data)
			return
		}
		MustCommit(t, s, token, string(data))
		WantFound(t, s, token, string(data))
		WantListed(t, s, map[string]string{token: string(data)})
		if err := s.Delete(token); err != nil {
			t.Errorf("Delete(%q) = %v", token, err)
		}
		WantMissing(t, s, token)
	})
}

// testRefusedToken: a malformed token names no session, and none can be made.
func testRefusedToken(t *testing.T, s Store, token string, data []byte) {
	want := s.Commit(":", nil, time.Now().Add(time.Hour))
	err := s.Commit(token, data, time.Now().Add(time.Hour))
	if want == nil || err == nil || err.Error() != want.Error() {
		t.Errorf("Commit(%q) = %v; want %v, as for any malformed token", token, err, want)
	}
	WantMissing(t, s, token)
	if err := s.Delete(token); err != nil {
		t.Errorf("Delete(%q) = %v", token, err)
	}
	if all, err := s.All(); len(all) != 0 || err != nil {
		t.Errorf("All = %q, %v; want no session", all, err)
	}
}
