package storetest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// managerRaceChecks are the checks of Manager whose clients leave before the answer, or
// send requests at the same time.
var managerRaceChecks = []check{
	{name: "DestroyDisconnected", run: func(c *checker) {
		testDisconnect(c, "/logout", "Destroy", "", (*site).logout)
	}},
	{name: "CommitDisconnected", run: func(c *checker) {
		testDisconnect(c, "/put", "Commit", "user=bob", func(s *site, r *http.Request) error {
			s.sm.Put(r.Context(), "user", "bob")
			return nil
		})
	}},
	{name: "ConcurrentRequests", run: managerConcurrent},
}

// testDisconnect tests clients that leave before or during a call of an scs method.
// Afterwards the session must be want, unless an error was reported.
func testDisconnect(c *checker, path, method, want string, do func(s *site, r *http.Request) error) {
	const old = "user=ann"
	s := newSite(c)
	put := s.routes["/put"]
	leave := func(client string, before bool, delay time.Duration) {
		c := c.forkStory()
		b := s.browser().with(c)
		s.routes["/put"] = put
		token := b.doCookie("/put?" + old)
		begun := make(chan struct{})
		s.routes[path] = func(r *http.Request) error {
			close(begun)
			if before {
				<-r.Context().Done()
			}
			return do(s, r)
		}
		ctx, cancel := context.WithCancel(context.Background())
		wait := b.start(ctx, path, " by a client that leaves "+client+" "+method, begun)
		time.Sleep(delay)
		cancel()
		left := wait()
		if left.ok {
			left.text = left.request + " = no error"
		}
		c.rememberEvent(left.text)
		if left.panicked {
			c.failLast("", "a result or an error")
			c.stop()
		}
		a := s.replay(token).with(c).do("/get")
		switch {
		case left.ok && a.session != want:
			c.failLast("", fmt.Sprintf("session %q, or an error from %s", want, method))
		case a.session != want && a.session != old:
			c.failLast("", fmt.Sprintf("session %q or %q", old, want))
		}
	}
	leave("before", true, 0)
	// The store may take any time. One of these delays may end in the middle of its call.
	leave("during", false, 0)
	leave("during", false, time.Millisecond)
	leave("during", false, 20*time.Millisecond)
}

func managerConcurrent(c *checker) {
	const clients, most = 4, 10
	s := newSite(c)
	b := s.browser()
	b.do("/put?cart=3")

	// All requests load the session before one can commit it.
	var loaded sync.WaitGroup
	var once [clients]sync.Once
	arrive := func(i int) { once[i].Do(loaded.Done) }
	s.routes["/together"] = func(r *http.Request) error {
		var i int
		if _, err := fmt.Sscan(r.URL.Query().Get("tab"), &i); err != nil {
			return err
		}
		arrive(i)
		loaded.Wait()
		s.put(r)
		return nil
	}
	while := fmt.Sprintf("in one of %d requests of a session at the same time", clients)
	roundsUpTo(most, func(int) {
		c.while = ""
		loaded.Add(clients)
		clear(once[:])
		c.together(clients, while, func(w *checker, i int) {
			defer arrive(i) // if the request failed before
			b.with(w).do(fmt.Sprintf("/together?tab=%d", i))
		})
		c.while = fmt.Sprintf("after %d requests of a session at the same time", clients)
		session := b.do("/get").session
		for i := range clients {
			if session == fmt.Sprintf("cart=3&tab=%d", i) {
				return
			}
		}
		c.failLast("", fmt.Sprintf("cart=3 and a tab from 0 to %d", clients-1))
		c.stop()
	})
}
