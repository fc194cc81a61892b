package main

import (
	"html/template"
	"net/http"

	"guichet/internal/mail/catcher"
)

// mailsPath is where the demo shows the mails that it caught.
const mailsPath = "/mails"

var mailsPage = template.Must(template.New("mails").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mails of the demo</title>
<h1>Mails of the demo</h1>
<p>Nothing leaves this machine. The latest comes first.</p>
{{range .}}<hr><h2>{{.Subject}}</h2><p>To {{.To}}</p><pre>{{.Text}}</pre>{{else}}<p>None yet.</p>{{end}}
</html>
`))

// withMails adds the page of mails to the simulator's addresses.
func withMails(simulator http.Handler, caught *catcher.Catcher) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", simulator)
	mux.HandleFunc("GET "+mailsPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_ = mailsPage.Execute(w, caught.Messages()) // the browser has gone away
	})
	return mux
}
