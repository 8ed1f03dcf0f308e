package adaptertest

import (
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// Fuzz is the body of an adapter's fuzz test: any token, as a cookie may carry it, and
// any data, on a real server. What is committed is found byte for byte and listed under
// its token. A malformed token is refused. No error has token or data in its text.
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
	f.Add("unknown command", []byte("unknown command"))
	f.Add("5", []byte("b"))
	f.Add("{00000000000000000000000000000}", []byte("0"))
	f.Add("{00", []byte("0"))

	s := a.open(f, a.target(redistest.Start(f, redistest.Options{})))
	refusing := a.open(f, a.target(redistest.Start(f, withoutCommands)))
	// The errors for a token and data that no text contains.
	plain := refusals(f, refusing, "\x01\x02\x03\x04\x05\x06\x07\x08", []byte("\x01\x02\x03\x04\x05\x06\x07\x08"))

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

		for call, text := range refusals(t, refusing, token, data) {
			// A text that contains them anyway has nothing to hide.
			if text != plain[call] && !strings.Contains(plain[call], token) && !strings.Contains(plain[call], string(data)) {
				t.Errorf("%s of %q with %q fails with %q; want %q, as for any other", call, token, data, text, plain[call])
			}
		}
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

// refusals returns the texts of the errors of a store whose server quotes the
// command that it refuses.
func refusals(tb testing.TB, s Store, token string, data []byte) map[string]string {
	_, found, find := s.Find(token)
	texts := make(map[string]string)
	for call, err := range map[string]error{
		"Find":   find,
		"Commit": s.Commit(token, data, time.Now().Add(time.Hour)),
		"Delete": s.Delete(token),
	} {
		if err == nil || found {
			tb.Fatalf("%s = %v, found = %v; want an error", call, err, found)
		}
		texts[call] = err.Error()
	}
	return texts
}
