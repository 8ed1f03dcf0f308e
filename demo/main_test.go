package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

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
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
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

	type test struct {
		name string
		args []string
		want []string // in the message
	}
	tests := []test{
		{"BusyPort", []string{"-addr", busy.Addr().String()}, []string{busy.Addr().String(), "-addr"}},
		{"BadAddress", []string{"-addr", "8080"}, []string{"8080", "missing port"}},
		{"UnknownClient", []string{"-client", "jedis"}, append(slices.Collect(maps.Keys(clients)), `"jedis"`)},
		{"Argument", []string{"redis://h"}, []string{`"redis://h"`}},
		{"BadURL", []string{"-redis", "http://127.0.0.1"}, []string{"-redis", "redis://"}},
		{"BadDatabase", []string{"-redis", "redis://127.0.0.1/x"}, []string{"-redis", "database"}},
		{"PasswordInURL", []string{"-redis", "redis://u:hunter2/@h"}, []string{"-redis", "%2F"}},
	}
	for client := range clients {
		tests = append(tests,
			test{"Unreachable/" + client, []string{"-client", client, "-redis", stopped.URL().String()}, []string{stopped.Addr, "refused"}},
			test{"WrongPassword/" + client, []string{"-client", client, "-redis", wrong}, []string{locked.Addr, "WRONGPASS"}},
			test{"NoPassword/" + client, []string{"-client", client, "-redis", locked.URL().String()}, []string{locked.Addr, "NOAUTH"}})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := command(t, append([]string{"-addr", "127.0.0.1:0"}, tt.args...)...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Run(); cmd.ProcessState.ExitCode() != 1 || stdout.Len() > 0 {
				t.Errorf("%v, stdout %q; want exit status 1 and none", err, stdout.String())
			}
			line, ok := strings.CutPrefix(stderr.String(), "demo: ")
			if !ok || strings.Index(line, "\n") != len(line)-1 || strings.Contains(line, "hunter2") {
				t.Errorf("stderr %q; want one line that begins with demo:, without the password", stderr.String())
			}
			for _, want := range tt.want {
				if !strings.Contains(line, want) {
					t.Errorf("stderr %q; want in it %q", line, want)
				}
			}
		})
	}
}

// TestRun: the application serves until Ctrl-C, or what a service manager sends,
// ends it. With a server of its own, sessions outlive it.
func TestRun(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	var b *browser
	visit := func(title string, visits int, signal os.Signal, args ...string) {
		t.Helper()
		base, stop := start(t, args...)
		if b == nil {
			b = newBrowser(t, base)
			b.login(t, "Ada")
		}
		b.base.Host = strings.TrimPrefix(base, "http://") // cookies know no ports
		checkHome(t, b.get(t, "/"), title, visits)
		stop(signal) // with b's connection still open
	}
	visits := 1
	for client := range clients {
		visits++
		visit("Hello, Ada", visits, syscall.SIGTERM, "-client", client, "-redis", server.URL().String())
	}
	for client := range clients {
		visit("Hello", 1, os.Interrupt, "-client", client)
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
		redistest.Poll(t, "the port's closing", func() bool {
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err == nil {
				conn.Close()
			}
			return err != nil
		})
		io.WriteString(w, "<h1>done</h1>")
	})
	returned := make(chan error, 1)
	go func() { returned <- serve(ctx, listener, handler, log.New(t.Output(), "", 0)) }()
	if got := newBrowser(t, "http://"+listener.Addr().String()).get(t, "/").find(heading); got != "done" {
		t.Errorf("the answer is %q; want %q", got, "done")
	}
	if err := <-returned; err != nil {
		t.Errorf("serve = %v; want nil", err)
	}
}

var served = regexp.MustCompile(`^Serving on (http://127\.0\.0\.1:\d+) \(.*\)\. Ctrl-C stops it\.\n$`)

// start starts the application and returns the URL that it prints, and a function
// that sends it a signal, and checks that it ends without a word.
func start(t *testing.T, args ...string) (base string, stop func(os.Signal)) {
	t.Helper()
	cmd := command(t, append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdout := bufio.NewReader(pipe)
	line, err := stdout.ReadString('\n')
	m := served.FindStringSubmatch(line)
	if m == nil {
		cmd.Process.Kill()
		t.Fatalf("stdout %q, %v; want the URL (%v, stderr %q)", line, err, cmd.Wait(), stderr.String())
	}
	return m[1], func(signal os.Signal) {
		t.Helper()
		cmd.Process.Signal(signal)
		more, _ := io.ReadAll(stdout)
		if err := cmd.Wait(); err != nil || len(more) > 0 || stderr.Len() > 0 {
			t.Errorf("after %v: %v, stdout %q, stderr %q; want exit status 0 and nothing", signal, err, more, stderr.String())
		}
	}
}
