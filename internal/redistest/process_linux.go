package redistest

import "syscall"

// DieWithParent makes a server end with the process that started it, even if that was
// killed and could not clean up. The server has a process group of its own: when the
// shell of a background job ends, the kernel resumes the stopped processes of the job's
// group.
func DieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// reservePort returns a free port of 127.0.0.1. Until release is called only a server
// that asks for this very port gets it. So no other process answers in the server's place
// while it is stopped.
func reservePort() (port int, release func(), err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, err
	}
	port, err = bindAnyPort(fd)
	if err != nil {
		syscall.Close(fd)
		return 0, nil, err
	}
	return port, func() { syscall.Close(fd) }, nil
}

func bindAnyPort(fd int) (port int, err error) {
	// The server sets it too. That lets both have the port, as long as this socket
	// does not listen.
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, err
	}
	addr, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, err
	}
	return addr.(*syscall.SockaddrInet4).Port, nil
}
