package valkeystore

import (
	"context"

	"github.com/valkey-io/valkey-go"
)

// What this file says is true of this version of the client alone.

// clustered reports whether a client is one of a Cluster.
func clustered(c valkey.Client) bool { return c.Mode() == valkey.ClientModeCluster }

// sendOne makes one attempt to have a command done, after one that ended with
// last, or nil. The client follows redirections by itself.
func sendOne(ctx context.Context, c valkey.Client, cmd valkey.Completed, last error) valkey.ValkeyResult {
	return c.Do(ctx, cmd)
}
