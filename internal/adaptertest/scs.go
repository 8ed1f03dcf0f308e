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
	module := strings.TrimSpace(goCommand(t, ".", "list", "-m", "-f", "{{.Dir}}", "github.com/alexedwards/scs/v2"))
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(module)); err != nil {
		t.Fatal(err)
	}
	memstore := filepath.Join(dir, "memstore")
	if err := os.RemoveAll(memstore); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(memstore, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(memstore, "memstore.go"), remoteStore, 0o666); err != nil {
		t.Fatal(err)
	}
	stretchTime(t, filepath.Join(dir, "session_test.go"))
	server := redistest.Start(t, redistest.Options{})
	addr := serveStores(t, func(n int) Store {
		target := a.target(server)
		target.Prefix = fmt.Sprintf("scs%d:", n)
		return a.open(t, target)
	})
	out := goCommand(t, dir, "test", "-count=1", "-v", "-ldflags=-X github.com/alexedwards/scs/v2/memstore.addr="+addr, ".")
	passed := strings.Count("\n"+out, "\n--- PASS: Test")
	if failed := strings.Count("\n"+out, "\n--- FAIL: Test"); passed == 0 || failed > 0 {
		t.Errorf("%d of scs's tests passed, %d failed:\n%s", passed, failed, out)
	}
	t.Logf("%d of scs's own tests passed", passed)
}

// stretchTime makes the lifetimes and the sleeps of a test file ten times as long. One
// of scs's tests fails on a busy machine where a request takes 50 ms.
func stretchTime(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	stretched := strings.NewReplacer("time.Millisecond", "10*time.Millisecond", "time.Second", "10*time.Second").Replace(string(b))
	if stretched == string(b) {
		t.Fatalf("%s names no time", file)
	}
	if err := os.WriteFile(file, []byte(stretched), 0o666); err != nil {
		t.Fatal(err)
	}
}

//go:embed testdata/memstore.go.txt
var remoteStore []byte

// goCommand runs the go command in dir, outside any workspace there, and returns
// what it prints.
func goCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	if args[0] == "test" {
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	}
	out, err := cmd.CombinedOutput()
	if err != nil && args[0] != "test" { // its output says why
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// serveStores serves stores, each opened under a number of its own, and returns
// the address.
func serveStores(t *testing.T, open func(n int) Store) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	server := rpc.NewServer()
	if err := server.RegisterName("Stores", &Stores{open: open}); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			go server.ServeConn(conn)
		}
	}()
	return l.Addr().String()
}

// Stores are stores for another process. They are exported for net/rpc.
type Stores struct {
	open   func(n int) Store
	mu     sync.Mutex
	stores []Store
}

// Session is the argument and the result of a call.
type Session struct {
	Store  int
	Token  string
	Data   []byte
	Found  bool
	Expiry time.Time
}

// New opens a store and returns its number.
func (s *Stores) New(_ int, n *int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	*n = len(s.stores)
	s.stores = append(s.stores, s.open(*n))
	return nil
}

func (s *Stores) store(n int) Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stores[n]
}

// Find is Store.Find.
func (s *Stores) Find(in Session, out *Session) (err error) {
	out.Data, out.Found, err = s.store(in.Store).Find(in.Token)
	return err
}

// Commit is Store.Commit.
func (s *Stores) Commit(in Session, _ *Session) error {
	return s.store(in.Store).Commit(in.Token, in.Data, in.Expiry)
}

// Delete is Store.Delete.
func (s *Stores) Delete(in Session, _ *Session) error {
	return s.store(in.Store).Delete(in.Token)
}

// All is Store.All.
func (s *Stores) All(store int, all *map[string][]byte) (err error) {
	*all, err = s.store(store).All()
	return err
}
