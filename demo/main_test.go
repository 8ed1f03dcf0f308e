package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
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

// command is the application as a process, and what it prints to stderr.
func command(t *testing.T, args ...string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), "DEMO_MAIN=1")
	stderr := new(strings.Builder)
	cmd.Stderr = stderr
	return cmd, stderr
}

// TestErrors: an error is one line, and an exit status.
func TestErrors(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	locked := redistest.Start(t, redistest.Options{Args: []string{"--requirepass", "secret"}})
	wrong := locked.URLFor("default", "hunter2")
	untrusted := redistest.Start(t, redistest.Options{TLS: true})
	stopped := redistest.Start(t, redistest.Options{})
	stopped.Stop(t)

	type test struct{ args, want string } // what is in the message, word by word
	tests := []test{
		{"-addr " + busy.Addr().String(), busy.Addr().String() + " -addr"},
		{"-addr 8080", "8080 missing port"},
		{"-client jedis", `"jedis" ` + clientNames()},
		{"redis://h", `"redis://h"`},
	}
	for _, url := range strings.Fields("h:6379 unix:///h redis://h/x redis://h/-1 redis://u:hunter2/@h redis://u:hunter2%@h") {
		tests = append(tests, test{"-redis " + url, "-redis %2F"})
	}
	for client := range clients {
		args := "-client " + client + " -redis "
		tests = append(tests, test{args + stopped.URL().String(), stopped.Addr + " refused"},
			test{args + wrong.String(), locked.Addr + " WRONGPASS"},
			test{args + untrusted.URL().String(), untrusted.Addr + " certificate"})
	}
	for _, tt := range tests {
		cmd, stderr := command(t, strings.Fields(tt.args)...)
		if stdout, err := cmd.Output(); cmd.ProcessState.ExitCode() != 1 || len(stdout) > 0 {
			t.Errorf("%s: %v, stdout %q; want exit status 1 and none", tt.args, err, stdout)
		}
		line, ok := strings.CutPrefix(stderr.String(), "demo: ")
		if !ok || strings.Index(line, "\n") != len(line)-1 || strings.Contains(line, "hunter2") {
			t.Errorf("%s: stderr %q; want one line that begins with demo:, without the password", tt.args, stderr)
		}
		for _, want := range strings.Fields(tt.want) {
			if !strings.Contains(line, want) {
				t.Errorf("%s: stderr %q; want in it %q", tt.args, line, want)
			}
		}
	}
}

var served = regexp.MustCompile(`^Serving on (http://(?:127\.0\.0\.1|localhost):\d+) \(.*\)\. Ctrl-C stops it\.\n$`)

// TestRun: the application serves until Ctrl-C, or the signal of a service manager, ends
// it. With a server of its own, sessions outlive it.
func TestRun(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	var ada *browser
	visit := func(title string, visits int, signal os.Signal, args ...string) {
		t.Helper()
		cmd, stderr := command(t, args...)
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
			t.Fatalf("stdout %q, %v; want the URL (stderr %q)", line, err, stderr)
		}
		if ada == nil {
			ada = login(t, m[1], "Ada", "")
		}
		ada.base.Host = strings.TrimPrefix(m[1], "http://") // cookies know no ports
		ada.wantHome(title, strconv.Itoa(visits))
		cmd.Process.Signal(signal) // with the browser's connection still open
		more, _ := io.ReadAll(stdout)
		if err := cmd.Wait(); err != nil || len(more) > 0 || stderr.Len() > 0 {
			t.Errorf("after %v: %v, stdout %q, stderr %q; want exit status 0 and nothing", signal, err, more, stderr)
		}
	}
	visits := 1
	for client := range clients {
		visits++
		visit("Hello, Ada", visits, syscall.SIGTERM, "-client", client, "-redis", server.URL().String())
	}
	visit("Hello", 1, os.Interrupt, "-addr", ":0")
}
