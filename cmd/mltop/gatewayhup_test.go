package main

import (
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"mltop/screenshots/terminal"
)

// A new certificate is taken at SIGHUP, a broken one is not, and whoever is
// connected stays so.
func TestSIGHUPReadsTheCertificateAnew(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	cert, key, file := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "gateway.yaml")
	soon, later := time.Now().Add(time.Hour).Truncate(time.Second), time.Now().Add(2*time.Hour).Truncate(time.Second)
	put(t, cert, ca.certificate(t, soon))
	put(t, key, ca.serverKey(t))
	put(t, file, "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: ["+answering(t, "a")+"]\ntls: {cert: "+cert+", key: "+key+"}\n")
	g := startGateway(t, file)
	address := g.line(t, `^gateway on (\S+): `)
	first, end := ca.connect(t, address)
	if !end.Equal(soon) {
		t.Fatalf("its certificate ends at %v, want %v", end, soon)
	}
	put(t, cert, ca.certificate(t, later))
	g.cmd.Process.Signal(syscall.SIGHUP)
	g.line(t, `^read .* again`)
	sooner(t, "the new certificate is shown", func() bool { _, end := ca.connect(t, address); return end.Equal(later) })
	put(t, cert, "no certificate")
	g.cmd.Process.Signal(syscall.SIGHUP)
	if got := g.line(t, `((?:not read again|the old certificate stays).*)`); !strings.Contains(got, "cert.pem") {
		t.Errorf("of a broken certificate it says %s", got)
	}
	if _, end := ca.connect(t, address); !end.Equal(later) {
		t.Errorf("with a broken file the certificate ends at %v, want %v", end, later)
	}
	if got := replyOn(t, first); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
		t.Errorf("who was connected before got %q", got)
	}
}

// connect speaks TLS, and answers when the certificate ends that was shown.
func (a authority) connect(t *testing.T, address string) (net.Conn, time.Time) {
	t.Helper()
	text, err := os.ReadFile(a.file)
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatalf("no authority: %v", err)
	}
	c, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots, ServerName: elsewhere})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, c.ConnectionState().PeerCertificates[0].NotAfter
}

// replyOn is how an answer begins that comes over a connection.
func replyOn(t *testing.T, c net.Conn) string {
	t.Helper()
	c.SetDeadline(time.Now().Add(patience))
	b := make([]byte, 1<<10)
	_, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
	n := 0
	if err == nil {
		n, err = c.Read(b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

// SIGHUP comes from whoever wants the file to be read, and from a terminal
// that is closed: the second ends the gateway, in order.
func TestAGatewayWithItsDashboardTellsWhySIGHUPComes(t *testing.T) {
	a, b, dir := answering(t, "a"), answering(t, "b"), t.TempDir()
	file, log := filepath.Join(dir, "gateway.yaml"), filepath.Join(dir, "log.db")
	config := func(upstream string) string {
		return "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: [" + upstream + "]\nlog: " + log + "\n"
	}
	put(t, file, config(a))
	term, err := terminal.Start(100, 30, []string{"HOME=" + dir, "XDG_STATE_HOME="}, program(t, "mltop"), "gateway", file, "--top")
	if err != nil {
		t.Fatal(err)
	}
	defer term.Close()
	address := regexp.MustCompile(`gateway (?:http://)?(127\.0\.0\.1:\d+)`)
	screen, err := term.Until(patience, look, address.MatchString)
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + address.FindStringSubmatch(screen)[1]
	pid, err := term.PID()
	if err != nil {
		t.Fatal(err)
	}
	if got := asked(t, url+"/first"); got != "a" {
		t.Fatalf("got %q, want a", got)
	}
	put(t, file, config(b))
	syscall.Kill(pid, syscall.SIGHUP)
	sooner(t, "the file is in force", func() bool { return asked(t, url+"/again") == "b" })
	asked(t, url+"/last")
	term.Close()
	sooner(t, "it has ended", func() bool { return syscall.Kill(pid, 0) != nil })
	if got := pathsOf(t, log); !strings.Contains(got, "/first") || !strings.Contains(got, "/last") {
		t.Errorf("the log holds %s, want the first request and the last", got)
	}
}

// pathsOf are those in a request log, in order.
func pathsOf(t *testing.T, log string) (paths string) {
	t.Helper()
	d, err := sql.Open("sqlite3", log)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.QueryRow("SELECT group_concat(path, ' ' ORDER BY id) FROM request_logs").Scan(&paths); err != nil {
		t.Fatal(err)
	}
	return paths
}
