/**
 * Bare columns beside min() and max(): which row of a group they are of, also where all arguments are NULL.
 */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const bareSetup = [
  'CREATE TABLE bn(g,x,y,z)',
  "INSERT INTO bn VALUES(1,null,'p',1),(1,null,'q',2),(2,null,'r',3),(2,5,'s',null),(2,null,'t',5),(3,4,'u',null),(3,null,'v',7),(3,null,'w',8),(4,null,'a',null),(4,null,'b',null),(4,null,'c',null)",
]

const bareQueries = [
  'SELECT g,min(x),y FROM bn GROUP BY g',
  'SELECT g,max(x),y FROM bn GROUP BY g',
  'SELECT max(x),y FROM bn where g=1',
  'SELECT min(x),y FROM bn where g=1',
  'SELECT g,min(x),max(z),y FROM bn GROUP BY g',
  'SELECT g,min(z),max(x),y FROM bn GROUP BY g',
  "SELECT g,min(x) FILTER (WHERE y<>'q'),y FROM bn GROUP BY g",
  "SELECT g,min(x) FILTER (WHERE y='c'),y FROM bn GROUP BY g",
  "SELECT g,min(x) FILTER (WHERE y='b'),y FROM bn GROUP BY g",
  "SELECT g,max(x) FILTER (WHERE y='b'), min(z),y FROM bn GROUP BY g",
  'SELECT g,count(*),y FROM bn GROUP BY g',
  "SELECT g,count(*) FILTER (WHERE y='b'),y FROM bn GROUP BY g",
  'SELECT y,max(x) FROM bn WHERE 0',
  "SELECT y,z,min(x) FROM bn WHERE x IS NULL HAVING y>'a'",
  'SELECT g,max(x)+min(x),y FROM bn GROUP BY g',
  'SELECT g,max(x+z),y FROM bn GROUP BY g HAVING max(x+z) IS NULL',
  'SELECT max(x) AS m, y||z FROM bn WHERE g=4',
  'SELECT g, (SELECT y), max(x) FROM bn GROUP BY g',
]

test('aggregate: while min() and max() have only seen NULLs, bare columns are those of the last row', async (t) => {
  await sameAnswers(t, bareSetup, bareQueries)
})
