package storetest

import (
	"net/http"
	"time"
)

// managerTimeChecks are the checks of Manager that are about an expiry. scs reads the
// machine's clock, which Advance does not move.
var managerTimeChecks = []check{
	{name: "IdleTimeout", timed: true, run: managerIdleTimeout},
	{name: "Lifetime", run: managerLifetime},
}

func managerIdleTimeout(c *checker) {
	idle, slack := c.clock.lifetime(), time.Duration(0)
	if c.clock.advance != nil {
		slack = time.Second // only Commit/SubSecond fails if a store rounds to seconds
	}
	s := newSite(c)
	s.sm.IdleTimeout = idle
	used, unused := s.browser().with(c.forkStory()), s.browser().with(c.forkStory())
	earliest := c.clock.now().Add(idle)
	token := unused.doCookie("/put?user=ann")
	used.do("/put?user=bob")
	latest := c.clock.now().Add(idle)

	// Advance does not move scs's clock, so a later request cannot be simulated. A longer
	// timeout has the same effect: the store gets a later expiry.
	s.sm.IdleTimeout = longLifetime / 2
	a := used.do("/get")
	if a.session != "user=bob" && (a.session != "" || c.clock.before(earliest)) {
		used.c.failLast("", `session "user=bob"`)
	}
	c.clock.pass(latest.Add(slack))
	for _, b := range []*browser{used, unused} {
		b.c.remember("", "no request until "+formatDuration(idle)+" have passed")
	}
	s.replay(token).with(unused.c).wantSession("")
	if a.session != "" {
		used.wantSession("user=bob")
	}
}

func managerLifetime(c *checker) {
	s := newSite(c)
	s.routes["/slow"] = func(r *http.Request) error {
		s.put(r)
		time.Sleep(time.Until(s.sm.Deadline(r.Context()).Add(c.clock.late())))
		return nil
	}
	s.routes["/end"] = func(r *http.Request) error {
		s.sm.SetDeadline(r.Context(), c.clock.past())
		return nil
	}
	ended := s.browser().with(c.forkStory())
	token := ended.doCookie("/put?user=bob")
	ended.do("/end")
	s.replay(token).with(ended.c).wantSession("")

	s.sm.Lifetime = 50 * time.Millisecond
	s.replay(s.browser().doCookie("/slow?user=ann")).wantSession("")
}
