package adaptertest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

func wantUserSessions(t *testing.T, s Store, user string, want ...string) {
	t.Helper()
	sessions, err := s.UserSessions(t.Context(), user)
	got := slices.Sorted(maps.Keys(sessions))
	slices.Sort(want)
	if sessions == nil || err != nil || !slices.Equal(got, want) {
		t.Errorf("UserSessions(%q) = %d sessions, %v; want %d, these: %.200q", user, len(got), err, len(want), want)
	}
}

// testUsers: each user's own sessions are listed and deleted, on all servers.
func (l logout) testUsers(t *testing.T) {
	strange := "\x00\xff {a}:*\r\n"
	for _, prefix := range []string{"users:", "{users}:"} {
		s, other := l.with(t, prefix, users), l.with(t, prefix, users)
		login := func(user any) (token string) {
			token = newToken()
			MustCommit(t, s, token, sessionOf(t, user))
			return token
		}
		var anna []string
		for range 40 { // more than are read at a time
			anna = append(anna, login("anna"))
		}
		bob, seven, odd, nobody, empty, garbage := login("bob"), login(7), login(strange), login(nil), login(""), newToken()
		MustCommit(t, s, garbage, "no gob")
		wantUserSessions(t, other, "anna", anna...)
		wantUserSessions(t, other, "bob", bob)
		wantUserSessions(t, other, "7", seven)
		wantUserSessions(t, other, strange, odd)
		wantUserSessions(t, other, "")
		wantUserSessions(t, other, "who")
		if all, err := s.All(); len(all) != len(anna)+6 || err != nil {
			t.Errorf("prefix %s: All = %d sessions, %v; want %d", prefix, len(all), err, len(anna)+6)
		}

		MustCommit(t, s, anna[0], sessionOf(t, "bob")) // changes hands
		MustCommit(t, s, anna[1], sessionOf(t, nil))   // logs out, and stays
		mustDelete(t, s, anna[2])
		wantUserSessions(t, other, "bob", bob, anna[0])
		wantUserSessions(t, other, "anna", anna[3:]...)

		n, err := other.DeleteUserSessions(t.Context(), "anna", anna[3], "no such")
		if want := len(anna) - 4; n != want || err != nil {
			t.Errorf("prefix %s: DeleteUserSessions = %d, %v; want %d", prefix, n, err, want)
		}
		MustCommit(t, s, anna[4], sessionOf(t, "anna")) // a request under way
		wantUserSessions(t, s, "anna", anna[3])
		wantUserSessions(t, s, "bob", bob, anna[0])
		for _, token := range anna[4:] {
			WantMissing(t, other, token)
		}
		for user, want := range map[string]int{strange: 1, "bob": 2, "anna": 1, "": 0, "who": 0} {
			if n, err := other.DeleteUserSessions(t.Context(), user); n != want || err != nil {
				t.Errorf("prefix %s: DeleteUserSessions(%q) = %d, %v; want %d", prefix, user, n, err, want)
			}
			wantUserSessions(t, s, user)
		}
		for _, token := range []string{anna[1], seven, nobody, empty, garbage} {
			if _, found, err := other.Find(token); !found || err != nil {
				t.Errorf("prefix %s: Find of a session of nobody, or of 7, = %v, %v; want true", prefix, found, err)
			}
		}
		l.wantIndexes(t, prefix, "7", "anna") // who had the session that is nobody's now
	}
}

