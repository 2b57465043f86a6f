/** Steps in which our answer differs on purpose: by the scenario, and by the text of the call without spaces. */

/** node:sqlite says "not an error", for SQLite has left no message. */
const misuse =
  'throws Error Error [code="ERR_SQLITE_ERROR" errcode=21 errstr="bad parameter or other API misuse"] bad parameter or other API misuse'

function notInteger(what: string): string {
  return `throws TypeError TypeError [code="ERR_INVALID_ARG_TYPE"] The "${what}.length" property must be an integer.`
}

/** node:sqlite asks for the absolute value of the smallest INTEGER, which there is not, and so takes it for a safe one. */
const smallest =
  'throws RangeError RangeError [code="ERR_OUT_OF_RANGE"] Value is too large to be represented as a JavaScript number: -9223372036854775808'

export const differences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'INTEGERs that are too large': { "()=>big('SELECT-9223372036854775808')": smallest },
  iterators: {
    // The end of an iterator that was over is the end of the one after it, in node:sqlite.
    '()=>after.next()': 'bare { done: false, value: bare { id: 3 } }',
  },
  'how functions are defined': {
    "()=>db.function('x'.repeat(256),f)": misuse,
    "()=>db.function('f',Object.defineProperty(()=>1,'length',{value:-2}))": misuse,
    "()=>db.function('f',Object.defineProperty(()=>1,'length',{value:5000}))": misuse,
    "()=>db.function('f',Object.defineProperty(()=>1,'length',{value:'x'}))":
      notInteger('function'),
    "()=>db.function('f',Object.defineProperty(()=>1,'length',{value:1.5}))":
      notInteger('function'),
  },
  'how aggregates are defined': {
    "()=>db.aggregate('f',{start:0,step:Object.defineProperty(()=>1,'length',{value:'x'})})":
      notInteger('options.step'),
    "()=>db.aggregate('f',{start:0,step:step1,inverse:Object.defineProperty(()=>1,'length',{value:'x'})})":
      notInteger('options.inverse'),
  },
  'serialized databases': {
    "()=>db.serialize('nothing')":
      'throws Error Error [code="ERR_SQLITE_ERROR" errcode=1 errstr="SQL logic error"] unknown database nothing',
  },
}
