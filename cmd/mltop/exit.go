package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mltop/internal/term"
)

// The exit codes, the same for every verb.
const (
	exitOK       = 0
	exitError    = 1
	exitUsage    = 2
	exitAttach   = 3
	exitFindings = 4
)

// A coded error ends the program with its code.
type coded struct {
	code int
	err  error
}

func (c coded) Error() string { return c.err.Error() }
func (c coded) Unwrap() error { return c.err }

// usagef says that the command line is wrong.
func usagef(format string, args ...any) error {
	return coded{exitUsage, fmt.Errorf(format, args...)}
}

// attachf says that the target cannot be attached to.
func attachf(format string, args ...any) error {
	return coded{exitAttach, fmt.Errorf(format, args...)}
}

// findingsf says that something at or above --fail-on was found.
func findingsf(format string, args ...any) error {
	return coded{exitFindings, fmt.Errorf(format, args...)}
}

// exit prints an error, once, and answers its code.
func (w *world) exit(err error) int {
	if err == nil {
		return exitOK
	}
	code := codeOf(err)
	fmt.Fprintln(w.err, "mltop: "+safeLines(said(err)))
	if code == exitUsage {
		fmt.Fprintln(w.err, "run mltop --help, or mltop VERB --help")
	}
	return code
}

// said is an error in words: a signal ends the context of all that runs.
func said(err error) string {
	if errors.Is(err, context.Canceled) && err.Error() == context.Canceled.Error() {
		return "stopped by a signal"
	}
	return err.Error()
}

func codeOf(err error) int {
	var c coded
	if errors.As(err, &c) {
		return c.code
	}
	return exitError
}

// safeLines makes each line of a text safe and keeps the line breaks, which
// are our own.
func safeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = term.Safe(l)
	}
	return strings.Join(lines, "\n")
}
