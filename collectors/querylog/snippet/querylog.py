# sqlite3.connect("app.db", factory=Connection)
# SQLAlchemy: create_engine("sqlite:///app.db", connect_args={"factory": Connection})
import json, sqlite3, time
LOG, ROUTE = open("queries.jsonl", "a", buffering=1), None  # ROUTE: "GET /orders/{id}", if you know it

class Cursor(sqlite3.Cursor):
    line = None
    def timed(self, call, *args):
        start = time.perf_counter()
        try: return call(*args)
        except sqlite3.Error as e: self.line and self.line.update(error=str(e)); raise
        finally: self.line and self.line.update(seconds=self.line["seconds"] + time.perf_counter() - start)
    def execute(self, sql, args=()):
        self.log(); self.line = {"time": time.time(), "sql": sql, "seconds": 0.0, "route": ROUTE}
        return self.timed(super().execute, sql, args)
    def log(self):
        if self.line: LOG.write(json.dumps(self.line) + "\n"); self.line = None
    def fetchone(self): return self.timed(super().fetchone)
    def fetchall(self): return self.timed(super().fetchall)
    def __next__(self): return self.timed(super().__next__)
    def __del__(self): self.log()

class Connection(sqlite3.Connection):
    def cursor(self, factory=Cursor): return super().cursor(factory)
    def execute(self, sql, args=()): return self.cursor().execute(sql, args)
