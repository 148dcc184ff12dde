package cache

import (
	"strings"
	"testing"
	"time"
)

// noon is when all answers come.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// lines are fields.
func lines(text ...string) (out []Field) {
	for _, l := range text {
		name, v, _ := strings.Cut(l, ": ")
		out = append(out, Field{[]byte(name), []byte(v)})
	}
	return out
}

func asking(path string, fields ...string) *Request {
	path, query, _ := strings.Cut(path, "?")
	q := &Request{
		Method: []byte("GET"), Scheme: "http", Host: []byte("a"), Path: []byte(path), Query: []byte(query), Normal: []byte(path), Fields: lines(fields...),
	}
	q.read(nil)
	return q
}

func answered(status int, fields ...string) *Answer {
	return &Answer{Status: status, Reason: []byte("Fine"), Fields: lines(fields...), Asked: noon, Came: noon}
}

func TestWhatIsKeptAndHowLongItIsFresh(t *testing.T) {
	at := func(d time.Duration) string { return noon.Add(d).Format(dateForms[0]) }
	for _, row := range []struct {
		name   string
		asked  []string
		status int
		answer []string
		why    string // it is not kept
		fresh  int    // seconds
	}{
		{"max-age", nil, 200, []string{"Cache-Control: max-age=60"}, "", 60},
		{"max-age in quotes", nil, 200, []string{`Cache-Control: max-age="60"`}, "", 60},
		{"names without case", nil, 200, []string{"CACHE-control: MAX-AGE=60"}, "", 60},
		{"s-maxage before max-age", nil, 200, []string{"Cache-Control: max-age=60, s-maxage=30"}, "", 30},
		{"max-age before Expires", nil, 200, []string{"Cache-Control: max-age=60", "Expires: " + at(time.Hour)}, "", 60},
		{"Expires", nil, 200, []string{"Expires: " + at(time.Hour), "Date: " + at(0)}, "", 3600},
		{"Expires without Date counts from when it came", nil, 200, []string{"Expires: " + at(time.Hour)}, "", 3600},
		{"Expires is no date", nil, 200, []string{"Expires: 0"}, "expired", 0},
		{"Expires twice, the earlier counts", nil, 200, []string{"Expires: " + at(time.Hour), "Expires: " + at(time.Minute)}, "", 60},
		{"Expires in a form of old", nil, 200, []string{"Expires: " + noon.Add(time.Hour).Format(dateForms[1]), "Date: " + noon.Format(time.ANSIC)}, "", 3600},
		{"max-age that is no number", nil, 200, []string{"Cache-Control: max-age=abc", `ETag: "x"`}, "", 0},
		{"max-age below zero", nil, 200, []string{"Cache-Control: max-age=-1", `ETag: "x"`}, "", 0},
		{"max-age beyond all bounds", nil, 200, []string{"Cache-Control: max-age=99999999999999999999"}, "", mostSeconds},
		{"two that differ", nil, 200, []string{"Cache-Control: max-age=60, max-age=30", `ETag: "x"`}, "", 0},
		{"two that say the same", nil, 200, []string{"Cache-Control: max-age=60", "Cache-Control: max-age=60"}, "", 60},
		{"a comma in quotes divides nothing", nil, 200, []string{`Cache-Control: x="a, no-store", max-age=60`}, "", 60},
		{"what is unknown is passed over", nil, 200, []string{"Cache-Control: nonsense, max-age=60, other=1"}, "", 60},
		{"Age takes away", nil, 200, []string{"Cache-Control: max-age=60", "Age: 20"}, "", 40},
		{"Age that is no number takes nothing", nil, 200, []string{"Cache-Control: max-age=60", "Age: x"}, "", 60},
		{"of two ages the first", nil, 200, []string{"Cache-Control: max-age=60", "Age: 20, 50"}, "", 40},
		{"an old Date takes away", nil, 200, []string{"Cache-Control: max-age=60", "Date: " + at(-30*time.Second)}, "", 30},
		{"a Date to come takes nothing", nil, 200, []string{"Cache-Control: max-age=60", "Date: " + at(30*time.Second)}, "", 60},
		{"nothing is said, the table counts", nil, 200, nil, "", 60},
		{"nothing is said of a status that is not in the table", nil, 302, nil, "no lifetime", 0},
		{"a status that is not in the table says how long", nil, 302, []string{"Cache-Control: max-age=60"}, "", 60},
		{"not found", nil, 404, nil, "", 10},
		{"a tenth of the time since it changed", nil, 200, []string{"Last-Modified: " + at(-100*time.Second), "Date: " + at(0)}, "", 10},
		{"… and no more than the table", nil, 200, []string{"Last-Modified: " + at(-24*time.Hour), "Date: " + at(0)}, "", 60},
		{"no-store", nil, 200, []string{"Cache-Control: no-store, max-age=60"}, "no-store", 0},
		{"private", nil, 200, []string{"Cache-Control: private"}, "private", 0},
		{"private of one field", nil, 200, []string{`Cache-Control: private="X", max-age=60`}, "private", 0},
		{"public and private", nil, 200, []string{"Cache-Control: public, private"}, "private", 0},
		{"no-cache without a name to ask by", nil, 200, []string{"Cache-Control: no-cache"}, "expired", 0},
		{"no-cache with one", nil, 200, []string{"Cache-Control: no-cache, max-age=60", `ETag: "x"`}, "", 60},
		{"must-understand of a status that is known", nil, 200, []string{"Cache-Control: must-understand, max-age=60"}, "", 60},
		{"must-understand of one that is not", nil, 299, []string{"Cache-Control: must-understand, max-age=60"}, "must-understand", 0},
		{"Set-Cookie", nil, 200, []string{"Cache-Control: max-age=60", "Set-Cookie: a=b"}, "set-cookie", 0},
		{"Set-Cookie, public", nil, 200, []string{"Cache-Control: public, s-maxage=60", "set-cookie: a=b"}, "set-cookie", 0},
		{"a part", nil, 206, []string{"Cache-Control: max-age=60", "Content-Range: bytes 0-1/2"}, "partial", 0},
		{"a part in disguise", nil, 200, []string{"Cache-Control: max-age=60", "Content-Range: bytes 0-1/2"}, "partial", 0},
		{"not modified", nil, 304, []string{"Cache-Control: max-age=60"}, "partial", 0},
		{"an event stream", nil, 200, []string{"Cache-Control: max-age=60", "Content-Type: Text/Event-Stream"}, "stream", 0},
		{"it varies by everything", nil, 200, []string{"Cache-Control: max-age=60", "Vary: Accept, *"}, "vary", 0},
		{"it varies by what the gateway writes", nil, 200, []string{"Cache-Control: max-age=60", "Vary: X-Forwarded-For"}, "vary", 0},
		{"with a password", []string{"Authorization: x"}, 200, []string{"Cache-Control: max-age=60"}, "authorization", 0},
		{"with a password, public", []string{"Authorization: x"}, 200, []string{"Cache-Control: public, max-age=60"}, "", 60},
		{"with a password, s-maxage", []string{"Authorization: x"}, 200, []string{"Cache-Control: s-maxage=60"}, "", 60},
		{"with a password, must-revalidate", []string{"Authorization: x"}, 200, []string{"Cache-Control: max-age=60, must-revalidate"}, "", 60},
		{"with a cookie, by the table", []string{"Cookie: x"}, 200, nil, "cookie", 0},
		{"with a cookie, and it says how long", []string{"Cookie: x"}, 200, []string{"Cache-Control: max-age=60"}, "", 60},
		{"with a field that is unknown", []string{"X-Api-Key: x"}, 200, []string{"Cache-Control: max-age=60"}, "unkeyed field", 0},
		{"with a field that chooses the method", []string{"X-HTTP-Method-Override: PUT"}, 200, []string{"Cache-Control: max-age=60"}, "unkeyed field", 0},
		{"with a field that chooses the host", []string{"X-Host: evil"}, 200, []string{"Cache-Control: max-age=60"}, "unkeyed field", 0},
		{"with one in the spelling of CGI", []string{"x_host: evil"}, 200, []string{"Cache-Control: max-age=60"}, "unkeyed field", 0},
		{"with one that Vary names", []string{"X-Api-Key: x"}, 200, []string{"Cache-Control: max-age=60", "Vary: x-api-key"}, "", 60},
		{"an error that says how long", nil, 500, []string{"Cache-Control: max-age=5"}, "", 5},
		{"an error", nil, 500, nil, "no lifetime", 0},
	} {
		r := Defaults()
		e, _, why := r.judge(answered(row.status, row.answer...), asking("/", row.asked...))
		fresh := 0
		if why == "" {
			fresh = int(e.Left(noon) / time.Second)
		}
		if why != row.why || fresh != row.fresh {
			t.Errorf("%s: got %q, fresh for %d s; want %q, %d s", row.name, why, fresh, row.why, row.fresh)
		}
	}
}

