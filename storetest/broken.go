package storetest

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"
)

// The store must work again within healBound after the backend has healed: clients retry,
// and wait longer each time. An outage waits at most faultLoad for errors.
const (
	healBound = 30 * time.Second
	faultLoad = 5 * time.Second
)

// breakBackend breaks the backend until the caller calls heal or the check ends. methods
// are those that the check calls meanwhile. If one of them is known not to return, it
// skips the check.
func (c *checker) breakBackend(methods ...string) (heal func()) {
	c.tb.Helper()
	for _, about := range append(methods, "Recovers") {
		if reason := c.suite.gaveUp[c.mode.name+about]; reason != "" {
			c.tb.Skip(reason)
		}
	}
	once := c.suite.fault(c.tb, c.store)
	if once == nil {
		c.tb.Fatal("storetest: the function of Fault returned nil; want one that heals the backend")
	}
	once = sync.OnceFunc(once)
	c.tb.Cleanup(once) // if the check ends early
	c.while = "while the backend is broken"
	return func() {
		once()
		c.while = "after the backend has healed"
	}
}

// giveUp remembers why later checks must not wait for a method again.
func (c *checker) giveUp(about, format string, args ...any) {
	c.suite.gaveUp[c.mode.name+about] = fmt.Sprintf(format, args...)
}

// An answer is the result of a call while the backend is broken.
type answer struct {
	result
	text    string // the call and its result or problem
	problem string // why there is no result, or ""
}

// ask makes calls at the same time, each in a goroutine of its own, because it may not return.
func (c *checker) ask(calls []call) []answer {
	answers := make([]answer, len(calls))
	var wg sync.WaitGroup
	for i, k := range calls {
		wg.Add(1)
		go func() {
			defer wg.Done()
			answers[i] = c.attempt(k)
		}()
	}
	wg.Wait()
	return answers
}

func (c *checker) attempt(k call) answer {
	r, problem := c.api.within(c.ctx, c.suite.bound, k)
	if problem != "" {
		return answer{text: c.text(k) + " " + problem, problem: problem}
	}
	return answer{result: r, text: c.text(k) + " = " + r.text(k.method)}
}

// wantErrors demands that the calls, made at the same time, return an error.
func (c *checker) wantErrors(calls ...call) {
	c.tb.Helper()
	for i, a := range c.ask(calls) {
		k := calls[i]
		if strings.HasPrefix(a.problem, notReturned) {
			c.giveUp(k.method, "%s does not return while the backend is broken: see Fault/%s", k.method, k.method)
		}
		if a.err == nil {
			c.failf("%s; want an error", c.story(k.token, a.text))
		}
	}
}

// mayFail makes calls at the same time. They may return errors.
func (c *checker) mayFail(calls ...call) {
	c.tb.Helper()
	for i, a := range c.ask(calls) {
		if a.problem != "" && !strings.HasPrefix(a.problem, notReturned) {
			c.failf("%s; want a result or an error", c.story(calls[i].token, a.text))
		}
		c.remember(calls[i].token, strings.TrimSuffix(a.text, " = <nil>"))
	}
}

// poll calls f until it returns true or the time is over.
func poll(bound time.Duration, f func() bool) bool {
	for deadline := time.Now().Add(bound); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// recovery waits until calls work again. If they do not, it returns the last problem. It
// makes several calls at the same time, because a pool may have several broken connections.
func (c *checker) recovery() (problem string) {
	const goroutines = 8
	poll(healBound, func() bool {
		problems := make([]string, goroutines)
		var wg sync.WaitGroup
		for i := range goroutines {
			wg.Add(1)
			go func() {
				defer wg.Done()
				problems[i] = c.tryAllMethods(i == 0)
			}()
		}
		wg.Wait()
		problem = cmp.Or(problems...)
		return problem == ""
	})
	return problem
}

// tryAllMethods calls every method on a new session and returns the first problem.
func (c *checker) tryAllMethods(all bool) (problem string) {
	const data = "after"
	token := newToken()
	calls := []call{c.longCall(token, data), findCall(token), deleteCall(token)}
	if all && c.api.all != nil {
		calls = append(calls, allCall)
	}
	for i, k := range calls {
		a := c.attempt(k)
		if a.problem != "" || a.err != nil || k.method == "Find" && string(a.data) != data {
			if i > 0 {
				a.text = c.text(calls[i-1]) + ", then " + a.text
			}
			return a.text
		}
	}
	return ""
}

// settle heals the backend and waits until the store works again, so that the next check
// can start. If it does not work again, the check Recovers reports it.
func (c *checker) settle(heal func()) {
	heal()
	if c.suite.gaveUp[c.mode.name+"settle"] == "" && c.recovery() != "" {
		c.giveUp("settle", "it takes too long")
	}
}

// wantRecovery demands that the store works again.
func (c *checker) wantRecovery() {
	c.tb.Helper()
	if problem := c.recovery(); problem != "" {
		c.giveUp("Recovers", "the store does not work again after a fault: see Fault/Recovers")
		c.failf("%s, still after %s; want the right result and nil", problem, formatDuration(healBound))
		c.stop()
	}
}

// wantHealed demands that Find returns one of the wanted results. It repeats Find after
// errors, which the fault may still cause.
func (c *checker) wantHealed(token string, want ...register) {
	c.tb.Helper()
	var r result
	poll(healBound, func() bool {
		r = c.tryFind(token)
		return r.err == nil
	})
	c.judgeOneOf(token, r, want)
}
