import type { Clock } from '../core/clock.js'
import { type Answer, type Other, type Question, type Subject, tell } from './worker-messages.js'

interface OpenQuestion {
  readonly other: Other
  readonly items: unknown[]
  /** Ends the question. */
  end(items: readonly unknown[] | undefined): void
}

/** The questions of this process that have no answer yet. */
export class Questions {
  private lastId = 0
  private readonly open = new Map<number, OpenQuestion>()

  constructor(private readonly clock: Clock) {}

  /**
   * @param patience milliseconds
   * @returns the items of the answer; undefined if there is none in time, or the other process ended
   */
  ask(other: Other, subject: Subject, patience: number): Promise<readonly unknown[] | undefined> {
    const id = ++this.lastId
    return new Promise(resolve => {
      const end = (items: readonly unknown[] | undefined) => {
        timer.cancel()
        this.open.delete(id)
        resolve(items)
      }
      const timer = this.clock.schedule(patience, { expire: () => end(undefined) })
      this.open.set(id, { other, items: [], end })
      tell(other, { polywire: 'question', id, subject })
    })
  }

  /** Takes a part of an answer. One that comes too late is dropped. */
  answered({ id, items, isLast }: Answer): void {
    const question = this.open.get(id)
    if (question === undefined) return
    for (const item of items) question.items.push(item)
    if (isLast) question.end(question.items)
  }

  /** Ends the questions to a process that ended. */
  abandon(other: Other): void {
    for (const question of [...this.open.values()]) if (question.other === other) question.end(undefined)
  }
}

/** Items of a part, which take about a millisecond. */
const itemsAtOnce = 200

/** Answers a question. Calls run between the parts. */
export async function answer(other: Other, { id }: Question, items: Iterable<unknown>): Promise<void> {
  let part: unknown[] = []
  for (const item of items) {
    part.push(item)
    if (part.length < itemsAtOnce) continue
    tell(other, { polywire: 'answer', id, items: part, isLast: false })
    part = []
    await new Promise(setImmediate)
  }
  tell(other, { polywire: 'answer', id, items: part, isLast: true })
}
