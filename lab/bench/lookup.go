package main

// The lookups return nil where something has not been measured, as in a run of
// some sections, and take nil for that.

func (r *report) call(topology, client, operation string, size, goroutines int) *callResult {
	for i := range r.Calls {
		c := &r.Calls[i]
		if c.Topology == topology && c.Client == client && c.Operation == operation && c.Size == size && c.Goroutines == goroutines {
			return c
		}
	}
	return nil
}

func (c *callResult) way(via string) *wayResult {
	if c == nil {
		return nil
	}
	for i := range c.Ways {
		if c.Ways[i].Via == via {
			return &c.Ways[i]
		}
	}
	return nil
}

// ratio returns a ratio of the times of two ways.
func (c *callResult) ratio(name string) *ratio {
	if c == nil {
		return nil
	}
	if r, ok := c.Ratios[name]; ok {
		return &r
	}
	return nil
}

func (r *report) listing(sessions int, foreign bool) *listingResult {
	for i := range r.Listings {
		if l := &r.Listings[i]; l.Sessions == sessions && (l.Foreign > 0) == foreign {
			return l
		}
	}
	return nil
}

func (l *listingResult) way(client, via string) *listedResult {
	if l == nil {
		return nil
	}
	for i := range l.Ways {
		if w := &l.Ways[i]; w.Client == client && w.Via == via {
			return w
		}
	}
	return nil
}

// over returns the ratio of the times of two ways, which were listed in the same
// rounds.
func (w *listedResult) over(o *listedResult) *ratio {
	if w == nil || o == nil || len(w.Seconds) == 0 || len(o.Seconds) == 0 {
		return nil
	}
	r := ratioOf(w.Seconds, o.Seconds)
	return &r
}
