package redissession

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// slotCount is the number of hash slots of every Redis Cluster.
const slotCount = 16384

// Slot returns the hash slot of key: that of its hash tag if it has one.
func Slot(key string) int {
	if tag, ok := hashTag(key); ok {
		return slotOf(tag)
	}
	return slotOf(key)
}

// hashTag returns what is between the first brace and the next closing one.
func hashTag(key string) (tag string, ok bool) {
	_, rest, _ := strings.Cut(key, "{")
	tag, _, ok = strings.Cut(rest, "}")
	return tag, ok && tag != ""
}

func slotOf(key string) int {
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
	owned [slotCount]bool
	moves map[int]move // of the slots that leave or arrive
}

// move is the move of a slot from one primary to another, named by their IDs.
type move struct{ from, to string }

// parseNode reads the node's own line of its reply to CLUSTER NODES:
//
//	ID ADDRESS [FLAGS,]myself[,FLAGS] MASTER PING PONG EPOCH LINK SLOTS...
//
// SLOTS are 7, 7-9, [7->-ID] for a slot that leaves and [7-<-ID] for one that
// arrives.
func parseNode(nodes string) (*node, error) {
	for line := range strings.Lines(nodes) {
		fields := strings.Fields(line)
		if len(fields) < 8 || !strings.Contains(","+fields[2]+",", ",myself,") {
			continue
		}
		n := &node{id: fields[0], moves: make(map[int]move)}
		for _, field := range fields[8:] {
			if err := n.add(field); err != nil {
				return nil, err
			}
		}
		return n, nil
	}
	return nil, errors.New("reply to CLUSTER NODES without the node itself")
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
		return nil
	}
	for slot := i; slot <= j; slot++ {
		n.owned[slot] = true
	}
	return nil
}

// survey finds out whether a listing of a Cluster is complete. SCAN shows what a primary
// has now. If a slot moves from a primary that is read later to one that has been read,
// neither shows its sessions. So a listing makes passes over all primaries, and asks each
// for its slots before and after it reads it. All sessions of a slot have been seen
//
//   - in a pass in which one primary had the slot all the time, and no primary said that
//     the slot was moving: no session has left or arrived during the pass;
//   - in two passes with the same move of the slot: each session moves once, so in one of
//     the two passes it stayed where it was.
//
// The listing makes passes until all slots have been seen, which also shows that no
// primary was left out.
type survey struct {
	seen    [slotCount]bool // true also for slots that can have no session of the store
	pending int
	moves   map[int]move // of the last pass
	visited int          // number of primaries in the last pass
}

func newSurvey(keys keyspace) *survey {
	s := &survey{pending: slotCount}
	if only, ok := keys.oneSlot(); ok {
		for slot := range s.seen {
			s.seen[slot] = slot != only
		}
		s.pending = 1
	}
	return s
}

// err is the error of a listing that is not complete after its last pass.
func (s *survey) err() error {
	return fmt.Errorf("%w: %d of %d, although %d primaries were read; is the client one for a Cluster?",
		errSlots, s.pending, slotCount, s.visited)
}

var errSlots = errors.New("some slots of the Cluster belong to a primary that the client does not know, or keep moving")

// add adds a pass: what each primary said of its slots before and after it was read.
func (s *survey) add(nodes [][2]*node) {
	var holders [slotCount]int // number of primaries that had the slot throughout
	moves, read := make(map[int]move), make(map[string]bool)
	for _, says := range nodes {
		read[says[0].id] = true
		for slot := range slotCount {
			if says[0].owned[slot] && says[1].owned[slot] && says[0].id == says[1].id {
				holders[slot]++
			}
		}
	}
	for _, says := range nodes {
		for _, n := range says {
			for slot, m := range n.moves {
				// Two different moves in one pass prove nothing, nor does a move from or to a
				// primary that was not read.
				if old, ok := moves[slot]; ok && old != m || !read[m.from] || !read[m.to] {
					m = move{}
				}
				moves[slot] = m
			}
		}
	}
	for slot := range s.seen {
		m, moving := moves[slot]
		stayed := !moving && holders[slot] == 1
		sameMove := moving && m != move{} && s.moves[slot] == m
		if !s.seen[slot] && (stayed || sameMove) {
			s.seen[slot] = true
			s.pending--
		}
	}
	s.moves, s.visited = moves, len(nodes)
}
