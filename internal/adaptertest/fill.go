package adaptertest

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// session is a session by its token and by its key under the default prefix.
type session struct{ token, key string }

// fill stores n sessions, with data of this size, for a day.
func fill(tb testing.TB, server *redistest.Server, n, size int) []session {
	tb.Helper()
	const lifetime = 24 * time.Hour
	const script = `
		local data = string.rep('x', ARGV[3])
		for i = 0, ARGV[2] - 1 do
			redis.call('SET', ARGV[1] .. string.format('%043d', i), data, 'PX', ARGV[4])
		end`
	server.Do(tb, "EVAL", script, "0", prefix, strconv.Itoa(n), strconv.Itoa(size), strconv.FormatInt(lifetime.Milliseconds(), 10))
	sessions := make([]session, n)
	for i := range sessions {
		token := fmt.Sprintf("%043d", i)
		sessions[i] = session{token, prefix + token}
	}
	return sessions
}
