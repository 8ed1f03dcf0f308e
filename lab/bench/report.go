package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// A report is everything that was measured in a run, and on what. The text and
// the page are made of it alone.
type report struct {
	Command string
	Took    string
	Go      string
	System  string
	CPU     string `json:",omitempty"`
	Cores   int
	Server  string
	Modules map[string]string // version by path

	Calls    []callResult    `json:",omitempty"`
	Trips    []tripResult    `json:",omitempty"`
	Listings []listingResult `json:",omitempty"`
	Streams  []streamResult  `json:",omitempty"`
	Clusters []clusterResult `json:",omitempty"`
	Settings []settingResult `json:",omitempty"`
}

func (r *report) write(file string) error {
	out, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(out, '\n'), 0o644)
}

func readReport(file string) (*report, error) {
	in, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := new(report)
	if err := json.Unmarshal(in, r); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

// modules are those whose versions the page names.
var modules = []string{
	"github.com/gomodule/redigo", "github.com/mna/redisc", "github.com/redis/go-redis/v9",
	"github.com/redis/rueidis", "github.com/rueian/rueidis",
	"github.com/alexedwards/scs/redisstore", "github.com/alexedwards/scs/goredisstore",
}

// describe fills in what the run was made on, in the root of the repository.
func (r *report) describe() error {
	r.Go, r.System, r.Cores = runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU()
	r.CPU = processor()
	r.Modules = make(map[string]string)
	cmd := exec.Command("go", append([]string{"list", "-m", "-f", "{{.Path}} {{.Version}}"}, modules...)...)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list -m: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		path, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		r.Modules[path] = version
	}
	return nil
}

// processor is the processor's name where the system tells it in a file.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
