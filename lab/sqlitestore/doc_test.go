package sqlitestore

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var varies = regexp.MustCompile(`"[\w-]{4}…"|\(\d+\.\d+s\)|\.go:\d+|\d+ ms`)

func normalise(s string) string {
	return strings.Join(strings.Fields(varies.ReplaceAllString(s, "…")), " ")
}

// TestDoc compares docs/writing-a-store.md with the code and with the output for the
// wrong stores.
func TestDoc(t *testing.T) {
	doc, err := os.ReadFile("../../docs/writing-a-store.md")
	if err != nil {
		t.Fatal(err)
	}
	code := ""
	for _, file := range []string{"store.go", "wrong_test.go", "store_test.go"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code += string(src)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^(TestNaive|TestCached)$")
	cmd.Env = append(os.Environ(), "WRONG=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Error("the wrong stores pass")
	}
	printed := normalise(string(out))

	blocks := regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllStringSubmatch(string(doc), -1)
	if len(blocks) < 5 {
		t.Fatalf("the doc has %d blocks; want its code and its output", len(blocks))
	}
	for _, block := range blocks {
		switch kind, text := block[1], block[2]; kind {
		case "go":
			if !strings.Contains(code, text) {
				t.Errorf("this is not in the code:\n%s", text)
			}
		case "":
			if !strings.Contains(printed, normalise(text)) {
				t.Errorf("the wrong stores do not print this:\n%s\nbut\n%s", text, out)
			}
		}
	}
}
