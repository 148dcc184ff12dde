package main

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mltop/internal/gateway"
)

// purgeVerb takes answers out of the cache of a running gateway.
func purgeVerb(w *world, o *options, tokenFile *string) *cobra.Command {
	return &cobra.Command{
		Use: "purge URL WHAT", Short: "Take answers out of the cache of a running gateway", Args: exactly(2, "the gateway's URL and what to purge"),
		Long: `Takes answers out of the cache of a running gateway, from memory and from Redis.
WHAT is a URL (http://shop.example/items?id=1), or a path on every host and with
whatever query (/items); with * behind it all that begins so (/items/*, or *).`,
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := findGateway(cmd.Context(), o, args[0], *tokenFile)
			if err != nil {
				return err
			}
			done, err := l.order(cmd.Context(), "/cache/purge", url.Values{"url": {args[1]}})
			if err != nil {
				return fmt.Errorf("purge %s: %w", args[1], err)
			}
			fmt.Fprintln(w.out, safeLines(done))
			return nil
		},
	}
}

// cacheLine is what the command line says of the cache, as the file would;
// "": nothing.
func (f *gatewayFlags) cacheLine() string {
	var keys []string
	if f.cache != "" {
		keys = append(keys, "size: "+strconv.Quote(f.cache))
	}
	if f.redis != "" {
		keys = append(keys, "redis: "+strconv.Quote(f.redis))
	}
	if len(keys) == 0 {
		return ""
	}
	return "cache: {" + strings.Join(keys, ", ") + "}"
}

// cachePlaces gives the cache the password of its Redis, which no list of
// processes shows.
func (r *gatewayRun) cachePlaces(cfg *gateway.Config) {
	cfg.Cache.Redis.URL = r.w.secrets.restore(cfg.Cache.Redis.URL)
}

// isRedis reports that an argument is the address of a Redis.
func isRedis(arg string) bool {
	scheme, _, ok := strings.Cut(arg, "://")
	return ok && (strings.EqualFold(scheme, "redis") || strings.EqualFold(scheme, "rediss"))
}
