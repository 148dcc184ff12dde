package gateway

import (
	"strings"
	"testing"
)

// What is kept and given out again, by what the first answer says. The request
// is the same twice.
func TestHowLongAnswersAreFresh(t *testing.T) {
	const hit, miss, checked = "hit", "miss", "checked"
	var rows []cacheRow
	for _, row := range []struct{ name, answer, second string }{
		{"nothing is said: a minute, by the table", "200", hit},
		{"max-age", "200 | Cache-Control: max-age=60", hit},
		{"max-age with leading zeros", "200 | Cache-Control: max-age=0060", hit},
		{"max-age beyond 31 bits", "200 | Cache-Control: max-age=99999999999", hit},
		{"max-age in capitals", "200 | cache-control: MAX-AGE=60", hit},
		{"max-age in quotes", `200 | Cache-Control: max-age="60"`, hit},
		{"max-age in the wrong quotes", "200 | Cache-Control: max-age='60'", miss},
		{"max-age 0", "200 | Cache-Control: max-age=0", miss},
		{"max-age 0 with a name", `200 | Cache-Control: max-age=0 | ETag: "x"`, checked},
		{"max-age with a fraction is none", "200 | Cache-Control: max-age=60.5", miss},
		{"max-age with a letter behind", "200 | Cache-Control: max-age=60a", miss},
		{"max-age below zero", "200 | Cache-Control: max-age=-1", miss},
		{"max-age without a number", "200 | Cache-Control: max-age", miss},
		{"max-age twice, one stale", "200 | Cache-Control: max-age=60, max-age=1 | Age: 2", miss},
		{"max-age on two lines, one stale", "200 | Cache-Control: max-age=1 | Cache-Control: max-age=60 | Age: 2", miss},
		{"max-age twice, the same", "200 | Cache-Control: max-age=60,max-age=60", hit},
		{"spaces around the sign count for nothing", "200 | Cache-Control: max-age = 60 | Expires: 0", hit},
		{"a space before the sign hides no no-store", "200 | Cache-Control: no-store =1, max-age=60", miss},
		{"nor a private", `200 | Cache-Control: private ="x", max-age=60`, miss},
		{"commas and nothing between", "200 | Cache-Control: ,, max-age=60 ,", hit},
		{"no space behind the comma", "200 | Cache-Control: foo,max-age=60,bar=1", hit},
		{"max-age inside of a quoted one is none", `200 | Cache-Control: x="max-age=60", max-age=0`, miss},
		{"nor behind it", `200 | Cache-Control: max-age=0, x="max-age=60"`, miss},
		{"a quote with a quote in it", `200 | Cache-Control: x="a\", no-store", max-age=60`, hit},
		{"a quote without end hides what follows, and there the table counts", `200 | Cache-Control: x="a, max-age=0`, hit},
		{"s-maxage before max-age", "200 | Cache-Control: max-age=0, s-maxage=60", hit},
		{"s-maxage 0 before max-age", "200 | Cache-Control: max-age=60, s-maxage=0", miss},
		{"s-maxage before Expires", "200 | Cache-Control: s-maxage=60 | Expires: {-60}", hit},
		{"max-age before Expires", "200 | Cache-Control: max-age=60 | Expires: {-60}", hit},
		{"max-age 0 before Expires", "200 | Cache-Control: max-age=0 | Expires: {60}", miss},
		{"a directive that nobody knows changes nothing", "200 | Cache-Control: max-age=60, immutable, proxy-foo=1", hit},

		{"Expires to come", "200 | Expires: {60}", hit},
		{"Expires that is over", "200 | Expires: {-60}", miss},
		{"Expires now", "200 | Expires: {0} | Date: {0}", miss},
		{"an old Date is in Expires too", "200 | Expires: {60} | Date: {-3600}", hit},
		{"Expires 0", "200 | Expires: 0", miss},
		{"Expires empty", "200 | Expires: ", miss},
		{"Expires in words", "200 | Expires: tomorrow", miss},
		{"Expires in another zone is no date", "200 | Expires: Thu, 18 Aug 2050 02:01:18 UTC", miss},
		{"Expires with dashes is no date", "200 | Expires: Thu, 18-Aug-2050 02:01:18 GMT", miss},
		{"Expires without its comma is no date", "200 | Expires: Thu 18 Aug 2050 02:01:18 GMT", miss},
		{"Expires twice, one over", "200 | Expires: {60} | Expires: {-60}", miss},
		{"Expires in the way of RFC 850", "200 | Expires: Thursday, 18-Aug-50 02:01:18 GMT", hit},
		{"Expires in the way of C", "200 | Expires: Thu Aug 18 02:01:18 2050", hit},

		{"Age less than max-age", "200 | Cache-Control: max-age=60 | Age: 30", hit},
		{"Age as max-age", "200 | Cache-Control: max-age=60 | Age: 60", miss},
		{"Age in letters says nothing", "200 | Cache-Control: max-age=60 | Age: abc", hit},
		{"Age below zero says nothing", "200 | Cache-Control: max-age=60 | Age: -60", hit},
		{"of two ages the first counts", "200 | Cache-Control: max-age=60 | Age: 70, 0", miss},
		{"on two lines as well", "200 | Cache-Control: max-age=60 | Age: 0 | Age: 70", hit},
		{"Age against Expires", "200 | Expires: {60} | Age: 70", miss},
		{"an old Date is an age", "200 | Cache-Control: max-age=60 | Date: {-90}", miss},
		{"a Date to come is none", "200 | Cache-Control: max-age=60 | Date: {90}", hit},
		{"a Date that is none", "200 | Cache-Control: max-age=60 | Date: yesterday", hit},

		{"a tenth of its time since it changed", "200 | Last-Modified: {-1000} | Date: {0}", hit},
		{"… which may be over", "200 | Last-Modified: {-100} | Date: {0} | Age: 20", checked},
		{"302 says nothing", "302 | Location: /x", miss},
		{"302 is public, and says nothing of time", "302 | Location: /x | Cache-Control: public", miss},
		{"302 says how long", "302 | Location: /x | Cache-Control: max-age=60", hit},
		{"303 says how long", "303 | Location: /x | Cache-Control: max-age=60", hit},
		{"307 says how long", "307 | Location: /x | Cache-Control: max-age=60", hit},
		{"301 says nothing", "301 | Location: /x", hit},
		{"308 says nothing", "308 | Location: /x", hit},
		{"203 says nothing", "203", hit},
		{"204 says nothing", "204", hit},
		{"404 says nothing", "404", hit},
		{"410 says nothing", "410", hit},
		{"400 says nothing", "400", miss},
		{"400 is of one request", "400 | Cache-Control: max-age=60", miss},
		{"401 says how long", "401 | Cache-Control: max-age=60 | WWW-Authenticate: Basic", hit},
		{"403 says nothing", "403", miss},
		{"429 is of one client", "429 | Cache-Control: public, max-age=60 | Retry-After: 60", miss},
		{"431 is of one request", "431 | Cache-Control: max-age=60", miss},
		{"414 says nothing: it is of the URL", "414", hit},
		{"500 says nothing", "500", miss},
		{"500 says how long", "500 | Cache-Control: max-age=60", hit},
		{"503 says how long", "503 | Cache-Control: max-age=60", hit},
		{"299 says how long", "299 | Cache-Control: max-age=60", hit},
		{"599 says how long", "599 | Cache-Control: max-age=60", hit},
		{"299 asks to be understood", "299 | Cache-Control: max-age=60, must-understand", miss},
		{"200 asks to be understood", "200 | Cache-Control: max-age=60, must-understand", hit},
		{"must-understand and no-store: kept by nobody here", "200 | Cache-Control: max-age=60, must-understand, no-store", miss},

		{"no-store", "200 | Cache-Control: no-store, max-age=60 | Expires: {60}", miss},
		{"no-store in capitals", "200 | Cache-Control: NO-STORE", miss},
		{"no-store on a second line", "200 | Cache-Control: max-age=60 | Cache-Control: no-store", miss},
		{"no-store with an argument", "200 | Cache-Control: max-age=60, no-store=0", miss},
		{"private", "200 | Cache-Control: private, max-age=60", miss},
		{"private beats public", "200 | Cache-Control: public, private, s-maxage=60", miss},
		{"private of one field is private", `200 | Cache-Control: private="X-User", max-age=60`, miss},
		{"no-cache", "200 | Cache-Control: no-cache, max-age=60", miss},
		{"no-cache with a name", `200 | Cache-Control: no-cache, max-age=60 | ETag: "x"`, checked},
		{"no-cache with a date", "200 | Cache-Control: no-cache, max-age=60 | Last-Modified: {-60}", checked},
		{"no-cache of one field is no-cache", `200 | Cache-Control: no-cache="X-User", max-age=60 | ETag: "x"`, checked},
		{"Pragma in an answer says nothing", "200 | Cache-Control: max-age=60 | Pragma: no-cache", hit},
		{"must-revalidate while it is fresh", "200 | Cache-Control: max-age=60, must-revalidate", hit},
		{"must-revalidate when it is old", `200 | Cache-Control: max-age=60, must-revalidate | Age: 60 | ETag: "x"`, checked},
		{"stale-while-revalidate that is over", `200 | Cache-Control: max-age=60, stale-while-revalidate=5 | Age: 70 | ETag: "x"`, checked},
		{"stale-while-revalidate and must-revalidate", `200 | Cache-Control: max-age=60, stale-while-revalidate=50, must-revalidate | Age: 70 | ETag: "x"`, checked},
		{"stale-while-revalidate in letters", `200 | Cache-Control: max-age=60, stale-while-revalidate=x | Age: 70 | ETag: "x"`, checked},

		{"Set-Cookie", "200 | Cache-Control: max-age=60 | Set-Cookie: a=b", miss},
		{"Set-Cookie, and public", "200 | Cache-Control: public, s-maxage=60 | Set-Cookie: a=b", miss},
		{"Vary: *", "200 | Cache-Control: max-age=60 | Vary: *", miss},
		{"Vary: * behind another", "200 | Cache-Control: max-age=60 | Vary: Foo, *", miss},
		{"Vary: * on a second line", "200 | Cache-Control: max-age=60 | Vary: Foo | Vary: *", miss},
		{"Vary: * behind nothing", "200 | Cache-Control: max-age=60 | Vary: , *", miss},
		{"Vary: nothing", "200 | Cache-Control: max-age=60 | Vary: ", hit},
		{"CDN-Cache-Control is for a CDN", "200 | Cache-Control: max-age=0 | CDN-Cache-Control: max-age=60", miss},
		{"… and keeps nothing out here", "200 | Cache-Control: max-age=60 | CDN-Cache-Control: max-age=0", hit},
		{"Surrogate-Control is for one as well", "200 | Cache-Control: max-age=0 | Surrogate-Control: max-age=60", miss},
		{"an event stream", "200 | Cache-Control: max-age=60 | Content-Type: text/event-stream", miss},
		{"chunks", "200 | Cache-Control: max-age=60 | Transfer-Encoding: chunked | body=1\r\nx\r\n0\r\n\r\n", hit},
		{"chunks with fields behind", "200 | Cache-Control: max-age=60 | Transfer-Encoding: chunked | body=1\r\nx\r\n0\r\nCache-Control: no-store\r\n\r\n", hit},
		{"up to the end of the connection", "200 | Cache-Control: max-age=60 | Connection: close | unsized", miss},
		{"an attachment", "200 | Cache-Control: max-age=60 | Content-Disposition: attachment", hit},
	} {
		rows = append(rows, cacheRow{row.name, []string{"GET -> " + row.answer + " => miss", "GET => " + row.second}})
	}
	playAll(t, oneOrigin, rows)
}

