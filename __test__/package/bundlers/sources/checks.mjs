/** What a test of an application looks at: rows, bytes, errors, promises. */
export async function checkFaces(expect, faces, path) {
  const { BetterSqlite3, Builder, Database, DatabaseSync, SqliteError } = faces
  const name = (face) => (path === ':memory:' ? path : `${face} ${path}`)
  for (const [face, Constructor] of Object.entries({ Database, BetterSqlite3, DatabaseSync })) {
    const db = new Constructor(name(face))
    db.exec('CREATE TABLE t(a INTEGER PRIMARY KEY, b)')
    const insert = db.prepare('INSERT INTO t(b) VALUES (?)')
    expect(insert.run(Buffer.from('abc')).changes).toBe(1)
    insert.run(new Uint8Array([1, 2]))
    insert.run('text')
    insert.run(null)
    const rows = db.prepare('SELECT a, b FROM t ORDER BY a').all()
    expect(rows.length).toBe(4)
    expect({ ...rows[2] }).toEqual({ a: 3, b: 'text' })
    expect([...rows[0].b]).toEqual([97, 98, 99])
    expect(rows[0].b instanceof Uint8Array).toBe(true)
    expect(() => db.exec('SELEC')).toThrow(/syntax error/)
    db.close()
  }
  const db = new Database(':memory:')
  expect(db.prepare('SELECT 1 AS one, ? AS two').get('2')).toEqual({ one: 1, two: '2' })
  expect(() => db.exec('SELEC')).toThrow(SqliteError)
  expect(() => new Database(':memory:', { timeout: -1 })).toThrow(TypeError)
  db.function('double', (x) => x * 2)
  expect(db.prepare('SELECT double(4)').pluck().get()).toBe(8)
  const connection = (await Builder.newLocal(name('Builder')).build()).connect()
  await connection.execute('CREATE TABLE t(a)')
  expect(await connection.execute('INSERT INTO t VALUES (1), (2)')).toBe(2)
  await expect(connection.execute('SELECT * FROM nowhere')).rejects.toThrow('no such table')
  connection.close()
}
