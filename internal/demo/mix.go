package demo

import (
	"math/rand/v2"
	"strconv"
)

// A routeID names one of the shop's routes.
type routeID int

// The routes, and what is to be learned from each.
const (
	routeOrder          routeID = iota // an index is missing: the star
	routeCustomerOrders                // as it should be
	routeProduct                       // an index is missing, and it hurts less
	routeSearch                        // a leading wildcard: no index helps
	routeCountries                     // the obvious index, on archived, would not help
	routeCheckout                      // writes
	routes                             // how many there are
)

// name is the route's method and template.
func (r routeID) name() string {
	return [routes]string{
		StarRoute,
		"GET /customers/{id}/orders",
		"GET /products/{id}",
		"GET /search",
		"GET /reports/countries",
		"POST /orders",
	}[r]
}

// words are what people search for.
func words() []string {
	return []string{"lovely", "creaky", "box was open", "send it back", "neighbour", "sturdy"}
}

// A call is one request of the load. ID is that of its path, the customer's
// for a checkout, the place in words for a search.
type call struct {
	route routeID
	id    int
}

// path is the call's path, without its query.
func (c call) path() string {
	switch c.route {
	case routeOrder:
		return "/orders/" + strconv.Itoa(c.id)
	case routeCustomerOrders:
		return "/customers/" + strconv.Itoa(c.id) + "/orders"
	case routeProduct:
		return "/products/" + strconv.Itoa(c.id)
	case routeSearch:
		return "/search"
	case routeCountries:
		return "/reports/countries"
	default:
		return "/orders"
	}
}

// The mix of page views, in percent; the rest are product pages. One view
// makes its calls at once, as a browser does.
const (
	percentAccount  = 40 // one customer's orders, and the newest of them in full
	percentCheckout = 12
	percentSearch   = 4
	percentReport   = 1

	// An account page opens one order and, with this chance each, one more.
	chanceOfMore = 0.66
	mostOrders   = 12

	// One order in a hundred that is asked for does not exist.
	chanceOfUnknown = 0.01
)

// visitors draw page views; the same seed draws the same ones.
type visitors struct {
	rng                      *rand.Rand
	orders                   int
	order, customer, product *rand.Zipf
}

func newVisitors(seed uint64, s sizes) *visitors {
	rng := rand.New(rand.NewPCG(seed, 0x6d6c746f70)) // "mltop"
	zipf := func(n int) *rand.Zipf { return rand.NewZipf(rng, 1.1, 20, uint64(n-1)) }
	return &visitors{rng, s.orders, zipf(s.orders), zipf(s.customers), zipf(s.products)}
}

// view appends the calls of the next page view.
func (v *visitors) view(calls []call) []call {
	switch p := v.rng.IntN(100); {
	case p < percentAccount:
		return v.account(calls)
	case p < percentAccount+percentCheckout:
		return append(calls, call{routeCheckout, 1 + int(v.customer.Uint64())})
	case p < percentAccount+percentCheckout+percentSearch:
		return append(calls, call{routeSearch, v.rng.IntN(len(words()))})
	case p < percentAccount+percentCheckout+percentSearch+percentReport:
		return append(calls, call{route: routeCountries})
	default:
		return append(calls, call{routeProduct, 1 + int(v.product.Uint64())})
	}
}

// account is a customer's page: newer orders are asked for more often.
func (v *visitors) account(calls []call) []call {
	calls = append(calls, call{routeCustomerOrders, 1 + int(v.customer.Uint64())})
	for n := 1; n == 1 || n <= mostOrders && v.rng.Float64() < chanceOfMore; n++ {
		id := v.orders - int(v.order.Uint64())
		if v.rng.Float64() < chanceOfUnknown {
			id += 10 * v.orders
		}
		calls = append(calls, call{routeOrder, id})
	}
	return calls
}

// callsPerView are the mean calls of each route in one view.
func callsPerView() [routes]float64 {
	orders := 0.0
	for n, p := 1, 1.0; n <= mostOrders; n, p = n+1, p*chanceOfMore {
		orders += p
	}
	account := percentAccount / 100.0
	return [routes]float64{
		routeOrder:          account * orders,
		routeCustomerOrders: account,
		routeCheckout:       percentCheckout / 100.0,
		routeSearch:         percentSearch / 100.0,
		routeCountries:      percentReport / 100.0,
		routeProduct:        (100 - percentAccount - percentCheckout - percentSearch - percentReport) / 100.0,
	}
}
