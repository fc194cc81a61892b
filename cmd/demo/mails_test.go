package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guichet/internal/mail"
	"guichet/internal/mail/catcher"
)

func TestMailsAreReadable(t *testing.T) {
	t.Parallel()
	caught, err := catcher.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caught.Close() })
	sender, err := mail.New(caught.URL(), "guichet@demo.test")
	if err != nil {
		t.Fatal(err)
	}
	page := func(path string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		withMails(http.NotFoundHandler(), caught).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		return rec
	}
	if got := page(mailsPath).Body.String(); !strings.Contains(got, "None yet") {
		t.Errorf("empty: %s", got)
	}
	if err := sender.Send(t.Context(), mail.Message{To: "ada@demo.test", Subject: "Vœux <1>", Text: "http://127.0.0.1/welcome/x"}); err != nil {
		t.Fatal(err)
	}
	got := page(mailsPath).Body.String()
	for _, want := range []string{"ada@demo.test", "Vœux &lt;1&gt;", "http://127.0.0.1/welcome/x"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not on the page: %s", want, got)
		}
	}
	if code := page("/other").Code; code != http.StatusNotFound {
		t.Errorf("the simulator is hidden: %d", code)
	}
}
