package adaptertest

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

// session is a session by its token and by its key under the default prefix.
type session struct{ token, key string }

// fill stores n sessions, with data of this size, for a day.
func fill(tb testing.TB, server *redistest.Server, n, size int) []session {
	tb.Helper()
	const script = `
		local data = string.rep('x', ARGV[4])
		for i = ARGV[2], ARGV[3] - 1 do
			redis.call('SET', ARGV[1] .. string.format('%043d', i), data, 'EX', 86400)
		end`
	const most = 20_000 // in one command, which has to be answered within 10 s
	for first := 0; first < n; first += most {
		end := min(first+most, n)
		server.Do(tb, "EVAL", script, "0", prefix, strconv.Itoa(first), strconv.Itoa(end), strconv.Itoa(size))
	}
	sessions := make([]session, n)
	for i := range sessions {
		token := fmt.Sprintf("%043d", i)
		sessions[i] = session{token, prefix + token}
	}
	return sessions
}