// wantIndexes checks that each key with the prefix expires, and that only these users
// have an index.
func (l logout) wantIndexes(t *testing.T, prefix string, users ...string) {
	t.Helper()
	var got []string
	for key, ttl := range l.keys(t, prefix) {
		if ttl < 0 {
			t.Errorf("prefix %s: the key %.60q has no expiry", prefix, key)
		}
		if user, ok := strings.CutPrefix(key, prefix+":user:"); ok {
			got = append(got, user)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, users) {
		t.Errorf("prefix %s: indexes of %.200q; want %.200q", prefix, got, users)
	}
}

// testChurn: many logins and logouts leave no key without an expiry, and in the end
// nothing but the sessions that there are and the indexes of their users.
func (l logout) testChurn(t *testing.T) {
	Long(t)
	const (
		prefix     = "churn:"
		goroutines = 8
	)
	n := 2000
	if l.topology.Kind == Standalone {
		n = 10_000
	}
	s := l.with(t, prefix, setting{tombstone: time.Second, userKey: "user"})
	data := make([]string, 20) // by user
	for i := range data {
		data[i] = sessionOf(t, fmt.Sprint("user", i))
	}
	together(goroutines, func(g int) {
		for i := g; i < n; i += goroutines {
			token := fmt.Sprint("token", i)
			err := s.Commit(token, []byte(data[i%len(data)]), time.Now().Add(time.Hour))
			if i >= 10 && err == nil { // ten users stay
				err = s.Delete(token)
			}
			if err != nil {
				t.Errorf("login and logout %d: %v", i, err)
				return
			}
		}
	})
	const left = 2 * 10
	redistest.Poll(t, "the tombstones have expired", func() bool { return len(l.keys(t, prefix)) <= left })
	if keys := l.keys(t, prefix); len(keys) != left {
		t.Errorf("%d keys are left; want 10 sessions and 10 indexes", len(keys))
	}
	var stayed []string
	for i := range 10 {
		stayed = append(stayed, fmt.Sprint("user", i))
		wantUserSessions(t, s, stayed[i], fmt.Sprint("token", i))
	}
	l.wantIndexes(t, prefix, stayed...)
}

// testBetweenWrites: a process ends, or waits, after Commit has written the index on
// one server and before it writes the session on another, which refuses it for now.
// Others act on the user's sessions meanwhile. Then the Commit is made.
func (l logout) testBetweenWrites(t *testing.T) {
	const prefix = "between:"
	grant(t, []string{"on", ">" + password, "~*", "&*", "+@all"}, l.primaries)
	placing, s := l.with(t, prefix, plain), l.with(t, prefix, users)
	l.target = l.target.As(user, password)
	cut := l.with(t, prefix, users)
	for name, test := range map[string]struct {
		act          func(user, token string) error
		found, other bool // the session and another one of the user, when the Commit has been made
	}{
		"Nothing":           {func(_, _ string) error { return nil }, true, true},
		"Delete":            {func(_, token string) error { return s.Delete(token) }, false, true},
		"IndexUserSessions": {func(_, _ string) error { return s.IndexUserSessions(t.Context()) }, true, true},
		"DeleteUserSessions": {func(user, _ string) error {
			n, err := s.DeleteUserSessions(t.Context(), user)
			if n != 1 {
				t.Errorf("DeleteUserSessions = %d; want 1", n)
			}
			return err
		}, false, false},
	} {
		data, other := sessionOf(t, name), newToken()
		MustCommit(t, s, other, data)
		wantUserSessions(t, cut, name, other) // it knows where the index is
		index := prefix + ":user:" + name
		node := l.nodeOf(t, index)
		var token string
		for away := node; away == node; {
			token = newToken()
			MustCommit(t, placing, token, data)
			away = l.nodeOf(t, prefix+token)
			away.Do(t, "DEL", prefix+token)
			if away != node {
				away.Do(t, "ACL", "SETUSER", user, "-eval")
			}
		}
		if err := cut.Commit(token, []byte(data), time.Now().Add(time.Hour)); err == nil {
			t.Errorf("%s: Commit that a server refuses = nil; want an error", name)
		}
		if node.Do(t, "ZSCORE", index, token) == nil {
			t.Errorf("%s: the index was not written before the session", name)
		}
		wantUserSessions(t, s, name, other)
		if err := test.act(name, token); err != nil {
			t.Errorf("%s = %v", name, err)
		}
		WantMissing(t, s, token)
		grant(t, []string{"+eval"}, l.primaries)
		MustCommit(t, cut, token, data)
		var want []string
		if test.found {
			want = append(want, token)
		}
		if test.other {
			want = append(want, other)
		}
		if _, found, err := s.Find(token); found != test.found || err != nil {
			t.Errorf("%s: Find when the Commit was made = %v, %v; want %v", name, found, err, test.found)
		}
		wantUserSessions(t, s, name, want...)
		if n, err := s.DeleteUserSessions(t.Context(), name); n != len(want) || err != nil {
			t.Errorf("%s: DeleteUserSessions = %d, %v; want %d", name, n, err, len(want))
		}
		WantMissing(t, s, token)
		WantMissing(t, s, other)
	}
	l.wantIndexes(t, prefix)
}
