package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"mltop/collectors"
	"mltop/internal/stat"
	"mltop/internal/wire"
)

func packed(values ...float64) []byte {
	var s stat.Sketch
	for _, v := range values {
		s.Add(v)
	}
	return s.AppendPacked(nil)
}

func group(method, path string, failed uint64, values ...float64) wire.GatewayGroup {
	return wire.GatewayGroup{Method: method, Path: path, Count: uint64(len(values)), ServerErrors: failed, Latency: packed(values...)}
}

func TestSecondsBecomeBucketsByRoute(t *testing.T) {
	at := time.Now().Unix()
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI()+" "+r.Header.Get("Authorization"))
		json.NewEncoder(w).Encode(wire.GatewayRequests{Time: time.Unix(at+2, 0), Seconds: []wire.GatewaySecond{{
			At: at, Total: group("", "", 1, 0.1, 0.2, 0.3),
			Routes: []wire.GatewayGroup{group("GET", "/x/1", 0, 0.1), group("GET", "/x/2", 1, 0.2), group("POST", "/y", 0, 0.3)},
		}}})
	}))
	defer s.Close()
	c := New(s.URL, "secret", func(path string) string {
		if strings.HasPrefix(path, "/x/") {
			return "/x/{id}"
		}
		return path
	})
	sections, err := c.Collect(context.Background())
	if err != nil || len(sections) != 1 {
		t.Fatalf("got %v, %v", sections, err)
	}
	r := sections[0].(*collectors.Requests)
	if r.Source.Kind != "gateway" || len(r.Buckets) != 1 || r.Buckets[0].Start.Unix() != at || r.Buckets[0].Total.Count != 3 || r.Buckets[0].Total.ServerErrors != 1 {
		t.Fatalf("got %+v", r)
	}
	routes := r.Buckets[0].Routes
	if len(routes) != 2 || routes[0].Route.String() != "GET /x/{id}" || routes[0].Count != 2 || routes[0].ServerErrors != 1 || routes[0].Latency.Max() != 0.2 || routes[1].Route.String() != "POST /y" {
		t.Errorf("the routes are %+v", routes)
	}
	if _, err := c.Collect(context.Background()); err != nil {
		t.Fatal(err)
	}
	if want := "/requests?after=" + strconv.FormatInt(at, 10) + " Bearer secret"; asked[1] != want {
		t.Errorf("the second time it asked %q, want %q", asked[1], want)
	}
}

// What passes through HAProxy counts, by server, and has no times.
func TestWhatPassesThroughHAProxyIsARouteOfItsOwn(t *testing.T) {
	at := time.Now().Unix()
	there := wire.GatewayGroup{Server: "app/web1", Count: 7, ClientErrors: 2, ServerErrors: 1, Latency: packed()}
	answers := []wire.GatewayRequests{
		{Time: time.Unix(at+2, 0), Seconds: []wire.GatewaySecond{{At: at, Total: there, Routes: []wire.GatewayGroup{there}}}},
		{Time: time.Unix(at+3, 0)},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(answers[0])
		answers = answers[1:]
	}))
	defer s.Close()
	c := New(s.URL, "", func(path string) string { return "route of " + path })
	for _, row := range []struct {
		name  string
		count uint64
	}{{"while they pass", 7}, {"in a quiet second", 0}} {
		sections, err := c.Collect(context.Background())
		if err != nil || len(sections) != 1 {
			t.Fatalf("%s: got %v, %v", row.name, sections, err)
		}
		r := sections[0].(*collectors.Requests)
		if why := r.Missing["p95_seconds"]; !strings.Contains(why, "HAProxy") {
			t.Errorf("%s: why there is no P95: %q", row.name, why)
		}
		var got uint64
		for _, b := range r.Buckets {
			got += b.Total.Count
			if one := b.Routes[0]; one.Route.String() != "haproxy app/web1" || one.ClientErrors != 2 || one.ServerErrors != 1 || one.Latency.Count() != 0 {
				t.Errorf("%s: the route is %+v", row.name, one)
			}
		}
		if got != row.count {
			t.Errorf("%s: %d requests, want %d", row.name, got, row.count)
		}
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	for _, row := range []struct {
		name, answer, want string
		status             int
	}{
		{"no rights", "", "403", 403},
		{"no JSON", "hello", "read the gateway's answer", 200},
		{"a sketch that is cut", `{"seconds":[{"unix":1,"total":{"count":1,"latency":"Bg=="}}]}`, "read the gateway's times", 200},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(row.status)
			w.Write([]byte(row.answer))
		}))
		_, err := New(s.URL, "", nil).Collect(context.Background())
		s.Close()
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.name, err, row.want)
		}
	}
}
