package storetest

import (
	"os"
	"testing"
	"time"
)

// TestMain has the pictures that failing checks leave behind in a folder that goes,
// and a local time that is not UTC, for Commit/LocalTime.
func TestMain(m *testing.M) {
	if os.Getenv("TZ") != "UTC" {
		time.Local = time.FixedZone("UTC+9", 9*60*60)
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
