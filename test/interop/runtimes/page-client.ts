import { Code, connect, json, protobuf, RpcError, withCall } from '../../../src/web/index.js'
import { Page, Refused } from './page-contract.js'

/** Everything that a page does with a service, as lines. Chromium runs it. */
async function calls(url: string): Promise<string[]> {
  const lines: string[] = []
  for (const codec of [json, protobuf]) {
    const page = connect(Page, url, { codec })
    const { text, count } = await page.echo({ text: 'Grüße 👩‍🚀', count: 2n ** 62n })
    lines.push(`${text} ${count}`)
    for await (const letter of page.letters({ text: 'abc', count: 0n })) lines.push(letter.text)
    lines.push(await failure(page.echo({ text: 'refuse', count: 0n })))
    lines.push(await failure(last(page.letters({ text: 'fail', count: 0n }))))
    lines.push(await failure(withCall(page, { timeout: 200 }).echo({ text: 'hang', count: 0n })))
    const abort = new AbortController()
    const hanging = failure(withCall(page, { signal: abort.signal }).echo({ text: 'hang', count: 0n }))
    abort.abort()
    lines.push(await hanging)
  }
  return lines
}

async function last(replies: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of replies);
}

async function failure(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => 'no error',
    (thrown: unknown) => thrown,
  )
  if (error instanceof Refused) return `Refused ${error.why}`
  return error instanceof RpcError ? Code[error.code] : String(error)
}

async function refused(url: string): Promise<string> {
  return failure(connect(Page, url).echo({ text: 'hello', count: 0n }))
}

Object.assign(globalThis, { calls, refused })
