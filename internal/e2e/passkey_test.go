package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/pquerna/otp/hotp"

	"guichet/internal/config"
	"guichet/internal/locale"
)

// openNamed is a portal that is found under a name, as passkeys need one.
func openNamed(t *testing.T, lang locale.Lang) *visit {
	t.Helper()
	return openNamedWith(t, lang, func(*config.Config) {}, slog.DiscardHandler)
}

// openNamedWith is openNamed with other settings, and a log.
func openNamedWith(t *testing.T, lang locale.Lang, set func(*config.Config), log slog.Handler) *visit {
	t.Helper()
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(free.Addr().String())
	if err == nil {
		err = free.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	name := "http://localhost:" + port
	v := &visit{t: t, tab: newTab(t), shop: openShopWith(t, lang, func(c *config.Config) {
		c.Addr, c.CanonicalURL = "127.0.0.1:"+port, name
		set(c)
	}, log)}
	v.url = name
	v.lend(v.shop, nil)
	t.Cleanup(func() { report(t, "the console", v.heard()) })
	return v
}

// authenticator puts a device into the browser that holds passkeys and says yes.
func (b *tab) authenticator() {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
			},
		})
		return err
	}))
}

// enters signs the agent in as far as the second factor.
func (v *visit) enters() {
	v.t.Helper()
	v.open("/sign-in")
	v.typing("#email", agent)
	v.typing("#password", password)
	v.leave(strokes(kb.Enter))
}

func (v *visit) leaves() {
	v.t.Helper()
	v.open("/profile")
	v.leave(chromedp.Evaluate[chromedp.Void](`document.querySelector("form[action='/sign-out']").requestSubmit()`))
}

// setsUpACode gives the agent a second factor, and the codes for when it is lost.
func (v *visit) setsUpACode() (secret string, recovery []string) {
	v.t.Helper()
	v.open("/second-factor")
	v.leave(chromedp.Click(chromedp.CSS(`main .btn.primary`)))
	secret = js[string](v.tab, `document.querySelector("#secret").textContent.replaceAll(" ", "")`)
	v.typing("#code", codeOf(v.t, secret, -1))
	v.leave(strokes(kb.Enter))
	recovery = js[[]string](v.tab, `[...document.querySelectorAll("[data-testid=recovery-codes] li")].map(e => e.textContent.trim())`)
	v.do(chromedp.Click(chromedp.CSS("#kept-1")))
	v.leave(chromedp.Click(chromedp.CSS(`main button.primary`)))
	return secret, recovery
}

// codeOf is the code of half a minute, counted from now.
func codeOf(t *testing.T, secret string, step int64) string {
	t.Helper()
	code, err := hotp.GenerateCode(secret, uint64(time.Now().Unix()/30+step))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// words are what the French pages say.
func words(key string, args ...any) string { return locale.FR.T(key, args...) }

const keyButton = `[data-passkey] button`

// A passkey is made, signs in, confirms who is there, and is taken away; who has no
// script enters the code.
func TestAPasskeySignsIn(t *testing.T) {
	t.Parallel()
	v := openNamed(t, locale.FR)
	v.authenticator()
	v.enters()
	v.open("/profile/passkeys")
	v.says("[data-testid=no-passkeys]", words("passkeys.no_factor"))
	secret, _ := v.setsUpACode()
	code := func(step int64) string { return codeOf(t, secret, step) }

	v.open("/profile/passkeys/new")
	v.leave(chromedp.Click(chromedp.CSS(keyButton)))
	v.says("#name-error", words("passkeys.name.bad"))
	v.typing("#name", "Mon ordinateur")
	v.leave(chromedp.Click(chromedp.CSS(keyButton)))
	v.says("[data-testid=passkeys]", "Mon ordinateur")
	v.says("[data-testid=passkeys]", words("passkeys.unused"))
	v.open("/profile/passkeys/new") // the browser says no: it has one of this person
	v.typing("#name", "Encore")
	v.do(chromedp.Click(chromedp.CSS(keyButton)))
	v.says("[data-failed]", words("passkeys.failed"))

	v.leaves()
	v.enters()
	v.says("h1", words("code.title"))
	v.leave(chromedp.Click(chromedp.CSS(keyButton)))
	v.open("/profile/passkeys")
	v.says("[data-testid=passkeys]", strings.TrimSpace(words("passkeys.used", "When", "")))

	v.sql(`UPDATE signed_in SET sure_at = sure_at - interval '11 minutes'`)
	v.open("/profile/passkeys/new")
	v.says("h1", words("confirm_identity.title")) // asked once more who is there
	v.leave(chromedp.Click(chromedp.CSS(keyButton)))
	if at := v.where(); at != "/profile/passkeys/new" {
		t.Errorf("it leads to %s", at)
	}

	// Without a script the code is what there is.
	script := func(off bool) {
		t.Helper()
		v.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off})
			return err
		}))
	}
	v.leaves()
	v.enters()
	script(true)
	v.open("/sign-in/code")
	if js[bool](v.tab, `document.querySelector("[data-passkey]").checkVisibility()`) {
		t.Error("a button that does nothing")
	}
	v.do(chromedp.Focus(chromedp.CSS("#code")), strokes(code(0)+kb.Enter))
	v.until(`location.pathname !== "/sign-in/code"`)
	script(false)

	v.open("/profile/passkeys")
	v.leave(chromedp.Click(chromedp.CSS(`[data-testid=remove-passkey] button`)))
	v.says("main", words("passkeys.none"))
	v.leaves()
	v.enters()
	if js[bool](v.tab, `Boolean(document.querySelector("[data-passkey]"))`) {
		t.Error("a passkey that is gone is offered")
	}
}

// The pages of passkeys are as accessible as all others, whose portal has no name.
func TestPagesOfPasskeysAreAccessible(t *testing.T) {
	t.Parallel()
	for _, lang := range []locale.Lang{locale.FR, locale.EN} {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			v := openNamed(t, lang)
			v.who = agent
			v.signIn()
			v.enrol(agent)
			v.sql(`UPDATE signed_in SET verified_at = begun_at`)
			v.sql(`INSERT INTO passkeys (user_id, credential_id, credential, name, used_at)
				SELECT id, decode('07', 'hex'), '{"id": "Bw=="}', 'Ordinateur portable du comptoir 2', portal_now() FROM users WHERE email = '` + agent + `'`)
			for _, p := range []string{"/profile/passkeys", "/profile/passkeys/new", "/confirm-identity", "/profile/sessions", "/sign-in/code"} {
				if p == "/sign-in/code" {
					v.lend(v.shop, nil)
					v.enters()
				}
				v.open(p)
				if at := v.where(); at != p {
					t.Fatalf("%s leads to %s", p, at)
				}
				for _, scheme := range []string{light, dark} {
					for _, width := range []int64{wide, narrow} {
						v.look(scheme, width)
						report(t, fmt.Sprintf("%s, %s at %d", p, scheme, width), append(v.audit(allRules), js[[]string](v.tab, tooWide)...))
					}
				}
			}
		})
	}
}

// Where the portal has no name, the page says why there are no passkeys.
func TestPasskeysNeedAName(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	v.open("/profile/passkeys")
	v.says("[data-testid=no-passkeys]", words("passkeys.no_name"))
}
