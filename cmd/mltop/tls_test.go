package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// An authority of a test's own, and the key of its server.
type authority struct {
	cert        *x509.Certificate
	key, server *ecdsa.PrivateKey
	file        string // to trust it by
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{key: newKey(t), server: newKey(t), file: filepath.Join(t.TempDir(), "ca.pem")}
	a.cert = &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority of a test's"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	put(t, a.file, sign(t, a.cert, a.cert, a.key, a.key))
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, cert, by *x509.Certificate, of, with *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, cert, by, &of.PublicKey, with)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// elsewhere is an address that leads to this machine and is none of its
// loopback addresses: what goes there counts as a network.
const elsewhere = "0.0.0.0"

// certificate is the server's, for elsewhere, until then.
func (a authority) certificate(t *testing.T, until time.Time) string {
	t.Helper()
	return sign(t, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "a server"}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		IPAddresses: []net.IP{net.ParseIP(elsewhere)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, a.cert, a.server, a.key)
}

func (a authority) serverKey(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(a.server)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}

// A secured server takes no plain connection over the network.
type secured struct {
	name, scheme, user, path string
	mode, ca                 string // names of the options
	off, require, verifyCA   string // values of mode
	server                   *dbtest.Server
	reload                   func(t *testing.T) // makes it read its certificate again
}

func securedServers(t *testing.T, a authority) []secured {
	t.Helper()
	files := map[string]string{"cert.pem": a.certificate(t, time.Now().Add(time.Hour)), "key.pem": a.serverKey(t), "hba.conf": "local all all trust\nhostssl all all all trust\n"}
	pg := dbtest.NewPostgres(t, dbtest.PostgresOptions{TCP: true, Files: files, Settings: map[string]string{
		"ssl": "on", "ssl_cert_file": "$DIR/cert.pem", "ssl_key_file": "$DIR/key.pem", "hba_file": "$DIR/hba.conf"}})
	maria := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{TCP: true, Files: files, Settings: map[string]string{
		"ssl-cert": "$DIR/cert.pem", "ssl-key": "$DIR/key.pem", "require-secure-transport": "ON"}})
	admin, shop := dbtest.OpenPostgres(t, pg.PostgresURL("postgres")), maria.OpenMariaDB(t, "")
	dbtest.Exec(t, shop, "CREATE DATABASE shop")
	dbtest.Exec(t, shop, "CREATE USER joe@'127.0.0.1'")
	dbtest.Exec(t, shop, "GRANT ALL ON shop.* TO joe@'127.0.0.1'")
	return []secured{
		{"PostgreSQL", "postgres", "postgres", "/postgres", "sslmode", "sslrootcert", "disable", "require", "verify-ca", pg, func(t *testing.T) { dbtest.Exec(t, admin, "SELECT pg_reload_conf()") }},
		{"MariaDB", "mariadb", "joe", "/shop", "ssl-mode", "ssl-ca", "disabled", "required", "verify-ca", maria, func(t *testing.T) { dbtest.Exec(t, shop, "FLUSH SSL") }},
	}
}

// at is the server's address by a name of this machine, with options.
func (s secured) at(host string, options ...string) string {
	return fmt.Sprintf("%s://%s@%s:%d%s?%s", s.scheme, s.user, host, s.server.Port, s.path, strings.Join(options, "&"))
}

// TestTLSOfServers: over a network the certificate is verified unless the
// address says otherwise, and each way in which that fails is named.
func TestTLSOfServers(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	for _, s := range securedServers(t, a) {
		t.Run(s.name, func(t *testing.T) {
			trusted, mode := s.ca+"="+a.file, func(m string) string { return s.mode + "=" + m }
			verified(t, s, []tlsRow{
				{"a network is verified without being told, and this authority is unknown", s.at(elsewhere), []string{"certificate", "?" + s.ca + "=FILE"}},
				{"the authority is named", s.at(elsewhere, trusted), nil},
				{"another authority is named", s.at(elsewhere, s.ca+"="+other.file), []string{"unknown authority", "?" + s.ca + "=FILE"}},
				{"a file that is none of an authority's", s.at(elsewhere, s.ca+"=/dev/null"), []string{"/dev/null"}},
				{"the certificate is for another name", s.at("127.0.0.1", trusted, mode("verify-full")), []string{"not for this name", "valid for 0.0.0.0", "verify-ca"}},
				{"another name, and only the authority is verified", s.at("127.0.0.1", trusted, mode(s.verifyCA)), nil},
				{"only the authority is verified, and it is another one", s.at(elsewhere, s.ca+"="+other.file, mode(s.verifyCA)), []string{"unknown authority"}},
				{"encrypted, and nobody verified, on demand", s.at(elsewhere, mode(s.require)), nil},
				{"plain text to a server that demands TLS", s.at(elsewhere, mode(s.off)), []string{"TLS alone", s.mode + "=verify-"}},
			})
			if err := s.server.WriteFile("cert.pem", a.certificate(t, time.Now().Add(-time.Hour))); err != nil {
				t.Fatal(err)
			}
			s.reload(t)
			verified(t, s, []tlsRow{{"an expired certificate", s.at(elsewhere, trusted), []string{"expired", "renew it"}}})
		})
	}
}

// A tlsRow attaches, or says what is wrong.
type tlsRow struct {
	name, url string
	want      []string
}

func verified(t *testing.T, s secured, rows []tlsRow) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			code := exitOK
			if row.want != nil {
				code = exitAttach
			}
			newDeck(t).says(code, row.want, "snapshot", row.url, "--interval", "100ms")
		})
	}
}
