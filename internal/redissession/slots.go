package redissession

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// errSlots is for a listing that cannot be known to be whole.
var errSlots = errors.New("the cluster's slots keep moving, or no primary that was visited has all of them")

// slotCount is the number of hash slots of every Redis Cluster.
const slotCount = 16384

// slot returns the hash slot of key: that of its first non-empty {tag}, if it
// has one.
func slot(key string) int {
	if _, rest, ok := strings.Cut(key, "{"); ok {
		if tag, _, ok := strings.Cut(rest, "}"); ok && tag != "" {
			key = tag
		}
	}
	var crc uint16 // CRC-16/XMODEM
	for i := range len(key) {
		crc ^= uint16(key[i]) << 8
		for range 8 {
			carry := crc & 0x8000
			if crc <<= 1; carry != 0 {
				crc ^= 0x1021
			}
		}
	}
	return int(crc) % slotCount
}

// node is what a primary says of its slots.
type node struct {
	id    string
	owned [][2]int     // first and last slot of each range
	moves map[int]move // of the slots that leave or arrive
}

// move is a slot's way from one primary to another, by their IDs.
type move struct{ from, to string }

// parseNode reads the node's own line of its reply to CLUSTER NODES:
//
//	ID ADDRESS [FLAGS,]myself[,FLAGS] MASTER PING PONG EPOCH LINK SLOTS...
//
// SLOTS are 7, 7-9, [7->-ID] for a slot that leaves and [7-<-ID] for one that
// arrives.
func parseNode(nodes string) (node, error) {
	for line := range strings.Lines(nodes) {
		fields := strings.Fields(line)
		if len(fields) < 8 || !strings.Contains(","+fields[2]+",", ",myself,") {
			continue
		}
		n := node{id: fields[0], moves: make(map[int]move)}
		for _, field := range fields[8:] {
			if err := n.add(field); err != nil {
				return node{}, err
			}
		}
		return n, nil
	}
	return node{}, errors.New("reply to CLUSTER NODES without the node itself")
}

func (n *node) add(field string) error {
	slots, moving := strings.CutPrefix(strings.TrimSuffix(field, "]"), "[")
	first, last := slots, slots
	m := move{n.id, n.id}
	if !moving {
		if a, b, ok := strings.Cut(slots, "-"); ok {
			first, last = a, b
		}
	} else if a, b, ok := strings.Cut(slots, "->-"); ok {
		first, last, m.to = a, a, b
	} else if a, b, ok := strings.Cut(slots, "-<-"); ok {
		first, last, m.from = a, a, b
	}
	i, err1 := strconv.Atoi(first)
	j, err2 := strconv.Atoi(last)
	if err1 != nil || err2 != nil || i < 0 || j >= slotCount || i > j {
		return fmt.Errorf("reply to CLUSTER NODES with the slots %q", field)
	}
	if moving {
		n.moves[i] = m
	} else {
		n.owned = append(n.owned, [2]int{i, j})
	}
	return nil
}

// survey finds out whether a listing of a Cluster is whole. SCAN on a primary
// shows what it has, so a session whose slot moves from a primary that is read
// later to one that has been read is in neither. A listing is therefore made in
// passes over all primaries, each of which is asked for its slots before and
// after it is read. Of a slot everything has been seen
//
//   - in a pass in which one primary had it all the time, and no primary said
//     that it was moving: nothing has left or arrived while somebody read;
//   - in two passes in which it was on the same way: its sessions move once,
//     so in one of the two passes each of them stayed where it was.
//
// Passes are made until everything has been seen of all slots, which also shows
// that no primary was left out.
type survey struct {
	seen    [slotCount]bool
	pending int
	moves   map[int]move // of the last pass
}

func newSurvey() *survey { return &survey{pending: slotCount} }

// add ends a pass in which the primaries said this before and after they were
// read.
func (s *survey) add(before, after []node) {
	var holders [slotCount]int8 // primaries that had the slot throughout
	for i := range before {
		var had [slotCount]bool
		for _, r := range before[i].owned {
			for slot := r[0]; slot <= r[1]; slot++ {
				had[slot] = true
			}
		}
		for _, r := range after[i].owned {
			for slot := r[0]; slot <= r[1]; slot++ {
				if had[slot] && before[i].id == after[i].id {
					holders[slot]++
				}
			}
		}
	}
	moves, read := make(map[int]move), make(map[string]bool)
	for _, n := range before {
		read[n.id] = true
	}
	for _, n := range append(before[:len(before):len(before)], after...) {
		for slot, m := range n.moves {
			// Two ways in one pass, or one with an end that was not read, prove
			// nothing.
			if old, ok := moves[slot]; ok && old != m || !read[m.from] || !read[m.to] {
				m = move{}
			}
			moves[slot] = m
		}
	}
	for slot := range s.seen {
		m, moving := moves[slot]
		stayed := !moving && holders[slot] == 1
		sameWay := moving && m != move{} && s.moves[slot] == m
		if !s.seen[slot] && (stayed || sameWay) {
			s.seen[slot] = true
			s.pending--
		}
	}
	s.moves = moves
}
