package gateway

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
)

func eventsWith(g *Gateway, text string) (n int) {
	for _, e := range g.events.newest() {
		if strings.Contains(e.Text, text) {
			n++
		}
	}
	return n
}

// The whole life of a certificate: renewed, spoilt, well again; one client
// keeps its connection all the while.
func TestACertificateIsRenewedWhenItsFileChanges(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	g, address := started(t, i.secured(before(named(t, "a").URL)))
	stays := i.visit(t, address, nil)
	serves := func(when string, serial int64) {
		t.Helper()
		if got := i.visit(t, address, nil); got.serial() != serial || got.ask(t, get1("/")) != "200 a" {
			t.Errorf("%s: a new client sees certificate %d, want %d", when, got.serial(), serial)
		}
		if got := stays.ask(t, get1("/")); got != "200 a" || stays.serial() != 1 {
			t.Errorf("%s: the one that stays got %q", when, got)
		}
	}
	serves("at the start", 1)
	i.issue(t)
	eventually(t, "the certificate is renewed", func() bool { return eventsWith(g, "the certificate was renewed") == 1 })
	serves("renewed", 2)
	i.put(t, []byte("no certificate"))
	eventually(t, "the state says that the file is broken", func() bool { c := g.State().Certificate; return strings.Contains(c.Why, "read the certificate") })
	serves("broken", 2)
	i.issue(t)
	eventually(t, "the next one is taken", func() bool { return eventsWith(g, "the certificate was renewed") == 2 })
	serves("whole again", 3)
	if c := g.State().Certificate; c.Why != "" || eventsWith(g, "the old certificate stays") != 1 {
		t.Errorf("the state is %+v, and %d events tell of a broken file; want one", c, eventsWith(g, "the old certificate stays"))
	}
}

func TestAReloadReadsTheCertificateAtOnce(t *testing.T) {
	t.Parallel()
	i, a, b := newIssuer(t), named(t, "a"), named(t, "b")
	g, address := started(t, i.secured(before(a.URL)))
	i.issue(t)
	if err := g.Reload(g.Config()); err != nil {
		t.Fatal(err)
	}
	if got := i.visit(t, address, nil).serial(); got != 2 {
		t.Errorf("after a reload a client sees certificate %d, want 2", got)
	}
	i.put(t, nil)
	next := i.secured(before(b.URL))
	next.Listen = g.Config().Listen
	if err := g.Reload(next); err != nil {
		t.Errorf("a broken file kept the rest of the configuration out: %v", err)
	}
	v := i.visit(t, address, nil)
	if got := v.ask(t, get1("/")); got != "200 b" || v.serial() != 2 || g.Certificate().Why == "" {
		t.Errorf("got %q with certificate %d, and the state is %+v; want b, 2 and why", got, v.serial(), g.Certificate())
	}
	next.Cert, next.Key = i.file+".none", i.file+".none"
	if err := g.Reload(next); err == nil || g.Config().Cert != i.file {
		t.Errorf("files that never were any good: got %v, and %s is in force", err, g.Config().Cert)
	}
}

func TestACertificateIsChosenByTheNameThatIsAskedFor(t *testing.T) {
	t.Parallel()
	shop, wild, other := newIssuer(t), newIssuer(t, "*.many.example", "many.example"), newIssuer(t, "other.example")
	cfg := shop.secured(before(named(t, "a").URL))
	cfg.Certs = []CertificateFiles{{wild.file, wild.file}}
	g, address := started(t, cfg)
	shows := func(when string, rows map[string]string) {
		t.Helper()
		for name, want := range rows {
			c, err := tls.Dial("tcp", address, &tls.Config{ServerName: name, InsecureSkipVerify: true}) //nolint:gosec // it looks at what is shown
			if err != nil {
				t.Fatal(err)
			}
			if got := c.ConnectionState().PeerCertificates[0].DNSNames[0]; got != want {
				t.Errorf("%s, asked for %q: shown is %s, want %s", when, name, got, want)
			}
			c.Close()
		}
	}
	shows("at the start", map[string]string{
		"": "shop.example", "shop.example": "shop.example", "SHOP.EXAMPLE": "shop.example", "a.many.example": "*.many.example", "many.example": "*.many.example",
		"a.b.many.example": "shop.example", "other.example": "shop.example", "elsewhere.example": "shop.example",
	})
	stays := shop.visit(t, address, nil)
	next := g.Config()
	next.Certs = append([]CertificateFiles{{other.file, other.file}}, next.Certs...)
	if err := g.Reload(next); err != nil {
		t.Fatal(err)
	}
	shows("with one more", map[string]string{"other.example": "other.example", "a.many.example": "*.many.example", "shop.example": "shop.example"})
	next.Certs = []CertificateFiles{{other.file, wild.file}}
	if err := g.Reload(next); err == nil || !strings.Contains(err.Error(), other.file) {
		t.Errorf("a key of another certificate: got %v, want the file's name", err)
	}
	other.put(t, []byte("no certificate"))
	if err := g.Reload(g.Config()); err != nil || !strings.Contains(g.Certificate().Why, other.file) {
		t.Errorf("a file that is broken now: got %v, and the state says %q", err, g.Certificate().Why)
	}
	shows("all stay as they were", map[string]string{"other.example": "other.example", "a.many.example": "*.many.example"})
	if got := stays.ask(t, get1("/")); got != "200 a" {
		t.Errorf("who was there before got %q", got)
	}
	if got := strings.Join(g.Certificate().Names, " "); got != "shop.example other.example *.many.example many.example" {
		t.Errorf("the state tells the names %s", got)
	}
}

func TestCertificatesInTheFile(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"{cert: a, key: b}", "[{a b}]"},
		{"[{cert: a, key: b}, {cert: c, key: d}]", "[{a b} {c d}]"},
		{"[{cert: a, key: b}, {cert: c}]", "tls needs both a cert and a key"},
	} {
		c, err := ParseConfig("g.yaml", "tls: "+row.text, Defaults(), files(nil))
		if got := fmt.Sprint(c.certificates(), err); !strings.Contains(got, row.want) {
			t.Errorf("%s: got %s, want %s", row.text, got, row.want)
		}
	}
}

// A renewed certificate often means that the old key is known to others.
func TestSessionsEndWithTheirCertificate(t *testing.T) {
	i := newIssuer(t)
	g, address := started(t, i.secured(before(named(t, "a").URL)))
	sessions := tls.NewLRUClientSessionCache(1)
	again := func() bool {
		v := i.visit(t, address, sessions)
		v.ask(t, get1("/"))
		return v.ConnectionState().DidResume
	}
	first, second := again(), again()
	i.issue(t)
	if err := g.Reload(g.Config()); err != nil {
		t.Fatal(err)
	}
	if third := again(); first || !second || third {
		t.Errorf("resumed: first %v, second %v, after the renewal %v; want only the second", first, second, third)
	}
}
