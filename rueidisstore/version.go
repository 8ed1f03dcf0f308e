package rueidisstore

import (
	"context"

	"github.com/redis/rueidis"
)

// This file is for this version of the client only.

// clustered reports whether a client is one of a Cluster.
func clustered(c rueidis.Client) bool { return c.Mode() == rueidis.ClientModeCluster }

// sendOne makes one attempt to send a command. last is the error of the attempt before
// it, or nil. The client follows redirections by itself.
func sendOne(ctx context.Context, c rueidis.Client, cmd rueidis.Completed, last error) rueidis.RedisResult {
	return c.Do(ctx, cmd)
}
