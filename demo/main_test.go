package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// patience bounds what is waited for, and is never used up on a good day.
const patience = 30 * time.Second

// TestMain makes this binary the application itself where a test asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("DEMO_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// command is the application as a process.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), "DEMO_MAIN=1")
	return cmd
}

// TestErrors: what is wrong is said in one line, and in the exit status.
func TestErrors(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	locked := redistest.Start(t, redistest.Options{Args: []string{"--requirepass", "secret"}})
	wrong := locked.URLFor("default", "hunter2").String()
	stopped := redistest.Start(t, redistest.Options{})
	stopped.Stop(t)

	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"BusyPort", []string{"-addr", busy.Addr().String()}, []string{busy.Addr().String(), "-addr"}},
		{"BadAddress", []string{"-addr", "8080"}, []string{"8080", "missing port"}},
		{"UnknownClient", []string{"-client", "jedis"}, append(slices.Collect(maps.Keys(clients)), `"jedis"`)},
		{"UnknownFlag", []string{"-port", "1"}, []string{"-port"}},
		{"Argument", []string{"redis://h"}, []string{`"redis://h"`}},
		{"BadURL", []string{"-redis", "http://127.0.0.1"}, []string{"-redis", "redis://"}},
		{"BadDatabase", []string{"-redis", "redis://127.0.0.1/x"}, []string{"-redis", "database"}},
		{"PasswordInURL", []string{"-redis", "redis://u:hunter2/@h"}, []string{"-redis", "%2F"}},
	}
	for client := range clients {
		tests = append(tests, []struct {
			name string
			args []string
			want []string
		}{
			{"Unreachable/" + client, []string{"-client", client, "-redis", stopped.URL().String()}, []string{stopped.Addr, "refused"}},
			{"WrongPassword/" + client, []string{"-client", client, "-redis", wrong}, []string{locked.Addr, "WRONGPASS"}},
			{"NoPassword/" + client, []string{"-client", client, "-redis", locked.URL().String()}, []string{locked.Addr, "NOAUTH"}},
		}...)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := command(t, append([]string{"-addr", "127.0.0.1:0"}, tt.args...)...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("%v; want exit status 1", err)
			}
			if stdout.Len() > 0 {
				t.Errorf("stdout %q; want none", stdout.String())
			}
			line := stderr.String()
			if !strings.HasPrefix(line, "demo: ") || strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
				t.Errorf("stderr %q; want one line that begins with demo:", line)
			}
			for _, want := range tt.want {
				if !strings.Contains(line, want) {
					t.Errorf("stderr %q; want in it %q", line, want)
				}
			}
			if strings.Contains(line, "hunter2") {
				t.Errorf("stderr %q has the password in it", line)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	var stdout bytes.Buffer
	err := run(t.Context(), []string{"-h"}, &stdout, t.Output())
	for _, want := range []string{"-addr", "-client", "-redis"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("run -h wrote %q; want in it %q", stdout.String(), want)
		}
	}
	if err != nil {
		t.Errorf("run -h = %v; want nil", err)
	}
}

// TestRun: the application serves until its context ends, and leaves nothing.
func TestRun(t *testing.T) {
	real := redistest.Start(t, redistest.Options{})
	for client := range clients {
		for name, args := range map[string][]string{
			"Embedded": nil,
			"Real":     {"-redis", real.URL().String()},
		} {
			t.Run(client+"/"+name, func(t *testing.T) {
				before := len(goroutines())
				base, stop := start(t, append(args, "-client", client)...)
				b := newBrowser(t, base)
				checkHome(t, b.get(t, "/"), "Hello", 1)
				stop() // with b's connection still open
				l, err := net.Listen("tcp", strings.TrimPrefix(base, "http://"))
				if err != nil {
					t.Errorf("the port is not free after run has returned: %v", err)
				} else {
					l.Close()
				}
				eventually(t, func() bool { return len(goroutines()) <= before }, func() string {
					return fmt.Sprintf("%d goroutines; before run there were %d:\n%s",
						len(goroutines()), before, strings.Join(goroutines(), "\n\n"))
				})
			})
		}
	}
}

// TestRequestUnderWay: what a visitor has asked for before the end is answered.
func TestRequestUnderWay(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stop()
		// Once no new connection is accepted, serve is shutting down.
		eventually(t, func() bool {
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err == nil {
				conn.Close()
			}
			return err != nil
		}, func() string { return "the port is still open" })
		io.WriteString(w, "<h1>done</h1>")
	})
	returned := make(chan error, 1)
	go func() { returned <- serve(ctx, listener, handler, log.New(t.Output(), "", 0)) }()
	if got := newBrowser(t, "http://"+listener.Addr().String()).get(t, "/").heading(); got != "done" {
		t.Errorf("the answer is %q; want %q", got, "done")
	}
	if err := <-returned; err != nil {
		t.Errorf("serve = %v; want nil", err)
	}
}

