'use strict'
// The CommonJS door: `require('chorusdb')` is the Database constructor, as drivers expect, and carries
// every other export as a property.
const chorusdb = require('./chorusdb.js')

module.exports = Object.assign(chorusdb.Database, chorusdb)
