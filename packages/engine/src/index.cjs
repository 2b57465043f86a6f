'use strict'
// The CommonJS door: `require('chorusdb')` is the Database constructor, as drivers expect, and carries
// every other export as a property.
const { used: _, betterSqlite3: _better, nodeSqlite: _node, ...chorusdb } = require('./load.cjs')

module.exports = Object.assign(chorusdb.Database, chorusdb, { default: chorusdb.Database })
