package redistest

import "syscall"

// dieWithParent ends a server with the test binary, even one that was killed
// and could not clean up.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
