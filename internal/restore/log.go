package restore

import (
	"bufio"
	"bytes"
	"cmp"
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

// errNoLog is a node that could not open its log.
var errNoLog = errors.New("there is no log of what is taken away")

// keptRemovals is how long a log remembers: longer than backups are kept.
const keptRemovals = 400 * 24 * time.Hour

// A Log is what one node has written of the things that were taken away. It begins
// with its name and the moment since when it is kept.
type Log struct {
	Name     string
	Since    time.Time
	Removals []Removal
	Torn     int // lines that cannot be read, or are missing
}

// head is the first line of a log; a line with an id is a removal. A later head says
// that what was taken away before is not all there.
type head struct {
	Log   string    `json:"log"`
	Since time.Time `json:"since"`
}

// removalsPath is the log beside the file of what a node remembers.
func (f *file) removalsPath() string {
	folder, name := filepath.Split(f.path)
	return filepath.Join(folder, "removals-"+strings.TrimSuffix(strings.TrimPrefix(name, "witness-"), ".json")+".jsonl")
}

// openLog begins the node's log, or goes on with it, without what is too old and what
// cannot be read: of the time before, not all is known then. now is the database's.
func (f *file) openLog(now time.Time) error {
	path := f.removalsPath()
	l, err := readLog(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if l.Name == "" {
		l.Name = strings.ToLower(rand.Text())
	}
	if l.Since.IsZero() || l.Torn > 0 {
		l.Since = now.UTC()
	}
	if err := f.writeLog(path, l.young()); err != nil {
		return fmt.Errorf("keep what is taken away: %w", err)
	}
	f.log = l.Name
	f.removals, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the operator names the folder
	return err
}

// young leaves out what no backup can bring back any more: what is much older than
// the newest line. No clock is asked, since a wrong one would forget all.
func (l Log) young() Log {
	var newest time.Time
	for _, r := range l.Removals {
		newest = later(newest, r.At)
	}
	kept, since := l, newest.Add(-keptRemovals)
	kept.Removals = nil
	for _, r := range l.Removals {
		if r.At.After(since) {
			kept.Removals = append(kept.Removals, r)
		}
	}
	if len(kept.Removals) < len(l.Removals) {
		kept.Since = later(kept.Since, since)
	}
	return kept
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
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
	if f.removals == nil {
		return errNoLog
	}
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	var err error
	if f.torn {
		text.WriteByte('\n')
	}
	if f.missed {
		err = lines.Encode(head{f.log, r.At})
	}
	if err = errors.Join(err, lines.Encode(r)); err != nil {
		return err
	}
	_, err = f.removals.Write(text.Bytes())
	f.torn = err != nil
	err = errors.Join(err, f.removals.Sync())
	f.missed = err != nil
	return err
}

// readLog reads a log, also while another node writes it. A line that was torn by a
// crash, or is not written to its end yet, is left out and counted: its transaction
// has not been committed, unless the disk was full. So is what this release does not
// know.
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
		err := json.Unmarshal(lines.Bytes(), &line)
		switch {
		case len(lines.Bytes()) == 0:
		case err == nil && line.sound():
			l.Removals = append(l.Removals, line.Removal)
		case err == nil && line.ID == "" && line.Log != "":
			l.Name, l.Since = cmp.Or(l.Name, line.Log), later(l.Since, line.Since)
		default:
			l.Torn++
		}
	}
	if l.Name == "" { // nor is it known what else is missing
		l.Torn++
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
			l.Torn++
		}
		l.Name = cmp.Or(l.Name, filepath.Base(path))
		list = append(list, l)
	}
	return list, nil
}
