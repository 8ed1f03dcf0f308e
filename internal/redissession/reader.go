package redissession

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// reader reads one primary for a pass. Every round trip has INFO server, whose reply
// identifies the process that answers. A cursor means nothing to another process, such as
// the same server after a restart, or its successor: SCAN would leave sessions out.
type reader struct {
	*pass
	primary Primary
	process string // run_id of the process that is read, empty if it has none
}

var errReplaced = errors.New("the server was restarted or replaced during the scan")

// begin notes which process is read, and reports whether it is one of a Cluster.
func (r *reader) begin(ctx context.Context) (cluster bool, err error) {
	info, _, err := r.pipeline(ctx)
	r.process = infoField(info, "run_id")
	// Valkey has server_mode, and redis_mode only if it is set to be compatible with
	// Redis.
	return infoField(info, "redis_mode") == "cluster" || infoField(info, "server_mode") == "cluster", err
}

// ask sends one command to the process that is read.
func (r *reader) ask(ctx context.Context, command ...string) (any, error) {
	replies, err := r.askAll(ctx, command)
	if err != nil {
		return nil, err
	}
	permission := command[0]
	if permission == "CLUSTER" {
		permission += "|" + command[1]
	}
	return replies[0].Value, r.check(permission, replies[0].Err)
}

// askAll sends commands in one round trip to the process that is read.
func (r *reader) askAll(ctx context.Context, commands ...Command) ([]Reply, error) {
	info, replies, err := r.pipeline(ctx, commands...)
	if err == nil && infoField(info, "run_id") != r.process {
		err = errReplaced
	}
	return replies, err
}

// pipeline sends INFO server and the commands in one round trip. info is empty if the
// server does not know INFO.
func (r *reader) pipeline(ctx context.Context, commands ...Command) (info string, replies []Reply, err error) {
	replies, err = r.send(ctx, append([]Command{{"INFO", "server"}}, commands...)...)
	if err != nil {
		return "", nil, err
	}
	if err := replies[0].Err; err != nil {
		if refusal, ok := r.store.client.ServerError(err); !ok || Kind(refusal) != "ERR" {
			return "", nil, r.check("info", err)
		}
		return "", replies[1:], nil
	}
	info, err = text(replies[0].Value)
	return info, replies[1:], err
}

// send sends commands in one round trip, while the caller's function does not run.
func (r *reader) send(ctx context.Context, commands ...Command) ([]Reply, error) {
	r.handling.RLock()
	defer r.handling.RUnlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	replies, err := r.primary.Pipeline(ctx, commands...)
	if err == nil && len(replies) != len(commands) {
		err = fmt.Errorf("%d replies to %d commands", len(replies), len(commands))
	}
	return replies, err
}

// check returns the error that a server answered. If a permission is missing, it adds a
// note that names it.
func (r *reader) check(permission string, err error) error {
	if err == nil {
		return nil
	}
	if text, ok := r.store.client.ServerError(err); ok && Kind(text) == "NOPERM" {
		return Note("All and Each need the permission +"+strings.ToLower(permission), err)
	}
	return err
}

// infoField returns a field of a reply to INFO, or an empty string.
func infoField(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// slots asks a Cluster's primary for its slots.
func (r *reader) slots(ctx context.Context) (node, error) {
	reply, err := r.ask(ctx, "CLUSTER", "NODES")
	if err != nil {
		return node{}, err
	}
	nodes, err := text(reply)
	if err != nil {
		return node{}, err
	}
	// The client may leave the format of a verbatim string before its text.
	return parseNode(strings.TrimPrefix(nodes, "txt:"))
}

// scanCount is the number of keys the server looks at for one page: enough to
// make round trips rare, few enough not to hold up other clients.
const scanCount = 1000

// scan sends the sessions of the primary to the listing.
func (r *reader) scan(ctx context.Context, cluster bool) error {
	for cursor := "0"; ; {
		reply, err := r.ask(ctx, "SCAN", cursor, "MATCH", r.store.keys.pattern, "COUNT", strconv.Itoa(scanCount))
		if err != nil {
			return err
		}
		keys, next, err := scanned(reply)
		if err != nil {
			return err
		}
		loaded, err := r.load(ctx, cluster, keys)
		if err != nil {
			return err
		}
		if len(loaded.tokens) > 0 {
			r.pages <- loaded // eachPage receives all pages, even after an error
		}
		if cursor = next; cursor == "0" {
			return nil
		}
	}
}

// load fetches the sessions among the keys of one page.
func (r *reader) load(ctx context.Context, cluster bool, keys []string) (page, error) {
	var loaded page
	own := keys[:0]
	for _, key := range keys {
		if token, ok := r.store.keys.token(key); ok && (r.seen == nil || !r.seen[Slot(key)]) {
			loaded.tokens = append(loaded.tokens, token)
			own = append(own, key)
		}
	}
	if len(own) == 0 {
		return loaded, nil
	}
	var err error
	if cluster {
		loaded.values, err = r.valuesOfSlots(ctx, own)
	} else {
		loaded.values, err = r.values(ctx, own)
	}
	return loaded, err
}

// values fetches the values of keys with one MGET, whose reply is nil for a key
// that is missing or of another type.
func (r *reader) values(ctx context.Context, keys []string) ([][]byte, error) {
	reply, err := r.ask(ctx, append([]string{"MGET"}, keys...)...)
	if err != nil {
		return nil, err
	}
	return mgot(reply, len(keys))
}

// valuesOfSlots fetches the values of keys on a Cluster, where one MGET may not have keys
// of several slots. A key that has moved since it was listed is fetched through the
// client, which finds its new node.
func (r *reader) valuesOfSlots(ctx context.Context, keys []string) ([][]byte, error) {
	gets := make([]Command, len(keys))
	for i, key := range keys {
		gets[i] = Command{"MGET", key}
	}
	replies, err := r.askAll(ctx, gets...)
	if err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	for i, reply := range replies {
		if err := reply.Err; err != nil {
			if values[i], err = r.moved(ctx, keys[i], err); err != nil {
				return nil, err
			}
			continue
		}
		value, err := mgot(reply.Value, 1)
		if err != nil {
			return nil, err
		}
		values[i] = value[0]
	}
	return values, nil
}

// moved fetches the value of a key after its primary has answered with the error refusal.
func (r *reader) moved(ctx context.Context, key string, refusal error) ([]byte, error) {
	if text, ok := r.store.client.ServerError(refusal); !ok || !transientKind(text) {
		return nil, r.check("mget", refusal)
	}
	r.handling.RLock()
	defer r.handling.RUnlock()
	value, _, err := r.store.client.Get(ctx, key)
	if text, ok := r.store.client.ServerError(err); ok && Kind(text) == "WRONGTYPE" {
		return nil, nil
	}
	return value, err
}

// mgot returns the values in a reply to MGET, nil for those that are missing.
func mgot(reply any, n int) ([][]byte, error) {
	elements, err := array(reply, n)
	if err != nil {
		return nil, err
	}
	values := make([][]byte, n)
	for i, element := range elements {
		if values[i], err = bytesOrNil(element); err != nil {
			return nil, err
		}
	}
	return values, nil
}
