package rowlog

import (
	"strings"
	"testing"
)

func TestSecretsOfQueries(t *testing.T) {
	m := newMask([]string{"X-Tenant-Pass", "voucher"})
	for _, row := range []struct{ name, query, want string }{
		{"nothing", "", ""},
		{"what is no secret stays", "a=1&b=two&page=3", "a=1&b=two&page=3"},
		{"a token", "a=1&token=s3cret&b=2", "a=1&token=***&b=2"},
		{"in any case", "Access_Token=s3cret", "Access_Token=***"},
		{"with a dash", "access-token=s3cret", "access-token=***"},
		{"in one word", "apiKey=s3cret", "apiKey=***"},
		{"percent-encoded", "pass%77ord=s3cret", "pass%77ord=***"},
		{"of an object", "user[password]=s3cret&user%5Bpin%5D=s3cret", "user[password]=***&user%5Bpin%5D=***"},
		{"of a list", "token[]=s3cret&token[0]=s3cret", "token[]=***&token[0]=***"},
		{"behind a dot", "user.password=s3cret", "user.password=***"},
		{"with = in it", "sig=s3cret==&x=1", "sig=***&x=1"},
		{"between semicolons", "a=1;jwt=s3cret;b", "a=1;jwt=***;b"},
		{"twice", "key=s3cret&key=s3cret", "key=***&key=***"},
		{"without a value", "token=&token", "token=&token"},
		{"that the configuration names", "voucher=s3cret&x_tenant_pass=s3cret", "voucher=***&x_tenant_pass=***"},
		{"a name that only begins like one", "tokens_used=5&keyboard=de", "tokens_used=5&keyboard=de"},
	} {
		if got := m.query(row.query); got != row.want {
			t.Errorf("%s: %q became %q, want %q", row.name, row.query, got, row.want)
		}
	}
}

func TestSecretsOfHeaders(t *testing.T) {
	m := newMask([]string{"X-Voucher"})
	for _, row := range []struct{ field, value, want string }{
		{"authorization", "Bearer s3cret", "***"},
		{"Proxy-Authorization", "Basic s3cret", "***"},
		{"cookie", "a=s3cret", "***"},
		{"X-API-Key", "s3cret", "***"},
		{"x_api_key", "s3cret", "***"},
		{"x-voucher", "s3cret", "***"},
		{"x-amz-security-token", "s3cret", "***"},
		{"accept", "*/*", "*/*"},
		{"referer", "https://ann:s3cret@x.org/a?code=s3cret&b=1#access_token=s3cret", "https://***@x.org/a?code=***&b=1#access_token=***"},
		{"x-original-url", "/a?token=s3cret", "/a?token=***"},
	} {
		if got := m.field(m.nameOf(row.field).class, row.value); got != row.want {
			t.Errorf("%s: %q became %q, want %q", row.field, row.value, got, row.want)
		}
	}
}

func TestNamesThatSomebodyMakesUpAreNotRemembered(t *testing.T) {
	m := newMask(nil)
	long := "x-" + strings.Repeat("made-up-", 1000) + "token"
	m.nameOf(long)
	m.nameOf("Authorization")
	if _, kept := m.ofFields[long]; kept || len(m.ofFields) != 1 {
		t.Errorf("%d names are remembered, want the short one alone", len(m.ofFields))
	}
	if got := m.nameOf("Authorization").class; got != hideValue {
		t.Errorf("a name that is remembered: got class %d, want %d", got, hideValue)
	}
}

func TestSecretsOfBodies(t *testing.T) {
	m := newMask(nil)
	for _, row := range []struct{ name, kind, coding, body, want string }{
		{"a form", "application/x-www-form-urlencoded; charset=utf-8", "", "user=ann&password=s3cret", "user=ann&password=***"},
		{"an object", "application/json", "", `{"user":"ann","password" : "s3\"cret","n":[1,2]}`, `{"user":"ann","password":"***","n":[1,2]}`},
		{"a secret that is no text", "application/json", "", `{"pin": 1234, "a": 1}`, `{"pin":"***", "a": 1}`},
		{"a secret at the end", "application/json", "", `{"a":{"pin":1234}}`, `{"a":{"pin":"***"}}`},
		{"a secret that is an object", "application/vnd.x+json", "", `{"credentials":{"a":"s3cret","b":["]"]},"c":1}`, `{"credentials":"***","c":1}`},
		{"one that was cut", "application/json", "", `{"user":"ann","password":"s3cr`, `{"user":"ann","password":"***"`},
		{"one that says it is text", "text/plain", "", `[{"token":"s3cret"}]`, `[{"token":"***"}]`},
		{"text", "text/plain", "", "hello", "hello"},
		{"what is packed", "application/json", "gzip", "{}", "(2 bytes, not text)"},
		{"what is no text", "image/png", "", "\x89PNG", "(4 bytes, not text)"},
		{"a form with parts", "multipart/form-data; boundary=x", "", "--x", "(3 bytes of a form with parts)"},
	} {
		if got := m.body([]byte(row.body), row.kind, row.coding, int64(len(row.body))); got != row.want {
			t.Errorf("%s: %s became %s, want %s", row.name, row.body, got, row.want)
		}
	}
}

func TestARowOfAnEntry(t *testing.T) {
	r := Defaults()
	var e Entry
	e.Take([]byte("GET /caf\xe9/\x00?token=s3cret&q=1 HTTP/1.1\r\nHost: x\r\nUser-Agent: a \"b\"\r\nCookie: s3cret\r\nX-Cut: ab"), []byte("s3cret"), nil)
	got := newMask(nil).rowOf(&e, &r)
	want := [textColumns]string{"GET", "/caf\uFFFD/\uFFFD", "", "token=***&q=1", `{"host":"x","user-agent":"a \"b\"","cookie":"***","x-cut":"ab"}`, `a "b"`}
	if got.texts != want {
		t.Errorf("got  %q\nwant %q", got.texts, want)
	}
	e.Take([]byte("GET /"+strings.Repeat("é", 400)+" HTTP/1.1\r\n\r\n"), nil, nil)
	if got := newMask(nil).rowOf(&e, &r).texts[textPath]; len(got) != 511 || !strings.HasSuffix(got, "éé") {
		t.Errorf("a long path has %d bytes and ends in %q, want 511 and whole characters", len(got), got[len(got)-4:])
	}
	r.Headers = false
	if got := newMask(nil).rowOf(&e, &r).texts[textHeaders]; got != "" {
		t.Errorf("without headers: got %q", got)
	}
}

// No value behind a secret's name survives, whatever surrounds it.
func FuzzMask(f *testing.F) {
	f.Add("a=1&token=", "&b", `{"x":1,"password":`, `,"y":2}`)
	m := newMask(nil)
	const secret = "S3CRETVALUE"
	f.Fuzz(func(t *testing.T, front, back, open, end string) {
		if strings.Contains(front+back+open+end, secret) {
			return
		}
		for _, sep := range []string{"", "&"} {
			if q := front + sep + "password=" + secret + "&" + back; sep == "&" && strings.Contains(m.query(q), secret) {
				t.Errorf("the query %q became %q", q, m.query(q))
			}
		}
		if j := m.json(`{"password":"` + secret + `"` + end); strings.Contains(j, secret) {
			t.Errorf("the object became %q", j)
		}
		m.json(open + end)
		m.address(front + back)
		m.body([]byte(open), "application/json", "", 1)
	})
}