// What requests say, and which of them an answer is for.
func TestWhatRequestsSayToTheCache(t *testing.T) {
	const kept = `GET -> 200 | Cache-Control: max-age=60 | Age: 10 | ETag: "x" => miss | 200 | body=` + tenBytes
	const old = `GET -> 200 | Cache-Control: max-age=60 | Age: 70 | ETag: "x" => miss`
	const same = ` -> 304 | Cache-Control: max-age=60 | ETag: "x" => `
	vary := func(names, first string) string {
		return "GET | " + first + " -> 200 | Cache-Control: max-age=60 | Vary: " + names + " => miss"
	}
	playAll(t, oneOrigin, []cacheRow{
		{"no-cache asks", []string{kept, "GET | Cache-Control: no-cache" + same + "checked | 200 | body=" + tenBytes, "GET => hit"}},
		{"Pragma: no-cache asks", []string{kept, "GET | Pragma: no-cache" + same + "checked | 200"}},
		{"Pragma beside Cache-Control says nothing", []string{kept, "GET | Pragma: no-cache | Cache-Control: max-age=50 => hit"}},
		{"no-store goes past, and takes nothing away", []string{kept, "GET | Cache-Control: no-store -> 200 | body=new => miss | body=new", "GET => hit | body=" + tenBytes}},
		{"no-store leaves nothing", []string{"GET | Cache-Control: no-store -> 200 | Cache-Control: max-age=60 => miss", "GET => miss"}},
		{"max-age that is long enough", []string{kept, "GET | Cache-Control: max-age=30 => hit"}},
		{"max-age that is too short", []string{kept, "GET | Cache-Control: max-age=5" + same + "checked"}},
		{"max-age=0, as a browser reloads", []string{kept, "GET | Cache-Control: max-age=0" + same + "checked"}},
		{"max-age in letters", []string{kept, "GET | Cache-Control: max-age=x" + same + "checked"}},
		{"min-fresh that is there", []string{kept, "GET | Cache-Control: min-fresh=20 => hit"}},
		{"min-fresh that is not there", []string{kept, "GET | Cache-Control: min-fresh=55" + same + "checked"}},
		{"max-stale of any length", []string{old, "GET | Cache-Control: max-stale => hit"}},
		{"max-stale that is long enough", []string{old, "GET | Cache-Control: max-stale=60 => hit"}},
		{"max-stale that is too short", []string{old, "GET | Cache-Control: max-stale=5" + same + "checked"}},
		{"max-stale against must-revalidate", []string{`GET -> 200 | Cache-Control: max-age=60, must-revalidate | Age: 70 | ETag: "x" => miss`, "GET | Cache-Control: max-stale" + same + "checked"}},
		{"only-if-cached, and it is", []string{kept, "GET | Cache-Control: only-if-cached => hit"}},
		{"only-if-cached, and it is not", []string{"GET | Cache-Control: only-if-cached => 504"}},
		{"only-if-cached, and it is old", []string{old, "GET | Cache-Control: only-if-cached => 504"}},
		{"only-if-cached and no-cache", []string{kept, "GET | Cache-Control: only-if-cached, no-cache => 504"}},

		{"HEAD from what GET brought", []string{kept, "HEAD => hit | 200 | Content-Length: 10 | body="}},
		{"HEAD brings nothing", []string{"HEAD -> 200 | Cache-Control: max-age=60 => miss", "GET => miss"}},
		{"HEAD of what is old asks, and makes it fresh", []string{old, "HEAD" + same + "checked | 200 | Content-Length: 10", "GET => hit | body=" + tenBytes}},
		{"HEAD that tells of another answer", []string{kept, `HEAD | Cache-Control: no-cache -> 200 | Cache-Control: max-age=60 | ETag: "y" => checked | 200`, "GET -> 200 | body=new => miss | body=new"}},
		{"OPTIONS is not kept", []string{"OPTIONS -> 200 | Cache-Control: max-age=60 => miss", "OPTIONS => miss"}},
		{"POST is not kept", []string{"POST | Content-Length: 0 -> 200 | Cache-Control: max-age=60 => miss", "GET => miss"}},

		{"the same query", []string{"GET ?a=1 -> 200 | Cache-Control: max-age=60 => miss", "GET ?a=1 => hit"}},
		{"another query", []string{"GET ?a=1 -> 200 | Cache-Control: max-age=60 => miss", "GET ?a=2 => miss"}},
		{"no value is another query", []string{"GET ?a= -> 200 | Cache-Control: max-age=60 => miss", "GET ?a => miss"}},
		{"an empty query is another path", []string{"GET -> 200 | Cache-Control: max-age=60 => miss", "GET ? => hit"}},
		{"the order of names counts for nothing", []string{"GET ?b=2&a=1 -> 200 | Cache-Control: max-age=60 => miss", "GET ?a=1&b=2 => hit"}},
		{"the order of one name's values counts", []string{"GET ?a=2&a=1 -> 200 | Cache-Control: max-age=60 => miss", "GET ?a=1&a=2 => miss"}},
		{"one name in two spellings is one name", []string{"GET ?a=2&%61=1 -> 200 | Cache-Control: max-age=60 => miss", "GET ?%61=1&a=2 => miss"}},
		{"one name in two cases is one name", []string{"GET ?a=2&A=1 -> 200 | Cache-Control: max-age=60 => miss", "GET ?A=1&a=2 => miss"}},
		{"an encoded & divides nothing", []string{"GET ?a=1%26b=2 -> 200 | Cache-Control: max-age=60 => miss", "GET ?a=1&b=2 => miss"}},
		{"a ; divides nothing", []string{"GET ?a=1;b=2 -> 200 | Cache-Control: max-age=60 => miss", "GET ?b=2;a=1 => miss"}},
		{"an encoded / is another path", []string{"GET /x/y -> 200 | Cache-Control: max-age=60 => miss", "GET /x%2fy => miss"}},
		{"an encoded letter is another path", []string{"GET /x -> 200 | Cache-Control: max-age=60 => miss", "GET /%78 => miss"}},
		{"a double slash is another path", []string{"GET /x -> 200 | Cache-Control: max-age=60 => miss", "GET //x => miss"}},
		{"parameters of a path are part of it", []string{"GET /x -> 200 | Cache-Control: max-age=60 => miss", "GET /x;v=1 => miss"}},
		{"capitals in a path count", []string{"GET /x -> 200 | Cache-Control: max-age=60 => miss", "GET /X => miss"}},
		{"capitals in a host do not", []string{"GET -> 200 | Cache-Control: max-age=60 => miss", "GET | Host: A => hit"}},
		{"a port is another host", []string{"GET -> 200 | Cache-Control: max-age=60 => miss", "GET | Host: a:81 => miss"}},

		{"Vary, the same", []string{vary("Foo", "Foo: 1"), "GET | Foo: 1 => hit"}},
		{"Vary, another", []string{vary("Foo", "Foo: 1"), "GET | Foo: 2 => miss", "GET | Foo: 1 => hit", "GET | Foo: 2 => hit"}},
		{"Vary, missing", []string{vary("Foo", "Foo: 1"), "GET => miss"}},
		{"Vary, missing both times", []string{vary("Foo", "Accept: */*"), "GET => hit"}},
		{"Vary, missing and empty", []string{vary("Foo", "Accept: */*"), "GET | Foo: => miss"}},
		{"Vary, in capitals", []string{vary("FOO", "foo: 1"), "GET | Foo: 1 => hit"}},
		{"Vary, two names", []string{vary("Foo, Bar", "Foo: 1 | Bar: 2"), "GET | Bar: 2 | Foo: 1 => hit", "GET | Bar: 3 | Foo: 1 => miss"}},
		{"Vary on two lines", []string{"GET | Foo: 1 | Bar: 2 -> 200 | Cache-Control: max-age=60 | Vary: Foo | Vary: Bar => miss", "GET | Foo: 1 | Bar: 3 => miss"}},
		{"Vary, two lines of one field are not one", []string{vary("Foo", "Foo: 1 | Foo: 2"), "GET | Foo: 1 => miss"}},
		{"Vary, the order of lines counts", []string{vary("Foo", "Foo: 1 | Foo: 2"), "GET | Foo: 2 | Foo: 1 => miss"}},
		{"Vary by languages, in other words", []string{vary("Accept-Language", "Accept-Language: de, en;q=0.5"), "GET | Accept-Language: EN; q=0.5,de => hit"}},
		{"Vary by Cookie", []string{vary("Cookie", "Cookie: s=1"), "GET | Cookie: s=2 => miss", "GET | Cookie: s=1 => hit"}},
		{"Vary by whom it came from", []string{vary("X-Forwarded-For", "Foo: 1"), "GET | Foo: 1 => miss"}},
		{"what asks about one variant does not ask about another", []string{"GET | Foo: 1 -> 200 | Cache-Control: max-age=60 | Vary: Foo | ETag: \"x\" => miss", "GET | Foo: 2 => miss | ^!If-None-Match"}},
		{"a variant that is old is asked about with its field", []string{"GET | Foo: 1 -> 200 | Cache-Control: max-age=60 | Age: 60 | Vary: Foo | ETag: \"x\" => miss", "GET | Foo: 1 => checked | ^Foo: 1 | ^If-None-Match: \"x\""}},

		{"Authorization", []string{"GET | Authorization: Basic eA== -> 200 | Cache-Control: max-age=60 => miss", "GET | Authorization: Basic eA== => miss"}},
		{"Authorization and public", []string{"GET | Authorization: Basic eA== -> 200 | Cache-Control: public, max-age=60 => miss", "GET => hit"}},
		{"Authorization and s-maxage", []string{"GET | Authorization: Basic eA== -> 200 | Cache-Control: s-maxage=60 => miss", "GET => hit"}},
		{"Authorization and must-revalidate", []string{"GET | Authorization: Basic eA== -> 200 | Cache-Control: max-age=60, must-revalidate => miss", "GET => hit"}},
		{"Authorization and proxy-revalidate is not in the list", []string{"GET | Authorization: Basic eA== -> 200 | Cache-Control: max-age=60, proxy-revalidate => miss", "GET => miss"}},
		{"Authorization, public and Vary by it", []string{"GET | Authorization: Basic eA== -> 200 | Cache-Control: public, max-age=60 | Vary: Authorization => miss", "GET | Authorization: Basic eQ== => miss"}},
		{"what is for all is not for who has a password", []string{kept, "GET | Authorization: Basic eA== => miss | ^!If-None-Match"}},
		{"a cookie, and nothing is said of time", []string{"GET | Cookie: s=1 -> 200 => miss", "GET | Cookie: s=1 => miss"}},
		{"a cookie, and Last-Modified alone", []string{"GET | Cookie: s=1 -> 200 | Last-Modified: {-1000} => miss", "GET => miss"}},
		{"a cookie, and max-age", []string{"GET | Cookie: s=1 -> 200 | Cache-Control: max-age=60 => miss", "GET | Cookie: s=2 => hit"}},
		{"a body", []string{"GET | Content-Length: 0 -> 200 | Cache-Control: max-age=60 => miss", "GET => hit"}},
	})
}

