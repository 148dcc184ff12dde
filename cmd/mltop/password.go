package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

// givenPassword is the password that a user gave beside the address, the
// nearest first: a file that was named, the server's own variable, mltop's.
// The engine looks into ~/.pgpass or ~/.my.cnf when there is none.
func (o *options) givenPassword(kind engineKind) (string, error) {
	if o.passwordFile != "" {
		return readPassword(o.passwordFile)
	}
	if p := o.getenv("PGPASSWORD"); kind == postgresServer && p != "" {
		return p, nil
	}
	return o.getenv("MLTOP_PASSWORD"), nil
}

// readPassword reads the first line of a file.
func readPassword(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the password file: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return "", fmt.Errorf("read the password file: the first line of %s is empty", path)
	}
	return line, nil
}

// askPassword asks the person at the terminal, who does not see what is
// typed. A signal meanwhile gives the terminal back.
func askPassword(ctx context.Context, prompt string) (string, error) {
	fd := int(os.Stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", errors.New("ask for the password: this is no terminal")
	}
	fmt.Fprint(os.Stderr, prompt)
	defer fmt.Fprintln(os.Stderr)
	type answer struct {
		text []byte
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		typed <- answer{text, err}
	}()
	select {
	case a := <-typed:
		return string(a.text), a.err
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}
