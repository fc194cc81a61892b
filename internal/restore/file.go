package restore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ErrUnreadable is a file that something else than a node has written.
var ErrUnreadable = errors.New("what is remembered of the database cannot be read")

// mostNodes is how many nodes may keep their files in one folder.
const mostNodes = 64

// file is where one node keeps what it remembers. The node holds a lock beside
// it, so that each has its own, and one that starts takes over that of one that
// has stopped, whatever it is called.
type file struct {
	path     string
	lock     *os.File
	removals *os.File // the log beside it; nil before it is opened
	log      string   // its name
	torn     bool     // its last line may lack its end
	missed   bool     // something was taken away that it does not say
}

// openFile takes the first file of a portal in a folder that no other node has,
// and returns what stands in it: nothing in a new one.
func openFile(folder, portal string) (*file, []byte, error) {
	for n := range mostNodes {
		path := filepath.Join(folder, "witness-"+portal+"-"+strconv.Itoa(n+1)+".json")
		lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the folder
		if err != nil {
			return nil, nil, fmt.Errorf("keep what is remembered of the database: %w", err)
		}
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			if err := lock.Close(); err != nil {
				return nil, nil, err
			}
			continue
		}
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), lock.Close())
		}
		text, err := os.ReadFile(path) //nolint:gosec // as above
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, errors.Join(fmt.Errorf("read what is remembered of the database: %w", err), lock.Close())
		}
		return &file{path: path, lock: lock}, text, nil
	}
	return nil, nil, fmt.Errorf("%s holds the files of %d nodes that run", folder, mostNodes)
}

// others reports that a folder holds files of other portals only.
func others(folder, portal string) bool {
	all, err := filepath.Glob(filepath.Join(folder, "witness-*.json"))
	return err == nil && len(all) > 0 && !slices.ContainsFunc(all, func(path string) bool {
		return strings.HasPrefix(filepath.Base(path), "witness-"+portal+"-")
	})
}

// write replaces the file as a whole.
func (f *file) write(text []byte) error {
	aside := f.path + ".new"
	if err := os.WriteFile(aside, text, 0o600); err != nil {
		return err
	}
	return os.Rename(aside, f.path)
}

// close gives the lock back, and does not only close its file: a child that is just
// being started has a copy.
func (f *file) close() error {
	err := syscall.Flock(int(f.lock.Fd()), syscall.LOCK_UN)
	if f.removals != nil {
		err = errors.Join(err, f.removals.Close())
	}
	return errors.Join(err, f.lock.Close())
}

func unreadable(path string, err error) error {
	return fmt.Errorf("%w: if no backup was restored, remove %s and start again; else run `portal restored` first: %w", ErrUnreadable, path, err)
}
