package restore

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// keptRemovals is how long a log remembers: longer than backups are kept.
const keptRemovals = 400 * 24 * time.Hour

// A Log is what one node has written of the things that were taken away. It begins
// with its name and the moment since when it is kept.
type Log struct {
	Name     string
	Since    time.Time
	Removals []Removal
	Torn     int // lines that cannot be read
}

// head is the first line of a log; a line with an id is a removal.
type head struct {
	Log   string    `json:"log"`
	Since time.Time `json:"since"`
}

// removalsPath is the log beside the file of what a node remembers.
func (f *file) removalsPath() string {
	folder, name := filepath.Split(f.path)
	return filepath.Join(folder, "removals-"+strings.TrimSuffix(strings.TrimPrefix(name, "witness-"), ".json")+".jsonl")
}

// openLog begins the node's log, or goes on with it, without what is too old.
func (f *file) openLog(now time.Time) error {
	path := f.removalsPath()
	l, err := readLog(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if l.Name == "" {
		l.Name, l.Since = strings.ToLower(rand.Text()), now.UTC()
	}
	if err := f.writeLog(path, l.young(now)); err != nil {
		return fmt.Errorf("keep what is taken away: %w", err)
	}
	f.removals, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the operator names the folder
	return err
}

// young leaves out what no backup can bring back any more.
func (l Log) young(now time.Time) Log {
	kept := l
	kept.Removals = nil
	for _, r := range l.Removals {
		if now.Sub(r.At) < keptRemovals {
			kept.Removals = append(kept.Removals, r)
		}
	}
	return kept
}

// writeLog writes it aside and renames it: a crash leaves the one before.
func (f *file) writeLog(path string, l Log) error {
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	err := lines.Encode(head{l.Name, l.Since})
	for _, r := range l.Removals {
		err = errors.Join(err, lines.Encode(r))
	}
	if err != nil {
		return err
	}
	aside, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // as above
	if err != nil {
		return err
	}
	_, err = aside.Write(text.Bytes())
	if err := errors.Join(err, aside.Sync(), aside.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// keep appends a removal, and returns when the disk has it.
func (f *file) keep(r Removal) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if f.torn {
		line = append([]byte{'\n'}, line...)
	}
	_, err = f.removals.Write(line)
	f.torn = err != nil
	return errors.Join(err, f.removals.Sync())
}

// readLog reads a log, also while another node writes it. A line that was torn by a
// crash, or is not written to its end yet, is left out: its transaction has not
// been committed.
func readLog(path string) (Log, error) {
	text, err := os.ReadFile(path) //nolint:gosec // as above
	if err != nil {
		return Log{}, err
	}
	var l Log
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		var line struct {
			head
			Removal
		}
		switch err := json.Unmarshal(lines.Bytes(), &line); {
		case len(lines.Bytes()) == 0:
		case err != nil:
			l.Torn++
		case line.ID != "":
			l.Removals = append(l.Removals, line.Removal)
		case l.Name == "":
			l.Name, l.Since = line.Log, line.Since
		}
	}
	return l, lines.Err()
}

// logs reads those of all nodes of the portal in the folder.
func (f *file) logs() ([]Log, error) {
	own := f.removalsPath()
	paths, err := filepath.Glob(own[:strings.LastIndexByte(own, '-')] + "-*.jsonl")
	if err != nil {
		return nil, err
	}
	var list []Log
	for _, path := range paths {
		l, err := readLog(path)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}
