'use strict'
// The CommonJS door of `chorusdb/better-sqlite3` for bundlers.
const { default: Database, SqliteError } = require('./bundled-better-sqlite3.js')

module.exports = Database
module.exports.SqliteError = SqliteError
