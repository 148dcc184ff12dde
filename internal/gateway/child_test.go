package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// childName makes the test's own program an upstream that can be killed.
const childName = "MLTOP_TEST_UPSTREAM"

func TestMain(m *testing.M) {
	if address := os.Getenv(childName); address != "" {
		beUpstream(address)
		return
	}
	os.Exit(m.Run())
}

// beUpstream serves until its parent goes.
func beUpstream(address string) {
	go func() { io.Copy(io.Discard, os.Stdin); os.Exit(0) }()
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(l.Addr())
	http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") }))
}

// A child is an upstream in a process of its own.
type child struct {
	cmd     *exec.Cmd
	address string
}

func newChild(t *testing.T, address string) *child {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childName+"="+address)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); c.Process.Kill(); c.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("start an upstream: %v %s", err, line)
	}
	return &child{c, strings.TrimSpace(line)}
}
