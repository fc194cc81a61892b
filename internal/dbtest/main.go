package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"guichet/internal/localpg"
)

const (
	// addressVariable names a server that the tests use instead of their own.
	// They make and drop databases on it.
	addressVariable = "GUICHET_TEST_DATABASE_URL"
	folderPrefix    = "guichet-test-"
	memoryFolder    = "/dev/shm"
	memoryNeeded    = 1 << 30
)

// running is the one server of this test binary.
var running server

// server starts with the first test that asks for a database.
type server struct {
	inMain  bool
	once    sync.Once
	cluster *cluster
	err     error
	private *localpg.Server
	folder  string
}

// Main runs the package's tests and then stops the server that they started.
// Call it as the last statement of TestMain.
func Main(m *testing.M) {
	running.inMain = true
	code := m.Run()
	if err := running.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "dbtest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func (s *server) get(ctx context.Context) (*cluster, error) {
	s.once.Do(func() { s.cluster, s.err = s.start(ctx) })
	return s.cluster, s.err
}

func (s *server) start(ctx context.Context) (*cluster, error) {
	if !s.inMain {
		return nil, errors.New("the package needs: func TestMain(m *testing.M) { dbtest.Main(m) }")
	}
	if address := os.Getenv(addressVariable); address != "" {
		c, err := openCluster(ctx, address)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", addressVariable, err)
		}
		return c, nil
	}
	parent := folderParent()
	removeLeftOvers(parent)
	folder, err := os.MkdirTemp(parent, folderPrefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the databases: %w", err)
	}
	s.folder = folder
	s.private, err = localpg.Start(ctx, localpg.Options{Dir: folder, Fast: true})
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return openCluster(ctx, s.private.URL("postgres"))
}

func (s *server) stop() error {
	if s.cluster != nil {
		s.cluster.admin.Close()
	}
	var err error
	if s.private != nil {
		err = s.private.Stop()
	}
	if s.folder != "" {
		err = errors.Join(err, os.RemoveAll(s.folder))
	}
	return err
}

// folderParent is in memory when there is room, where a clone takes a tenth of
// the time that it takes on a disk.
func folderParent() string {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(memoryFolder, &stat); err != nil {
		return os.TempDir()
	}
	if stat.Bavail*uint64(stat.Bsize) < memoryNeeded { //nolint:gosec // a block size is small and positive
		return os.TempDir()
	}
	return memoryFolder
}

// removeLeftOvers deletes the folders of test binaries that were killed. What
// cannot be deleted belongs to somebody else and is left to them.
func removeLeftOvers(parent string) {
	folders, err := filepath.Glob(filepath.Join(parent, folderPrefix+"*-*"))
	if err != nil {
		return
	}
	for _, folder := range folders {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), folderPrefix), "-")
		pid, err := strconv.Atoi(owner)
		if err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		_ = os.RemoveAll(folder)
	}
}
