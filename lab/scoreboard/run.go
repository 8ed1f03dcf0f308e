package main

import (
	"bytes"
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

	// Often where goroutines meet, to see what happens rarely; a few times where a
	// clock may decide; twice where every run restarts a server.
	concurrentRuns, runs, faultRuns = 20, 5, 2

	// More processes at a time than there are processors: many checks sleep.
	processes = 12
)

func runsOf(check string) int {
	switch {
	case strings.Contains(check, "/Fault/"):
		return faultRuns
	case strings.Contains(check, "/Concurrent/"), strings.HasSuffix(check, "/Many"), strings.HasSuffix(check, "/Linearizable"):
		return concurrentRuns
	}
	return runs
}

// runAll builds the tests of the stores and runs every check over every store.
func runAll() (*board, error) {
	start := time.Now()
	dir, err := os.MkdirTemp("", "scoreboard")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "stores.test")
	if out, err := exec.Command("go", "test", "-c", "-o", program, testPackage).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building %s: %w\n%s", testPackage, err, out)
	}
	r := runner{program: program, dir: dir}
	b := &board{Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Results: make(map[string]map[string]result)}
	if b.Modules, err = versions(); err != nil {
		return nil, err
	}
	if b.Checks, err = r.names(); err != nil {
		return nil, err
	}
	r.all(b)
	b.Took = time.Since(start).Round(time.Second).String()
	return b, nil
}

func versions() (map[string]string, error) {
	v := make(map[string]string)
	for _, c := range columns {
		for _, module := range c.modules {
			cmd := exec.Command("go", "list", "-m", "-f", "{{.Version}}", module)
			cmd.Dir = "lab"
			out, err := cmd.Output()
			if err != nil {
				return nil, fmt.Errorf("go list -m %s: %w", module, err)
			}
			v[module] = strings.TrimSpace(string(out))
		}
	}
	return v, nil
}

// A runner runs a compiled test binary of testPackage.
type runner struct{ program, dir string }

// run returns what the process printed, also if the tests failed or it crashed.
func (r runner) run(args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.Command(r.program, args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "SCOREBOARD=1", "TMPDIR="+r.dir)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		err = nil
	}
	return out.String(), err
}

// names returns the names of storetest's checks, which it lists when asked to
// skip one that it does not have.
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
func (r runner) all(b *board) {
	type job struct{ store, check string }
	jobs := make(chan job)
	var (
		mu   sync.Mutex
		wg   sync.WaitGroup
		done int
	)
	for range processes {
		wg.Go(func() {
			for j := range jobs {
				res := r.check(j.store, j.check)
				mu.Lock()
				b.Results[j.store][j.check] = res
				if done++; done%50 == 0 {
					fmt.Fprintf(os.Stderr, "scoreboard: %d of %d checks\n", done, len(columns)*len(b.Checks))
				}
				mu.Unlock()
			}
		})
	}
	for _, c := range columns {
		b.Results[c.name] = make(map[string]result)
	}
	for _, c := range columns {
		for _, check := range b.Checks {
			jobs <- job{c.name, check}
		}
	}
	close(jobs)
	wg.Wait()
}

// check runs one check over one store. A process that crashes has lost the run
// it was in; another makes the rest.
func (r runner) check(store, check string) (res result) {
	parts := append([]string{"TestStore", store}, strings.Split(check, "/")...)
	pattern := "^" + strings.Join(parts, "$/^") + "$"
	for wanted := runsOf(check); res.Runs < wanted; {
		left := wanted - res.Runs
		out, err := r.run("-test.v", "-test.run", pattern, "-test.count", fmt.Sprint(left), "-test.timeout", "5m")
		if err != nil {
			return result{Runs: 1, Failed: 1, Crashed: 1, Message: err.Error()}
		}
		o := parse(out, strings.Join(parts, "/"))
		if runs := o.passed + o.failed; o.crash == "" && runs > 0 && runs < left {
			o.crash = "the test process ended without a word"
		}
		res.add(o)
		if o.crash == "" {
			return res // also when there were none: it is not for this store
		}
	}
	return res
}

func (res *result) add(o outcome) {
	res.Runs += o.passed + o.failed
	res.Failed += o.failed
	if o.crash != "" {
		res.Runs, res.Failed, res.Crashed = res.Runs+1, res.Failed+1, res.Crashed+1
	}
	if res.Message == "" {
		res.Message = o.message
	}
	if res.Message == "" {
		res.Message = o.crash
	}
}
