/**
 * What the writers do and the readers check. One transaction moves money between two accounts and notes it in
 * three rows; so at every moment the accounts' sum is what it was, and every event has all its parts.
 */
export const accountCount = 100
export const startBalance = 1000
export const partsPerEvent = 3

export function createTables(db) {
  db.exec(`
    CREATE TABLE IF NOT EXISTS demo_account(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS demo_event(
      id INTEGER PRIMARY KEY, writer INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL,
      note TEXT, UNIQUE(writer, seq, part)
    );
    DELETE FROM demo_account;
    DELETE FROM demo_event;
  `)
  const insert = db.prepare('INSERT INTO demo_account(id, balance) VALUES (?, ?)')
  db.transaction(() => {
    for (let id = 1; id <= accountCount; id++) insert.run(id, startBalance)
  })()
}