// TestUnusableServer: a client that got no further than its first command is
// closed.
func TestUnusableServer(t *testing.T) {
	server := redistest.Start(t, redistest.Options{Args: []string{"--user", "default", "on", "nopass", "~*", "+@all", "-get", "-mget"}})
	before := len(goroutines())
	for client := range clients {
		if err := run(t.Context(), []string{"-addr", "127.0.0.1:0", "-client", client, "-redis", server.URL().String()}, io.Discard, t.Output()); err == nil || !strings.Contains(err.Error(), "NOPERM") {
			t.Errorf("%s: run = %v; want an error with NOPERM", client, err)
		}
	}
	eventually(t, func() bool { return len(goroutines()) <= before },
		func() string { return "goroutines are left:\n" + strings.Join(goroutines(), "\n\n") })
}

// TestRestart: with a server of its own, sessions outlive the application.
func TestRestart(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	base, stop := start(t, "-redis", server.URL().String(), "-client", "redigo")
	b := newBrowser(t, base)
	checkHome(t, b.login(t, "Ada"), "Hello, Ada", 1)
	stop()
	// Another port and another client; a cookie knows nothing of either.
	b.base, stop = start(t, "-redis", server.URL().String(), "-client", "rueidis")
	checkHome(t, b.get(t, "/"), "Hello, Ada", 2)
	stop()
}

// TestStopWhileConnecting: a server that does not answer does not turn Ctrl-C
// into an error.
func TestStopWhileConnecting(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	server.Pause(t)
	for client := range clients {
		t.Run(client, func(t *testing.T) {
			t.Parallel()                                   // the clients wait as long as they do
			ctx, cancel := context.WithCancel(t.Context()) // as a signal does: no deadline
			defer cancel()
			time.AfterFunc(50*time.Millisecond, cancel)
			var stdout bytes.Buffer
			err := run(ctx, []string{"-addr", "127.0.0.1:0", "-client", client, "-redis", server.URL().String()}, &stdout, t.Output())
			if err != nil || stdout.Len() > 0 {
				t.Errorf("run = %v, and wrote %q; want nil, and nothing", err, stdout.String())
			}
		})
	}
}

var served = regexp.MustCompile(`^Serving on (http://127\.0\.0\.1:\d+) \(.*\)\. Ctrl-C stops it\.\n$`)

// start calls run and returns the URL that it prints, and a function that ends
// it, and checks that it ends well.
func start(t *testing.T, args ...string) (base string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, w := io.Pipe()
	returned := make(chan error, 1)
	var stderr bytes.Buffer // read after run has returned
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), w, &stderr)
		w.CloseWithError(io.EOF)
		returned <- err
	}()
	stdout := bufio.NewReader(r)
	line, err := stdout.ReadString('\n')
	m := served.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("run wrote %q, %v and returned %v; want the URL", line, err, <-returned)
	}
	rest := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(stdout)
		rest <- string(b)
	}()
	return m[1], func() {
		t.Helper()
		cancel()
		select {
		case err := <-returned:
			if err != nil {
				t.Errorf("run = %v; want nil", err)
			}
		case <-time.After(patience):
			t.Fatalf("run has not returned %v after its context ended", patience)
		}
		if more := <-rest; more != "" || stderr.Len() > 0 {
			t.Errorf("run went on to write %q, and %q to stderr; want nothing", more, stderr.String())
		}
		if resp, err := http.Get(m[1]); err == nil {
			resp.Body.Close()
			t.Errorf("%s still answers after run has returned", m[1])
		}
	}
}

// goroutines returns the stacks of all goroutines but those that scs.New starts
// for the store in memory which it sets up before it is given another.
func goroutines() []string {
	b := make([]byte, 1<<20)
	stacks := strings.Split(string(b[:runtime.Stack(b, true)]), "\n\n")
	return slices.DeleteFunc(stacks, func(stack string) bool {
		return strings.Contains(stack, "memstore.(*MemStore).startCleanup")
	})
}

// eventually waits until ok, and fails with the text of what otherwise.
func eventually(t *testing.T, ok func() bool, what func() string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(what())
		}
	}
}
