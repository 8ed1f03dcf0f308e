package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/lib/pq"

	"github.com/scsredis/stores/internal/redistest"
)

// A server is a database for the stores that do not use Redis. It runs as long as the
// scoreboard, on a unix socket in a folder of its own. Each test process has schemas of
// its own there, and breaks only its own network connection.
type server struct {
	name   string // the environment variable SCOREBOARD_<name> has the path of the socket
	socket string // its name in the folder
	setup  string // the command that creates the data; %s is the folder
	serve  string
	driver string // of database/sql
	dsn    string // %s is the folder
}

var servers = []server{
	{
		name: "POSTGRES", socket: ".s.PGSQL.5432", driver: "postgres", dsn: "user=postgres sslmode=disable host=%s",
		setup: "initdb -D %s/data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync",
		serve: "postgres -D %s/data -k %s -c listen_addresses= -c max_connections=600 -c fsync=off",
	},
	{
		// The character set and the collation are those of Debian's configuration.
		name: "MARIADB", socket: "socket", driver: "mysql", dsn: "root@unix(%s/socket)/",
		setup: "mariadb-install-db --no-defaults --datadir=%s/data --skip-test-db",
		serve: "mariadbd --no-defaults --datadir=%s/data --socket=%s/socket --skip-networking --skip-grant-tables" +
			" --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci" +
			" --max-connections=600 --innodb-flush-method=nosync --innodb-flush-log-at-trx-commit=0",
	},
}

// start starts the server in a new folder below dir. It returns the environment variable
// for the tests and a function that stops the server.
func (v server) start(ctx context.Context, dir string) (env string, stop func(), err error) {
	dir = filepath.Join(dir, strings.ToLower(v.name))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", nil, err
	}
	attr := redistest.DieWithParent()
	if os.Getuid() == 0 { // both servers refuse to run as root
		nobody, err := user.Lookup("nobody")
		if err != nil {
			return "", nil, err
		}
		uid, _ := strconv.Atoi(nobody.Uid)
		gid, _ := strconv.Atoi(nobody.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return "", nil, err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		if err != nil {
			cancel()
		}
	}()
	log := new(bytes.Buffer)
	command := func(line string) *exec.Cmd {
		words := strings.Fields(strings.ReplaceAll(line, "%s", dir))
		cmd := exec.CommandContext(ctx, program(words[0]), words[1:]...)
		cmd.Dir, cmd.SysProcAttr, cmd.Stdout, cmd.Stderr = dir, attr, log, log
		return cmd
	}
	if err := command(v.setup).Run(); err != nil {
		return "", nil, fmt.Errorf("%s: %w\n%s", v.setup, err, log)
	}
	db, err := sql.Open(v.driver, strings.ReplaceAll(v.dsn, "%s", dir))
	if err != nil {
		return "", nil, err
	}
	defer db.Close()
	cmd := command(v.serve)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) } // PostgreSQL: at once, with all its processes
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait()
		close(exited)
	}()
	stop = func() {
		cancel()
		<-exited
	}
	for deadline := time.Now().Add(time.Minute); db.PingContext(ctx) != nil; {
		select {
		case <-exited:
			return "", nil, fmt.Errorf("%s ended:\n%s", v.serve, log)
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return "", nil, fmt.Errorf("%s does not answer:\n%s", v.serve, log)
		}
	}
	return "SCOREBOARD_" + v.name + "=" + filepath.Join(dir, v.socket), stop, nil
}

// program finds a program on the PATH or where Debian installs it.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, folder := range []string{"/usr/lib/postgresql/*/bin/", "/usr/sbin/"} {
		if found, _ := filepath.Glob(folder + name); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	return name
}
