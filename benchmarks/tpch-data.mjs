/**
 * The schema of TPC-H with random rows. (TPC Benchmark H, Standard Specification, 1.4 and 4.2.) Sizes and ranges are those of the specification;
 * texts are of fewer words. `scale` 1 is a million and a half orders.
 */
const regions = ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST']

/** Of each nation its region. */
const nations = {
  ALGERIA: 0,
  ARGENTINA: 1,
  BRAZIL: 1,
  CANADA: 1,
  EGYPT: 4,
  ETHIOPIA: 0,
  FRANCE: 3,
  GERMANY: 3,
  INDIA: 2,
  INDONESIA: 2,
  IRAN: 4,
  IRAQ: 4,
  JAPAN: 2,
  JORDAN: 4,
  KENYA: 0,
  MOROCCO: 0,
  MOZAMBIQUE: 0,
  PERU: 1,
  CHINA: 2,
  ROMANIA: 3,
  'SAUDI ARABIA': 4,
  VIETNAM: 2,
  RUSSIA: 3,
  'UNITED KINGDOM': 3,
  'UNITED STATES': 1,
}
const segments = ['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'HOUSEHOLD', 'MACHINERY']
const priorities = ['1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW']
const instructions = ['COLLECT COD', 'DELIVER IN PERSON', 'NONE', 'TAKE BACK RETURN']
const modes = ['AIR', 'FOB', 'MAIL', 'RAIL', 'REG AIR', 'SHIP', 'TRUCK']
const colours = [
  'almond',
  'blue',
  'coral',
  'forest',
  'green',
  'ivory',
  'lace',
  'navy',
  'red',
  'tan',
]
const sizes = ['STANDARD', 'SMALL', 'MEDIUM', 'LARGE', 'ECONOMY', 'PROMO']
const finishes = ['ANODIZED', 'BRUSHED', 'BURNISHED', 'PLATED', 'POLISHED']
const metals = ['BRASS', 'COPPER', 'NICKEL', 'STEEL', 'TIN']
const containers = ['BAG', 'BOX', 'CAN', 'CASE', 'DRUM', 'JAR', 'PACK', 'PKG']
const words = [
  'deposits',
  'requests',
  'special',
  'accounts',
  'pending',
  'theodolites',
  'quickly',
  'foxes',
]

const schema = `
  CREATE TABLE region(r_regionkey INTEGER PRIMARY KEY, r_name TEXT NOT NULL, r_comment TEXT);
  CREATE TABLE nation(n_nationkey INTEGER PRIMARY KEY, n_name TEXT NOT NULL, n_regionkey INTEGER NOT NULL REFERENCES region, n_comment TEXT);
  CREATE TABLE supplier(s_suppkey INTEGER PRIMARY KEY, s_name TEXT NOT NULL, s_address TEXT NOT NULL, s_nationkey INTEGER NOT NULL REFERENCES nation,
    s_phone TEXT NOT NULL, s_acctbal DECIMAL(15, 2) NOT NULL, s_comment TEXT NOT NULL);
  CREATE TABLE part(p_partkey INTEGER PRIMARY KEY, p_name TEXT NOT NULL, p_mfgr TEXT NOT NULL, p_brand TEXT NOT NULL, p_type TEXT NOT NULL,
    p_size INTEGER NOT NULL, p_container TEXT NOT NULL, p_retailprice DECIMAL(15, 2) NOT NULL, p_comment TEXT NOT NULL);
  CREATE TABLE partsupp(ps_partkey INTEGER NOT NULL REFERENCES part, ps_suppkey INTEGER NOT NULL REFERENCES supplier, ps_availqty INTEGER NOT NULL,
    ps_supplycost DECIMAL(15, 2) NOT NULL, ps_comment TEXT NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey));
  CREATE TABLE customer(c_custkey INTEGER PRIMARY KEY, c_name TEXT NOT NULL, c_address TEXT NOT NULL, c_nationkey INTEGER NOT NULL REFERENCES nation,
    c_phone TEXT NOT NULL, c_acctbal DECIMAL(15, 2) NOT NULL, c_mktsegment TEXT NOT NULL, c_comment TEXT NOT NULL);
  CREATE TABLE orders(o_orderkey INTEGER PRIMARY KEY, o_custkey INTEGER NOT NULL REFERENCES customer, o_orderstatus TEXT NOT NULL,
    o_totalprice DECIMAL(15, 2) NOT NULL, o_orderdate DATE NOT NULL, o_orderpriority TEXT NOT NULL, o_clerk TEXT NOT NULL,
    o_shippriority INTEGER NOT NULL, o_comment TEXT NOT NULL);
  CREATE TABLE lineitem(l_orderkey INTEGER NOT NULL REFERENCES orders, l_partkey INTEGER NOT NULL REFERENCES part,
    l_suppkey INTEGER NOT NULL REFERENCES supplier, l_linenumber INTEGER NOT NULL, l_quantity DECIMAL(15, 2) NOT NULL,
    l_extendedprice DECIMAL(15, 2) NOT NULL, l_discount DECIMAL(15, 2) NOT NULL, l_tax DECIMAL(15, 2) NOT NULL, l_returnflag TEXT NOT NULL,
    l_linestatus TEXT NOT NULL, l_shipdate DATE NOT NULL, l_commitdate DATE NOT NULL, l_receiptdate DATE NOT NULL, l_shipinstruct TEXT NOT NULL,
    l_shipmode TEXT NOT NULL, l_comment TEXT NOT NULL, PRIMARY KEY (l_orderkey, l_linenumber));
`
const indexes = `
  CREATE INDEX lineitem_part ON lineitem(l_partkey, l_suppkey);
  CREATE INDEX orders_customer ON orders(o_custkey);
  CREATE INDEX orders_date ON orders(o_orderdate);
  CREATE INDEX lineitem_shipdate ON lineitem(l_shipdate);
  CREATE INDEX partsupp_supplier ON partsupp(ps_suppkey);
`

const firstDay = Date.UTC(1992, 0, 1)
const dayMs = 86_400_000
const day = (n) => new Date(firstDay + n * dayMs).toISOString().slice(0, 10)
/** Orders come until August 2, 1998. */
const lastOrderDay = 2405
/** June 17, 1995: what comes after it has not been received. */
const today = 1263

export function makeTpch(db, scale) {
  let state = 1
  const below = (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  const between = (low, high) => low + below(high - low + 1)
  const pick = (list) => list[below(list.length)]
  const cents = (low, high) => between(low * 100, high * 100) / 100
  const comment = () => `${pick(words)} ${pick(words)} ${pick(words)} ${below(1e6)}`
  const phone = (nation) =>
    `${nation + 10}-${between(100, 999)}-${between(100, 999)}-${between(1000, 9999)}`
  const padded = (name, key) => `${name}#${String(key).padStart(9, '0')}`
  const inserter = (table, columns) =>
    db.prepare(`INSERT INTO ${table} VALUES (${Array(columns).fill('?').join(', ')})`)

  const supplierCount = Math.max(10, Math.round(10_000 * scale))
  const partCount = Math.max(20, Math.round(200_000 * scale))
  const customerCount = Math.max(15, Math.round(150_000 * scale))
  const orderCount = customerCount * 10
  const price = (part) => (90_000 + ((part / 10) % 20_001) + 100 * (part % 1000)) / 100
  /** The four suppliers of a part are spread over all. Where there are few, steps stay below a third of them, so that no two of the four are the same. */
  const steps = Math.max(1, Math.floor(supplierCount / 12))
  const supplierOf = (part, i) => {
    const step = Math.floor(supplierCount / 4) + (Math.floor((part - 1) / supplierCount) % steps)
    return ((part + i * step) % supplierCount) + 1
  }

  db.exec(schema)
  db.exec('BEGIN')
  const region = inserter('region', 3)
  for (const [key, name] of regions.entries()) region.run(key, name, comment())
  const nation = inserter('nation', 4)
  for (const [key, [name, of]] of Object.entries(nations).entries())
    nation.run(key, name, of, comment())
  const supplier = inserter('supplier', 7)
  for (let key = 1; key <= supplierCount; key++) {
    const home = below(25)
    supplier.run(
      key,
      padded('Supplier', key),
      comment(),
      home,
      phone(home),
      cents(-999, 9999),
      comment(),
    )
  }
  const part = inserter('part', 9)
  const partsupp = inserter('partsupp', 5)
  for (let key = 1; key <= partCount; key++) {
    const maker = between(1, 5)
    const type = `${pick(sizes)} ${pick(finishes)} ${pick(metals)}`
    const name = `${pick(colours)} ${pick(colours)} ${pick(colours)}`
    const brand = `Brand#${maker}${between(1, 5)}`
    part.run(
      key,
      name,
      `Manufacturer#${maker}`,
      brand,
      type,
      between(1, 50),
      `${pick(['SM', 'MED', 'LG', 'JUMBO', 'WRAP'])} ${pick(containers)}`,
      price(key),
      comment(),
    )
    for (let i = 0; i < 4; i++)
      partsupp.run(key, supplierOf(key, i), between(1, 9999), cents(1, 1000), comment())
  }
  const customer = inserter('customer', 8)
  for (let key = 1; key <= customerCount; key++) {
    const home = below(25)
    customer.run(
      key,
      padded('Customer', key),
      comment(),
      home,
      phone(home),
      cents(-999, 9999),
      pick(segments),
      comment(),
    )
  }
  const orders = inserter('orders', 9)
  const lineitem = inserter('lineitem', 16)
  for (let i = 0; i < orderCount; i++) {
    // Keys are sparse: eight of each thirty-two.
    const key = Math.floor(i / 8) * 32 + (i % 8) + 1
    const ordered = below(lastOrderDay + 1)
    // A third of the customers never orders.
    let buyer = between(1, customerCount)
    if (buyer % 3 === 0) buyer = buyer > 1 ? buyer - 1 : 1
    const count = between(1, 7)
    const lines = []
    let total = 0
    let open = 0
    for (let line = 1; line <= count; line++) {
      const partKey = between(1, partCount)
      const quantity = between(1, 50)
      const extended = Math.round(quantity * price(partKey) * 100) / 100
      const discount = between(0, 10) / 100
      const tax = between(0, 8) / 100
      const shipped = ordered + between(1, 121)
      const committed = ordered + between(30, 90)
      const received = shipped + between(1, 30)
      const isOpen = shipped > today
      if (isOpen) open++
      total += extended * (1 + tax) * (1 - discount)
      const flag = received <= today ? pick(['R', 'A']) : 'N'
      lines.push([
        key,
        partKey,
        supplierOf(partKey, below(4)),
        line,
        quantity,
        extended,
        discount,
        tax,
        flag,
        isOpen ? 'O' : 'F',
        day(shipped),
        day(committed),
        day(received),
        pick(instructions),
        pick(modes),
        comment(),
      ])
    }
    const status = open === 0 ? 'F' : open === count ? 'O' : 'P'
    orders.run(
      key,
      buyer,
      status,
      Math.round(total * 100) / 100,
      day(ordered),
      pick(priorities),
      padded('Clerk', between(1, 1000)),
      0,
      comment(),
    )
    for (const line of lines) lineitem.run(...line)
  }
  db.exec('COMMIT')
  db.exec(indexes)
}
