package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"testing"

	"guichet/internal/account"
)

const (
	portalName   = "guichet.example"
	portalOrigin = "https://guichet.example"
)

// authenticator is a device that holds one passkey, made by hand: real ones do not
// lie, and are not copied.
type authenticator struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	id     []byte
	owner  string // the handle of the person
	count  uint32
	origin string // of the page that asks
	name   string // to whom the passkey belongs, as the browser says
}

func newAuthenticator(t *testing.T, owner account.Person) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &authenticator{t: t, key: key, id: id, owner: owner.Handle, count: 1, origin: portalOrigin, name: portalName}
}

func (d *authenticator) encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// challenge is what the options of a ceremony ask to be signed.
func (d *authenticator) client(options []byte, kind string) []byte {
	d.t.Helper()
	var o struct{ PublicKey struct{ Challenge string } }
	if err := json.Unmarshal(options, &o); err != nil || o.PublicKey.Challenge == "" {
		d.t.Fatalf("%s: %v", options, err)
	}
	return fmt.Appendf(nil, `{"type":"webauthn.%s","challenge":%q,"origin":%q,"crossOrigin":false}`, kind, o.PublicKey.Challenge, d.origin)
}

func (d *authenticator) data(flags byte) []byte {
	sum := sha256.Sum256([]byte(d.name))
	return binary.BigEndian.AppendUint32(append(sum[:], flags), d.count)
}

// makes answers the options of BeginPasskey.
func (d *authenticator) makes(options []byte) string {
	d.t.Helper()
	point, err := d.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		d.t.Fatal(err)
	}
	data := append(d.data(0x45), make([]byte, 16)...) // user present, verified, attested; no model
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.id))), d.id...)
	data = append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32)
	data = append(append(append(data, point[1:33]...), 0x22, 0x58, 32), point[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return fmt.Sprintf(`{"id":%q,"rawId":%q,"type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":%q,"attestationObject":%q}}`,
		d.encode(d.id), d.encode(d.id), d.encode(d.client(options, "create")), d.encode(append(object, data...)))
}

// shows answers the options of BeginCheck.
func (d *authenticator) shows(options []byte) string {
	d.t.Helper()
	d.count++
	data, client := d.data(0x05), d.client(options, "get")
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(data, hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	if err != nil {
		d.t.Fatal(err)
	}
	return fmt.Sprintf(`{"id":%q,"rawId":%q,"type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":%q,"authenticatorData":%q,"signature":%q,"userHandle":%q}}`,
		d.encode(d.id), d.encode(d.id), d.encode(client), d.encode(data), d.encode(signature), d.encode([]byte(d.owner)))
}
