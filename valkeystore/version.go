package valkeystore

import (
	"context"

	"github.com/valkey-io/valkey-go"
)

// This file is for this version of the client only.

// clustered reports whether a client is one of a Cluster.
func clustered(c valkey.Client) bool { return c.Mode() == valkey.ClientModeCluster }

// sendOne makes one attempt to send a command. last is the error of the attempt before
// it, or nil. The client follows redirections by itself.
func sendOne(ctx context.Context, c valkey.Client, cmd valkey.Completed, last error) valkey.ValkeyResult {
	return c.Do(ctx, cmd)
}
