package storetest

import (
	"os"
	"testing"
)

// TestMain has the pictures that failing checks leave behind in a folder that goes.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
