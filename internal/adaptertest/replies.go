package adaptertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

// errorReplies are the errors that Redis may answer to any command, and some that it
// answers to one command only.
var errorReplies = []string{
	"LOADING Redis is loading the dataset in memory",
	"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
	"OOM command not allowed when used memory > 'maxmemory'.",
	"READONLY You can't write against a read only replica.",
	"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
	"NOAUTH Authentication required.",
	"WRONGTYPE Operation against a key holding the wrong kind of value",
	"CLUSTERDOWN The cluster is down",
	"NOPERM this user has no permissions to run the 'get' command",
	"WRONGPASS invalid username-password pair or user is disabled.",
	"MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.",
	"NOREPLICAS Not enough good replicas to write.",
	"EXECABORT Transaction discarded because of previous errors.",
	"TRYAGAIN Multiple keys request during rehashing of slot",
	"CROSSSLOT Keys in request don't hash to the same slot",
	"ERR max number of clients reached",
	"ERR ",
}

// testErrorReplies: each error that a server answers is an error of the client's own type
// with the server's text, never "not found". When the server is well again, calls work.
func testErrorReplies(t *testing.T, a Adapter) {
	var tests []subtest
	for _, text := range errorReplies {
		kind, _, _ := strings.Cut(text, " ")
		tests = append(tests, subtest{kind, func(t *testing.T) {
			isReply := func(t *testing.T, call string, err error) {
				// rueidis leaves out the ERR.
				if got, ok := a.ServerError(err); !ok || strings.TrimPrefix(got, "ERR ") != strings.TrimPrefix(text, "ERR ") {
					t.Errorf("%s = %v (%T): want the client's type for a server's error, with the text %q", call, err, err, text)
				}
			}
			good := func(call string, listing bool) bool {
				return listing && kind == "WRONGTYPE" // a key of another type is no session
			}
			reply := "-" + text + "\r\n"
			if kind == "READONLY" || kind == "MASTERDOWN" {
				// The client closes the connection. If other calls always break the
				// connection of a call, it has no answer of the server to return.
				testReply(t, a, reply, false, isReply, good)
				isReply = func(*testing.T, string, error) {}
			}
			testReply(t, a, reply, true, isReply, good)
		}})
	}
	atOnce(t, 8, tests)
}

// badReply is a reply that no command of a store should get. After an incomplete one the
// connection ends, because another reply would complete it.
type badReply struct {
	name, reply string
	// good are the methods to whose command it is a normal reply.
	good []string
}

var (
	getting  = []string{"Find", "All", "Each"}
	deleting = []string{"Delete"}
)

// quotable is session data that a client may quote when it does not understand a reply.
const quotable = "Session-Data"

