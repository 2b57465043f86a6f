/** A child of `fork()` or of the cluster module: opens the database, adds a row for each message, and counts. */
const [, , engine, path, options] = process.argv
const { Database } = await import(engine)
const db = new Database(path, JSON.parse(options))
process.on('message', () => {
  db.exec('INSERT INTO t VALUES (1)')
  process.send(db.prepare('SELECT count(*) FROM t').pluck().get())
})
process.on('disconnect', () => {
  db.close()
  process.exit(0)
})
process.send('open')
