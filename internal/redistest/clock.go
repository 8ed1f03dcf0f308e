package redistest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// shiftedClock is loaded before the C library. It adds SHIFT nanoseconds to the system's
// clock, and leaves all other clocks as they are. It asks the system without the library,
// which may not be ready when the server's allocator asks for the time.
const shiftedClock = `
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *t) {
	int failed = syscall(SYS_clock_gettime, clock, t);
	if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
		long long ns = t->tv_sec * 1000000000LL + t->tv_nsec + SHIFT;
		t->tv_sec = ns / 1000000000;
		t->tv_nsec = ns % 1000000000;
	}
	return failed;
}

int gettimeofday(struct timeval *t, void *zone) {
	struct timespec now;
	int failed = clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return failed;
}

time_t time(time_t *t) {
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (t)
		*t = now.tv_sec;
	return now.tv_sec;
}
`

// shiftClock returns the environment variable that shifts a program's clock. It
// writes a library to dir.
func shiftClock(tb testing.TB, dir string, shift time.Duration) (env string) {
	tb.Helper()
	if runtime.GOOS != "linux" {
		tb.Skip("redistest: Options.ClockShift needs Linux")
	}
	library := filepath.Join(dir, "clock.so")
	gcc := exec.Command("gcc", "-D_GNU_SOURCE", fmt.Sprintf("-DSHIFT=%dLL", shift.Nanoseconds()),
		"-O1", "-shared", "-fPIC", "-o", library, "-x", "c", "-")
	gcc.Stdin = strings.NewReader(shiftedClock)
	if out, err := gcc.CombinedOutput(); err != nil {
		tb.Fatalf("redistest: Options.ClockShift: gcc: %v\n%s", err, out)
	}
	return "LD_PRELOAD=" + library
}
