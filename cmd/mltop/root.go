package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mltop/internal/near"
)

const rootLong = `mltop attaches to a running HTTP deployment and its SQL database, shows it
live, finds indexes and settings that help, proves it on a copy, applies them
when told to, checks that they helped, and undoes them.

  mltop                    what could I attach to on this machine?
  mltop demo               a sample deployment, with the dashboard attached
  mltop ./db/app.db        attach; not a terminal: the same as mltop snapshot
  mltop why ./db/app.db    what is wrong, in one line

Watching changes nothing. A first word that is a verb is a verb: a file of
that name is ./demo or file:demo.

Exit codes: 0 ok, 1 error, 2 usage, 3 could not attach, 4 findings at or
above --fail-on.`

// newRoot wires every verb to one set of flags.
func newRoot(w *world) *cobra.Command {
	o := &options{}
	root := &cobra.Command{
		Use:           "mltop [TARGET…]",
		Short:         "Watch and tune a running HTTP deployment and its SQL database",
		Long:          rootLong,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkVerb(root, args); err != nil {
			return err
		}
		return attach(cmd.Context(), w, o, args)
	}
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return o.complete(w, cmd) }
	root.SetFlagErrorFunc(flagError)
	o.register(root.PersistentFlags())
	root.AddCommand(verbs(w, o)...)
	root.AddCommand(hidden(w, o)...)
	return root
}

func verbs(w *world, o *options) []*cobra.Command {
	return []*cobra.Command{
		newDemo(w, o), newSnapshot(w, o), newWhy(w, o), newCheck(w, o), newExplain(w, o), newAdvise(w, o), newApply(w, o),
		newUndo(w, o), newJournal(w, o), newDoctor(w, o), newForget(w, o), newBench(w, o), newGateway(w, o), newVersion(w),
	}
}

// flagError is a usage error, with the flag that was meant where one is near.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usagef("%v", err)
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, f.Name)
		}
	})
	if meant := near.To(unknown.GetSpecifiedName(), known); meant != "" {
		return usagef("%v: did you mean --%s?", err, meant)
	}
	return usagef("%v", err)
}

// checkVerb catches a mistyped verb: a bare word that is near to one and
// names no file.
func checkVerb(parent *cobra.Command, args []string) error {
	if len(args) == 0 || strings.ContainsAny(args[0], `./\:`) {
		return nil
	}
	if _, err := os.Lstat(args[0]); err == nil {
		return nil
	}
	var verbs []string
	for _, c := range parent.Commands() {
		if !c.Hidden {
			verbs = append(verbs, c.Name())
		}
	}
	if meant := near.To(args[0], verbs); meant != "" {
		return usagef("there is no verb %q: did you mean %q? (a file of that name is ./%s)", args[0], meant, args[0])
	}
	return nil
}

// verbOr checks what may be a mistyped verb, or else arguments.
func verbOr(args cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if err := checkVerb(cmd, given); err != nil {
			return err
		}
		return args(cmd, given)
	}
}

// exactly, atLeast: cobra's argument checks as usage errors.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s takes %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func atLeast(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return usagef("%s takes %s", cmd.CommandPath(), what)
		}
		return nil
	}
}
