package requestlog

import (
	"strings"

	"mltop/collectors"
	"mltop/internal/db"
)

// A router knows the routes by number. The number of a row's route lies where
// its path ends in the tree of templates.
type router struct {
	templates *Templates
	routes    []collectors.Route
	byRoute   map[collectors.Route]int32
	byGroup   map[string]int32
	observed  int
}

const (
	// groupsKept bounds the look-up of groups; it begins anew when full.
	groupsKept = 4096
	// longGroup: what is longer is seldom seen twice, and dear to keep.
	longGroup = 256
	// learnRows is two chunks.
	learnRows = 2 * chunkRows
	// routesKept bounds the routes; what comes after counts as one.
	routesKept = 5000
	// methodKept cuts what is no method.
	methodKept = 16
	// methodsKept of one path have their number by it; there are nine.
	methodsKept = 16
)

var otherRoutes = collectors.Route{Path: "(other routes)"}

func newRouter() *router {
	return &router{templates: NewTemplates(), byRoute: map[collectors.Route]int32{}, byGroup: map[string]int32{}}
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
	if grouped {
		return r.groupID(row.Group)
	}
	n := r.templates.walk(row.Path)
	if n != nil {
		for i := range n.ends {
			if n.ends[i].method == row.Method {
				return n.ends[i].route
			}
		}
	}
	method := row.Method[:min(len(row.Method), methodKept)]
	id := r.intern(collectors.Route{Method: strings.Clone(strings.ToUpper(method)), Path: r.templates.text(row.Path)})
	if n != nil && len(n.ends) < methodsKept && len(row.Method) <= methodKept {
		n.ends = append(n.ends, end{strings.Clone(method), id})
	}
	return id
}

func (r *router) groupID(group string) int32 {
	if id, ok := r.byGroup[group]; ok {
		return id
	}
	kept := strings.Clone(group)
	name := kept
	if name == "" {
		name = "(none)"
	}
	id := r.intern(collectors.Route{Path: name})
	if len(r.byGroup) >= groupsKept {
		clear(r.byGroup)
	}
	if len(kept) <= longGroup {
		r.byGroup[kept] = id
	}
	return id
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
