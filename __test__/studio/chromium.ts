/** The Chromium of this machine, for what is looked at in a real browser. */
import { existsSync } from 'node:fs'
import puppeteer, {
  type Browser,
  type KeyInput,
  type Page,
  type SerializedAXNode,
} from 'puppeteer-core'

const places = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** Its path; null: there is none. */
export const chromium: string | null =
  places.find((path) => path !== undefined && existsSync(path)) ?? null

/** What is said where there is none. */
export const noChromium =
  'there is no Chromium here: "apt-get install chromium" brings one, and CHROMIUM names another place'

/** Starts it, without a window. It has no sandbox of its own, which root cannot have, and shows nothing but our page. */
export function launch(): Promise<Browser> {
  return puppeteer.launch({
    executablePath: chromium!,
    args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb', '--lang=en'],
  })
}

/** How long something may take to appear. */
const patienceMs = 15_000

/** A page, as a person with a keyboard uses it. */
export class Visitor {
  readonly page: Page
  /** What the browser has complained of, and addresses that are not the studio's. */
  readonly complaints: string[] = []

  constructor(page: Page, url: string) {
    this.page = page
    const { origin } = new URL(url)
    page.on('console', (message) => {
      const { type, text } = { type: message.type(), text: message.text() }
      // An edit that is refused is an answer, too.
      const isAnswer = /status of (?:409|422)/.test(text)
      if ((type === 'error' || type === 'warn') && !isAnswer) this.complaints.push(text)
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('request', (request) => {
      const address = request.url()
      if (!address.startsWith(origin) && !address.startsWith('data:')) {
        this.complaints.push(`asks for ${address}`)
      }
    })
  }

  /** Keys in their order, with those that are held: `Control+Enter`. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      const parts = key.split('+') as KeyInput[]
      const last = parts.pop()!
      for (const held of parts) await this.page.keyboard.down(held)
      await this.page.keyboard.press(last)
      for (const held of parts.toReversed()) await this.page.keyboard.up(held)
    }
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text)
  }

  /** What an expression is in the page. */
  async look<Result>(expression: string): Promise<Result> {
    return (await this.page.evaluate(expression)) as Result
  }

  text(selector: string): Promise<string | null> {
    return this.look(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`)
  }

  count(selector: string): Promise<number> {
    return this.look(`document.querySelectorAll(${JSON.stringify(selector)}).length`)
  }

  /** Until an expression is true in the page. */
  async until(expression: string): Promise<void> {
    try {
      await this.page.waitForFunction(expression, { timeout: patienceMs, polling: 30 })
    } catch (error) {
      const shown = await this.look<string>('document.body.innerText').catch(() => '')
      throw new Error(`never: ${expression}\n\n${shown.slice(0, 2000)}`, { cause: error })
    }
  }

  /** Until a text appears in an element. */
  untilText(selector: string, text: string): Promise<void> {
    const [place, part] = [JSON.stringify(selector), JSON.stringify(text)]
    return this.until(
      `[...document.querySelectorAll(${place})].some((each) => each.textContent.includes(${part}))`,
    )
  }

  async click(selector: string): Promise<void> {
    await this.page.waitForSelector(selector, { timeout: patienceMs })
    await this.page.click(selector)
  }

  /** The text of the active cell of the grid. */
  activeCell(): Promise<string | null> {
    return this.text('.grid .active')
  }

  /** What can be used, and has no name that a screen reader could say. */
  async nameless(): Promise<string[]> {
    const found: string[] = []
    const visit = (node: SerializedAXNode | null): void => {
      if (node === null) return
      const isUsable = /^(?:button|link|textbox|searchbox|combobox|checkbox|radio|tab|grid|dialog)$/
      if (isUsable.test(node.role) && !node.name) found.push(JSON.stringify(node).slice(0, 200))
      for (const child of node.children ?? []) visit(child)
    }
    visit(await this.page.accessibility.snapshot())
    return found
  }

  /** Shows another view of the same page. */
  async go(hash: string): Promise<void> {
    await this.look(`void (location.hash = ${JSON.stringify(hash)})`)
  }
}

/** A window on a studio. */
export async function visit(
  browser: Browser,
  url: string,
  width = 1280,
  height = 800,
): Promise<Visitor> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  await page.setViewport({ width, height })
  const visitor = new Visitor(page, url)
  await page.goto(url)
  return visitor
}
