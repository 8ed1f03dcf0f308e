package scoreboard

import (
	"bytes"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/storetest"
)

// A server is a database for the stores that do not use Redis. It runs as long as
// TestScoreboard, on a unix socket in a folder of its own. Its schemas are the keyspaces.
// Each test process has its own, and breaks only its own network connection.
type server struct {
	socket string // the environment variable that has the path of its socket
	driver string // of database/sql
	setup  string // the command that creates the data; %s is the folder
	serve  string
	file   string                           // the socket in the folder
	admin  func(socket string) (dsn string) // of all schemas
	dsn    func(addr, schema string) string
	drop   string
}

var (
	postgres = server{
		socket: "SCOREBOARD_POSTGRES", driver: "postgres", file: ".s.PGSQL.5432", drop: "DROP SCHEMA %s CASCADE",
		setup: "initdb -D %s/data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync",
		serve: "postgres -D %s/data -k %s -c listen_addresses= -c max_connections=600 -c fsync=off",
		admin: func(socket string) string {
			return "user=postgres sslmode=disable host=" + filepath.Dir(socket)
		},
		dsn: func(addr, schema string) string {
			return "postgres://postgres@" + addr + "/postgres?sslmode=disable&search_path=" + schema
		},
	}
	// The character set and the collation are those of Debian's configuration.
	mariaDB = server{
		socket: "SCOREBOARD_MARIADB", driver: "mysql", file: "socket", drop: "DROP SCHEMA %s",
		setup: "mariadb-install-db --no-defaults --datadir=%s/data --skip-test-db",
		serve: "mariadbd --no-defaults --datadir=%s/data --socket=%s/socket --skip-networking --skip-grant-tables" +
			" --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci" +
			" --max-connections=600 --innodb-flush-method=nosync --innodb-flush-log-at-trx-commit=0",
		admin: func(socket string) string { return "root@unix(" + socket + ")/" },
		dsn:   func(addr, schema string) string { return "root@tcp(" + addr + ")/" + schema + "?parseTime=true" },
	}
)

// start starts the server in a new folder below dir, until the test ends.
func (v server) start(t *testing.T, dir string) (socket string) {
	dir = filepath.Join(dir, v.driver)
	check(t, os.Mkdir(dir, 0o700))
	attr := redistest.DieWithParent()
	if os.Getuid() == 0 { // both servers refuse to run as root
		nobody, err := user.Lookup("nobody")
		check(t, err)
		uid, _ := strconv.Atoi(nobody.Uid)
		gid, _ := strconv.Atoi(nobody.Gid)
		check(t, os.Chown(dir, uid, gid))
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	bin, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // where Debian installs it
	t.Setenv("PATH", strings.Join(append(bin, os.Getenv("PATH"), "/usr/sbin"), ":"))
	var log bytes.Buffer
	command := func(line string) *exec.Cmd {
		words := strings.Fields(strings.ReplaceAll(line, "%s", dir))
		cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
		cmd.Dir, cmd.SysProcAttr, cmd.Stdout, cmd.Stderr = dir, attr, &log, &log
		return cmd
	}
	if err := command(v.setup).Run(); err != nil {
		t.Fatalf("%s: %v\n%s", v.setup, err, &log)
	}
	cmd := command(v.serve)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) } // PostgreSQL: at once, with all its processes
	cmd.WaitDelay = 5 * time.Second
	check(t, cmd.Start())
	ready := false
	t.Cleanup(func() {
		if cmd.Wait(); !ready {
			t.Logf("%s\n%s", v.serve, &log)
		}
	})
	socket = filepath.Join(dir, v.file)
	redistest.WaitFor(t, v.serve, openDB(t, v.driver, v.admin(socket)).Ping)
	ready = true
	return socket
}

func (v server) suite(open opener, create ...string) suite {
	return func(t *testing.T) {
		socket := os.Getenv(v.socket)
		admin := openDB(t, v.driver, v.admin(socket))
		proxy := redistest.StartProxy(t, "unix", socket)
		k := keyspaces{
			fresh: func(tb testing.TB) string {
				schema := unique()
				execute(tb, admin, schema, append([]string{"CREATE SCHEMA %s"}, create...)...)
				tb.Cleanup(func() { execute(tb, admin, schema, v.drop) })
				return schema
			},
			open: func(tb testing.TB, schema string) (scs.Store, func()) {
				return open(tb, v.dsn(proxy.Addr, schema))
			},
		}
		k.run(t, storetest.Peer(k.peer), storetest.Fault(func(testing.TB, scs.Store) (heal func()) {
			proxy.Refuse()
			return proxy.Heal
		}))
	}
}
