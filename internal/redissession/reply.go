package redissession

import (
	"errors"
	"net"
	"strconv"
)

// ErrReply is for a reply that is no error, and does not say either that the
// command has been done. No Redis server sends one.
var ErrReply = errors.New("reply of an unexpected type")

// text returns a reply that is a string.
func text(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	}
	return "", ErrReply
}

// bytesOrNil returns a reply that is a string, not nil even if it is empty, or
// nil for a reply that is nil.
func bytesOrNil(value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		return []byte(v), nil
	case []byte:
		if v == nil {
			v = []byte{}
		}
		return v, nil
	}
	return nil, ErrReply
}

// array returns a reply that is an array of n elements, of any number if n is
// negative.
func array(value any, n int) ([]any, error) {
	elements, ok := value.([]any)
	if !ok || n >= 0 && len(elements) != n {
		return nil, ErrReply
	}
	return elements, nil
}

// scanned returns the keys and the next cursor in a reply to SCAN.
func scanned(value any) (keys []string, next string, err error) {
	fields, err := array(value, 2)
	if err != nil {
		return nil, "", err
	}
	if next, err = text(fields[0]); err != nil {
		return nil, "", err
	}
	if _, err := strconv.ParseUint(next, 10, 64); err != nil {
		return nil, "", ErrReply
	}
	elements, err := array(fields[1], -1)
	if err != nil {
		return nil, "", err
	}
	keys = make([]string, len(elements))
	for i, element := range elements {
		if keys[i], err = text(element); err != nil {
			return nil, "", err
		}
	}
	return keys, next, nil
}

// SlotOwners returns the addresses of the primaries in a reply to CLUSTER SLOTS. For
// each range of slots that has its start, its end, the primary and the replicas. A
// primary that does not know its host has that of asked, the address that was asked.
func SlotOwners(value any, asked string) (map[string]bool, error) {
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

// IsPrimary reports whether a reply to ROLE is that of a primary.
func IsPrimary(value any) (bool, error) {
	fields, _ := array(value, -1)
	if len(fields) == 0 {
		return false, ErrReply
	}
	role, err := text(fields[0])
	return role == "master", err
}
