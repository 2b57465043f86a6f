'use strict'
// What `require('better-sqlite3')` finds where package.json says "better-sqlite3": "npm:@chorusdb/better-sqlite3".
const Database = require('chorusdb/better-sqlite3')
const { SqliteError } = Database

module.exports = Database
// It is there already; Node finds the name for `import` by reading this file.
module.exports.SqliteError = SqliteError
