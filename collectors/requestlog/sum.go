package requestlog

import (
	"slices"
	"strings"
	"time"

	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/stat"
)

// A router knows the routes by number, so that a row costs one look-up.
type router struct {
	templates *Templates
	routes    []collectors.Route
	byRoute   map[collectors.Route]int32
	byPath    map[collectors.Route]int32 // method and raw path
	observed  int
}

const (
	// pathsKept bounds the look-up; it begins anew when full. Paths without
	// ids are far fewer, those with ids seldom come again.
	pathsKept = 4096
	// longPath: what is longer is seldom seen twice, and dear to keep.
	longPath = 256
	// learnRows is two chunks.
	learnRows = 2 * chunkRows
	// routesKept bounds the routes; what comes after counts as one.
	routesKept = 5000
	// methodKept cuts what is no method.
	methodKept = 16
)

var otherRoutes = collectors.Route{Path: "(other routes)"}

func newRouter() *router {
	return &router{templates: NewTemplates(), byRoute: map[collectors.Route]int32{}, byPath: map[collectors.Route]int32{}}
}

// observe learns from the first rows before any is named; after that, naming
// is enough to go on learning.
func (r *router) observe(path string) {
	if r.observed < learnRows {
		r.observed++
		r.templates.Observe(path)
	}
}

func (r *router) route(id int32) collectors.Route { return r.routes[id] }

// id is the number of a row's route, or of its group.
func (r *router) id(row *db.RequestRow, grouped bool) int32 {
	key := collectors.Route{Method: row.Method, Path: bare(row.Path)}
	if grouped {
		key = collectors.Route{Path: row.Group}
	}
	if id, ok := r.byPath[key]; ok {
		return id
	}
	id := r.intern(r.name(key, grouped))
	if len(r.byPath) >= pathsKept {
		clear(r.byPath)
	}
	if len(row.Path) <= longPath {
		r.byPath[key] = id
	}
	return id
}

func (r *router) name(key collectors.Route, grouped bool) collectors.Route {
	if grouped {
		if key.Path == "" {
			key.Path = "(none)"
		}
		return collectors.Route{Path: strings.Clone(key.Path)}
	}
	method := strings.ToUpper(key.Method[:min(len(key.Method), methodKept)])
	return collectors.Route{Method: method, Path: r.templates.Name(key.Path)}
}

func (r *router) intern(route collectors.Route) int32 {
	if len(r.routes) >= routesKept {
		if _, known := r.byRoute[route]; !known {
			route = otherRoutes
		}
	}
	id, ok := r.byRoute[route]
	if !ok {
		id = int32(len(r.routes))
		r.routes = append(r.routes, route)
		r.byRoute[route] = id
	}
	return id
}

// A summer counts rows into buckets of time.
type summer struct {
	now    time.Time
	router *router
	byTime map[span]*bucket
	last   *bucket // where the row before went
}

type span struct{ start, width int64 } // seconds

type bucket struct {
	span
	routes map[int32]*collectors.Group
}

func newSummer(now time.Time, r *router) *summer {
	return &summer{now: now, router: r, byTime: map[span]*bucket{}}
}

func newGroup() *collectors.Group { return &collectors.Group{Latency: &stat.Sketch{}} }

// widthFor is what History keeps of a time so long ago; beyond its day an
// hour is fine enough for totals.
func widthFor(age time.Duration) int64 {
	switch {
	case age <= 10*time.Minute:
		return 1
	case age <= time.Hour:
		return 10
	case age <= 24*time.Hour:
		return 60
	}
	return 3600
}

func (s *summer) add(r *item, route int32) {
	b := s.bucket(r.at)
	g := b.routes[route]
	if g == nil {
		g = newGroup()
		b.routes[route] = g
	}
	countRow(g, &r.RequestRow)
}

func (s *summer) bucket(at time.Time) *bucket {
	t := at.Unix()
	if b := s.last; b != nil && t >= b.start && t < b.start+b.width && b.width == widthFor(s.now.Sub(at)) {
		return b
	}
	w := widthFor(s.now.Sub(at))
	key := span{t - t%w, w}
	b := s.byTime[key]
	if b == nil {
		b = &bucket{span: key, routes: map[int32]*collectors.Group{}}
		s.byTime[key] = b
	}
	s.last = b
	return b
}

func countRow(g *collectors.Group, r *db.RequestRow) {
	g.Count++
	if r.Status != 0 {
		g.StatusCount++
	}
	switch r.Status / 100 {
	case 4:
		g.ClientErrors++
	case 5:
		g.ServerErrors++
	}
	if r.HasDuration {
		g.Latency.Add(r.Duration.Seconds())
	}
}

func addGroup(sum, g *collectors.Group) {
	sum.Count += g.Count
	sum.StatusCount += g.StatusCount
	sum.ClientErrors += g.ClientErrors
	sum.ServerErrors += g.ServerErrors
	sum.Latency.Merge(g.Latency)
}

func (s *summer) buckets() []collectors.RequestBucket {
	out := make([]collectors.RequestBucket, 0, len(s.byTime))
	for _, b := range s.byTime {
		rb := collectors.RequestBucket{
			Start: time.Unix(b.start, 0).UTC(), Width: time.Duration(b.width) * time.Second, Total: *newGroup(),
			Routes: make([]collectors.RouteGroup, 0, len(b.routes)),
		}
		for id, g := range b.routes {
			rb.Routes = append(rb.Routes, collectors.RouteGroup{Route: s.router.route(id), Group: *g})
			addGroup(&rb.Total, g)
		}
		out = append(out, rb)
	}
	slices.SortFunc(out, func(a, b collectors.RequestBucket) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return int(a.Width - b.Width)
	})
	return out
}