func TestWhenWhatIsKeptIsGivenOut(t *testing.T) {
	const etag = `ETag: "x"`
	for _, row := range []struct {
		name   string
		answer []string
		later  int // seconds
		asked  []string
		want   use
		saves  bool // … when the origin fails
	}{
		{"fresh", []string{"Cache-Control: max-age=60"}, 59, nil, useFresh, false},
		{"just no longer", []string{"Cache-Control: max-age=60", etag}, 60, nil, useNot, false},
		{"fresh, but no-cache", []string{"Cache-Control: max-age=60, no-cache", etag}, 0, nil, useNot, false},
		{"who asks wants it anew", []string{"Cache-Control: max-age=60"}, 0, []string{"Cache-Control: no-cache"}, useNot, false},
		{"in the words of old", []string{"Cache-Control: max-age=60"}, 0, []string{"Pragma: x, no-cache"}, useNot, false},
		{"in the words of old beside new ones", []string{"Cache-Control: max-age=60"}, 0, []string{"Pragma: no-cache", "Cache-Control: max-age=5"}, useFresh, false},
		{"not older than", []string{"Cache-Control: max-age=60"}, 10, []string{"Cache-Control: max-age=9"}, useNot, false},
		{"as old as", []string{"Cache-Control: max-age=60"}, 10, []string{"Cache-Control: max-age=10"}, useFresh, false},
		{"fresh for long enough", []string{"Cache-Control: max-age=60"}, 10, []string{"Cache-Control: min-fresh=50"}, useFresh, false},
		{"not fresh for long enough", []string{"Cache-Control: max-age=60"}, 10, []string{"Cache-Control: min-fresh=51"}, useNot, false},
		{"stale is taken", []string{"Cache-Control: max-age=60"}, 65, []string{"Cache-Control: max-stale"}, useStale, false},
		{"stale is taken for so long", []string{"Cache-Control: max-age=60"}, 65, []string{"Cache-Control: max-stale=5"}, useStale, false},
		{"… and no longer", []string{"Cache-Control: max-age=60", etag}, 66, []string{"Cache-Control: max-stale=5"}, useNot, false},
		{"stale is taken, and forbidden", []string{"Cache-Control: max-age=60, must-revalidate", etag}, 65, []string{"Cache-Control: max-stale"}, useNot, false},
		{"… by proxy-revalidate", []string{"Cache-Control: max-age=60, proxy-revalidate", etag}, 65, []string{"Cache-Control: max-stale"}, useNot, false},
		{"… by s-maxage", []string{"Cache-Control: s-maxage=60", etag}, 65, []string{"Cache-Control: max-stale"}, useNot, false},
		{"while it is asked for anew", []string{"Cache-Control: max-age=60, stale-while-revalidate=10"}, 69, nil, useWhile, false},
		{"… and no longer", []string{"Cache-Control: max-age=60, stale-while-revalidate=10", etag}, 70, nil, useNot, false},
		{"… beside s-maxage", []string{"Cache-Control: s-maxage=60, stale-while-revalidate=10"}, 65, nil, useWhile, false},
		{"… but not with must-revalidate", []string{"Cache-Control: max-age=60, stale-while-revalidate=10, must-revalidate", etag}, 65, nil, useNot, false},
		{"… and not for who wants it anew", []string{"Cache-Control: max-age=60, stale-while-revalidate=10"}, 65, []string{"Cache-Control: max-age=0"}, useNot, false},
		{"when the origin fails", []string{"Cache-Control: max-age=60, stale-if-error=10"}, 69, nil, useNot, true},
		{"… and no longer", []string{"Cache-Control: max-age=60, stale-if-error=10", etag}, 70, nil, useNot, false},
		{"… but not with must-revalidate", []string{"Cache-Control: max-age=60, stale-if-error=10, must-revalidate", etag}, 65, nil, useNot, false},
	} {
		r := Defaults()
		e, _, why := r.judge(answered(200, row.answer...), asking("/"))
		now, q := noon.Add(time.Duration(row.later)*time.Second), asking("/", row.asked...)
		if got, saves := e.use(q, now), e.saves(q, now); why != "" || got != row.want || saves != row.saves {
			t.Errorf("%s: got %d, saves %v (%s); want %d, %v", row.name, got, saves, why, row.want, row.saves)
		}
	}
}

