package requestlog

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mltop/collectors"
	"mltop/internal/db"
)

func TestTheNumberOfARouteIsThatOfItsName(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 7))
		_, paths, _ := corpus(r, 10_000)
		router, named := newRouter(), NewTemplates()
		for _, p := range paths {
			router.observe(p)
			named.Observe(p)
		}
		for _, p := range paths {
			method := []string{"GET", "get", "POST", "", "PROPFIND", strings.Repeat("LONG", 9)}[r.IntN(6)]
			want := collectors.Route{Method: strings.ToUpper(method[:min(len(method), methodKept)]), Path: named.Name(p)}
			if got := router.route(router.id(&db.RequestRow{Method: method, Path: p}, false)); got != want {
				t.Fatalf("seed %d: %s %s is %v, want %v", seed, method, p, got, want)
			}
		}
	}
}

func TestANameIsTheSameFromTheFirstRowOn(t *testing.T) {
	s := newScene(t, 25_000, Options{})
	s.tick()
	for range 3 {
		s.add(s.now, func(r *db.RequestRow) { r.Path = "/checkout/confirm?step=1" })
		s.tick()
	}
	s.count("GET /checkout/confirm", 3)
}

func TestMethodsAreManyAndOdd(t *testing.T) {
	r := newRouter()
	ids := map[int32]bool{}
	for i := range 3 * methodsKept {
		for range 2 {
			ids[r.id(&db.RequestRow{Method: fmt.Sprint("M", i), Path: "/a"}, false)] = true
		}
	}
	if n := len(r.templates.root.kids["a"].ends); len(ids) != 3*methodsKept || n != methodsKept {
		t.Errorf("got %d routes, %d of them by their place; want %d and %d", len(ids), n, 3*methodsKept, methodsKept)
	}
}

func TestRoutesBeyondThoseKeptCountAsOne(t *testing.T) {
	r := newRouter()
	for i := range routesKept + 100 {
		r.id(&db.RequestRow{Method: "GET", Path: fmt.Sprintf("/a%d/b%d", i/100, i%100)}, false)
		r.id(&db.RequestRow{Group: fmt.Sprint("g", i)}, true)
	}
	if n := len(r.routes); n != routesKept+1 || r.routes[n-1] != otherRoutes {
		t.Errorf("got %d routes, the last is %v; want %d and %v", n, r.routes[n-1], routesKept+1, otherRoutes)
	}
	if n := len(r.byGroup); n > groupsKept {
		t.Errorf("%d groups are looked up by their text, want at most %d", n, groupsKept)
	}
}
