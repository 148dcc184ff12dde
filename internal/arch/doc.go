// Package arch holds the tests that keep the house in order: which package
// may import which, and that nothing runs or ends by itself.
package arch
