package adaptertest

import (
	_ "embed"
	"fmt"
	"net"
	"net/rpc"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scsredis/stores/internal/redistest"
)

// testSCS runs scs's own tests with the adapter's stores in the place of scs's
// memstore. The tests are those of scs's module, copied to a temporary folder; its
// memstore is replaced by one that calls the stores of this process.
func testSCS(t *testing.T, a Adapter) {
	Long(t)
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/alexedwards/scs/v2").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(strings.TrimSpace(string(module)))); err != nil {
		t.Fatal(err)
	}
	tests := filepath.Join(dir, "session_test.go")
	b, err := os.ReadFile(tests)
	if err != nil {
		t.Fatal(err)
	}
	// One of the tests fails on a busy machine where a request takes 50 ms: ten times that.
	slower := strings.NewReplacer("time.Millisecond", "10*time.Millisecond", "time.Second", "10*time.Second").Replace(string(b))
	if slower == string(b) {
		t.Fatalf("%s names no time", tests)
	}
	for file, text := range map[string]string{tests: slower, filepath.Join(dir, "memstore", "memstore.go"): remoteStore} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	server := redistest.Start(t, redistest.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	stores := rpc.NewServer()
	err = stores.Register(&Stores{opened: make(map[int]Store), open: func(n int) Store {
		target := a.target(server)
		target.Prefix = fmt.Sprintf("scs%d:", n)
		return a.open(t, target)
	}})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if conn, err := l.Accept(); err == nil {
			stores.ServeConn(conn)
		}
	}()
	const variable = "github.com/alexedwards/scs/v2/memstore.addr"
	cmd := exec.Command("go", "test", "-count=1", "-v", "-ldflags=-X "+variable+"="+l.Addr().String(), ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	passed := strings.Count("\n"+string(out), "\n--- PASS: Test")
	if err != nil || passed == 0 {
		t.Errorf("%d of scs's tests passed; go test: %v\n%s", passed, err, out)
	}
	t.Logf("%d of scs's own tests passed", passed)
}

//go:embed testdata/memstore.go.txt
var remoteStore string

// Stores are stores for another process, each under a number. They are exported for
// net/rpc.
type Stores struct {
	open   func(n int) Store
	mu     sync.Mutex
	opened map[int]Store
}

// Call is a call of a store and its result.
type Call struct {
	Store  int
	Method string
	Token  string
	Data   []byte
	Found  bool
	Expiry time.Time
	All    map[string][]byte
}

// Do makes a call. The first one opens the store.
func (s *Stores) Do(in Call, out *Call) (err error) {
	s.mu.Lock()
	store := s.opened[in.Store]
	if store == nil {
		store = s.open(in.Store)
		s.opened[in.Store] = store
	}
	s.mu.Unlock()
	switch in.Method {
	case "Find":
		out.Data, out.Found, err = store.Find(in.Token)
	case "Commit":
		err = store.Commit(in.Token, in.Data, in.Expiry)
	case "Delete":
		err = store.Delete(in.Token)
	case "All":
		out.All, err = store.All()
	}
	return err
}
