package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode"
)

var (
	firstNames = strings.Fields(`Camille Hugo Léa Karim Inès Théo Manon Yanis Chloé Mathis Jeanne Rémi Fatou Benoît Zoé
		Gaël Noémie Loïc Clémence François Aïcha Étienne Anne-Sophie Jean-Luc Emma Oliver Sophie Priya Björn Łukasz`)

	// common are names that thousands of travellers share.
	common = strings.Fields(`martin bernard dubois thomas robert richard petit durand leroy moreau simon laurent lefèvre
		michel garcía david bertrand roux vincent fournier morel girard andré lefebvre mercier dupont lambert bonnet guérin`)

	syllables = strings.Fields(`ba bel ber bois bon bou bre cha che clé cor cou da de del du fa fer fon fou ga gar gau ger gi
		gou gué ha hé jo la lan le ler li lo ma mar mas mé mi mon mou na neau nier no pa pé per pi pon ra rau ré ri rou
		sa sau ser ta tel ti tou va ver vi vin`)
)

// surname is the i-th of many thousand names that few people share.
func surname(i int) string {
	n := len(syllables)
	return syllables[i%n] + syllables[(i/n+i*5)%n] + syllables[(i/7+i*3)%n]
}

// traveller draws a name: a third of all people have one of the common ones.
func traveller(dice *rand.Rand) (first, last string) {
	first = firstNames[dice.IntN(len(firstNames))]
	switch {
	case dice.IntN(3) == 0:
		last = common[dice.IntN(len(common))]
	case dice.IntN(40) == 0:
		last = common[dice.IntN(len(common))] + "-" + surname(dice.IntN(60_000))
	case dice.IntN(60) == 0:
		last = "d’" + surname(dice.IntN(60_000))
	default:
		last = surname(dice.IntN(60_000))
	}
	return first, title(last)
}

func title(name string) string {
	up := true
	return strings.Map(func(r rune) rune {
		if up {
			r = unicode.ToUpper(r)
		}
		up = !unicode.IsLetter(r)
		return r
	}, name)
}

// plate is a French number plate, as it is stored.
func plate(n int) string {
	const of = "ABCDEFGHJKLMNPQRSTVWXYZ"
	l := func(k int) string { return string(of[k/23%23]) + string(of[k%23]) }
	return fmt.Sprintf("%s%03d%s", l(n/7), 1+n%999, l(n/31))
}

// phone is a number that nobody has: those of the French plan for fiction, and
// mobiles, since there are not a million of the former.
func phone(n int) string {
	if n%50 == 0 {
		return fmt.Sprintf("+331990%05d", n%100_000)
	}
	return fmt.Sprintf("+336%08d", (n*7919)%100_000_000)
}
