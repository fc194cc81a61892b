package main

import (
	"fmt"
	"strconv"
	"strings"

	"guichet/internal/booking"
)

// customers is how many people buy; some of them more than once. Every fifth
// is English.
const customers = 220

var (
	firstNames = strings.Fields(`Camille Hugo Léa Karim Inès Théo Manon Yanis Chloé Mathis Jeanne Rémi Fatou
		Anne-Sophie Benoît Zoé Gaël Noémie Loïc Clémence François Aïcha Étienne`)
	lastNames = strings.Fields(`Lefèvre Moreau Garnier Benali Chevalier N’Guyen Fournier Giraud Dupont-Lajoie
		Mercier Blanchard Guérin Diallo Boyer Lemaître Le-Goff Perrin Morin Dumas Fabre Nicolas`)
	englishFirst = strings.Fields(`Emma Oliver Sophie Harry Charlotte George Priya Daniel Grace Thomas Hannah`)
	englishLast  = strings.Fields(`Whitaker O’Brien Patel Hughes Bennett Clarke Ashworth Fletcher Rowe`)
	mailHosts    = []string{"courriel.test", "postier.test", "boite.test"}

	cars = [][2]string{
		{"Renault", "Clio"},
		{"Peugeot", "308"},
		{"Citroën", "C4"},
		{"Dacia", "Duster"},
		{"Volkswagen", "Golf"},
		{"Toyota", "Yaris"},
		{"Tesla", "Model 3"},
		{"Renault", "Mégane E-Tech"},
		{"BMW", "Série 3"},
		{"Fiat", "500"},
		{"Mini", "Cooper"},
	}
	frenchColors  = []string{"gris", "noir", "blanc", "bleu", "rouge", "vert"}
	englishColors = []string{"grey", "black", "white", "blue", "red", "green"}
)

// customerForm is what a seller types about a customer. Numbers that begin
// with 01 99 00 are kept for fiction.
func customerForm(i int) booking.CustomerForm {
	first, last, color := firstNames[i%len(firstNames)], lastNames[i%len(lastNames)], frenchColors[i%len(frenchColors)]
	plate, language := fmt.Sprintf("%s-%03d-%s", letters(i), 100+(i*37)%900, letters(i*11+5)), "fr"
	if i%5 == 4 {
		first, last, color = englishFirst[i%len(englishFirst)], englishLast[i%len(englishLast)], englishColors[i%len(englishColors)]
		plate, language = fmt.Sprintf("%s%02d %sX", letters(i), 11+i%64, letters(i*7+3)), "en"
	}
	car := cars[i%len(cars)]
	return booking.CustomerForm{
		FirstName: first, LastName: last, Email: mailAddress(first, last, i),
		PhoneCountry: "FR", Phone: fmt.Sprintf("01 99 00 %02d %02d", i/100, i%100),
		Make: car[0], Model: car[1], Color: color, Plate: plate, Language: language,
	}
}

// letters returns two letters of a French number plate, which has no I, O, U.
func letters(i int) string {
	const of = "ABCDEFGHJKLMNPQRSTVWXYZ"
	return string([]byte{of[i%len(of)], of[(i/len(of)*5+i)%len(of)]})
}

var plainLetters = strings.NewReplacer("é", "e", "è", "e", "ë", "e", "ï", "i", "î", "i", "ç", "c", "’", "")

func mailAddress(first, last string, i int) string {
	return plainLetters.Replace(strings.ToLower(first+"."+last)) + "@" + mailHosts[i%len(mailHosts)]
}

// number is a reference such as "D-2041".
func (p *planner) number(prefix string, least, span int) string {
	return prefix + strconv.Itoa(least+p.dice.IntN(span))
}

// travelNumbers are those of the way out and back: trains at a station.
func travelNumbers(kind string, n int) (outbound, back string) {
	if n == 0 {
		return "", ""
	}
	company := []string{"AF", "U2", "TO", "VY", "BA", "LH"}[n%6]
	if kind == "station" {
		company = "TGV"
	}
	return company + strconv.Itoa(n), company + strconv.Itoa(n+1)
}
