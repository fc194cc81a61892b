package mail_test

import (
	"errors"
	"strings"
	"testing"

	"guichet/internal/mail"
	"guichet/internal/mail/catcher"
)

func TestSend(t *testing.T) {
	t.Parallel()
	caught, err := catcher.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := caught.Close(); err != nil {
			t.Error(err)
		}
	})
	sender, err := mail.New(caught.URL(), "guichet@agence.test")
	if err != nil {
		t.Fatal(err)
	}
	want := mail.Message{To: "zoe@client.test", Subject: "Réservé à 6 h 05", Text: "Été à Genève\nhttps://guichet.test/x?a=1=2\n" + strings.Repeat("é", 300)}
	if err := sender.Send(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []mail.Message{
		{To: "zoe@client.test\r\nBcc: all@client.test", Subject: "x"},
		{To: "zoe@client.test", Subject: "x\nBcc: all@client.test"},
		{To: "nobody", Subject: "x"},
	} {
		if err := sender.Send(t.Context(), bad); err == nil || strings.Contains(err.Error(), "zoe") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	err = sender.Send(t.Context(), mail.Message{To: "refused@client.test", Subject: "x"})
	if err == nil || !strings.Contains(err.Error(), "550") || strings.Contains(err.Error(), "client.test") {
		t.Errorf("a refusal is told as %v", err)
	}
	list := caught.Messages()
	if len(list) != 1 {
		t.Fatalf("%d messages: %+v", len(list), list)
	}
	got := list[0]
	if got.To != want.To || got.Subject != want.Subject || strings.TrimSpace(got.Text) != want.Text || !strings.Contains(got.From, "guichet@agence.test") {
		t.Errorf("got %+v", got)
	}
	for _, name := range []string{"User-Agent", "X-Mailer"} {
		if got.Header.Get(name) != "" {
			t.Errorf("%s: %s", name, got.Header.Get(name))
		}
	}
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	sender, err := mail.New("", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), mail.Message{To: "a@b.test"}); !errors.Is(err, mail.ErrNotSet) {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"http://x", "smtp://", "smtp://h:x", "mailhost:25"} {
		if _, err := mail.New(bad, "a@b.test"); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
