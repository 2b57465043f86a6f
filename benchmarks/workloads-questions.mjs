/** Joins of three to six tables, as businesses ask for them, on real databases; and ten questions of TPC-H. One operation is one question. */
import { queries } from './business-queries.mjs'
import { tpchQueries } from './tpch-queries.mjs'
import { query } from './workload.mjs'

/** Of the thirty questions of `bench:queries` those that are joins and nothing else, but for two with as many tables as another one. */
const joins = {
  'sales by country': 3,
  'orders with their worth': 3,
  'best artists of rock': 4,
  'playlists and their genres': 4,
  'regions and what was sold there': 5,
  'six tables of an order': 6,
}

const business = Object.entries(joins).map(([name, tables]) => {
  const { file, sql } = queries.find((one) => one.name === name)
  const data = file.slice(0, -'.sqlite'.length)
  return query(`${name}, ${tables} tables`, 1, sql, 1, data)
})

const tpch = tpchQueries.map(({ name, sql }) => query(name, 1, sql, 1, 'tpch'))

export const questions = [...business, ...tpch]