func TestConditionsOfClients(t *testing.T) {
	has := lines(`ETag: W/"x"`, "Last-Modified: "+noon.Format(dateForms[0]))
	at := func(d time.Duration) string { return "If-Modified-Since: " + noon.Add(d).Format(dateForms[0]) }
	for _, row := range []struct {
		name   string
		asked  []string
		status int
		want   bool
	}{
		{"the same", []string{`If-None-Match: W/"x"`}, 200, true},
		{"the same, weak or not", []string{`If-None-Match: "x"`}, 200, true},
		{"one of some", []string{`If-None-Match: "a,b", "x"`}, 200, true},
		{"another", []string{`If-None-Match: "y"`}, 200, false},
		{"whatever there is", []string{`If-None-Match: *`}, 200, true},
		{"of another status", []string{`If-None-Match: *`}, 404, false},
		{"the name counts before the date", []string{`If-None-Match: "y"`, at(0)}, 200, false},
		{"not changed since", []string{at(0)}, 200, true},
		{"changed since", []string{at(-time.Second)}, 200, false},
		{"a date that is none", []string{"If-Modified-Since: yesterday"}, 200, false},
		{"no condition", nil, 200, false},
	} {
		if got := asking("/", row.asked...).NotModified(row.status, has); got != row.want {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}

func TestPathsThatAreLeftOut(t *testing.T) {
	r := Defaults()
	r.Exclude = []string{"/admin/", "/x"}
	for path, want := range map[string]bool{
		"/admin/": true, "/admin": true, "/admin/a": true, "/ADMIN/a": true, "/%61dmin/": true, "/%2561dmin/": true, "//admin//a": true,
		"/a/../admin/": true, "/a/%2e%2e/admin/": true, "/./admin/": true, "/admin;x=1/a": true, `/\admin\a`: true, "/%5cadmin/": true,
		"/x": true, "/x/y": true, "/%2fadmin/": true, "/admin%3fx": true, "/admin?/x": true, "/admin#/x": true, "/admin./x": true, "/admin%20/x": true,
		"/a/.. /admin/x": true, "/admin...": true, "/./a/..;b/admin%252e": true,
		"/administrator": false, "/a/admin/": false, "/xy": false, "/": false, "/a": false, "/admin/../a": false,
	} {
		if got := r.excludes([]byte(path)); got != want {
			t.Errorf("%s: left out is %v, want %v (read as %s)", path, got, want, CleanPath([]byte(path)))
		}
	}
}

func TestWhatAPurgeMatches(t *testing.T) {
	id := func(host, path, query string) *ID { return &ID{"http", host, path, query, CleanPath([]byte(path))} }
	for _, row := range []struct {
		what string
		id   *ID
		want bool
	}{
		{"/a", id("h", "/a", ""), true},
		{"/a", id("h", "/a", "x=1"), true},
		{"/a", id("h", "/a/b", ""), false},
		{"/a", id("h", "/%61", ""), true},
		{"/a?x=1&b=2", id("h", "/a", "b=2&x=1"), true},
		{"/a?x=1", id("h", "/a", ""), false},
		{"http://h/a", id("h", "/a", ""), true},
		{"http://H/a", id("h", "/a", ""), true},
		{"http://other/a", id("h", "/a", ""), false},
		{"/a*", id("h", "/abc", ""), true},
		{"/a/*", id("h", "/abc", ""), false},
		{"/a/*", id("h", "//a/b", ""), true},
		{"http://h/*", id("h", "/x", "y"), true},
		{"http://h*", id("h", "/x", "y"), true},
		{"*", id("h", "/x", "y"), true},
		{"/a?x=*", id("h", "/a", "x=12"), true},
		{"/a?x=*", id("h", "/ab", "x=12"), false},
	} {
		p, err := parsePattern(row.what)
		if err != nil || p.match(row.id) != row.want {
			t.Errorf("%s on %v: got %v (%v), want %v", row.what, *row.id, !row.want, err, row.want)
		}
	}
	for _, what := range []string{"", "a", "ftp:"} {
		if _, err := parsePattern(what); err == nil {
			t.Errorf("%q was taken", what)
		}
	}
}

func TestKeysOfOneURIAreOneKey(t *testing.T) {
	for _, path := range []string{"/", "/a?b=2&a=1&b=1", "/A?", "/%41?x"} {
		q := asking(path)
		id := q.ID()
		if id.key() != q.uri() {
			t.Errorf("%s: the key of %v is another one", path, id)
		}
	}
}
