package rueidisstore

import (
	"context"

	"github.com/redis/rueidis"
)

// What this file says is true of this version of the client alone.

// clustered reports whether a client is one of a Cluster.
func clustered(c rueidis.Client) bool { return c.Mode() == rueidis.ClientModeCluster }

// sendOne makes one attempt to have a command done, after one that ended with
// last, or nil. The client follows redirections by itself.
func sendOne(ctx context.Context, c rueidis.Client, cmd rueidis.Completed, last error) rueidis.RedisResult {
	return c.Do(ctx, cmd)
}
