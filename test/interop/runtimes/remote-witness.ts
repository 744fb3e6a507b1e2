import type { Code } from '../../../src/index.js'
import type { Witness } from '../../matrix/contract.js'

/** Asks the process of the test what its server has seen. */
export class RemoteWitness implements Witness {
  /** @param url of the control server */
  constructor(private readonly url: string) {}

  cancellation(key: string): Promise<Code> {
    const answer = this.ask('cancellation', key) as Promise<Code>
    // A scenario may end without it, and then the test too.
    answer.catch(() => {})
    return answer
  }

  arrival(key: string): Promise<unknown> {
    return this.ask('arrival', key)
  }

  async seen(key: string): Promise<number> {
    return (await this.ask('seen', key)) as number
  }

  private async ask(question: string, key: string): Promise<unknown> {
    const reply = await fetch(`${this.url}/${question}?key=${encodeURIComponent(key)}`)
    return ((await reply.json()) as { readonly answer: unknown }).answer
  }
}
