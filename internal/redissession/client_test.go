package redissession

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// direct is a Client on real servers that do not know each other. A test can watch it, and
// change what the servers say.
type direct struct {
	servers []*redistest.Server

	// before, if not nil, is called before each command. It may act as another process. If
	// it returns an error, the command is not sent and ends with the error.
	before func(Command) error

	// change, if not nil, may change the replies of a pipeline.
	change func(commands []Command, replies []Reply)

	// slots make the servers nodes of a Cluster that have these slots, in the words of
	// CLUSTER NODES, unless they are empty. The nodes are A, B and so on.
	slots []string

	// visiting makes EachPrimary visit the servers one after another. It is called before
	// each visit with the name of the node, before each SCAN with "SCAN A" or "SCAN B", and
	// with "end" after the last visit.
	visiting func(node string)
}

func (d *direct) send(ctx context.Context, server int, command Command) (any, error) {
	if d.before != nil {
		if err := d.before(command); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return d.servers[server].TryDo(command...)
}

// Get finds a key on whichever server has it.
func (d *direct) Get(ctx context.Context, key string) ([]byte, bool, error) {
	for server := range d.servers {
		reply, err := d.send(ctx, server, Command{"GET", key})
		if value, ok := reply.(string); ok || err != nil {
			return []byte(value), ok, err
		}
	}
	return nil, false, nil
}

func (d *direct) Set(ctx context.Context, key string, value []byte, expiry time.Time) error {
	_, err := d.send(ctx, 0, Command{"SET", key, string(value), "PX", strconv.FormatInt(Lifetime(expiry), 10)})
	return err
}

func (d *direct) Del(ctx context.Context, key string) error {
	_, err := d.send(ctx, 0, Command{"DEL", key})
	return err
}

func (d *direct) Eval(ctx context.Context, calls ...Call) (replies []any, err error) {
	if len(calls) == 0 {
		return nil, errors.New("no calls: a client may panic")
	}
	for _, c := range calls {
		reply, err := d.send(ctx, 0, c.Command())
		if err != nil {
			return nil, err
		}
		replies = append(replies, reply)
	}
	return replies, nil
}

func (d *direct) EachPrimary(ctx context.Context, visit func(context.Context, Primary) error) error {
	var primaries []directPrimary
	for i := range d.servers {
		primaries = append(primaries, directPrimary{d, i})
	}
	if d.visiting == nil {
		return Concurrently(primaries, func(p directPrimary) error { return visit(ctx, p) })
	}
	for _, p := range primaries {
		d.visiting(p.name())
		ended := make(chan error)
		go func() { ended <- visit(ctx, p) }() // where no caller recovers, as with go-redis
		if err := <-ended; err != nil {
			return err
		}
	}
	d.visiting("end")
	return nil
}

// ServerError says that a redistest.Error is an error that a server answered.
func (*direct) ServerError(err error) (string, bool) {
	var refusal redistest.Error
	ok := errors.As(err, &refusal)
	return string(refusal), ok
}

type directPrimary struct {
	*direct
	index int
}

func (p directPrimary) name() string { return "ABC"[p.index:][:1] }

func (p directPrimary) Pipeline(ctx context.Context, commands ...Command) ([]Reply, error) {
	replies := make([]Reply, len(commands))
	for i, c := range commands {
		if c[0] == "SCAN" {
			c = append(c[:len(c)-1:len(c)-1], "10") // a few sessions are several pages
			if p.visiting != nil {
				p.visiting("SCAN " + p.name())
			}
		}
		value, err := p.send(ctx, p.index, c)
		if _, ok := p.ServerError(err); err != nil && !ok {
			return nil, err
		}
		replies[i] = Reply{value, err}
		if p.slots != nil && p.slots[p.index] != "" {
			p.asNode(c, &replies[i])
		}
	}
	if p.change != nil {
		p.change(commands, replies)
	}
	return replies, nil
}

// asNode makes a reply that of a Cluster's node.
func (p directPrimary) asNode(c Command, reply *Reply) {
	switch {
	case c[0] == "INFO":
		reply.Value = "redis_mode:cluster\r\nrun_id:1\r\n"
	case c[0] == "CLUSTER":
		*reply = Reply{Value: p.name() + " addr myself,master - 0 0 1 connected " + p.slots[p.index] + "\n"}
	case c[0] == "MGET" && len(c) > 2:
		*reply = Reply{Err: redistest.Error("CROSSSLOT Keys in request don't hash to the same slot")}
	case c[0] == "MGET" && reply.Value.([]any)[0] == nil:
		*reply = Reply{Err: redistest.Error(fmt.Sprint("MOVED ", Slot(c[1]), " elsewhere:1"))}
	}
}

// jsonCodec decodes sessions that are JSON objects.
type jsonCodec struct{}

func (jsonCodec) Encode(_ time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(values)
}

func (jsonCodec) Decode(b []byte) (deadline time.Time, values map[string]any, err error) {
	return deadline, values, json.Unmarshal(b, &values)
}

// open returns a Store over client with the prefix app: and, unless opts has one, the
// jsonCodec.
func open(client Client, opts Options) *Store {
	opts.Prefix = "app:"
	if opts.Codec == nil {
		opts.Codec = jsonCodec{}
	}
	return New("teststore", client, opts)
}

// start returns a Store and its Client, with as many servers.
func start(tb testing.TB, servers int, opts Options) (*Store, *direct) {
	tb.Helper()
	client := &direct{}
	for range servers {
		client.servers = append(client.servers, redistest.Start(tb, redistest.Options{Unix: true}))
	}
	return open(client, opts), client
}

// failing returns a Store whose commands all end with err.
func failing(err error) *Store {
	client := &direct{servers: make([]*redistest.Server, 1), before: func(Command) error { return err }}
	return open(client, Options{})
}
