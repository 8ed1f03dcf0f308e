//go:build unix

package program

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// commands are the commands that TestMain makes of this test binary.
var commands = map[string]func(tb testing.TB){
	"returns": func(tb testing.TB) {
		tb.Helper()
		tb.Logf("%s logs", tb.Name())
		tb.Cleanup(func() { tb.Log("first cleanup, context:", tb.Context().Err()) })
		tb.Cleanup(func() { tb.Log("second cleanup") })
		tb.Log("context:", tb.Context().Err())
	},
	"errors": func(tb testing.TB) {
		tb.Cleanup(func() { tb.Log("cleanup") })
		tb.Errorf("one %s", "error")
		tb.Error("another")
	},
	"fatal": func(tb testing.TB) {
		tb.Cleanup(func() { tb.Log("cleanup") })
		tb.Cleanup(func() { tb.Fatal("the cleanup fails") })
		tb.Fatalf("%d sessions", 3)
		tb.Log("not reached")
	},
	"panics": func(tb testing.TB) {
		tb.Cleanup(func() { tb.Log("cleanup") })
		panic("a bug")
	},
	"waits": func(tb testing.TB) {
		serve(tb)
		<-tb.Context().Done()
		tb.Fatal("not printed: ", tb.Context().Err())
	},
	"hangs": func(tb testing.TB) {
		serve(tb)
		select {}
	},
}

// serve starts a server and prints its process id and a temporary folder.
func serve(tb testing.TB) {
	server := redistest.Start(tb, redistest.Options{})
	fmt.Println(server.Info(tb, "server", "process_id"), tb.TempDir())
}

func TestMain(m *testing.M) {
	if f, ok := commands[os.Getenv("PROGRAM")]; ok {
		Main("command", f)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func command(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "PROGRAM="+name)
	return cmd
}

func status(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

func TestMainEnds(t *testing.T) {
	for name, want := range map[string]struct {
		status int
		output string
	}{
		"returns": {0, "command logs\ncontext: <nil>\nsecond cleanup\nfirst cleanup, context: context canceled\n"},
		"errors":  {1, "command: one error\ncommand: another\ncleanup\n"},
		"fatal":   {1, "command: 3 sessions\ncommand: the cleanup fails\ncleanup\n"},
	} {
		out, err := command(t, name).CombinedOutput()
		if got := string(out); status(err) != want.status || got != want.output {
			t.Errorf("%s: status %d, output %q; want %d, %q", name, status(err), got, want.status, want.output)
		}
	}
}

// TestMainPanics: a panic of f ends the process as a panic does, every time,
// and after the cleanups.
func TestMainPanics(t *testing.T) {
	const want = "cleanup\npanic: a bug"
	for range 30 {
		out, err := command(t, "panics").CombinedOutput()
		if status(err) != 2 || !strings.HasPrefix(string(out), want) {
			t.Fatalf("status %d, output %q; want 2, %q and a stack", status(err), out, want)
		}
	}
}

// TestMainSignal: after a signal there is one line, and neither server nor
// folder is left, even if the command does not listen.
func TestMainSignal(t *testing.T) {
	for _, name := range []string{"waits", "hangs"} {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(name+"/"+signal.String(), func(t *testing.T) {
				t.Parallel()
				cmd := command(t, name)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				stdout, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				var id, dir string
				line, err := bufio.NewReader(stdout).ReadString('\n')
				if _, scanErr := fmt.Sscan(line, &id, &dir); scanErr != nil {
					cmd.Process.Kill()
					t.Fatalf("stdout %q, %v; stderr %q", line, err, stderr.String())
				}
				cmd.Process.Signal(signal)
				if got := status(cmd.Wait()); got != 1 {
					t.Errorf("exit status %d; want 1", got)
				}
				if got, want := stderr.String(), "command: "+signal.String()+" signal received\n"; got != want {
					t.Errorf("stderr %q; want %q", got, want)
				}
				if _, err := os.Stat(dir); !os.IsNotExist(err) {
					t.Errorf("the temporary folder is still there: %v", err)
				}
				pid, _ := strconv.Atoi(id)
				if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
					t.Errorf("the server is still there: %v", err)
				}
			})
		}
	}
}

// TestRunInterrupted: f may return when its context ends, and has failed then.
func TestRunInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var out strings.Builder
	cleaned := false
	start := time.Now()
	ok := run(ctx, "command", &out, func(tb testing.TB) {
		tb.Cleanup(func() { cleaned = true })
		cancel(errors.New("enough"))
		<-tb.Context().Done()
	})
	if want := "command: enough\n"; ok || !cleaned || out.String() != want {
		t.Errorf("run = %v, output %q, cleaned %v; want false, %q, true", ok, out.String(), cleaned, want)
	}
	if took := time.Since(start); took >= grace {
		t.Errorf("run waited %v although f had returned", took)
	}
}
