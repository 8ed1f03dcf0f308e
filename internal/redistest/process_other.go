//go:build unix && !linux

package redistest

import (
	"net"
	"syscall"
)

// DieWithParent is for Linux only.
func DieWithParent() *syscall.SysProcAttr { return new(syscall.SysProcAttr) }

// reservePort returns a port that was free. Nothing keeps others from taking it
// before the server does, or while the server is stopped.
func reservePort() (port int, release func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, nil, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, func() {}, nil
}
