package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/netip"
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

// TestErrors: an error is one line, and an exit status.
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
		{"BadURL", []string{"-redis", "redis://u:hunter2/@h"}, []string{"-redis", "%2F"}},
	}
	for client := range clients {
		tests = append(tests,
			test{"Unreachable/" + client, []string{"-client", client, "-redis", stopped.URL().String()}, []string{stopped.Addr, "refused"}},
			test{"WrongPassword/" + client, []string{"-client", client, "-redis", wrong}, []string{locked.Addr, "WRONGPASS"}})
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

// TestRun: the application serves until Ctrl-C, or the signal of a service manager, ends
// it. With a server of its own, sessions outlive it.
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
	visit("Hello", 1, os.Interrupt)
}

// TestInterruptWhileConnecting: Ctrl-C is no error while the server does not answer.
func TestInterruptWhileConnecting(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	cmd := command(t, "-addr", "127.0.0.1:0", "-redis", "redis://"+silent.Addr().String())
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil || output.Len() > 0 {
		t.Errorf("after Ctrl-C: %v, output %q; want exit status 0 and none", err, output.String())
	}
}

func TestBrowserURL(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080",
		"[::1]:8080":     "http://[::1]:8080",
		"0.0.0.0:8080":   "http://localhost:8080",
		"[::]:8080":      "http://localhost:8080", // of -addr :8080
	} {
		addr := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(in))
		if got := browserURL(addr); got != want {
			t.Errorf("browserURL(%s) = %s; want %s", in, got, want)
		}
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
