package storetest

import (
	"flag"
	"os"
	"strconv"
	"testing"
	"time"
)

// parallel is how many tests run at the same time. Most of them wait for an expiry or for
// a backend to break.
const parallel = 8

// TestMain sets a local time that is not UTC, for Commit/LocalTime.
func TestMain(m *testing.M) {
	if os.Getenv("TZ") != "UTC" {
		time.Local = time.FixedZone("UTC+9", 9*60*60)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(parallel)); err != nil {
		panic(err)
	}
	m.Run()
}
