/** Who is answered by the studio: nobody without the token, no foreign page, no foreign name for the address; and no path leads out of its files. */
import test from 'ava'
import { openStudio, type OpenStudio } from './open-studio.ts'

let studio: OpenStudio
test.before(async () => {
  studio = await openStudio('CREATE TABLE t(a)')
})
test.after.always(() => studio.close())

const tokenPath = (): string => new URL(studio.url).pathname

test('studio guard: the page is served under the token', async (t) => {
  const { status, headers, body } = await studio.raw(tokenPath())
  t.is(status, 200)
  t.regex(body, /<div id="app">/)
  t.regex(
    String(headers['content-security-policy']),
    /^default-src 'self'; style-src 'self' 'nonce-[\w+/=]+'/,
  )
  t.is(headers['x-content-type-options'], 'nosniff')
  t.is(headers['referrer-policy'], 'no-referrer')
})

test('studio guard: each answer has a number of its own for its style sheets', async (t) => {
  const pages = await Promise.all([studio.raw(tokenPath()), studio.raw(tokenPath())])
  const [one, other] = pages.map(({ body }) => /csp-nonce" content="([^"]+)"/.exec(body)?.[1])
  t.truthy(one)
  t.not(one, 'NONCE')
  t.not(one, other)
})

test('studio guard: it listens on the loopback interface', (t) => {
  t.regex(studio.url, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{43}\/$/)
})

for (const path of ['/', '/main.js', '/wrong/', '/api/database', `/${'x'.repeat(43)}/`]) {
  test(`studio guard: ${path} is refused`, async (t) => {
    const { status, body } = await studio.raw(path)
    t.is(status, 403)
    t.false(body.includes('app.db'))
  })
}

test('studio guard: another Host is refused, as after DNS rebinding', async (t) => {
  const { port } = new URL(studio.url)
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1']) {
    const { status } = await studio.raw(tokenPath(), { headers: { Host: host } })
    t.is(status, 403, host)
  }
  const { status } = await studio.raw(tokenPath(), { headers: { Host: `localhost:${port}` } })
  t.is(status, 200)
})

test('studio guard: another page is refused', async (t) => {
  const path = `${tokenPath()}api/database`
  const json = { 'Content-Type': 'application/json' }
  const ask = async (headers: Record<string, string>): Promise<number> => {
    const { status } = await studio.raw(path, { method: 'POST', headers, body: '{}' })
    return status
  }
  t.is(await ask({ ...json, Origin: 'http://evil.example' }), 403)
  t.is(await ask({ ...json, Origin: 'null' }), 403)
  t.is(await ask({ ...json, 'Sec-Fetch-Site': 'cross-site' }), 403)
  t.is(await ask({ ...json, 'Sec-Fetch-Site': 'same-site' }), 403)
  t.is(await ask({ 'Content-Type': 'text/plain' }), 415)
  t.is(await ask({ 'Content-Type': 'application/x-www-form-urlencoded' }), 415)
  t.is(
    await ask({ ...json, Origin: new URL(studio.url).origin, 'Sec-Fetch-Site': 'same-origin' }),
    200,
  )
})

test('studio guard: there are no other methods', async (t) => {
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    t.is((await studio.raw(tokenPath(), { method })).status, 405)
  }
})

test('studio guard: no path leads out of the files of the page', async (t) => {
  const paths = [
    '../package.json',
    '../../package.json',
    '..%2fpackage.json',
    '%2e%2e/package.json',
    './../src/main.js',
    '/etc/passwd',
    'main.js/../../package.json',
    '..\\package.json',
    'main.js%00.html',
    'app.db',
  ]
  for (const path of paths) {
    t.is((await studio.raw(`${tokenPath()}${path}`)).status, 404, path)
  }
})

test('studio guard: a body that is no JSON object is refused', async (t) => {
  const headers = { 'Content-Type': 'application/json' }
  for (const body of ['', '{', '3', 'null', '"x"']) {
    const { status } = await studio.raw(`${tokenPath()}api/table`, {
      method: 'POST',
      headers,
      body,
    })
    t.is(status, 400, body)
  }
  t.is((await studio.refusal('nothing', {})).status, 404)
})

test('studio guard: a call of another shape is refused by the name of what is wrong with it', async (t) => {
  const rows = {
    table: 't',
    order: null,
    filters: [],
    direction: 'after',
    anchor: null,
    skip: 0,
    limit: 1,
  }
  const key = [['i', '1']]
  const wrong: readonly (readonly [string, object, string])[] = [
    ['table', {}, 'table'],
    ['table', { table: ['t'] }, 'table'],
    ['rows', { ...rows, filters: null }, 'filters'],
    ['rows', { ...rows, filters: [null] }, 'filters'],
    ['rows', { ...rows, filters: [{ column: 'a', operator: '=', value: 5 }] }, 'filters'],
    ['rows', { ...rows, order: 'a' }, 'order'],
    ['rows', { ...rows, direction: 'up' }, 'direction'],
    ['rows', { ...rows, anchor: { sort: ['q', '1'], key } }, 'anchor'],
    ['rows', { ...rows, limit: '5' }, 'limit'],
    ['count', { table: 't' }, 'filters'],
    ['value', { table: 't', column: 'a', key: {} }, 'key'],
    ['edit', { table: 't', action: 'drop' }, 'action'],
    ['edit', { table: 't', action: 'update', row: key, column: 'a', value: 1 }, 'row'],
    ['edit', { table: 't', action: 'insert' }, 'values'],
    ['edit', { table: 't', action: 'delete', rows: [{ key }] }, 'rows'],
    ['sql', { session: 'a-session', sql: 1, limit: 1 }, 'sql'],
    ['plan', { session: 'a-session' }, 'sql'],
  ]
  for (const [call, body, part] of wrong) {
    t.like(await studio.refusal(call, body), {
      status: 400,
      message: `"${part}" of "${call}" is not what it has to be`,
    })
  }
})
