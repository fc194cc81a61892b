// Package static holds the stylesheet, the script and the icons of the portal
// inside the binary, and serves them under addresses that carry a hash of their
// content, so that a browser may keep them for ever.
//
// It is a leaf: it knows no pages, no routes but its own and no settings.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// Prefix is where Handler must be mounted.
const Prefix = "/static/"

//go:embed app.css app.js passkeys.js icons/*.svg
var files embed.FS

type asset struct {
	contentType   string
	plain, zipped []byte
}

type catalogue struct {
	paths  map[string]string // file name -> address
	assets map[string]asset  // address -> content
}

var load = sync.OnceValue(func() catalogue {
	c, err := read(files)
	if err != nil {
		panic(fmt.Sprintf("static: %v", err)) // the files are part of the binary
	}
	return c
})

// Path returns the address of the embedded file with the given name, such as
// "app.css" or "icons/favicon.svg". It panics for a name that does not exist,
// since only a mistake in the program can ask for one.
func Path(name string) string {
	address, ok := load().paths[name]
	if !ok {
		panic("static: no file " + strconv.Quote(name))
	}
	return address
}

// Handler answers GET and HEAD of the addresses that Path gives, with a year of
// caching, and 404 for everything else: an address without its hash included.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := load().assets[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		a.serve(w, r)
	})
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	body := a.plain
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body = a.zipped
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if r.Method == http.MethodHead {
		return
	}
	// A visitor who went away is nobody's error.
	_, _ = w.Write(body)
}

// acceptsGzip reads the header well enough for browsers: "gzip;q=0" is a no.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, q, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q = strings.ReplaceAll(q, " ", "")
			return strings.Trim(strings.TrimPrefix(q, "q="), "0.") != "" || q == ""
		}
	}
	return false
}

func read(files fs.FS) (catalogue, error) {
	c := catalogue{paths: map[string]string{}, assets: map[string]asset{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		zipped, err := compress(content)
		if err != nil {
			return fmt.Errorf("compress %s: %w", name, err)
		}
		sum := sha256.Sum256(content)
		ext := path.Ext(name)
		address := Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		c.paths[name] = address
		c.assets[address] = asset{contentTypes[ext], content, zipped}
		return nil
	})
	return c, err
}

// contentTypes is our own short list: the system's table differs between hosts.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func compress(content []byte) ([]byte, error) {
	var buf bytes.Buffer
	zw, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zw.Write(content); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
