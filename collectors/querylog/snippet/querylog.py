import contextlib, contextvars, functools, json, os, sqlite3, time
LOG, ROUTE = os.path.abspath("queries.jsonl"), contextvars.ContextVar("route", default=None)  # ROUTE.set("GET /orders/{id}")
class Cursor(sqlite3.Cursor):  # a line of the log is one write, so lines of many threads stay whole; the application goes on without a log
    def __del__(self, sql=None):
        with contextlib.suppress(Exception), contextlib.nullcontext(json.dumps(self.line)) as line, open(LOG, "ab", 0, opener=lambda path, flags: os.open(path, flags, 0o600)) as log: log.write(line.encode() + b"\n")
        self.line = {"time": time.time(), "sql": sql, "seconds": 0, "rows": 0, "route": ROUTE.get()}
    def timed(self, name, *args):
        if name.startswith("execute"): self.__del__(args[0])
        line, start, got = getattr(self, "line", {"seconds": 0, "rows": 0}), time.perf_counter(), None
        try: got = getattr(sqlite3.Cursor, name)(self, *args); return got
        finally: line.update(seconds=line["seconds"] + time.perf_counter() - start, rows=max(line["rows"] + (len(got) if isinstance(got, list) else got is not None and got is not self), self.rowcount), error=name.startswith("execute") and got is None)
for name in "execute executemany fetchone fetchmany fetchall __next__".split(): setattr(Cursor, name, functools.partialmethod(Cursor.timed, name))
class Connection(sqlite3.Connection):
    def cursor(self, factory=Cursor): return super().cursor(factory)
    execute, executemany = lambda self, *args: self.cursor().execute(*args), lambda self, *args: self.cursor().executemany(*args)
