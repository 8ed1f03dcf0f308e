package redissession

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
)

// Nodes are the nodes that a client knows. They are for clients that do not say which
// nodes are primaries.
type Nodes struct {
	ByAddr map[string]Primary

	// ServerError is the Client's method.
	ServerError func(err error) (text string, ok bool)
}

// Visit visits the primaries at the same time: all of a Cluster, or the one that there is
// without a Cluster.
func (n Nodes) Visit(ctx context.Context, cluster bool, visit func(context.Context, Primary) error) error {
	find := n.only
	if cluster {
		find = n.ofCluster
	}
	primaries, err := find(ctx)
	if err != nil {
		return err
	}
	return Concurrently(primaries, func(p Primary) error { return visit(ctx, p) })
}

// ofCluster returns the primaries of a Cluster. It leaves out a primary that the client
// does not know yet.
func (n Nodes) ofCluster(ctx context.Context) (primaries []Primary, err error) {
	addrs, err := n.slotOwners(ctx)
	for addr := range addrs {
		if node, ok := n.ByAddr[addr]; ok {
			primaries = append(primaries, node)
		}
	}
	return primaries, err
}

// slotOwners returns the addresses of the primaries, as the first node to answer gives
// them. It asks all nodes, because one may be down.
func (n Nodes) slotOwners(ctx context.Context) (owners map[string]bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	var refusal error // an error that a server answered: it says more than a failed connection
	err = Concurrently(slices.Collect(maps.Keys(n.ByAddr)), func(asked string) error {
		reply, err := ask(ctx, n.ByAddr[asked], "CLUSTER", "SLOTS")
		var addrs map[string]bool
		if err == nil {
			addrs, err = parseSlotOwners(reply, asked)
		}
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			owners = addrs
			cancel()
		} else if _, ok := n.ServerError(err); ok {
			refusal = err
		}
		return err
	})
	switch {
	case owners != nil:
		return owners, nil
	case refusal != nil:
		return nil, refusal
	}
	return nil, err
}

// parseSlotOwners returns the addresses of the primaries in a reply to CLUSTER SLOTS.
// Each range of slots in it has start, end, primary and replicas. A primary without a
// host has the host of asked, the node that answered.
func parseSlotOwners(value any, asked string) (map[string]bool, error) {
	ranges, err := array(value, -1)
	if err != nil {
		return nil, err
	}
	addrs := make(map[string]bool)
	for _, r := range ranges {
		fields, _ := array(r, -1)
		if len(fields) < 3 {
			return nil, ErrReply
		}
		node, _ := array(fields[2], -1)
		if len(node) < 2 {
			return nil, ErrReply
		}
		host, _ := bytesOrNil(node[0])
		port, ok := node[1].(int64)
		if !ok {
			return nil, ErrReply
		}
		addr := string(host)
		if addr == "" {
			addr, _, _ = net.SplitHostPort(asked)
		}
		addrs[net.JoinHostPort(addr, strconv.FormatInt(port, 10))] = true
	}
	return addrs, nil
}

// only returns the one primary among nodes that form no Cluster. The client may know its
// replicas too, and may not know yet which of them has been promoted. It is an error if
// two nodes say that they are the primary.
func (n Nodes) only(ctx context.Context) (primaries []Primary, err error) {
	for _, node := range n.ByAddr {
		if len(n.ByAddr) == 1 {
			return []Primary{node}, nil
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
	return nil, fmt.Errorf("%d servers say that they are the primary", len(primaries))
}

// isPrimary asks a node for its role.
func isPrimary(ctx context.Context, node Primary) (bool, error) {
	reply, err := ask(ctx, node, "ROLE")
	if err != nil {
		return false, err
	}
	fields, _ := array(reply, -1)
	if len(fields) == 0 {
		return false, ErrReply
	}
	role, err := text(fields[0])
	return role == "master", err
}

func ask(ctx context.Context, node Primary, command ...string) (any, error) {
	replies, err := node.Pipeline(ctx, command)
	if err != nil {
		return nil, err
	}
	return replies[0].Value, replies[0].Err
}
