package adaptertest

import (
	"maps"
	"slices"
	"strings"
	"testing"
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

// testUsers: what is listed and deleted of each user, on all servers.
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
		for _, user := range []string{strange, "bob", "anna"} {
			if _, err := other.DeleteUserSessions(t.Context(), user); err != nil {
				t.Errorf("prefix %s: DeleteUserSessions(%q) = %v", prefix, user, err)
			}
			wantUserSessions(t, s, user)
		}
		for _, user := range []string{"", "who"} {
			if n, err := other.DeleteUserSessions(t.Context(), user); n != 0 || err != nil {
				t.Errorf("prefix %s: DeleteUserSessions(%q) = %d, %v; want 0", prefix, user, n, err)
			}
		}
		all, err := other.All()
		got, want := slices.Sorted(maps.Keys(all)), []string{anna[1], seven, nobody, empty, garbage}
		slices.Sort(want)
		if !slices.Equal(got, want) || err != nil {
			t.Errorf("prefix %s: All in the end = %d sessions, %v; want the %d that are nobody's, or 7's", prefix, len(got), err, len(want))
		}
		l.wantIndexes(t, prefix, "7", "anna") // who had the session that is nobody's now
	}
}

// wantIndexes wants of the keys with a prefix that each expires, and the indexes of
// these users alone.
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
