package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Everybody on a machine can read a process's command line, and its user the
// environment it was started with. So mltop starts itself once more, as the
// same process, without the passwords, and hands them on in a pipe.

// secrets are what a command line and an environment held.
type secrets struct {
	Targets map[string]string `json:"targets,omitempty"` // addresses by what is left of them without passwords
	Env     map[string]string `json:"env,omitempty"`
}

// secretsFlag names the pipe to read them from.
const secretsFlag = "--secrets-fd="

// secretNames are the variables that hold passwords of servers.
func secretNames() []string { return []string{"MLTOP_PASSWORD", "PGPASSWORD"} }

// uncover answers the arguments without passwords, and the passwords. It does
// not return where the process starts anew.
func uncover(args []string) ([]string, secrets, error) {
	if len(args) > 0 && strings.HasPrefix(args[0], secretsFlag) {
		s, err := readSecrets(strings.TrimPrefix(args[0], secretsFlag))
		return args[1:], s, err
	}
	clean, s := split(args, os.Environ())
	if s.empty() {
		return args, s, nil
	}
	if err := startAnew(clean, s); err != nil {
		fmt.Fprintln(os.Stderr, "mltop: the password stays visible in the list of processes: "+err.Error())
	}
	return clean, s, nil
}

func (s secrets) empty() bool { return len(s.Targets) == 0 && len(s.Env) == 0 }

// split takes the secrets out of arguments, and notes those of the
// environment where a server is named.
func split(args, environ []string) ([]string, secrets) {
	s := secrets{Targets: map[string]string{}, Env: map[string]string{}}
	clean, servers := slices.Clone(args), false
	for i, arg := range args {
		flag, address := "", arg
		if name, value, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(name, "--") {
			flag, address = name+"=", value
		}
		if !isServer(address) && !isRedis(address) {
			continue
		}
		servers = true
		if public := withoutPassword(address); public != address {
			clean[i], s.Targets[public] = flag+public, address
		}
	}
	for _, pair := range environ {
		if name, value, _ := strings.Cut(pair, "="); servers && value != "" && slices.Contains(secretNames(), name) {
			s.Env[name] = value
		}
	}
	return clean, s
}

// pipeRoom is what a pipe surely takes without a reader (Linux: 65,536;
// macOS: 16,384 at first).
const pipeRoom = 16 << 10

// startAnew replaces the process's program by itself with other arguments. It
// answers why that was not possible.
func startAnew(args []string, s secrets) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if len(text) > pipeRoom {
		return errors.New("it is too long")
	}
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil { // it has to outlive the program
		return err
	}
	_, err = syscall.Write(pipe[1], text)
	if err = errors.Join(err, syscall.Close(pipe[1])); err == nil {
		err = syscall.Exec(self, append([]string{os.Args[0], secretsFlag + strconv.Itoa(pipe[0])}, args...), withoutSecrets(os.Environ()))
	}
	return errors.Join(err, syscall.Close(pipe[0]))
}

func withoutSecrets(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(secretNames(), name)
	})
}

func readSecrets(fd string) (secrets, error) {
	var s secrets
	n, err := strconv.Atoi(fd)
	if err != nil || n < 3 {
		return s, usagef("%s%s: it is for mltop itself", secretsFlag, fd)
	}
	f := os.NewFile(uintptr(n), "secrets")
	text, err := io.ReadAll(io.LimitReader(f, pipeRoom))
	if err = errors.Join(err, f.Close()); err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return secrets{}, usagef("%s%s: it is for mltop itself", secretsFlag, fd)
	}
	return s, nil
}

// restore gives an address the password back that it was written with.
func (s secrets) restore(address string) string {
	if whole, ok := s.Targets[address]; ok {
		return whole
	}
	return address
}

// getenv reads the environment with what was taken out of it.
func (s secrets) getenv(name string) string {
	if v, ok := s.Env[name]; ok {
		return v
	}
	return os.Getenv(name)
}
