// Package readme_test builds the programs in README files.
package readme_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestPrograms: the README of the repository and that of each adapter have a program, and
// it builds.
func TestPrograms(t *testing.T) {
	adapters, err := filepath.Glob("../../*/adapter_test.go")
	nested, _ := filepath.Glob("../../*/*/adapter_test.go")
	if len(adapters) == 0 || err != nil {
		t.Fatalf("found %d adapters, %v", len(adapters), err)
	}
	readmes := []string{"../../README.md"}
	for _, adapter := range append(adapters, nested...) {
		readme := filepath.Join(filepath.Dir(adapter), "README.md")
		if _, err := os.Stat(readme); err == nil { // redisc has tests but no README
			readmes = append(readmes, readme)
		}
	}
	for _, readme := range readmes {
		t.Run(filepath.Base(filepath.Dir(readme)), func(t *testing.T) { build(t, readme) })
	}
}

func build(t *testing.T, readme string) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	programs := regexp.MustCompile("(?s)```go\n(package main.*?)```").FindAllSubmatch(text, -1)
	if len(programs) == 0 {
		t.Errorf("%s has no program", readme)
	}
	for _, program := range programs {
		file := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(file, program[1], 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("go", "vet", file).CombinedOutput(); err != nil {
			t.Errorf("%s\n%v\n%s", program[1], err, out)
		}
		if out, err := exec.Command("gofmt", "-l", file).CombinedOutput(); err != nil || len(out) != 0 {
			t.Errorf("%s\nis not formatted: %v %s", program[1], err, out)
		}
	}
}
