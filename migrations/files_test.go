package migrations_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"guichet/migrations"
)

// compareSums compares migrations with a list of their hashes in the form of
// sha256sum, in which each file has a line since it was merged.
func compareSums(files fs.FS, list string) error {
	var problems []error
	sums := map[string]string{}
	var newest int64
	for line := range strings.Lines(list) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		version, err := goose.NumericComponent(name)
		if err != nil || version <= newest {
			problems = append(problems, err, fmt.Errorf("%s does not follow %04d in the list", name, newest))
		}
		newest = max(newest, version)
		sums[name] = sum
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(text))
		version, err := goose.NumericComponent(name)
		switch {
		case err != nil:
			problems = append(problems, err)
		case sums[name] == "" && version <= newest:
			problems = append(problems, fmt.Errorf("%s comes before %04d, which databases have seen already: give it a higher number", name, newest))
		case sums[name] == "":
			problems = append(problems, fmt.Errorf("%s is new; add its line to migrations.sum:\n%s  %s", name, sum, name))
		case sums[name] != sum:
			problems = append(problems, fmt.Errorf("%s was edited after it was merged: undo that, and write a new file", name))
		}
		delete(sums, name)
	}
	for name := range sums {
		problems = append(problems, fmt.Errorf("%s was merged and is gone", name))
	}
	return errors.Join(problems...)
}

func TestMergedMigrationsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("migrations.sum")
	if err != nil {
		t.Fatal(err)
	}
	if err := compareSums(migrations.Files(), string(list)); err != nil {
		t.Error(err)
	}
}

func TestSumsTellWhatIsWrong(t *testing.T) {
	t.Parallel()
	line := func(name, text string) string { return fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(text)), name) }
	list := line("0001_a.sql", "a") + line("0005_b.sql", "b")
	for name, c := range map[string]struct{ files, list, want string }{
		"all as merged":          {"0001_a.sql=a 0005_b.sql=b", list, ""},
		"new, not listed":        {"0001_a.sql=a 0005_b.sql=b 0006_c.sql=c", list, "0006_c.sql is new"},
		"new, below the newest":  {"0001_a.sql=a 0005_b.sql=b 0004_c.sql=c", list, "give it a higher number"},
		"new, the newest's":      {"0001_a.sql=a 0005_b.sql=b 0005_c.sql=c", list, "give it a higher number"},
		"edited":                 {"0001_a.sql=a 0005_b.sql=x", list, "0005_b.sql was edited"},
		"renamed":                {"0001_a.sql=a 0005_c.sql=b", list, "0005_b.sql was merged and is gone"},
		"gone":                   {"0001_a.sql=a", list, "0005_b.sql was merged and is gone"},
		"list not in order":      {"0001_a.sql=a 0005_b.sql=b 0004_c.sql=c", list + line("0004_c.sql", "c"), "does not follow 0005"},
		"a number twice in list": {"0001_a.sql=a 0005_b.sql=b 0005_c.sql=c", list + line("0005_c.sql", "c"), "does not follow 0005"},
	} {
		files := fstest.MapFS{}
		for f := range strings.FieldsSeq(c.files) {
			path, text, _ := strings.Cut(f, "=")
			files[path] = &fstest.MapFile{Data: []byte(text)}
		}
		err := compareSums(files, c.list)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// firstOnline is the first migration that may run while a portal of many
// bookings serves.
const firstOnline = 43

var (
	comment   = regexp.MustCompile(`(?m)--.*$`)
	index     = regexp.MustCompile(`(?is)\b(CREATE(?:\s+UNIQUE)?|DROP)\s+INDEX\s+(CONCURRENTLY\s+)?[^;]*?(?:\bON\s+(?:ONLY\s+)?(\w+)|;)`)
	newTable  = regexp.MustCompile(`(?i)\bCREATE\s+TABLE\s+(\w+)`)
	rewriting = regexp.MustCompile(`(?is)\bALTER\s+TABLE\b[^;]*\b(GENERATED\s+ALWAYS\s+AS\s*\(|(?:SET\s+DATA\s+)?TYPE\s)`)
)

// blocking returns what of a migration would keep a portal from serving.
func blocking(text string) error {
	text, _, _ = strings.Cut(text, "-- +goose Down")
	isOutside := strings.Contains(text, "-- +goose NO TRANSACTION")
	text = comment.ReplaceAllString(text, "")
	own := map[string]bool{}
	for _, m := range newTable.FindAllStringSubmatch(text, -1) {
		own[m[1]] = true
	}
	for _, m := range index.FindAllStringSubmatch(text, -1) {
		concurrently, create, table := m[2] != "", !strings.EqualFold(m[1], "drop"), m[3]
		if concurrently && !isOutside {
			return fmt.Errorf("needs NO TRANSACTION: %s", m[0])
		}
		if create && !concurrently && !own[table] {
			return fmt.Errorf("keeps everybody from writing to %s while it builds an index: %s", table, m[0])
		}
	}
	if m := rewriting.FindString(text); m != "" {
		return fmt.Errorf("rewrites a table while everybody waits: %s", m)
	}
	return nil
}

func TestMigrationsBlockNobody(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(migrations.Files(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if version, err := goose.NumericComponent(name); err != nil || version < firstOnline {
			continue
		}
		text, err := fs.ReadFile(migrations.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		if err := blocking(string(text)); err != nil {
			t.Errorf("%s %v", name, err)
		}
	}
}

func TestBlockingMigrationsAreFound(t *testing.T) {
	t.Parallel()
	const out = "-- +goose NO TRANSACTION\n"
	for text, blocks := range map[string]bool{
		`CREATE INDEX a ON bookings (id);`:                                      true,
		`CREATE UNIQUE INDEX a ON bookings (id) WHERE true;`:                    true,
		`CREATE INDEX CONCURRENTLY a ON bookings (id);`:                         true,
		out + `CREATE INDEX a ON bookings (id);`:                                true,
		out + `CREATE UNIQUE INDEX CONCURRENTLY a ON bookings (id);`:            false,
		out + `DROP INDEX CONCURRENTLY IF EXISTS a;`:                            false,
		`DROP INDEX a; ALTER INDEX b RENAME TO a;`:                              false,
		`CREATE TABLE fresh (id bigint); CREATE INDEX a ON fresh (id);`:         false,
		`CREATE TABLE fresh (id bigint); CREATE INDEX a ON bookings (id);`:      true,
		`ALTER TABLE bookings ADD COLUMN x int GENERATED ALWAYS AS (1) STORED;`: true,
		`ALTER TABLE bookings ADD COLUMN id int GENERATED ALWAYS AS IDENTITY;`:  false,
		`ALTER TABLE bookings ALTER COLUMN id TYPE bigint;`:                     true,
		`ALTER TABLE bookings ADD COLUMN x int NOT NULL DEFAULT 0;`:             false,
		"-- CREATE INDEX a ON bookings (id);\nSELECT 1;":                        false,
		"SELECT 1;\n-- +goose Down\nCREATE INDEX a ON bookings (id);":           false,
	} {
		if err := blocking(text); (err != nil) != blocks {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
