package gateway

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An issuer makes certificates for shop.example that sign themselves. Each is
// in one file with its key, and takes the place of the one before at once.
type issuer struct {
	file  string
	names []string
	last  int64 // serial
	roots *x509.CertPool
}

func newIssuer(t *testing.T, names ...string) *issuer {
	t.Helper()
	if names == nil {
		names = []string{"shop.example"}
	}
	i := &issuer{names: names, file: filepath.Join(t.TempDir(), "shop.pem"), roots: x509.NewCertPool()}
	i.issue(t)
	return i
}

func (i *issuer) issue(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i.last++
	c := &x509.Certificate{
		SerialNumber: big.NewInt(i.last), Subject: pkix.Name{CommonName: fmt.Sprint("shop ", i.last)}, DNSNames: i.names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	i.roots.AppendCertsFromPEM(text)
	i.put(t, append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...))
}

// put replaces the file as a whole.
func (i *issuer) put(t *testing.T, text []byte) {
	t.Helper()
	if err := os.WriteFile(i.file+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(i.file+".new", i.file); err != nil {
		t.Fatal(err)
	}
}

// secured is a configuration that speaks TLS.
func (i *issuer) secured(cfg Config) Config {
	cfg.Cert, cfg.Key = i.file, i.file
	return cfg
}

// A visitor has one connection by TLS.
type visitor struct {
	*tls.Conn
	in *bufio.Reader
}

func (i *issuer) visit(t *testing.T, address string, sessions tls.ClientSessionCache) *visitor {
	t.Helper()
	d := &net.Dialer{Timeout: patience}
	c, err := tls.DialWithDialer(d, "tcp", address, &tls.Config{RootCAs: i.roots, ServerName: "shop.example", NextProtos: []string{"h2", "http/1.1"}, ClientSessionCache: sessions})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return &visitor{c, bufio.NewReader(c)}
}

// serial is that of the certificate that was shown.
func (v *visitor) serial() int64 { return v.ConnectionState().PeerCertificates[0].SerialNumber.Int64() }

func (v *visitor) ask(t *testing.T, request string) string {
	t.Helper()
	if _, err := io.WriteString(v, request); err != nil {
		t.Fatal(err)
	}
	res, body := answerOf(t, v.in, "GET")
	return fmt.Sprint(res.StatusCode, " ", body)
}

func TestRequestsOverTLS(t *testing.T) {
	i, up := newIssuer(t), newRaw(t, fine)
	g, address := started(t, i.secured(before(up.url())))
	v := i.visit(t, address, nil)
	if s := v.ConnectionState(); s.NegotiatedProtocol != "http/1.1" || s.Version != tls.VersionTLS13 {
		t.Errorf("the client speaks %q by %s, want http/1.1 by TLS 1.3", s.NegotiatedProtocol, tls.VersionName(s.Version))
	}
	if got := v.ask(t, get1("/")); got != "200 ok" {
		t.Errorf("got %q", got)
	}
	want := "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Replace(tail, "Proto: http\r", "Proto: https\r", 1) + "\r\n"
	if got := steady(strings.Join(up.all(), "|")); got != want {
		t.Errorf("the upstream got\n%q, want\n%q", got, want)
	}
	s := g.State()
	if c := s.Certificate; !s.TLS || c == nil || c.File != i.file || fmt.Sprint(c.Names) != "[shop.example]" || c.Why != "" || !c.Until.After(time.Now()) {
		t.Errorf("the state tells TLS %v, certificate %+v", s.TLS, c)
	}
	for _, row := range []struct {
		name string
		c    *tls.Config
	}{
		{"TLS 1.1", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}},
		{"HTTP/2 alone", &tls.Config{NextProtos: []string{"h2"}}},
	} {
		row.c.RootCAs, row.c.ServerName = i.roots, "shop.example"
		if c, err := tls.Dial("tcp", address, row.c); err == nil {
			c.Close()
			t.Errorf("%s: it was taken", row.name)
		}
	}
}

func TestAConnectionOverTLSIsKept(t *testing.T) {
	i := newIssuer(t)
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) })
	g, address := started(t, i.secured(before(up.URL)))
	v := i.visit(t, address, nil)
	for n := range 5 {
		if got := v.ask(t, get1(fmt.Sprint("/", n))); got != fmt.Sprint("200 /", n) {
			t.Errorf("request %d: got %q", n, got)
		}
	}
	if n := g.State().Connections.Open; n != 1 {
		t.Errorf("%d connections are open, want 1", n)
	}
}

// till reads until the other side ends; false: it does not.
func till(t *testing.T, address, send string) (got string, ended bool) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, send)
	all, err := io.ReadAll(c)
	return string(all), !isTimeout(err)
}

func TestWhatIsNoHandshake(t *testing.T) {
	i := newIssuer(t)
	cfg := i.secured(before(named(t, "a").URL))
	cfg.Timeouts.Idle, cfg.Timeouts.Head = time.Hour, 100*time.Millisecond
	g, slow := started(t, cfg)
	cfg.Timeouts.Head = time.Hour
	_, patient := started(t, cfg)
	for _, row := range []struct{ name, address, send, want string }{
		{"nothing", slow, "", ""},
		{"a record that does not end", slow, "\x16\x03\x01\x02\x00\x01", ""},
		{"HTTP in the clear", patient, get1("/"), "HTTP/1.1 400 "},
		{"HTTP in the clear with a body", patient, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n" + strings.Repeat("x", 20000), "HTTP/1.1 400 "},
		{"another protocol", patient, "SSH-2.0-OpenSSH_9\r\n", ""},
	} {
		got, ended := till(t, row.address, row.send)
		if !ended || row.want == "" && strings.Contains(got, "HTTP") || !strings.HasPrefix(got, row.want) {
			t.Errorf("%s: got %q, ended %v; want %q and the end", row.name, got, ended, row.want)
		}
		if row.want != "" && (!strings.Contains(got, "Connection: close") || !strings.Contains(got, "https")) {
			t.Errorf("%s: %q does not say what to do", row.name, got)
		}
	}
	eventually(t, "no connection is left", func() bool { return g.State().Connections.Open == 0 })
}

func TestAStopDoesNotWaitForAHandshake(t *testing.T) {
	i := newIssuer(t)
	cfg := i.secured(before(named(t, "a").URL))
	cfg.Timeouts.Head = time.Hour
	g, address := started(t, cfg)
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	eventually(t, "the connection is taken", func() bool { return g.State().Connections.Open == 1 })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if n := g.Stop(ctx); n != 0 {
		t.Errorf("%d connections were broken off after %v, want none", n, patience)
	}
}
