package postgres

import (
	"testing"

	"guichet/internal/dbtest"
)

// A backup is restored without a search path, and then the words of names are
// computed anew.
func TestNamesAreSearchedAfterARestore(t *testing.T) {
	t.Parallel()
	tx, err := dbtest.New(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }() // nothing was changed
	if _, err := tx.Exec(t.Context(), `SET LOCAL search_path = ''`); err != nil {
		t.Fatal(err)
	}
	for said, found := range map[string]bool{
		"d'aubigne": true, "DAUBIGNÉ château": true, "zoe d’aubi": true, "aubi zo": false, "zoé x": false, "jo": false, "œuvrard": true, "oeuvr": true, "": false,
	} {
		var got bool
		const match = `SELECT public.name_words('Zoé', 'D’Aubigné-Château Oeuvrard') OPERATOR(pg_catalog.@@) public.name_query($1)`
		if err := tx.QueryRow(t.Context(), match, said).Scan(&got); err != nil || got != found {
			t.Errorf("%q: %v, %v; want %v", said, got, err, found)
		}
	}
}
