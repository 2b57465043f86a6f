'use strict'
// `require('chorusdb/better-sqlite3')` is the constructor, as `require('better-sqlite3')` is.
const { default: Database, SqliteError } = require('./load.cjs').betterSqlite3

module.exports = Database
module.exports.SqliteError = SqliteError
