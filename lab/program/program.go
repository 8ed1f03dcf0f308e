// Package program runs what takes a testing.TB outside go test, so that a
// command can start the servers of redistest.
package program

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Main is the main function of a command: it calls f, then the functions that f
// has passed to Cleanup, the last one first, and ends the process. Those are
// called after a panic of f too, and after an interrupt or SIGTERM.
//
// A failure is a line on stderr that begins with name, and exit status 1; what
// is logged goes to stderr as it is. A signal ends the context of tb, on which f
// should return. Main waits for it, but not for long; a second signal kills.
//
// Of the methods of tb, f may use Helper, Name, Context, Cleanup, TempDir, the
// ones that log and the ones that fail. The others panic.
func Main(name string, f func(tb testing.TB)) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if !run(ctx, name, os.Stderr, f) {
		os.Exit(1)
	}
}

// grace is how long f may take to return once the context has ended.
const grace = 5 * time.Second

// run calls f and its cleanups, and reports whether nothing has failed and ctx
// has not ended.
func run(ctx context.Context, name string, stderr io.Writer, f func(tb testing.TB)) bool {
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &program{name: name, ctx: running, interrupted: ctx, stderr: stderr}
	// On a goroutine of its own, because FailNow ends it.
	done := start(func() {
		defer p.cleanUp()
		defer cancel()
		f(p)
	})
	select {
	case <-done:
	case <-ctx.Done():
	}
	if ctx.Err() == nil {
		return !p.Failed()
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, context.Cause(ctx))
	select {
	case <-done:
	case <-time.After(grace):
		<-start(p.cleanUp)
	}
	return false
}

// start calls f on a goroutine. The channel is closed when that has ended, but
// not by a panic: whoever waits might end the process before the panic does, and
// with another status.
func start(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer func() {
			if r := recover(); r != nil {
				panic(r)
			}
			close(done)
		}()
		f()
	}()
	return done
}

// program is a testing.TB. The one that it embeds is nil and makes it one:
// the interface has a method that no other package can have.
type program struct {
	testing.TB

	name        string
	ctx         context.Context // ends before the cleanups, or with interrupted
	interrupted context.Context

	mu       sync.Mutex
	stderr   io.Writer
	failed   bool
	cleanups []func()
}

func (p *program) Helper()                  {}
func (p *program) Name() string             { return p.name }
func (p *program) Context() context.Context { return p.ctx }

func (p *program) Cleanup(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cleanups = append(p.cleanups, f)
}

// cleanUp calls the cleanups, each even if the one before fails or panics.
func (p *program) cleanUp() {
	p.mu.Lock()
	last := len(p.cleanups) - 1
	if last < 0 {
		p.mu.Unlock()
		return
	}
	f := p.cleanups[last]
	p.cleanups = p.cleanups[:last]
	p.mu.Unlock()
	defer p.cleanUp()
	f()
}

func (p *program) TempDir() string {
	dir, err := os.MkdirTemp("", p.name)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (p *program) Log(args ...any)                 { p.print(fmt.Sprintln(args...)) }
func (p *program) Logf(format string, args ...any) { p.print(fmt.Sprintf(format, args...) + "\n") }

func (p *program) Error(args ...any) {
	p.Fail()
	p.print(p.name + ": " + fmt.Sprintln(args...))
}

func (p *program) Errorf(format string, args ...any) { p.Error(fmt.Sprintf(format, args...)) }

func (p *program) Fatal(args ...any) {
	p.Error(args...)
	p.FailNow()
}

func (p *program) Fatalf(format string, args ...any) { p.Fatal(fmt.Sprintf(format, args...)) }

func (p *program) FailNow() {
	p.Fail()
	runtime.Goexit()
}

func (p *program) Fail() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = true
}

func (p *program) Failed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

// print writes text to stderr, unless the program has been interrupted: what
// fails then, fails because of that.
func (p *program) print(text string) {
	if p.interrupted.Err() != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	io.WriteString(p.stderr, text)
}
