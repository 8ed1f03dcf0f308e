//go:build unix

package main

import (
	"bufio"
	"bytes"
	"os"
	"syscall"
	"testing"
)

// TestSignal: Ctrl-C, and what a service manager sends, end the process with
// status 0 and without a word.
func TestSignal(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			cmd := command(t, "-addr", "127.0.0.1:0")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(stdout).ReadString('\n')
			m := served.FindStringSubmatch(line)
			if m == nil {
				cmd.Process.Kill()
				t.Fatalf("stdout %q, %v; want the URL (stderr %q)", line, err, stderr.String())
			}
			checkHome(t, newBrowser(t, m[1]).get(t, "/"), "Hello", 1)
			cmd.Process.Signal(signal)
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v; want exit status 0", err)
			}
			if stderr.Len() > 0 {
				t.Errorf("stderr %q; want none", stderr.String())
			}
		})
	}
}
