'use strict'
// What `require('better-sqlite3')` finds where package.json says "better-sqlite3": "npm:@chorusdb/better-sqlite3".
module.exports = require('chorusdb/better-sqlite3')
