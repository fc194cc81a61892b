package htmlcheck_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"guichet/web/htmlcheck"
)

const good = `<!doctype html><html lang="fr"><head><title>Devis</title><script type="module" src="/a.js"></script></head>
<body><a href="#main">Aller</a><main id="main" tabindex="-1"><h1>Devis</h1>
<form novalidate method="post"><label for="a">Zone</label><input id="a" type="text" autocomplete="off">
<label><input type="checkbox"> Assurance</label>
<button type="submit" class="btn primary">Prix</button><button type="submit" class="btn secondary">Comparer</button></form>
<form novalidate><button type="submit" class="btn secondary">Seul</button></form>
<section class="table"><table role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Réf.</th></tr></thead>
<tbody role="rowgroup"><tr role="row"><th role="rowheader" scope="row"><a class="code" translate="no" href="/b">GU-7K2M-9QXD</a></th><td role="cell"><b translate="no">AB-123-CD</b></td></tr></tbody></table></section>
<table><tr><td>Total</td></tr></table>
</main></body></html>`

func TestGoodPageHasNoProblems(t *testing.T) {
	t.Parallel()
	if got := htmlcheck.Problems([]byte(good)); len(got) != 0 {
		t.Errorf("problems in a good page: %q", got)
	}
}

func TestEveryRuleIsNoticed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ old, new, want string }{
		"two h1":            {"</main>", "<h1>x</h1></main>", "2 <h1>"},
		"no h1":             {"<h1>Devis</h1>", "", "0 <h1>"},
		"no lang":           {` lang="fr"`, "", "without lang"},
		"no title":          {"<title>Devis</title>", "<title></title>", "empty <title>"},
		"same id":           {"</main>", `<p id="a"></p></main>`, `id "a" occurs 2 times`},
		"style attribute":   {"<h1>", `<h1 style="color:red">`, "style attribute"},
		"style element":     {"</head>", "<style>a{}</style></head>", "<style> element"},
		"inline script":     {"</main>", "<script>1</script></main>", "inline script"},
		"handler":           {"<h1>", `<h1 onclick="x()">`, "inline handler"},
		"javascript link":   {`"#main"`, `" JavaScript:x()"`, "script in href"},
		"accesskey":         {"<h1>", `<h1 accesskey="n">`, "accesskey"},
		"maxlength":         {`type="text"`, `type="text" maxlength="60"`, "maxlength"},
		"tabindex":          {"<h1>", `<h1 tabindex="3">`, "tabindex 3"},
		"meta refresh":      {"</head>", `<meta http-equiv="Refresh" content="5"></head>`, "meta refresh"},
		"no alt":            {"</main>", `<img src="x"></main>`, "no alt"},
		"no label":          {`<label for="a">Zone</label>`, "", "no label"},
		"empty label":       {">Zone<", "><", "no label"},
		"label to nothing":  {`for="a"`, `for="b"`, "does not exist"},
		"description":       {`id="a"`, `id="a" aria-describedby="a-hint"`, "aria-describedby names"},
		"link to nothing":   {`"#main"`, `"#nothing"`, "link to #nothing"},
		"no autocomplete":   {` autocomplete="off"`, "", "no autocomplete"},
		"date input":        {`type="text"`, `type="date"`, "type=date"},
		"no input type":     {` type="text"`, "", "no type"},
		"no button type":    {`<button type="submit" class="btn secondary">Comparer`, `<button>Comparer`, "no type"},
		"no button name":    {"Seul", "", "no name"},
		"validated":         {"<form novalidate>", "<form>", "no novalidate"},
		"secondary first":   {"btn primary", "btn secondary", "not the primary one"},
		"submit by form id": {`<form novalidate method="post">`, `<button type="submit" form="f">x</button><form id="f" novalidate method="post">`, "not the primary one"},
		"table, no role":    {` role="table"`, "", `<table>: role ""`},
		"rows, no role":     {`<tbody role="rowgroup">`, "<tbody>", `<tbody>: role ""`},
		"row, no role":      {`<tr role="row"><th role="rowheader"`, `<tr><th role="rowheader"`, `<tr>: role ""`},
		"cell, no role":     {`<td role="cell">`, "<td>", `<td>: role ""`},
		"head, wrong role":  {"columnheader", "cell", `role "cell", want "columnheader"`},
		"head, no scope":    {` scope="col"`, "", `role "columnheader", want ""`},
		"code":              {` translate="no" href="/b">GU-7K2M-9QXD`, ` href="/b">x`, "may be translated"},
		"reference":         {`class="code" translate="no"`, "", "may be translated"},
		"plate":             {`<b translate="no">`, "<b>", "may be translated"},
		"no form":           {"</main>", `<button type="submit">x</button></main>`, "submits no form"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := strings.Replace(good, tc.old, tc.new, 1)
			if page == good {
				t.Fatalf("%q does not occur in the page", tc.old)
			}
			got := strings.Join(htmlcheck.Problems([]byte(page)), "\n")
			if !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want a line with %q", got, tc.want)
			}
		})
	}
}

var bareCar = regexp.MustCompile(`FormatPlate\([\w.]*Car\.Plate\)|\{ [\w.]*Car\.Plate \}`)

// Nothing that is typed or pasted is cut in silence: what is too long is said. A
// plate keeps its separators.
func TestNoSourceOfAPageCutsWhatIsTyped(t *testing.T) {
	t.Parallel()
	sources := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != ".."):
			return filepath.SkipDir
		case d.IsDir(), !strings.HasSuffix(path, ".templ") && !strings.HasPrefix(path, "../../static/"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sources++
		if strings.Contains(strings.ToLower(string(text)), "maxlength") {
			t.Errorf("%s has a maxlength", path)
		}
		if bareCar.Match(text) {
			t.Errorf("%s shows the plate of a car without the separators that were typed", path)
		}
		return nil
	})
	if err != nil || sources < 20 {
		t.Errorf("%d sources were read, %v", sources, err)
	}
}
