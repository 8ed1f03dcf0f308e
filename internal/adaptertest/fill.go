package adaptertest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/scsredis/stores/internal/redistest"
)

// session is a session by its token and by its key under the default prefix.
type session struct{ token, key string }

// sessionsPerUser is how many sessions of each user fillUsers stores.
const sessionsPerUser = 10

// fill stores n sessions, with data of this size, for a day.
func fill(tb testing.TB, server *redistest.Server, n, size int) []session {
	tb.Helper()
	return fillWith(tb, server, n, strings.Repeat("x", size), false)
}

// fillUsers is fill with sessions of users, ten of each, user0000000 first. With indexed
// it stores their indexes too.
func fillUsers(tb testing.TB, server *redistest.Server, n, size int, indexed bool) []session {
	tb.Helper()
	return fillWith(tb, server, n, userData(tb, 0, size), indexed)
}

// userData returns the data of a session of a user, of about this size.
func userData(tb testing.TB, user, size int) string {
	tb.Helper()
	name := fmt.Sprintf("user%07d", user)
	values := map[string]any{"user": name, "rest": strings.Repeat("x", max(size-len(sessionOf(tb, name)), 0))}
	b, err := scs.GobCodec{}.Encode(time.Now().Add(24*time.Hour), values)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func fillWith(tb testing.TB, server *redistest.Server, n int, data string, indexed bool) []session {
	tb.Helper()
	const script = `
		for i = ARGV[2], ARGV[3] - 1 do
			local token, data = string.format('%043d', i), ARGV[4]
			local user = string.format('user%07d', i / ARGV[5])
			data = string.gsub(data, 'user%d%d%d%d%d%d%d', user)
			if ARGV[6] == 'true' then
				local index = ARGV[1] .. ':user:' .. user
				redis.call('ZADD', index, redis.call('TIME')[1] * 1000 + 86400000, token)
				redis.call('EXPIRE', index, 86400)
			end
			redis.call('SET', ARGV[1] .. token, data, 'EX', 86400)
		end`
	const most = 20_000 // in one command, which has to be answered within 10 s
	for first := 0; first < n; first += most {
		end := min(first+most, n)
		server.Do(tb, "EVAL", script, "0", prefix, strconv.Itoa(first), strconv.Itoa(end), data,
			strconv.Itoa(sessionsPerUser), strconv.FormatBool(indexed))
	}
	sessions := make([]session, n)
	for i := range sessions {
		token := fmt.Sprintf("%043d", i)
		sessions[i] = session{token, prefix + token}
	}
	return sessions
}
