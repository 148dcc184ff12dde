package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
)

// gatewayVerbs are what can be asked of a gateway that runs.
func gatewayVerbs(w *world, o *options) []*cobra.Command {
	var tokenFile string
	status := &cobra.Command{
		Use: "status URL", Short: "The state of a running gateway: upstreams, queue, pools, events", Args: exactly(1, "the gateway's URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return gatewayStatus(cmd.Context(), w, o, args[0], tokenFile)
		},
	}
	all := []*cobra.Command{status, orderVerb(w, o, &tokenFile, "add", "/upstreams", "Give a running gateway one more upstream")}
	for _, v := range []struct{ name, short string }{
		{"drain", "Let an upstream finish what it has, and get nothing new"},
		{"undrain", "Let an upstream get requests again"},
		{"remove", "Take an upstream out of a running gateway"},
	} {
		all = append(all, orderVerb(w, o, &tokenFile, v.name, "/upstreams/"+v.name, v.short))
	}
	all = append(all, purgeVerb(w, o, &tokenFile))
	for _, c := range all {
		c.Flags().StringVar(&tokenFile, "token-file", "", "`FILE` with the token of the admin endpoint")
	}
	return all
}

func orderVerb(w *world, o *options, tokenFile *string, name, path, short string) *cobra.Command {
	var weight, route string
	c := &cobra.Command{
		Use: name + " URL UPSTREAM", Short: short, Args: exactly(2, "the gateway's URL and an upstream's"),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := findGateway(cmd.Context(), o, args[0], *tokenFile)
			if err != nil {
				return err
			}
			values := url.Values{"url": {args[1]}}
			if name == "add" {
				values.Set("weight", weight)
				values.Set("route", route)
			}
			done, err := l.order(cmd.Context(), path, values)
			if err != nil {
				return fmt.Errorf("%s %s: %w", name, args[1], err)
			}
			fmt.Fprintln(w.out, safeLines(done+", until the gateway ends or reads its configuration again"))
			return nil
		},
	}
	if name == "add" {
		c.Flags().StringVar(&weight, "weight", "1", "of the upstream: a `NUMBER` above 0")
		c.Flags().StringVar(&route, "route", "/", "`PATH` of the route that it serves")
	}
	return c
}

// gatewayStatus shows a gateway once, over one interval.
func gatewayStatus(ctx context.Context, w *world, o *options, arg, tokenFile string) error {
	l, err := findGateway(ctx, o, arg, tokenFile)
	if err != nil {
		return err
	}
	before, now, err := l.lookTwice(ctx, o.interval)
	if err != nil {
		return attachf("attach to the gateway at %s: %w", arg, err)
	}
	return o.emit(w, gatewayView(before, now))
}
