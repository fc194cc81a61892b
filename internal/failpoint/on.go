//go:build prove

package failpoint

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// What a process is told at its start: where to die and at which visit.
const (
	CrashVariable = "GUICHET_PROVE_CRASH" // "pay.answered" or "pay.answered:2"
	PauseVariable = "GUICHET_PROVE_PAUSE" // the same, to stand still there until somebody says go on
)

var (
	crash, visit       = where(os.Getenv(CrashVariable))
	halt, haltVisit    = where(os.Getenv(PauseVariable))
	visits, haltVisits atomic.Int64

	mu   sync.Mutex
	hook func(Point)
)

func where(text string) (Point, int64) {
	name, count, found := strings.Cut(text, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if !found || err != nil {
		n = 1
	}
	return Point(name), n
}

// At kills the process, without a chance to say goodbye, when it was told to
// die here, or stops it when it was told to wait; then it calls the hook of Watch.
func At(what, place string) {
	p := Point(what + "." + place)
	if p == crash && visits.Add(1) == visit {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	if p == halt && haltVisits.Add(1) == haltVisit {
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	}
	mu.Lock()
	f := hook
	mu.Unlock()
	if f != nil {
		f(p)
	}
}

// Watch calls f at every place; nil ends it.
func Watch(f func(Point)) {
	mu.Lock()
	defer mu.Unlock()
	hook = f
}

// Die ends the goroutine as a crash would: nothing after it runs but what is
// deferred. Only a hook calls it.
func Die() { runtime.Goexit() }
