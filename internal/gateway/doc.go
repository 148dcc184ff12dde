// Package gateway is a reverse proxy for HTTP/1.1 in front of a deployment.
// It picks an upstream for each request, watches which are well, holds back
// what is too much, and counts what passes.
//
// Every head is taken apart strictly, of requests and of answers, and written
// anew: what two parsers could read in two ways is refused, never passed on.
package gateway
