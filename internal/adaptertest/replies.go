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

// badReply is a reply that no command of a store should get. After an incomplete one the
// connection ends, because another reply would complete it.
type badReply struct {
	name, reply string
	// good are the methods to whose command it is a normal reply.
	good []string
	// text is that of a server's error.
	text string
}

// serverError returns a server's error, named by its kind.
func serverError(text string, good ...string) badReply {
	kind, _, _ := strings.Cut(text, " ")
	return badReply{kind, "-" + text + "\r\n", good, text}
}

var (
	getting  = []string{"Find", "All", "Each"}
	deleting = []string{"Delete"}
)

// quotable is session data that a client may quote when it does not understand a reply.
const quotable = "Session-Data"

var badReplies = []badReply{
	// Errors that Redis may answer to any command, and some that it answers to one only.
	serverError("LOADING Redis is loading the dataset in memory"),
	serverError("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."),
	serverError("OOM command not allowed when used memory > 'maxmemory'."),
	serverError("READONLY You can't write against a read only replica."),
	serverError("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
	serverError("NOAUTH Authentication required."),
	serverError("WRONGTYPE Operation against a key holding the wrong kind of value", "All", "Each"), // a key of another type is no session
	serverError("CLUSTERDOWN The cluster is down"),
	serverError("NOPERM this user has no permissions to run the 'get' command"),
	serverError("WRONGPASS invalid username-password pair or user is disabled."),
	serverError("MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk."),
	serverError("NOREPLICAS Not enough good replicas to write."),
	serverError("EXECABORT Transaction discarded because of previous errors."),
	serverError("TRYAGAIN Multiple keys request during rehashing of slot"),
	serverError("CROSSSLOT Keys in request don't hash to the same slot"),
	serverError("ERR max number of clients reached"),
	serverError("ERR "),

	// What no Redis answers.
	{name: "Integer", reply: ":1\r\n", good: deleting},
	{name: "SimpleString", reply: "+QUEUED\r\n", good: getting},
	{name: "BulkString", reply: "$4\r\ndata\r\n", good: getting},
	{name: "Null", reply: "$-1\r\n", good: getting},
	{name: "NullArray", reply: "*-1\r\n", good: getting},
	{name: "RESP3Null", reply: "_\r\n", good: getting},
	{name: "EmptyArray", reply: "*0\r\n"},
	{name: "Array", reply: "*2\r\n$1\r\n0\r\n$4\r\ndata\r\n"},
	{name: "NestedArrays", reply: "*2\r\n*2\r\n:1\r\n*1\r\n$1\r\n0\r\n*1\r\n*0\r\n"},
	{name: "ArrayOfErrors", reply: "*2\r\n-ERR one\r\n-LOADING two\r\n"},
	{name: "Map", reply: "%1\r\n+key\r\n$4\r\ndata\r\n"},
	{name: "MapOfMaps", reply: "%1\r\n%1\r\n+a\r\n+b\r\n%0\r\n"},
	{name: "Set", reply: "~1\r\n$4\r\ndata\r\n", good: getting}, // for an array, to MGET
	{name: "True", reply: "#t\r\n"},
	{name: "Double", reply: ",1.5\r\n"},
	{name: "BigNumber", reply: "(3492890328409238509324850943850943825024385\r\n"},
	{name: "Verbatim", reply: "=8\r\ntxt:data\r\n", good: getting},
	{name: "ErrorOfBytes", reply: "!10\r\nERR broken\r\n"},
	{name: "Push", reply: ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n" + redistest.Hangup},
	{name: "Attribute", reply: "|1\r\n+key\r\n+value\r\n" + redistest.Hangup},
	{name: "CutString", reply: "$10\r\nsecr" + redistest.Hangup},
	{name: "CutArray", reply: "*2\r\n$1\r\n0\r\n*1000\r\n" + redistest.Hangup},
	{name: "NoEndOfLine", reply: "$4\r\nsecret\r\n", good: getting},
	{name: "NegativeString", reply: "$-5\r\n"},
	{name: "NegativeArray", reply: "*-5\r\n"},
	{name: "OverflowingString", reply: "$9223372036854775807\r\n"},
	{name: "OverflowingArray", reply: "*9223372036854775807\r\n"},
	{name: "NoLength", reply: "$\r\n" + redistest.Hangup},
	{name: "Letters", reply: ":abc\r\n"},
	{name: "Bytes", reply: "\x00\xff\x00\xff\r\n"},
	{name: "EmptyLines", reply: "\r\n\r\n"},
	{name: "HTTP", reply: "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"},
	{name: "SecretNumber", reply: "(" + quotable + "\r\n"},
	{name: "SecretInteger", reply: ":" + quotable + "\r\n"},
	{name: "SecretCursor", reply: "*2\r\n" + redistest.Bulk(quotable) + "*0\r\n"},
	{name: "SecretLine", reply: quotable + "\r\n"},
	{name: "Nothing", reply: redistest.Hangup},
}

// testBadReplies: a reply that makes no sense causes an error within the bound, whichever
// command gets it, and is not quoted. An error that a server answers is an error of the
// client's own type with the server's text, never "not found". When the server is well
// again, calls work.
func testBadReplies(t *testing.T, a Adapter) {
	var tests []subtest
	for _, bad := range badReplies {
		if slices.Contains(a.Crashing, bad.name) {
			continue
		}
		tests = append(tests, subtest{bad.name, func(t *testing.T) {
			if bad.name == "READONLY" || bad.name == "MASTERDOWN" {
				// The client closes the connection. If other calls always break the
				// connection of a call, it has no answer of the server to return.
				testReply(t, a, bad, false)
				bad.text = ""
			}
			testReply(t, a, bad, true)
		}})
	}
	atOnce(t, 8, tests)
}

// testReply makes all calls on a server that answers every command with a bad reply. Then
// it lists on a server that does so once the keys are known. All calls use one store or,
// unless oneStore, a store each.
func testReply(t *testing.T, a Adapter, bad badReply, oneStore bool) {
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
			return bad.reply
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
				op := strings.TrimSuffix(name, "Ctx")
				if !slices.Contains(bad.good, op) || !listing && (op == "All" || op == "Each") {
					wantError(t, name, err, token, data)
					bad.check(t, a, name, err)
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

// check checks that err is a server's error if the reply is one, and quotes no other.
func (bad badReply) check(t *testing.T, a Adapter, call string, err error) {
	got, ok := a.ServerError(err)
	// rueidis leaves out the ERR.
	if bad.text != "" && (!ok || strings.TrimPrefix(got, "ERR ") != strings.TrimPrefix(bad.text, "ERR ")) {
		t.Errorf("%s = %v (%T): want the client's type for a server's error, with the text %q", call, err, err, bad.text)
	}
	if err != nil && strings.Contains(err.Error(), quotable) {
		t.Errorf("%s = %q: the reply must not be in it", call, err)
	}
}

// healthy answers as a server that has one session.
func healthy(token, data string) redistest.Answer {
	return func(args []string) string {
		switch args[0] {
		case "GET", "GETEX":
			return redistest.Bulk(data)
		case "MGET":
			return fmt.Sprintf("*%d\r\n", len(args)-1) + strings.Repeat(redistest.Bulk(data), len(args)-1)
		case "SET":
			return "+OK\r\n"
		case "DEL":
			return ":1\r\n"
		case "INFO":
			return redistest.Bulk("redis_mode:standalone\r\nrun_id:1\r\n")
		case "SCAN":
			return "*2\r\n$1\r\n0\r\n*1\r\n" + redistest.Bulk(prefix+token)
		}
		return redistest.Greet(args)
	}
}

// wantHealthy waits until the calls of a store succeed again, all of them.
func wantHealthy(t *testing.T, s Store, token, data string) {
	t.Helper()
	for name, call := range Calls(context.Background(), s, token, data) {
		redistest.WaitFor(t, name+" when the server is well", call)
	}
}
