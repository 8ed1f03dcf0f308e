package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

const (
	testPackage = "./lab/scoreboard/stores"

	runs = 3 // of each check, to see failures that do not always happen

	// More processes at a time than processors, because many checks sleep.
	processes = 12
)

// runAll builds the tests of the stores and runs every check over every store. With
// names, it runs only those stores, and keeps the results of the others in b.
func (b *board) runAll(ctx context.Context, names []string) error {
	start := time.Now()
	dir, err := os.MkdirTemp("", "scoreboard")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o711); err != nil { // the servers run as another user
		return err
	}
	program := filepath.Join(dir, "stores.test")
	if out, err := exec.Command("go", "test", "-c", "-o", program, testPackage).CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", testPackage, err, out)
	}
	r := runner{ctx: ctx, program: program, dir: dir, env: append(os.Environ(), "SCOREBOARD=1", "TMPDIR="+dir, "TZ=America/New_York")}
	for _, v := range servers {
		env, stop, err := v.start(ctx, dir)
		if err != nil {
			return err
		}
		defer stop()
		r.env = append(r.env, env)
	}
	b.Go, b.System = runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH
	if b.Modules, err = versions(); err != nil {
		return err
	}
	if b.Checks, err = r.names(); err != nil {
		return err
	}
	if b.Results == nil {
		b.Results = make(map[string]map[string]result)
	}
	if len(names) == 0 {
		for _, c := range columns {
			names = append(names, c.name)
		}
		defer func() { b.Took = time.Since(start).Round(time.Second).String() }()
	}
	r.all(b, names)
	return ctx.Err()
}

// versions returns the versions of the modules that the tests are built from.
func versions() (map[string]string, error) {
	out, err := exec.Command("go", "list", "-deps", "-test", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", testPackage).Output()
	v := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		module, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		v[module] = version
	}
	return v, err
}

// A runner runs a compiled test binary of testPackage.
type runner struct {
	ctx          context.Context
	program, dir string
	env          []string
}

// run returns the output of the process. A failed test or a crash is no error.
func (r runner) run(args ...string) (string, error) {
	cmd := exec.CommandContext(r.ctx, r.program, args...)
	cmd.Dir = r.dir
	cmd.Env = r.env
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		err = nil
	}
	return string(out), err
}

// names returns the names of storetest's checks. storetest lists them if Skip has an
// unknown name.
func (r runner) names() ([]string, error) {
	out, err := r.run("-test.run", "^TestNames$")
	if err != nil {
		return nil, err
	}
	names := listedNames(out)
	if len(names) == 0 {
		return nil, fmt.Errorf("storetest listed no names:\n%s", out)
	}
	return names, nil
}

// all runs every check over every store and puts the results into b.
func (r runner) all(b *board, names []string) {
	for _, name := range names {
		b.Results[name] = make(map[string]result)
	}
	var (
		mu   sync.Mutex
		wg   sync.WaitGroup
		done int
	)
	running := make(chan struct{}, processes)
	for _, name := range names {
		for _, check := range b.Checks {
			running <- struct{}{}
			wg.Go(func() {
				defer func() { <-running }()
				if r.ctx.Err() != nil {
					return
				}
				res := r.check(name, check)
				mu.Lock()
				defer mu.Unlock()
				b.Results[name][check] = res
				if done++; done%50 == 0 {
					fmt.Fprintf(os.Stderr, "scoreboard: %d of %d checks\n", done, len(names)*len(b.Checks))
				}
			})
		}
	}
	wg.Wait()
}

// check runs one check on one store, several times. A crash ends the runs.
func (r runner) check(store, check string) result {
	parts := append([]string{"TestStore", store}, strings.Split(check, "/")...)
	pattern := "^" + strings.Join(parts, "$/^") + "$"
	out, err := r.run("-test.v", "-test.run", pattern, "-test.count", fmt.Sprint(runs), "-test.timeout", "10m")
	if err != nil {
		return result{Runs: 1, Failed: 1, Message: err.Error()}
	}
	return parse(out, strings.Join(parts, "/"))
}
