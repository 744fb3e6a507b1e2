import { Code, currentCall, RpcError, Service } from 'polywire'
import { Board, type Draft, Note, type NoteKey, Rejected } from './contract.js'

/** Notes in memory. Each follower gets all of them, and waits for the next. */
@Service()
export class BoardService extends Board {
  /** What the followers said to have seen when they came. */
  readonly resumedAfter: (string | undefined)[] = []
  private readonly notes: Note[] = []
  private lastId = 0n
  private readonly waiting = new Set<() => void>()

  override async post({ author, text }: Draft): Promise<Note> {
    if (author.trim() === '') throw Rejected.of('say who you are', { field: 'author' })
    if (text.trim() === '') throw Rejected.of('say something', { field: 'text' })
    if (text.length > 100) throw Rejected.of(`100 characters are enough, got ${text.length}`, { field: 'text' })
    const note = Object.assign(new Note(), { id: ++this.lastId, author, text })
    this.notes.push(note)
    for (const wake of this.waiting) wake()
    return note
  }

  override async find({ id }: NoteKey): Promise<Note> {
    const note = this.notes.find(one => one.id === id)
    if (note === undefined) throw new RpcError(`there is no note ${id}`, Code.not_found)
    return note
  }

  override async remove({ id }: NoteKey): Promise<void> {
    const at = this.notes.findIndex(one => one.id === id)
    if (at >= 0) this.notes.splice(at, 1)
  }

  override async *follow(): AsyncIterable<Note> {
    const call = currentCall()
    this.resumedAfter.push(call.lastEventId)
    let seen = BigInt(call.lastEventId ?? 0)
    while (call.canceled === undefined) {
      const note = this.notes.find(({ id }) => id > seen)
      if (note === undefined) await this.change(call.onCancel.bind(call))
      else {
        seen = note.id
        yield note
      }
    }
  }

  /** Resolves when there is another note, or the follower has gone. */
  private change(onCancel: (listener: () => void) => void): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        this.waiting.delete(wake)
        resolve()
      }
      this.waiting.add(wake)
      onCancel(wake)
    })
  }
}
