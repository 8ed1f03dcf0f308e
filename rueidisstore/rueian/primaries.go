// Code generated from rueidisstore/primaries.go by scripts/generate.sh; DO NOT EDIT.

package rueidisstore

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"

	"github.com/rueian/rueidis"
	"github.com/scsredis/stores/internal/redissession"
)

func (c redisClient) EachShard(ctx context.Context, visit func(context.Context, redissession.Shard) error) error {
	primaries, cluster, err := c.primaries(ctx)
	if err != nil {
		return err
	}
	visits := make([]func() error, len(primaries))
	for i, node := range primaries {
		visits[i] = func() error { return visit(ctx, shard{node, c, cluster}) }
	}
	return redissession.Concurrently(visits)
}

// primaries returns the client's nodes that are primaries, and whether they are
// a Cluster's.
func (c redisClient) primaries(ctx context.Context) (primaries []rueidis.Client, cluster bool, err error) {
	nodes := c.Nodes()
	addrs, err := slotOwners(ctx, nodes)
	reply := replyIn(err)
	switch {
	case reply != nil && !clustered(c.B().Arbitrary("CLUSTER", "SLOTS").Build()) &&
		(len(nodes) == 1 || redissession.Unknown(reply.Error())):
		// Not a Cluster. A user who may not ask has one node only if it is none:
		// the client needs the command to find a Cluster's.
		primaries, err = outsideCluster(ctx, nodes)
		return primaries, false, err
	case err != nil:
		return nil, false, err
	}
	for addr := range addrs {
		node, ok := nodes[addr]
		if !ok {
			return nil, false, errUnknownPrimary
		}
		primaries = append(primaries, node)
	}
	return primaries, true, nil
}

var errUnknownPrimary = errors.New("the cluster has a primary that the client does not know yet")

// slotOwners returns the addresses of the primaries, as the first node to answer
// knows them. A replica that is down must not matter.
func slotOwners(ctx context.Context, nodes map[string]rueidis.Client) (map[string]bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		mu      sync.Mutex
		owners  map[string]bool
		refusal error // that of a node says more than that another is down
	)
	var visits []func() error
	for asked, node := range nodes {
		visits = append(visits, func() error {
			msg, err := do(ctx, node, func() rueidis.Completed { return node.B().Arbitrary("CLUSTER", "SLOTS").Build() })
			var addrs map[string]bool
			if err == nil {
				addrs, err = primaryAddrs(&msg, asked)
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && owners == nil:
				owners = addrs
				cancel()
			case replyIn(err) != nil && refusal == nil:
				refusal = err
			}
			return err
		})
	}
	err := redissession.Concurrently(visits)
	switch {
	case owners != nil:
		return owners, nil
	case refusal != nil:
		return nil, refusal
	case err != nil:
		return nil, err
	}
	return nil, errReply // a client without nodes
}

// primaryAddrs returns the addresses of the nodes that asked's reply to CLUSTER
// SLOTS names first: for each range of slots its start, its end, the primary,
// the replicas. A node that does not know its host has the one it was asked at.
func primaryAddrs(msg *rueidis.RedisMessage, asked string) (map[string]bool, error) {
	addrs := make(map[string]bool)
	if !msg.IsArray() {
		return nil, errReply
	}
	ranges, err := msg.ToArray()
	if err != nil {
		return nil, err
	}
	for i := range ranges {
		if !ranges[i].IsArray() {
			return nil, errReply
		}
		fields, err := ranges[i].ToArray()
		if err != nil || len(fields) < 3 || !fields[2].IsArray() {
			return nil, errReply
		}
		node, err := fields[2].ToArray()
		if err != nil || len(node) < 2 || !node[1].IsInt64() {
			return nil, errReply
		}
		port, err := node[1].ToInt64()
		if err != nil {
			return nil, err
		}
		var host string
		if node[0].IsString() {
			if host, err = node[0].ToString(); err != nil {
				return nil, err
			}
		}
		if host == "" {
			host, _, _ = net.SplitHostPort(asked)
		}
		addrs[net.JoinHostPort(host, strconv.FormatInt(port, 10))] = true
	}
	return addrs, nil
}

// outsideCluster returns the one primary among nodes that are no Cluster's: the
// client may have its replicas too, and may not know yet which has been promoted.
// Where two believe to be the primary, it is not for us to choose.
func outsideCluster(ctx context.Context, nodes map[string]rueidis.Client) (primaries []rueidis.Client, err error) {
	for _, node := range nodes {
		if len(nodes) == 1 {
			return []rueidis.Client{node}, nil
		}
		primary, roleErr := isPrimary(ctx, node)
		if roleErr != nil {
			err = roleErr
		} else if primary {
			primaries = append(primaries, node)
		}
	}
	switch len(primaries) {
	case 0:
		return nil, err
	case 1:
		return primaries, nil
	}
	return nil, errTwoPrimaries
}

var errTwoPrimaries = errors.New("more than one server is a primary")

// isPrimary asks a node for its role: rueidis lists replicas too.
func isPrimary(ctx context.Context, node rueidis.Client) (bool, error) {
	msg, err := do(ctx, node, func() rueidis.Completed { return node.B().Arbitrary("ROLE").Build() })
	if err != nil {
		return false, err
	}
	if !msg.IsArray() {
		return false, errReply
	}
	fields, err := msg.ToArray()
	if err != nil || len(fields) == 0 || !fields[0].IsString() {
		return false, errReply
	}
	role, err := fields[0].ToString()
	return role == "master", err
}
