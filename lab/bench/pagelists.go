package main

import (
	"fmt"
	"strings"
)

// TripTable is the table of commands and round trips.
func (r *report) TripTable() string {
	t := &table{head: []string{"client", ""}}
	names := map[string]string{viaStore: "our store", viaBare: "bare call", viaSCS: "scs's store"}
	for _, trip := range r.Trips {
		last := len(t.rows) - 1
		if last < 0 || t.rows[last][0] != trip.Client || t.rows[last][1] != names[trip.Via] {
			t.rows = append(t.rows, []string{trip.Client, names[trip.Via]})
			last++
		}
		if last == 0 {
			t.head = append(t.head, operationNames[trip.Operation])
		}
		t.rows[last] = append(t.rows[last], fmt.Sprintf("%s; %.3g; %.1f", commandsText(trip.Commands), trip.Reads, trip.Trips))
	}
	return t.String()
}

// All is the table of listings.
func (r *report) All() string {
	t := &table{head: []string{
		"sessions", "other keys", "client", "our store", "of it in the server", "a loop by hand", "scs's store",
		"store over loop", "scs's over store", "longest command: ours", "scs's",
	}}
	for _, l := range r.Listings {
		for _, o := range clients {
			store, bare, theirs := l.way(o.name, viaStore), l.way(o.name, viaBare), l.way(o.name, viaSCS)
			if store == nil {
				continue
			}
			row := []string{
				grouped(float64(l.Sessions)), grouped(float64(l.Foreign)), o.name,
				seconds(median(store.Seconds)), seconds(median(store.Server)), seconds(median(bare.Seconds)), "",
				timesOf(store.over(bare)), "", blockedText(store.Blocked), "",
			}
			if theirs != nil {
				row[6] = seconds(median(theirs.Seconds))
				if rounds := len(theirs.Seconds); rounds < len(store.Seconds) {
					row[6] += fmt.Sprintf(" (%d of %d rounds)", rounds, len(store.Seconds))
				}
				row[8], row[10] = timesOf(theirs.over(store)), blockedText(theirs.Blocked)
			}
			t.add(row...)
		}
	}
	return t.String()
}

// Heap is the table of what Each and All hold.
func (r *report) Heap() string {
	t := &table{head: []string{"client", "sessions", "heap before", "Each: more heap", "time", "All: more heap", "time"}}
	for _, s := range r.Streams {
		t.add(s.Client, fmt.Sprintf("%s of %s", grouped(float64(s.Sessions)), bytesText(s.Size)), mebibytes(s.Each.Before),
			mebibytes(s.Each.Growth), seconds(s.Each.Seconds), mebibytes(s.All.Growth), seconds(s.All.Seconds))
	}
	return t.String()
}

// Primaries is the table of All on a Cluster.
func (r *report) Primaries() string {
	t := &table{head: []string{"client", "our store", "one primary after the other", "store over that", "slow network: our store", "one after the other", "store over that"}}
	for _, c := range r.Clusters {
		t.add(c.Client, seconds(median(c.Store)), seconds(median(c.Loop)), times(ratioOf(c.Store, c.Loop).Median),
			seconds(median(c.SlowStore)), seconds(median(c.SlowLoop)), times(ratioOf(c.SlowStore, c.SlowLoop).Median))
	}
	return t.String()
}

// Listed says over how many sessions Primaries is.
func (r *report) Listed() string {
	for _, c := range r.Clusters {
		return fmt.Sprintf("%s sessions of %s, and on the slow network %s of %s",
			grouped(float64(c.Sessions)), bytesText(listedSize), grouped(float64(c.SlowSessions)), bytesText(slowSize))
	}
	return "no sessions"
}

// Setting is the table of the settings of a client.
func (r *report) Setting(client string) string {
	t := &table{head: []string{"setting"}}
	for i, s := range r.Settings {
		if s.Client != client {
			continue
		}
		row := []string{s.Setting}
		for _, c := range s.Calls {
			if len(t.rows) == 0 {
				t.head = append(t.head, fmt.Sprintf("%s, %d", operationNames[c.Operation], c.Goroutines))
			}
			row = append(row, times(c.Throughput.Median))
		}
		if len(t.rows) == 0 {
			t.head = append(t.head, fmt.Sprintf("own writes read stale, of %s", grouped(float64(r.Settings[i].Writes))))
		}
		t.add(append(row, grouped(float64(s.Stale)))...)
	}
	return t.String()
}

// Plot shows a plot, if what it shows has been measured.
func (r *report) Plot(name, alt string) string {
	measured := map[string]bool{
		"calls": len(r.Calls) > 0, "throughput": len(r.Calls) > 0, "all": len(r.Listings) > 0, "settings": len(r.Settings) > 0,
	}
	if !measured[name] {
		return ""
	}
	return fmt.Sprintf("![%s](%s/%s.svg)\n", alt, strings.TrimPrefix(plotFolder, "docs/"), name)
}