// What becomes of names and dates, on both sides, and of what is changed.
func TestHowWhatIsKeptIsRenewed(t *testing.T) {
	const kept = `GET -> 200 | Cache-Control: max-age=60 | ETag: "x" | Last-Modified: {-100} | Date: {0} | Vary: Foo | X-Own: 1 => miss`
	const old = `GET -> 200 | Cache-Control: max-age=60 | Age: 60 | ETag: "x" | Date: {0} | X-Own: 1 | X-Left: 1 | Content-Type: text/a => miss`
	const oldDate = `GET -> 200 | Cache-Control: max-age=60 | Age: 60 | Last-Modified: {-100} | Date: {0} => miss`
	gone := func(ask string) []string {
		return []string{"GET -> 200 | Cache-Control: max-age=60 => miss", ask, "GET -> 200 | body=new => miss | body=new"}
	}
	stays := func(ask string) []string {
		return []string{"GET -> 200 | Cache-Control: max-age=60 => miss", ask, "GET -> 200 | body=new => hit | body=" + tenBytes}
	}
	playAll(t, oneOrigin, []cacheRow{
		{"the client has it", []string{kept, `GET | If-None-Match: "x" => hit | 304 | ETag: "x" | Cache-Control: max-age=60 | Vary: Foo | Date | Last-Modified | !X-Own | !Content-Length | body=`}},
		{"the client has one of some", []string{kept, `GET | If-None-Match: "a", "b,c" , W/"x" => hit | 304`}},
		{"names on two lines go on", []string{kept, `GET | If-None-Match: "a" | If-None-Match: "x" => checked | ^If-None-Match`}},
		{"whatever there is", []string{kept, "GET | If-None-Match: * => hit | 304"}},
		{"the client has another", []string{kept, `GET | If-None-Match: "y" => hit | 200 | body=` + tenBytes}},
		{"a name without quotes is another", []string{kept, "GET | If-None-Match: x => hit | 200"}},
		{"both are weak", []string{`GET -> 200 | Cache-Control: max-age=60 | ETag: W/"x" => miss`, `GET | If-None-Match: W/"x" => hit | 304 | ETag: W/"x"`}},
		{"not changed since", []string{kept, "GET | If-Modified-Since: {-100} => hit | 304"}},
		{"not changed since a later date", []string{kept, "GET | If-Modified-Since: {-50} => hit | 304"}},
		{"changed since", []string{kept, "GET | If-Modified-Since: {-200} => hit | 200"}},
		{"a date that is none", []string{kept, "GET | If-Modified-Since: yesterday => hit | 200"}},
		{"the name counts before the date", []string{kept, `GET | If-None-Match: "y" | If-Modified-Since: {0} => hit | 200`}},
		{"HEAD, and the client has it", []string{kept, `HEAD | If-None-Match: "x" => hit | 304`}},
		{"without Last-Modified the Date counts", []string{"GET -> 200 | Cache-Control: max-age=60 | Date: {-10} => miss", "GET | If-Modified-Since: {0} => hit | 304"}},
		{"404 knows no 304", []string{`GET -> 404 | Cache-Control: max-age=60 | ETag: "x" => miss`, `GET | If-None-Match: "x" => hit | 404`}},
		{"conditions that no cache may judge go on", []string{kept, `GET | If-Match: "x" => miss | ^If-Match: "x"`, "GET | If-Unmodified-Since: {0} => miss | ^If-Unmodified-Since"}},
		{"of what is not there the client's condition goes on", []string{`GET | If-None-Match: "x" -> 304 | ETag: "x" => checked | 304 | ^If-None-Match: "x"`}},

		{"304 renews, for all", []string{old, `GET -> 304 | Cache-Control: max-age=60 | ETag: "x" | X-Own: 2 | X-New: 1 => checked | 200 | X-Own: 2 | X-New: 1 | X-Left: 1 | body=` + tenBytes, "GET => hit | X-Own: 2 | X-New: 1 | X-Left: 1 | body=" + tenBytes}},
		{"304 without a name", []string{old, "GET -> 304 | Cache-Control: max-age=60 => checked | 200", "GET => hit"}},
		{"304 without a Date came now", []string{`GET -> 200 | Cache-Control: max-age=60 | ETag: "x" | Date: {-90} => miss`, `GET -> 304 | ETag: "x" => checked | 200`, "GET => hit"}},
		{"304 changes no Content-Type, which is the body's", []string{old, `GET -> 304 | Cache-Control: max-age=60 | ETag: "x" | Content-Type: text/b => checked | Content-Type: text/a`}},
		{"304 with another length", []string{old, `GET -> 304 | Cache-Control: max-age=60 | ETag: "x" | Content-Length: 3 => checked | 200 | Content-Length: 10 | body=` + tenBytes}},
		{"304 that forbids to keep it", []string{old, `GET -> 304 | Cache-Control: no-store | ETag: "x" => checked | 200 | body=` + tenBytes, `GET -> 304 | Cache-Control: max-age=60 | ETag: "x" => checked`}},
		{"304 with Set-Cookie is for one", []string{old, `GET -> 304 | Cache-Control: max-age=60 | ETag: "x" | Set-Cookie: a=b => checked | 200 | Set-Cookie: a=b`, `GET -> 304 | Cache-Control: max-age=60 | ETag: "x" => checked | !Set-Cookie`}},
		{"304 by date", []string{oldDate, "GET -> 304 | Cache-Control: max-age=60 => checked | 200", "GET => hit"}},
		{"200 in place of 304", []string{old, `GET -> 200 | Cache-Control: max-age=60 | ETag: "y" | body=new => checked | 200 | body=new | !X-Left`, "GET => hit | body=new"}},
		{"304 to a client that has it", []string{old, `GET | If-None-Match: "x" -> 304 | Cache-Control: max-age=60 | ETag: "x" => checked | 304 | body=`, "GET => hit | body=" + tenBytes}},
		{"304 to a client that has another", []string{old, `GET | If-None-Match: "y" -> 304 | Cache-Control: max-age=60 | ETag: "x" => checked | 200 | ^If-None-Match: "x" | body=` + tenBytes}},
		{"410 in place of 304", []string{old, "GET -> 410 | body=gone => checked | 410 | body=gone", "GET => hit | 410"}},
		{"500 in place of 304 takes nothing away", []string{old, "GET -> 500 => checked | 500", `GET -> 304 | Cache-Control: max-age=60 | ETag: "x" => checked | 200`}},
		{"stale-if-error", []string{`GET -> 200 | Cache-Control: max-age=60, stale-if-error=60 | Age: 70 | ETag: "x" => miss`, "GET -> 503 => checked | 200 | body=" + tenBytes}},
		{"stale-if-error that is over", []string{`GET -> 200 | Cache-Control: max-age=60, stale-if-error=5 | Age: 70 | ETag: "x" => miss`, "GET -> 503 => checked | 503"}},
		{"stale-if-error of 404", []string{`GET -> 200 | Cache-Control: max-age=60, stale-if-error=60 | Age: 70 | ETag: "x" => miss`, "GET -> 404 => checked | 404"}},
		{"a newer answer that may not be kept leaves the older", []string{kept, "GET | Cache-Control: no-cache -> 200 | Cache-Control: no-store | body=new => checked | body=new", "GET => hit | body=" + tenBytes}},

		{"fields of one connection are not kept", []string{"GET -> 200 | Cache-Control: max-age=60 | Connection: a, b | a: 1 | b: 2 | c: 3 | Keep-Alive: x | Proxy-Authenticate: x | Proxy-Connection: x => miss", "GET => hit | c: 3 | !a | !b | !Connection | !Keep-Alive | !Proxy-Authenticate | !Proxy-Connection"}},
		{"all others are", []string{"GET -> 200 | Cache-Control: max-age=60 | X-Frame-Options: deny | Strict-Transport-Security: x | WWW-Authenticate: x | CDN-Cache-Control: y => miss", "GET => hit | X-Frame-Options: deny | Strict-Transport-Security: x | WWW-Authenticate: x | CDN-Cache-Control: y"}},
		{"Date stays, Age grows from Age", []string{"GET -> 200 | Cache-Control: max-age=600 | Age: 30 | Date: Thu, 01 Jan 2026 00:00:00 GMT | ETag: x => miss", "GET | Cache-Control: max-stale => hit | Date: Thu, 01 Jan 2026 00:00:00 GMT"}},

		{"POST", gone("POST | Content-Length: 0 -> 200 => miss")},
		{"PUT", gone("PUT | Content-Length: 0 -> 204 => miss")},
		{"DELETE that leads elsewhere", gone("DELETE -> 302 | Location: /other => miss")},
		{"a method that nobody knows", gone("M-SEARCH -> 200 => miss")},
		{"POST that failed", stays("POST | Content-Length: 0 -> 500 => miss")},
		{"POST that was refused", stays("POST | Content-Length: 0 -> 403 => miss")},
		{"POST that another host made elsewhere", stays("POST /b | Content-Length: 0 -> 201 | Location: http://b/BASE => miss")},
		{"POST elsewhere with its path", gone("POST /b | Content-Length: 0 -> 201 | Location: BASE => miss")},
		{"POST elsewhere with its URL", gone("POST /b | Content-Length: 0 -> 201 | Content-Location: HTTP://A" + "BASE => miss")},
		{"POST elsewhere with a path from there", gone("POST /b | Content-Length: 0 -> 201 | Location: ..BASE => miss")},
		{"POST elsewhere with another port", stays("POST /b | Content-Length: 0 -> 201 | Location: http://a:81BASE => miss")},
		{"all variants go", []string{"GET | Foo: 1 -> 200 | Cache-Control: max-age=60 | Vary: Foo => miss", "GET | Foo: 2 => miss", "DELETE -> 204 => miss", "GET | Foo: 1 -> 200 | Cache-Control: max-age=60 | Vary: Foo => miss", "GET | Foo: 2 => miss"}},
	})
}

