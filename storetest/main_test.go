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

// TestMain removes the pictures that failing checks create, and sets a local time that is
// not UTC, for Commit/LocalTime.
func TestMain(m *testing.M) {
	if os.Getenv("TZ") != "UTC" {
		time.Local = time.FixedZone("UTC+9", 9*60*60)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(parallel)); err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