var badReplies = []badReply{
	{"Integer", ":1\r\n", deleting},
	{"SimpleString", "+QUEUED\r\n", getting},
	{"BulkString", "$4\r\ndata\r\n", getting},
	{"Null", "$-1\r\n", getting},
	{"NullArray", "*-1\r\n", getting},
	{"RESP3Null", "_\r\n", getting},
	{"EmptyArray", "*0\r\n", nil},
	{"Array", "*2\r\n$1\r\n0\r\n$4\r\ndata\r\n", nil},
	{"NestedArrays", "*2\r\n*2\r\n:1\r\n*1\r\n$1\r\n0\r\n*1\r\n*0\r\n", nil},
	{"ArrayOfErrors", "*2\r\n-ERR one\r\n-LOADING two\r\n", nil},
	{"Map", "%1\r\n+key\r\n$4\r\ndata\r\n", nil},
	{"MapOfMaps", "%1\r\n%1\r\n+a\r\n+b\r\n%0\r\n", nil},
	{"Set", "~1\r\n$4\r\ndata\r\n", getting}, // for an array, to MGET
	{"True", "#t\r\n", nil},
	{"Double", ",1.5\r\n", nil},
	{"BigNumber", "(3492890328409238509324850943850943825024385\r\n", nil},
	{"Verbatim", "=8\r\ntxt:data\r\n", getting},
	{"ErrorOfBytes", "!10\r\nERR broken\r\n", nil},
	{"Push", ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n" + redistest.Hangup, nil},
	{"Attribute", "|1\r\n+key\r\n+value\r\n" + redistest.Hangup, nil},
	{"CutString", "$10\r\nsecr" + redistest.Hangup, nil},
	{"CutArray", "*2\r\n$1\r\n0\r\n*1000\r\n" + redistest.Hangup, nil},
	{"NoEndOfLine", "$4\r\nsecret\r\n", getting},
	{"NegativeString", "$-5\r\n", nil},
	{"NegativeArray", "*-5\r\n", nil},
	{"OverflowingString", "$9223372036854775807\r\n", nil},
	{"OverflowingArray", "*9223372036854775807\r\n", nil},
	{"NoLength", "$\r\n" + redistest.Hangup, nil},
	{"Letters", ":abc\r\n", nil},
	{"Bytes", "\x00\xff\x00\xff\r\n", nil},
	{"EmptyLines", "\r\n\r\n", nil},
	{"HTTP", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", nil},
	{"SecretNumber", "(" + quotable + "\r\n", nil},
	{"SecretInteger", ":" + quotable + "\r\n", nil},
	{"SecretCursor", "*2\r\n" + redistest.Bulk(quotable) + "*0\r\n", nil},
	{"SecretLine", quotable + "\r\n", nil},
	{"Nothing", redistest.Hangup, nil},
}

// testBadReplies: a reply that makes no sense causes an error of any type within the
// bound, whichever command gets it.
func testBadReplies(t *testing.T, a Adapter) {
	var tests []subtest
	for _, bad := range badReplies {
		if slices.Contains(a.Crashing, bad.name) {
			continue
		}
		tests = append(tests, subtest{bad.name, func(t *testing.T) {
			notQuoted := func(t *testing.T, call string, err error) {
				if err != nil && strings.Contains(err.Error(), quotable) {
					t.Errorf("%s = %q: the reply must not be in it", call, err)
				}
			}
			testReply(t, a, bad.reply, true, notQuoted, func(call string, listing bool) bool {
				op := strings.TrimSuffix(call, "Ctx")
				return slices.Contains(bad.good, op) && (listing || op == "Find" || op == "Delete")
			})
		}})
	}
	atOnce(t, 8, tests)
}

// testReply makes all calls on a server that answers every command with reply. Then it
// lists on a server that does so once the keys are known. All calls use one store or,
// unless oneStore, a store each. Each call has to return an error that passes check,
// unless it is good.
func testReply(t *testing.T, a Adapter, reply string, oneStore bool, check func(t *testing.T, call string, err error), good func(call string, listing bool) bool) {
	server := redistest.StartScripted(t)
	stores := []Store{a.open(t, a.at(server.Addr))}
	token, data := newToken(), "secret-"+newToken()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, listing := range []bool{false, true} {
		healthy := healthy(token, data)
		server.Reply(func(args []string) string {
			if redistest.Greets(args) || listing && (args[0] == "SCAN" || args[0] == "INFO") {
				return healthy(args)
			}
			return reply
		})
		var calling sync.WaitGroup
		for name, call := range Calls(ctx, stores[0], token, data) {
			if listing && name != "All" && name != "AllCtx" && name != "Each" {
				continue
			}
			if !oneStore {
				s := a.open(t, a.at(server.Addr))
				stores = append(stores, s)
				call = Calls(ctx, s, token, data)[name]
			}
			calling.Add(1)
			go func() {
				defer calling.Done()
				err := inTime(t, a.Topologies[0].Bound, name, call)
				if !good(name, listing) {
					wantError(t, name, err, token, data)
					check(t, name, err)
				}
			}()
		}
		calling.Wait()
		server.Reply(healthy)
		for _, s := range stores {
			wantHealthy(t, s, token, data)
		}
	}
}

// healthy answers as a server that has one session.
func healthy(token, data string) redistest.Answer {
	return func(args []string) string {
		if reply := answer(args, prefix+token, data); reply != "" {
			return reply
		}
		return redistest.Greet(args)
	}
}

// answer answers a store's commands like a server with one key, and other commands with
// an empty string.
func answer(args []string, key, value string) string {
	switch args[0] {
	case "GET", "GETEX":
		return redistest.Bulk(value)
	case "MGET":
		return fmt.Sprintf("*%d\r\n", len(args)-1) + strings.Repeat(redistest.Bulk(value), len(args)-1)
	case "SET":
		return "+OK\r\n"
	case "DEL":
		return ":1\r\n"
	case "INFO":
		return redistest.Bulk("redis_mode:standalone\r\nrun_id:1\r\n")
	case "SCAN":
		return "*2\r\n$1\r\n0\r\n*1\r\n" + redistest.Bulk(key)
	}
	return ""
}

// wantHealthy waits until the calls of a store succeed again, all of them.
func wantHealthy(t *testing.T, s Store, token, data string) {
	t.Helper()
	for name, call := range Calls(context.Background(), s, token, data) {
		redistest.WaitFor(t, name+" when the server is well", call)
	}
}
