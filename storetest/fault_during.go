package storetest

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// faultDuringChecks are the checks of Fault in which the backend breaks while it is
// used.
var faultDuringChecks = []check{
	{name: "AllDuring", breaks: true, needsAll: true, run: func(c *checker) {
		const listers = 4
		want := c.commitMany(1100)
		c.outage(listers, func(o *outage) (wait func()) {
			return c.start(listers, "while the backend breaks", func(w *checker, _ int) {
				o.use(func() (enough bool) {
					return w.wantAllOrError(want) != nil
				})
			})
		}, "All")
	}},
	{name: "Expiry", breaks: true, timed: true, run: faultExpiry},
	{name: "Linearizable", breaks: true, run: faultLinearizable},
}

// An outage breaks the backend while goroutines use it, and heals it when each of them has
// had errors.
type outage struct {
	used   sync.WaitGroup // to wait until every goroutine has made a call
	ready  chan struct{}  // closed when used is done
	broke  sync.WaitGroup // to wait until every goroutine has had errors
	healed chan struct{}
}

// outage breaks the backend while n goroutines use it. start starts them, and each must
// call use.
func (c *checker) outage(n int, start func(o *outage) (wait func()), methods ...string) {
	c.tb.Helper()
	o := &outage{ready: make(chan struct{}), healed: make(chan struct{})}
	o.used.Add(n)
	o.broke.Add(n)
	wait := start(o)
	goOn := sync.OnceFunc(func() { close(o.healed) })
	defer goOn()
	waitFor(&o.used)
	close(o.ready)
	time.Sleep(5 * time.Millisecond) // so that the goroutines are in the middle of calls
	heal := c.breakBackend(methods...)
	waitFor(&o.broke)
	heal()
	goOn()
	wait()
	c.wantRecovery()
}

// waitFor waits for the goroutines, but at most faultLoad: a backend may be slow to break.
func waitFor(goroutines *sync.WaitGroup) {
	done := make(chan struct{})
	go func() {
		goroutines.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(faultLoad):
	}
}

// use calls f until f has had enough errors or the backend has healed.
func (o *outage) use(f func() (enough bool)) {
	used := sync.OnceFunc(o.used.Done)
	defer o.broke.Done() // also when a failure ends the goroutine
	defer used()
	const atFirst = 20
	for calls := 0; !f(); {
		used()
		select {
		case <-o.ready:
			calls++
		default:
		}
		pause := rand.N(2 * time.Millisecond) // so that goroutines do not run in step
		if calls > atFirst {
			pause *= 50 // the backend breaks slowly, and there are enough calls to judge
		}
		select {
		case <-o.healed:
			return
		case <-time.After(pause):
		}
	}
}

func faultExpiry(c *checker) {
	const writers = 16
	var tokens [writers][]string
	c.outage(writers, func(o *outage) (wait func()) {
		return c.start(writers, "while the backend breaks", func(w *checker, i int) {
			o.use(func() (enough bool) {
				token := newToken()
				tokens[i] = append(tokens[i], token)
				return w.tryCommit(token, "abc", w.clock.short()) != nil
			})
		})
	}, "Commit")
	expiry := c.clock.short()
	for _, token := range slices.Concat(tokens[:]...) {
		c.remember(token, c.text(c.commitCall(token, "abc", expiry))+" while the backend broke")
	}
	c.pass(expiry.Add(arriving))
	for _, token := range slices.Concat(tokens[:]...) {
		c.wantHealed(token, noSession)
	}
}

func faultLinearizable(c *checker) {
	const enoughErrors = 2
	l := newLoad(c)
	l.mayFail = true
	l.begin()
	c.outage(clients, func(o *outage) (wait func()) {
		return l.start(clients, func(cl *client) {
			o.use(func() (enough bool) {
				cl.randomCall()
				return cl.errors >= enoughErrors
			})
			<-o.healed
			cl.errors = 0
			cl.randomCalls()
		})
	}, "Find", "Commit", "Delete")
	// More calls, because a late write or a dead connection may be left in the store.
	l.start(clients, (*client).randomCalls)()
	c.while = "with the backend broken and healed meanwhile"
	l.end()
	l.judge()
}
