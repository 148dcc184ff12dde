package loadtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mltop/internal/wire"
)

func TestPortsAndFilesOfThisMachineAreItsOwnFault(t *testing.T) {
	for errno, kind := range map[syscall.Errno]string{syscall.EADDRNOTAVAIL: kindPorts, syscall.EMFILE: kindFiles, syscall.ENETUNREACH: kindUnreachable} {
		g := &Gate{Dial: func(context.Context, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errno)}
		}}
		p := rate(t, "http://127.0.0.1:1/", 10, 300*time.Millisecond)
		p.NewConnections = true
		r, err := New(context.Background(), p, Config{Gate: g})
		if err != nil {
			t.Fatal(err)
		}
		res, err := r.Do(context.Background())
		if err != nil || len(res.Errors) != 1 || res.Errors[0].Kind != kind || res.Errors[0].Side == "server" {
			t.Errorf("%v: got %+v %v, want kind %s, and not the server's", errno, res.Errors, err, kind)
		}
	}
}

// dialOver connects from a few ports alone, as a machine does that has no
// more: the kernel itself refuses the connection that would be the next one
// between the same two ends.
func dialOver(ports []int) func(context.Context, string) (net.Conn, error) {
	share := func(_, _ string, c syscall.RawConn) error {
		var err error
		e := c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1) })
		return errors.Join(e, err)
	}
	return func(ctx context.Context, address string) (conn net.Conn, err error) {
		for _, port := range ports {
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}, Control: share}
			if conn, err = d.DialContext(ctx, "tcp", address); err == nil {
				return conn, nil
			}
		}
		return nil, err
	}
}

// holdPorts keeps some for this test: the kernel gives one that is bound to
// nobody who does not ask for it by its number.
func holdPorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { syscall.Close(fd) })
		err = errors.Join(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1),
			syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
		at, nameErr := syscall.Getsockname(fd)
		if err := errors.Join(err, nameErr); err != nil {
			t.Fatal(err)
		}
		ports = append(ports, at.(*syscall.SockaddrInet4).Port)
	}
	return ports
}

func TestTheKernelHasNoPortLeft(t *testing.T) {
	held := make(chan struct{})
	url := serve(t, func(http.ResponseWriter, *http.Request) { <-held })
	p := rate(t, url, 20, 500*time.Millisecond) // ten requests, and three ports
	p.Connections, p.NewConnections, p.Timeout = 10, true, 2*time.Minute
	r, err := New(context.Background(), p, Config{Gate: &Gate{Dial: dialOver(holdPorts(t, 3))}})
	if err != nil {
		t.Fatal(err)
	}
	go func() { // the three are answered when the other seven have failed
		defer close(held)
		for began := time.Now(); r.done.Load() < 7 && time.Since(began) < time.Minute; {
			time.Sleep(time.Millisecond)
		}
	}()
	res, err := r.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if res.Sent != 10 || res.Dropped != 0 || len(res.Errors) != 1 || res.Errors[0].Kind != kindPorts || res.Errors[0].Side != "client" || res.ErrorCount != 7 {
		t.Errorf("sent %d, dropped %d, %d errors: %+v; want 10, none, and 7 for want of ports", res.Sent, res.Dropped, res.ErrorCount, res.Errors)
	}
	if !slices.ContainsFunc(res.Analysis, func(f wire.BenchFinding) bool {
		return f.Rule == "errors" && strings.Contains(f.Text, "all of them on this side") && strings.Contains(f.Text, "no port left")
	}) {
		t.Errorf("the analysis says %+v", res.Analysis)
	}
}

// TestATargetThatIsDownIsNotHammered: a user tries a hundred times a second at
// most, and in each of its turns.
func TestATargetThatIsDownIsNotHammered(t *testing.T) {
	p := users(t, refused(t), 2, 300*time.Millisecond)
	res := do(t, p)
	if most := uint64(2 * (300/10 + 1)); res.Sent < 2 || res.Sent > most || res.ErrorCount != res.Sent {
		t.Errorf("sent %d, %d failed; want 2 to %d, all of them", res.Sent, res.ErrorCount, most)
	}
}