// Below what is left out nothing is kept, in whatever spelling it is asked for.
func TestNoSpellingLeadsPastWhatIsLeftOut(t *testing.T) {
	o := newOrigin(t, "Cache-Control: max-age=60")
	_, address := started(t, cachingBefore(o.url))
	for _, path := range []string{
		"/admin", "/admin/", "/admin/x", "/ADMIN/x", "/%61dmin/x", "/%2561dmin/x", "/%25252561dmin/x", "//admin/x", "/%2fadmin/x", "/admin%2fx", "/admin%252fx",
		"/admin;v=1/x", "/admin%3bv/x", "/admin%3fx", "/admin%23x", "/admin%5cx", "/%5cadmin/x", "/admin./x", "/admin%2e/x", "/admin%20/x", "/a%2f..%2fadmin/x",
		"/a/../admin/x", "/a/%2e%2e/admin/x", "/./admin/x", "/%2e/admin/x", "/a/..;/admin/x", "/a/.%2e%5cadmin/x", "/a%252f..%252fadmin", "/a/..%20/admin/x",
	} {
		asked := o.asked.Load()
		ask(t, address, want(path))
		if r, _ := ask(t, address, want(path)); r.StatusCode != 400 && (o.asked.Load() != asked+2 || !strings.HasPrefix(said(r), "fwd=bypass")) {
			t.Errorf("%s: %d, %s; the origin was asked %d times, want it refused or asked twice", path, r.StatusCode, said(r), o.asked.Load()-asked)
		}
	}
}
