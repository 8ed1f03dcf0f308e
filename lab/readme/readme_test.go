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
	adapters, _ := filepath.Glob("../../*/testdata/consumer")
	nested, _ := filepath.Glob("../../*/*/testdata/consumer")
	if len(adapters) == 0 {
		t.Fatal("found no adapter")
	}
	readmes := []string{"../../README.md"}
	for _, data := range append(adapters, nested...) {
		readmes = append(readmes, filepath.Join(data, "../../README.md"))
	}
	for _, readme := range readmes {
		t.Run(readme, func(t *testing.T) {
			text, err := os.ReadFile(readme)
			if err != nil {
				t.Fatal(err)
			}
			programs := regexp.MustCompile("(?s)```go\n(package main.*?)```").FindAllSubmatch(text, -1)
			if len(programs) == 0 {
				t.Error("has no program")
			}
			for _, program := range programs {
				file := filepath.Join(t.TempDir(), "main.go")
				if err := os.WriteFile(file, program[1], 0o600); err != nil {
					t.Fatal(err)
				}
				for _, command := range [][]string{{"go", "vet", file}, {"gofmt", "-l", file}} {
					if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil || len(out) != 0 {
						t.Errorf("%s\n%s: %v %s", program[1], command, err, out)
					}
				}
			}
		})
	}
}
