'use strict'
// The line of packages/better-sqlite3/index.js, which is published under a name of its own and put in better-sqlite3's place by an alias.
module.exports = require('chorusdb/better-sqlite3')
