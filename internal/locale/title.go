package locale

import "strings"

// WithoutTitle leaves out of a name what people put before or after it: "Mme Manon
// Lemaître" is Manon Lemaître, in all languages at once. A title alone may be a name.
func WithoutTitle(name string) string {
	words := strings.Fields(name)
	for len(words) > 1 && isTitle(words[0]) {
		words = words[1:]
	}
	for len(words) > 1 && isTitle(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

func isTitle(word string) bool { return typed.titles[bareWord(plain(word))] }
