package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"mltop/internal/export"
)

// A view is one document in all its forms.
type view struct {
	doc    any            // JSON
	tables []export.Table // table, md and html
	csv    export.Table
}

// emit writes a view in the form that was asked for, to stdout or, whole or
// not at all, to --write.
func (o *options) emit(w *world, v view) error {
	var b bytes.Buffer
	if err := o.render(&b, w, v, false); err != nil {
		return err
	}
	return o.deliver(w, b.Bytes())
}

func (o *options) render(to io.Writer, w *world, v view, oneLine bool) error {
	switch o.output {
	case "json":
		return export.JSON(to, v.doc, oneLine)
	case "csv":
		return export.CSV(to, v.csv)
	case "md":
		return each(to, v.tables, export.Markdown)
	case "html":
		return export.HTML(to, v.tables)
	}
	width := 0
	if o.write == "" {
		width = w.width()
	}
	return each(to, v.tables, func(to io.Writer, t export.Table) error { return export.Text(to, t, width) })
}

func each(to io.Writer, tables []export.Table, write func(io.Writer, export.Table) error) error {
	for i, t := range tables {
		if i > 0 {
			fmt.Fprintln(to)
		}
		if err := write(to, t); err != nil {
			return err
		}
	}
	return nil
}

func (o *options) deliver(w *world, text []byte) error {
	if o.write == "" {
		_, err := w.out.Write(text)
		return err
	}
	if err := replaceFile(o.write, text); err != nil {
		return fmt.Errorf("write %s: %w", o.write, err)
	}
	return nil
}

// replaceFile writes a file beside path and moves it over it, so that nobody
// ever reads half of it.
func replaceFile(path string, text []byte) error { return replaceAs(path, text, 0o644) }

// replacePrivate is for what holds names, and conditions, of somebody's data.
func replacePrivate(path string, text []byte) error { return replaceAs(path, text, 0o600) }

func replaceAs(path string, text []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".mltop-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if _, err = f.Write(text); err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
