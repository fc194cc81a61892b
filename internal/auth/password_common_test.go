package auth

import (
	"errors"
	"strings"
	"testing"
)

// weak are passwords that are tried first: those of lists, common words with digits
// and signs, walks on French and English keyboards, look-alikes, one text twice.
const weak = `
test12345678 Test12345678! testtest1234 test-test-2026 azerty123456 Azerty123456! azertyuiop12 AzertyUiop2026
azerty-azerty qwerty123456 Qwerty-123456 qwertyuiop123 qwertyqwerty1 1q2w3e4r5t6y 1Q2W3E4R5T6Y! 1a2z3e4r5t6y
q1w2e3r4t5y6 1qaz2wsx3edc !QAZ2wsx3edc 1qazxsw23edc zaq12wsxcde3 qazwsxedcrfv aqwzsxedcrfv wxcvbn123456 qsdfghjklm12
poiuytrewq12 mlkjhgfdsq!! asdfghjkl123 zxcvbnm12345 qweasdzxc123 123qweasdzxc 0987654321ab abcd12345678 abcdef123456
abcdefgh1234 a1b2c3d4e5f6 abc123abc123 aaaaaaaaaaa1 112233445566 123456789abc 123456789012 9876543210987
Bienvenue2026 bienvenue!2026 Bienvenue-1234 B1envenue2026 bonjour12345 Bonjour2026!! salutsalut12 coucou123456
motdepasse123! MotDePasse2026 m0td3p4ss3123 mot-de-passe-1 motdepasse!!!! lemotdepasse1 password1234 Password2026!
P@ssw0rd1234 P@$$w0rd2026 pa55word!2026 passw0rd-2026 mypassword12 password-admin Admin1234567 admin@2026!!
adminadmin123 administrateur1 Welcome12345 welcome2026!! Welc0me-2026 letmein12345 changeme1234 ChangeMe!2026
iloveyou1234 ILoveYou-2026 jetaime12345 J3t@ime2026!! monamour1987 doudou123456 chouchou2024 loulou-loulou
soleil123456 Soleil!Soleil princesse123 sunshine2026 football1234 liverpool2026 marseille1313 Marseille-13013
Paris75000!!! parisparis75 france202612 vivelafrance98 nicolas19871 Camille-1990! Julien12345! alexandre1998
dragon123456 Dragon-Dragon starwars1977 pokemon12345 superman2026 M1cr0s0ft2026 Summer2026!!! Printemps2026
Janvier2026! fevrier-2025 Vacances2026! secret123456 helloworld12 Hello-World-1 computer1234 Mailcreated5240
Sojdlg123aljg PolniyPizdec0211 gfhjkmgfhjkm ghhh47hj7649 leavemealone sonyericsson Peugeot12345 chocolat-2026 camille-nicolas-87 abcabcabcabc xk4xk4xk4xk4
`

const strong = `cheval pile agrafe juste
quatre mots sans chiffres
xkTq-48vB-pz0w
été à la plage, hein
kT7#mQ2$xL9vRb
V9r2-kkQp-7mLs-x0
correct chaise lampe vélo
le chat dort sous la table
mon vieux vélo vert grince
Tuesday lunch with granny again
three purple umbrellas leak
f4b81c0e97d2a6
7Q-4829-1736-LMVX
vingt-deux crayons mordus
il pleut sur Brest depuis hier
password managers are worth it
azerty ne suffit vraiment pas
j'ai perdu 3 parapluies en 2019
Zwölf Boxkämpfer jagen Viktor
пароль из четырёх слов`

func TestCommonPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	list := strings.Fields(weak)
	if len(list) < 86 {
		t.Fatalf("only %d are tried", len(list))
	}
	for _, password := range list {
		if err := CheckPassword(password); !errors.Is(err, ErrPasswordCommon) {
			t.Errorf("%q: %v", password, err)
		}
	}
	if len(commonHashes) < 4*40_000 {
		t.Errorf("%d of a list", len(commonHashes)/4)
	}
}

func TestGoodPasswordsAreTaken(t *testing.T) {
	t.Parallel()
	for password := range strings.Lines(strong) {
		if err := CheckPassword(strings.TrimSpace(password)); err != nil {
			t.Errorf("%q: %v", password, err)
		}
	}
}
