package redissession

import (
	"context"
	"errors"
	"slices"
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
	cluster bool   // the process is a node of a Cluster
}

var errReplaced = errors.New("the server was restarted or replaced during the scan")

// begin finds out which process is read.
func (r *reader) begin(ctx context.Context) error {
	info, _, err := r.send(ctx)
	r.process = infoField(info, "run_id")
	// Valkey has server_mode, and redis_mode only if it is set to be compatible with
	// Redis.
	r.cluster = infoField(info, "redis_mode") == "cluster" || infoField(info, "server_mode") == "cluster"
	return err
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
	info, replies, err := r.send(ctx, commands...)
	if err == nil && infoField(info, "run_id") != r.process {
		err = errReplaced
	}
	return replies, err
}

// send sends INFO server and the commands in one round trip, while the caller's function
// does not run. info is empty if the server does not know INFO.
func (r *reader) send(ctx context.Context, commands ...Command) (info string, replies []Reply, err error) {
	r.handling.RLock()
	defer r.handling.RUnlock()
	if err := ctx.Err(); err != nil {
		return "", nil, err
	}
	replies, err = r.primary.Pipeline(ctx, slices.Concat([]Command{{"INFO", "server"}}, commands)...)
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

// slots asks a Cluster's primary for its slots. Another primary has none.
func (r *reader) slots(ctx context.Context) (*node, error) {
	if !r.cluster {
		return nil, nil
	}
	reply, err := r.ask(ctx, "CLUSTER", "NODES")
	if err != nil {
		return nil, err
	}
	nodes, err := text(reply)
	if err != nil {
		return nil, err
	}
	// The client may leave the format of a verbatim string before its text.
	return parseNode(strings.TrimPrefix(nodes, "txt:"))
}

// scanCount is the number of keys the server looks at for one page: enough to
// make round trips rare, few enough not to hold up other clients.
const scanCount = 1000

// scan sends the sessions of the primary to the listing.
func (r *reader) scan(ctx context.Context) error {
	for cursor := "0"; ; {
		reply, err := r.ask(ctx, "SCAN", cursor, "MATCH", r.store.keys.pattern, "COUNT", strconv.Itoa(scanCount))
		if err != nil {
			return err
		}
		keys, next, err := scanned(reply)
		if err != nil {
			return err
		}
		page, err := r.load(ctx, keys)
		if err != nil {
			return err
		}
		if len(page) > 0 {
			r.pages <- page // list receives all pages, even after an error
		}
		if cursor = next; cursor == "0" {
			return nil
		}
	}
}

// load fetches the sessions among the keys of one page. It leaves out a key that is gone
// since it was listed, or has another type.
func (r *reader) load(ctx context.Context, keys []string) ([]session, error) {
	var page []session
	own := keys[:0]
	for _, key := range keys {
		if token, ok := r.store.keys.token(key); ok && (r.seen == nil || !r.seen[Slot(key)]) {
			page = append(page, session{token: token})
			own = append(own, key)
		}
	}
	if len(own) == 0 {
		return nil, nil
	}
	values, err := r.values(ctx, own)
	if err != nil {
		return nil, err
	}
	for i := range page {
		page[i].data = values[i]
	}
	return slices.DeleteFunc(page, func(s session) bool { return s.data == nil }), nil
}

// values fetches the values of keys with MGET, whose reply is nil for a key that is
// missing or of another type. On a Cluster one MGET may not have keys of several slots.
func (r *reader) values(ctx context.Context, keys []string) ([][]byte, error) {
	perCommand := len(keys)
	if r.cluster {
		perCommand = 1
	}
	var commands []Command
	for some := range slices.Chunk(keys, perCommand) {
		commands = append(commands, append(Command{"MGET"}, some...))
	}
	replies, err := r.askAll(ctx, commands...)
	if err != nil {
		return nil, err
	}
	values := make([][]byte, 0, len(keys))
	for i, reply := range replies {
		if reply.Err != nil {
			value, err := r.moved(ctx, keys[i], reply.Err)
			if err != nil {
				return nil, err
			}
			values = append(values, value)
			continue
		}
		elements, err := array(reply.Value, perCommand)
		if err != nil {
			return nil, err
		}
		for _, element := range elements {
			value, err := bytesOrNil(element)
			if err != nil {
				return nil, err
			}
			values = append(values, value)
		}
	}
	return values, nil
}

// moved fetches the value of a key after its primary has answered with the error refusal.
// The key may have moved since it was listed: the client finds its new node.
func (r *reader) moved(ctx context.Context, key string, refusal error) ([]byte, error) {
	if text, ok := r.store.client.ServerError(refusal); !r.cluster || !ok || !transientKind(text) {
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
