'use strict'
// The CommonJS door: `require('chorusdb')` is the Database constructor, as drivers expect, and carries
// every other export as a property.
const { used: _, nodeSqlite: _other, ...chorusdb } = require('./load.cjs')

module.exports = Object.assign(chorusdb.Database, chorusdb, { default: chorusdb.Database })
