package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/pquerna/otp/hotp"

	"guichet/internal/locale"
)

// Whoever is on the phone with a customer is asked before the session ends, and
// stays with one key.
func TestAPersonIsWarnedAndStays(t *testing.T) {
	t.Parallel()
	v := open(t, locale.EN)
	v.before(`const clock = Date.now; Date.now = () => clock() + (window.ahead ?? 0)`)
	v.open("/profile")
	if js[bool](v.tab, `document.querySelector("#idle").open`) {
		t.Error("the warning is there at once")
	}
	v.sql(`UPDATE signed_in SET used_at = used_at - interval '56 minutes'`)
	js[struct{}](v.tab, `window.ahead = 56 * 60000; document.dispatchEvent(new Event("visibilitychange"))`)
	v.until(`document.querySelector("#idle").open`)
	v.says("#idle", "Are you still there?")
	v.do(strokes(kb.Enter))
	v.until(`!document.querySelector("#idle").open`)
	for used := false; !used; {
		const look = `SELECT bool_and(used_at > portal_now() - interval '1 minute') FROM signed_in`
		if err := v.pool.QueryRow(t.Context(), look).Scan(&used); err != nil {
			t.Fatal(err)
		}
	}
}

// The second factor is set up from the pictures and the texts of the page alone,
// and asked for at the next sign-in.
func TestASecondFactorBySight(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	v.open("/second-factor")
	v.leave(chromedp.Click(chromedp.CSS(`main .btn.primary`)))
	secret := js[string](v.tab, `document.querySelector("#secret").textContent.replaceAll(" ", "")`)
	code := func(step int64) string {
		t.Helper()
		code, err := hotp.GenerateCode(secret, uint64(time.Now().Unix()/30+step))
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	v.typing("#code", "Votre code est "+code(0))
	v.leave(strokes(kb.Enter))
	v.says("h1", "Codes de secours")
	v.do(chromedp.Click(chromedp.CSS("#kept-1")))
	v.leave(chromedp.Click(chromedp.CSS(`main button.primary`)))
	v.open("/profile")
	v.leave(chromedp.Evaluate[chromedp.Void](`document.querySelector("form[action='/sign-out']").requestSubmit()`))
	v.typing("#email", agent)
	v.typing("#password", password)
	v.leave(strokes(kb.Enter))
	v.says("h1", "Votre second facteur")
	v.typing("#code", code(1))
	v.leave(strokes(kb.Enter))
	v.open("/profile")
	v.says("h1", "Profil")
}
