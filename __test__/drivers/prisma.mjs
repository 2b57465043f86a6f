import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { Database, folder, inspect, suite } from './harness.mjs'

const here = import.meta.dirname
const generated = join(here, '.generated', 'prisma')
const model = join(here, 'prisma', 'schema.prisma')

/** The client, generated from `schema.prisma` unless it has been since the schema was changed. */
function generate() {
  const index = join(generated, 'index.js')
  if (!existsSync(index) || statSync(index).mtimeMs < statSync(model).mtimeMs) {
    execFileSync(
      process.execPath,
      [join(here, 'node_modules', 'prisma', 'build', 'index.js'), 'generate', `--schema=${model}`],
      {
        cwd: here,
        stdio: ['ignore', 'pipe', 'pipe'],
        // What makes clients does without the engine of migrations, and asks only that there be one.
        env: {
          ...process.env,
          PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
          PRISMA_HIDE_UPDATE_MESSAGE: '1',
          CHECKPOINT_DISABLE: '1',
        },
      },
    )
  }
  return createRequire(import.meta.url)(generated)
}

const { Prisma, PrismaClient } = generate()
const open = (file, more = {}) =>
  new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${file}`, ...more }) })

/** Prisma's engine of migrations is a program of its own, which its packages do not contain: the schema is given as it writes it. */
function make(file) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.exec(readFileSync(join(here, 'prisma', 'schema.sql'), 'utf8'))
  db.close()
}

const isKnown =
  (code, more = () => {}) =>
  (error) => {
    assert.ok(error instanceof Prisma.PrismaClientKnownRequestError, error)
    assert.equal(error.code, code)
    more(error)
    return true
  }

async function steps(step) {
  const file = join(folder(), 'prisma.db')
  make(file)
  const prisma = open(file)

  await step('rows with all that belongs to them', async () => {
    const createdAt = new Date('2020-01-02T03:04:05.678Z')
    const ada = await prisma.user.create({
      data: {
        email: 'ada',
        name: 'Ada',
        role: 'WRITER',
        settings: { theme: 'dark', n: [1, { a: null }] },
        photo: new Uint8Array([0, 255]),
        followers: 9007199254740993n,
        score: 0.1,
        money: '12.34',
        createdAt,
        profile: { create: { bio: 'ä' } },
        posts: {
          create: [
            {
              title: 'One',
              tags: {
                connectOrCreate: ['x', 'y'].map((name) => ({ where: { name }, create: { name } })),
              },
            },
            { title: 'Two' },
          ],
        },
      },
      include: {
        posts: { include: { tags: { orderBy: { name: 'asc' } } }, orderBy: { id: 'asc' } },
        profile: true,
      },
    })
    assert.deepEqual(
      [ada.id, ada.active, ada.followers, ada.score, ada.money.toString()],
      [1, true, 9007199254740993n, 0.1, '12.34'],
    )
    assert.equal(ada.createdAt.getTime(), createdAt.getTime())
    assert.deepEqual([...ada.photo], [0, 255])
    assert.deepEqual(ada.settings, { theme: 'dark', n: [1, { a: null }] })
    assert.equal(ada.profile.bio, 'ä')
    assert.deepEqual(
      ada.posts.map(({ title, tags }) => [title, ...tags.map(({ name }) => name)]),
      [['One', 'x', 'y'], ['Two']],
    )
  })

  await step('many rows, filters, order, groups', async () => {
    assert.deepEqual(
      await prisma.user.createMany({
        data: Array.from({ length: 300 }, (_, i) => ({
          email: `n${i}`,
          score: i,
          active: i % 2 === 0,
        })),
      }),
      { count: 300 },
    )
    const some = await prisma.user.createManyAndReturn({
      data: [{ email: 'r1' }, { email: 'r2' }],
      select: { id: true, role: true },
    })
    assert.deepEqual(some, [
      { id: 302, role: 'READER' },
      { id: 303, role: 'READER' },
    ])
    const found = await prisma.user.findMany({
      where: {
        OR: [{ score: { gte: 290 }, active: true }, { email: { in: ['ada', 'r1'] } }],
        NOT: { email: 'r1' },
      },
      orderBy: [{ score: 'desc' }],
      take: 4,
      skip: 1,
      select: { email: true },
    })
    assert.deepEqual(
      found.map(({ email }) => email),
      ['n296', 'n294', 'n292', 'n290'],
    )
    assert.deepEqual(
      await prisma.user.aggregate({
        _sum: { score: true },
        _max: { id: true },
        _count: true,
        where: { email: { startsWith: 'n' } },
      }),
      { _sum: { score: 44850 }, _max: { id: 301 }, _count: 300 },
    )
    const groups = await prisma.user.groupBy({
      by: ['active'],
      _count: { _all: true },
      orderBy: { active: 'asc' },
      having: { score: { _avg: { gt: 10 } } },
    })
    assert.deepEqual(
      groups.map(({ active, _count }) => [active, _count._all]),
      [
        [false, 150],
        [true, 153],
      ],
    )
    assert.equal(
      await prisma.user.count({ where: { posts: { some: { tags: { some: { name: 'x' } } } } } }),
      1,
    )
    assert.equal(
      await prisma.user.count({ where: { settings: { path: '$.theme', equals: 'dark' } } }),
      1,
    )
    const big = await prisma.user.findMany({
      where: { id: { in: Array.from({ length: 2000 }, (_, i) => i) } },
    })
    assert.equal(big.length, 303)
    const page = await prisma.user.findMany({
      cursor: { id: 10 },
      take: 3,
      orderBy: { id: 'asc' },
      include: { _count: { select: { posts: true } } },
    })
    assert.deepEqual(
      page.map(({ id, _count }) => [id, _count.posts]),
      [
        [10, 0],
        [11, 0],
        [12, 0],
      ],
    )
    assert.equal((await prisma.user.findMany({ distinct: ['role'] })).length, 2)
  })

  await step('changes, upserts', async () => {
    const up = () =>
      prisma.user.upsert({
        where: { email: 'up' },
        create: { email: 'up', score: 1 },
        update: { score: { increment: 1 } },
      })
    await up()
    assert.equal((await up()).score, 2)
    assert.deepEqual(
      await prisma.user.updateMany({ where: { email: { in: ['n1', 'n2'] } }, data: { name: 'N' } }),
      { count: 2 },
    )
    const changed = await prisma.post.update({
      where: { authorId_title: { authorId: 1, title: 'One' } },
      data: { title: 'Uno', tags: { disconnect: { name: 'x' }, create: { name: 'z' } } },
      include: { tags: { orderBy: { name: 'asc' } } },
    })
    assert.deepEqual(changed.tags, [{ name: 'y' }, { name: 'z' }])
    assert.deepEqual(await prisma.user.deleteMany({ where: { name: 'N' } }), { count: 2 })
    assert.equal(
      (
        await prisma.user.updateManyAndReturn({ where: { email: 'up' }, data: { active: false } })
      )[0].active,
      false,
    )
  })

  await step('constraints come as P2002, P2003, P2025, P2011', async () => {
    await assert.rejects(
      prisma.user.create({ data: { email: 'ada' } }),
      isKnown('P2002', (error) => {
        assert.match(JSON.stringify(error.meta), /email/)
      }),
    )
    await assert.rejects(
      prisma.post.create({ data: { title: 'Two', authorId: 1 } }),
      isKnown('P2002', (error) => {
        assert.match(JSON.stringify(error.meta), /authorId.*title/)
      }),
    )
    await assert.rejects(prisma.tag.create({ data: { name: 'x' } }), isKnown('P2002'))
    await assert.rejects(
      prisma.post.create({ data: { title: 'x', authorId: 999 } }),
      isKnown('P2003'),
    )
    await assert.rejects(prisma.user.delete({ where: { id: 1 } }), isKnown('P2003'))
    await assert.rejects(
      prisma.user.update({ where: { id: 9999 }, data: { name: 'x' } }),
      isKnown('P2025'),
    )
    await assert.rejects(prisma.user.findUniqueOrThrow({ where: { id: 9999 } }), isKnown('P2025'))
    await assert.rejects(
      prisma.$executeRaw`INSERT INTO "Post" (title, authorId) VALUES (NULL, 1)`,
      isKnown('P2010'),
    )
    await assert.rejects(prisma.$queryRaw`SELECT * FROM nowhere`, isKnown('P2010'))
  })

  await step('transactions of both kinds take back what they should', async () => {
    const before = await prisma.user.count()
    await assert.rejects(
      prisma.$transaction([
        prisma.user.create({ data: { email: 't1' } }),
        prisma.user.create({ data: { email: 'ada' } }),
      ]),
      isKnown('P2002'),
    )
    assert.equal(await prisma.user.count(), before)
    await assert.rejects(
      prisma.$transaction(async (tx) => {
        await tx.user.create({ data: { email: 't2' } })
        assert.equal(await tx.user.count(), before + 1)
        throw new Error('no')
      }),
      /no/,
    )
    assert.equal(await prisma.user.count(), before)
    const sum = await prisma.$transaction(
      async (tx) => {
        await tx.user.create({ data: { email: 't3' } })
        return tx.user.count()
      },
      { isolationLevel: 'Serializable' },
    )
    assert.equal(sum, before + 1)
  })

  await step('raw SQL', async () => {
    const rows =
      await prisma.$queryRaw`SELECT id, followers, active, "createdAt", photo, ${'a'} AS text, ${1n} AS one, ${null} AS none FROM "User" WHERE id = ${1}`
    assert.equal(rows[0].followers, 9007199254740993n)
    assert.equal(rows[0].active, true)
    assert.ok(rows[0].createdAt instanceof Date)
    assert.deepEqual([rows[0].text, rows[0].none], ['a', null])
    assert.equal(await prisma.$executeRaw`UPDATE "User" SET name = ${'raw'} WHERE id < ${10}`, 7)
    assert.equal(await prisma.$executeRawUnsafe('DELETE FROM "Tag" WHERE name = ?', 'none'), 0)
  })

  await step('the file is sound', async () => {
    await prisma.$disconnect()
    inspect(file)
  })
}

const processes = {
  async prepare(file) {
    make(file)
    const prisma = open(file)
    await prisma.counter.create({ data: { id: 1, number: 0 } })
    await prisma.$disconnect()
  },
  async work({ file, who, rounds, ready }) {
    const prisma = open(file, { timeout: 30_000 })
    await prisma.$connect()
    await ready()
    for (let i = 0; i < rounds; i++) {
      await prisma.entry.create({ data: { who } })
      // Prisma begins DEFERRED transactions: a change first takes the lock under which the read is then made.
      await prisma.$transaction(async (tx) => {
        await tx.$executeRaw`UPDATE "Counter" SET number = number`
        const { number } = await tx.counter.findUniqueOrThrow({ where: { id: 1 } })
        await tx.counter.update({ where: { id: 1 }, data: { number: number + 1 } })
      })
    }
    await prisma.$disconnect()
  },
  async result(file) {
    const prisma = open(file)
    const rows = await prisma.entry.count()
    const { number } = await prisma.counter.findUniqueOrThrow({ where: { id: 1 } })
    await prisma.$disconnect()
    return { rows, number }
  },
}

await suite({ url: import.meta.url, steps, processes })
