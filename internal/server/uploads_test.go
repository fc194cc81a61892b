package server

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/bound"
)

// A person sends one file at a time, and all together few: another one is asked to
// wait. Who has been served makes room.
func TestUploadsAreTakenOneByOne(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	var browsers []*browser
	for i := range bound.Uploads + 1 {
		browsers = append(browsers, p.asPerson(t, p.addPerson(t, account.User{
			Email: fmt.Sprintf("desk-%d@test.test", i), Name: "Camille Petit", Role: account.CustomerService,
		})))
	}
	var rests []func() int
	for i, b := range browsers[:bound.Uploads] {
		rests = append(rests, b.slowUpload(t))
		if a := b.sendFile("x;1\n"); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
			t.Errorf("a second file of person %d: %d", i, a.status)
		}
	}
	other := browsers[bound.Uploads]
	if a := other.sendFile("x;1\n"); a.status != http.StatusTooManyRequests {
		t.Errorf("one more than all may send: %d", a.status)
	}
	if status := rests[0](); status != http.StatusUnprocessableEntity {
		t.Errorf("the slow one: %d", status)
	}
	if a := other.sendFile("x;1\n"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("when there is room: %d", a.status)
	}
	rests[1]()
}

// sendFile sends a statement that is none.
func (b *browser) sendFile(content string) *answer {
	b.t.Helper()
	return b.upload("/desk/statements", "file", []byte(content))
}

// slowUpload begins to send a file and returns, when the portal has begun to read
// it, what ends it and returns the answer's status.
func (b *browser) slowUpload(t *testing.T) func() int {
	t.Helper()
	in, out := io.Pipe()
	form := multipart.NewWriter(out)
	status := make(chan int, 1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/desk/statements", in)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = b.header.Clone()
	req.Header.Set("Content-Type", form.FormDataContentType())
	go func() { status <- b.ask(req).status }()
	part, err := form.CreateFormFile("file", "slow.csv")
	if err == nil { // more than the way there holds: it is read
		_, err = io.WriteString(part, strings.Repeat("id;total\n", 4<<20/9))
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() int {
		if err := form.Close(); err != nil {
			t.Error(err)
		}
		_ = out.Close()
		return <-status
	}
}

// A form with more fields than any page has is refused.
func TestFormsHaveFewFields(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	fields := url.Values{"go": make([]string, bound.Fields-1)}
	fields.Set("zone", "X")
	if a := b.do(http.MethodPost, "/quotes", fields); a.status != http.StatusUnprocessableEntity {
		t.Errorf("as many as there may be: %d", a.status)
	}
	fields["go"] = make([]string, bound.Fields)
	if a := b.do(http.MethodPost, "/quotes", fields); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("one more: %d", a.status)
	}
}
